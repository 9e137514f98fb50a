#pragma once

#include <csv.h>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace gb {

/// No row of a table is this long; a quote that is never closed is.
constexpr std::size_t most_row_bytes = 16u << 20;
/// More columns than any table has; each costs memory before it holds a value.
constexpr std::size_t most_columns = 200000;

/// Receives the rows of a text table one by one.
class RowSink {
 public:
  virtual ~RowSink() = default;
  /// `line` is the 1-based line that the row begins on. Cells are valid during the call.
  virtual void row(const std::vector<std::string_view>& cells, std::uint64_t line) = 0;
};

/// libcsv, fed line by line so that every row knows its line number. Blank lines are no rows.
class CsvParser {
 public:
  CsvParser(char delimiter, char quote, std::string file_name, RowSink& sink);
  ~CsvParser();
  CsvParser(const CsvParser&) = delete;
  CsvParser& operator=(const CsvParser&) = delete;

  /// The next piece of text, cut anywhere. Throws DataError for a row beyond most_row_bytes, and what the sink throws.
  void feed(std::string_view text);
  /// The last row, which may lack its line end. Throws DataError when a quoted cell is not closed.
  void finish();

 private:
  static void on_cell(void* text, std::size_t bytes, void* self);
  static void on_row(int terminator, void* self);
  void feed_line(std::string_view line, bool ended);
  void end_row();
  void check() const;

  csv_parser parser_;
  std::string name_;
  RowSink& sink_;
  std::string text_;               ///< cells of the current row, one after another
  std::vector<std::size_t> ends_;  ///< where each of them ends in text_
  std::vector<std::string_view> cells_;
  std::uint64_t line_ = 1;      ///< the line being fed
  std::uint64_t row_line_ = 1;  ///< the line the current row began on
  std::size_t row_bytes_ = 0;
  bool after_return_ = false;   ///< the last character was CR
  std::exception_ptr failure_;  ///< thrown by the sink; must not pass through libcsv's C frames
};

}  // namespace gb
