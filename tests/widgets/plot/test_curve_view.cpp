#include <QAbstractScrollArea>
#include <QFile>
#include <QImage>
#include <QtTest>
#include <cmath>
#include <limits>

#include "widgets/plot/curve_view.hpp"
#include "widgets/theme.hpp"

using namespace gb;

namespace {

int pixelsNear(const QImage& image, const QColor& color, int tolerance = 30) {
  int found = 0;
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x) {
      const QColor pixel = image.pixelColor(x, y);
      found += std::abs(pixel.red() - color.red()) <= tolerance &&
               std::abs(pixel.green() - color.green()) <= tolerance &&
               std::abs(pixel.blue() - color.blue()) <= tolerance && pixel.alpha() > 200;
    }
  return found;
}

void learn(CurveView& view, int steps) {
  for (int step = 0; step < steps; ++step) {
    const double wobble = std::sin(step * 12.9898) * 43758.5453;
    const double noise = (wobble - std::floor(wobble) - 0.5) * 0.06;
    view.show(
        Scalar{"train/loss", step, 2.15 * std::exp(-step / 150.0) + 0.05 + noise * (0.3 + std::exp(-step / 300.0))});
    if (step % 40 == 0) view.show(Scalar{"validation/loss", step, 2.1 * std::exp(-step / 160.0) + 0.1});
  }
}

QImage picture(CurveView& view) {
  QImage image(view.size() * 2, QImage::Format_ARGB32_Premultiplied);
  image.setDevicePixelRatio(2);
  image.fill(theme().panel);
  view.render(&image, {}, {}, QWidget::DrawChildren);
  return image;
}

}  // namespace

class TestCurveView : public QObject {
  Q_OBJECT
 private slots:
  void init() { applyTheme(Theme::light()); }

  void scalarsOfItsNameAreTaken() {
    CurveView view("loss");
    view.show(Scalar{"train/loss", 0, 2});
    view.show(Scalar{"train/loss", 1, 1});
    view.show(Scalar{"validation/loss", 1, 1.5});
    view.show(Scalar{"train/accuracy", 1, 0.5});
    view.show(Text{"", 1, "not a scalar"});
    const auto numbers = view.numbers();
    QCOMPARE(numbers.columns, QStringList({"step", "train", "validation"}));
    QCOMPARE(numbers.rows.size(), std::size_t{2});
    QCOMPARE(numbers.rows[0], QStringList({"0", "2", ""}));
    QCOMPARE(numbers.rows[1], QStringList({"1", "1", "1.5"}));
    QCOMPARE(view.title(), "Loss");
    QCOMPARE(view.accessibleName(), "Loss");
    QVERIFY(!view.accessibleDescription().isEmpty());
  }

  void curvesAreSeenInTheirColours_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void curvesAreSeenInTheirColours() {
    QFETCH(bool, dark);
    CurveView view("loss");
    view.resize(420, 240);
    view.QWidget::show();
    learn(view, 1033);
    view.setMarker(1032);
    applyTheme(dark ? Theme::darkTheme() : Theme::light());
    QTest::qWait(80);
    const QImage image = picture(view);
    image.save(QString(TEST_BINARY_DIR) + (dark ? "/look-curve-dark.png" : "/look-curve-light.png"));
    QVERIFY(pixelsNear(image, seriesColor(0)) > 800);
    QVERIFY(pixelsNear(image, seriesColor(1)) > 400);
    QVERIFY(pixelsNear(image, theme().accent) > 100);
  }

  void anEmptyViewSaysSo() {
    CurveView view("loss");
    view.resize(420, 240);
    view.QWidget::show();
    QTest::qWait(50);
    const QImage before = picture(view);
    QVERIFY(pixelsNear(before, theme().secondary) > 50);
    QCOMPARE(pixelsNear(before, seriesColor(0)), 0);
    learn(view, 10);
    QTest::qWait(80);
    QVERIFY(pixelsNear(picture(view), seriesColor(0)) > 50);
    view.clear();
    QTest::qWait(80);
    QCOMPARE(pixelsNear(picture(view), seriesColor(0)), 0);
    QVERIFY(view.numbers().rows.empty());
  }

  void zerosOnALogAxisDoNotHideTheCurve() {
    CurveView view("loss");
    view.resize(420, 240);
    view.QWidget::show();
    view.addSeries("a", "a", 0, false);
    std::vector<std::int64_t> steps;
    std::vector<double> values;
    for (int i = 0; i < 400; ++i) {
      steps.push_back(i);
      values.push_back(i % 100 == 50   ? 0.0
                       : i % 100 == 80 ? std::numeric_limits<double>::quiet_NaN()
                                       : std::exp(-i / 80.0));
    }
    view.setSeries("a", steps, values);
    view.setLogScale(true);
    view.setSmoothing(0.3);
    QCOMPARE(view.subtitle(), QString::fromUtf8("log · smooth 0.3"));
    QTest::qWait(80);
    const QImage image = picture(view);
    image.save(QString(TEST_BINARY_DIR) + "/look-curve-log.png");
    QVERIFY(pixelsNear(image, seriesColor(0)) > 800);
    QCOMPARE(view.numbers().rows[50][1], "0");
    QCOMPARE(view.numbers().rows[1][1].toDouble(), values[1]);  // raw, not smoothed
  }

