#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSlider>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>

#include "app/studio/experiment_panel.hpp"
#include "app/studio/export_dialog.hpp"
#include "app/studio/gallery_page.hpp"
#include "app/studio/inspect_panel.hpp"
#include "app/studio/live_page.hpp"
#include "app/studio/main_window.hpp"
#include "app/studio/runs_panel.hpp"
#include "app/studio/tile.hpp"
#include "app/studio/time_bar.hpp"
#include "app/studio/top_bar.hpp"
#include "app/studio/workbench.hpp"
#include "core/base/memory_limit.hpp"
#include "core/model/onnx_file.hpp"
#include "own_store.hpp"
#include "widgets/group_view.hpp"
#include "widgets/images/image_wall.hpp"
#include "widgets/images/matrix_view.hpp"
#include "widgets/params/parameter_form.hpp"
#include "widgets/plot/curve_view.hpp"
#include "widgets/theme.hpp"

using gb::Json;
using gb::MainWindow;
using Phase = gb::RunController::State;

namespace {

constexpr int patience = 60000;

gb::GalleryCard* cardOf(MainWindow& window, const QString& name) {
  for (auto* card : window.gallery().cards())
    if (card->entry().picture() == name) return card;
  return nullptr;
}

void click(QWidget* widget) {
  QTest::mouseClick(widget, Qt::LeftButton);
}

template <class T>
T* tileView(MainWindow& window) {
  for (auto* tile : window.workbench().live->tiles())
    if (auto* view = qobject_cast<T*>(tile->view())) return view;
  return nullptr;
}

std::int64_t lastStep(MainWindow& window) {
  return window.workbench().live->timeBar()->last();
}

/// Longer than any test waits: the test decides when it ends.
void makeLong(MainWindow& window) {
  window.document().edit("", "", [](Json& json) { json["algorithm"]["params"]["epochs"] = 500; });
}

}  // namespace

