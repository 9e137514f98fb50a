#include <QtTest>

#include "core/algorithms/cluster_runs.hpp"
#include "core/algorithms/nmf_sparse_rows.hpp"

using namespace gb;

class TestNmf : public QObject {
  Q_OBJECT
 private slots:
  void asInScikitLearn() {
    for (const Json& entry : clusters_reference()["nmf"]) {
      const ProblemSet problem = reference_problem(entry["data"].get<std::string>());
      Json given = Json::object();
      for (const char* name : {"components", "solver", "loss", "init", "max_iterations", "tolerance"})
        given[name] = entry[name];
      const Fitted run = fitted("nmf", problem, given);
      const double size = static_cast<double>(problem.features.rows() * problem.features.columns());
      const bool divergence = entry["loss"] == "kullback_leibler";
      const double error = entry["error"].get<double>();
      const double mine = divergence ? std::sqrt(2 * run.listener.last_of("train/kl_divergence"))
                                     : std::sqrt(run.listener.last_of("train/reconstruction_mse") * size);
      const QByteArray what =
          (given.dump() + ": " + std::to_string(mine) + " instead of " + std::to_string(error)).c_str();
      // It may stop an iteration earlier or later, where the tolerance decides.
      QVERIFY2(near(mine, error, 1e-4), what);
      // The weights of rows for fixed parts: at least as near as scikit-learn's own transform.
      const double rebuilt = run.model->predict(problem.features, problem.split.train).reconstruction_mse;
      if (!divergence) QVERIFY2(rebuilt <= entry["mse_of_transform"].get<double>() * 1.001, what);
      if (divergence) QVERIFY2(near(rebuilt, entry["mse_of_transform"].get<double>(), 0.02), what);
      const MatrixF parts = matrix_of(entry["parts"]);
      const auto values = run.model->arrays()[0].values;
      const float largest = parts.maxCoeff();
      int different = 0;
      for (Eigen::Index i = 0; i < parts.size(); ++i)
        different += std::abs(values[static_cast<std::size_t>(i)] - parts.data()[i]) > 0.01f * largest;
      QVERIFY2(different <= parts.size() / 50, what);
    }
  }

  void lossFalls_data() {
    QTest::addColumn<QString>("solver");
    QTest::addColumn<QString>("loss");
    QTest::addColumn<QString>("init");
    QTest::newRow("cd") << "cd"
                        << "frobenius"
                        << "random";
    QTest::newRow("mu") << "mu"
                        << "frobenius"
                        << "random";
    QTest::newRow("divergence") << "mu"
                                << "kullback_leibler"
                                << "random";
    QTest::newRow("vectors") << "cd"
                             << "frobenius"
                             << "nndsvd";
  }
  void lossFalls() {
    QFETCH(QString, solver);
    QFETCH(QString, loss);
    QFETCH(QString, init);
    const TableScene scene(normal_rows(200, 12, 5).cwiseAbs());
    const Json given{{"components", 4},
                     {"solver", solver.toStdString()},
                     {"loss", loss.toStdString()},
                     {"init", init.toStdString()},
                     {"max_iterations", 60},
                     {"tolerance", 0}};
    const Fitted run = fitted("nmf", scene.problem, given);
    const auto series = run.listener.series(loss == "frobenius" ? "train/reconstruction_mse" : "train/kl_divergence");
    QVERIFY(series.size() >= 6);
    for (std::size_t i = 1; i < series.size(); ++i) QVERIFY(series[i].value <= series[i - 1].value * (1 + 1e-5));
    for (const float number : all_numbers(*run.model)) QVERIFY(number >= 0);
    const auto prediction = run.model->predict(scene.problem.features, scene.problem.split.train);
    QVERIFY(prediction.embedding.minCoeff() >= 0);
    if (loss == "frobenius")
      QVERIFY(prediction.reconstruction_mse <= run.listener.last_of("train/reconstruction_mse") * 1.001);
    check_export(*run.model, scene);
  }

