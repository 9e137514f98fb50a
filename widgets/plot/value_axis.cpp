#include "widgets/plot/value_axis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/number_text.hpp"

namespace gb {
namespace {

constexpr double apart = 0.1;  ///< length of a logarithmic axis that is kept for what has no logarithm
constexpr int most_intervals = 6;

}  // namespace

QString ValueColumn::text(std::size_t item) const {
  const double value = item < values.size() ? values[item] : std::numeric_limits<double>::quiet_NaN();
  if (!std::isfinite(value)) return QStringLiteral("\u2013");
  if (categories.isEmpty()) return valueText(value);
  return categories.value(static_cast<qsizetype>(value));
}

ValueAxis::ValueAxis(const ValueColumn& column, bool log_scale) : categories_(column.categories) {
  double low = INFINITY, high = -INFINITY, low_positive = INFINITY;
  for (const double value : column.values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
    if (value > 0) low_positive = std::min(low_positive, value);
  }
  if (!categories_.isEmpty()) {
    // Half a place of air at either end.
    span_ = {-0.5, static_cast<double>(categories_.size()) - 0.5};
    return;
  }
  if (!(low <= high)) return;
  log_ = log_scale && high > 0;
  if (log_) {
    span_ = niceLogSpan({std::log10(low_positive), std::log10(high)});
    start_ = low <= 0 ? apart : 0;
    return;
  }
  // Ends of whole ticks, without reaching for a zero that is far away.
  if (high > low) {
    const double interval = niceInterval(high - low, most_intervals);
    span_ = {std::floor(low / interval + 1e-6) * interval, std::ceil(high / interval - 1e-6) * interval};
  } else {
    const double room = high == 0 ? 1 : std::abs(high) * 0.1;
    span_ = {low - room, high + room};
  }
}

double ValueAxis::position(double value) const {
  if (!std::isfinite(value)) return std::numeric_limits<double>::quiet_NaN();
  if (!log_) return (value - span_.low) / span_.length();
  if (value <= 0) return 0;
  return start_ + (1 - start_) * (std::log10(value) - span_.low) / span_.length();
}

QString ValueAxis::textAt(double position) const {
  if (!categories_.isEmpty()) {
    const double place = std::round(span_.low + position * span_.length());
    return categories_.value(std::clamp<qsizetype>(static_cast<qsizetype>(place), 0, categories_.size() - 1));
  }
  if (!log_) return valueText(span_.low + position * span_.length());
  if (position < start_) return QStringLiteral("\u2264 0");
  return valueText(std::pow(10.0, span_.low + (position - start_) / (1 - start_) * span_.length()));
}

std::vector<Tick> ValueAxis::ticks(int most) const {
  std::vector<Tick> made;
  if (!categories_.isEmpty()) {
    const auto every = std::max<qsizetype>(1, (categories_.size() + most - 1) / std::max(most, 1));
    for (qsizetype i = 0; i < categories_.size(); i += every)
      made.push_back({position(static_cast<double>(i)), categories_[i]});
    return made;
  }
  if (log_ && start_ > 0) made.push_back({0, QStringLiteral("\u2264 0")});
  for (const Tick& tick : log_ ? logTicks(span_, most) : gb::ticks(span_, most)) {
    const double part = (tick.at - span_.low) / span_.length();
    made.push_back({start_ + (1 - start_) * part, tick.text});
  }
  return made;
}

}  // namespace gb
