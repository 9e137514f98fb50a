#include "widgets/plot/axis_ticks.hpp"

#include <algorithm>
#include <cmath>

#include "widgets/number_text.hpp"

namespace gb {

double niceInterval(double length, int most, bool whole) {
  if (!(length > 0) || !std::isfinite(length)) return 1;
  const double least = length / std::max(most, 1);
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0, 10.0, 20.0}) {
    const double interval = factor * power;
    if (interval < least * (1 - 1e-9)) continue;
    if (whole && (interval < 1 || interval != std::floor(interval))) continue;
    return interval;
  }
  return whole ? std::max(1.0, 10 * power) : 10 * power;
}

Span niceSpan(const Span& data, int most, bool whole) {
  Span wanted = data;
  if (wanted.low >= 0 && wanted.low <= 0.5 * wanted.high) wanted.low = 0;
  if (wanted.high <= 0 && wanted.high >= 0.5 * wanted.low) wanted.high = 0;
  if (!(wanted.high > wanted.low)) {
    const double room = wanted.high == 0 ? 1 : std::abs(wanted.high) * 0.1;
    wanted = whole ? Span{wanted.low, wanted.low + 1} : Span{wanted.low - room, wanted.high + room};
    if (data.low >= 0) wanted.low = std::max(wanted.low, 0.0);
  }
  const double interval = niceInterval(wanted.length(), most, whole);
  // A value a hair beyond a tick does not deserve an interval of its own.
  return {std::floor(wanted.low / interval + 1e-6) * interval, std::ceil(wanted.high / interval - 1e-6) * interval};
}

std::vector<Tick> ticks(const Span& shown, int most, bool whole) {
  std::vector<Tick> made;
  const double interval = niceInterval(shown.length(), most, whole);
  const double first = std::ceil(shown.low / interval - 1e-6);
  const double last = std::floor(shown.high / interval + 1e-6);
  for (double i = first; i <= last && made.size() < 1000; ++i)
    made.push_back({i * interval, tickText(i * interval, interval)});
  return made;
}

Span niceLogSpan(const Span& data) {
  if (data.length() < 0.05) return {std::floor((data.low - 0.1) * 10) / 10, std::ceil((data.high + 0.1) * 10) / 10};
  if (data.length() > 1.5) return {std::floor(data.low + 1e-6), std::ceil(data.high - 1e-6)};
  // Less than two decades: ends at 1, 2 or 5 times a power of ten.
  const auto below = [](double exponent) {
    const double power = std::floor(exponent + 1e-9);
    const double rest = exponent - power + 1e-9;
    return power + (rest >= std::log10(5.0) ? std::log10(5.0) : rest >= std::log10(2.0) ? std::log10(2.0) : 0.0);
  };
  return {below(data.low), -below(-data.high)};
}

std::vector<Tick> logTicks(const Span& shown, int most) {
  std::vector<Tick> made;
  const double first = std::floor(shown.low);
  const double decades = std::max(1.0, std::ceil(shown.length() / std::max(most, 1)));
  const bool fine = shown.length() <= most / 3.0;
  for (double power = first; power <= shown.high + 1e-6; power += decades)
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor > 1 && !fine) break;
      const double at = power + std::log10(factor);
      if (at < shown.low - 1e-6 || at > shown.high + 1e-6) continue;
      const double value = factor * std::pow(10.0, power);
      made.push_back({at, value >= 1e-4 && value < 1e7 ? tickText(value, std::min(value, 1.0)) : exactText(value)});
    }
  return made;
}

const Span& SteadySpan::follow(const Span& data, const Span& wanted) {
  if (!known_ || !shown_.contains(data) || shown_.length() > 2.2 * wanted.length()) shown_ = wanted;
  known_ = true;
  return shown_;
}

}  // namespace gb
