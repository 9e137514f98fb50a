#pragma once

#include <QString>
#include <cstdint>

namespace gb {

/// Numbers as people and files read them. The same in every language: point for decimals, comma between thousands.

/// "1,032"
QString wholeText(std::int64_t value);
/// For reading: "0.041", "12.3", "1,204,000", "2.1e-5"; "–" where it is not a number.
QString valueText(double value);
/// The shortest digits that read back to the same number, for files and editors: "0.001", "1e-5", "64".
QString exactText(double value);
/// A tick of an axis whose ticks are `interval` apart: all ticks of one axis get the same decimals.
QString tickText(double value, double interval);
/// The same text with every digit replaced by the widest one: what to measure, so that nothing moves as digits change.
QString widestDigits(QString text);

}  // namespace gb
