#include <QPushButton>
#include <utility>

#include "app/studio/actions.hpp"
#include "app/studio/experiment_panel.hpp"
#include "app/studio/main_window.hpp"
#include "app/studio/queue_panel.hpp"
#include "app/studio/run_fields.hpp"
#include "app/studio/runs_panel.hpp"
#include "app/studio/top_bar.hpp"
#include "app/studio/workbench.hpp"

namespace gb {

void MainWindow::connectQueue() {
  queue_panel_ = new QueuePanel(queue_);
  workbench_->runs->setAside(queue_panel_);
  connect(queue_panel_, &QueuePanel::resumed, this, &MainWindow::advanceQueue);
  connect(queue_panel_, &QueuePanel::showRequested, this, &MainWindow::showQueued);
  connect(&queue_, &RunQueue::changed, this, [this] {
    actions_->pauseQueue->setEnabled(!queue_.empty());
    actions_->pauseQueue->setText(queue_.paused() ? tr("Go on with the &queue") : tr("Pause the &queue"));
  });
  // Whatever began with the end of the last run has its turn first.
  connect(controller_.get(), &RunController::stateChanged, this, &MainWindow::advanceQueue, Qt::QueuedConnection);
  connect(&library_, &RunLibrary::opened, this, [this] {
    if (!library_.store()->read_only()) queue_.open(library_.store()->folder() / "studio" / "queue");
  });
  connect(&library_, &RunLibrary::listed, this, &MainWindow::offerQueue);
  emit queue_.changed();
}

void MainWindow::enqueue() {
  if (document_.empty()) return;
  try {
    queue_.add({document_.experiment(), {}});
  } catch (const Error&) {
    showError(errorText(std::current_exception()));
    return;
  }
  advanceQueue();
}

void MainWindow::advanceQueue() {
  if (controller_->busy() || queue_.paused() || queue_.empty() || !isVisible()) return;
  RunRequest what;
  const auto entry = queue_.take();
  what.experiment = entry.experiment;
  what.resumeId = entry.resume_id;
  const Json data = document_.json().value("data", Json::object());
  const bool loaded = data == what.experiment.data && document_.folder() == what.experiment.folder &&
                      document_.experiment().seed == what.experiment.seed;
  if (loaded) what.dataset = loader_.dataset();
  // Nobody has asked for this just now: what is shown and told stays.
  preflight_.cancel();
  controller_->start(std::move(what));
}

void MainWindow::offerQueue() {
  if (std::exchange(queue_offered_, true)) return;
  if (!queue_.problem().isEmpty()) message_->tell(MessageBar::Tone::warning, queue_.problem());
  if (!queue_.kept()) return;
  QString interrupted;
  std::string id;
  if (const auto& left = queue_.interrupted()) {
    const auto* run = library_.model().find(left->run_id);
    if (run && run->state == RunState::stopped) {
      id = run->id;
      interrupted = runLabel(*run);
    } else if (!run && left->run_id.empty()) {
      // It had not begun: it is the next one again.
      queue_.requeueInterrupted();
    } else {
      queue_.forgetInterrupted();
    }
  }
  const int waiting = queue_.rowCount();
  const auto goOn = [this] {
    message_->dismiss();
    queue_.setPaused(false);
    advanceQueue();
  };
  if (!id.empty()) {
    const QString text = waiting > 0 ? tr("\u201c%1\u201d was interrupted; %n more wait in the queue.", "", waiting)
                                     : tr("\u201c%1\u201d was interrupted when Glassbench ended.");
    message_->tell(MessageBar::Tone::information, text.arg(interrupted), tr("Resume"), [this, id] {
      message_->dismiss();
      queue_.setPaused(false);
      resumeRun(QString::fromStdString(id));
    });
  } else if (waiting > 0) {
    message_->tell(MessageBar::Tone::information, tr("%n experiments wait in the queue.", "", waiting), tr("Go on"),
                   goOn);
  }
}

void MainWindow::stopRun() {
  controller_->stop();
  if (queue_.empty() || queue_.paused()) return;
  queue_.setPaused(true);
  message_->tell(MessageBar::Tone::information,
                 tr("The queue pauses: %n experiments still wait.", "", queue_.rowCount()), tr("Go on"), [this] {
                   message_->dismiss();
                   queue_.setPaused(false);
                   advanceQueue();
                 });
}

void MainWindow::showQueued(int row) {
  if (row < 0 || row >= queue_.rowCount()) return;
  const auto experiment = queue_.at(row).experiment;
  replaceDocument(experiment.to_json(), {}, experiment.folder);
}

}  // namespace gb
