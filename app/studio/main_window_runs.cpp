#include <QLocale>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QStackedWidget>
#include <algorithm>
#include <utility>

#include "app/studio/actions.hpp"
#include "app/studio/augment_page.hpp"
#include "app/studio/canvas_page.hpp"
#include "app/studio/compare_dialog.hpp"
#include "app/studio/core_text.hpp"
#include "app/studio/data_page.hpp"
#include "app/studio/experiment_panel.hpp"
#include "app/studio/export_dialog.hpp"
#include "app/studio/inspect_panel.hpp"
#include "app/studio/latent_page.hpp"
#include "app/studio/live_page.hpp"
#include "app/studio/main_window.hpp"
#include "app/studio/network_page.hpp"
#include "app/studio/prepare_section.hpp"
#include "app/studio/queue_panel.hpp"
#include "app/studio/report_files.hpp"
#include "app/studio/row_look.hpp"
#include "app/studio/run_differences.hpp"
#include "app/studio/run_fields.hpp"
#include "app/studio/runs_panel.hpp"
#include "app/studio/tile.hpp"
#include "app/studio/time_bar.hpp"
#include "app/studio/top_bar.hpp"
#include "app/studio/workbench.hpp"
#include "core/algorithms/algorithm.hpp"
#include "core/base/file.hpp"
#include "core/model/onnx_file.hpp"
#include "core/report/run_record.hpp"

namespace gb {

namespace {

using RunPhase = RunController::State;

constexpr int list_interval = 2000;  ///< milliseconds between two looks at the store: the command line writes there too

/// How many MB the past of a run may take.
double chosenHistory() {
  return QSettings().value("historyMb", usual_history_mb).toDouble();
}

/// What tells these runs apart in a legend: their names, or else the settings in which they differ. Null ones get an
/// empty label.
QStringList distinctLabels(const std::vector<const RunSummary*>& runs) {
  QStringList names;
  std::vector<const Json*> documents;
  for (const auto* run : runs) {
    names << (run ? runLabel(*run) : QString());
    if (run) documents.push_back(&run->document);
  }
  QStringList unique = names;
  if (unique.removeDuplicates() == 0) return names;
  const auto settings = differences(documents);
  int at = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (!runs[i]) continue;
    QStringList parts;
    for (const auto& setting : settings) parts << setting.label.toLower() + QStringLiteral(" = ") + setting.values[at];
    ++at;
    // Runs that differ in nothing are told apart by where or when they began.
    if (parts.isEmpty())
      parts << (runs[i]->origin ? forkText(*runs[i]->origin) : QString::fromStdString(runs[i]->id).left(13));
    names[static_cast<int>(i)] = parts.join(QStringLiteral(", "));
  }
  return names;
}

/// Exports a model that this window has trained, and says how close the file came.
QString exportOutcome(const RunOutcome& outcome, const std::filesystem::path& path) {
  const auto& prepared = *outcome.prepared;
  const OnnxExport what{*outcome.result.model, prepared.preparation, *prepared.dataset,
                        prepared.problem.target ? &*prepared.problem.target : nullptr, prepared.document.dump()};
  const double difference = export_all_with_proof(what, path);
  return MainWindow::tr("The model file was read back and gives the same answers (largest difference %1).")
      .arg(difference, 0, 'g', 2);
}

/// Copies the model that was proved when its run ended, and proves that the copy can be read.
QString exportRecorded(const std::filesystem::path& from, const std::filesystem::path& path) {
  const auto copy = [](const std::filesystem::path& source, const std::filesystem::path& target) {
    write_file_atomically(target, read_file(source, std::size_t{2} << 30));
    OnnxModel::read(target);
  };
  copy(from, path);
  if (const auto decoder = from.parent_path() / "decoder.onnx"; std::filesystem::exists(decoder))
    copy(decoder, path.parent_path() / "decoder.onnx");
  return MainWindow::tr("The model was compared with the original when its run ended; the copy was read back.");
}

}  // namespace