  void manyRunsWrapTheirLegendAndPaleOnesCarryMarks() {
    CurveView view("accuracy");
    view.resize(420, 300);
    view.QWidget::show();
    for (int run = 0; run < 8; ++run) {
      const QString key = QString::number(run);
      view.addSeries(key, QString("run %1 with a name").arg(run), run, run % 2);
      for (int step = 0; step < 600; ++step) view.append(key, step, 1 - std::exp(-step / (50.0 + 25 * run)));
    }
    QTest::qWait(80);
    const QImage image = picture(view);
    image.save(QString(TEST_BINARY_DIR) + "/look-curve-many.png");
    for (int run = 0; run < 8; ++run)
      QVERIFY2(pixelsNear(image, seriesColor(run)) > 100, qPrintable(QString::number(run)));
    view.removeSeries("3");
    QCOMPARE(view.numbers().columns.size(), 8);
    QTest::qWait(80);
    QVERIFY(pixelsNear(picture(view), seriesColor(3)) < 20);
  }

  void hoverShowsTheValuesOfAStep() {
    CurveView view("loss");
    view.resize(420, 240);
    view.QWidget::show();
    learn(view, 1000);
    QTest::qWait(80);
    const QImage before = picture(view);
    view.setFocus();
    QTest::keyClick(&view, Qt::Key_Left);
    const QString at = view.accessibleDescription();
    QVERIFY2(at.contains("999") && at.contains("train"), qPrintable(at));
    QTest::keyClick(&view, Qt::Key_Left);
    QVERIFY(view.accessibleDescription() != at);
    for (int i = 0; i < 150; ++i) QTest::keyClick(&view, Qt::Key_Left);
    const QImage after = picture(view);
    after.save(QString(TEST_BINARY_DIR) + "/look-curve-hover.png");
    QVERIFY(before != after);
  }

  void theWheelZoomsAndADoubleClickShowsAll() {
    CurveView view("loss");
    view.resize(420, 240);
    view.QWidget::show();
    learn(view, 1000);
    QTest::qWait(80);
    auto* inner = view.findChild<QAbstractScrollArea*>()->viewport();
    const QImage all = picture(view);
    const QPointF middle(220, 120);
    for (int i = 0; i < 6; ++i) {
      QWheelEvent wheel(middle, inner->mapToGlobal(middle), {}, QPoint(0, 120), Qt::NoButton, Qt::NoModifier,
                        Qt::NoScrollPhase, false);
      QCoreApplication::sendEvent(inner, &wheel);
    }
    QTest::qWait(60);
    const QImage near = picture(view);
    QVERIFY(near != all);
    QTest::mouseDClick(inner, Qt::LeftButton, {}, middle.toPoint());
    QTest::mouseMove(inner, QPoint(2, 2));
    QTest::qWait(60);
    QCOMPARE(picture(view), all);
  }

  void aMillionPointsArriveWithoutDrawingEach() {
    CurveView view("loss");
    view.resize(420, 240);
    view.QWidget::show();
    view.addSeries("a", "a", 0, false);
    for (int step = 0; step < 1000000; ++step) view.append("a", step, std::sin(step * 1e-5));
    QTest::qWait(80);
    QVERIFY(pixelsNear(picture(view), seriesColor(0)) > 800);
  }

