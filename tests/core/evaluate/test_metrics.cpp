#include <QtTest>
#include <fstream>

#include "core/base/random.hpp"
#include "core/evaluate/metrics.hpp"
#include "core/params/param_spec.hpp"

using namespace gb;

namespace {

const Json& reference() {
  static const Json document = Json::parse(std::ifstream(TEST_SOURCE_DIR "/tests/reference/metrics.json"));
  return document;
}

void rows_of(const char* kind) {
  QTest::addColumn<int>("index");
  int index = 0;
  for (const auto& entry : reference()[kind]) QTest::newRow(entry["name"].get<std::string>().c_str()) << index++;
}

MatrixF matrix_of(const Json& rows) {
  MatrixF matrix(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(rows[0].size()));
  for (Eigen::Index i = 0; i < matrix.rows(); ++i)
    for (Eigen::Index j = 0; j < matrix.cols(); ++j)
      matrix(i, j) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)].get<float>();
  return matrix;
}

const double* find(const Metrics& metrics, const std::string& name) {
  for (const auto& [key, value] : metrics)
    if (key == name) return &value;
  return nullptr;
}

/// Every figure of the reference is there and near; nothing else is.
void compare(const Metrics& metrics, const Json& figures, double tolerance = 1e-9) {
  QCOMPARE(metrics.size(), figures.size());
  for (const auto& [name, figure] : figures.items()) {
    const double* value = find(metrics, name);
    QVERIFY2(value, name.c_str());
    const double expected = figure.get<double>();
    const double error = std::abs(*value - expected);
    QVERIFY2(error <= tolerance * std::max(1.0, std::abs(expected)),
             (name + " is " + std::to_string(*value) + ", expected " + std::to_string(expected)).c_str());
  }
}

}  // namespace

class TestMetrics : public QObject {
  Q_OBJECT
 private slots:
  void classification_data() { rows_of("classification"); }
  void classification() {
    QFETCH(int, index);
    const Json& entry = reference()["classification"][static_cast<std::size_t>(index)];
    const auto truth = entry["truth"].get<std::vector<std::int32_t>>();
    const auto predicted = entry["predicted"].get<std::vector<std::int32_t>>();
    const auto classes = entry["classes"].get<std::size_t>();
    QCOMPARE(confusion_counts(truth, predicted, classes), entry["confusion"].get<std::vector<std::int64_t>>());
    // scikit-learn takes logarithms in float32.
    compare(classification_metrics(truth, predicted, matrix_of(entry["probabilities"]), classes), entry["figures"],
            1e-6);
  }

  void rankingsAreExact() {
    const Json& entry = reference()["classification"][3];
    const auto metrics = classification_metrics(entry["truth"].get<std::vector<std::int32_t>>(),
                                                entry["predicted"].get<std::vector<std::int32_t>>(),
                                                matrix_of(entry["probabilities"]), entry["classes"].get<std::size_t>());
    for (const char* name : {"roc_auc", "average_precision", "cohen_kappa", "matthews_corrcoef"}) {
      QVERIFY(std::abs(*find(metrics, name) - entry["figures"][name].get<double>()) < 1e-12);
    }
  }

  void rowsWithoutTruthAreLeftOut() {
    const Json& entry = reference()["classification"][2];
    auto truth = entry["truth"].get<std::vector<std::int32_t>>();
    auto predicted = entry["predicted"].get<std::vector<std::int32_t>>();
    MatrixF probabilities = matrix_of(entry["probabilities"]);
    truth.push_back(-1);
    predicted.push_back(0);
    probabilities.conservativeResize(probabilities.rows() + 1, Eigen::NoChange);
    probabilities.bottomRows(1) << 0.2f, 0.3f, 0.5f;
    compare(classification_metrics(truth, predicted, probabilities, 3), entry["figures"], 1e-6);
  }

