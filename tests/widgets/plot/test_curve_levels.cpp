#include <QtTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "widgets/plot/curve_levels.hpp"

using namespace gb;

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

CurveLevels filled(const std::vector<double>& values, std::int64_t stride = 1) {
  CurveLevels levels;
  for (std::size_t i = 0; i < values.size(); ++i) levels.append(static_cast<std::int64_t>(i) * stride, values[i]);
  return levels;
}

std::vector<double> noise(std::size_t count, double gap_share, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0.5, 1);
  std::uniform_real_distribution<double> uniform;
  std::vector<double> values(count);
  for (double& value : values) value = uniform(random) < gap_share ? nan_value : normal(random);
  return values;
}

}  // namespace

class TestCurveLevels : public QObject {
  Q_OBJECT
 private slots:
  void extremesAreThoseOfASearch_data() {
    QTest::addColumn<int>("count");
    QTest::addColumn<double>("gaps");
    QTest::newRow("few") << 5 << 0.0;
    QTest::newRow("one block") << 16 << 0.0;
    QTest::newRow("two levels") << 300 << 0.1;
    QTest::newRow("four levels") << 70000 << 0.02;
    QTest::newRow("mostly gaps") << 5000 << 0.97;
  }
  void extremesAreThoseOfASearch() {
    QFETCH(int, count);
    QFETCH(double, gaps);
    const auto values = noise(static_cast<std::size_t>(count), gaps, 7);
    const CurveLevels levels = filled(values);
    std::mt19937 random(11);
    for (int trial = 0; trial < 400; ++trial) {
      auto begin = random() % static_cast<unsigned>(count + 1), end = random() % static_cast<unsigned>(count + 1);
      if (begin > end) std::swap(begin, end);
      for (const bool positive : {false, true}) {
        double low = std::numeric_limits<double>::infinity(), high = -low;
        for (auto i = begin; i < end; ++i) {
          if (!std::isfinite(values[i]) || (positive && values[i] <= 0)) continue;
          low = std::min(low, values[i]);
          high = std::max(high, values[i]);
        }
        const auto found = levels.extremes(begin, end, positive);
        QCOMPARE(found.found, high >= low);
        if (!found.found) continue;
        QCOMPARE(levels.value(found.lowest), low);
        QCOMPARE(levels.value(found.highest), high);
        QVERIFY(found.lowest >= begin && found.lowest < end && found.highest >= begin && found.highest < end);
      }
    }
  }

  void everyColumnKeepsItsExtremes() {
    const auto values = noise(100000, 0, 3);
    const CurveLevels levels = filled(values, 5);
    const int columns = 640;
    const double to = 500000;
    const auto lines = levels.lines(0, to, columns, false);
    QCOMPARE(lines.size(), std::size_t{1});
    QVERIFY(lines[0].size() <= 2 * columns + 2);
    std::vector<double> low(columns, 1e9), high(columns, -1e9), drawn_low = low, drawn_high = high;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto column =
          std::min<std::size_t>(static_cast<std::size_t>(5.0 * static_cast<double>(i) / to * columns), columns - 1);
      low[column] = std::min(low[column], values[i]);
      high[column] = std::max(high[column], values[i]);
    }
    double last = -1;
    for (const QPointF& point : lines[0]) {
      QVERIFY(point.x() > last);
      last = point.x();
      const auto column = std::min<std::size_t>(static_cast<std::size_t>(point.x() / to * columns), columns - 1);
      drawn_low[column] = std::min(drawn_low[column], point.y());
      drawn_high[column] = std::max(drawn_high[column], point.y());
    }
    QCOMPARE(drawn_low, low);
    QCOMPARE(drawn_high, high);
  }

  void fewPointsAreDrawnAsTheyAre() {
    const auto lines = filled({3, 1, 4, 1, 5}).lines(0, 4, 100, false);
    QCOMPARE(lines.size(), std::size_t{1});
    QCOMPARE(lines[0], (std::vector<QPointF>{{0, 3}, {1, 1}, {2, 4}, {3, 1}, {4, 5}}));
  }

  void gapsPartTheLine() {
    const CurveLevels levels = filled({1, 2, nan_value, 3, 0, 4, -1, 5, std::numeric_limits<double>::infinity(), 6});
    const auto linear = levels.lines(0, 10, 100, false);
    QCOMPARE(linear.size(), std::size_t{3});
    QCOMPARE(linear[1].size(), std::size_t{5});
    const auto logarithmic = levels.lines(0, 10, 100, true);
    QCOMPARE(logarithmic.size(), std::size_t{5});
    for (const auto& line : logarithmic)
      for (const QPointF& point : line) QVERIFY(point.y() > 0);
  }

  void aLongGapPartsADenseLine() {
    std::vector<double> values(100000, 1.0);
    std::fill(values.begin() + 40000, values.begin() + 60000, nan_value);
    const auto lines = filled(values).lines(0, 100000, 500, false);
    QCOMPARE(lines.size(), std::size_t{2});
    QVERIFY(lines[0].back().x() < 40000);
    QVERIFY(lines[1].front().x() >= 60000);
  }

  void oftenPartedLinesStayFew() {
    std::vector<double> values(2000);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 2 ? nan_value : static_cast<double>(i);
    const auto lines = filled(values).lines(0, 2000, 4000, false, 50);
    QVERIFY(!lines.empty());
    QVERIFY(lines.size() <= 50);
  }

  void aZoomedStretchReachesBothEdges() {
    const auto lines = filled(std::vector<double>(1000, 2.0)).lines(400.5, 410.5, 100, false);
    QCOMPARE(lines.size(), std::size_t{1});
    QCOMPARE(lines[0].front().x(), 400.0);
    QCOMPARE(lines[0].back().x(), 411.0);
  }

  void goingBackReplacesWhatStoodThere() {
    CurveLevels levels = filled(std::vector<double>(1000, 100.0));
    QVERIFY(levels.append(500, 1));
    QCOMPARE(levels.size(), std::size_t{501});
    for (std::int64_t step = 501; step < 900; ++step) QVERIFY(!levels.append(step, 2));
    QCOMPARE(levels.size(), std::size_t{900});
    const auto found = levels.extremes(480, 900, false);
    QCOMPARE(levels.value(found.highest), 100.0);
    QCOMPARE(found.lowest, std::size_t{500});
    QCOMPARE(levels.value(levels.extremes(500, 900, false).highest), 2.0);
  }

  void nothingIsDrawnOfNothing() {
    QVERIFY(CurveLevels().lines(0, 10, 10, false).empty());
    QVERIFY(filled({nan_value, nan_value}).lines(0, 10, 10, false).empty());
    QVERIFY(filled({1, 2}).lines(5, 5, 10, false).empty());
  }
};

QTEST_APPLESS_MAIN(TestCurveLevels)
#include "test_curve_levels.moc"