void MainWindow::connectRuns() {
  connect(top_->run, &QPushButton::clicked, this, &MainWindow::run);
  connect(top_->pause, &QPushButton::clicked, this, [this] { controller_->pause(); });
  connect(top_->step, &QPushButton::clicked, this, &MainWindow::stepOnce);
  connect(top_->stop, &QPushButton::clicked, this, &MainWindow::stopRun);
  auto* controller = controller_.get();
  connect(controller, &RunController::stateChanged, this, [this] {
    pace_.restart();
    refreshControls();
    const RunPhase phase = controller_->state();
    if (phase == RunPhase::preparing) top_->setStatus(tr("preparing"));
    if (phase == RunPhase::stopping) top_->setStatus(tr("stopping"));
  });
  connect(controller, &RunController::forked, this, [this](const QString& parent, qint64 step, qint64 asked) {
    fork_ = Fork{workbench_->live->runId(), parent.toStdString(), {}, step, asked};
  });
  connect(controller, &RunController::started, this, &MainWindow::runStarted);
  connect(controller, &RunController::news, this, &MainWindow::runNews);
  connect(controller, &RunController::finished, this, &MainWindow::runFinished);
  connect(controller, &RunController::failed, this, &MainWindow::runFailed);
  connect(controller, &RunController::loading, this, [this](quint64 done, quint64 total) {
    top_->setStatus(tr("reading the data"), total > 0 ? int(1000.0 * double(done) / double(total)) : -1);
  });
  connect(workbench_->experiment, &ExperimentPanel::liveChanged, this, [this](const QString& name, const Json& value) {
    if (shows_running_) controller_->setLive(name.toStdString(), value);
  });

  connect(&library_, &RunLibrary::opened, this, [this] {
    list_timer_.start(list_interval);
    workbench_->runs->setNote({});
    if (library_.store()->read_only()) {
      no_store_ = tr("%1 may only be read.").arg(QString::fromStdString(library_.store()->folder().string()));
      message_->tell(MessageBar::Tone::warning, tr("Runs will not be recorded. %1").arg(no_store_));
      return;
    }
    no_store_.clear();
    controller_->setStore(library_.store());
  });
  connect(&library_, &RunLibrary::unavailable, this, [this](const QString& reason) {
    no_store_ = reason;
    workbench_->runs->setNote(tr("Runs are not recorded: %1").arg(reason));
    message_->tell(MessageBar::Tone::warning, tr("Runs will not be recorded. %1").arg(reason), tr("Try again"),
                   [this] { library_.open(data_folder()); });
  });
  connect(&library_, &RunLibrary::failed, this, [this](const ErrorText& error) { showError(error); });
  connect(&library_, &RunLibrary::listed, this, &MainWindow::refreshControls);
  connect(&library_, &RunLibrary::listed, this, &MainWindow::layForkOver);
  connect(&library_, &RunLibrary::checkpointsLoaded, this,
          [this](const std::string& id, const std::vector<std::int64_t>& steps) {
            if (id != workbench_->live->runId()) return;
            const auto* run = library_.model().find(id);
            workbench_->live->timeBar()->setForkPoints(steps, run && run->origin ? run->origin->step : 0);
          });
  connect(&library_, &RunLibrary::loaded, this, &MainWindow::showRecorded);
  connect(&library_, &RunLibrary::snapshotLoaded, this,
          [this](const std::string& id, qint64, const std::vector<Event>& views) {
            if (id != workbench_->live->runId()) return;
            workbench_->live->showSnapshot(views);
            workbench_->inspect->setConfusion(workbench_->live->confusion());
          });
  connect(&library_, &RunLibrary::seriesLoaded, this, [this](const auto& all) {
    const std::string& own = workbench_->live->runId();
    std::vector<const RunSummary*> runs{library_.model().find(own)};
    for (const auto& each : all) runs.push_back(library_.model().find(each.first));
    const QStringList labels = distinctLabels(runs);
    std::vector<LivePage::Overlay> overlays;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (runs[i + 1])
        overlays.push_back(
            {all[i].first, labels[static_cast<int>(i) + 1], library_.model().colorOf(all[i].first), all[i].second});
    workbench_->live->setOverlays(std::move(overlays), labels.front(),
                                  own.empty() ? -1 : library_.model().colorOf(own));
  });
  list_timer_.callOnTimeout(this, [this] {
    // The list is read only while someone can see it.
    if (isVisible() && pages_->currentWidget() == workbench_) library_.refresh();
  });

  auto* live = workbench_->live;
  connect(live, &LivePage::stepRequested, this, [this](qint64 step) {
    if (step >= 0) return library_.loadSnapshot(workbench_->live->runId(), step);
    workbench_->inspect->setConfusion(workbench_->live->confusion());
  });
  connect(live->timeBar(), &TimeBar::forkRequested, this, &MainWindow::forkAt);
  connect(live, &LivePage::textsChanged, this, [this] { workbench_->inspect->setTexts(workbench_->live->texts()); });
  connect(&selection_, &Selection::changed, this, [this] {
    workbench_->canvas->setSelected(selection_.empty() ? -1 : selection_.rows().front());
    if (selection_.empty())
      look_->lookAway();
    else
      look_->look(selection_.rows().front());
  });
  connect(workbench_->inspect, &InspectPanel::rowPicked, look_.get(), &RowLook::look);
  connect(live, &LivePage::samplePicked, look_.get(), &RowLook::lookAtSample);
  connect(look_.get(), &RowLook::seen, live, &LivePage::showSeen);
  connect(live, &LivePage::rowHovered, look_.get(), &RowLook::pointAt);
  connect(look_.get(), &RowLook::marked, live, &LivePage::markRows);
  auto* runs = workbench_->runs;
  connect(runs, &RunsPanel::opened, this, &MainWindow::openRun);
  connect(runs, &RunsPanel::resumeRequested, this, &MainWindow::resumeRun);
  connect(runs, &RunsPanel::compareRequested, this, &MainWindow::compareSelected);
  connect(runs, &RunsPanel::reportRequested, this, [this] { makeReport(reportable()); });
  connect(runs, &RunsPanel::selectionChanged, this, &MainWindow::layOver);
  connect(runs, &RunsPanel::renamed, this,
          [this](const QString& id, const QString& name) { library_.rename(id.toStdString(), name); });
  connect(runs, &RunsPanel::tagged, this, [this](const QString& id, const std::vector<std::string>& tags) {
    library_.setTags(id.toStdString(), tags);
  });
  connect(runs, &RunsPanel::noted, this,
          [this](const QString& id, const QString& notes) { library_.setNotes(id.toStdString(), notes); });
  connect(runs, &RunsPanel::removeRequested, this, [this](const QStringList& ids) {
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("Delete runs"),
                                tr("Delete %n runs with their curves, models and checkpoints? This cannot be undone.",
                                   "", static_cast<int>(ids.size())),
                                QMessageBox::Cancel, this);
    auto* sure = box->addButton(tr("Delete"), QMessageBox::DestructiveRole);
    box->setAttribute(Qt::WA_DeleteOnClose);
    connect(sure, &QPushButton::clicked, this, [this, ids] { library_.remove(ids); });
    box->open();
  });
}

