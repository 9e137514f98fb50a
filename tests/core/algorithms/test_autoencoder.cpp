#include <QtTest>

#include "core/algorithms/cluster_runs.hpp"
#include "core/model/autoencoder_model.hpp"
#include "core/run/runner.hpp"

using namespace gb;

namespace {

/// Rows that lie near a plane of `factors` dimensions.
MatrixF rows_near_plane(Eigen::Index rows, Eigen::Index features, Eigen::Index factors, float spread) {
  return normal_rows(rows, factors, 11) * normal_rows(factors, features, 12) + normal_rows(rows, features, 13) * spread;
}

/// Pictures of 8 x 8 x channels with a bright square somewhere.
ProblemSet squares(std::int64_t count, std::size_t channels = 1) {
  Random random(5);
  const auto each = static_cast<std::int64_t>(channels * 64);
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(count * each));
  for (std::int64_t row = 0; row < count; ++row) {
    const std::size_t top = random.below(5), left = random.below(5);
    for (std::size_t i = 0; i < channels * 64; ++i) {
      const std::size_t y = i % 64 / 8, x = i % 8;
      const bool inside = y >= top && y < top + 4 && x >= left && x < left + 4;
      (*bytes)[static_cast<std::size_t>(row * each) + i] = inside ? static_cast<std::uint8_t>(255 - 60 * (i / 64)) : 10;
    }
  }
  ProblemSet problem;
  problem.split.train = first_rows(count);
  problem.features = Features(std::move(bytes), count, each, 1 / 255.0F, 0);
  problem.channels = channels;
  problem.height = problem.width = 8;
  return problem;
}

const Json linear_layers(int features) {
  return Json::array({Json{{"type", "Dense"}, {"units", features}}});
}

/// Mean squared difference between what the model makes of `seen` and the clean rows.
double cleaned(const Model& model, const MatrixF& seen, const MatrixF& clean) {
  const auto& autoencoder = dynamic_cast<const AutoencoderModel&>(model);
  const auto codes = model.predict(Features(seen), first_rows(seen.rows())).embedding;
  return static_cast<double>((autoencoder.decode(codes) - clean).squaredNorm()) / static_cast<double>(clean.size());
}

}  // namespace

class TestAutoencoder : public QObject {
  Q_OBJECT
 private slots:
  /// The best linear code spans the principal components (Baldi, Hornik 1989).
  void linearOnesReachPrincipalComponents() {
    const ProblemSet problem = problem_of(rows_near_plane(400, 8, 3, 0.3F));
    const Fitted principal = fitted("pca", problem, {{"components", 3}});
    const Fitted learnt = fitted("autoencoder", problem,
                                 {{"latent", 3},
                                  {"encoder_layers", Json::array()},
                                  {"decoder_layers", linear_layers(8)},
                                  {"learning_rate", 0.01},
                                  {"schedule", "cosine"},
                                  {"epochs", 400}});
    const double best = principal.model->predict(problem.features, problem.split.train).reconstruction_mse;
    const double reached = learnt.model->predict(problem.features, problem.split.train).reconstruction_mse;
    QVERIFY2(reached <= 1.03 * best && reached >= 0.9999 * best,
             qPrintable(QString("%1, the best is %2").arg(reached).arg(best)));
    QCOMPARE(learnt.listener.last_of("train/reconstruction_mse"), reached);
    const auto series = learnt.listener.series("train/reconstruction_mse");
    QCOMPARE(series.size(), std::size_t{400});
    QVERIFY(series.front().value > 2 * reached);
    // The loss is the same figure, batch by batch.
    QVERIFY(near(learnt.listener.last_of("train/loss"), reached, 0.5));
  }

  void noiseTeachesToClean() {
    const MatrixF clean = rows_near_plane(600, 12, 2, 0.02F) / 2;
    const MatrixF seen = clean + normal_rows(600, 12, 77) * 0.5F;
    const ProblemSet problem = problem_of(clean);
    const Json given{{"latent", 10}, {"epochs", 40}, {"learning_rate", 0.003}};
    Json with_noise = given;
    with_noise["noise"] = 0.5;
    const double without = cleaned(*fitted("autoencoder", problem, given).model, seen, clean);
    const double with = cleaned(*fitted("autoencoder", problem, with_noise).model, seen, clean);
    QVERIFY2(with < 0.6 * without, qPrintable(QString("%1 with noise, %2 without").arg(with).arg(without)));
  }

