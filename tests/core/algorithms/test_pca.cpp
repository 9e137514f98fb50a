#include <QtTest>

#include "core/algorithms/cluster_runs.hpp"

using namespace gb;

class TestPca : public QObject {
  Q_OBJECT
 private slots:
  void asInScikitLearn() {
    for (const Json& entry : clusters_reference()["pca"]) {
      const ProblemSet problem = reference_problem(entry["data"].get<std::string>());
      const Fitted run = fitted("pca", problem, {{"components", entry["components"]}, {"whiten", entry["whiten"]}});
      const MatrixF axes = matrix_of(entry["axes"]), embedding = matrix_of(entry["embedding"]);
      const auto mine = run.model->arrays()[0];
      QCOMPARE(mine.shape, (std::vector<std::int64_t>{axes.rows(), axes.cols()}));
      for (Eigen::Index i = 0; i < axes.size(); ++i)
        QVERIFY(std::abs(mine.values[static_cast<std::size_t>(i)] - axes.data()[i]) < 2e-4f);
      const Prediction prediction = run.model->predict(problem.features, problem.split.train);
      const float size = embedding.cwiseAbs().maxCoeff();
      QVERIFY((prediction.embedding.topRows(embedding.rows()) - embedding).cwiseAbs().maxCoeff() < 1e-4f * size);
      double shares = 0;
      for (const Json& share : entry["shares"]) shares += share.get<double>();
      QVERIFY(near(run.listener.last_of("train/explained_variance"), shares, 1e-6));
      const double error = entry["mse"].get<double>();
      QVERIFY(std::abs(run.listener.last_of("train/reconstruction_mse") - error) < 1e-6 * std::max(1.0, error));
      QVERIFY(std::abs(prediction.reconstruction_mse - error) < 1e-5 * std::max(1.0, error));
      const auto chart = run.listener.view<Chart>("explained_variance");
      QVERIFY(chart && chart->kind == Chart::Kind::bars);
      for (std::size_t i = 0; i < entry["shares"].size(); ++i)
        QVERIFY(std::abs(chart->lines[0].y[i] - entry["shares"][i].get<double>()) < 1e-6);
      QVERIFY(near(run.listener.view<Chart>("cumulative_variance")->lines[0].y.back(), shares, 1e-6));
    }
  }

  /// Bytes are multiplied as whole numbers: the same result as their floats give.
  void bytesAsFloats() {
    const ProblemSet images = small_pictures(3000, 3, -0.5f);
    const ProblemSet floats = problem_of(images.features.dense(images.split.train));
    const Fitted a = fitted("pca", images, {{"components", 5}}), b = fitted("pca", floats, {{"components", 5}});
    const auto mine = all_numbers(*a.model), theirs = all_numbers(*b.model);
    for (std::size_t i = 0; i < mine.size(); ++i) QVERIFY(std::abs(mine[i] - theirs[i]) < 1e-4f);
    QVERIFY(near(a.listener.last_of("train/reconstruction_mse"), b.listener.last_of("train/reconstruction_mse"), 1e-5));
    const auto pictures = a.listener.view<Images>("components");
    QVERIFY(pictures && pictures->count == 5 && pictures->height == 6);
    QVERIFY(!b.listener.view<Images>("components") && b.listener.view<Table>("components"));
  }

  void randomizedComesNear() {
    MatrixF values = normal_rows(900, 300) * Eigen::VectorXf::LinSpaced(300, 3, 0.1f).asDiagonal();
    const ProblemSet problem = problem_of(values);
    const Fitted exact = fitted("pca", problem, {{"components", 6}, {"solver", "exact"}});
    const Fitted random =
        fitted("pca", problem, {{"components", 6}, {"solver", "randomized"}, {"power_iterations", 12}});
    QVERIFY(near(random.listener.last_of("train/explained_variance"),
                 exact.listener.last_of("train/explained_variance"), 5e-3));
    // Every pass explains at least as much as the one before.
    const auto shares = random.listener.series("train/explained_variance");
    QVERIFY(shares.size() >= 12);
    for (std::size_t i = 1; i < shares.size(); ++i) QVERIFY(shares[i].value >= shares[i - 1].value - 1e-9);
  }