RunRequest MainWindow::request(bool paused) {
  RunRequest request;
  request.experiment = document_.experiment();
  request.dataset = loader_.dataset();
  request.startPaused = paused;
  return request;
}

void MainWindow::run() {
  if (controller_->state() == RunPhase::paused)
    controller_->resume();
  else if (controller_->busy())
    enqueue();
  else if (!document_.empty())
    try {
      startRun(request(false));
    } catch (const Error&) {
      showError(errorText(std::current_exception()));
    }
}

void MainWindow::stepOnce() {
  if (controller_->busy()) return controller_->step();
  if (document_.empty()) return;
  try {
    startRun(request(true));
  } catch (const Error&) {
    showError(errorText(std::current_exception()));
  }
}

void MainWindow::startRun(RunRequest what) {
  what.historyMb = chosenHistory();
  preflight_.cancel();
  workbench_->experiment->clearErrors();
  message_->dismiss();
  if (!no_store_.isEmpty())
    message_->tell(MessageBar::Tone::warning, tr("This run is not recorded. %1").arg(no_store_));
  workbench_->showLive();
  showWorkbench();
  queue_.began({what.experiment, what.resumeId});
  controller_->start(std::move(what));
}

void MainWindow::resumeRun(const QString& id) {
  if (id.isEmpty() || !library_.store()) return;
  if (controller_->busy()) {
    const auto* known = library_.model().find(id.toStdString());
    if (!known) return;
    try {
      queue_.add({Experiment::from_json(known->document, library_.store()->run_folder(known->id)), known->id});
    } catch (const Error&) {
      showError(errorText(std::current_exception()));
    }
    return;
  }
  // What it showed when it was stopped comes back first, and goes on from there.
  resuming_ = id.toStdString();
  library_.load(resuming_);
}

