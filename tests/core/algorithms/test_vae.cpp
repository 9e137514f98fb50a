#include <QtTest>
#include <numbers>

#include "core/algorithms/cluster_runs.hpp"
#include "core/model/autoencoder_model.hpp"

using namespace gb;

namespace {

/// Of N(mean, variance) from N(0, 1): density times logarithm of the densities' ratio, summed up over a fine grid.
double divergence_by_sum(double mean, double variance) {
  const double deviation = std::sqrt(variance), step = deviation / 200;
  double sum = 0;
  for (double x = mean - 9 * deviation; x <= mean + 9 * deviation; x += step) {
    const double z = (x - mean) / deviation;
    const double log_density = -z * z / 2 - std::log(deviation) - std::log(2 * std::numbers::pi) / 2;
    const double log_standard = -x * x / 2 - std::log(2 * std::numbers::pi) / 2;
    sum += std::exp(log_density) * (log_density - log_standard) * step;
  }
  return sum;
}

MatrixF array_of(const Model& model, const std::string& name) {
  for (const NamedArray& array : model.arrays()) {
    if (array.name != name) continue;
    const std::int64_t rows = array.shape.size() == 2 ? array.shape[0] : 1;
    return Eigen::Map<const MatrixF>(array.values.data(), rows, static_cast<Eigen::Index>(array.values.size()) / rows);
  }
  return {};
}

/// An encoder of one product, weights that hardly move, all rows in one batch.
Json frozen() {
  return {{"latent", 3},
          {"encoder_layers", Json::array()},
          {"decoder_layers", Json::array({Json{{"type", "Dense"}, {"units", 6}}})},
          {"learning_rate", 1e-12},
          {"batch_size", 1000},
          {"epochs", 1}};
}

MatrixF rows_near_plane(Eigen::Index rows, Eigen::Index features, Eigen::Index factors, float spread) {
  return normal_rows(rows, factors, 11) * normal_rows(factors, features, 12) + normal_rows(rows, features, 13) * spread;
}

double last_loss(const ProblemSet& problem, double beta) {
  Json given = frozen();
  given["beta"] = beta;
  return fitted("vae", problem, given).listener.last_of("train/loss");
}

}  // namespace

class TestVae : public QObject {
  Q_OBJECT
 private slots:
  void divergenceIsThatOfTheDistributions() {
    const MatrixF rows = normal_rows(40, 6) * 0.7F;
    const ProblemSet problem = problem_of(rows);
    const Fitted run = fitted("vae", problem, frozen());
    const std::string mean_layer = "encoder.dense_1";
    const MatrixF means = (rows * array_of(*run.model, mean_layer + ".weight")).rowwise() +
                          Eigen::RowVectorXf(array_of(*run.model, mean_layer + ".bias").row(0));
    const MatrixF spreads = (rows * array_of(*run.model, "encoder.log_variance.weight")).rowwise() +
                            Eigen::RowVectorXf(array_of(*run.model, "encoder.log_variance.bias").row(0));
    double expected = 0;
    for (Eigen::Index i = 0; i < means.size(); ++i)
      expected +=
          divergence_by_sum(static_cast<double>(means.data()[i]), std::exp(static_cast<double>(spreads.data()[i]))) /
          static_cast<double>(rows.rows());
    const double told = run.listener.last_of("train/divergence");
    QVERIFY2(expected > 0.1 && near(told, expected, 1e-3), qPrintable(QString("%1, %2").arg(told).arg(expected)));
    // The embedding is the mean.
    const auto codes = run.model->predict(problem.features, problem.split.train).embedding;
    QVERIFY((codes - means).cwiseAbs().maxCoeff() < 1e-5F);
    // Of the loss, a mean over numbers, it is beta times that share.
    const double none = last_loss(problem, 0), twice = last_loss(problem, 2);
    QVERIFY2(near(twice - none, 2 * told / 6, 1e-4), qPrintable(QString::number((twice - none) * 6 / told)));
  }

