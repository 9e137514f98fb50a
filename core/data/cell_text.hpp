#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gb {

/// How cells of a text table are read.
struct CellRules {
  /// `markers` null: the common ones (NA, N/A, NaN, null, ?, in any case). An empty cell is always missing.
  CellRules(const std::optional<std::vector<std::string>>& markers, char decimal_mark);

  bool missing(std::string_view cell) const;

  char decimal;

 private:
  bool common_;
  std::vector<std::string> markers_;
};

/// In which order a date's three numbers stand. A column of dates has one order.
enum DateOrder : std::uint8_t { year_month_day = 1, month_day_year = 2, day_month_year = 4 };

/// A date as written: "2024-02-29", "29.2.2024", "2/29/2024", with or without a time of day. Which orders it allows is
/// a set of bits: 3/4/2024 may be both March and April.
struct DateText {
  std::int32_t first = 0, second = 0, third = 0;
  double day_fraction = 0;
  std::uint8_t orders = 0;

  /// Days since 1970-01-01 in the given order.
  double days(DateOrder order) const;
};
std::optional<DateText> parse_date(std::string_view text);

}  // namespace gb