/// Clicks what a person would click, in a window of its own with a store of its own.
class TestStudio : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> folder_;

 private slots:
  void initTestCase() { gb::settleStudio(); }

  void init() { folder_ = gb::ownStore(); }

  void a_run_is_forecast_before_it_starts() {
    MainWindow window;
    window.show();
    window.showGallery();
    click(cardOf(window, "digits-mlp"));
    auto* status = window.topBar().findChild<QLabel*>("status");
    QVERIFY(status);
    QTRY_VERIFY_WITH_TIMEOUT(status->text().contains("about ") && status->text().contains(" epochs"), patience);
    QVERIFY2(status->text().contains("MB"), qPrintable(status->text()));
    QVERIFY(!window.message().isVisible());

    // A batch that does not fit: one that does is a click away.
    click(cardOf(window, "digits-cnn"));
    QTRY_VERIFY_WITH_TIMEOUT(status->text().contains("about "), patience);
    const gb::MemoryLimit limit(600'000'000);
    window.document().edit("", "", [](Json& json) { json["algorithm"]["params"]["batch_size"] = 4096; });
    QTRY_VERIFY_WITH_TIMEOUT(window.message().isVisible(), patience);
    QVERIFY2(window.message().text().startsWith("A batch of 4,096 takes "), qPrintable(window.message().text()));
    auto* use = window.message().findChild<QPushButton*>("action");
    QVERIFY(use && use->isVisible());
    click(use);
    QVERIFY(!window.message().isVisible());
    const auto fitting = window.document().json()["algorithm"]["params"]["batch_size"].get<int>();
    QVERIFY(fitting >= 256 && fitting < 4096);
    QTRY_VERIFY_WITH_TIMEOUT(status->text().contains("about "), patience);
    window.document().undoStack().undo();
    QCOMPARE(window.document().json()["algorithm"]["params"]["batch_size"].get<int>(), 4096);
  }

  void from_gallery_to_exported_files() {
    MainWindow window;
    window.show();
    window.showGallery();
    QVERIFY(window.gallery().isVisible());
    QVERIFY(window.gallery().cards().size() >= 6);
    auto* card = cardOf(window, "digits-mlp");
    QVERIFY(card);
    QTRY_VERIFY_WITH_TIMEOUT(window.library().store(), patience);

    click(card);
    QVERIFY(window.workbench().isVisible());
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    auto* runButton = window.findChild<QPushButton*>("run");
    auto* pauseButton = window.findChild<QPushButton*>("pause");
    auto* stepButton = window.findChild<QPushButton*>("step");
    auto* stopButton = window.findChild<QPushButton*>("stop");
    QVERIFY(runButton->isEnabled());
    QVERIFY(!pauseButton->isEnabled());
    QVERIFY(!stopButton->isEnabled());
    makeLong(window);

    click(runButton);
    QTRY_COMPARE_WITH_TIMEOUT(window.controller().state(), Phase::running, patience);
    QTRY_VERIFY_WITH_TIMEOUT(tileView<gb::CurveView>(window) && lastStep(window) > 0, patience);

    click(pauseButton);
    QCOMPARE(window.controller().state(), Phase::paused);
    // What was under way arrives, then nothing moves.
    std::int64_t at = -1;
    const auto still = [&] {
      at = lastStep(window);
      QTest::qWait(500);
      return lastStep(window) == at;
    };
    QTRY_VERIFY_WITH_TIMEOUT(still() && still(), patience);

    click(stepButton);
    QTRY_VERIFY_WITH_TIMEOUT(lastStep(window) > at, patience);
    QCOMPARE(window.controller().state(), Phase::paused);

    // The learning rate, changed in its field while the run goes on, is journalled by the run itself.
    std::vector<gb::Change> changes;
    connect(&window.controller(), &gb::RunController::news, this,
            [&](const gb::RunNews& news) { changes.insert(changes.end(), news.changes.begin(), news.changes.end()); });
    auto* form = window.workbench().experiment->algorithmForm();
    auto* field = form->findChild<QLineEdit*>("learning_rate");
    QVERIFY(field);
    QVERIFY(field->isEnabled());
    field->setFocus();
    field->selectAll();
    QTest::keyClicks(field, "0.002");
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(window.document().json()["algorithm"]["params"]["learning_rate"].get<double>(), 0.002);
    click(runButton);
    QCOMPARE(window.controller().state(), Phase::running);
    QTRY_VERIFY_WITH_TIMEOUT(!changes.empty(), patience);
    QCOMPARE(changes.front().param, std::string("learning_rate"));
    QCOMPARE(changes.front().value.get<double>(), 0.002);

    QTRY_VERIFY_WITH_TIMEOUT(tileView<gb::MatrixView>(window), patience);
    click(stopButton);
    QTRY_COMPARE_WITH_TIMEOUT(window.controller().state(), Phase::idle, patience);

    // A cell of the confusion matrix selects the rows behind it; Inspect shows their pictures.
    auto* matrix = tileView<gb::MatrixView>(window);
    QVERIFY(matrix);
    matrix->setFocus();
    QTest::keyClick(matrix, Qt::Key_Right);
    QTest::keyClick(matrix, Qt::Key_Left);
    QTest::keyClick(matrix, Qt::Key_Return);
    QVERIFY(!window.selection().empty());
    const auto shown = window.workbench().live->confusion();
    QVERIFY(shown);
    for (const auto row : window.selection().rows())
      QVERIFY(std::find(shown->rows.begin(), shown->rows.end(), row) != shown->rows.end());
    auto* wall = window.workbench().inspect->images();
    QVERIFY(wall->isVisible());
    QCOMPARE(wall->numbers().rows.size(), window.selection().rows().size());

    QTRY_VERIFY_WITH_TIMEOUT(
        window.library().model().rowCount() == 1 && window.library().model().runs()[0].state == gb::RunState::stopped,
        patience);
    const auto run = window.library().model().runs()[0];
    QVERIFY(run.has_checkpoint);
    QCOMPARE(window.library().store()->journal(run.id).size(), std::size_t(1));

    auto* dialog = window.exportAll();
    const QString target = folder_->filePath("exported");
    dialog->setFolder(target);
    QSignalSpy done(dialog, &gb::ExportDialog::done);
    click(dialog->findChild<QPushButton*>("export-go"));
    QTRY_COMPARE_WITH_TIMEOUT(done.count(), 1, patience);
    QCOMPARE(done[0][1].toStringList(), QStringList());
    const QStringList written = done[0][0].toStringList();
    for (const char* name : {"model.onnx", "experiment.json", "confusion-matrix.svg", "loss.svg", "loss.csv"}) {
      QVERIFY2(written.contains(name), qPrintable(written.join(' ')));
      QVERIFY2(QFileInfo(QDir(target).filePath(name)).size() > 0, name);
    }
    const auto model = gb::OnnxModel::read(QDir(target).filePath("model.onnx").toStdString());
    QCOMPARE(model.predict(*window.data().dataset()).labels.size(), window.data().dataset()->rows());
    dialog->close();
    window.close();
  }

  /// What the network makes of a picture that is clicked: during the run, while it is paused, and after it.
  void a_clicked_picture_is_explained() {
    MainWindow window;
    window.show();
    QTRY_VERIFY_WITH_TIMEOUT(window.library().store(), patience);
    click(cardOf(window, "digits-cnn"));
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    window.document().edit("", "", [](Json& json) {
      json["algorithm"]["params"] = Json::parse(R"({"layers": [{"type": "Conv2D", "filters": 4, "strides": 3,
        "activation": "relu"}, "Flatten"], "epochs": 500, "batch_size": 256})");
    });
    click(window.findChild<QPushButton*>("run"));
    auto* live = window.workbench().live;
    const auto tile = [&](const char* key) -> gb::Tile* {
      for (auto* each : live->tiles())
        if (each->key() == key) return each;
      return nullptr;
    };
    QTRY_VERIFY_WITH_TIMEOUT(tile("mistakes"), patience);
    QVERIFY(!tile("probabilities"));
    QVERIFY(!tile("feature-maps"));
    // The layers of a kind share a tile.
    QTRY_VERIFY_WITH_TIMEOUT(tile("activations"), patience);
    QVERIFY(tile("weights") && tile("filters") && tile("curve/gradient-norm") && tile("curve/update-norm"));
    QCOMPARE(qobject_cast<gb::GroupView*>(tile("weights")->view())->members(), (QStringList{"conv2d_1", "dense_1"}));
    QCOMPARE(tile("curve/gradient-norm")->view()->numbers().columns, (QStringList{"step", "conv2d_1", "dense_1"}));
    auto* chooser = tile("weights")->findChild<QComboBox*>();
    QVERIFY(chooser && chooser->isVisible());
    chooser->setFocus();
    QTest::keyClick(chooser, Qt::Key_Down);
    QCOMPARE(tile("weights")->view()->title(), QString("Weights of dense_1"));

    auto* wall = qobject_cast<gb::ImageWall*>(tile("mistakes")->view());
    QTest::mouseClick(wall, Qt::LeftButton, {}, wall->imageRect(0).center().toPoint());
    QCOMPARE(window.selection().rows().size(), std::size_t(1));
    const auto row = window.selection().rows().front();
    QTRY_VERIFY_WITH_TIMEOUT(tile("probabilities") && tile("feature-maps"), patience);
    const auto said = [&] { return tile("probabilities")->view()->subtitle(); };
    QCOMPARE(said(), QStringLiteral("row %1").arg(row));
    QCOMPARE(tile("probabilities")->view()->numbers().rows.size(), std::size_t(10));
    QCOMPARE(tile("feature-maps")->view()->numbers().rows.size(), std::size_t(4));
    // It moves as the network learns.
    const auto bars = [&] { return tile("probabilities")->view()->numbers().rows; };
    const auto first = bars();
    QTRY_VERIFY_WITH_TIMEOUT(bars() != first, patience);
    const auto looks = [&] { return tile("weights")->view()->numbers().columns.size() - 1; };
    QTRY_VERIFY_WITH_TIMEOUT(looks() >= 3, patience);

    click(window.findChild<QPushButton*>("pause"));
    const auto still = [&] {
      const auto at = lastStep(window);
      const auto before = bars();
      QTest::qWait(400);
      return lastStep(window) == at && bars() == before;
    };
    QTRY_VERIFY_WITH_TIMEOUT(still(), patience);
    window.selection().set({row + 1}, "another one");
    QTRY_COMPARE_WITH_TIMEOUT(said(), QStringLiteral("row %1").arg(row + 1), patience);

    click(window.findChild<QPushButton*>("stop"));
    QTRY_COMPARE_WITH_TIMEOUT(window.controller().state(), Phase::idle, patience);
    QTRY_VERIFY_WITH_TIMEOUT(window.topBar().isVisible() && tile("probabilities"), patience);
    window.selection().set({row, row + 2}, "two of them");
    QTRY_COMPARE_WITH_TIMEOUT(said(), QStringLiteral("row %1").arg(row), patience);
    // In Inspect one of several is pointed at; the selection stays.
    auto* selected = window.workbench().inspect->images();
    QTest::mouseClick(selected, Qt::LeftButton, {}, selected->imageRect(1).center().toPoint());
    QTRY_COMPARE_WITH_TIMEOUT(said(), QStringLiteral("row %1").arg(row + 2), patience);
    QCOMPARE(window.selection().rows().size(), std::size_t(2));

    // Recorded, the run has its groups again, and nothing of what was only looked at.
    QTRY_VERIFY_WITH_TIMEOUT(
        window.library().model().rowCount() == 1 && window.library().model().runs()[0].state == gb::RunState::stopped,
        patience);
    const auto run = window.library().model().runs()[0];
    window.openRun(QString::fromStdString(run.id));
    QTRY_VERIFY_WITH_TIMEOUT(live->runId() == run.id && tile("weights") && !tile("probabilities"), patience);
    QVERIFY(tile("filters") && tile("activations") && !tile("feature-maps"));
    QCOMPARE(tile("curve/gradient-norm")->view()->numbers().columns, (QStringList{"step", "conv2d_1", "dense_1"}));
    auto* group = qobject_cast<gb::GroupView*>(tile("weights")->view());
    QCOMPARE(group->members(), (QStringList{"conv2d_1", "dense_1"}));
    // The newest column is of the step that is shown, or of the last one before it.
    const auto newest = [&] { return group->numbers().columns.last().toLongLong(); };
    auto* slider = live->timeBar()->slider();
    const auto end = newest();
    slider->setValue(static_cast<int>(end) - 1);
    QTRY_VERIFY_WITH_TIMEOUT(newest() < end, patience);
    QVERIFY(newest() <= live->timeBar()->shown());
    window.close();
  }

  void an_impossible_value_is_told_at_its_field() {
    MainWindow window;
    window.show();
    click(cardOf(window, "iris-kmeans"));
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    window.document().edit("", "", [](Json& json) { json["algorithm"]["params"]["clusters"] = 5000; });
    window.run();
    QTRY_COMPARE_WITH_TIMEOUT(window.controller().state(), Phase::idle, patience);
    QTRY_VERIFY(!window.message().text().isEmpty());
    QCOMPARE(window.message().tone(), gb::MessageBar::Tone::error);
    QVERIFY2(window.message().text().contains("5000"), qPrintable(window.message().text()));
    QVERIFY(window.message().text().contains("150"));
    bool atField = false;
    for (auto* label : window.workbench().experiment->algorithmForm()->findChildren<QLabel*>())
      atField = atField || (label->property("role") == "error" && label->text().contains("150"));
    QVERIFY(atField);
    window.close();
  }

  void broken_files_leave_what_is_shown_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("experiment") << "broken.json" << QByteArray("{\"glassbench\": 1,");
    QTest::newRow("not an experiment") << "list.json" << QByteArray("[1, 2]");
    QTest::newRow("model") << "model.onnx" << QByteArray("\x08\x08");
    QTest::newRow("missing") << "missing.csv" << QByteArray();
  }
  void broken_files_leave_what_is_shown() {
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    MainWindow window;
    window.show();
    click(cardOf(window, "iris-kmeans"));
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    const Json before = window.document().json();
    const QString path = folder_->filePath(name);
    if (!bytes.isEmpty()) {
      QFile file(path);
      QVERIFY(file.open(QIODevice::WriteOnly));
      file.write(bytes);
    }
    window.openPath(path);
    QVERIFY(!window.message().text().isEmpty());
    QVERIFY2(window.message().text().contains(name), qPrintable(window.message().text()));
    QCOMPARE(window.document().json().dump(), before.dump());
    window.close();
  }

  void a_dropped_table_becomes_an_experiment() {
    const QString path = folder_->filePath("flowers.csv");
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("length,width,species\n");
    for (int i = 0; i < 60; ++i)
      file.write(QStringLiteral("%1,%2,%3\n").arg(i % 7).arg(i % 5 + (i % 2) * 10).arg(i % 2 ? "a" : "b").toUtf8());
    file.close();
    MainWindow window;
    window.show();
    window.openPath(path);
    QVERIFY2(window.message().text().isEmpty(), qPrintable(window.message().text()));
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    QCOMPARE(window.document().json()["data"]["source"].get<std::string>(), std::string("table"));
    QCOMPARE(window.document().json()["data"]["target"].get<std::string>(), std::string("species"));
    QVERIFY(window.workbench().isVisible());
    window.close();
  }

  void closing_mid_run_leaves_a_run_that_can_be_resumed() {
    std::string id;
    std::int64_t reached = 0;
    {
      MainWindow window;
      window.setClosingLimit(std::chrono::milliseconds(patience));
      window.show();
      click(cardOf(window, "digits-mlp"));
      QTRY_VERIFY_WITH_TIMEOUT(window.library().store() && window.data().dataset(), patience);
      makeLong(window);
      click(window.findChild<QPushButton*>("run"));
      QTRY_VERIFY_WITH_TIMEOUT(lastStep(window) > 20, patience);
      reached = lastStep(window);
      window.close();
      QVERIFY(!window.abandoned());
    }
    MainWindow window;
    window.setClosingLimit(std::chrono::milliseconds(patience));
    window.show();
    QTRY_COMPARE_WITH_TIMEOUT(window.library().model().rowCount(), 1, patience);
    const auto run = window.library().model().runs()[0];
    id = run.id;
    QCOMPARE(run.state, gb::RunState::stopped);
    QVERIFY(run.has_checkpoint);
    QVERIFY(run.steps >= reached);
    // The experiment is there again, and the run goes on where it was.
    QVERIFY(window.restoreLast());
    QCOMPARE(window.document().json()["algorithm"]["params"]["epochs"].get<int>(), 500);
    window.resumeRun(QString::fromStdString(id));
    QTRY_COMPARE_WITH_TIMEOUT(window.controller().state(), Phase::running, patience);
    QTRY_VERIFY_WITH_TIMEOUT(lastStep(window) > run.steps, patience);
    window.close();
    QVERIFY(!window.abandoned());
  }

  void a_recorded_run_opens_as_it_was() {
    MainWindow window;
    window.show();
    click(cardOf(window, "iris-kmeans"));
    QTRY_VERIFY_WITH_TIMEOUT(window.library().store() && window.data().dataset(), patience);
    window.run();
    QTRY_VERIFY_WITH_TIMEOUT(window.controller().state() == Phase::idle && lastStep(window) > 0, patience);
    QStringList keys;
    for (auto* tile : window.workbench().live->tiles()) keys << tile->key();
    QTRY_VERIFY_WITH_TIMEOUT(
        window.library().model().rowCount() == 1 && window.library().model().runs()[0].state == gb::RunState::finished,
        patience);
    const auto run = window.library().model().runs()[0];
    click(cardOf(window, "two-moons-mlp"));
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    window.openRun(QString::fromStdString(run.id));
    QTRY_COMPARE_WITH_TIMEOUT(window.workbench().live->runId(), run.id, patience);
    QCOMPARE(window.document().json()["algorithm"]["id"].get<std::string>(), std::string("kmeans"));
    QStringList after;
    for (auto* tile : window.workbench().live->tiles()) after << tile->key();
    std::sort(keys.begin(), keys.end());
    std::sort(after.begin(), after.end());
    QCOMPARE(after, keys);
    // The first step was recorded too.
    window.workbench().live->timeBar()->slider()->setValue(0);
    QTRY_VERIFY_WITH_TIMEOUT(window.workbench().live->timeBar()->shown() == 0, patience);
    window.close();
  }

  /// The time machine: all views go back together, and from there another future begins.
  void a_recorded_run_is_scrubbed_and_forked() {
    MainWindow window;
    window.show();
    click(cardOf(window, "digits-mlp"));
    QTRY_VERIFY_WITH_TIMEOUT(window.library().store() && window.data().dataset(), patience);
    window.document().edit("", "", [](Json& json) { json["algorithm"]["params"]["epochs"] = 20; });
    auto* live = window.workbench().live;
    auto* bar = live->timeBar();
    QVERIFY(!bar->fork()->isEnabled());
    QVERIFY(!bar->fork()->toolTip().isEmpty());
    window.run();
    QTRY_VERIFY_WITH_TIMEOUT(window.controller().state() == Phase::running, patience);
    QVERIFY(!bar->fork()->isEnabled());
    QTRY_COMPARE_WITH_TIMEOUT(window.controller().state(), Phase::idle, patience);
    QVERIFY(bar->fork()->isEnabled());
    const std::string parent = live->runId();
    const auto kept = window.library().store()->checkpoint_steps(parent);
    // One a second at least, and the end.
    QVERIFY(kept.size() >= 2);
    const auto last = lastStep(window);
    QCOMPARE(kept.back(), last);

    // Views that come at the end have nothing to show before; the others, texts included, are of that step or earlier.
    const auto start = kept[0], step = (start + kept[1]) / 2;
    const QStringList texts = live->texts();
    const auto ofTest = [&] { return live->confusion() && live->confusion()->part == "test"; };
    QVERIFY(ofTest());
    bar->slider()->setValue(static_cast<int>(step));
    QTRY_VERIFY_WITH_TIMEOUT(live->texts() != texts && !ofTest(), patience);
    QVERIFY(!live->confusion() || live->confusion()->step <= step);
    int absent = 0;
    for (auto* tile : live->tiles()) absent += tile->isAbsent();
    QVERIFY(absent >= 1);
    auto* curves = tileView<gb::CurveView>(window);
    const auto shown_curves = curves->numbers().columns.size();
    QVERIFY2(bar->fork()->toolTip().contains(QLocale().toString(qlonglong(start))), qPrintable(bar->fork()->toolTip()));
    click(window.findChild<QPushButton*>("latest"));
    QVERIFY(ofTest());
    QCOMPARE(live->texts(), texts);
    for (auto* tile : live->tiles()) QVERIFY(!tile->isAbsent());

    // What the state there leaves no choice is refused at its field; nothing is recorded.
    bar->slider()->setValue(static_cast<int>(step));
    window.document().edit("", "", [](Json& json) { json["algorithm"]["params"]["batch_size"] = 200; });
    click(bar->fork());
    QTRY_VERIFY_WITH_TIMEOUT(window.message().tone() == gb::MessageBar::Tone::error && window.message().isVisible(),
                             patience);
    QTRY_COMPARE_WITH_TIMEOUT(window.controller().state(), Phase::idle, patience);
    QCOMPARE(window.library().store()->list().size(), std::size_t(1));
    window.document().undoStack().undo();

    window.document().edit("", "", [](Json& json) {
      json["algorithm"]["params"]["learning_rate"] = 0.01;
      json["algorithm"]["params"]["epochs"] = 21;
    });
    QVERIFY(bar->shown() == step);
    click(bar->fork());
    QTRY_VERIFY_WITH_TIMEOUT(live->runId() != parent && window.controller().state() == Phase::running, patience);
    const std::string fork = live->runId();
    QTRY_COMPARE_WITH_TIMEOUT(window.controller().state(), Phase::idle, patience);
    const auto run = window.library().store()->get(fork);
    QVERIFY(run.state == gb::RunState::finished && run.origin);
    QCOMPARE(run.origin->run, parent);
    QCOMPARE(run.origin->step, start);
    QVERIFY(run.steps > last);
    // It is laid over its parent at once, and the list says where it comes from.
    QTRY_VERIFY_WITH_TIMEOUT(curves->numbers().columns.size() > shown_curves, patience);
    QCOMPARE(window.workbench().runs->selected().size(), std::size_t(2));
    const auto& model = window.library().model();
    QTRY_VERIFY_WITH_TIMEOUT(model.find(fork) && model.find(fork)->state == gb::RunState::finished, patience);
    QVERIFY2(model.index(0, 0).data().toString().contains("from step"),
             qPrintable(model.index(0, 0).data().toString()));
    // Its past is its parent's.
    bar->slider()->setValue(2);
    QTRY_VERIFY_WITH_TIMEOUT(!live->confusion() || live->confusion()->step <= 2, patience);
    QVERIFY(live->texts() != texts);
    window.close();
  }

  void two_selected_runs_are_laid_over_each_other_and_compared() {
    MainWindow window;
    window.show();
    click(cardOf(window, "two-moons-mlp"));
    QTRY_VERIFY_WITH_TIMEOUT(window.library().store() && window.data().dataset(), patience);
    for (const double rate : {0.01, 0.003}) {
      window.document().edit("", "", [&](Json& json) {
        json["algorithm"]["params"]["learning_rate"] = rate;
        json["algorithm"]["params"]["epochs"] = 5;
      });
      window.run();
      QTRY_COMPARE_WITH_TIMEOUT(window.controller().state(), Phase::idle, patience);
    }
    QTRY_COMPARE_WITH_TIMEOUT(window.library().model().rowCount(), 2, patience);
    auto* curves = tileView<gb::CurveView>(window);
    QVERIFY(curves);
    const auto columns = curves->numbers().columns.size();
    auto* table = window.workbench().runs->table();
    table->selectAll();
    QCOMPARE(window.workbench().runs->compareButton()->text(), QString("Compare 2 selected"));
    QTRY_VERIFY_WITH_TIMEOUT(curves->numbers().columns.size() > columns, patience);
    click(window.workbench().runs->compareButton());
    auto* dialog = window.findChild<QDialog*>("compare-dialog");
    QVERIFY(dialog);
    auto* side = dialog->findChild<QTableView*>("compare-table");
    QStringList labels;
    for (int row = 0; row < side->model()->rowCount(); ++row) labels << side->model()->index(row, 0).data().toString();
    QVERIFY2(labels.contains("Learning rate"), qPrintable(labels.join(", ")));
    QVERIFY2(!labels.contains("Epochs"), qPrintable(labels.join(", ")));
    dialog->close();
    window.close();
  }

  void without_a_store_the_studio_says_so_and_works() {
    // A file where the folder should be: nothing can be kept.
    QFile file(folder_->filePath("glassbench"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    MainWindow window;
    window.show();
    QTRY_VERIFY_WITH_TIMEOUT(!window.message().text().isEmpty(), patience);
    QCOMPARE(window.message().tone(), gb::MessageBar::Tone::warning);
    click(cardOf(window, "iris-kmeans"));
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    window.run();
    QTRY_VERIFY_WITH_TIMEOUT(window.controller().state() == Phase::idle && lastStep(window) > 0, patience);
    QVERIFY(!window.message().text().isEmpty());
    QVERIFY(!window.library().store());
    window.close();
  }
};

QTEST_MAIN(TestStudio)
#include "test_studio.moc"
