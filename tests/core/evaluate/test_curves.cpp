#include <QtTest>
#include <cmath>
#include <numeric>

#include "core/base/parallel.hpp"
#include "core/base/random.hpp"
#include "core/evaluate/curves.hpp"
#include "core/evaluate/intervals.hpp"
#include "core/evaluate/metrics.hpp"

using namespace gb;

namespace {

/// A classifier's answers to rows of known class, right more often than not.
struct Scene {
  ProblemSet problem;
  std::vector<std::int64_t> rows;
  Prediction prediction;

  double metric(const std::string& name) const {
    for (const auto& [known, value] : evaluate(problem, prediction, rows))
      if (known == name) return value;
    return std::nan("");
  }
};

Scene classified(std::size_t count, std::int32_t classes, std::uint64_t seed = 1) {
  Scene scene;
  Random random(seed);
  Target target;
  for (std::int32_t k = 0; k < classes; ++k) target.classes.push_back("class " + std::to_string(k));
  scene.prediction.probabilities = MatrixF(static_cast<Eigen::Index>(count), classes);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(classes)));
    target.codes.push_back(code);
    auto row = scene.prediction.probabilities.row(static_cast<Eigen::Index>(i));
    for (std::int32_t k = 0; k < classes; ++k)
      row(k) = static_cast<float>(std::exp(random.normal() + (k == code ? 1.2 : 0.0)));
    row /= row.sum();
    Eigen::Index best = 0;
    row.maxCoeff(&best);
    scene.prediction.labels.push_back(static_cast<std::int32_t>(best));
  }
  scene.problem.target = std::move(target);
  scene.rows.resize(count);
  std::iota(scene.rows.begin(), scene.rows.end(), std::int64_t{0});
  return scene;
}

Scene regressed(std::size_t count) {
  Scene scene;
  Random random(5);
  Target target;
  target.task = Task::regression;
  scene.prediction.task = Task::regression;
  for (std::size_t i = 0; i < count; ++i) {
    target.values.push_back(static_cast<float>(3 * random.normal()));
    scene.prediction.values.push_back(target.values.back() + static_cast<float>(random.normal()));
  }
  scene.problem.target = std::move(target);
  scene.rows.resize(count);
  std::iota(scene.rows.begin(), scene.rows.end(), std::int64_t{0});
  return scene;
}

double trapezoids(const Chart::Line& line) {
  double area = 0;
  for (std::size_t i = 1; i < line.x.size(); ++i) area += (line.x[i] - line.x[i - 1]) * (line.y[i] + line.y[i - 1]) / 2;
  return area;
}

std::shared_ptr<const Chart> chart_of(const Scene& scene, const std::string& view, std::int64_t step) {
  for (const auto& chart : classifier_charts(scene.problem, scene.rows, scene.prediction.probabilities, step, "test"))
    if (chart->view == view) return chart;
  return nullptr;
}

Interval interval_of(const Intervals& intervals, const std::string& name) {
  for (const auto& [known, interval] : intervals)
    if (known == name) return interval;
  return {std::nan(""), std::nan("")};
}

}  // namespace

class TestCurves : public QObject {
  Q_OBJECT
 private slots:
  void theAreaUnderTheDrawnCurveIsTheMetric() {
    const Scene scene = classified(500, 2);
    const auto chart = chart_of(scene, "roc", 7);
    QCOMPARE(chart->lines.size(), std::size_t{2});
    QCOMPARE(chart->part, std::string("test"));
    QCOMPARE(chart->step, std::int64_t{7});
    QVERIFY(chart->lines[1].dashed);
    const auto& line = chart->lines[0];
    QCOMPARE(line.x.front(), 0.0);
    QCOMPARE(line.x.back(), 1.0);
    QCOMPARE(line.y.back(), 1.0);
    // Drawn through 200 of the thresholds.
    QVERIFY(line.x.size() <= 201);
    QVERIFY(std::abs(trapezoids(line) - scene.metric("roc_auc")) < 0.01);
    QVERIFY(line.name.starts_with("class 1 (0."));
  }

  void everyClassHasItsLineUpToTen() {
    const Scene three = classified(300, 3);
    QCOMPARE(chart_of(three, "roc", 1)->lines.size(), std::size_t{4});
    const Scene many = classified(2000, 14);
    QCOMPARE(chart_of(many, "precision-recall", 1)->lines.size(), std::size_t{10});
  }

