#pragma once

#include <QObject>
#include <QString>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "app/studio/error_text.hpp"
#include "app/studio/run_bridge.hpp"
#include "core/run/session.hpp"

namespace gb {

/// A run to be made: a new one of `experiment`, or the rest of a recorded one.
struct RunRequest {
  Experiment experiment;
  std::shared_ptr<const Dataset> dataset;  ///< already loaded, or null
  std::string resumeId;                    ///< go on with this run instead
  std::string forkOf;                      ///< or start where this run was at, or shortly before, `forkStep`
  std::int64_t forkStep = 0;
  double historyMb = usual_history_mb;  ///< room for its past, where the experiment does not say
  bool startPaused = false;             ///< take one step, then pause
};

/// How a run ended.
struct RunOutcome {
  std::string id;  ///< empty when it was not recorded
  std::shared_ptr<const PreparedRun> prepared;
  RunResult result;
};

/// Owns the compute thread and steers what runs on it: one run at a time, the others queue. No member waits, except
/// shutdown().
class RunController : public QObject {
  Q_OBJECT
 public:
  enum class State { idle, preparing, running, paused, stopping };

  explicit RunController(QObject* parent = nullptr);
  ~RunController() override;

  /// Where further runs are recorded; null: nowhere.
  void setStore(std::shared_ptr<RunStore> store);

  State state() const { return state_; }
  bool busy() const { return state_ != State::idle; }
  /// Requests waiting behind the current run.
  int queued() const;

  void start(RunRequest request);
  void pause();
  void resume();
  void step();
  /// Ends the current run, keeping its checkpoint, and forgets the queue.
  void stop();
  /// The value must be validated.
  void setLive(const std::string& param, const Json& value);
  /// What the current run makes of a row comes with seen(), again and again as it learns, until lookAway().
  void lookAt(std::int64_t row);
  void lookAway();
  /// Stops everything and waits for the thread to end, at most `limit`. False when it has not: it is left behind, and
  /// the process should end (the run reads as stopped, its last checkpoint is at most a second old).
  bool shutdown(std::chrono::milliseconds limit);

 signals:
  void stateChanged();
  /// The run has its data and its id and is about to take its first step.
  void started(const QString& id, const std::shared_ptr<const gb::PreparedRun>& prepared);
  /// Before started(): the run goes on from `step` of a recorded one, the nearest checkpoint before `asked`.
  void forked(const QString& parent, qint64 step, qint64 asked);
  void loading(quint64 done, quint64 total);
  void news(const gb::RunNews& news);
  void seen(const std::vector<gb::Event>& views);
  void finished(const std::shared_ptr<const gb::RunOutcome>& outcome);
  /// The run did not start, or could not be recorded.
  void failed(const gb::ErrorText& error);

 private:
  struct Job {
    RunRequest request;
    std::shared_ptr<RunStore> store;  ///< null: not recorded
    std::shared_ptr<RunControl> control;
  };

  void work();
  void carryOut(Job& job);
  void setState(State state);
  template <class Call>
  void onWindowThread(Call call);

  std::shared_ptr<RunStore> store_;
  RunBridge bridge_;
  RunBridge look_bridge_;  ///< what is seen of a row, apart from what the run tells
  State state_ = State::idle;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;                ///< guarded by mutex_
  std::shared_ptr<RunControl> current_;  ///< guarded by mutex_; steers the front run
  bool quitting_ = false;                ///< guarded by mutex_
  bool ended_ = false;                   ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace gb
