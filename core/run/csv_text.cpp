#include "core/run/csv_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "core/base/table_text.hpp"

namespace gb {
namespace {

template <class T>
std::string shortest(T value) {
  if (!std::isfinite(value)) return {};
  std::array<char, 40> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), result.ptr};
}

}  // namespace

std::string csv_cell(std::string_view text) {
  std::string cell = harmless_cell(text);
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char letter : cell) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

std::string csv_cell(double value) {
  return shortest(value);
}

std::string csv_cell(float value) {
  return shortest(value);
}

std::string series_csv(std::span<const SeriesData> series) {
  std::string text = "series,step,value\n";
  for (const auto& curve : series) {
    const std::string name = csv_cell(curve.name) + ',';
    for (std::size_t i = 0; i < curve.steps.size(); ++i)
      text += name + std::to_string(curve.steps[i]) + ',' + csv_cell(curve.values[i]) + '\n';
  }
  return text;
}

}  // namespace gb
