#include <QtTest>
#include <cmath>

#include "widgets/plot/axis_ticks.hpp"

using namespace gb;

namespace {

QStringList texts(const std::vector<Tick>& ticks) {
  QStringList all;
  for (const auto& tick : ticks) all << tick.text;
  return all;
}

}  // namespace

class TestAxisTicks : public QObject {
  Q_OBJECT
 private slots:
  void intervalsAreNice_data() {
    QTest::addColumn<double>("length");
    QTest::addColumn<int>("most");
    QTest::addColumn<bool>("whole");
    QTest::addColumn<double>("interval");
    QTest::newRow("exact") << 1.0 << 5 << false << 0.2;
    QTest::newRow("quarter") << 1.0 << 4 << false << 0.25;
    QTest::newRow("steps") << 1032.0 << 6 << true << 200.0;
    QTest::newRow("no half steps") << 3.0 << 6 << true << 1.0;
    QTest::newRow("no 2.5 steps") << 10.0 << 4 << true << 5.0;
    QTest::newRow("tiny") << 3e-7 << 5 << false << 1e-7;
    QTest::newRow("million") << 1e6 << 5 << true << 2e5;
    QTest::newRow("nothing") << 0.0 << 5 << false << 1.0;
  }
  void intervalsAreNice() {
    QFETCH(double, length);
    QFETCH(int, most);
    QFETCH(bool, whole);
    QFETCH(double, interval);
    QVERIFY(std::abs(niceInterval(length, most, whole) - interval) < interval * 1e-9);
  }

  void spansHoldTheirData_data() {
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::newRow("accuracy") << 0.1 << 0.988;
    QTest::newRow("loss") << 0.041 << 2.2;
    QTest::newRow("constant") << 3.0 << 3.0;
    QTest::newRow("zero") << 0.0 << 0.0;
    QTest::newRow("negative") << -12.0 << -11.5;
    QTest::newRow("across") << -3.0 << 8.0;
    QTest::newRow("far up") << 1e6 << 1e6 + 3;
    QTest::newRow("tiny") << 1e-9 << 2e-9;
  }
  void spansHoldTheirData() {
    QFETCH(double, low);
    QFETCH(double, high);
    const Span span = niceSpan({low, high}, 5);
    QVERIFY(span.high > span.low);
    const double hair = span.length() * 1e-5;
    QVERIFY(span.low <= low + hair && span.high >= high - hair);
    const auto made = ticks(span, 5);
    QVERIFY(made.size() >= 2 && made.size() <= 7);
    QStringList different = texts(made);
    QCOMPARE(different.removeDuplicates(), 0);
    if (low > 0) {
      const Span logs{std::log10(low), std::log10(high)};
      const Span shown = niceLogSpan(logs);
      QVERIFY(shown.contains(logs));
      QVERIFY(shown.length() > 0);
    }
  }

  void ticksReadAsPeopleWriteThem() {
    QCOMPARE(texts(ticks({0, 1250}, 6, true)), QStringList({"0", "250", "500", "750", "1,000", "1,250"}));
    QCOMPARE(texts(ticks({0, 1}, 4)), QStringList({"0", "0.25", "0.50", "0.75", "1.00"}));
    QCOMPARE(texts(logTicks({-2, 1}, 5)), QStringList({"0.01", "0.1", "1", "10"}));
    QCOMPARE(texts(logTicks({-1, 0}, 6)), QStringList({"0.1", "0.2", "0.5", "1"}));
    QCOMPARE(texts(logTicks({-9, 3}, 4)), QStringList({"1e-9", "1e-6", "0.001", "1", "1,000"}));
  }

  void aSteadySpanDoesNotJump() {
    SteadySpan span;
    QCOMPARE(span.follow({0, 2.2}, {0, 2.5}).high, 2.5);
    QCOMPARE(span.follow({0, 1.9}, {0, 2}).high, 2.5);    // a little room stays
    QCOMPARE(span.follow({0, 2.6}, {0, 3}).high, 3.0);    // grows when it must
    QCOMPARE(span.follow({0, 0.4}, {0, 0.5}).high, 0.5);  // narrows when mostly empty
    span.forget();
    QCOMPARE(span.follow({0, 0.3}, {0, 0.4}).high, 0.4);
  }
};

QTEST_APPLESS_MAIN(TestAxisTicks)
#include "test_axis_ticks.moc"
