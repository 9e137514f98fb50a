#include <QDialog>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QTabWidget>
#include <QTableView>
#include <QTest>
#include <algorithm>

#include "app/studio/gallery_page.hpp"
#include "app/studio/main_window.hpp"
#include "app/studio/run_fields.hpp"
#include "app/studio/runs_panel.hpp"
#include "app/studio/top_bar.hpp"
#include "app/studio/workbench.hpp"
#include "core/base/file.hpp"
#include "made_runs.hpp"
#include "own_store.hpp"
#include "widgets/plot/parallel_view.hpp"
#include "widgets/plot/scatter_view.hpp"

using gb::Json;
using gb::MainWindow;
using gb::RunListModel;
using Phase = gb::RunController::State;

namespace {

constexpr int patience = 60000;

void click(QWidget* widget) {
  QTest::mouseClick(widget, Qt::LeftButton);
}

void open(MainWindow& window, const char* card) {
  window.show();
  window.showGallery();
  for (auto* each : window.gallery().cards())
    if (each->entry().picture() == card) click(each);
  QTRY_VERIFY_WITH_TIMEOUT(window.library().store() && window.data().dataset(), patience);
}

void setEpochs(MainWindow& window, const char* name, int epochs) {
  window.document().edit("", "", [&](Json& json) {
    json["name"] = name;
    json["algorithm"]["params"]["epochs"] = epochs;
  });
}

QStringList waiting(MainWindow& window) {
  QStringList names;
  for (int row = 0; row < window.queue().rowCount(); ++row) names << window.queue().at(row).title();
  return names;
}

QStringList shownColumns(const QTableView& table) {
  QStringList labels;
  const auto* head = table.horizontalHeader();
  for (int visual = 0; visual < head->count(); ++visual)
    if (const int column = head->logicalIndex(visual); !head->isSectionHidden(column))
      labels << table.model()->headerData(column, Qt::Horizontal).toString();
  return labels;
}

}  // namespace

