#include <QApplication>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <functional>

#include "app/studio/algorithm_picker.hpp"
#include "app/studio/experiment_panel.hpp"
#include "app/studio/export_dialog.hpp"
#include "app/studio/live_page.hpp"
#include "app/studio/main_window.hpp"
#include "app/studio/runs_panel.hpp"
#include "app/studio/tile.hpp"
#include "app/studio/workbench.hpp"
#include "core/algorithms/algorithm.hpp"
#include "core/model/onnx_file.hpp"
#include "own_store.hpp"
#include "widgets/params/parameter_form.hpp"
#include "widgets/theme.hpp"

using gb::Json;
using gb::MainWindow;
using Phase = gb::RunController::State;

namespace {

constexpr int patience = 60000;

void click(QWidget* widget) {
  QTest::mouseClick(widget, Qt::LeftButton);
}

std::string algorithmOf(MainWindow& window) {
  return window.document().json()["algorithm"]["id"].get<std::string>();
}

gb::AlgorithmPicker* openPicker(MainWindow& window) {
  if (window.workbench().experiment->unfolded() != gb::ExperimentPanel::algorithm)
    click(window.findChild<QWidget*>("section-3"));
  auto* button = window.findChild<QPushButton*>("algorithm");
  click(button);
  // One that was closed may not be gone yet.
  for (auto* picker : window.findChildren<gb::AlgorithmPicker*>("algorithm-picker"))
    if (picker->isVisible()) return picker;
  return nullptr;
}

QStringList shownIn(gb::AlgorithmPicker& picker) {
  auto* list = picker.findChild<QListWidget*>("algorithm-list");
  QStringList shown;
  for (int row = 0; row < list->count(); ++row)
    if (!list->item(row)->isHidden() && list->item(row)->flags() & Qt::ItemIsEnabled) shown << list->item(row)->text();
  return shown;
}

void type(gb::AlgorithmPicker& picker, const QString& text) {
  auto* search = picker.findChild<QLineEdit*>("algorithm-search");
  search->selectAll();
  QTest::keyClick(search, Qt::Key_Delete);
  QTest::keyClicks(search, text);
}

}  // namespace

