#include "app/studio/pace.hpp"

namespace gb {

void Pace::restart() {
  since_.invalidate();
  first_ = last_ = -1;
  seconds_ = 0;
}

void Pace::pause() {
  restart();
}

void Pace::take(std::int64_t step) {
  if (!since_.isValid() || step < last_) {
    since_.start();
    first_ = last_ = step;
    return;
  }
  last_ = step;
  seconds_ = double(since_.nsecsElapsed()) / 1e9;
}

std::optional<double> Pace::secondsLeft(std::int64_t step, std::int64_t total) const {
  if (seconds_ < 0.5 || last_ <= first_ || total <= step) return std::nullopt;
  return double(total - step) * seconds_ / double(last_ - first_);
}

}  // namespace gb
