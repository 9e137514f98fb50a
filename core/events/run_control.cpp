#include "core/events/run_control.hpp"

#include <algorithm>
#include <utility>

namespace gb {

void RunControl::pause() {
  const std::lock_guard lock(mutex_);
  paused_ = true;
  steps_granted_ = 0;
  attention_ = true;
}

void RunControl::resume() {
  const std::lock_guard lock(mutex_);
  paused_ = false;
  steps_granted_ = 0;
  changed_.notify_all();
}

void RunControl::step(std::int64_t count) {
  const std::lock_guard lock(mutex_);
  paused_ = true;
  steps_granted_ += count;
  attention_ = true;
  changed_.notify_all();
}

void RunControl::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  attention_ = true;
  changed_.notify_all();
}

void RunControl::set(std::string param, Json value) {
  const std::lock_guard lock(mutex_);
  pending_.push_back({0, std::move(param), std::move(value)});
  attention_ = true;
}

void RunControl::schedule(Change change) {
  const std::lock_guard lock(mutex_);
  scheduled_.push_back(std::move(change));
  attention_ = true;
}

bool RunControl::paused() const {
  const std::lock_guard lock(mutex_);
  return paused_ && steps_granted_ == 0;
}

void RunControl::look_at(Look look) {
  const std::lock_guard lock(mutex_);
  look_ = std::make_shared<const Look>(std::move(look));
  look_changed_ = true;
  attention_ = true;
  changed_.notify_all();
}

void RunControl::look_away() {
  const std::lock_guard lock(mutex_);
  look_.reset();
  look_changed_ = true;
  attention_ = true;
  changed_.notify_all();
}

RunControl::Due RunControl::wait_and_take(std::int64_t step) {
  Due due;
  due.step = true;
  if (!attention_.load(std::memory_order_acquire)) return due;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopping_ || !paused_ || steps_granted_ > 0 || look_changed_; });
  due.look_changed = std::exchange(look_changed_, false);
  if (due.look_changed) due.look = look_;
  due.step = !stopping_ && (!paused_ || steps_granted_ > 0);
  if (!due.step) return due;
  if (paused_) --steps_granted_;
  const auto later = std::stable_partition(scheduled_.begin(), scheduled_.end(),
                                           [&](const Change& change) { return change.step <= step; });
  due.changes.assign(std::make_move_iterator(scheduled_.begin()), std::make_move_iterator(later));
  scheduled_.erase(scheduled_.begin(), later);
  for (auto& change : pending_) due.changes.push_back(std::move(change));
  pending_.clear();
  for (auto& change : due.changes) change.step = step;
  attention_ = paused_ || !scheduled_.empty();
  return due;
}

}  // namespace gb
