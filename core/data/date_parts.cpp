#include "core/data/date_parts.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace gb {

std::string_view date_part_name(DatePart part) {
  constexpr std::array<std::string_view, 6> names{"year", "month", "day", "weekday", "day of year", "hour"};
  return names[static_cast<std::size_t>(part)];
}

double date_part(DatePart part, double days) {
  if (std::isnan(days)) return days;
  constexpr std::int64_t day_seconds = 86400;
  const double cut = std::clamp(days, -most_days, most_days);
  const auto seconds = static_cast<std::int64_t>(std::floor(cut * day_seconds + 0.5));
  const std::int64_t whole = seconds >= 0 ? seconds / day_seconds : -((day_seconds - 1 - seconds) / day_seconds);
  const std::chrono::sys_days date{std::chrono::days(whole)};
  const std::chrono::year_month_day parts(date);
  switch (part) {
    case DatePart::year:
      return static_cast<int>(parts.year());
    case DatePart::month:
      return static_cast<unsigned>(parts.month());
    case DatePart::day:
      return static_cast<unsigned>(parts.day());
    case DatePart::weekday:
      return std::chrono::weekday(date).iso_encoding() - 1;
    case DatePart::day_of_year:
      return static_cast<double>((date - std::chrono::sys_days(parts.year() / 1 / 1)).count() + 1);
    case DatePart::hour:
      return static_cast<double>((seconds - whole * day_seconds) / 3600);
  }
  return 0;
}

DateCycle date_cycle(DatePart part) {
  switch (part) {
    case DatePart::month:
      return {12, 1};
    case DatePart::day:
      return {31, 1};
    case DatePart::weekday:
      return {7, 0};
    case DatePart::day_of_year:
      return {366, 1};
    default:
      return {24, 0};
  }
}

double date_part(DatePart part, Wave wave, double days) {
  const double value = date_part(part, days);
  if (wave == Wave::none) return value;
  const DateCycle cycle = date_cycle(part);
  const double angle = 2 * std::numbers::pi * (value - cycle.first) / cycle.length;
  return wave == Wave::sine ? std::sin(angle) : std::cos(angle);
}

}  // namespace gb
