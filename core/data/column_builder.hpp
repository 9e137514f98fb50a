#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/data/anonymise.hpp"
#include "core/data/cell_text.hpp"
#include "core/data/dataset.hpp"

namespace gb {

/// Notes what readers see, the first 1,000 of it.
void note(ImportReport& report, std::size_t line, const std::string& field, const std::string& message);

/// Makes one typed column from the cells of a text table. The type is that of all cells: numbers, else dates, else
/// categories where few values come again and again, else text. A column that began as numbers and turns out to hold
/// words needs a second pass over the file, because numbers do not remember how they were written.
class ColumnBuilder {
 public:
  /// `anonymiser`: what becomes of its cells; null where they stay. Nothing that is said then quotes a cell.
  ColumnBuilder(std::string name, std::optional<ColumnType> type, const CellRules& rules, ImportReport& report,
                Anonymiser* anonymiser = nullptr);

  void reserve(std::size_t rows);
  void add(std::string_view cell, std::uint64_t line);
  bool needs_second_pass() const { return needs_second_pass_; }
  void begin_second_pass();
  /// The column; the builder is empty afterwards.
  Column finish();

 private:
  enum class Mode { undecided, numbers, dates, words, texts };

  void decide(std::string_view cell);
  void add_missing();
  void add_number(std::string_view cell, std::uint64_t line);
  void add_date(std::string_view cell, std::uint64_t line);
  void add_word(std::string_view cell);
  void words_to_texts();
  void turn_to_words();
  std::string quoted(std::string_view cell) const;
  void refuse_cell(std::string_view cell, std::uint64_t line, const char* expected);
  Column finish_dates(Column column);
  Column finish_words(Column column);

  std::string name_;
  std::optional<ColumnType> type_;
  const CellRules& rules_;
  ImportReport& report_;
  Anonymiser* anonymiser_;
  Mode mode_ = Mode::undecided;
  bool needs_second_pass_ = false;
  std::size_t rows_ = 0;
  std::size_t capacity_ = 0;
  std::size_t missing_ = 0;
  std::vector<double> numbers_;
  std::vector<DateText> dates_;  ///< while their order is open
  std::uint8_t orders_ = 0;
  std::vector<std::int32_t> codes_;
  std::unordered_map<std::string, std::int32_t> words_;
  std::vector<std::string> texts_;
};

}  // namespace gb
