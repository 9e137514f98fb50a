#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <limits>

#include "widgets/plot/parallel_view.hpp"
#include "widgets/plot/scatter_view.hpp"
#include "widgets/theme.hpp"

using namespace gb;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

ItemTable items() {
  return {{"a", "b", "c", "d"},
          {0, 1, 2, 3},
          {{"Rate", {0.001, 0.01, 0.1, 1}, {}, true},
           {"Optimizer", {0, 1, 1, 0}, {"adam", "sgd"}, false},
           {"Accuracy", {0.6, 0.9, 0.8, none}, {}, false}}};
}

}  // namespace

class TestParallelView : public QObject {
  Q_OBJECT
 private slots:
  void init() { applyTheme(Theme::light()); }

  void axesHoldEveryValue_data() {
    QTest::addColumn<std::vector<double>>("values");
    QTest::addColumn<bool>("log");
    QTest::newRow("numbers") << std::vector<double>{3, 7, -2} << false;
    QTest::newRow("one value") << std::vector<double>{3, 3} << false;
    QTest::newRow("zero alone") << std::vector<double>{0} << true;
    QTest::newRow("decades") << std::vector<double>{1e-4, 0.1, 20} << true;
    QTest::newRow("zeros among decades") << std::vector<double>{0, 1e-4, 20} << true;
    QTest::newRow("negative values among them") << std::vector<double>{-3, 1e-4, 20} << true;
    QTest::newRow("gaps") << std::vector<double>{none, 1, 2, none} << true;
  }
  void axesHoldEveryValue() {
    QFETCH(std::vector<double>, values);
    QFETCH(bool, log);
    const ValueAxis axis({"x", values, {}, log}, log);
    double lowest_positive = 2;
    for (const double value : values) {
      const double at = axis.position(value);
      QCOMPARE(std::isfinite(at), std::isfinite(value));
      if (!std::isfinite(value)) continue;
      QVERIFY2(at >= -1e-9 && at <= 1 + 1e-9, qPrintable(QString::number(at)));
      if (value > 0) lowest_positive = std::min(lowest_positive, at);
    }
    // What has no logarithm stands below what has one, at no place of theirs.
    for (const double value : values)
      if (log && value <= 0 && lowest_positive < 2) QVERIFY(axis.position(value) < lowest_positive - 0.05);
    for (const Tick& tick : axis.ticks(5)) QVERIFY(tick.at > -0.01 && tick.at < 1.01 && !tick.text.isEmpty());
  }

  void draggingAlongAnAxisKeepsWhatPassesThere() {
    ParallelView view;
    view.resize(900, 400);
    view.setVisible(true);
    view.setItems(items());
    QTRY_VERIFY(view.drawn());
    QCOMPARE(view.kept(), (std::vector<int>{0, 1, 2, 3}));
    QSignalSpy kept(&view, &ParallelView::keptChanged);
    // The upper half of the accuracies.
    const QPoint from = view.pixelOf(2, 0.5).toPoint(), to = view.pixelOf(2, 1).toPoint();
    QTest::mousePress(&view, Qt::LeftButton, {}, from);
    QTest::mouseMove(&view, to);
    QTest::mouseRelease(&view, Qt::LeftButton, {}, to);
    QVERIFY(!kept.isEmpty());
    QCOMPARE(view.kept(), (std::vector<int>{1, 2}));
    QCOMPARE(view.numbers().rows.size(), std::size_t(2));
    QCOMPARE(view.numbers().columns, QStringList({"name", "Rate", "Optimizer", "Accuracy"}));
    QCOMPARE(view.numbers().rows[0], QStringList({"b", "0.01", "sgd", "0.9"}));
    QVERIFY2(view.subtitle().contains("2 of 4"), qPrintable(view.subtitle()));
    // A second axis narrows further, and a click on it takes that back.
    view.setBrush(0, Span{0, 0.5});
    QCOMPARE(view.kept(), std::vector<int>{1});
    QTest::mouseClick(&view, Qt::LeftButton, {}, view.pixelOf(0, 0.8).toPoint());
    QCOMPARE(view.kept(), (std::vector<int>{1, 2}));
    view.clearBrushes();
    QCOMPARE(view.kept().size(), std::size_t(4));
    // The stretch stays when items come, by the name of its axis.
    view.setBrush(1, Span{0.5, 1});
    auto more = items();
    std::swap(more.columns[0], more.columns[1]);
    view.setItems(more);
    QCOMPARE(view.kept(), (std::vector<int>{1, 2}));
  }