  void sparsityEmptiesCodes() {
    const ProblemSet problem = problem_of(rows_near_plane(300, 10, 3, 0.1F));
    const auto size = [&](double sparsity) {
      const Fitted run = fitted("autoencoder", problem, {{"latent", 8}, {"sparsity", sparsity}, {"epochs", 30}});
      const auto codes = run.model->predict(problem.features, problem.split.train).embedding;
      const double mean = static_cast<double>(codes.cwiseAbs().mean());
      // Of the last batch, as the weights were before its step.
      if (!near(run.listener.last_of("train/sparsity"), mean, 0.35)) return std::nan("");
      return mean;
    };
    const double free = size(0), sparse = size(0.5);
    QVERIFY2(sparse < 0.5 * free, qPrintable(QString("%1 instead of %2").arg(sparse).arg(free)));
  }

  void lossesReachTheSamePictures_data() {
    QTest::addColumn<QString>("preset");
    QTest::addColumn<QString>("loss");
    QTest::addColumn<int>("channels");
    for (const char* loss : {"squared_error", "binary_cross_entropy"})
      for (const auto& [preset, channels] : {std::pair{"dense", 1}, std::pair{"convolutional", 3}})
        QTest::addRow("%s %s", preset, loss) << preset << loss << channels;
  }
  void lossesReachTheSamePictures() {
    QFETCH(QString, preset);
    QFETCH(QString, loss);
    QFETCH(int, channels);
    const ProblemSet problem = squares(200, static_cast<std::size_t>(channels));
    const Fitted run = fitted("autoencoder", problem,
                              {{"latent", 6},
                               {"preset", preset.toStdString()},
                               {"loss", loss.toStdString()},
                               {"epochs", 25},
                               {"batch_size", 16},
                               {"learning_rate", 0.003}});
    const auto prediction = run.model->predict(problem.features, problem.split.train);
    QCOMPARE(prediction.embedding.cols(), Eigen::Index{6});
    const MatrixF rows = problem.features.dense(problem.split.train);
    const double variance =
        static_cast<double>((rows.rowwise() - rows.colwise().mean()).squaredNorm()) / static_cast<double>(rows.size());
    QVERIFY2(prediction.reconstruction_mse < 0.35 * variance,
             qPrintable(QString("%1 of %2").arg(prediction.reconstruction_mse).arg(variance)));
    // What the model says is what its decoder makes.
    const auto& model = dynamic_cast<const AutoencoderModel&>(*run.model);
    const double again = static_cast<double>((model.decode(prediction.embedding) - rows).squaredNorm()) /
                         static_cast<double>(rows.size());
    QVERIFY(near(prediction.reconstruction_mse, again, 1e-4));
    QCOMPARE(model.takes_pictures(), true);
  }

  void picturesAreShown() {
    ProblemSet problem = squares(60);
    problem.target.emplace();
    problem.target->classes = {"low", "high"};
    for (int row = 0; row < 60; ++row) problem.target->codes.push_back(row % 2);
    const Fitted run = fitted("autoencoder", problem, {{"latent", 2}, {"epochs", 2}, {"noise", 0.2}});
    const auto walls = run.listener.view<Images>("reconstructions");
    // The picture itself, with noise, rebuilt.
    QVERIFY(walls && walls->count == 12 && walls->height == 24 && walls->rows.size() == 12);
    QCOMPARE(walls->pixels.size(), std::size_t{12 * 24 * 8});
    const MatrixF rebuilt = dynamic_cast<const AutoencoderModel&>(*run.model)
                                .decode(run.model->predict(problem.features, walls->rows).embedding);
    int noisy = 0, different = 0;
    for (Eigen::Index tile = 0; tile < 12; ++tile)
      for (Eigen::Index i = 0; i < 64; ++i) {
        const auto* pixels = &walls->pixels[static_cast<std::size_t>(tile * 192)];
        QCOMPARE(pixels[i], problem.features.bytes()[walls->rows[static_cast<std::size_t>(tile)] * 64 + i]);
        noisy += pixels[64 + i] != pixels[i];
        // Not of the noisy picture, nearly always.
        different += std::abs(pixels[128 + i] - std::clamp(255 * rebuilt(tile, i), 0.0F, 255.0F)) > 40;
      }
    QVERIFY2(noisy > 600 && different < 100, qPrintable(QString("%1, %2").arg(noisy).arg(different)));
    const auto latent = run.listener.view<Points>("latent");
    QVERIFY(latent && latent->rows->size() == 60 && latent->group_names.size() == 2);
    // The last map shows the model's own codes.
    const auto codes = run.model->predict(problem.features, *latent->rows).embedding;
    for (Eigen::Index i = 0; i < codes.size(); ++i)
      QVERIFY(std::abs(codes.data()[i] - (*latent->xy)[static_cast<std::size_t>(i)]) < 1e-4F);
    const auto plane = run.listener.view<Images>("latent-plane");
    QVERIFY(plane && plane->count == 1 && plane->width == 14 * 8 && plane->pixels.size() == 14 * 14 * 64);
    QVERIFY(!run.listener.view<Images>("samples"));
    QVERIFY(!run.listener.last_text().isEmpty());
  }