  void betaTradesDivergenceForLikeness() {
    const ProblemSet problem = problem_of(rows_near_plane(300, 6, 2, 0.2F));
    const auto with = [&](double beta) {
      return fitted("vae", problem, {{"latent", 3}, {"beta", beta}, {"epochs", 40}, {"learning_rate", 0.003}});
    };
    const Fitted loose = with(0.05), tight = with(20);
    QVERIFY(tight.listener.last_of("train/divergence") < 0.3 * loose.listener.last_of("train/divergence"));
    QVERIFY(tight.listener.last_of("train/reconstruction_mse") >
            1.5 * loose.listener.last_of("train/reconstruction_mse"));
  }

  void betaChangesLive() {
    const ProblemSet problem = problem_of(rows_near_plane(1000, 6, 2, 0.2F));
    const AlgorithmInfo& info = *find_algorithm("vae");
    Json given = frozen();
    given["epochs"] = 4;
    const Json params = complete_params(info, problem, given);
    std::vector<State> states;
    Listener listener;
    RunControl control;
    control.schedule({2, "beta", 50.0});
    RunContext context(listener, control,
                       {.seed = 1,
                        .keep_checkpoint = [&](State state) { states.push_back(std::move(state)); },
                        .checkpoint_seconds = 0});
    info.fit(problem, params, context);
    const auto losses = listener.series("train/loss"), divergences = listener.series("train/divergence");
    QCOMPARE(losses.size(), std::size_t{4});
    const auto rest = [&](std::size_t i, double beta) { return losses[i].value - beta * divergences[i].value / 6; };
    // Draws differ from step to step, so that what is left differs a little.
    const QString what = QString("%1 %2 %3 %4").arg(losses[1].value).arg(losses[2].value).arg(divergences[2].value);
    QVERIFY2(near(rest(1, 1), rest(0, 1), 0.3), qPrintable(what.arg(rest(1, 1))));
    QVERIFY2(near(rest(2, 50), rest(0, 1), 0.3), qPrintable(what.arg(rest(2, 50))));
    QVERIFY(losses[2].value > 3 * losses[1].value);
    QCOMPARE(states.back().header["beta"].get<double>(), 50.0);
    // Resumed from before its end the weight is the changed one.
    while (states.size() > 1 && states.back().step >= losses.back().step) states.pop_back();
    Listener again;
    RunControl unsteered;
    RunContext resumed(again, unsteered, {.seed = 1, .resume_from = &states.back()});
    info.fit(problem, params, resumed);
    QCOMPARE(again.last_of("train/loss"), losses.back().value);
  }

  void picturesComeOfRandomCodes() {
    const ProblemSet problem = small_pictures(120, 3);
    const Fitted run = fitted("vae", problem, {{"latent", 2}, {"epochs", 3}});
    const auto samples = run.listener.view<Images>("samples");
    QVERIFY(samples && samples->count == 64 && samples->pixels.size() == 64 * 48);
    QVERIFY(run.listener.view<Images>("reconstructions") && run.listener.view<Points>("latent") &&
            run.listener.view<Images>("latent-plane"));
    QCOMPARE(complete_params(*find_algorithm("vae"), problem, Json::object())["loss"], Json("binary_cross_entropy"));
    // The last samples are the model's own: what it decodes lies between black and white.
    const auto& model = dynamic_cast<const AutoencoderModel&>(*run.model);
    const MatrixF made = model.decode(normal_rows(20, 2));
    QVERIFY(made.minCoeff() >= 0 && made.maxCoeff() <= 1);
  }

  void resumes() {
    const Json given{{"latent", 3}, {"epochs", 4}, {"batch_size", 16}};
    check_resuming("vae", problem_of(rows_near_plane(90, 6, 2, 0.1F)), given, "train/divergence");
    check_resuming("vae", small_pictures(50, 2), given, "train/loss");
  }
  void stops() { check_stopping("vae", small_pictures(50, 2), {{"latent", 3}, {"epochs", 3}}); }

  void exportsItsMeans() {
    const TableScene scene(rows_near_plane(120, 7, 3, 0.1F));
    check_export(*fitted("vae", scene.problem, {{"latent", 3}, {"epochs", 3}}).model, scene);
  }

  void oddData() {
    QVERIFY(refusal("vae", problem_of(MatrixF::Ones(1, 5)), Json::object()).contains("two"));
    check_refuses_infinite("vae");
    check_bad_params("vae");
  }
};

QTEST_APPLESS_MAIN(TestVae)
#include "test_vae.moc"
