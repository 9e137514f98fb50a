#include <QAbstractItemModelTester>
#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QImage>
#include <QMenu>
#include <QMimeData>
#include <QTableView>
#include <QtTest>

#include "widgets/tables/copy_table.hpp"
#include "widgets/tables/table_view.hpp"
#include "widgets/theme.hpp"

using namespace gb;

namespace {

Event report(int rows) {
  auto table = std::make_shared<Table>();
  table->title = "Per class";
  table->columns = {"class", "precision", "support"};
  for (int i = 0; i < rows; ++i)
    table->rows.push_back({"class " + std::to_string(i), "0.9" + std::to_string(i), "100"});
  return std::shared_ptr<const Table>(table);
}

}  // namespace

class TestTableView : public QObject {
  Q_OBJECT
 private slots:
  void init() { applyTheme(Theme::light()); }

  void ctrlCCopiesForEveryProgram() {
    TableView view;
    view.show(report(3));
    view.resize(400, 300);
    view.QWidget::show();
    view.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&view));
    auto* grid = view.findChild<QTableView*>();
    grid->setFocus();
    // Nothing is selected: all of it.
    QTest::keySequence(grid, QKeySequence::Copy);
    const auto* data = QApplication::clipboard()->mimeData();
    QCOMPARE(data->text(), QString("class\tprecision\tsupport\nclass 0\t0.90\t100\nclass 1\t0.91\t100\nclass "
                                   "2\t0.92\t100\n"));
    QVERIFY(data->html().contains("<td class=\"number\">0.91</td>"));
    QVERIFY(data->data("text/csv").startsWith("class,precision,support\nclass 0,0.90,100\n"));
    QVERIFY(data->data("text/markdown").contains("| class 2 |"));
    QVERIFY(data->data("application/x-latex").contains("class 2 & 0.92 & 100 \\\\"));
    // The selected row, its columns as they are shown.
    grid->selectRow(1);
    grid->hideColumn(2);
    grid->horizontalHeader()->moveSection(1, 0);
    QTest::keySequence(grid, QKeySequence::Copy);
    QCOMPARE(QApplication::clipboard()->text(), QString("precision\tclass\n0.91\tclass 1\n"));
  }

  void aMenuCopiesInAnyNotation() {
    QMenu menu;
    auto* copying = addCopyMenu(&menu, "Copy as", [] { return TextTable{{"a", "b"}, {{"=x", "1"}}}; });
    const auto actions = copying->actions();
    QCOMPARE(actions.size(), 4);
    const auto copied = [&](int which) {
      actions[which]->trigger();
      return QApplication::clipboard()->text();
    };
    QCOMPARE(copied(0), QString("a\tb\n'=x\t1\n"));
    QVERIFY(QApplication::clipboard()->mimeData()->html().contains("<td>&#39;=x</td>"));
    QVERIFY(copied(1).startsWith("| a   |   b |\n"));
    QVERIFY(copied(2).contains("\\begin{tabular}{lr}"));
    QCOMPARE(copied(3), QString("a,b\n'=x,1\n"));
  }

  void theModelKeepsItsPromises() {
    TableView view;
    auto* grid = view.findChild<QTableView*>();
    QAbstractItemModelTester tester(grid->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    view.show(report(3));
    view.show(report(3));
    view.show(report(10));
    view.show(report(0));
    view.show(Scalar{"train/loss", 0, 1});
    QCOMPARE(grid->model()->rowCount(), 0);
  }

  void cellsAreShown() {
    TableView view;
    view.resize(420, 240);
    view.show(report(5));
    QCOMPARE(view.title(), "Per class");
    QCOMPARE(view.accessibleName(), "Per class");
    QVERIFY(view.accessibleDescription().contains('5'));
    auto* model = view.findChild<QTableView*>()->model();
    QCOMPARE(model->index(2, 1).data().toString(), "0.92");
    QVERIFY(model->index(2, 1).data(Qt::TextAlignmentRole).toInt() & Qt::AlignRight);
    QVERIFY(model->index(2, 0).data(Qt::TextAlignmentRole).toInt() & Qt::AlignLeft);
    QCOMPARE(view.numbers().columns, QStringList({"class", "precision", "support"}));
    QCOMPARE(view.numbers().rows[4], QStringList({"class 4", "0.94", "100"}));
    QImage image(420, 240, QImage::Format_RGB32);
    image.fill(theme().panel);
    view.render(&image, {}, {}, QWidget::DrawChildren);
    image.save(QString(TEST_BINARY_DIR) + "/look-table.png");
  }

  void aLiveTableKeepsItsSelection() {
    TableView view;
    view.show(report(5));
    auto* grid = view.findChild<QTableView*>();
    grid->selectRow(3);
    view.show(report(5));
    QCOMPARE(grid->selectionModel()->selectedRows().size(), 1);
    QCOMPARE(grid->selectionModel()->selectedRows()[0].row(), 3);
  }

  void shortRowsAndFilesAreNoTrouble() {
    QTemporaryDir folder;
    auto table = std::make_shared<Table>();
    table->title = "Ragged";
    table->columns = {"a", "b"};
    table->rows = {{"1"}, {}, {"=1+1", "-2.5"}};
    TableView view;
    view.resize(400, 200);
    view.show(std::shared_ptr<const Table>(table));
    for (const char* ending : {"svg", "png", "pdf", "csv"})
      QCOMPARE(view.saveAs(folder.filePath(QString("t.") + ending)), QString());
    QFile file(folder.filePath("t.csv"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("a,b\n1,\n,\n'=1+1,-2.5\n"));
  }
};

QTEST_MAIN(TestTableView)
#include "test_table_view.moc"