QString MainWindow::forkRefusal() const {
  if (controller_->busy()) return tr("The run has to end first");
  if (!no_store_.isEmpty()) return tr("Runs are not recorded: %1").arg(no_store_);
  if (document_.empty() || workbench_->live->runId().empty() || !library_.store())
    return tr("There is no recorded run on show");
  return {};
}

void MainWindow::forkAt(std::int64_t step) {
  if (!forkRefusal().isEmpty()) return;
  try {
    RunRequest what = request(false);
    what.forkOf = workbench_->live->runId();
    what.forkStep = step;
    startRun(std::move(what));
  } catch (const Error&) {
    showError(errorText(std::current_exception()));
  }
}

/// A fork is held against its original from its first step on.
void MainWindow::layForkOver() {
  if (!fork_ || !library_.model().find(fork_->id)) return;
  const Fork fork = *std::exchange(fork_, {});
  workbench_->runs->select({fork.id, fork.parent});
  const QString from = QLocale().toString(fork.step), asked = QLocale().toString(fork.asked);
  if (fork.step == fork.asked || !message_->text().isEmpty()) return;
  message_->tell(MessageBar::Tone::information,
                 fork.step > 0 ? tr("Forked from step %1, the nearest checkpoint before step %2.").arg(from, asked)
                               : tr("Forked from the beginning: there is no checkpoint before step %1.").arg(asked));
}

void MainWindow::runStarted(const QString& id, const std::shared_ptr<const PreparedRun>& prepared) {
  live_id_ = id.toStdString();
  const bool again = !live_id_.empty() && live_id_ == workbench_->live->runId();
  prepared_ = prepared;
  outcome_.reset();
  shown_run_ = live_id_;
  last_values_.clear();
  pace_.restart();
  run_clock_.start();
  const auto& experiment = prepared->experiment;
  const Json data = document_.json().value("data", Json::object());
  const Json algorithm = document_.json().value("algorithm", Json::object());
  const bool same_data = data == experiment.data && document_.folder() == experiment.folder &&
                         document_.json().value("seed", Json(0)) == Json(experiment.seed);
  shows_running_ = data == experiment.data && algorithm.value("id", std::string()) == experiment.algorithm;
  if (same_data) loader_.adopt(prepared->dataset, data, document_.folder(), experiment.seed);
  queue_.beganAs(live_id_);
  workbench_->inspect->setDataset(prepared->dataset);
  look_->setDataset(prepared->dataset);
  look_->follow(prepared);
  exploring_.forget();
  explore(nullptr);
  tryOut(nullptr);
  workbench_->inspect->setConfusion(nullptr);
  workbench_->experiment->prepareSection()->setCarriedOut(prepared->preparation.completed_steps());
  selection_.clear();
  workbench_->runs->select({});
  if (again)
    workbench_->live->goOn();
  else if (fork_ && fork_->shown == workbench_->live->runId())
    workbench_->live->beginFork(live_id_, fork_->step);
  else
    workbench_->live->begin(live_id_, !live_id_.empty());
  if (fork_) fork_->id = live_id_;
  library_.refresh();
  refreshControls();
}