/// What a person does with a table of their own: choose algorithms, judge them, keep the best.
class TestClassical : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> folder_;

  /// The wines under another name; `change` makes them somebody's own.
  QString ownTable(const std::function<void(QStringList& lines)>& change = {}) {
    QFile wines(QDir(qEnvironmentVariable("GLASSBENCH_RESOURCES")).filePath("datasets/wine.csv"));
    if (!wines.open(QIODevice::ReadOnly)) return {};
    QStringList lines = QString::fromUtf8(wines.readAll()).trimmed().split('\n');
    if (change) change(lines);
    const QString path = folder_->filePath("my wines.csv");
    QFile own(path);
    if (!own.open(QIODevice::WriteOnly)) return {};
    own.write(lines.join('\n').toUtf8() + '\n');
    return path;
  }

 private slots:
  void initTestCase() { gb::settleStudio(); }

  void init() { folder_ = gb::ownStore(); }

  void every_algorithm_is_found_and_explained() {
    gb::AlgorithmPicker picker({}, nullptr);
    picker.show();
    QCOMPARE(shownIn(picker).size(), static_cast<qsizetype>(gb::algorithms().size()));
    for (const auto& info : gb::algorithms()) {
      type(picker, QString::fromStdString(info.id));
      QCOMPARE(picker.selected(), info.id);
      QCOMPARE(picker.findChild<QLabel*>("algorithm-help")->text(), QString::fromStdString(info.help));
      QCOMPARE(picker.findChild<QLabel*>("algorithm-paper")->text(), QString::fromStdString(info.citation));
      QVERIFY2(!info.help.empty() && !info.citation.empty(), info.id.c_str());
      QVERIFY(picker.findChild<QPushButton*>("algorithm-choose")->isEnabled());
    }
    // By family, by paper, by several words in any order.
    type(picker, "clustering");
    QVERIFY(shownIn(picker).size() >= 5);
    type(picker, "breiman");
    QVERIFY2(shownIn(picker).contains("Random forest"), qPrintable(shownIn(picker).join(", ")));
    type(picker, "forest random");
    QVERIFY(shownIn(picker).contains("Random forest"));
    type(picker, "no such thing");
    QVERIFY(shownIn(picker).isEmpty());
    QVERIFY(picker.selected().empty());
    QVERIFY(!picker.findChild<QPushButton*>("algorithm-choose")->isEnabled());
    auto* search = picker.findChild<QLineEdit*>("algorithm-search");
    search->clear();
    QCOMPARE(shownIn(picker).size(), static_cast<qsizetype>(gb::algorithms().size()));
    // The arrow keys go through the list from the search field, past the heads of the families.
    QCOMPARE(picker.focusWidget(), search);
    QTest::keyClick(search, Qt::Key_Down);
    const auto first = picker.selected();
    QVERIFY(!first.empty());
    for (int i = 0; i < 40; ++i) QTest::keyClick(search, Qt::Key_Down);
    QVERIFY(!picker.selected().empty() && picker.selected() != first);
  }

  void what_does_not_fit_says_why() {
    gb::Dataset groups;
    gb::Column x;
    x.name = "x";
    x.numbers = {0, 1.5, 2, 3.5};
    gb::DataTable table;
    table.rows = 4;
    table.columns = {x};
    groups.content = table;
    const auto reasonOf = [](const gb::Dataset& dataset, const char* id) {
      gb::AlgorithmPicker picker(id, &dataset);
      auto* reason = picker.findChild<QLabel*>("algorithm-reason");
      auto* choose = picker.findChild<QPushButton*>("algorithm-choose");
      // What says why cannot be chosen, and the other way round.
      return choose->isEnabled() == reason->text().isEmpty() ? reason->text() : QString("?");
    };
    QCOMPARE(reasonOf(groups, "kmeans"), QString());
    QVERIFY(reasonOf(groups, "svm").contains("no target"));
    QVERIFY(reasonOf(groups, "cnn").contains("pictures"));
    gb::Dataset numbers = groups;
    std::get<gb::DataTable>(numbers.content).columns.push_back(x);
    std::get<gb::DataTable>(numbers.content).columns.back().name = "y";
    numbers.target = "y";
    QCOMPARE(reasonOf(numbers, "linear_regression"), QString());
    QVERIFY(reasonOf(numbers, "naive_bayes").contains("asks for regression"));
  }

  void own_table_to_exported_winner() {
    MainWindow window;
    window.show();
    QTRY_VERIFY_WITH_TIMEOUT(window.library().store(), patience);
    const QString path = ownTable();
    window.openPath(path);
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    QCOMPARE(window.document().json()["data"]["target"].get<std::string>(), std::string("class"));

    // Choosing is an edit like any other.
    const auto before = algorithmOf(window);
    auto* picker = openPicker(window);
    QVERIFY(picker);
    QCOMPARE(picker->selected(), before);
    type(*picker, "svm");
    QTest::keyClick(picker->findChild<QLineEdit*>("algorithm-search"), Qt::Key_Return);
    QVERIFY(!picker->isVisible());
    QCOMPARE(algorithmOf(window), std::string("svm"));
    QCOMPARE(window.findChild<QPushButton*>("algorithm")->text(),
             QString::fromStdString(gb::find_algorithm("svm")->label));
    window.document().undoStack().undo();
    QCOMPARE(algorithmOf(window), before);
    // Closed without a choice nothing is edited; what does not fit is not chosen.
    picker = openPicker(window);
    type(*picker, "linear regression");
    QTest::keyClick(picker->findChild<QLineEdit*>("algorithm-search"), Qt::Key_Return);
    QVERIFY(picker->isVisible());
    QTest::keyClick(picker, Qt::Key_Escape);
    QVERIFY(!picker->isVisible());
    QCOMPARE(algorithmOf(window), before);

    click(window.findChild<QWidget*>("section-4"));
    auto* folds = window.findChild<gb::ParameterForm*>("evaluate")->findChild<QLineEdit*>("folds");
    QVERIFY(folds && folds->isVisible());
    folds->setFocus();
    QTest::keyClicks(folds, "5");
    QTest::keyClick(folds, Qt::Key_Return);
    QCOMPARE(window.document().json()["evaluate"]["folds"].get<int>(), 5);

    int made = 0;
    for (const char* id : {"svm", "random_forest", "naive_bayes"}) {
      picker = openPicker(window);
      type(*picker, id);
      QTest::keyClick(picker->findChild<QLineEdit*>("algorithm-search"), Qt::Key_Return);
      QCOMPARE(algorithmOf(window), std::string(id));
      QCOMPARE(window.document().json()["evaluate"]["folds"].get<int>(), 5);
      click(window.findChild<QPushButton*>("run"));
      ++made;
      QTRY_VERIFY_WITH_TIMEOUT(window.controller().state() == Phase::idle &&
                                   window.library().model().rowCount() == made &&
                                   window.library().model().runs()[0].state == gb::RunState::finished,
                               patience);
      QVERIFY2(window.library().model().runs()[0].result.contains("cross_validation"), id);
      const auto& tiles = window.workbench().live->tiles();
      QVERIFY2(std::any_of(tiles.begin(), tiles.end(), [](auto* tile) { return tile->key() == "cross-validation"; }),
               id);
    }

    window.workbench().runs->table()->selectAll();
    click(window.workbench().runs->compareButton());
    auto* dialog = window.findChild<QDialog*>("compare-dialog");
    QVERIFY(dialog);
    auto* side = dialog->findChild<QTableView*>("compare-table");
    QCOMPARE(side->model()->columnCount(), 4);
    int intervals = 0;
    for (int row = 0; row < side->model()->rowCount(); ++row) {
      if (side->model()->index(row, 0).data().toString() != "Accuracy") continue;
      for (int column = 1; column < 4; ++column)
        intervals += side->model()->index(row, column).data().toString().contains(" to ");
    }
    QCOMPARE(intervals, 3);
    const QString verdict = dialog->findChild<QLabel*>("verdict")->text();
    QCOMPARE(verdict.split('\n').size(), 2);
    for (const auto& line : verdict.split('\n'))
      QVERIFY2(line.contains("95 % confidence") && line.contains("evidence"), qPrintable(line));
    const QString looks = dialog->findChild<QLabel*>("looks")->text();
    QVERIFY2(looks.contains("my wines") && looks.contains("3 times"), qPrintable(looks));
    QVERIFY2(verdict.contains("Naive Bayes") && verdict.contains("Random forest"), qPrintable(verdict));
    dialog->close();

    // The winner, as its own row of the list, is opened again and leaves as a file.
    const auto accuracy = [](const gb::RunSummary& run) {
      return run.result["cross_validation"]["mean"]["accuracy"].get<double>();
    };
    const auto& runs = window.library().model().runs();
    const auto winner = *std::max_element(runs.begin(), runs.end(),
                                          [&](const auto& a, const auto& b) { return accuracy(a) < accuracy(b); });
    QVERIFY(accuracy(winner) > 0.9);
    window.workbench().runs->select({winner.id});
    window.openRun(QString::fromStdString(winner.id));
    QTRY_COMPARE_WITH_TIMEOUT(window.workbench().live->runId(), winner.id, patience);
    QCOMPARE(algorithmOf(window), winner.algorithm);
    auto* exporting = window.exportAll();
    const QString target = folder_->filePath("winner");
    exporting->setFolder(target);
    QSignalSpy done(exporting, &gb::ExportDialog::done);
    click(exporting->findChild<QPushButton*>("export-go"));
    QTRY_COMPARE_WITH_TIMEOUT(done.count(), 1, patience);
    QCOMPARE(done[0][1].toStringList(), QStringList());
    QVERIFY(done[0][0].toStringList().contains("model.onnx"));
    const auto model = gb::OnnxModel::read(QDir(target).filePath("model.onnx").toStdString());
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    const auto& dataset = *window.data().dataset();
    const auto predicted = model.predict(dataset);
    QCOMPARE(predicted.labels.size(), dataset.rows());
    std::size_t right = 0;
    for (std::size_t row = 0; row < dataset.rows(); ++row)
      right += predicted.labels[row] == dataset.target_column()->cell(row);
    QVERIFY(static_cast<double>(right) > 0.9 * static_cast<double>(dataset.rows()));
    exporting->close();
    window.close();
  }

  void misleading_data_is_told_before_a_run() {
    // Every wine twice, and a column that says the class in other words.
    const QString path = ownTable([](QStringList& lines) {
      lines[0].prepend("grower,");
      for (int i = 1; i < lines.size(); ++i)
        lines[i].prepend(lines[i].endsWith("0") ? "A," : lines[i].endsWith("1") ? "B," : "C,");
      lines << lines.mid(1);
    });
    MainWindow window;
    window.show();
    window.openPath(path);
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    auto* found = window.findChild<QLabel*>("data-warnings");
    QTRY_VERIFY_WITH_TIMEOUT(!found->text().isEmpty(), patience);
    QVERIFY2(found->text().contains("'grower'") && found->text().contains("exact copies of training rows"),
             qPrintable(found->text()));
    QVERIFY(!window.controller().busy());
    QCOMPARE(window.message().tone(), gb::MessageBar::Tone::warning);
    QVERIFY2(window.message().text().contains("'grower'"), qPrintable(window.message().text()));
    QVERIFY(!found->isVisible());
    click(window.message().findChild<QPushButton*>("action"));
    QVERIFY(found->isVisible());
    // Told once: the same warning does not come again with every edit.
    window.document().edit("", "", [](Json& json) { json["seed"] = 1; });
    QTest::qWait(1000);
    QVERIFY(window.message().text().isEmpty());
    // Data that has nothing of the kind takes the warnings away.
    QFile::copy(ownTable(), folder_->filePath("wines.csv"));
    window.openPath(folder_->filePath("wines.csv"));
    QTRY_VERIFY_WITH_TIMEOUT(found->text().isEmpty(), patience);
    window.close();
  }
};

QTEST_MAIN(TestClassical)
#include "test_classical.moc"
