#include <QtTest>
#include <set>

#include "core/algorithms/cluster_runs.hpp"
#include "core/linalg/radius_index.hpp"

using namespace gb;

class TestDbscan : public QObject {
  Q_OBJECT
 private slots:
  /// The labels of growing are scikit-learn's, number by number; the rule for new rows says the same of nearly all.
  void asInScikitLearn() {
    for (const Json& entry : clusters_reference()["dbscan"]) {
      const ProblemSet problem = reference_problem(entry["data"].get<std::string>());
      const Json given{{"eps", entry["eps"]}, {"min_samples", entry["min_samples"]}};
      const Fitted run = fitted("dbscan", problem, given);
      const auto expected = entry["labels"].get<std::vector<std::int32_t>>();
      if (problem.features.columns() >= 2) {
        const auto points = run.listener.view<Points>("clusters");
        QVERIFY(points);
        QCOMPARE(points->group, expected);
      }
      QCOMPARE(run.model->arrays()[0].shape[0], static_cast<std::int64_t>(entry["cores"].size()));
      const auto labels = labels_of(*run.model, problem);
      std::vector<std::int64_t> cores = entry["cores"].get<std::vector<std::int64_t>>();
      for (const std::int64_t core : cores)
        QCOMPARE(labels[static_cast<std::size_t>(core)], expected[static_cast<std::size_t>(core)]);
      int different = 0;
      for (std::size_t i = 0; i < labels.size(); ++i) {
        QCOMPARE(labels[i] < 0, expected[i] < 0);
        different += labels[i] != expected[i];
      }
      // Only rows on the border of two clusters: the nearest core against the first cluster.
      QVERIFY2(different <= static_cast<int>(labels.size()) / 50, qPrintable(QString::number(different)));
    }
  }

