#include "core/data/number_text.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace gb {
namespace {

std::optional<double> parse_plain(std::string_view text) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) return {};
  }
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || code == std::errc::invalid_argument) return {};
  // from_chars does not say whether the number was too large or too small; strtod does.
  if (code == std::errc::result_out_of_range) return std::strtod(std::string(text).c_str(), nullptr);
  // "nan(...)" is a number to from_chars, but to nobody who writes tables.
  if (std::isnan(value) && text.size() > 4) return {};
  return value;
}

}  // namespace

std::optional<double> parse_number(std::string_view text, char decimal) {
  if (text.empty()) return {};
  if (decimal == '.') return parse_plain(text);
  std::array<char, 64> buffer;
  if (text.size() > buffer.size()) return {};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') return {};
    buffer[i] = text[i] == decimal ? '.' : text[i];
  }
  return parse_plain({buffer.data(), text.size()});
}

std::string number_text(double value) {
  std::array<char, 64> buffer;
  const double magnitude = std::abs(value);
  const bool plain = magnitude == 0 || (magnitude >= 1e-5 && magnitude < 1e16);
  const auto result = plain
                          ? std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed)
                          : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

std::string date_text(double days) {
  if (!(std::abs(days) < 1e7)) return number_text(days);
  constexpr std::int64_t seconds_a_day = 86400;
  const auto seconds = static_cast<std::int64_t>(std::llround(days * static_cast<double>(seconds_a_day)));
  std::int64_t whole = seconds / seconds_a_day;
  std::int64_t rest = seconds % seconds_a_day;
  if (rest < 0) {
    rest += seconds_a_day;
    --whole;
  }
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{whole}}};
  std::array<char, 48> buffer;
  int length = std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                             static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  if (rest != 0)
    length +=
        std::snprintf(buffer.data() + length, buffer.size() - static_cast<std::size_t>(length), "T%02d:%02d:%02d",
                      static_cast<int>(rest / 3600), static_cast<int>(rest / 60 % 60), static_cast<int>(rest % 60));
  return {buffer.data(), static_cast<std::size_t>(length)};
}

}  // namespace gb
