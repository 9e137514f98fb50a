#pragma once

#include <string>
#include <vector>

#include "core/params/param_spec.hpp"

/// What the commands write: results to standard output, everything else to standard error.
namespace gb::cli {

/// One line on standard output.
void print_line(const std::string& text);
/// One JSON object on a line of its own.
void print_json(const Json& object);
/// Hands on what has been printed. False when nobody takes it any more (a closed pipe, a full disk).
bool flush_output();

/// Columns padded to the same width; the first row is the head. Numbers stand to the right.
std::string table_text(const std::vector<std::vector<std::string>>& rows);

/// Up to four significant digits after the point, as people read them: 0.9812, 139.8, 1.2e-05.
std::string number_text(double value);

/// "1:02:03", "4:05", "12 s".
std::string duration_text(double seconds);

/// "glassbench-cli: message (allowed: ...)" on standard error and, with `json`, a "failed" line on standard output.
void report_failure(const std::string& message, const std::string& field, const std::string& allowed, bool json);

/// A note on standard error.
void note(const std::string& text);

}  // namespace gb::cli