  void theKeyboardReachesEverything() {
    ParallelView view;
    view.resize(900, 400);
    view.setVisible(true);
    view.setItems(items());
    view.setFocus();
    QTest::keyClick(&view, Qt::Key_Right);
    QTest::keyClick(&view, Qt::Key_Right);
    QTest::keyClick(&view, Qt::Key_Space);
    QCOMPARE(view.kept(), (std::vector<int>{1, 2}));
    QTest::keyClick(&view, Qt::Key_PageDown);
    QCOMPARE(view.pointedAt(), 1);
    QVERIFY2(view.accessibleDescription().contains("b") && view.accessibleDescription().contains("Accuracy 0.9"),
             qPrintable(view.accessibleDescription()));
    QSignalSpy activated(&view, &ParallelView::itemActivated);
    QTest::keyClick(&view, Qt::Key_Return);
    QCOMPARE(activated.size(), 1);
    for (int i = 0; i < 6; ++i) QTest::keyClick(&view, Qt::Key_Down, Qt::ControlModifier);
    QTest::keyClick(&view, Qt::Key_Delete);
    QCOMPARE(view.kept().size(), std::size_t(4));
  }

  void thePointerNamesAnItem() {
    ParallelView view;
    view.resize(900, 400);
    view.setVisible(true);
    view.setItems(items());
    const QPointF left = view.pixelOf(0, ValueAxis(items().columns[0], true).position(0.001));
    const QPointF right = view.pixelOf(1, ValueAxis(items().columns[1], false).position(0));
    const QPointF middle = left + 0.5 * (right - left);
    QTest::mouseMove(&view, middle.toPoint());
    QTRY_COMPARE(view.pointedAt(), 0);
    QTest::mouseMove(&view, QPoint(5, 5));
    QTRY_COMPARE(view.pointedAt(), -1);
  }

  void dotsAreCountedAndNamed() {
    ScatterView view;
    view.resize(600, 400);
    view.setVisible(true);
    view.setItems(items());
    view.setColumns(0, 2, -1);
    QCOMPARE(view.shown(), 3);
    QVERIFY2(view.subtitle().contains("1"), qPrintable(view.subtitle()));
    QCOMPARE(view.title(), QString("Accuracy against Rate"));
    QCOMPARE(view.numbers().rows.size(), std::size_t(3));
    const QPointF before = view.pixelOf(1);
    view.setLogX(true);
    QVERIFY(view.pixelOf(1).x() > before.x() + 20);
    QTest::mouseMove(&view, view.pixelOf(1).toPoint());
    QTRY_COMPARE(view.pointedAt(), 1);
    view.setFocus();
    QTest::keyClick(&view, Qt::Key_Right);
    QCOMPARE(view.pointedAt(), 2);
    QVERIFY(view.accessibleDescription().contains("Accuracy 0.8"));
  }

  void picturesAndNumbersAreSaved() {
    const QTemporaryDir folder;
    ParallelView lines;
    lines.resize(700, 300);
    lines.setItems(items());
    ScatterView dots;
    dots.resize(500, 300);
    dots.setItems(items());
    dots.setColumns(0, 2, 2);
    for (View* view : std::initializer_list<View*>{&lines, &dots})
      for (const char* ending : {"svg", "pdf", "png", "csv"}) {
        const QString path = folder.filePath(QStringLiteral("view.") + ending);
        QCOMPARE(view->saveAs(path), QString());
        QVERIFY(QFileInfo(path).size() > 40);
      }
  }
};

QTEST_MAIN(TestParallelView)
#include "test_parallel_view.moc"
