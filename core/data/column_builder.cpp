#include "core/data/column_builder.hpp"

#include <cmath>
#include <limits>

#include "core/data/number_text.hpp"

namespace gb {
namespace {

constexpr double missing_number = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_problems = 1000;
/// More different words than this are no categories; they are then kept as text without looking them up.
constexpr std::size_t most_words = 65536;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Few words that come again: what a column of categories looks like.
bool are_categories(std::size_t words, std::size_t known) {
  constexpr std::size_t most_levels = 1000;
  return words < known && (words <= 20 || (words <= most_levels && 4 * words <= known));
}

}  // namespace

void note(ImportReport& report, std::size_t line, const std::string& field, const std::string& message) {
  if (report.problems.size() < most_problems) report.problems.push_back({line, field, message});
}

ColumnBuilder::ColumnBuilder(std::string name, std::optional<ColumnType> type, const CellRules& rules,
                             ImportReport& report, Anonymiser* anonymiser)
    : name_(std::move(name)), type_(type), rules_(rules), report_(report), anonymiser_(anonymiser) {
  if (!type_) return;
  switch (*type_) {
    case ColumnType::numeric:
      mode_ = Mode::numbers;
      break;
    case ColumnType::date:
      mode_ = Mode::dates;
      orders_ = year_month_day | month_day_year | day_month_year;
      break;
    case ColumnType::categorical:
      mode_ = Mode::words;
      break;
    case ColumnType::text:
      mode_ = Mode::texts;
      break;
  }
}

void ColumnBuilder::reserve(std::size_t rows) {
  capacity_ = rows;
  if (mode_ == Mode::numbers) numbers_.reserve(rows);
  if (mode_ == Mode::words) codes_.reserve(rows);
}

void ColumnBuilder::begin_second_pass() {
  needs_second_pass_ = false;
  rows_ = 0;
  missing_ = 0;
  codes_.reserve(capacity_);
}

void ColumnBuilder::add(std::string_view cell, std::uint64_t line) {
  if (needs_second_pass_) return;
  cell = trimmed(cell);
  if (rules_.missing(cell)) {
    add_missing();
  } else {
    if (anonymiser_ && anonymiser_->replaces_cells()) cell = anonymiser_->replaced(cell);
    if (mode_ == Mode::undecided) decide(cell);
    if (mode_ == Mode::numbers)
      add_number(cell, line);
    else if (mode_ == Mode::dates)
      add_date(cell, line);
    else
      add_word(cell);
  }
  ++rows_;
}

/// The first cell that is not missing says what the column may be.
void ColumnBuilder::decide(std::string_view cell) {
  if (parse_number(cell, rules_.decimal)) {
    mode_ = Mode::numbers;
    numbers_.reserve(capacity_);
    numbers_.assign(rows_, missing_number);
  } else if (const auto date = parse_date(cell)) {
    mode_ = Mode::dates;
    orders_ = date->orders;
    dates_.assign(rows_, {});
  } else {
    mode_ = Mode::words;
    codes_.reserve(capacity_);
    codes_.assign(rows_, -1);
  }
}

void ColumnBuilder::add_missing() {
  ++missing_;
  switch (mode_) {
    case Mode::undecided:
      break;
    case Mode::numbers:
      numbers_.push_back(missing_number);
      break;
    case Mode::dates:
      dates_.emplace_back();
      break;
    case Mode::words:
      codes_.push_back(-1);
      break;
    case Mode::texts:
      texts_.emplace_back();
      break;
  }
}

std::string ColumnBuilder::quoted(std::string_view cell) const {
  return anonymiser_ ? std::string("a cell") : "'" + std::string(cell.substr(0, 40)) + "'";
}

void ColumnBuilder::refuse_cell(std::string_view cell, std::uint64_t line, const char* expected) {
  note(report_, line, name_, quoted(cell) + " is not " + expected + "; read as missing");
  add_missing();
}

void ColumnBuilder::turn_to_words() {
  mode_ = Mode::words;
  needs_second_pass_ = true;
  numbers_ = {};
  dates_ = {};
}

void ColumnBuilder::add_number(std::string_view cell, std::uint64_t line) {
  const auto number = parse_number(cell, rules_.decimal);
  if (!number) {
    if (type_) return refuse_cell(cell, line, "a number");
    return turn_to_words();
  }
  if (!std::isfinite(*number)) {
    if (!std::isnan(*number)) note(report_, line, name_, quoted(cell) + " is not finite; read as missing");
    return add_missing();
  }
  numbers_.push_back(*number);
}

void ColumnBuilder::add_date(std::string_view cell, std::uint64_t line) {
  const auto date = parse_date(cell);
  const auto common = static_cast<std::uint8_t>(date ? orders_ & date->orders : 0);
  if (common == 0) {
    if (type_) return refuse_cell(cell, line, "a date in the order of those above it");
    return turn_to_words();
  }
  orders_ = common;
  dates_.push_back(*date);
}

void ColumnBuilder::add_word(std::string_view cell) {
  if (mode_ == Mode::texts) {
    texts_.emplace_back(cell);
    return;
  }
  const auto next = static_cast<std::int32_t>(words_.size());
  const auto [place, added] = words_.try_emplace(std::string(cell), next);
  codes_.push_back(place->second);
  if (added && !type_ && words_.size() > most_words) words_to_texts();
}

void ColumnBuilder::words_to_texts() {
  std::vector<const std::string*> by_code(words_.size());
  for (const auto& [word, code] : words_) by_code[static_cast<std::size_t>(code)] = &word;
  texts_.reserve(std::max(capacity_, codes_.size()));
  for (const auto code : codes_) texts_.push_back(code < 0 ? std::string() : *by_code[static_cast<std::size_t>(code)]);
  codes_ = {};
  words_ = {};
  mode_ = Mode::texts;
}

Column ColumnBuilder::finish_dates(Column column) {
  column.type = ColumnType::date;
  const bool open = (orders_ & month_day_year) && (orders_ & day_month_year);
  if (open && missing_ < rows_)
    note(report_, 0, name_, "dates could be month/day/year or day/month/year; read as month/day/year");
  const auto order = (orders_ & year_month_day)   ? year_month_day
                     : (orders_ & month_day_year) ? month_day_year
                                                  : day_month_year;
  column.numbers.reserve(dates_.size());
  for (const auto& date : dates_) column.numbers.push_back(date.orders == 0 ? missing_number : date.days(order));
  dates_ = {};
  return column;
}

Column ColumnBuilder::finish_words(Column column) {
  const bool categories = type_ ? *type_ == ColumnType::categorical : are_categories(words_.size(), rows_ - missing_);
  if (!categories) {
    words_to_texts();
    column.type = ColumnType::text;
    column.texts = std::move(texts_);
    return column;
  }
  std::vector<std::string> values(words_.size());
  while (!words_.empty()) {
    auto node = words_.extract(words_.begin());
    values[static_cast<std::size_t>(node.mapped())] = std::move(node.key());
  }
  const bool given = column.type_given;
  column = categorical_column(std::move(column.name), std::move(values), std::move(codes_));
  column.type_given = given;
  return column;
}

Column ColumnBuilder::finish() {
  Column column;
  column.name = name_;
  column.type_given = type_.has_value();
  switch (mode_) {
    case Mode::undecided:
      column.numbers.assign(rows_, missing_number);
      return column;
    case Mode::numbers:
      column.numbers = std::move(numbers_);
      return column;
    case Mode::dates:
      return finish_dates(std::move(column));
    case Mode::words:
      return finish_words(std::move(column));
    case Mode::texts:
      column.type = ColumnType::text;
      column.texts = std::move(texts_);
      return column;
  }
  return column;
}

}  // namespace gb
