#include <QtTest>
#include <set>

#include "core/algorithms/cluster_runs.hpp"

using namespace gb;

class TestMinibatchKmeans : public QObject {
  Q_OBJECT
 private slots:
  /// Ten seeds are as tight as scikit-learn's ten.
  void asInScikitLearn() {
    for (const Json& entry : clusters_reference()["minibatch_kmeans"]) {
      const ProblemSet problem = reference_problem(entry["data"].get<std::string>());
      auto theirs = entry["inertias"].get<std::vector<double>>();
      std::vector<double> mine;
      for (std::uint64_t seed = 0; seed < 10; ++seed)
        mine.push_back(fitted("minibatch_kmeans", problem,
                              {{"clusters", entry["clusters"]}, {"batch_size", entry["batch_size"]}, {"starts", 1}},
                              seed)
                           .listener.last_of("train/inertia"));
      std::sort(mine.begin(), mine.end());
      std::sort(theirs.begin(), theirs.end());
      const double spread = theirs.back() - theirs.front();
      QVERIFY(mine.front() >= theirs.front() - spread);
      const double mine_median = (mine[4] + mine[5]) / 2;
      QVERIFY2(mine_median <= theirs.back() && mine.front() <= theirs[5],
               qPrintable(QString("%1 (%2..%3) against %4..%5")
                              .arg(mine_median)
                              .arg(mine.front())
                              .arg(mine.back())
                              .arg(theirs.front())
                              .arg(theirs.back())));
    }
  }

  void findsClumps() {
    const ProblemSet problem = problem_of(clumps(4000, 5, 6, 0.3));
    const Fitted run = fitted("minibatch_kmeans", problem, {{"clusters", 6}, {"batch_size", 200}});
    std::vector<std::int32_t> truth;
    for (int i = 0; i < 4000; ++i) truth.push_back(i % 6);
    QVERIFY(clustering_agreement(truth, labels_of(*run.model, problem))[0].second > 0.999);
    // The inertia is that of the model over all rows.
    const Fitted whole = fitted("kmeans", problem, {{"clusters", 6}});
    QVERIFY(run.listener.last_of("train/inertia") >= whole.listener.last_of("train/inertia") * (1 - 1e-6));
    QVERIFY(run.listener.last_of("train/inertia") <= whole.listener.last_of("train/inertia") * 1.05);
  }

  /// A centre that begins far away from all rows is put among them.
  void centresWithoutRowsBeginAnew() {
    MatrixF values = clumps(3000, 2, 3, 0.2);
    values.row(0) << 1e4f, 1e4f;
    const ProblemSet problem = problem_of(values);
    for (const std::uint64_t seed : {1, 2, 3}) {
      const Fitted run = fitted("minibatch_kmeans", problem,
                                {{"clusters", 12}, {"batch_size", 100}, {"init", "random"}, {"starts", 1}}, seed);
      const auto labels = labels_of(*run.model, problem);
      QVERIFY(std::set<std::int32_t>(labels.begin(), labels.end()).size() >= 9);
    }
  }

  void resumes() {
    check_resuming("minibatch_kmeans", problem_of(clumps(2000, 4, 6, 3)), {{"clusters", 8}, {"batch_size", 100}},
                   "train/inertia");
  }
  void stops() {
    check_stopping("minibatch_kmeans", problem_of(clumps(900, 4, 6, 3)), {{"clusters", 8}, {"batch_size", 50}});
  }

  void oddData() {
    const Fitted same = fitted("minibatch_kmeans", problem_of(MatrixF::Constant(30, 2, 7)), {{"clusters", 3}});
    QCOMPARE(same.listener.last_of("train/inertia"), 0.0);
    const Fitted single = fitted("minibatch_kmeans", problem_of(normal_rows(1, 4)), {{"clusters", 1}});
    QCOMPARE(single.listener.last_of("train/inertia"), 0.0);
    const Fitted each = fitted("minibatch_kmeans", problem_of(normal_rows(9, 2)), {{"clusters", 9}});
    QVERIFY(std::isfinite(each.listener.last_of("train/inertia")));
    const Fitted huge = fitted("minibatch_kmeans", problem_of(clumps(300, 3, 2, 0.1) * 1e30f), {{"clusters", 2}});
    QVERIFY(std::isfinite(huge.listener.last_of("train/inertia")));
    QVERIFY(refusal("minibatch_kmeans", problem_of(normal_rows(9, 2)), {{"clusters", 10}}).contains("only 9"));
    check_refuses_infinite("minibatch_kmeans");
    check_bad_params("minibatch_kmeans");
  }

  void exports() {
    const TableScene scene(matrix_of(clusters_reference()["data"]["wine"]));
    check_export(*fitted("minibatch_kmeans", scene.problem, {{"clusters", 4}}).model, scene);
    const Fitted pictures = fitted("minibatch_kmeans", small_pictures(200, 3), {{"clusters", 3}});
    QCOMPARE(pictures.listener.view<Images>("centers")->count, 3);
  }
};

QTEST_APPLESS_MAIN(TestMinibatchKmeans)
#include "test_minibatch_kmeans.moc"
