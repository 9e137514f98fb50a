#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gb {

/// The number that `text` is, the whole of it: decimal or scientific, with sign; "nan" and "inf" are read as such, as
/// is what is too large for a double. Empty when it is anything else. `decimal` is '.' or ','.
std::optional<double> parse_number(std::string_view text, char decimal = '.');

/// The shortest digits that read back to the same number, without an exponent where that stays readable.
std::string number_text(double value);

/// Days since 1970-01-01 as ISO 8601: "2024-02-29", with the time of day where there is one.
std::string date_text(double days);

}  // namespace gb
