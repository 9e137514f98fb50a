#pragma once

#include <cstdint>
#include <string>

/// Numbers as they stand in sentences that people read.
namespace gb {

/// "1,234,567".
std::string grouped(std::int64_t number);
/// Four significant digits.
std::string short_number(double value);

}  // namespace gb