  /// Products of the numbers that are not zero, against whole products.
  void zerosAreLeftOut() {
    Random random(3);
    MatrixF values = normal_rows(700, 33).cwiseAbs();
    for (Eigen::Index i = 0; i < values.size(); ++i)
      if (random.below(5)) values.data()[i] = 0;
    const ProblemSet problem = problem_of(values);
    const RowBlocks blocks(problem.features, problem.split.train);
    const auto sparse = NmfSparseRows::of(blocks, [] { return false; });
    QVERIFY(sparse);
    for (const std::int64_t components : {1, 8, 13, 45}) {
      const std::int64_t padded = NmfSparseRows::padded(components);
      QVERIFY(padded >= components && padded < components + 8 && padded % 8 == 0);
      const MatrixF parts = normal_rows(33, padded, 4), weights = normal_rows(500, padded, 5);
      MatrixF product(500, padded), sums = MatrixF::Ones(33, padded);
      sparse->multiply(100, 500, parts.data(), padded, product.data());
      QVERIFY((product - values.middleRows(100, 500) * parts).cwiseAbs().maxCoeff() < 1e-4f);
      sparse->add_products(100, 500, weights.data(), padded, sums.data());
      const MatrixF expected = values.middleRows(100, 500).transpose() * weights + MatrixF::Ones(33, padded);
      QVERIFY((sums - expected).cwiseAbs().maxCoeff() < 1e-3f);
    }
    const ProblemSet full = problem_of(MatrixF::Ones(20, 3));
    QVERIFY(!NmfSparseRows::of(RowBlocks(full.features, full.split.train), [] { return false; }));
  }

  void picturesShowParts() {
    const ProblemSet problem = small_pictures(200, 6);
    const Fitted run = fitted("nmf", problem, {{"components", 3}});
    const auto parts = run.listener.view<Images>("components"), rebuilt = run.listener.view<Images>("rebuilt");
    QVERIFY(parts && parts->count == 3 && parts->pixels.size() == 3 * 48);
    QVERIFY(rebuilt && rebuilt->count == 20);
    // Every other picture is a row of the data.
    for (std::size_t i = 0; i < 48; ++i)
      QCOMPARE(rebuilt->pixels[i], problem.features.bytes()[rebuilt->rows[0] * 48 + static_cast<std::int64_t>(i)]);
  }

  void resumes() {
    const ProblemSet problem = problem_of(normal_rows(150, 9).cwiseAbs());
    for (const char* loss : {"frobenius", "kullback_leibler"})
      check_resuming("nmf", problem, {{"components", 3}, {"solver", "mu"}, {"loss", loss}, {"max_iterations", 40}},
                     loss == std::string("frobenius") ? "train/reconstruction_mse" : "train/kl_divergence");
    check_resuming("nmf", problem, {{"components", 3}, {"max_iterations", 30}}, "train/reconstruction_mse");
  }
  void stops() { check_stopping("nmf", problem_of(normal_rows(150, 9).cwiseAbs()), {{"components", 3}}); }

  void oddData() {
    QVERIFY(refusal("nmf", problem_of(normal_rows(20, 3)), {{"components", 2}}).contains("nothing negative"));
    QVERIFY(refusal("nmf", small_pictures(20, 1, -0.5f), {{"components", 2}}).contains("nothing negative"));
    QVERIFY(refusal("nmf", problem_of(MatrixF::Ones(20, 3)), {{"components", 4}}).contains("only 3 singular"));
    QVERIFY(refusal("nmf", problem_of(MatrixF::Ones(20, 3)), {{"loss", "kullback_leibler"}}).contains("updates"));
    // Nothing but zeros, constants, doubled columns, one row, more columns than rows.
    const std::vector<MatrixF> cases{MatrixF::Zero(10, 4), MatrixF::Constant(10, 4, 3), MatrixF::Ones(1, 5),
                                     normal_rows(6, 40).cwiseAbs()};
    for (const MatrixF& values : cases)
      for (const char* solver : {"cd", "mu"}) {
        const Fitted run = fitted("nmf", problem_of(values), {{"components", 1}, {"solver", solver}});
        QVERIFY(std::ranges::all_of(all_numbers(*run.model), [](float x) { return std::isfinite(x) && x >= 0; }));
        if (values.rows() == 10) QVERIFY(run.listener.last_of("train/reconstruction_mse") < 1e-4);
      }
    check_refuses_infinite("nmf");
    check_bad_params("nmf");
  }
};

QTEST_APPLESS_MAIN(TestNmf)
#include "test_nmf.moc"
