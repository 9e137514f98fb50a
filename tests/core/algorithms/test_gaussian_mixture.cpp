#include <QtTest>

#include "core/algorithms/cluster_runs.hpp"

using namespace gb;

class TestGaussianMixture : public QObject {
  Q_OBJECT
 private slots:
  void asInScikitLearn() {
    for (const Json& entry : clusters_reference()["gaussian_mixture"]) {
      const ProblemSet problem = reference_problem(entry["data"].get<std::string>());
      const Json given{{"components", entry["components"]},
                       {"covariance", entry["covariance"]},
                       {"starts", 10},
                       {"tolerance", 1e-7},
                       {"max_iterations", 1000}};
      const Fitted run = fitted("gaussian_mixture", problem, given);
      const QByteArray what = (entry["data"].dump() + " " + entry["covariance"].dump() + ": " +
                               std::to_string(run.listener.last_of("train/log_likelihood")) + " instead of " +
                               entry["log_likelihood"].dump())
                                  .c_str();
      const double expected = entry["log_likelihood"].get<double>();
      // As likely as what scikit-learn found, or likelier.
      QVERIFY2(run.listener.last_of("train/log_likelihood") >= expected - 1e-4 * std::abs(expected), what);
      if (!near(run.listener.last_of("train/log_likelihood"), expected, 1e-4)) continue;
      QVERIFY2(near(run.listener.last_of("train/bic"), entry["bic"].get<double>(), 1e-3), what);
      QVERIFY2(agreement(labels_of(*run.model, problem), entry["labels"].get<std::vector<std::int32_t>>()) >= 0.99,
               what);
    }
  }

  void likelihoodGrows_data() {
    QTest::addColumn<QString>("covariance");
    for (const char* name : {"full", "tied", "diag", "spherical"}) QTest::newRow(name) << name;
  }
  void likelihoodGrows() {
    QFETCH(QString, covariance);
    const ProblemSet problem = problem_of(clumps(600, 3, 4, 1.5));
    const Fitted run = fitted("gaussian_mixture", problem,
                              {{"components", 5}, {"covariance", covariance.toStdString()}, {"tolerance", 1e-9}});
    const auto series = run.listener.series("train/log_likelihood");
    QVERIFY(series.size() > 5);
    for (std::size_t i = 1; i < series.size(); ++i) QVERIFY(series[i].value >= series[i - 1].value - 1e-9);
    const TableScene scene(*problem.features.matrix());
    check_export(*run.model, scene);
  }

  /// A dense heap in the middle of a wide one: no centres tell them apart.
  void findsWhatKmeansCannot() {
    MatrixF values = normal_rows(1000, 2);
    std::vector<std::int32_t> truth;
    for (Eigen::Index i = 0; i < values.rows(); ++i) {
      values.row(i) *= i % 2 ? 0.3f : 5.0f;
      truth.push_back(static_cast<std::int32_t>(i % 2));
    }
    const ProblemSet problem = problem_of(values);
    const Fitted run = fitted("gaussian_mixture", problem, {{"components", 2}, {"tolerance", 1e-7}});
    QVERIFY(clustering_agreement(truth, labels_of(*run.model, problem))[0].second > 0.85);
    QVERIFY(
        clustering_agreement(truth, labels_of(*fitted("kmeans", problem, {{"clusters", 2}}).model, problem))[0].second <
        0.3);
  }

  void ellipsesAreDrawn() {
    // A cross of known spread: two standard deviations are 6 and 2 away.
    MatrixF values = normal_rows(20000, 2);
    values.col(0) *= 3;
    const Fitted run = fitted("gaussian_mixture", problem_of(values), {{"components", 1}});
    const auto points = run.listener.view<Points>("clusters");
    QVERIFY(points && points->outlines.size() == 1 && points->region);
    const auto& xy = points->outlines[0].xy;
    QCOMPARE(xy[0], xy[xy.size() - 2]);
    float widest = 0, highest = 0;
    for (std::size_t i = 0; i < xy.size(); i += 2) {
      widest = std::max(widest, std::abs(xy[i]));
      highest = std::max(highest, std::abs(xy[i + 1]));
    }
    QVERIFY(std::abs(widest - 6) < 0.15f && std::abs(highest - 2) < 0.05f);
    const Fitted pictures = fitted("gaussian_mixture", small_pictures(300, 4), {{"components", 3}});
    QCOMPARE(pictures.listener.view<Points>("clusters")->outlines.size(), std::size_t{3});
  }

  void resumes() {
    check_resuming("gaussian_mixture", problem_of(clumps(400, 4, 3, 2)),
                   {{"components", 3}, {"starts", 3}, {"tolerance", 1e-6}}, "train/log_likelihood");
    check_resuming("gaussian_mixture", problem_of(clumps(400, 4, 3, 2)),
                   {{"components", 3}, {"covariance", "tied"}, {"tolerance", 1e-6}}, "train/log_likelihood");
  }
  void stops() { check_stopping("gaussian_mixture", problem_of(clumps(400, 4, 3, 2)), {{"components", 3}}); }

  void oddData() {
    // A constant and a doubled column: the least variance keeps the mixture whole.
    MatrixF values = clumps(60, 4, 2, 1);
    values.col(1) = values.col(0);
    values.col(2).setConstant(7);
    const Fitted run = fitted("gaussian_mixture", problem_of(values), {{"components", 2}});
    QVERIFY(std::isfinite(run.listener.last_of("train/log_likelihood")));
    // Without it the matrix is singular, and the run says so.
    try {
      fitted("gaussian_mixture", problem_of(values), {{"components", 2}, {"reg_covar", 0}});
      QFAIL("a singular covariance was accepted");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains("singular"), error.what());
      QCOMPARE(QString::fromStdString(error.field()), QString("algorithm.params.reg_covar"));
    }
    const Fitted single = fitted("gaussian_mixture", problem_of(normal_rows(1, 3)), {{"components", 1}});
    QCOMPARE(labels_of(*single.model, problem_of(normal_rows(1, 3))), std::vector<std::int32_t>{0});
    const Fitted wide = fitted("gaussian_mixture", problem_of(clumps(10, 30, 2, 0.1)), {{"components", 2}});
    QVERIFY(std::isfinite(wide.listener.last_of("train/log_likelihood")));
    QVERIFY(refusal("gaussian_mixture", problem_of(normal_rows(4, 2)), {{"components", 5}}).contains("only 4"));
    QVERIFY(
        refusal("gaussian_mixture", problem_of(MatrixF::Zero(5, 20000)), {{"components", 2}}).contains("supported"));
    check_refuses_infinite("gaussian_mixture");
    check_bad_params("gaussian_mixture");
  }
};

QTEST_APPLESS_MAIN(TestGaussianMixture)
#include "test_gaussian_mixture.moc"
