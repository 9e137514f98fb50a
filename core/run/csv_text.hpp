#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/run/run_store.hpp"

/// Tables as comma-separated text (RFC 4180, lines end in a bare newline).
namespace gb {

/// A cell that holds text. What a spreadsheet would run as a formula (it starts with = + - @ TAB CR and is no number)
/// gets a ' in front; quotes where commas, quotes or line ends ask for them.
std::string csv_cell(std::string_view text);
/// A cell that holds a number, in the fewest digits that read back to the same one; empty when it is not finite.
std::string csv_cell(double value);
std::string csv_cell(float value);

/// "series,step,value": one line per recorded point, curve after curve.
std::string series_csv(std::span<const SeriesData> series);

}  // namespace gb
