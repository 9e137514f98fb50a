#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "core/events/events.hpp"

namespace gb {

/// Between a run's thread, which must never wait, and the one thread that writes its events somewhere.
class EventQueue {
 public:
  /// Costs a lock that is nearly always free and an append. Wakes the reader only when very much has gathered.
  void push(Event event) {
    bool many = false;
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(std::move(event));
      many = events_.size() == many_events;
    }
    if (many) changed_.notify_one();
  }

  /// Wakes the reader for good: take() does not wait any more.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_one();
  }

  bool closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

  /// Waits `pause` (less when much has gathered or the queue is closed), then hands over all events in `taken`, whose
  /// old contents are dropped and whose memory is used again. `meanwhile` runs under the same lock, so that what it
  /// takes belongs to exactly these events. False once the queue is closed.
  template <class Meanwhile>
  bool take(std::vector<Event>& taken, std::chrono::milliseconds pause, Meanwhile&& meanwhile) {
    taken.clear();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, pause, [&] { return closed_ || events_.size() >= many_events; });
    taken.swap(events_);
    meanwhile();
    return !closed_;
  }
  bool take(std::vector<Event>& taken, std::chrono::milliseconds pause) {
    return take(taken, pause, [] {});
  }

  /// Runs `action` under the queue's lock.
  template <class Action>
  void locked(Action&& action) {
    const std::lock_guard lock(mutex_);
    action();
  }

 private:
  static constexpr std::size_t many_events = 100000;  // about 10 MB

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Event> events_;
  bool closed_ = false;
};

}  // namespace gb
