#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/data/table_file.hpp"

namespace gb {

/// How a text table is written.
struct CsvDialect {
  char delimiter = ',';
  char quote = '"';
  char decimal = '.';
  bool header = true;
};

/// Judges by the beginning of a file, given what the user named. `sample` is UTF-8 and ends with a whole line where
/// the file goes on. The delimiter is the one that gives the most rows of one length and the most numbers; the first
/// row is a header when none of its cells is a number or a date and it does not look like the rows below it.
CsvDialect detect_dialect(std::string_view sample, const TableParams& params);

/// The one character that an option such as "\t" or "tab" means; empty when it is none.
std::optional<char> one_character(const std::string& text);

}  // namespace gb