void MainWindow::explore(std::shared_ptr<const PictureMaker> maker) {
  workbench_->latent->setMaker(std::move(maker));
  const bool can = workbench_->latent->applies();
  actions_->explore->setEnabled(can);
  if (!can) workbench_->leaveLatent();
  if (can && message_->text().isEmpty())
    message_->tell(MessageBar::Tone::information,
                   tr("The generator can be explored: walk between its pictures, change "
                      "them by sliders, save them."),
                   tr("Explore"), [this] { actions_->explore->trigger(); });
}

void MainWindow::tryOut(std::shared_ptr<const ModelAsker> asker) {
  trying_.forget();
  tried_file_.clear();
  workbench_->canvas->setAsker(std::move(asker));
  const bool can = workbench_->canvas->applies();
  actions_->tryOut->setEnabled(can);
  if (!can) workbench_->leaveCanvas();
}

void MainWindow::tryRecorded() {
  const auto* run = library_.model().find(shown_run_);
  const auto& dataset = loader_.dataset();
  if (tried_file_.empty() || !run || !dataset || dataset->fingerprint != run->fingerprint) return;
  trying_.run([file = std::exchange(tried_file_, {}), dataset] { return modelAsker(file, dataset); },
              [this](const std::shared_ptr<const ModelAsker>& asker) { tryOut(asker); }, [](std::exception_ptr) {});
}

void MainWindow::runNews(const RunNews& news) {
  auto* live = workbench_->live;
  live->add(news);
  workbench_->inspect->setConfusion(live->confusion());
  for (const auto& curve : news.curves)
    if (!curve.values.empty()) last_values_[curve.series] = curve.values.back();
  if (news.progress) {
    pace_.take(news.progress->step);
    const bool going = controller_->state() == RunPhase::running;
    const auto left = going ? pace_.secondsLeft(news.progress->step, news.progress->total) : std::nullopt;
    top_->setProgress(*news.progress, going, left);
  }
  const auto* info = prepared_ ? find_algorithm(prepared_->experiment.algorithm) : nullptr;
  if (!live_id_.empty() && info)
    library_.model().setLive(live_id_, RunState::running, lastOf(info->headline), lastOf("loss"),
                             double(run_clock_.elapsed()) / 1000);
}

std::optional<double> MainWindow::lastOf(const std::string& metric) const {
  for (const char* part : {"test/", "validation/", "train/"}) {
    const auto found = last_values_.find(part + metric);
    if (found != last_values_.end()) return found->second;
  }
  return std::nullopt;
}

void MainWindow::runFinished(const std::shared_ptr<const RunOutcome>& outcome) {
  outcome_ = outcome;
  live_id_.clear();
  queue_.ended();
  const auto& result = outcome->result;
  workbench_->live->end();
  workbench_->inspect->setConfusion(workbench_->live->confusion());
  look_->keep(outcome);
  tryOut(modelAsker(outcome));
  exploring_.run([outcome] { return pictureMaker(outcome); },
                 [this](const std::shared_ptr<const PictureMaker>& maker) { explore(maker); },
                 [](std::exception_ptr) {});
  library_.refresh();
  if (!outcome->id.empty()) library_.loadCheckpoints(outcome->id);
  const QString steps = QLocale().toString(qlonglong(result.steps));
  switch (result.state) {
    case RunState::failed:
      top_->setStatus(tr("failed at step %1").arg(steps));
      showError({QString::fromStdString(result.message), QString::fromStdString(result.field),
                 QString::fromStdString(result.allowed)});
      break;
    case RunState::stopped:
      top_->setStatus(tr("stopped at step %1").arg(steps));
      break;
    case RunState::finished:
    case RunState::running: {
      QStringList parts{tr("finished after %1").arg(durationText(result.fit_seconds + result.evaluate_seconds))};
      const auto* info = find_algorithm(outcome->prepared->experiment.algorithm);
      for (const char* part : {"test", "validation", "train"}) {
        const auto found = std::find_if(result.metrics.begin(), result.metrics.end(),
                                        [&](const auto& each) { return each.first == part; });
        if (!info || found == result.metrics.end()) continue;
        const auto metric = std::find_if(found->second.begin(), found->second.end(),
                                         [&](const auto& each) { return each.first == info->headline; });
        if (metric == found->second.end()) continue;
        parts << tr("%1 %2 %3", "test accuracy 0.958")
                     .arg(coreText(part), metricLabel(metric->first).toLower(), metricText(metric->second));
        break;
      }
      top_->setStatus(parts.join(QStringLiteral(" \u00b7 ")));
    }
  }
  refreshControls();
}