  void aPerfectClassifierHasSquareCurves() {
    Scene scene = classified(100, 2);
    for (Eigen::Index i = 0; i < 100; ++i) {
      const float sure = scene.problem.target->codes[static_cast<std::size_t>(i)] == 1 ? 0.9F : 0.2F;
      scene.prediction.probabilities.row(i) << 1 - sure, sure;
    }
    const auto roc = chart_of(scene, "roc", 1);
    QCOMPARE(roc->lines[0].name, std::string("class 1 (1.000)"));
    QCOMPARE(roc->lines[0].x, (std::vector<double>{0, 0, 1}));
    QCOMPARE(roc->lines[0].y, (std::vector<double>{0, 1, 1}));
    const auto precision = chart_of(scene, "precision-recall", 1);
    QCOMPARE(precision->lines[0].y.front(), 1.0);
    const auto calibration = chart_of(scene, "calibration", 1);
    QCOMPARE(calibration->lines[0].y, (std::vector<double>{0, 1}));
    QVERIFY(std::abs(calibration->lines[0].x[0] - 0.2) < 1e-6 && std::abs(calibration->lines[0].x[1] - 0.9) < 1e-6);
    const auto positives = std::accumulate(scene.problem.target->codes.begin(), scene.problem.target->codes.end(), 0);
    const auto gain = chart_of(scene, "gain", 1);
    QCOMPARE(gain->lines[0].x[1], positives / 100.0);
    QCOMPARE(gain->lines[0].y[1], 1.0);
    const auto lift = chart_of(scene, "lift", 1);
    QVERIFY(std::abs(lift->lines[0].y[0] - 100.0 / positives) < 1e-9);
  }

  void residualsAreTruthLessPrediction() {
    Scene scene = regressed(20);
    scene.problem.target->values[3] = std::nanf("");
    const auto points = residuals_view(scene.problem, scene.rows, scene.prediction.values, 1, "test");
    QCOMPARE(points->rows->size(), std::size_t{19});
    QCOMPARE((*points->rows)[3], std::int64_t{4});
    QCOMPARE((*points->xy)[7], scene.problem.target->values[4] - scene.prediction.values[4]);
  }

  /// Of a share the interval is known: p +- 1.96 sqrt(p (1 - p) / n).
  void intervalsAreAsWideAsTheyShouldBe() {
    const Scene scene = classified(400, 3);
    const auto intervals = bootstrap_intervals(scene.problem, scene.prediction, scene.rows, 3);
    const double accuracy = scene.metric("accuracy");
    const double half = 1.96 * std::sqrt(accuracy * (1 - accuracy) / 400);
    const Interval found = interval_of(intervals, "accuracy");
    QVERIFY2(std::abs(found.low - (accuracy - half)) < 0.01, qPrintable(QString::number(found.low)));
    QVERIFY2(std::abs(found.high - (accuracy + half)) < 0.01, qPrintable(QString::number(found.high)));
    for (const auto& [name, value] : evaluate(scene.problem, scene.prediction, scene.rows)) {
      const Interval interval = interval_of(intervals, name);
      QVERIFY2(interval.low < value && value < interval.high, name.c_str());
    }
  }

  void fourTimesTheRowsHalveTheInterval() {
    const Scene few = regressed(300), many = regressed(1200);
    for (const char* name : {"rmse", "mae", "r2"}) {
      const auto width = [&](const Scene& scene) {
        const Interval interval =
            interval_of(bootstrap_intervals(scene.problem, scene.prediction, scene.rows, 1), name);
        return interval.high - interval.low;
      };
      const double shrunk = width(many) / width(few);
      QVERIFY2(shrunk > 0.35 && shrunk < 0.7, qPrintable(QString("%1 %2").arg(name).arg(shrunk)));
    }
  }

  void theThreadsDoNotMatter() {
    const Scene scene = classified(200, 4);
    const int before = threads();
    set_threads(1);
    const auto one = bootstrap_intervals(scene.problem, scene.prediction, scene.rows, 3);
    set_threads(3);
    const auto three = bootstrap_intervals(scene.problem, scene.prediction, scene.rows, 3);
    set_threads(before);
    QCOMPARE(one.size(), three.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
      QCOMPARE(one[i].first, three[i].first);
      QCOMPARE(one[i].second.low, three[i].second.low);
      QCOMPARE(one[i].second.high, three[i].second.high);
    }
  }

  void tooFewRowsSayNothing() {
    const Scene scene = classified(9, 2);
    QVERIFY(bootstrap_intervals(scene.problem, scene.prediction, scene.rows, 3).empty());
  }
};

QTEST_APPLESS_MAIN(TestCurves)
#include "test_curves.moc"
