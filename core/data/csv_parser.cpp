#include "core/data/csv_parser.hpp"

#include <cstring>
#include <utility>

#include "core/data/dataset.hpp"

namespace gb {

CsvParser::CsvParser(char delimiter, char quote, std::string file_name, RowSink& sink)
    : name_(std::move(file_name)), sink_(sink) {
  if (csv_init(&parser_, 0) != 0) throw DataError("Cannot start reading " + name_);
  csv_set_delim(&parser_, static_cast<unsigned char>(delimiter));
  csv_set_quote(&parser_, static_cast<unsigned char>(quote));
  csv_set_blk_size(&parser_, 4096);
}

CsvParser::~CsvParser() {
  csv_free(&parser_);
}

void CsvParser::on_cell(void* text, std::size_t bytes, void* self) {
  auto& parser = *static_cast<CsvParser*>(self);
  if (parser.failure_) return;
  try {
    parser.text_.append(static_cast<const char*>(text), bytes);
    parser.ends_.push_back(parser.text_.size());
  } catch (...) {
    parser.failure_ = std::current_exception();
  }
}

void CsvParser::on_row(int, void* self) {
  static_cast<CsvParser*>(self)->end_row();
}

void CsvParser::end_row() {
  if (failure_) return;
  try {
    if (ends_.size() > most_columns)
      throw DataError(name_ + ", line " + std::to_string(row_line_) + ": " + std::to_string(ends_.size()) +
                      " cells; a table has at most " + std::to_string(most_columns) + " columns");
    cells_.clear();
    std::size_t begin = 0;
    for (const auto cell_end : ends_) {
      cells_.emplace_back(text_.data() + begin, cell_end - begin);
      begin = cell_end;
    }
    sink_.row(cells_, row_line_);
  } catch (...) {
    failure_ = std::current_exception();
  }
  text_.clear();
  ends_.clear();
  row_bytes_ = 0;
}

void CsvParser::check() const {
  if (failure_) std::rethrow_exception(failure_);
}

void CsvParser::feed_line(std::string_view line, bool ended) {
  // Outside of a row the current line is where the next one begins.
  if (row_bytes_ == 0) row_line_ = line_;
  row_bytes_ += line.size();
  if (row_bytes_ > most_row_bytes)
    throw DataError(name_ + ", line " + std::to_string(row_line_) + ": the row is longer than " +
                    std::to_string(most_row_bytes >> 20) +
                    " MB; this is not a table, or a quote is opened and never closed");
  if (csv_parse(&parser_, line.data(), line.size(), on_cell, on_row, this) != line.size()) {
    check();
    throw DataError(name_ + ", line " + std::to_string(line_) + ": " + csv_strerror(csv_error(&parser_)));
  }
  check();
  if (ended) ++line_;
  // State 0 is libcsv's "no row has begun": after a row, a blank line, or blanks.
  if (parser_.pstate == 0) row_bytes_ = 0;
}

void CsvParser::feed(std::string_view text) {
  while (!text.empty()) {
    // Lines end with LF, CR LF, or CR alone (old Macintosh files).
    if (std::exchange(after_return_, false) && text.front() == '\n') {
      feed_line(text.substr(0, 1), false);
      text.remove_prefix(1);
      continue;
    }
    const void* newline = std::memchr(text.data(), '\n', text.size());
    std::size_t length =
        newline ? static_cast<std::size_t>(static_cast<const char*>(newline) - text.data()) + 1 : text.size();
    if (const void* turn = std::memchr(text.data(), '\r', length)) {
      const auto at = static_cast<std::size_t>(static_cast<const char*>(turn) - text.data()) + 1;
      if (at == length)
        after_return_ = true;
      else if (text[at] != '\n')
        length = at;
    }
    const auto line = text.substr(0, length);
    feed_line(line, line.back() == '\n' || line.back() == '\r');
    text.remove_prefix(length);
  }
}

void CsvParser::finish() {
  // State 2 is libcsv's "inside a cell". Its own check for open quotes comes only with a mode that refuses much else.
  if (parser_.pstate == 2 && parser_.quoted)
    throw DataError(name_ + ", line " + std::to_string(row_line_) +
                    ": a quoted cell begins and is not closed before the end of the file");
  csv_fini(&parser_, on_cell, on_row, this);
  check();
}

}  // namespace gb