  /// Few of many: the filtered iteration gives what the whole decomposition gives.
  void fewOfManyAreExact() {
    MatrixF values = normal_rows(1200, 400) * Eigen::VectorXf::LinSpaced(400, 1, 0.2f).asDiagonal();
    values.col(399) = values.col(0);
    const ProblemSet problem = problem_of(values);
    const Fitted few = fitted("pca", problem, {{"components", 7}}),
                 many = fitted("pca", problem, {{"components", 150}});
    const auto a = few.model->arrays()[0].values, b = many.model->arrays()[0].values;
    for (std::size_t i = 0; i < a.size(); ++i) QVERIFY(std::abs(a[i] - b[i]) < 1e-4f);
  }

  void resumes() {
    check_resuming("pca", problem_of(normal_rows(9000, 30)), {{"components", 3}}, "train/reconstruction_mse");
    check_resuming("pca", small_pictures(5000, 2), {{"components", 3}}, "train/reconstruction_mse");
    check_resuming("pca", problem_of(normal_rows(600, 40)), {{"components", 3}, {"solver", "randomized"}},
                   "train/reconstruction_mse");
  }

  void stops() {
    check_stopping("pca", problem_of(normal_rows(3000, 10)), {{"components", 3}});
    check_stopping("pca", problem_of(normal_rows(300, 10)), {{"components", 3}, {"solver", "randomized"}});
    check_stopping("pca", problem_of(normal_rows(10, 30)), {{"components", 3}});
  }

  void choosesWhatIsLeftOpen() {
    const AlgorithmInfo& info = *find_algorithm("pca");
    QCOMPARE(complete_params(info, problem_of(normal_rows(30, 4)), Json::object())["components"], Json(4));
    QCOMPARE(complete_params(info, problem_of(normal_rows(60, 40)), Json::object())["components"], Json(10));
    QCOMPARE(complete_params(info, problem_of(normal_rows(60, 40)), Json::object())["solver"], Json("exact"));
    const ProblemSet wide = problem_of(MatrixF::Zero(3500, 3500));
    QCOMPARE(complete_params(info, wide, {{"components", 20}})["solver"], Json("randomized"));
  }

  void oddData() {
    // Constant and doubled columns: what has no variance gets no axis.
    MatrixF values = normal_rows(50, 4);
    values.col(1) = values.col(0);
    values.col(2).setConstant(7);
    const Fitted run = fitted("pca", problem_of(values), {{"components", 4}});
    QVERIFY(near(run.listener.last_of("train/explained_variance"), 1, 1e-6));
    QVERIFY(run.listener.last_of("train/reconstruction_mse") < 1e-9);
    QVERIFY(std::ranges::all_of(all_numbers(*run.model), [](float number) { return std::isfinite(number); }));
    const Fitted constant =
        fitted("pca", problem_of(MatrixF::Constant(20, 3, 5)), {{"components", 2}, {"whiten", true}});
    QVERIFY(constant.model->predict(Features(MatrixF::Constant(1, 3, 5)), first_rows(1)).embedding.isZero());
    const Fitted single = fitted("pca", problem_of(normal_rows(1, 6)), Json::object());
    QCOMPARE(single.model->arrays()[0].shape, (std::vector<std::int64_t>{1, 6}));
    QVERIFY(refusal("pca", problem_of(normal_rows(5, 9)), {{"components", 6}}).contains("at most 5"));
    check_refuses_infinite("pca");
    check_bad_params("pca");
  }

  void exports() {
    for (const bool whiten : {false, true}) {
      const TableScene scene(matrix_of(clusters_reference()["data"]["wine"]));
      check_export(*fitted("pca", scene.problem, {{"components", 5}, {"whiten", whiten}}).model, scene);
    }
  }
};

QTEST_APPLESS_MAIN(TestPca)
#include "test_pca.moc"
