#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
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

  /// A row of the dataset that somebody wants to see through the eyes of what is being learnt.
  struct Look {
    std::int64_t row = 0;
    /// Gets what there is to see, on the run's thread; must be quick. It is an answer to who asked and no event of the
    /// run: nobody else sees it, nothing records it.
    std::function<void(const Event&)> answer;
  };
  /// The run looks at this row at once (between two steps, and while it is paused), and again as it goes on, as far as
  /// the budget for watching allows, until another row takes its place. Nothing of the run itself changes.
  void look_at(Look look);
  void look_away();

  bool stopping() const { return stopping_.load(std::memory_order_relaxed); }
  bool paused() const;

 private:
  friend class RunContext;
  struct Due {
    bool look_changed = false;
    std::shared_ptr<const Look> look;  ///< where it changed: the row to look at from now on; null for none
    bool step = false;  ///< the step is to be taken; false when stopping, or when there was only a row to look at
    std::vector<Change> changes;  ///< due before the step
  };
  /// Waits while paused, until there is something to do.
  Due wait_and_take(std::int64_t step);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> attention_{false};  ///< something to look at under the mutex
  std::atomic<bool> stopping_{false};
  bool paused_ = false;
  std::int64_t steps_granted_ = 0;
  std::vector<Change> pending_;
  std::vector<Change> scheduled_;
  bool look_changed_ = false;
  std::shared_ptr<const Look> look_;
};

}  // namespace gb