  void everyFormatIsWrittenAndCanBeRead() {
    QTemporaryDir folder;
    CurveView view("loss");
    view.resize(420, 240);
    view.QWidget::show();
    learn(view, 500);
    QTest::qWait(60);
    const QImage shown = picture(view);
    for (const char* ending : {"svg", "pdf", "png", "csv"}) {
      const QString path = folder.filePath(QString("curve.") + ending);
      QCOMPARE(view.saveAs(path), QString());
      QVERIFY(QFileInfo(path).size() > 1000);
    }
    QImage png(folder.filePath("curve.png"));
    QCOMPARE(png.width(), 2 * (420 + 32));
    QVERIFY(pixelsNear(png, seriesColor(0)) > 800);
    png.save(QString(TEST_BINARY_DIR) + "/look-curve-saved.png");
    const QImage drawn(folder.filePath("curve.svg"));
    QVERIFY(std::abs(drawn.width() / double(drawn.height()) - (420.0 + 32) / (240 + 28 + 32)) < 0.01);
    drawn.save(QString(TEST_BINARY_DIR) + "/look-curve-svg.png");
    QVERIFY(pixelsNear(drawn, seriesColor(0)) > 200);
    QFile file(folder.filePath("curve.svg"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(!file.readAll().contains("<image"));  // lines stay lines
    QFile pdf(folder.filePath("curve.pdf"));
    QVERIFY(pdf.open(QIODevice::ReadOnly));
    const QByteArray bytes = pdf.readAll();
    QVERIFY(bytes.startsWith("%PDF") && bytes.contains("%%EOF"));
    QFile csv(folder.filePath("curve.csv"));
    QVERIFY(csv.open(QIODevice::ReadOnly));
    QCOMPARE(csv.readAll().count('\n'), 501);
    QTest::qWait(60);
    QCOMPARE(picture(view), shown);  // saving leaves the screen as it was
    QVERIFY(view.saveAs(folder.filePath("curve.gif")).contains("gif"));
    QVERIFY(view.saveAs(folder.filePath("none/curve.svg")).contains("none"));
  }

  /// A curve per layer, many layers: names in the legend, and lines that differ where colours come again.
  void manyCurvesOfOnePlotAreToldApart() {
    CurveView view("gradient-norm");
    view.resize(460, 260);
    view.QWidget::show();
    QCOMPARE(view.title(), "Gradient norm");
    const auto tell = [&](int layers) {
      for (int layer = 0; layer < layers; ++layer)
        for (int step = 1; step <= 200; ++step)
          view.show(Scalar{"gradient-norm/conv2d_" + std::to_string(layer), step, 1 + layer + 0.001 * step});
      QTest::qWait(80);
    };
    view.show(Scalar{"update-norm/conv2d_0", 1, 5});
    view.show(Scalar{"train/gradient", 1, 5});
    tell(2);
    QCOMPARE(view.numbers().columns, QStringList({"step", "conv2d_0", "conv2d_1"}));
    tell(17);
    const QImage image = picture(view);
    image.save(QString(TEST_BINARY_DIR) + "/look-curve-layers.png");
    for (int color = 0; color < 8; ++color) QVERIFY(pixelsNear(image, seriesColor(color)) > 200);
    // The ninth has the first one's colour, and gaps.
    CurveView ninth("gradient-norm");
    ninth.resize(460, 260);
    ninth.QWidget::show();
    ninth.addSeries("a", "a", 8, false);
    ninth.setSeries("a", {0, 1000}, {1, 1});
    QTest::qWait(80);
    const int dotted = pixelsNear(picture(ninth), seriesColor(0));
    ninth.addSeries("a", "a", 0, false);
    ninth.setSeries("a", {0, 1000}, {1, 1});
    QTest::qWait(80);
    const int solid = pixelsNear(picture(ninth), seriesColor(0));
    QVERIFY2(dotted > solid / 5 && dotted < solid * 4 / 5, qPrintable(QString::number(dotted)));
  }

  void logarithmicStepsSpreadTheBeginning() {
    CurveView view("loss");
    view.resize(500, 300);
    view.setVisible(true);
    std::vector<std::int64_t> steps;
    std::vector<double> values;
    // Zeros, negative values and gaps on both axes: the rest stays.
    for (std::int64_t step = 0; step <= 10000; ++step) {
      steps.push_back(step);
      values.push_back(step % 1000 == 500   ? 0
                       : step % 1000 == 700 ? -1
                       : step == 30         ? std::nan("")
                                            : 1.0 / double(step + 1));
    }
    view.addSeries("a/train/loss", "a", 0, false);
    view.setSeries("a/train/loss", steps, values);
    view.setLogScale(true);
    view.setLogSteps(true);
    QCOMPARE(view.subtitle(), QString("log · log steps"));
    QTest::qWait(60);
    const QImage log = picture(view);
    // A hyperbola is a straight line then: as much of it in the left half as in the right one.
    const int left = pixelsNear(log.copy(0, 80, log.width() / 2, log.height() - 160), seriesColor(0));
    const int right = pixelsNear(log.copy(log.width() / 2, 80, log.width() / 2, log.height() - 160), seriesColor(0));
    QVERIFY2(left > 300 && right > 300, qPrintable(QStringLiteral("%1 %2").arg(left).arg(right)));
    view.setFocus();
    QTest::keyClick(&view, Qt::Key_Right);
    QTest::keyClick(&view, Qt::Key_Right);
    QVERIFY2(view.accessibleDescription().startsWith("Step 2"), qPrintable(view.accessibleDescription()));
  }
};

QTEST_MAIN(TestCurveView)
#include "test_curve_view.moc"