void MainWindow::runFailed(const ErrorText& error) {
  live_id_.clear();
  queue_.ended();
  fork_.reset();
  workbench_->live->end();
  top_->setStatus({});
  showError(error);
  library_.refresh();
  refreshControls();
}

void MainWindow::refreshControls() {
  const RunPhase phase = controller_->state();
  const bool document = !document_.empty();
  const bool busy = phase != RunPhase::idle;
  QWidget* had = focusWidget();
  top_->run->setEnabled(document);
  top_->setQueueing(busy && phase != RunPhase::paused);
  queue_panel_->setBusy(busy);
  top_->pause->setEnabled(phase == RunPhase::running);
  top_->step->setEnabled(document &&
                         (phase == RunPhase::idle || phase == RunPhase::running || phase == RunPhase::paused));
  top_->stop->setEnabled(phase == RunPhase::running || phase == RunPhase::paused || phase == RunPhase::preparing);
  // The keyboard stays with the controls when the one it was on goes grey, and goes back as soon as it can.
  if (had && (had == parked_ || (!had->isEnabled() && had->parentWidget() == top_->run->parentWidget())))
    for (auto* button : {top_->pause, top_->run, top_->step, top_->stop})
      if (button->isEnabled()) {
        parked_ = button;
        button->setFocus(Qt::OtherFocusReason);
        break;
      }
  auto& a = *actions_;
  a.run->setEnabled(top_->run->isEnabled());
  a.pause->setEnabled(top_->pause->isEnabled());
  a.step->setEnabled(top_->step->isEnabled());
  a.stop->setEnabled(top_->stop->isEnabled());
  a.queue->setEnabled(busy && document);
  a.resume->setEnabled(!busy && !newestResumable().empty());
  a.compare->setEnabled(workbench_->runs->selected().size() >= 2);
  a.report->setEnabled(!reportable().empty() && library_.store());
  for (auto* action : {a.save, a.saveAs, a.exportAll, a.data, a.workbench, a.algorithmHelp})
    action->setEnabled(document);
  workbench_->live->timeBar()->setForkRefusal(forkRefusal());
  workbench_->experiment->setRunning(busy);
  workbench_->augment->setRunning(busy);
}

std::string MainWindow::newestResumable() const {
  for (const auto& run : const_cast<RunLibrary&>(library_).model().runs())
    if (run.state == RunState::stopped && run.has_checkpoint) return run.id;
  return {};
}

void MainWindow::openRun(const QString& id) {
  const std::string wanted = id.toStdString();
  if (wanted == live_id_) {
    workbench_->showLive();
    return;
  }
  if (controller_->busy()) {
    message_->tell(
        MessageBar::Tone::information,
        tr("A run is going on. Select another run to lay its curves over this one; opening it has to wait."));
    return;
  }
  library_.load(wanted);
}