/// The run table, comparing and the queue, by clicks and keys.
class TestRunsPanel : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> folder_;

 private slots:
  void initTestCase() { gb::settleStudio(); }
  void init() { folder_ = gb::ownStore(); }

  void runs_are_found_starred_and_compared() {
    gb::makeRuns(gb::data_folder(), 60);
    MainWindow window;
    open(window, "iris-kmeans");
    auto* runs = window.workbench().runs;
    auto* table = runs->table();
    QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 60, patience);
    QTest::keyClicks(runs->search(), "cnn accuracy>0.8");
    const int found = table->model()->rowCount();
    QVERIFY2(found > 1 && found < 15, qPrintable(QString::number(found)));
    QVERIFY(runs->findChild<QLabel*>("run-count")->text().contains("of 60"));
    for (int row = 0; row < found; ++row)
      QVERIFY(table->model()->index(row, RunListModel::headline).data(RunListModel::SortRole).toDouble() > 0.8);

    // A click on the star is in the store a moment later.
    const auto star = table->model()->index(1, RunListModel::star);
    const std::string id = star.data(RunListModel::IdRole).toString().toStdString();
    table->scrollTo(star);
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, table->visualRect(star).center());
    QTRY_VERIFY_WITH_TIMEOUT(gb::isStarred(window.library().store()->get(id)), patience);
    // A tag, typed in place.
    const auto tags = table->model()->index(1, RunListModel::tags);
    table->setCurrentIndex(tags);
    QTest::keyClick(table, Qt::Key_F2);
    auto* editor = table->findChild<QLineEdit*>("run-editor");
    QVERIFY(editor);
    QTest::keyClicks(editor, "to check, best");
    QTest::keyClick(editor, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(gb::shownTags(window.library().store()->get(id)).contains("best"), patience);

    QTest::keyClick(runs->search(), Qt::Key_Escape);
    QCOMPARE(table->model()->rowCount(), 60);
    auto* menu = runs->findChild<QMenu*>("run-filter-menu");
    emit menu->aboutToShow();
    menu->findChild<QAction*>("filter-starred")->trigger();
    QCOMPARE(table->model()->rowCount(), 1);
    runs->search()->setText("acuracy>0.5");
    QVERIFY2(runs->findChild<QLabel*>("runs-note")->text().contains("acuracy"),
             qPrintable(runs->findChild<QLabel*>("runs-note")->text()));
    click(runs->findChild<QPushButton*>("clear-filter"));
    QCOMPARE(table->model()->rowCount(), 60);

    // Selected runs stay selected while the search changes.
    runs->search()->setText("mlp");
    table->selectAll();
    const auto chosen = runs->selected().size();
    QCOMPARE(chosen, std::size_t(15));
    runs->search()->setText("mlp trial");
    QCOMPARE(runs->selected().size(), chosen);
    click(runs->compareButton());
    auto* dialog = window.findChild<QDialog*>("compare-dialog");
    QVERIFY(dialog);
    auto* tabs = dialog->findChild<QTabWidget*>("compare-tabs");
    auto* parallel = dialog->findChild<gb::ParallelView*>("parallel");
    tabs->setCurrentWidget(parallel->parentWidget()->parentWidget());
    QTRY_VERIFY_WITH_TIMEOUT(parallel->isVisible() && parallel->drawn(), patience);
    const auto columns = parallel->numbers().columns;
    const int accuracy = static_cast<int>(columns.indexOf("Accuracy")) - 1;
    QVERIFY2(accuracy > 0 && columns.contains("Learning rate"), qPrintable(columns.join(", ")));
    const QPoint from = parallel->pixelOf(accuracy, 0.5).toPoint(), to = parallel->pixelOf(accuracy, 1).toPoint();
    QTest::mousePress(parallel, Qt::LeftButton, {}, from);
    QTest::mouseMove(parallel, to);
    QTest::mouseRelease(parallel, Qt::LeftButton, {}, to);
    const auto kept = parallel->kept();
    QVERIFY(!kept.empty() && kept.size() < chosen);
    for (const auto& row : parallel->numbers().rows) QVERIFY(row[accuracy + 1].toDouble() > 0.7);
    auto* scatter = dialog->findChild<gb::ScatterView*>("scatter");
    QCOMPARE(scatter->shown(), int(chosen));
    QVERIFY2(scatter->title().startsWith("Accuracy against "), qPrintable(scatter->title()));
    click(dialog->findChild<QPushButton*>("parallel-select"));
    QCOMPARE(runs->selected().size(), kept.size());
    dialog->close();
    window.close();
  }

  void columns_and_order_are_remembered() {
    gb::makeRuns(gb::data_folder(), 12);
    QStringList before;
    {
      MainWindow window;
      open(window, "iris-kmeans");
      auto* runs = window.workbench().runs;
      QTRY_COMPARE_WITH_TIMEOUT(runs->table()->model()->rowCount(), 12, patience);
      QVERIFY(!shownColumns(*runs->table()).contains("Learning rate"));
      click(runs->findChild<QPushButton*>("run-columns"));
      auto* dialog = window.findChild<QDialog*>("column-chooser");
      QVERIFY(dialog);
      QTest::keyClicks(dialog->findChild<QLineEdit*>("column-search"), "learning_rate");
      auto* list = dialog->findChild<QListWidget*>("column-list");
      for (int row = 0; row < list->count(); ++row)
        if (list->item(row)->data(Qt::UserRole) == "param:learning_rate") {
          QVERIFY(!list->item(row)->isHidden());
          list->item(row)->setCheckState(Qt::Checked);
        } else if (list->item(row)->flags() & Qt::ItemIsEnabled) {
          QVERIFY(list->item(row)->isHidden());
        }
      dialog->close();
      before = shownColumns(*runs->table());
      QVERIFY2(before.contains("Learning rate"), qPrintable(before.join(", ")));
      auto* model = runs->table()->model();
      runs->table()->horizontalHeader()->setSortIndicator(RunListModel::headline, Qt::DescendingOrder);
      QVERIFY(model->index(0, RunListModel::headline).data(RunListModel::SortRole).toDouble() >
              model->index(1, RunListModel::headline).data(RunListModel::SortRole).toDouble());
      QTest::qWait(400);
      window.close();
    }
    MainWindow window;
    open(window, "iris-kmeans");
    auto* table = window.workbench().runs->table();
    QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 12, patience);
    QCOMPARE(shownColumns(*table), before);
    QCOMPARE(table->horizontalHeader()->sortIndicatorSection(), int(RunListModel::headline));
    window.close();
  }

  void a_queue_is_ordered_paused_and_carried_out() {
    MainWindow window;
    open(window, "two-moons-mlp");
    setEpochs(window, "first", 5000);
    auto* run = window.findChild<QPushButton*>("run");
    click(run);
    QTRY_COMPARE_WITH_TIMEOUT(window.controller().state(), Phase::running, patience);
    QCOMPARE(run->text(), QString("Queue"));
    for (const char* name : {"a", "b", "c"}) {
      setEpochs(window, name, 2);
      click(run);
    }
    auto* queue = window.workbench().runs->findChild<QWidget*>("queue");
    QVERIFY(queue->isVisible());
    QCOMPARE(waiting(window), QStringList({"a", "b", "c"}));
    auto* list = queue->findChild<QListView*>("queue-list");
    list->setCurrentIndex(list->model()->index(2, 0));
    QTest::keyClick(list, Qt::Key_Up, Qt::AltModifier);
    QTest::keyClick(list, Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(waiting(window), QStringList({"c", "a", "b"}));
    list->setCurrentIndex(list->model()->index(1, 0));
    QTest::keyClick(list, Qt::Key_Delete);
    QCOMPARE(waiting(window), QStringList({"c", "b"}));
    // Stop is not lost on what waits: it waits on, in pause.
    click(window.findChild<QPushButton*>("stop"));
    QTRY_COMPARE_WITH_TIMEOUT(window.controller().state(), Phase::idle, patience);
    QTest::qWait(200);
    QCOMPARE(window.controller().state(), Phase::idle);
    QCOMPARE(waiting(window), QStringList({"c", "b"}));
    auto* pause = queue->findChild<QPushButton*>("queue-pause");
    QCOMPARE(pause->text(), QString("Go on"));
    click(pause);
    QTRY_VERIFY_WITH_TIMEOUT(waiting(window).isEmpty() && window.controller().state() == Phase::idle, patience);
    QTRY_VERIFY_WITH_TIMEOUT(
        window.library().model().rowCount() == 3 && window.library().model().runs()[0].state == gb::RunState::finished,
        patience);
    const auto& all = window.library().model().runs();
    QCOMPARE(all[0].name, std::string("b"));
    QCOMPARE(all[1].name, std::string("c"));
    QCOMPARE(all[1].document["algorithm"]["params"]["epochs"].get<int>(), 2);
    QCOMPARE(all[2].name, std::string("first"));
    QVERIFY(!queue->isVisible());
    window.close();
  }

  void what_waited_and_what_was_interrupted_is_there_again() {
    {
      MainWindow window;
      open(window, "two-moons-mlp");
      setEpochs(window, "long", 5000);
      click(window.findChild<QPushButton*>("run"));
      QTRY_VERIFY_WITH_TIMEOUT(!window.library().model().shared().empty(), patience);
      setEpochs(window, "later", 2);
      click(window.findChild<QPushButton*>("run"));
      QCOMPARE(waiting(window), QStringList{"later"});
      window.setClosingLimit(std::chrono::milliseconds(20000));
      window.close();
    }
    MainWindow window;
    open(window, "iris-kmeans");
    QTRY_VERIFY_WITH_TIMEOUT(window.message().text().contains("long"), patience);
    QVERIFY2(window.message().text().contains("interrupted"), qPrintable(window.message().text()));
    QCOMPARE(waiting(window), QStringList{"later"});
    QVERIFY(window.queue().paused());
    QTest::qWait(200);
    QVERIFY(!window.controller().busy());
    click(window.message().findChild<QPushButton*>("action"));
    QTRY_COMPARE_WITH_TIMEOUT(window.controller().state(), Phase::running, patience);
    QTRY_COMPARE_WITH_TIMEOUT(window.library().model().runs()[0].state, gb::RunState::running, patience);
    QCOMPARE(window.library().model().rowCount(), 1);
    window.controller().stop();
    // The one that waited has its turn.
    QTRY_VERIFY_WITH_TIMEOUT(
        window.library().model().rowCount() == 2 && window.library().model().runs()[0].state == gb::RunState::finished,
        patience);
    QCOMPARE(window.library().model().runs()[0].name, std::string("later"));
    window.close();
  }
};

QTEST_MAIN(TestRunsPanel)
#include "test_runs_panel.moc"
