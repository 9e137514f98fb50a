#pragma once

#include <string_view>

namespace gb {

enum class DatePart { year, month, day, weekday, day_of_year, hour };
std::string_view date_part_name(DatePart part);

/// What is computed from a part: itself, or where it stands in its cycle (the last month is next to the first).
enum class Wave { none, sine, cosine };

/// A part of a date given as days since 1970-01-01 (Gregorian, years about -28,000 to 32,000; what is beyond counts as
/// the last). Months and days begin at 1, weekdays at 0 (Monday), hours at 0; a time is rounded to seconds. NaN stays.
double date_part(DatePart part, double days);
/// The same as the sine or cosine of its angle; `wave` none gives the part itself. A year has no cycle.
double date_part(DatePart part, Wave wave, double days);

/// How many values a cyclic part has, and the first of them.
struct DateCycle {
  double length, first;
};
DateCycle date_cycle(DatePart part);

/// Days are cut to this and its negative.
constexpr double most_days = 10'000'000;

}  // namespace gb
