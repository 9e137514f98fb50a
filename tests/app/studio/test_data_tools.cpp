#include <QAbstractItemModel>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDirIterator>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSpinBox>
#include <QTabBar>
#include <QTableView>
#include <QTest>
#include <QToolButton>

#include "app/studio/column_card.hpp"
#include "app/studio/correlation_pane.hpp"
#include "app/studio/data_page.hpp"
#include "app/studio/data_section.hpp"
#include "app/studio/experiment_panel.hpp"
#include "app/studio/folder_import_dialog.hpp"
#include "app/studio/gallery_page.hpp"
#include "app/studio/import_dialog.hpp"
#include "app/studio/label_dialog.hpp"
#include "app/studio/main_window.hpp"
#include "app/studio/own_store.hpp"
#include "app/studio/paint_dialog.hpp"
#include "app/studio/workbench.hpp"
#include "core/base/file.hpp"
#include "core/data/source.hpp"
#include "widgets/images/image_wall.hpp"
#include "widgets/images/matrix_view.hpp"

using gb::Json;
using gb::MainWindow;

namespace {

constexpr int patience = 60000;

void click(QWidget* widget) {
  QTest::mouseClick(widget, Qt::LeftButton);
}

template <class T>
T* dialogOf(MainWindow& window) {
  return window.findChild<T*>();
}

/// Chooses an entry of a menu as a person does.
void choose(QComboBox* menu, const QString& text) {
  const int index = menu->findText(text);
  QVERIFY2(index >= 0, qPrintable(text));
  menu->setCurrentIndex(index);
  emit menu->activated(index);
}

void selectColumn(gb::ImportDialog* dialog, const QString& name) {
  auto* view = dialog->findChild<QTableView*>("import-columns");
  for (int row = 0; row < view->model()->rowCount(); ++row)
    if (view->model()->index(row, 0).data().toString() == name) return view->selectRow(row);
  QFAIL(qPrintable(name));
}

QString firstCell(QTableView* view, const QString& column) {
  for (int i = 0; i < view->model()->columnCount(); ++i)
    if (view->model()->headerData(i, Qt::Horizontal).toString() == column)
      return view->model()->index(0, i).data().toString();
  return {};
}

/// Every file of a folder that holds the text.
QStringList filesWith(const QString& folder, const QByteArray& text) {
  QStringList found;
  for (QDirIterator it(folder, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories); it.hasNext();) {
    QFile file(it.next());
    if (file.open(QIODevice::ReadOnly) && file.readAll().contains(text)) found << file.fileName();
  }
  return found;
}

void savePicture(const QString& path, QRgb color, int side = 12) {
  QDir().mkpath(QFileInfo(path).absolutePath());
  QImage image(side, side, QImage::Format_RGB32);
  image.fill(color);
  QVERIFY(image.save(path));
}

}  // namespace