  void undefinedMetricsAreLeftOut() {
    MatrixF probabilities(3, 2);
    probabilities << 1, 0, 0.5f, 0.5f, 0, 1;
    const std::vector<std::int32_t> truth{0, 0, 0}, predicted{0, 0, 0};
    const Metrics metrics = classification_metrics(truth, predicted, probabilities, 2);
    QVERIFY(!find(metrics, "roc_auc"));
    QVERIFY(!find(metrics, "average_precision"));
    QVERIFY(!find(metrics, "cohen_kappa"));
    QCOMPARE(*find(metrics, "accuracy"), 1.0);
    QCOMPARE(*find(metrics, "matthews_corrcoef"), 0.0);
    // A certain and wrong probability costs -log of float's resolution, not infinity.
    const double worst = -std::log(double{std::numeric_limits<float>::epsilon()});
    const double expected = (0 + std::log(2.0) + worst) / 3;
    QVERIFY(std::abs(*find(metrics, "log_loss") - expected) < 1e-6);

    QVERIFY(classification_metrics({}, {}, MatrixF(0, 2), 2).empty());
    const std::vector<std::int32_t> unknown{-1, -1};
    QVERIFY(classification_metrics(unknown, unknown, MatrixF::Zero(2, 2), 2).empty());
    probabilities(1, 1) = std::numeric_limits<float>::quiet_NaN();
    QVERIFY(!find(classification_metrics(truth, predicted, probabilities, 2), "log_loss"));
    QVERIFY(!find(classification_metrics(truth, predicted, MatrixF(), 2), "roc_auc"));
  }

  void regression_data() { rows_of("regression"); }
  void regression() {
    QFETCH(int, index);
    const Json& entry = reference()["regression"][static_cast<std::size_t>(index)];
    auto truth = entry["truth"].get<std::vector<float>>();
    auto predicted = entry["predicted"].get<std::vector<float>>();
    compare(regression_metrics(truth, predicted), entry["figures"], 1e-12);
    truth.push_back(std::numeric_limits<float>::quiet_NaN());
    predicted.push_back(1e6f);
    compare(regression_metrics(truth, predicted), entry["figures"], 1e-12);
  }

  void oneRowHasNoR2() {
    const std::vector<float> truth{1}, predicted{3};
    const Metrics metrics = regression_metrics(truth, predicted);
    QVERIFY(!find(metrics, "r2"));
    QCOMPARE(*find(metrics, "rmse"), 2.0);
  }

  void clustering_data() { rows_of("clustering"); }
  void clustering() {
    QFETCH(int, index);
    const Json& entry = reference()["clustering"][static_cast<std::size_t>(index)];
    const auto clusters = entry["clusters"].get<std::vector<std::int32_t>>();
    ProblemSet problem;
    problem.features = Features(matrix_of(entry["features"]));
    problem.target.emplace();
    problem.target->codes = entry["truth"].get<std::vector<std::int32_t>>();
    std::vector<std::int64_t> rows(clusters.size());
    std::iota(rows.begin(), rows.end(), 0);
    Prediction prediction;
    prediction.task = Task::clustering;
    prediction.labels = clusters;
    const Metrics metrics = evaluate(problem, prediction, rows);
    compare(metrics, entry["figures"], 1e-6);
    Json agreement = entry["figures"];
    agreement.erase("silhouette");
    compare(clustering_agreement(problem.target->codes, clusters), agreement, 1e-12);

    // The rows of a part, in another order, with the truth found by row number.
    std::reverse(rows.begin(), rows.end());
    std::reverse(prediction.labels.begin(), prediction.labels.end());
    compare(evaluate(problem, prediction, rows), entry["figures"], 1e-6);
  }

  void silhouetteIsOfDrawnRows() {
    MatrixF rows(400, 2);
    std::vector<std::int32_t> clusters(400);
    Random random(3);
    for (Eigen::Index i = 0; i < rows.rows(); ++i) {
      clusters[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(i % 2);
      rows.row(i) << static_cast<float>(random.normal() + static_cast<double>(i % 2) * 8),
          static_cast<float>(random.normal());
    }
    const double whole = silhouette(rows, clusters, 400, 0);
    const double drawn = silhouette(rows, clusters, 100, 5);
    QVERIFY(whole > 0.7);
    QVERIFY(drawn != whole);
    QVERIFY(std::abs(drawn - whole) < 0.05);
    QCOMPARE(silhouette(rows, clusters, 100, 5), drawn);
    QVERIFY(std::isnan(silhouette(rows, std::vector<std::int32_t>(400, 1), 400, 0)));
  }
};

QTEST_APPLESS_MAIN(TestMetrics)
#include "test_metrics.moc"
