#include "core/train/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gb {
namespace {

/// From `first` to `last` along half a cosine.
double eased(double first, double last, double share) {
  return last + (first - last) * (1 + std::cos(std::numbers::pi * share)) / 2;
}

/// How far the running cycle is, 0 to 1, at a time in epochs.
double cycle_share(double time, double length, double factor) {
  if (factor <= 1) return std::fmod(time, length) / length;
  while (time >= length) {
    time -= length;
    length *= factor;
  }
  return time / length;
}

double one_cycle(const ScheduleSettings& settings, double step, double total) {
  const double top = settings.cycle_rise * total - 1;
  const double last = std::max(total - 1, 1.0);
  if (step < top) return eased(settings.cycle_start, 1, step / top);
  const double from = std::max(top, 0.0);
  if (last <= from) return 1;
  return eased(1, settings.final_share, std::min((step - from) / (last - from), 1.0));
}

}  // namespace

Schedule::Schedule(const ScheduleSettings& settings, std::int64_t steps_per_epoch, std::int64_t epochs)
    : settings_(settings), steps_per_epoch_(steps_per_epoch) {
  const std::int64_t all = steps_per_epoch * epochs;
  const double wanted = settings.warmup_epochs * static_cast<double>(steps_per_epoch);
  warmup_ = static_cast<std::int64_t>(std::min(std::round(wanted), static_cast<double>(all)));
  total_ = std::max<std::int64_t>(all - warmup_, 1);
}

double Schedule::factor(std::int64_t step) const {
  const double warm = step < warmup_ ? static_cast<double>(step + 1) / static_cast<double>(warmup_) : 1;
  const auto since = static_cast<double>(std::max<std::int64_t>(step - warmup_, 0));
  const auto total = static_cast<double>(total_);
  const double epochs = since / static_cast<double>(steps_per_epoch_);
  const double share = std::min(since / total, 1.0);
  switch (settings_.schedule) {
    case ScheduleKind::constant:
    case ScheduleKind::plateau:
      return warm;
    case ScheduleKind::step:
      return warm * std::pow(settings_.decay_factor, std::floor(epochs / settings_.decay_every));
    case ScheduleKind::exponential:
      return warm * std::pow(settings_.decay_factor, epochs / settings_.decay_every);
    case ScheduleKind::polynomial:
      return warm *
             (settings_.final_share + (1 - settings_.final_share) * std::pow(1 - share, settings_.polynomial_power));
    case ScheduleKind::cosine:
      return warm * eased(1, settings_.final_share,
                          settings_.restart_epochs > 0
                              ? cycle_share(epochs, settings_.restart_epochs, settings_.restart_factor)
                              : share);
    case ScheduleKind::one_cycle:
      return warm * one_cycle(settings_, since, total);
  }
  return warm;
}

Plateau Schedule::after_epoch(const Plateau& before, double loss) const {
  Plateau after = before;
  if (settings_.schedule != ScheduleKind::plateau) return after;
  if (loss < before.best - settings_.plateau_threshold * std::abs(before.best) || std::isinf(before.best)) {
    after.best = loss;
    after.waited = 0;
    return after;
  }
  if (++after.waited > settings_.plateau_patience) {
    after.factor *= settings_.decay_factor;
    after.waited = 0;
  }
  return after;
}

}  // namespace gb
