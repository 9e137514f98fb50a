#include "core/data/cell_text.hpp"

#include <algorithm>
#include <chrono>

namespace gb {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// `lower` is in lower case.
bool equal_without_case(std::string_view text, std::string_view lower) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; };
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), same);
}

/// Reads digits from the front of `text`; -1 when there are none or more than `most`.
std::int32_t take_number(std::string_view& text, std::size_t most) {
  std::size_t length = 0;
  std::int32_t value = 0;
  while (length < text.size() && is_digit(text[length])) {
    if (length == most) return -1;
    value = value * 10 + (text[length] - '0');
    ++length;
  }
  text.remove_prefix(length);
  return length == 0 ? -1 : value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::chrono::year_month_day calendar_day(const DateText& date, DateOrder order) {
  using namespace std::chrono;
  const bool year_first = order == DateOrder::year_month_day;
  const auto y = year_first ? date.first : date.third;
  const auto m = year_first ? date.second : order == DateOrder::month_day_year ? date.first : date.second;
  const auto d = year_first ? date.third : order == DateOrder::month_day_year ? date.second : date.first;
  return {year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)}};
}

/// "12:34", "12:34:56", "12:34:56.789", then nothing, "Z" or "+01:00", as a fraction of a day (UTC).
std::optional<double> parse_time(std::string_view text) {
  const auto hours = take_number(text, 2);
  if (hours < 0 || hours > 23 || !take(text, ':')) return {};
  const auto minutes = take_number(text, 2);
  if (minutes < 0 || minutes > 59) return {};
  double seconds = 0;
  if (take(text, ':')) {
    const auto whole = take_number(text, 2);
    if (whole < 0 || whole > 60) return {};
    seconds = whole;
    if (take(text, '.')) {
      double unit = 0.1;
      if (text.empty() || !is_digit(text.front())) return {};
      while (!text.empty() && is_digit(text.front())) {
        seconds += unit * (text.front() - '0');
        unit /= 10;
        text.remove_prefix(1);
      }
    }
  }
  double offset = 0;
  if (!take(text, 'Z') && !text.empty()) {
    const double sign = text.front() == '-' ? -1 : 1;
    if (!take(text, '+') && !take(text, '-')) return {};
    const auto offset_hours = take_number(text, 2);
    take(text, ':');
    const auto offset_minutes = text.empty() ? 0 : take_number(text, 2);
    if (offset_hours < 0 || offset_hours > 14 || offset_minutes < 0 || offset_minutes > 59) return {};
    offset = sign * (offset_hours * 60 + offset_minutes);
  }
  if (!text.empty()) return {};
  return (hours * 3600 + (minutes - offset) * 60 + seconds) / 86400;
}

}  // namespace

CellRules::CellRules(const std::optional<std::vector<std::string>>& markers, char decimal_mark)
    : decimal(decimal_mark), common_(!markers), markers_(markers.value_or(std::vector<std::string>{})) {}

bool CellRules::missing(std::string_view cell) const {
  if (cell.empty()) return true;
  if (!common_) return std::find(markers_.begin(), markers_.end(), cell) != markers_.end();
  for (const std::string_view marker : {"?", "na", "n/a", "nan", "null", "#n/a"})
    if (equal_without_case(cell, marker)) return true;
  return false;
}

double DateText::days(DateOrder order) const {
  const std::chrono::sys_days days{calendar_day(*this, order)};
  return static_cast<double>(days.time_since_epoch().count()) + day_fraction;
}

std::optional<DateText> parse_date(std::string_view text) {
  // The shortest is 1/1/2024; most cells that are no date leave here.
  if (text.size() < 8 || text.size() > 40 || !is_digit(text.front())) return {};
  DateText date;
  std::string_view rest = text;
  date.first = take_number(rest, 4);
  if (date.first < 0 || rest.empty()) return {};
  const char separator = rest.front();
  if (separator != '-' && separator != '/' && separator != '.') return {};
  const std::size_t first_digits = text.size() - rest.size();
  rest.remove_prefix(1);
  date.second = take_number(rest, 2);
  if (date.second < 0 || !take(rest, separator)) return {};
  const std::size_t before_third = rest.size();
  date.third = take_number(rest, 4);
  const std::size_t third_digits = before_third - rest.size();
  if (date.third < 0) return {};
  if (!rest.empty()) {
    if (!take(rest, 'T') && !take(rest, ' ')) return {};
    const auto time = parse_time(rest);
    if (!time) return {};
    date.day_fraction = *time;
  }
  const auto allow = [&](DateOrder order) {
    if (calendar_day(date, order).ok()) date.orders = static_cast<std::uint8_t>(date.orders | order);
  };
  if (first_digits == 4 && third_digits <= 2) {
    allow(DateOrder::year_month_day);
  } else if (first_digits <= 2 && third_digits == 4) {
    // Points part day, month and year in that order wherever they are used.
    if (separator != '.') allow(DateOrder::month_day_year);
    allow(DateOrder::day_month_year);
  }
  if (date.orders == 0) return {};
  return date;
}

}  // namespace gb
