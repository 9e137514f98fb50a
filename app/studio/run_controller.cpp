#include "app/studio/run_controller.hpp"

#include <algorithm>
#include <utility>

#include "core/base/parallel.hpp"
#include "widgets/threads.hpp"

namespace gb {

RunController::RunController(QObject* parent) : QObject(parent) {
  connect(&bridge_, &RunBridge::news, this, &RunController::news);
  connect(&look_bridge_, &RunBridge::news, this, [this](const RunNews& news) { emit seen(news.views); });
  thread_ = std::thread([this] { work(); });
}

RunController::~RunController() {
  if (thread_.joinable()) {
    shutdown(std::chrono::milliseconds(0));
    if (thread_.joinable()) thread_.join();
  }
}

void RunController::setStore(std::shared_ptr<RunStore> store) {
  store_ = std::move(store);
}

int RunController::queued() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(queue_.size());
}

void RunController::setState(State state) {
  if (state_ == state) return;
  state_ = state;
  emit stateChanged();
}

template <class Call>
void RunController::onWindowThread(Call call) {
  callOnWindowThread(this, std::move(call));
}

void RunController::start(RunRequest request) {
  auto control = std::make_shared<RunControl>();
  if (request.startPaused) control->step();
  {
    const std::lock_guard lock(mutex_);
    if (quitting_) return;
    queue_.push_back({std::move(request), store_, std::move(control)});
  }
  changed_.notify_all();
  if (state_ == State::idle)
    setState(State::preparing);
  else
    emit stateChanged();
}

void RunController::pause() {
  if (state_ != State::running) return;
  {
    const std::lock_guard lock(mutex_);
    if (current_) current_->pause();
  }
  setState(State::paused);
}

void RunController::resume() {
  if (state_ != State::paused) return;
  {
    const std::lock_guard lock(mutex_);
    if (current_) current_->resume();
  }
  setState(State::running);
}

void RunController::step() {
  if (state_ != State::paused && state_ != State::running) return;
  {
    const std::lock_guard lock(mutex_);
    if (current_) current_->step();
  }
  setState(State::paused);
}

void RunController::stop() {
  if (state_ == State::idle) return;
  {
    const std::lock_guard lock(mutex_);
    // What waits goes too; a request that has not been taken up yet is cancelled where it stands.
    if (current_) queue_.clear();
    for (auto& job : queue_) job.control->stop();
    if (current_) current_->stop();
  }
  setState(State::stopping);
}

void RunController::setLive(const std::string& param, const Json& value) {
  const std::lock_guard lock(mutex_);
  if (current_) current_->set(param, value);
}

void RunController::lookAt(std::int64_t row) {
  const std::lock_guard lock(mutex_);
  if (current_) current_->look_at({row, [this](const Event& event) { look_bridge_.on_event(event); }});
}

void RunController::lookAway() {
  const std::lock_guard lock(mutex_);
  if (current_) current_->look_away();
}

bool RunController::shutdown(std::chrono::milliseconds limit) {
  {
    std::unique_lock lock(mutex_);
    quitting_ = true;
    queue_.clear();
    if (current_) current_->stop();
    changed_.notify_all();
    if (!changed_.wait_for(lock, limit, [&] { return ended_; }) && limit.count() > 0) {
      lock.unlock();
      thread_.detach();
      return false;
    }
    if (!ended_) return false;
  }
  if (thread_.joinable()) thread_.join();
  return true;
}

void RunController::work() {
  give_way();
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return quitting_ || !queue_.empty(); });
      if (quitting_) {
        ended_ = true;
        changed_.notify_all();
        return;
      }
      job = std::move(queue_.front());
      queue_.pop_front();
      current_ = job.control;
    }
    carryOut(job);
    release_threads();
    bool more = false;
    {
      const std::lock_guard lock(mutex_);
      current_.reset();
      more = !queue_.empty();
    }
    onWindowThread([this, more] { setState(more ? State::preparing : State::idle); });
  }
}

void RunController::carryOut(Job& job) {
  auto& control = *job.control;
  std::shared_ptr<RunOutcome> outcome;
  try {
    std::shared_ptr<const PreparedRun> prepared;
    SessionOptions options;
    const LoadProgress progress = [&](std::uint64_t done, std::uint64_t total) {
      onWindowThread([this, done, total] { emit loading(done, total); });
      return !control.stopping();
    };
    if (!job.request.resumeId.empty() && job.store) {
      prepared = prepare_recorded(*job.store, job.request.resumeId);
    } else if (!job.request.forkOf.empty() && job.store) {
      // The last view may be a step ahead of what was computed.
      const auto steps = job.store->get(job.request.forkOf).steps;
      options.fork = fork_point(*job.store, job.request.forkOf, std::min(job.request.forkStep, steps));
      prepared = prepare_fork(*options.fork, job.request.experiment, progress, job.request.dataset);
    } else {
      prepared = prepare_run(job.request.experiment, progress, job.request.dataset);
    }
    options.store = job.store.get();
    options.observer = &bridge_;
    options.resume_id = job.request.resumeId;
    options.history_mb = job.request.historyMb;
    options.started = [&](const std::string& id, const PreparedRun&) {
      onWindowThread([this, id, prepared, paused = job.request.startPaused, fork = options.fork] {
        // Stop may have been asked for while the data was being prepared.
        if (state_ == State::preparing) setState(paused ? State::paused : State::running);
        if (fork) emit forked(QString::fromStdString(fork->run), fork->step, fork->asked);
        emit started(QString::fromStdString(id), prepared);
      });
    };
    SessionResult result = run_session(prepared, control, options);
    outcome = std::make_shared<RunOutcome>();
    outcome->id = std::move(result.id);
    outcome->prepared = std::move(prepared);
    outcome->result = std::move(result.run);
  } catch (...) {
    const ErrorText error = errorText(std::current_exception());
    onWindowThread([this, error] {
      bridge_.flush();
      emit failed(error);
    });
    return;
  }
  onWindowThread([this, outcome] {
    bridge_.flush();
    look_bridge_.flush();
    emit finished(outcome);
  });
}

}  // namespace gb
