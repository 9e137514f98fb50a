#include <QtTest>

#include "app/cli/output.hpp"
#include "app/cli/progress_bar.hpp"

using namespace gb;
using namespace gb::cli;

class TestProgressBar : public QObject {
  Q_OBJECT
 private slots:
  void theLineFitsAnyWidth_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<bool>("unicode");
    for (const int width : {20, 40, 80, 120, 300})
      for (const bool unicode : {false, true})
        QTest::addRow("%d %s", width, unicode ? "blocks" : "ascii") << width << unicode;
  }
  void theLineFitsAnyWidth() {
    QFETCH(int, width);
    QFETCH(bool, unicode);
    ProgressBar bar;
    bar.update({0, 1000, 0, "images"});
    bar.show("train/loss", 0.123456);
    for (const std::int64_t step : {0, 1, 333, 999, 1000, 2000}) {
      bar.update({step, 1000, 52341.7, "images"});
      const QString line = QString::fromStdString(bar.line(width, unicode));
      QVERIFY2(line.size() < width || width < 30, qPrintable(line));
      QVERIFY(!line.contains('\n'));
    }
  }

  void theLineTellsWhereTheRunIs() {
    ProgressBar bar;
    bar.update({500, 1000, 52341.7, "images"});
    bar.show("train/loss", 0.123456);
    const std::string line = bar.line(120, false);
    for (const char* part : {" 50 %", "step 500 of 1000", "52,342 images/s", "loss 0.1235", "####"})
      QVERIFY2(line.find(part) != std::string::npos, line.c_str());
    QVERIFY(bar.line(120, true).find("█") != std::string::npos);
  }

  void anUnknownTotalShowsNoBar() {
    ProgressBar bar;
    bar.update({17, 0, 0, ""});
    const std::string line = bar.line(80, false);
    QVERIFY(line.find("step 17") != std::string::npos);
    QVERIFY(line.find('%') == std::string::npos);
  }

  void durationsRead_data() {
    QTest::addColumn<double>("seconds");
    QTest::addColumn<QString>("text");
    QTest::newRow("0") << 0.0 << "0 s";
    QTest::newRow("1") << 0.2 << "1 s";
    QTest::newRow("59") << 59.0 << "59 s";
    QTest::newRow("60") << 59.5 << "1:00";
    QTest::newRow("hour") << 3723.0 << "1:02:03";
  }
  void durationsRead() {
    QFETCH(double, seconds);
    QFETCH(QString, text);
    QCOMPARE(QString::fromStdString(duration_text(seconds)), text);
  }

  void tablesAlign() {
    const std::string text = table_text({{"name", "n"}, {"\u00e9t\u00e9", "5"}, {"winter", "1234"}});
    QCOMPARE(QString::fromStdString(text), QString::fromUtf8("name       n\n\u00e9t\u00e9        5\nwinter  1234"));
  }
};

QTEST_GUILESS_MAIN(TestProgressBar)
#include "test_progress_bar.moc"
