#include "core/evaluate/silhouette.hpp"

#include <QtTest>
#include <cmath>
#include <fstream>
#include <numeric>

#include "core/base/random.hpp"
#include "core/evaluate/metrics.hpp"

using namespace gb;

namespace {

const Json& reference() {
  static const Json document = Json::parse(std::ifstream(TEST_SOURCE_DIR "/tests/reference/evaluate.json"));
  return document;
}

struct Scene {
  ProblemSet problem;
  Prediction prediction;
  std::vector<std::int64_t> rows;
};

/// Blobs on a line, the n-th row in cluster n modulo `clusters`.
Scene blobs(std::size_t rows, int clusters) {
  Scene scene;
  Random random(2);
  MatrixF values(static_cast<Eigen::Index>(rows), 2);
  scene.prediction.task = Task::clustering;
  for (Eigen::Index i = 0; i < values.rows(); ++i) {
    const auto cluster = static_cast<std::int32_t>(i % clusters);
    values.row(i) << static_cast<float>(10 * cluster + random.normal()), static_cast<float>(random.normal());
    scene.prediction.labels.push_back(cluster);
    scene.rows.push_back(i);
  }
  scene.problem.features = Features(std::move(values));
  return scene;
}

}  // namespace

class TestSilhouette : public QObject {
  Q_OBJECT
 private slots:
  void everyRowIsScikitLearns_data() {
    QTest::addColumn<int>("index");
    int index = 0;
    for (const auto& entry : reference()["silhouettes"])
      QTest::newRow(entry["name"].get<std::string>().c_str()) << index++;
  }
  void everyRowIsScikitLearns() {
    QFETCH(int, index);
    const Json& entry = reference()["silhouettes"][static_cast<std::size_t>(index)];
    MatrixF rows(static_cast<Eigen::Index>(entry["rows"].size()), static_cast<Eigen::Index>(entry["rows"][0].size()));
    for (Eigen::Index i = 0; i < rows.rows(); ++i)
      for (Eigen::Index j = 0; j < rows.cols(); ++j)
        rows(i, j) = entry["rows"][static_cast<std::size_t>(i)][static_cast<std::size_t>(j)].get<float>();
    const auto expected = entry["values"].get<std::vector<double>>();
    const auto values = silhouette_values(rows, entry["clusters"].get<std::vector<std::int32_t>>());
    QCOMPARE(values.size(), expected.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      QVERIFY2(std::abs(values[i] - expected[i]) < 1e-5, std::to_string(i).c_str());
  }

  void thereIsNoneOfOneCluster() {
    QVERIFY(silhouette_values(MatrixF::Random(5, 2), std::vector<std::int32_t>(5, 0)).empty());
    QVERIFY(silhouette_values(MatrixF::Random(3, 2), std::vector<std::int32_t>{0, 1, 2}).empty());
    const Scene scene = blobs(10, 1);
    Silhouettes seen;
    QVERIFY(evaluate(scene.problem, scene.prediction, scene.rows, &seen).empty());
    QVERIFY(seen.values.empty());
  }

  void thePlotSortsEachCluster() {
    const Scene scene = blobs(60, 3);
    Silhouettes seen;
    const Metrics metrics = evaluate(scene.problem, scene.prediction, scene.rows, &seen);
    QCOMPARE(metrics.back().first, std::string("silhouette"));
    QCOMPARE(metrics.back().second, seen.mean());
    const auto chart = silhouette_view(seen, 7);
    QCOMPARE(chart->step, 7);
    QVERIFY(chart->kind == Chart::Kind::bars);
    QCOMPARE(chart->lines.size(), std::size_t{3});
    double end = -1, sum = 0;
    for (const auto& line : chart->lines) {
      QCOMPARE(line.y.size(), std::size_t{20});
      QVERIFY(std::is_sorted(line.y.rbegin(), line.y.rend()));
      QVERIFY(line.x.front() > end);
      end = line.x.back();
      sum += std::accumulate(line.y.begin(), line.y.end(), 0.0);
    }
    QVERIFY(std::abs(sum / 60 - seen.mean()) < 1e-12);
    QVERIFY(chart->title.starts_with("Silhouette, mean 0."));
    QVERIFY(chart->title.find("of") == std::string::npos);
  }

  /// Colours are those of other views: a line stands where its cluster's number does, noise behind all.
  void noiseComesLast() {
    Scene scene = blobs(60, 4);
    for (auto& label : scene.prediction.labels)
      if (label == 1)
        label = -1;
      else if (label == 0)
        label = 1;
    Silhouettes seen;
    evaluate(scene.problem, scene.prediction, scene.rows, &seen);
    const auto chart = silhouette_view(seen, 0);
    QCOMPARE(chart->lines.size(), std::size_t{5});
    QVERIFY(chart->lines[0].y.empty());
    QVERIFY(chart->lines[1].name.starts_with("Cluster 1: "));
    QVERIFY(chart->lines[4].name.starts_with("Noise: "));
  }

  void manyRowsAreDrawnAndSaidSo() {
    const Scene scene = blobs(4321, 3);
    Silhouettes seen;
    const Metrics metrics = evaluate(scene.problem, scene.prediction, scene.rows, &seen);
    QCOMPARE(seen.values.size(), Silhouettes::most_rows);
    QCOMPARE(metrics.back().second, seen.mean());
    const auto chart = silhouette_view(seen, 0);
    QVERIFY2(chart->title.ends_with("(2,000 of 4,321 rows)"), chart->title.c_str());
  }
};

QTEST_APPLESS_MAIN(TestSilhouette)
#include "test_silhouette.moc"