  /// Every way of finding neighbours against plain loops.
  void neighborsByPlainLoops_data() {
    QTest::addColumn<int>("features");
    QTest::addColumn<double>("radius");
    QTest::newRow("one") << 1 << 0.05;
    QTest::newRow("two") << 2 << 0.3;
    QTest::newRow("two, everything near") << 2 << 100.0;
    QTest::newRow("two, nothing near") << 2 << 1e-9;
    QTest::newRow("three") << 3 << 0.5;
    QTest::newRow("five") << 5 << 1.2;
    QTest::newRow("sixteen") << 16 << 4.0;
    QTest::newRow("products") << 24 << 6.0;
  }
  void neighborsByPlainLoops() {
    QFETCH(int, features);
    QFETCH(double, radius);
    const MatrixF points = normal_rows(500, features, 3), queries = normal_rows(80, features, 4);
    const auto distance = [&](const auto& a, const auto& b) {
      return (a.template cast<double>() - b.template cast<double>()).squaredNorm();
    };
    RadiusIndex index(points, radius);
    const auto flags = index.crowded(4, [] { return false; });
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
      int found = 0;
      for (Eigen::Index j = 0; j < points.rows(); ++j)
        found += distance(points.row(i), points.row(j)) <= radius * radius;
      QCOMPARE(flags[static_cast<std::size_t>(i)] != 0, found >= 4);
    }
    std::vector<std::int64_t> nearest(80);
    index.nearest(queries.data(), 80, nearest.data());
    for (Eigen::Index i = 0; i < 80; ++i) {
      std::int64_t best = -1;
      double least = radius * radius;
      for (Eigen::Index j = 0; j < points.rows(); ++j)
        if (const double d = distance(queries.row(i), points.row(j)); d < least || (d == least && best < 0)) {
          least = d;
          best = j;
        }
      QCOMPARE(nearest[static_cast<std::size_t>(i)], best);
    }
    // Taking out: all around three points, each once.
    const std::vector<std::int64_t> from{7, 8, 300};
    std::vector<std::int64_t> taken;
    index.take_around(from, taken);
    std::set<std::int64_t> expected;
    for (const auto center : from)
      for (Eigen::Index j = 0; j < points.rows(); ++j)
        if (distance(points.row(center), points.row(j)) <= radius * radius) expected.insert(j);
    QCOMPARE(std::set<std::int64_t>(taken.begin(), taken.end()), expected);
    QCOMPARE(taken.size(), expected.size());
    taken.clear();
    index.take_around(from, taken);
    QVERIFY(taken.empty());
  }

  void sameBitsWithAnyThreads() {
    const ProblemSet problem = problem_of(clumps(3000, 2, 12, 0.6));
    const auto run = [&](int count) {
      set_threads(count);
      const Fitted result = fitted("dbscan", problem, {{"eps", 0.2}});
      set_threads(0);
      return all_numbers(*result.model);
    };
    QCOMPARE(run(1), run(3));
  }

  void growsInSteps() {
    const ProblemSet problem = problem_of(clumps(2000, 2, 3, 0.4));
    const Fitted run = fitted("dbscan", problem, {{"eps", 0.3}});
    const auto share = run.listener.series("train/clustered");
    QVERIFY(share.size() > 20);
    for (std::size_t i = 1; i < share.size(); ++i) QVERIFY(share[i].value >= share[i - 1].value);
    QCOMPARE(run.listener.last_of("train/clusters"), 3.0);
    const auto points = run.listener.view<Points>("clusters");
    QVERIFY(points->region && points->marked.empty());
  }

  void resumes() { check_resuming("dbscan", problem_of(clumps(900, 2, 4, 0.5)), {{"eps", 0.3}}, "train/clustered"); }
  void stops() { check_stopping("dbscan", problem_of(clumps(900, 2, 4, 0.5)), {{"eps", 0.3}}); }

  void oddData() {
    // All noise, one row, all rows alike, far more features than rows.
    const Fitted noise = fitted("dbscan", problem_of(normal_rows(60, 2)), {{"eps", 1e-6}});
    QVERIFY(noise.listener.last_text().contains("0 clusters; 60 rows are noise"));
    QVERIFY(noise.listener.last_text().contains("larger radius"));
    const Fitted single = fitted("dbscan", problem_of(normal_rows(1, 3)), {{"min_samples", 1}});
    QCOMPARE(single.listener.last_of("train/clusters"), 1.0);
    const ProblemSet same = problem_of(MatrixF::Constant(100, 2, 3));
    QCOMPARE(labels_of(*fitted("dbscan", same, Json::object()).model, same), std::vector<std::int32_t>(100, 0));
    const ProblemSet wide = problem_of(clumps(40, 100, 2, 0.1));
    QCOMPARE(fitted("dbscan", wide, {{"eps", 4}}).listener.last_of("train/clusters"), 2.0);
    const ProblemSet huge = problem_of(clumps(200, 2, 2, 0.1) * 1e30f);
    QCOMPARE(fitted("dbscan", huge, {{"eps", 1e30}}).listener.last_of("train/clusters"), 2.0);
    check_refuses_infinite("dbscan");
    check_bad_params("dbscan");
  }

  void exports() {
    for (const char* name : {"blobs", "many"}) {
      const TableScene scene(matrix_of(clusters_reference()["data"][name]));
      const double eps = scene.problem.features.columns() == 2 ? 0.45 : 6;
      const Fitted run = fitted("dbscan", scene.problem, {{"eps", eps}});
      const auto labels = labels_of(*run.model, scene.problem);
      QVERIFY(std::ranges::count(labels, -1) > 0);
      check_export(*run.model, scene);
    }
    // No core at all: everything is noise in the file as well.
    const TableScene scene(normal_rows(20, 3));
    check_export(*fitted("dbscan", scene.problem, {{"eps", 1e-6}}).model, scene);
  }
};

QTEST_APPLESS_MAIN(TestDbscan)
#include "test_dbscan.moc"
