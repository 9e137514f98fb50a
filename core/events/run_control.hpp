#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/events/events.hpp"

namespace gb {

/// The handle by which others steer a run from their own thread. All members may be called from any thread.
class RunControl {
 public:
  void pause();
  void resume();
  /// Runs `count` more steps, then pauses (again).
  void step(std::int64_t count = 1);
  /// The run ends after the current step, keeping a checkpoint.
  void stop();
  /// Changes a live parameter before the next step. The value must be validated already.
  void set(std::string param, Json value);
  /// Replays a journalled change: takes effect before step `step` at the latest moment, as it did originally.
  void schedule(Change change);

  bool stopping() const { return stopping_.load(std::memory_order_relaxed); }
  bool paused() const;

 private:
  friend class RunContext;
  /// Waits while paused. Returns the changes due before `step`; nothing when stopping.
  std::vector<Change> wait_and_take(std::int64_t step);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> attention_{false};  ///< something to look at under the mutex
  std::atomic<bool> stopping_{false};
  bool paused_ = false;
  std::int64_t steps_granted_ = 0;
  std::vector<Change> pending_;
  std::vector<Change> scheduled_;
};

}  // namespace gb
