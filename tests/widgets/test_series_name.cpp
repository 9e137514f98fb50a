#include <QtTest>

#include "widgets/series_name.hpp"

using namespace gb;

class TestSeriesName : public QObject {
  Q_OBJECT
 private slots:
  void namesArePartedByARule_data() {
    QTest::addColumn<QString>("series");
    QTest::addColumn<QString>("plot");
    QTest::addColumn<QString>("curve");
    QTest::addColumn<bool>("of_part");
    QTest::newRow("part") << "train/loss"
                          << "loss"
                          << "train" << true;
    QTest::newRow("test") << "test/f1_macro"
                          << "f1_macro"
                          << "test" << true;
    QTest::newRow("layer") << "gradient-norm/conv2d_1"
                           << "gradient-norm"
                           << "conv2d_1" << false;
    QTest::newRow("layer with a slash") << "gradient-norm/block/conv"
                                        << "gradient-norm"
                                        << "block/conv" << false;
    QTest::newRow("alone") << "inertia"
                           << "inertia"
                           << "" << false;
    QTest::newRow("nearly a part") << "trained/loss"
                                   << "trained"
                                   << "loss" << false;
  }
  void namesArePartedByARule() {
    QFETCH(QString, series);
    QFETCH(QString, plot);
    QFETCH(QString, curve);
    QFETCH(bool, of_part);
    const SeriesName name = seriesName(series.toStdString());
    QCOMPARE(QString::fromStdString(name.plot), plot);
    QCOMPARE(QString::fromStdString(name.curve), curve);
    QCOMPARE(name.of_part, of_part);
  }
};

QTEST_APPLESS_MAIN(TestSeriesName)
#include "test_series_name.moc"
