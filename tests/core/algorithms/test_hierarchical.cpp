#include <QtTest>
#include <set>

#include "core/algorithms/cluster_runs.hpp"

using namespace gb;

class TestHierarchical : public QObject {
  Q_OBJECT
 private slots:
  void asInScikitLearn() {
    for (const Json& entry : clusters_reference()["hierarchical"]) {
      const ProblemSet problem = reference_problem(entry["data"].get<std::string>());
      const Fitted run =
          fitted("hierarchical", problem, {{"clusters", entry["clusters"]}, {"linkage", entry["linkage"]}});
      const QByteArray what = (entry["data"].dump() + entry["linkage"].dump()).c_str();
      const auto labels = labels_of(*run.model, problem);
      const auto expected = entry["labels"].get<std::vector<std::int32_t>>();
      QVERIFY2(agreement(labels, expected) >= 0.999 && agreement(expected, labels) >= 0.999, what);
      // The heights of the highest merges, as the tree shows them.
      const auto tree = run.listener.view<Tree>("dendrogram");
      QVERIFY(tree && tree->heights);
      std::vector<double> heights, theirs = entry["heights"].get<std::vector<double>>();
      for (const auto& node : tree->nodes)
        if (node.height > 0) heights.push_back(node.height);
      std::sort(heights.rbegin(), heights.rend());
      std::sort(theirs.rbegin(), theirs.rend());
      QCOMPARE(heights.size(), std::size_t{59});
      for (std::size_t i = 0; i < heights.size(); ++i) QVERIFY2(near(heights[i], theirs[i], 1e-5), what);
      std::int64_t rows = 0;
      for (std::size_t i = 0; i < tree->nodes.size(); ++i) {
        QVERIFY(tree->nodes[i].parent < static_cast<std::int32_t>(i));
        if (tree->nodes[i].height == 0) rows += tree->nodes[i].rows;
      }
      QCOMPARE(rows, problem.features.rows());
    }
  }

  void sameBitsWithAnyThreads() {
    for (const char* linkage : {"ward", "complete", "average", "single"}) {
      const ProblemSet problem = problem_of(clumps(700, 3, 9, 1.5));
      const auto run = [&](int count) {
        set_threads(count);
        const Fitted result = fitted("hierarchical", problem, {{"clusters", 9}, {"linkage", linkage}});
        set_threads(0);
        return all_numbers(*result.model);
      };
      QCOMPARE(run(1), run(3));
    }
  }

  /// Equal distances everywhere: no circle, and the right number of clusters.
  void ties() {
    MatrixF grid(144, 2);
    for (Eigen::Index i = 0; i < 144; ++i) grid.row(i) << static_cast<float>(i / 12), static_cast<float>(i % 12);
    const ProblemSet problem = problem_of(grid);
    for (const char* linkage : {"ward", "complete", "average", "single"}) {
      const Fitted run = fitted("hierarchical", problem, {{"clusters", 5}, {"linkage", linkage}});
      const auto labels = labels_of(*run.model, problem);
      QCOMPARE(std::set<std::int32_t>(labels.begin(), labels.end()).size(), std::size_t{5});
    }
  }

  void resumes() {
    check_resuming("hierarchical", problem_of(clumps(300, 3, 4, 1)), {{"clusters", 4}}, "train/merge_distance");
  }
  void stops() { check_stopping("hierarchical", problem_of(clumps(300, 3, 4, 1)), {{"clusters", 4}}); }

  void hasNoRuleForNewRows() {
    const TableScene scene(clumps(60, 4, 2, 1));
    const Fitted run = fitted("hierarchical", scene.problem, Json::object());
    QVERIFY_EXCEPTION_THROWN(to_onnx(scene.request(*run.model)), ModelError);
    QVERIFY_EXCEPTION_THROWN(run.model->predict(scene.problem.features, std::vector<std::int64_t>{60}), ModelError);
  }

  void oddData() {
    for (const char* linkage : {"ward", "complete", "average", "single"}) {
      const ProblemSet single = problem_of(normal_rows(1, 3)), same = problem_of(MatrixF::Constant(20, 2, 4)),
                       wide = problem_of(clumps(12, 80, 3, 0.1));
      QCOMPARE(labels_of(*fitted("hierarchical", single, {{"clusters", 1}, {"linkage", linkage}}).model, single),
               std::vector<std::int32_t>{0});
      const auto labels = labels_of(*fitted("hierarchical", same, {{"clusters", 3}, {"linkage", linkage}}).model, same);
      QCOMPARE(std::set<std::int32_t>(labels.begin(), labels.end()).size(), std::size_t{3});
      std::vector<std::int32_t> truth;
      for (int i = 0; i < 12; ++i) truth.push_back(i % 3);
      QCOMPARE(labels_of(*fitted("hierarchical", wide, {{"clusters", 3}, {"linkage", linkage}}).model, wide), truth);
    }
    QVERIFY(refusal("hierarchical", problem_of(normal_rows(4, 2)), {{"clusters", 5}}).contains("only 4"));
    QVERIFY(refusal("hierarchical", problem_of(MatrixF::Zero(50000, 1)), {{"linkage", "average"}}).contains("GB"));
    check_refuses_infinite("hierarchical");
    check_bad_params("hierarchical");
  }
};

QTEST_APPLESS_MAIN(TestHierarchical)
#include "test_hierarchical.moc"
