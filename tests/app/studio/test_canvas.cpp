#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QLabel>
#include <QMouseEvent>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>

#include "app/studio/canvas_page.hpp"
#include "app/studio/main_window.hpp"
#include "app/studio/row_editor.hpp"
#include "app/studio/workbench.hpp"
#include "own_store.hpp"
#include "widgets/images/draw_canvas.hpp"
#include "widgets/plot/answer_bars.hpp"

using gb::Json;
using gb::MainWindow;

namespace {

constexpr int patience = 60000;
constexpr int side = 12;  ///< of the drawn pictures

}  // namespace

/// What a person does to try a model out.
class TestCanvas : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> folder_;

  /// Pictures of one line each, level (0) or upright (1), as an IDX pair.
  bool writeLines() const {
    QByteArray images = QByteArray::fromHex("00000803000000780000000c0000000c");
    QByteArray labels = QByteArray::fromHex("0000080100000078");
    for (int i = 0; i < 120; ++i) {
      const int at = i / 2 % side;
      for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) images += (i % 2 ? x : y) == at ? char(255) : char(0);
      labels += char(i % 2);
    }
    QFile first(folder_->filePath("images")), second(folder_->filePath("labels"));
    return first.open(QIODevice::WriteOnly) && second.open(QIODevice::WriteOnly) && first.write(images) > 0 &&
           second.write(labels) > 0;
  }

  /// Runs an experiment and shows the page that tries its model.
  gb::CanvasPage* trained(MainWindow& window, const QByteArray& experiment) {
    window.resize(1280, 720);
    window.show();
    if (!QTest::qWaitFor([&] { return window.library().store() != nullptr; }, patience)) return nullptr;
    QFile file(folder_->filePath("experiment.json"));
    if (!file.open(QIODevice::WriteOnly)) return nullptr;
    file.write(experiment);
    file.close();
    window.openPath(file.fileName());
    if (!QTest::qWaitFor([&] { return window.data().dataset() != nullptr; }, patience)) return nullptr;
    QTest::mouseClick(window.findChild<QPushButton*>("run"), Qt::LeftButton);
    auto* page = window.workbench().canvas;
    if (!QTest::qWaitFor([&] { return page->applies() && !window.controller().busy(); }, patience)) return nullptr;
    QTest::keyClick(&window, Qt::Key_T, Qt::ControlModifier);
    if (!QTest::qWaitFor([&] { return page->isVisible() && page->complete(); }, patience)) return nullptr;
    return page;
  }

 private slots:
  void initTestCase() { gb::settleStudio(); }

  void init() { folder_ = gb::ownStore(); }

  void aFeatureIsMovedAndTheAnswerFollows() {
    MainWindow window;
    auto* page = trained(window, R"({"glassbench": 1, "data": {"source": "bundled", "name": "iris"},
                                     "algorithm": {"id": "logistic_regression"}})");
    QVERIFY(page);
    QCOMPARE(page->answer(), QString("setosa"));
    auto* flips = page->findChild<QTableWidget*>("canvas-flips");
    QVERIFY(flips && flips->rowCount() > 0);
    QVERIFY(page->findChild<gb::AnswerBars*>()->accessibleDescription().contains("setosa"));

    // What the table promises comes true: the smallest change leads to the answer that it names.
    const QString column = flips->item(0, 0)->text(), becomes = flips->item(0, 2)->text();
    const double to = flips->item(0, 1)->text().section(QStringLiteral(" \u2192 "), 1).toDouble();
    auto* digits = page->findChild<QDoubleSpinBox*>("value-" + column);
    QVERIFY(digits);
    digits->setValue(to > digits->value() ? to + 0.05 : to - 0.05);
    QTRY_VERIFY_WITH_TIMEOUT(page->complete(), patience);
    QCOMPARE(page->answer(), becomes);

    // By the slider too, to the other end.
    auto* slider = page->findChild<QSlider*>("slider-petal_length");
    slider->setValue(slider->maximum());
    QTRY_VERIFY_WITH_TIMEOUT(page->complete(), patience);
    QVERIFY(page->row()->isChanged());
    QVERIFY(page->answer() != "setosa");

    // A row that is selected anywhere is where one starts from.
    window.selection().set({149}, "the last one");
    QTest::mouseClick(page->findChild<QPushButton*>("canvas-take"), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(page->complete(), patience);
    QVERIFY(!page->row()->isChanged());
    QCOMPARE(page->answer(), QString("virginica"));
    QTest::mouseClick(page->findChild<QPushButton*>("canvas-back"), Qt::LeftButton);
    QVERIFY(!page->isVisible());

    // A recorded run answers through its model file.
    const auto id = window.library().model().runs()[0].id;
    window.openPath(folder_->filePath("experiment.json"));
    QVERIFY(!page->applies());
    window.openRun(QString::fromStdString(id));
    QTRY_VERIFY_WITH_TIMEOUT(page->applies(), patience);
    QTest::keyClick(&window, Qt::Key_T, Qt::ControlModifier);
    QTRY_VERIFY_WITH_TIMEOUT(page->isVisible() && page->complete(), patience);
    QCOMPARE(page->answer(), QString("setosa"));
    QVERIFY(flips->rowCount() > 0);
    window.close();
  }

  void aDrawingIsReadAsItIsDrawn() {
    MainWindow window;
    QVERIFY(writeLines());
    auto* page = trained(window, R"({"glassbench": 1, "data": {"source": "idx", "images": "images", "labels": "labels"},
                                     "algorithm": {"id": "logistic_regression"}})");
    QVERIFY(page);
    auto* canvas = page->canvas();
    QVERIFY(canvas->isVisible());
    QCOMPARE(canvas->picture().width, side);
    QVERIFY(!page->answer().isEmpty());
    const auto before = canvas->picture();

    // An upright line is a one.
    QTest::mouseClick(page->findChild<QPushButton*>("canvas-clear"), Qt::LeftButton);
    QVERIFY(canvas->picture() != before);
    const QRectF area = canvas->pictureRect();
    const auto at = [&](double x, double y) {
      return (area.topLeft() + QPointF(x * area.width(), y * area.height())).toPoint();
    };
    QTest::mousePress(canvas, Qt::LeftButton, {}, at(0.5, 0.2));
    for (int i = 0; i <= 10; ++i) {
      QMouseEvent move(QEvent::MouseMove, at(0.5, 0.2 + 0.06 * i), canvas->mapToGlobal(at(0.5, 0.2 + 0.06 * i)),
                       Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
      QApplication::sendEvent(canvas, &move);
    }
    QTest::mouseRelease(canvas, Qt::LeftButton, {}, at(0.5, 0.8));
    QTRY_VERIFY_WITH_TIMEOUT(page->complete(), patience);
    QCOMPARE(page->answer(), QString("1"));

    // Strokes are taken back, and brought again, by the keyboard.
    const auto drawn = canvas->picture();
    canvas->setFocus();
    QTest::keySequence(canvas, QKeySequence::Undo);
    QVERIFY(canvas->picture() != drawn);
    QTest::keySequence(canvas, QKeySequence::Undo);
    QVERIFY(canvas->picture() == before);
    QVERIFY(!canvas->canUndo());
    QTest::keySequence(canvas, QKeySequence::Redo);
    QTest::keySequence(canvas, QKeySequence::Redo);
    QVERIFY(canvas->picture() == drawn);

    // And drawn: the pen goes down, moves, and is lifted.
    QTest::keyClick(canvas, Qt::Key_Right);
    QVERIFY(canvas->picture() == drawn);
    QTest::keyClick(canvas, Qt::Key_Space);
    for (int i = 0; i < 5; ++i) QTest::keyClick(canvas, Qt::Key_Right);
    QVERIFY(canvas->picture() != drawn);
    QTest::keyClick(canvas, Qt::Key_Space);
    const auto keyed = canvas->picture();
    QTest::keyClick(canvas, Qt::Key_Right);
    QVERIFY(canvas->picture() == keyed);
    QTRY_VERIFY_WITH_TIMEOUT(page->complete(), patience);
    QVERIFY(window.document().undoStack().index() == 0);
    window.close();
  }
};

QTEST_MAIN(TestCanvas)
#include "test_canvas.moc"