void MainWindow::showRecorded(const std::shared_ptr<const RecordedRun>& run) {
  if (controller_->busy()) return;
  const auto& summary = run->summary;
  replaceDocument(summary.document, {}, document_.folder());
  shown_run_ = summary.id;
  // The model in memory is another run's.
  if (outcome_ && outcome_->id != summary.id) outcome_.reset();
  if (!outcome_) {
    const auto folder = library_.store()->run_folder(summary.id);
    look_->keepRecorded(folder / "model.onnx", summary.fingerprint, summary.steps);
    explore(nullptr);
    tryOut(nullptr);
    tried_file_ = folder / "model.onnx";
    tryRecorded();
    exploring_.run(
        [folder] {
          const auto decoder = pictureMaker(folder / "decoder.onnx");
          return decoder ? decoder : pictureMaker(folder / "model.onnx");
        },
        [this](const std::shared_ptr<const PictureMaker>& maker) { explore(maker); }, [](std::exception_ptr) {});
  }
  workbench_->live->showRecorded(summary, run->series, run->views);
  workbench_->live->timeBar()->setForkPoints(run->checkpoints, summary.origin ? summary.origin->step : 0);
  workbench_->inspect->setConfusion(workbench_->live->confusion());
  top_->setStatus(
      tr("%1 \u00b7 %2 \u00b7 %3 steps", "name, state, steps")
          .arg(runLabel(summary), runStateText(summary.state), QLocale().toString(qlonglong(summary.steps))));
  refreshControls();
  if (std::exchange(resuming_, {}) != summary.id) return;
  RunRequest what;
  what.resumeId = summary.id;
  startRun(std::move(what));
}

void MainWindow::layOver() {
  refreshControls();
  std::vector<std::string> ids = workbench_->runs->selected();
  const std::string own = workbench_->live->runId();
  // One selected run is looked at in the table; two and more are laid over each other.
  if (ids.size() < 2) {
    workbench_->live->setOverlays({}, {}, -1);
    return;
  }
  ids.erase(std::remove(ids.begin(), ids.end(), own), ids.end());
  library_.loadSeries(ids);
}

void MainWindow::compareSelected() {
  SharedRuns runs;
  std::vector<int> colors;
  std::vector<std::string> ids;
  const auto& model = library_.model();
  for (const auto& id : workbench_->runs->selected())
    if (const int row = model.rowOf(id); row >= 0) {
      ids.push_back(id);
      runs.push_back(model.shared()[static_cast<std::size_t>(row)]);
      colors.push_back(model.colorOf(id));
    }
  if (runs.size() < 2) return;
  auto* dialog = new CompareDialog(std::move(runs), std::move(colors), model.shared(), library_.store(), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &CompareDialog::openRequested, this, [this, dialog](const QString& id) {
    dialog->close();
    openRun(id);
  });
  connect(dialog, &CompareDialog::selectRequested, workbench_->runs, &RunsPanel::select);
  connect(dialog, &CompareDialog::reportRequested, this, [this, ids] { makeReport(ids); });
  dialog->show();
}

ExportDialog* MainWindow::exportAll() {
  Exportable what;
  // What ran, whatever is being edited by now.
  what.experiment = outcome_ ? outcome_->prepared->experiment.to_json() : document_.json();
  for (auto* tile : workbench_->live->tiles())
    if (!tile->key().endsWith(QLatin1String("preview"))) what.views.push_back(tile->view());
  const auto* known = library_.model().find(shown_run_);
  if (outcome_ && outcome_->result.model && !outcome_->result.model->no_rule().empty()) {
    what.noModel =
        tr("There is no rule for new rows: %1.").arg(QString::fromStdString(outcome_->result.model->no_rule()));
  } else if (outcome_ && outcome_->result.model) {
    what.writeModel = [outcome = outcome_](const std::filesystem::path& path) { return exportOutcome(*outcome, path); };
  } else if (known && known->has_model && library_.store()) {
    what.writeModel = [from = library_.store()->run_folder(shown_run_) /
                              "model.onnx"](const std::filesystem::path& path) { return exportRecorded(from, path); };
  } else {
    what.noModel = controller_->busy() ? tr("The run has to end first.") : tr("Nothing has been trained yet.");
  }
  if (const auto store = library_.store(); known && store) {
    what.card = [store, id = shown_run_] { return to_markdown(model_card(read_record(*store, id))); };
    what.writeReport = [store, id = shown_run_](const QString& folder) {
      writeReport(*store, {id}, folder, QStringLiteral("report"));
    };
  }
  auto* dialog = new ExportDialog(std::move(what), exportFolder(), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
  return dialog;
}

}  // namespace gb
