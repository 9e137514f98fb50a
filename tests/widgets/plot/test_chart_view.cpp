#include <QElapsedTimer>
#include <QImage>
#include <QtTest>
#include <cmath>
#include <limits>

#include "widgets/plot/chart_content.hpp"
#include "widgets/plot/chart_view.hpp"
#include "widgets/theme.hpp"

using namespace gb;

namespace {

int pixelsNear(const QImage& image, const QColor& color, const QRect& area, int tolerance = 12) {
  int found = 0;
  for (int y = area.top(); y <= area.bottom(); ++y)
    for (int x = area.left(); x <= area.right(); ++x) {
      const QColor pixel = image.pixelColor(x, y);
      found += std::abs(pixel.red() - color.red()) <= tolerance &&
               std::abs(pixel.green() - color.green()) <= tolerance &&
               std::abs(pixel.blue() - color.blue()) <= tolerance;
    }
  return found;
}

QImage picture(QWidget& view) {
  QImage image(view.size(), QImage::Format_RGB32);
  image.fill(theme().panel);
  view.render(&image, {}, {}, QWidget::DrawChildren);
  return image;
}

void keep(QWidget& view, const char* name) {
  QImage image(view.size() * 2, QImage::Format_RGB32);
  image.setDevicePixelRatio(2);
  image.fill(theme().panel);
  view.render(&image, {}, {}, QWidget::DrawChildren);
  image.save(QString(TEST_BINARY_DIR) + "/look-chart-" + name + (theme().dark ? "-dark.png" : "-light.png"));
}

void show(ChartView& view, const Chart& chart) {
  view.show(std::make_shared<const Chart>(chart));
}

Chart chances() {
  Chart chart;
  chart.view = "probabilities";
  chart.title = "Class probabilities";
  chart.part = "row 17";
  chart.kind = Chart::Kind::bars;
  chart.x_label = "digit";
  chart.y_label = "probability";
  for (int i = 0; i < 10; ++i) chart.names.push_back(std::to_string(i));
  chart.lines = {{"other class", false, {0, 1, 2, 3, 5, 6, 7, 8, 9}, {0.01, 0.02, 0, 0.03, 0.01, 0.1, 0, 0.03, 0.1}},
                 {"true class", false, {4}, {0.7}}};
  return chart;
}

Chart roc() {
  Chart chart;
  chart.view = "roc";
  chart.title = "ROC";
  chart.part = "validation";
  chart.x_label = "false positive rate";
  chart.y_label = "true positive rate";
  for (int line = 0; line < 3; ++line) {
    Chart::Line curve{"class " + std::to_string(line), false, {}, {}};
    for (int i = 0; i <= 400; ++i) {
      curve.x.push_back(i / 400.0);
      curve.y.push_back(std::pow(i / 400.0, 0.1 + 0.15 * line));
    }
    chart.lines.push_back(curve);
  }
  chart.lines.push_back({"chance", true, {0, 1}, {0, 1}});
  return chart;
}

/// A silhouette plot: bars of several groups, one beside another.
Chart silhouette(int rows) {
  Chart chart;
  chart.view = "silhouette";
  chart.title = "Silhouette";
  chart.kind = Chart::Kind::bars;
  chart.y_label = "silhouette";
  int at = 0;
  for (int group = 0; group < 3; ++group) {
    Chart::Line line{"cluster " + std::to_string(group), false, {}, {}};
    for (int i = 0; i < rows / 3; ++i) {
      line.x.push_back(at++);
      line.y.push_back(0.9 - 1.1 * i / (rows / 3.0));
    }
    chart.lines.push_back(line);
  }
  return chart;
}

}  // namespace

class TestChartView : public QObject {
  Q_OBJECT
 private slots:
  void init() { applyTheme(Theme::light()); }

  void pictures_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void pictures() {
    QFETCH(bool, dark);
    applyTheme(dark ? Theme::darkTheme() : Theme::light());
    ChartView view;
    view.resize(460, 280);
    show(view, chances());
    keep(view, "bars");
    show(view, roc());
    keep(view, "lines");
    QTest::mouseMove(&view, view.pixelOf({0.3, 0.8}).toPoint());
    show(view, silhouette(900));
    keep(view, "silhouette");
    Chart named = chances();
    named.view = "named";
    named.names = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
    show(view, named);
    QTest::keyClick(&view, Qt::Key_Right);
    keep(view, "named");
  }

