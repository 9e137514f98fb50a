#include "core/events/run_context.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace gb {
namespace {

const std::string look_view = "look";

/// Checkpoints come at first after this share of the time so far: short runs can be gone back into as well. These may
/// take only a part of what those take that a crash would cost.
constexpr double share_between_checkpoints = 1.0 / 32;
constexpr double part_for_early_ones = 1.0 / 3;

}  // namespace

RunContext::RunContext(RunObserver& observer, RunControl& control, Options options)
    : observer_(observer), control_(control), options_(std::move(options)) {}

bool RunContext::step(std::int64_t step) {
  if (look_ && see_ && looked_at_step_ != step && watch_due(look_view)) answer_look(step);
  RunControl::Due due;
  halted_ = halted_ || (options_.stop_before >= 0 && step >= options_.stop_before);
  if (halted_) {
    if (step > 0) save(step);
    return false;
  }
  while (!due.step) {
    due = control_.wait_and_take(step);
    if (control_.stopping()) {
      if (step > 0) save(step);
      return false;
    }
    if (due.look_changed) look_ = due.look;
    if (due.look_changed && look_) answer_look(step);
  }
  for (const auto& change : due.changes) {
    if (apply_) apply_(change.param, change.value);
    publish(change);
  }
  if (save_ && options_.keep_checkpoint && step > 0) {
    // Saving stays within the same share of the time as watching, so that long states do not slow the run.
    const auto now = Clock::now();
    const double since = std::chrono::duration<double>(now - saved_).count();
    const double cost = std::chrono::duration<double>(saving_).count();
    const double so_far = std::chrono::duration<double>(now - started_).count();
    const bool early = since < options_.checkpoint_seconds;
    const double share = early ? options_.watch_share * part_for_early_ones : options_.watch_share;
    if ((!early || since >= so_far * share_between_checkpoints) && since >= cost / share) save(step);
  }
  steps_begun_ = step + 1;
  return true;
}

void RunContext::all_done(std::int64_t step) {
  if (!stopped() && step > 0) save(step);
}

std::optional<double> RunContext::last(std::string_view series) const {
  for (const auto& [name, value] : last_values_)
    if (name == series) return value;
  return std::nullopt;
}

void RunContext::remember(const std::string& series, double value) {
  for (auto& [name, last] : last_values_) {
    if (name != series) continue;
    last = value;
    return;
  }
  last_values_.emplace_back(series, value);
}

void RunContext::save(std::int64_t step) {
  if (!save_ || !options_.keep_checkpoint) return;
  const auto start = Clock::now();
  State state = save_(step);
  state.step = step;
  options_.keep_checkpoint(std::move(state));
  saved_ = Clock::now();
  saving_ = saved_ - start;
}

void RunContext::answer_look(std::int64_t step) {
  if (!see_) return;
  const auto start = Clock::now();
  looked_at_step_ = step;
  try {
    for (const Event& event : see_(look_->row, step)) look_->answer(event);
  } catch (const std::exception&) {
    // A run does not end because somebody looked: there is nothing to be seen of this row.
    look_.reset();
  }
  watch_done(look_view, Clock::now() - start);
}

bool RunContext::watch_due(const std::string& view, bool force) {
  if (options_.watches && !options_.watches(view)) return false;
  const auto& watch = watches_[view];
  if (force || watch.count == 0 || control_.paused()) return true;
  const auto now = Clock::now();
  // All views share the budget evenly; a view that has just been made rests until its own cost is a small share of the
  // time since. Never more than 30 times a second: nobody sees more.
  const double since = std::chrono::duration<double>(now - watch.last).count();
  const double cost = std::chrono::duration<double>(watch.longest).count();
  const double share = options_.watch_share / static_cast<double>(std::max<std::size_t>(watches_.size(), 1));
  return since >= std::max(1.0 / 30, cost / share);
}

void RunContext::watch_done(const std::string& view, Clock::duration spent) {
  auto& watch = watches_[view];
  watch.spent += spent;
  // Forget an outlier (the first call warms caches) within a few calls.
  watch.longest = std::max(spent, watch.longest * 3 / 4);
  watch.last = Clock::now();
  ++watch.count;
}

}  // namespace gb