  void tablesShowTheirFeatures() {
    const ProblemSet problem = problem_of(rows_near_plane(80, 5, 3, 0.1F));
    const Fitted run = fitted("autoencoder", problem, {{"latent", 3}, {"epochs", 2}});
    const auto errors = run.listener.view<Chart>("feature-errors");
    QVERIFY(errors && errors->names.size() == 5 && errors->lines[0].y.size() == 5);
    double mean = 0;
    for (const double error : errors->lines[0].y) mean += error / 5;
    QVERIFY(near(mean, run.listener.last_of("train/reconstruction_mse"), 1e-4));
    const auto latent = run.listener.view<Points>("latent");
    QVERIFY(latent && latent->x_label.starts_with("Direction 1"));
  }

  void heldBackRowsAreJudged() {
    ProblemSet problem = problem_of(rows_near_plane(200, 6, 2, 0.1F));
    problem.split.train = first_rows(150);
    for (std::int64_t row = 150; row < 200; ++row) problem.split.validation.push_back(row);
    const Fitted run = fitted("autoencoder", problem, {{"latent", 2}, {"epochs", 5}, {"keep_best", false}});
    QCOMPARE(run.listener.series("validation/loss").size(), std::size_t{5});
    QVERIFY(near(run.listener.last_of("validation/reconstruction_mse"),
                 run.model->predict(problem.features, problem.split.validation).reconstruction_mse, 1e-4));
    QCOMPARE(run.listener.last_of("validation/loss"), run.listener.last_of("validation/reconstruction_mse"));
  }

  void variedPicturesAreTheirOwnAnswers() {
    ProblemSet problem = squares(100);
    problem.augmentation = Augmentation{.horizontal_flip = true, .shift = 0.1};
    const Fitted run = fitted("autoencoder", problem, {{"latent", 6}, {"epochs", 25}, {"batch_size", 16}});
    QVERIFY(run.listener.last_of("train/loss") < 0.3 * run.listener.series("train/loss").front().value);
  }

  void presetsFollowTheData() {
    const auto settled = [](const ProblemSet& problem) {
      return complete_params(*find_algorithm("autoencoder"), problem, Json::object());
    };
    QCOMPARE(settled(squares(4))["preset"], Json("convolutional"));
    QCOMPARE(settled(small_pictures(4, 1))["preset"], Json("dense"));  // 6 x 8 pixels
    const Json table = settled(problem_of(normal_rows(9, 4)));
    QCOMPARE(table["preset"], Json("dense"));
    QCOMPARE(table["latent"], Json(2));
    QCOMPARE(table["loss"], Json("squared_error"));
    QCOMPARE(settled(problem_of(normal_rows(9, 100)))["latent"], Json(16));
  }

  void exportsItsCodes() {
    const TableScene scene(rows_near_plane(120, 7, 3, 0.1F));
    check_export(*fitted("autoencoder", scene.problem, {{"latent", 3}, {"epochs", 3}}).model, scene);
  }

  void resumes() {
    const Json given{{"latent", 3}, {"epochs", 4}, {"batch_size", 16}, {"noise", 0.1}, {"sparsity", 0.01}};
    check_resuming("autoencoder", problem_of(rows_near_plane(90, 6, 2, 0.1F)), given, "train/reconstruction_mse");
    check_resuming("autoencoder", squares(50), given, "train/loss");
  }
  void stops() { check_stopping("autoencoder", squares(50), {{"latent", 3}, {"epochs", 3}}); }