  void barsReachTheirValues() {
    ChartView view;
    view.resize(460, 280);
    show(view, chances());
    const QImage image = picture(view);
    for (const auto& [x, y, color] :
         {std::tuple(4.0, 0.7, 1), std::tuple(6.0, 0.1, 0), std::tuple(9.0, 0.1, 0), std::tuple(3.0, 0.03, 0)}) {
      const QPointF head = view.pixelOf({x, y}), ground = view.pixelOf({x, 0});
      QCOMPARE(image.pixelColor((head + QPointF(0, 2)).toPoint()), seriesColor(color));
      QCOMPARE(image.pixelColor((ground - QPointF(0, 2)).toPoint()), seriesColor(color));
      // Nothing stands above, and a gap beside.
      QVERIFY(image.pixelColor((head - QPointF(0, 3)).toPoint()) != seriesColor(color));
      const double slot = view.pixelOf({1, 0}).x() - view.pixelOf({0, 0}).x();
      QVERIFY(image.pixelColor((ground - QPointF(slot / 2, 2)).toPoint()) != seriesColor(color));
    }
    QCOMPARE(view.title(), "Class probabilities");
    QCOMPARE(view.subtitle(), "row 17");
    const auto numbers = view.numbers();
    QCOMPARE(numbers.columns, (QStringList{"line", "digit", "probability"}));
    QCOMPARE(numbers.rows.size(), std::size_t{10});
    QCOMPARE(numbers.rows[9], (QStringList{"true class", "4", "0.7"}));
  }

  void barsOfSeveralLinesStandSideBySide() {
    Chart chart = chances();
    chart.lines = {{"train", false, {}, std::vector<double>(10, 0.5)},
                   {"validation", false, {}, std::vector<double>(10, 0.25)}};
    ChartView view;
    view.resize(460, 280);
    show(view, chart);
    const QImage image = picture(view);
    const double slot = view.pixelOf({1, 0}).x() - view.pixelOf({0, 0}).x();
    for (int i = 0; i < 10; ++i) {
      const QPointF low = view.pixelOf({static_cast<double>(i), 0.1});
      QCOMPARE(image.pixelColor((low - QPointF(slot * 0.2, 0)).toPoint()), seriesColor(0));
      QCOMPARE(image.pixelColor((low + QPointF(slot * 0.2, 0)).toPoint()), seriesColor(1));
    }
  }

  void linesGoThroughTheirPoints() {
    ChartView view;
    view.resize(460, 280);
    show(view, roc());
    const QImage image = picture(view);
    const auto seen = [&](const QImage& in, double x, double y, const QColor& color, int around) {
      const QPoint at = view.pixelOf({x, y}).toPoint();
      const QSize size(2 * around + 1, 2 * around + 1);
      return pixelsNear(in, color, QRect(at - QPoint(around, around), size), 60) > 0;
    };
    for (const double x : {0.1, 0.5, 0.9})
      for (int line = 0; line < 3; ++line)
        QVERIFY(seen(image, x, std::pow(x, 0.1 + 0.15 * line), seriesColor(line), 2));
    QVERIFY(!seen(image, 0.5, 0.2, seriesColor(0), 2));
    // The dashed line, there to compare with, stands back and has gaps.
    const auto covered = [&](const QImage& in, const QColor& color) {
      int on = 0;
      for (double x = 0.1; x < 0.9; x += 0.005) on += seen(in, x, x, color, 0);
      return on;
    };
    const int dashes = covered(image, theme().secondary);
    QVERIFY2(dashes > 40 && dashes < 140, QByteArray::number(dashes));
    Chart solid = roc();
    solid.lines[3].dashed = false;
    show(view, solid);
    QVERIFY(covered(picture(view), seriesColor(3)) > dashes + 10);
  }

