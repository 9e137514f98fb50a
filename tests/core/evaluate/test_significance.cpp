#include <QtTest>
#include <cmath>

#include "core/evaluate/significance.hpp"

using namespace gb;

class TestSignificance : public QObject {
  Q_OBJECT
 private slots:
  /// Figures of scipy.stats.t (1.17.1): 2 * t.sf(t, freedom).
  void studentsDistributionIsThatOfScipy_data() {
    QTest::addColumn<double>("t");
    QTest::addColumn<double>("freedom");
    QTest::addColumn<double>("p");
    QTest::newRow("t 0 of 4") << 0.0 << 4.0 << 1.0;
    QTest::newRow("t 0.5 of 1") << 0.5 << 1.0 << 0.7048327646991335;
    QTest::newRow("t 1 of 2") << 1.0 << 2.0 << 0.4226497308103742;
    QTest::newRow("t 2.776445105 of 4") << 2.776445105 << 4.0 << 0.05000000001011946;
    QTest::newRow("t 2 of 10") << 2.0 << 10.0 << 0.07338803477074037;
    QTest::newRow("t 3 of 30") << 3.0 << 30.0 << 0.005389964065651945;
    QTest::newRow("t 5 of 5") << 5.0 << 5.0 << 0.004104715980053323;
    QTest::newRow("t 10 of 9") << 10.0 << 9.0 << 3.578237431924736e-06;
    QTest::newRow("t 0.01 of 100") << 0.01 << 100.0 << 0.9920412102344285;
    QTest::newRow("t 1.96 of 1000") << 1.96 << 1000.0 << 0.050273184955748736;
    QTest::newRow("t 40 of 3") << 40.0 << 3.0 << 3.4380680789158506e-05;
  }
  void studentsDistributionIsThatOfScipy() {
    QFETCH(double, t);
    QFETCH(double, freedom);
    QFETCH(double, p);
    const double found = student_two_sided(t, freedom);
    QVERIFY2(std::abs(found - p) <= 1e-10 * p + 1e-300, qPrintable(QString::number(found, 'g', 17)));
    if (t > 0 && p < 0.999) QVERIFY(std::abs(student_quantile(p, freedom) - t) <= 1e-8 * t);
  }

  void theCorrectionWidensTheInterval() {
    const std::vector<double> scores{0.90, 0.92, 0.88, 0.91, 0.89};
    const MeanScore score = mean_score(scores, 20, 80);
    QVERIFY(std::abs(score.mean - 0.9) < 1e-12);
    QVERIFY(std::abs(score.deviation - std::sqrt(0.00025)) < 1e-12);
    // t(0.975, 4) = 2.7764451052; 1/5 + 20/80 instead of 1/5.
    const double half = 2.7764451052 * std::sqrt(0.45 * 0.00025);
    QVERIFY(std::abs(score.interval.high - 0.9 - half) < 1e-9);
    QVERIFY(std::abs(score.interval.low - 0.9 + half) < 1e-9);
  }

  void aClearDifferenceIsEvidentAndNoiseIsNot() {
    const std::vector<double> a{0.95, 0.96, 0.94, 0.95, 0.96}, b{0.90, 0.91, 0.90, 0.89, 0.91};
    const Difference clear = paired_difference(a, b, 20, 80);
    QVERIFY(clear.is_evident() && clear.p < 0.01 && clear.mean > 0.04);
    const std::vector<double> c{0.95, 0.90, 0.96, 0.93, 0.92}, d{0.92, 0.94, 0.93, 0.95, 0.90};
    const Difference noise = paired_difference(c, d, 20, 80);
    QVERIFY(!noise.is_evident() && noise.p > 0.3);
    QCOMPARE(paired_difference(a, a, 20, 80).p, 1.0);
    QVERIFY(!paired_difference(a, a, 20, 80).is_evident());
  }

  void oneScoreHasNoInterval() {
    const std::vector<double> one{0.7};
    const MeanScore score = mean_score(one, 1, 1);
    QCOMPARE(score.mean, 0.7);
    QCOMPARE(score.interval.low, 0.7);
    QCOMPARE(score.interval.high, 0.7);
  }
};

QTEST_APPLESS_MAIN(TestSignificance)
#include "test_significance.moc"