  void oddData() {
    const ProblemSet pictures = squares(10);
    QVERIFY(refusal("autoencoder", problem_of(MatrixF::Ones(1, 5)), Json::object()).contains("two"));
    QVERIFY(refusal("autoencoder", problem_of(MatrixF::Ones(9, 5)), {{"preset", "convolutional"}}).contains("table"));
    QVERIFY(refusal("autoencoder", small_pictures(9, 1), {{"preset", "convolutional"}}).contains("6 x 8"));
    QVERIFY(
        refusal("autoencoder", problem_of(normal_rows(9, 5)), {{"loss", "binary_cross_entropy"}}).contains("0 to 1"));
    QVERIFY(refusal("autoencoder", small_pictures(9, 1, -0.5F), {{"loss", "binary_cross_entropy"}}).contains("0 to 1"));
    // What is made and what is wanted, at the layer that is wrong.
    const Json layers = Json::array({Json{{"type", "Dense"}, {"units", 7}}});
    const AlgorithmInfo& info = *find_algorithm("autoencoder");
    for (const auto& [problem, wanted] :
         {std::pair{problem_of(normal_rows(9, 5)), "rows of 5 numbers"}, std::pair{pictures, "pictures of 1 x 8 x 8"}})
      try {
        info.check(problem, complete_params(info, problem, {{"decoder_layers", layers}}));
        QFAIL("accepted");
      } catch (const ParamError& error) {
        QCOMPARE(error.field(), std::string("algorithm.params.decoder_layers[0]"));
        QVERIFY2(QString(error.what()).contains("rows of 7 numbers") && QString(error.what()).contains(wanted),
                 error.what());
      }
    const QString dense = refusal("autoencoder", pictures, {{"encoder_layers", layers}});
    QVERIFY2(dense.contains("layer 1 (Dense)"), qPrintable(dense));
    check_refuses_infinite("autoencoder");
    check_bad_params("autoencoder");
  }

  /// Raw pictures in, codes out, in another runtime.
  void exportedEncodersAgreeInOnnxruntime() {
    OnnxRuntimeCheck check;
    if (const QString why = check.unavailable(); !why.isEmpty()) QSKIP(qPrintable(why));
    for (const char* preset : {"dense", "convolutional"}) {
      const Json document{
          {"glassbench", 1},
          {"seed", 3},
          {"data", {{"source", "bundled"}, {"name", "mnist-10k"}}},
          {"algorithm", {{"id", "autoencoder"}, {"params", {{"epochs", 1}, {"preset", preset}, {"batch_size", 256}}}}}};
      const auto prepared = prepare_run(Experiment::from_json(document, "."));
      Listener listener;
      RunControl control;
      RunContext context(listener, control, {.seed = 3});
      const RunResult result = run(*prepared, context);
      QVERIFY2(result.state == RunState::finished, result.message.c_str());
      QCOMPARE(result.metrics.front().second.front().first, std::string("reconstruction_mse"));
      QCOMPARE(result.metrics.front().second.front().second, listener.last_of("train/reconstruction_mse"));
      constexpr std::int64_t count = 500;
      const ImageSet& images = *prepared->dataset->images();
      const auto codes = result.model->predict(prepared->problem.features, first_rows(count)).embedding;
      check.add(
          preset, to_onnx({*result.model, prepared->preparation, *prepared->dataset, nullptr, "{}"}),
          {{"image", Tensor{{count, 1, 28, 28}, Tensor::Reals(images.image(0), images.image(count))}}},
          {{"embedding", Tensor{{count, codes.cols()}, Tensor::Reals(codes.data(), codes.data() + codes.size())}}},
          1e-4);
      // The decoder alone makes pictures, here and there; the same within 1e-4 of their range.
      QVERIFY(result.model->generator());
      const Generator& decoder = *result.model->generator();
      QTemporaryDir folder;
      const auto path = std::filesystem::path(folder.path().toStdString()) / "decoder.onnx";
      const OnnxExport request{*result.model, prepared->preparation, *prepared->dataset, nullptr, "{}"};
      QVERIFY(export_generator_with_proof(decoder, request, path) <= 1e-4);
      const MatrixF latents = codes.topRows(50);
      const MatrixF pictures = decoder.pictures(latents, {});
      QVERIFY(pictures.minCoeff() >= 0 && pictures.maxCoeff() > 100 && pictures.maxCoeff() <= 255);
      std::ifstream file(path, std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(file)), {});
      const auto reals = [](const MatrixF& values) {
        return Tensor::Reals(values.data(), values.data() + values.size());
      };
      check.add(std::string(preset) + "-decoder", bytes, {{"latent", Tensor{{50, latents.cols()}, reals(latents)}}},
                {{"image", Tensor{{50, 1, 28, 28}, reals(pictures)}}}, 0.02);
    }
    bool agrees = false;
    const QString output = check.run(agrees);
    QVERIFY2(agrees, qPrintable(output));
  }
};

QTEST_APPLESS_MAIN(TestAutoencoder)
#include "test_autoencoder.moc"