  /// Ever so many bars cost what the screen shows, and none of the tall ones is lost.
  void manyBarsStayFewRectangles() {
    Chart chart;
    chart.view = "many";
    chart.kind = Chart::Kind::bars;
    chart.lines = {{"a", false, {}, std::vector<double>(100000, 0.2)}};
    chart.lines[0].y[54321] = 1;
    ChartView view;
    view.resize(460, 280);
    show(view, chart);
    const QImage image = picture(view);
    const QPoint peak = view.pixelOf({54321, 0.9}).toPoint();
    QVERIFY(pixelsNear(image, seriesColor(0), QRect(peak - QPoint(1, 1), QSize(3, 3))) > 0);
    QVERIFY(pixelsNear(image, seriesColor(0), QRect(peak - QPoint(30, 1), QSize(20, 3))) == 0);
    view.zoom(54300, 54340);
    const QImage near = picture(view);
    QCOMPARE(near.pixelColor(view.pixelOf({54321, 0.9}).toPoint()), seriesColor(0));
    QVERIFY(near.pixelColor(view.pixelOf({54322, 0.9}).toPoint()) != seriesColor(0));
    view.resetZoom();
    QCOMPARE(picture(view), image);
  }

  void longLinesAreThinnedByPixels() {
    Chart chart;
    Chart::Line line{"wave", false, {}, {}};
    for (int i = 0; i < 200000; ++i) {
      line.x.push_back(i);
      line.y.push_back(std::sin(i * 0.7) + (i == 123456 ? 5 : 0));
    }
    chart.lines = {line};
    const ChartContent content(std::make_shared<const Chart>(chart));
    const Span whole = content.xs();
    const auto pieces = content.drawn(0, whole, whole.length() / 400);
    QCOMPARE(pieces.size(), std::size_t{1});
    QVERIFY(pieces[0].size() <= 1610);
    double highest = 0;
    for (const QPointF& point : pieces[0]) highest = std::max(highest, point.y());
    QVERIFY(highest > 4);
    // A part has its own points and one neighbour on either side.
    const auto part = content.drawn(0, {1000, 1010}, 0.01);
    QCOMPARE(part.size(), std::size_t{1});
    QCOMPARE(part[0].size(), std::size_t{13});
  }

  void gapsPartLinesAndBadLinesAreLeftOut() {
    Chart chart;
    const double none = std::numeric_limits<double>::quiet_NaN();
    chart.lines = {{"a", false, {0, 1, 2, 3, 4}, {1, 2, none, 3, 4}}, {"b", false, {0, 1}, {1}}};
    const ChartContent content(std::make_shared<const Chart>(chart));
    QCOMPARE(content.lines(), std::vector<std::size_t>{0});
    QCOMPARE(content.drawn(0, {0, 4}, 0.01).size(), std::size_t{2});
    QCOMPARE(content.order().size(), std::size_t{4});
    for (const Chart& empty : {Chart{}, [] {
                                 Chart bars;
                                 bars.kind = Chart::Kind::bars;
                                 bars.lines = {{"a", false, {}, {}}};
                                 return bars;
                               }()}) {
      ChartView view;
      view.resize(300, 200);
      show(view, empty);
      QVERIFY(pixelsNear(picture(view), theme().secondary, QRect(0, 0, 300, 200), 40) > 20);
    }
  }

  void keysAndPointerTellValues() {
    ChartView view;
    view.resize(460, 280);
    view.QWidget::show();
    show(view, chances());
    const QImage before = picture(view);
    QTest::keyClick(&view, Qt::Key_Right);
    QVERIFY2(view.accessibleDescription().startsWith("0: "), qPrintable(view.accessibleDescription()));
    for (int i = 0; i < 4; ++i) QTest::keyClick(&view, Qt::Key_Right);
    QVERIFY2(view.accessibleDescription().contains("true class 0.700"), qPrintable(view.accessibleDescription()));
    QVERIFY(picture(view) != before);
    QTest::mouseMove(&view, view.pixelOf({6, 0.05}).toPoint());
    QTest::qWait(20);
    QVERIFY(picture(view) != before);
    const auto slot = [&] { return view.pixelOf({1, 0}).x() - view.pixelOf({0, 0}).x(); };
    const double whole = slot();
    QTest::keyClick(&view, Qt::Key_Plus);
    QVERIFY(slot() > 1.2 * whole);
    QTest::keyClick(&view, Qt::Key_Home);
    QCOMPARE(slot(), whole);
  }

  void itIsSavedInEveryFormat() {
    QTemporaryDir folder;
    ChartView view;
    view.resize(460, 280);
    show(view, roc());
    for (const char* name : {"a.svg", "a.pdf", "a.png", "a.csv"}) {
      QCOMPARE(view.saveAs(folder.filePath(name)), QString());
      QVERIFY(QFileInfo(folder.filePath(name)).size() > 500);
    }
  }
};

QTEST_MAIN(TestChartView)
#include "test_chart_view.moc"