/// Import, anonymising, the data page, painting and labelling, in the window.
class TestDataTools : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> store_;
  std::unique_ptr<QTemporaryDir> place_;  ///< apart from the store

  QString write(const QString& name, const QByteArray& bytes) const {
    QFile file(place_->filePath(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) qFatal("cannot write a test file");
    return file.fileName();
  }
  QString people() const {
    QByteArray bytes = "name;email;age;score;left\n";
    for (int i = 0; i < 80; ++i)
      bytes += "Zaphod Beeblebrox " + QByteArray::number(i % 40) + ";zaphod" + QByteArray::number(i) +
               "@heartofgold.example;" + QByteArray::number(20 + i % 50) + "," + QByteArray::number(i % 10) + ";" +
               (i % 9 == 0 ? QByteArray() : QByteArray::number(i % 7)) + ";" + (i % 2 ? "yes" : "no") + "\n";
    return write("people.csv", bytes);
  }

 private slots:
  void initTestCase() { gb::settleStudio(); }
  void init() {
    store_ = gb::ownStore();
    place_ = std::make_unique<QTemporaryDir>();
  }

  void an_ambiguous_table_is_shown_before_it_is_read() {
    // Parted by what no guess thinks of: one column.
    const QString path = write("odd.csv", "a^b^c\n1^2^x\n3^4^y\n5^6^x\n7^8^y\n");
    MainWindow window;
    window.show();
    window.openPath(path);
    auto* dialog = dialogOf<gb::ImportDialog>(window);
    QVERIFY(dialog);
    QVERIFY(window.document().empty());
    QTRY_VERIFY_WITH_TIMEOUT(dialog->current(), patience);
    QVERIFY(dialog->findChild<QLabel*>("import-doubts")->text().contains("delimiter"));
    auto* delimiter = dialog->findChild<QComboBox*>("import-delimiter");
    choose(delimiter, "semicolon");
    QTRY_VERIFY_WITH_TIMEOUT(dialog->current(), patience);
    QCOMPARE(dialog->data()["delimiter"].get<std::string>(), std::string(";"));
    // One that no menu has is typed.
    delimiter->lineEdit()->setFocus();
    delimiter->lineEdit()->selectAll();
    QTest::keyClicks(delimiter->lineEdit(), "^");
    QTest::keyClick(delimiter->lineEdit(), Qt::Key_Tab);
    auto* rows = dialog->findChild<QTableView*>("import-rows");
    QTRY_COMPARE_WITH_TIMEOUT(rows->model()->columnCount(), 3, patience);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->current(), patience);
    QVERIFY(dialog->findChild<QLabel*>("import-doubts")->isHidden());
    choose(dialog->findChild<QComboBox*>("import-target"), "c");
    QTRY_VERIFY_WITH_TIMEOUT(dialog->current(), patience);
    click(dialog->findChild<QPushButton*>("import-go"));
    const Json data = window.document().json()["data"];
    QCOMPARE(data["delimiter"].get<std::string>(), std::string("^"));
    QCOMPARE(data["target"].get<std::string>(), std::string("c"));
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    QCOMPARE(window.data().dataset()->rows(), std::size_t{4});
    window.close();
  }

  void what_cannot_be_read_is_told_at_its_field() {
    const QString path = write("plain.csv", "a,b\n1,2\n3,4\n");
    MainWindow window;
    window.show();
    window.importPath(path, true);
    auto* dialog = dialogOf<gb::ImportDialog>(window);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->current(), patience);
    auto* encoding = dialog->findChild<QComboBox*>("import-encoding");
    encoding->lineEdit()->setFocus();
    encoding->lineEdit()->selectAll();
    QTest::keyClicks(encoding->lineEdit(), "klingon");
    QTest::keyClick(encoding->lineEdit(), Qt::Key_Tab);
    auto* error = dialog->findChild<QLabel*>("import-error");
    QTRY_VERIFY_WITH_TIMEOUT(error->isVisible(), patience);
    QVERIFY2(error->text().contains("klingon"), qPrintable(error->text()));
    QVERIFY(!dialog->findChild<QPushButton*>("import-go")->isEnabled());
    choose(encoding, "automatic");
    QTRY_VERIFY_WITH_TIMEOUT(dialog->current(), patience);
    QVERIFY(error->isHidden());
    click(dialog->findChild<QPushButton*>("import-cancel"));
    QVERIFY(window.document().empty());
    window.close();
  }

  void importing_again_is_one_edit_that_can_be_undone() {
    MainWindow window;
    window.show();
    window.openPath(people());
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    const Json before = window.document().json();
    const int edits = window.document().undoStack().count();
    click(window.workbench().experiment->dataSection()->findChild<QPushButton*>("import"));
    auto* dialog = dialogOf<gb::ImportDialog>(window);
    QVERIFY(dialog);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->current(), patience);
    QVERIFY(!dialog->startsAnew());
    selectColumn(dialog, "email");
    choose(dialog->findChild<QComboBox*>("import-use"), "left out");
    selectColumn(dialog, "score");
    choose(dialog->findChild<QComboBox*>("import-type"), "categorical");
    auto* rows = dialog->findChild<QTableView*>("import-rows");
    QTRY_COMPARE_WITH_TIMEOUT(rows->model()->columnCount(), 4, patience);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->current(), patience);
    click(dialog->findChild<QPushButton*>("import-go"));
    QCOMPARE(window.document().undoStack().count(), edits + 1);
    const Json data = window.document().json()["data"];
    QVERIFY(data["ignore"] == Json::array({"email"}));
    QVERIFY(data["types"] == (Json{{"score", "categorical"}}));
    QVERIFY(window.document().json()["algorithm"] == before["algorithm"]);
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset() && window.data().dataset()->table()->columns.size() == 4,
                             patience);
    window.document().undoStack().undo();
    QCOMPARE(window.document().json().dump(), before.dump());
    window.close();
  }

  void anonymised_values_never_reach_the_store() {
    MainWindow window;
    window.show();
    window.importPath(people(), true);
    auto* dialog = dialogOf<gb::ImportDialog>(window);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->current(), patience);
    const auto anonymise = [&](const char* column, const char* method) {
      selectColumn(dialog, column);
      choose(dialog->findChild<QComboBox*>("import-anonymise"), method);
    };
    anonymise("name", "Replace by codes");
    anonymise("email", "Mask");
    dialog->findChild<QSpinBox*>("import-keep-first")->setValue(1);
    anonymise("age", "Coarsen");
    anonymise("score", "Leave out");
    auto* rows = dialog->findChild<QTableView*>("import-rows");
    QTRY_COMPARE_WITH_TIMEOUT(rows->model()->columnCount(), 4, patience);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->current(), patience);
    QVERIFY(firstCell(rows, "name").startsWith('h'));
    QCOMPARE(firstCell(rows, "email"), QString("z***"));
    QCOMPARE(firstCell(rows, "age"), QString("20"));
    click(dialog->findChild<QPushButton*>("import-go"));
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    window.workbench().showData();
    QTRY_VERIFY_WITH_TIMEOUT(window.workbench().data->hasSummaries(), patience);
    window.document().edit("", "", [](Json& json) {
      json["algorithm"] = Json{{"id", "decision_tree"}};
      json["record"] = Json{{"watch_share", 0.5}};
    });
    window.run();
    QTRY_VERIFY_WITH_TIMEOUT(!window.controller().busy(), patience);
    QTRY_VERIFY_WITH_TIMEOUT(!window.library().model().runs().empty(), patience);
    QTRY_COMPARE_WITH_TIMEOUT(window.library().model().runs()[0].state, gb::RunState::finished, patience);
    window.close();
    QCOMPARE(filesWith(store_->path(), "Zaphod"), QStringList());
    QCOMPARE(filesWith(store_->path(), "heartofgold"), QStringList());
    // The codes are what is kept: looking for what is there finds it.
    QVERIFY(!filesWith(store_->path(), "anonymise").isEmpty());
    // The salt lies apart from the runs.
    QVERIFY(QFile::exists(store_->filePath("settings/glassbench/anonymise.salt")));
    QFile salt(store_->filePath("settings/glassbench/anonymise.salt"));
    QVERIFY(salt.open(QIODevice::ReadOnly));
    QCOMPARE(filesWith(store_->filePath("glassbench"), salt.readAll()), QStringList());
  }

  void the_data_page_tells_what_goes_together_and_what_is_missing() {
    MainWindow window;
    window.resize(1280, 720);
    window.show();
    window.openPath(people());
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    window.workbench().showData();
    auto* page = window.workbench().data;
    QTRY_VERIFY_WITH_TIMEOUT(page->hasSummaries(), patience);
    QVERIFY(page->findChild<QWidget*>("data-missing"));
    auto* tabs = page->findChild<QTabBar*>("data-tabs");
    QVERIFY(tabs->isTabVisible(1));
    page->showPage(gb::DataPage::Page::correlations);
    auto* pane = page->correlations();
    QTRY_VERIFY_WITH_TIMEOUT(pane->ready(), patience);
    const auto numbers = pane->matrix()->numbers();
    QCOMPARE(numbers.columns.size(), qsizetype{4});  // names and e-mails are text
    QVERIFY(!pane->matrix()->hasShares());
    const int age = int(numbers.columns.indexOf("age")) - 1, left = int(numbers.columns.indexOf("left")) - 1;
    const QRectF cell = pane->matrix()->cellRect(age, left);
    QVERIFY(!cell.isEmpty());
    QTest::mouseClick(pane->matrix(), Qt::LeftButton, {}, cell.center().toPoint());
    auto* pair = pane->findChild<QLabel*>("correlation-pair");
    QVERIFY2(pair->text().contains("age and left") && pair->text().contains("correlation ratio"),
             qPrintable(pair->text()));
    QStringList marked;
    for (auto* card : page->findChildren<gb::ColumnCard*>())
      if (card->isMarked()) marked << card->column();
    QCOMPARE(marked, QStringList({"age", "left"}));
    window.close();
  }

  void what_was_skipped_is_listed() {
    QByteArray bytes = "a,b,c\n";
    for (int i = 0; i < 40; ++i) bytes += i % 10 == 3 ? "1,2\n" : "1,2,3\n4,5,7\n";
    const QString path = write("ragged.csv", bytes);
    MainWindow window;
    window.show();
    window.importPath(path, true);
    auto* dialog = dialogOf<gb::ImportDialog>(window);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->current(), patience);
    click(dialog->findChild<QPushButton*>("import-go"));
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    auto* list = window.workbench().data->findChild<QListWidget*>("data-problems");
    QCOMPARE(list->count(), 4);
    QVERIFY(list->item(0)->text().contains("skipped: 2 cells instead of 3"));
    window.close();
  }

  void a_folder_of_pictures_is_seen_before_it_is_read() {
    const QString root = place_->filePath("pets");
    for (int i = 0; i < 6; ++i) savePicture(root + QStringLiteral("/cat/%1.png").arg(i), qRgb(200, 30 * i, 0));
    for (int i = 0; i < 4; ++i) savePicture(root + QStringLiteral("/dog/%1.png").arg(i), qRgb(0, 30 * i, 200));
    QFile notes(root + "/notes.txt");
    QVERIFY(notes.open(QIODevice::WriteOnly));
    notes.close();
    MainWindow window;
    window.show();
    window.importPath(root, true);
    auto* dialog = dialogOf<gb::FolderImportDialog>(window);
    QVERIFY(dialog);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->current(), patience);
    QCOMPARE(dialog->wall()->numbers().rows.size(), std::size_t{10});
    QVERIFY(dialog->findChild<QLabel*>("folder-facts")->text().contains("10 pictures"));
    QCOMPARE(dialog->findChild<QListWidget*>("folder-left-out")->count(), 1);
    auto* size = dialog->findChild<QLineEdit*>("size");
    size->setFocus();
    QTest::keyClicks(size, "8, 6");
    QTest::keyClick(size, Qt::Key_Tab);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->findChild<QLabel*>("folder-facts")->text().contains("8 \u00d7 6"), patience);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->current(), patience);
    click(dialog->findChild<QPushButton*>("import-go"));
    QVERIFY(window.document().json()["data"]["size"] == Json::array({8, 6}));
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    QCOMPARE(window.data().dataset()->images()->width, std::size_t{6});
    window.close();
  }

  void points_are_painted_with_mouse_and_keyboard() {
    gb::PaintDialog dialog;
    dialog.show();
    auto* canvas = dialog.canvas();
    const QPoint at = canvas->place(-0.5, 0.5).toPoint();
    QTest::mouseClick(canvas, Qt::LeftButton, {}, at);
    const auto first = canvas->points();
    QCOMPARE(first.size(), std::size_t(canvas->density()));
    for (const auto& point : first) QVERIFY(std::hypot(point.x + 0.5, point.y - 0.5) <= canvas->brush() + 0.02);
    // A drag scatters along its way; a second class by its key.
    QTest::keyClick(canvas, Qt::Key_3);
    QVERIFY(dialog.findChild<QToolButton*>("paint-class-3")->isChecked());
    QTest::mousePress(canvas, Qt::LeftButton, {}, canvas->place(0, -0.5).toPoint());
    QTest::mouseMove(canvas, canvas->place(0.6, -0.5).toPoint());
    QTest::mouseRelease(canvas, Qt::LeftButton, {}, canvas->place(0.6, -0.5).toPoint());
    QVERIFY(canvas->count(2) > std::size_t(canvas->density()));
    // The keyboard: cursor, paint, erase, undo.
    const auto before = canvas->points();
    for (int i = 0; i < 10; ++i) QTest::keyClick(canvas, Qt::Key_Up, Qt::ShiftModifier);
    QTest::keyClick(canvas, Qt::Key_Space);
    QVERIFY(canvas->points().size() > before.size());
    QTest::keyClick(canvas, Qt::Key_Delete);
    QCOMPARE(canvas->points().size(), before.size());
    QTest::keyClick(canvas, Qt::Key_Z, Qt::ControlModifier);
    QTest::keyClick(canvas, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(canvas->points(), before);
    click(dialog.findChild<QPushButton*>("paint-undo"));
    QCOMPARE(canvas->points(), first);
    click(dialog.findChild<QPushButton*>("paint-redo"));
    QCOMPARE(canvas->points(), before);
    QTest::keyClick(canvas, Qt::Key_E);
    QVERIFY(dialog.findChild<QToolButton*>("paint-eraser")->isChecked());
    QTest::mouseClick(canvas, Qt::LeftButton, {}, at);
    QCOMPARE(canvas->count(0), std::size_t{0});
    click(dialog.findChild<QPushButton*>("paint-clear"));
    QVERIFY(canvas->points().empty());
    QVERIFY(!dialog.findChild<QPushButton*>("paint-use")->isEnabled());
    dialog.close();
  }

  void painted_points_become_the_data() {
    MainWindow window;
    window.show();
    window.openPath(people());
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    const Json before = window.document().json();
    const auto open = [&] {
      for (auto* action : window.findChildren<QAction*>())
        if (action->text().remove('&').startsWith("Paint points")) action->trigger();
      return window.findChild<gb::PaintDialog*>();
    };
    auto* dialog = open();
    QVERIFY(dialog);
    std::vector<gb::PaintedPoint> points;
    for (int i = 0; i < 60; ++i) points.push_back({i / 60.0 - 0.5, (i % 7) / 10.0, i % 2});
    dialog->canvas()->setPoints(points);
    // Closed unsaved, it is there again.
    dialog->reject();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    dialog = open();
    QCOMPARE(dialog->canvas()->points().size(), points.size());
    click(dialog->findChild<QPushButton*>("paint-use"));
    const Json data = window.document().json()["data"];
    QCOMPARE(data["target"].get<std::string>(), std::string("class"));
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset() && window.data().dataset()->rows() == 60, patience);
    QCOMPARE(window.data().dataset()->target_column()->levels, std::vector<std::string>({"a", "b"}));
    window.document().undoStack().undo();
    QCOMPARE(window.document().json().dump(), before.dump());
    window.close();
  }

  void pictures_are_labelled_with_the_keyboard_and_gone_on_with() {
    const QString root = place_->filePath("unsorted");
    for (int i = 0; i < 5; ++i) savePicture(root + QStringLiteral("/%1.png").arg(i), qRgb(40 * i, 0, 0));
    MainWindow window;
    window.show();
    window.labelFolder(root);
    auto* dialog = window.findChild<gb::LabelDialog*>();
    QTRY_VERIFY_WITH_TIMEOUT(dialog->labelling() && dialog->shows(), patience);
    auto* name = dialog->findChild<QLineEdit*>("label-new-class");
    for (const char* kind : {"red", "dark"}) {
      QTest::keyClick(dialog, Qt::Key_Return);
      QTest::keyClicks(name, kind);
      QTest::keyClick(name, Qt::Key_Return);
    }
    QCOMPARE(dialog->labelling()->classes(), std::vector<std::string>({"red", "dark"}));
    QTest::keyClick(dialog, Qt::Key_2);
    QCOMPARE(dialog->current(), std::size_t{1});
    QTest::keyClick(dialog, Qt::Key_1);
    QTest::keyClick(dialog, Qt::Key_Right);
    QTest::keyClick(dialog, Qt::Key_1);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->saved(), patience);
    const auto written = [&] { return gb::read_file(dialog->file().toStdString(), 10000); };
    QCOMPARE(written(), std::string("name,class\n0.png,dark\n1.png,red\n3.png,red\n"));
    QTest::keyClick(dialog, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(dialog->current(), std::size_t{3});
    QTRY_VERIFY_WITH_TIMEOUT(dialog->saved(), patience);
    QCOMPARE(written(), std::string("name,class\n0.png,dark\n1.png,red\n"));
    // Only those without a class: from 3 back to 2.
    click(dialog->findChild<QCheckBox*>("label-only"));
    QTest::keyClick(dialog, Qt::Key_Left);
    QCOMPARE(dialog->current(), std::size_t{2});
    QTest::keyClick(dialog, Qt::Key_Left);
    QCOMPARE(dialog->current(), std::size_t{2});
    QTest::keyClick(dialog, Qt::Key_1);
    QCOMPARE(dialog->current(), std::size_t{3});
    dialog->reject();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);

    window.labelFolder(root);
    dialog = window.findChild<gb::LabelDialog*>();
    QTRY_VERIFY_WITH_TIMEOUT(dialog->labelling(), patience);
    QCOMPARE(dialog->labelling()->labelled(), std::size_t{3});
    QCOMPARE(dialog->current(), std::size_t{3});
    click(dialog->findChild<QPushButton*>("label-use"));
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    QCOMPARE(window.data().dataset()->rows(), std::size_t{3});
    QCOMPARE(window.data().dataset()->labels.levels, std::vector<std::string>({"dark", "red"}));
    QVERIFY(window.document().json()["data"].contains("labels"));
    window.close();
  }

  void labels_that_cannot_be_written_are_told_and_kept() {
    const QString root = place_->filePath("locked");
    for (int i = 0; i < 3; ++i) savePicture(root + QStringLiteral("/%1.png").arg(i), qRgb(40 * i, 0, 0));
    gb::LabelDialog dialog(root);
    dialog.show();
    QTRY_VERIFY_WITH_TIMEOUT(dialog.labelling(), patience);
    // A folder where the file should be: nobody can write it, whatever the rights.
    QVERIFY(QDir().mkpath(root + "/labels.csv/x"));
    dialog.findChild<QLineEdit*>("label-new-class")->setText("a");
    QTest::keyClick(dialog.findChild<QLineEdit*>("label-new-class"), Qt::Key_Return);
    QTest::keyClick(&dialog, Qt::Key_1);
    auto* error = dialog.findChild<QLabel*>("label-error");
    QTRY_VERIFY_WITH_TIMEOUT(error->isVisible(), patience);
    QVERIFY(!dialog.saved());
    QCOMPARE(dialog.labelling()->labelled(), std::size_t{1});
    QVERIFY(QDir(root + "/labels.csv").removeRecursively());
    QTest::keyClick(&dialog, Qt::Key_1);
    QTRY_VERIFY_WITH_TIMEOUT(dialog.saved(), patience);
    QVERIFY(error->isHidden());
    QCOMPARE(gb::read_file(dialog.file().toStdString(), 1000), std::string("name,class\n0.png,a\n1.png,a\n"));
    dialog.close();
  }
};

QTEST_MAIN(TestDataTools)
#include "test_data_tools.moc"
