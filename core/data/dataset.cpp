#include "core/data/dataset.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "core/base/file.hpp"
#include "core/data/number_text.hpp"

namespace gb {
namespace {

bool is_whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size();
}

/// Positions of `values` in the order of levels.
std::vector<std::size_t> level_order(const std::vector<std::string>& values) {
  std::vector<double> numbers;
  for (const auto& value : values) {
    const auto number = parse_number(value);
    if (!number || std::isnan(*number)) break;
    numbers.push_back(*number);
  }
  const bool all_numbers = numbers.size() == values.size();
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (all_numbers && numbers[a] != numbers[b]) return numbers[a] < numbers[b];
    return values[a] < values[b];
  });
  return order;
}

/// Every value goes into the hash with its length, so that no two contents give the same bytes.
class ContentHash {
 public:
  void add(std::uint64_t number) { hash_.add(&number, sizeof number); }
  void add(std::string_view text) {
    add(static_cast<std::uint64_t>(text.size()));
    hash_.add(text);
  }
  template <class T>
  void add_array(const std::vector<T>& values) {
    add(static_cast<std::uint64_t>(values.size()));
    hash_.add(values.data(), values.size() * sizeof(T));
  }
  void add_bytes(const SharedBytes& bytes) {
    add(static_cast<std::uint64_t>(bytes.size()));
    hash_.add(bytes.data(), bytes.size());
  }
  void add(const Column& column) {
    add(column.name);
    add(column_type_name(column.type));
    switch (column.type) {
      case ColumnType::numeric:
      case ColumnType::date:
        // NaN has many bit patterns, and readers differ in which they leave.
        for (const double number : column.numbers) {
          const double value = std::isnan(number) ? std::numeric_limits<double>::quiet_NaN() : number;
          hash_.add(&value, sizeof value);
        }
        break;
      case ColumnType::categorical:
        add(static_cast<std::uint64_t>(column.levels.size()));
        for (const auto& level : column.levels) add(level);
        add_array(column.codes);
        break;
      case ColumnType::text:
        for (const auto& text : column.texts) add(text);
        break;
    }
  }
  std::string hex() { return hash_.hex(); }

 private:
  Sha256 hash_;
};

}  // namespace

std::string_view column_type_name(ColumnType type) {
  switch (type) {
    case ColumnType::numeric:
      return "numeric";
    case ColumnType::categorical:
      return "categorical";
    case ColumnType::text:
      return "text";
    case ColumnType::date:
      return "date";
  }
  return "";
}

std::size_t Column::size() const {
  switch (type) {
    case ColumnType::categorical:
      return codes.size();
    case ColumnType::text:
      return texts.size();
    case ColumnType::numeric:
    case ColumnType::date:
      break;
  }
  return numbers.size();
}

bool Column::missing(std::size_t row) const {
  switch (type) {
    case ColumnType::categorical:
      return codes[row] < 0;
    case ColumnType::text:
      return texts[row].empty();
    case ColumnType::numeric:
    case ColumnType::date:
      break;
  }
  return std::isnan(numbers[row]);
}

std::size_t Column::missing_count() const {
  switch (type) {
    case ColumnType::categorical:
      return static_cast<std::size_t>(std::count_if(codes.begin(), codes.end(), [](auto code) { return code < 0; }));
    case ColumnType::text:
      return static_cast<std::size_t>(std::count(texts.begin(), texts.end(), std::string()));
    case ColumnType::numeric:
    case ColumnType::date:
      break;
  }
  return static_cast<std::size_t>(
      std::count_if(numbers.begin(), numbers.end(), [](double number) { return std::isnan(number); }));
}

std::string Column::cell(std::size_t row) const {
  if (missing(row)) return {};
  switch (type) {
    case ColumnType::categorical:
      return levels[static_cast<std::size_t>(codes[row])];
    case ColumnType::text:
      return texts[row];
    case ColumnType::date:
      return date_text(numbers[row]);
    case ColumnType::numeric:
      break;
  }
  return number_text(numbers[row]);
}

bool Column::integer_levels() const {
  return !levels.empty() && std::all_of(levels.begin(), levels.end(), is_whole_number);
}

Column categorical_column(std::string name, std::vector<std::string> values, std::vector<std::int32_t> codes) {
  const auto order = level_order(values);
  std::vector<std::int32_t> new_code(values.size());
  Column column;
  column.name = std::move(name);
  column.type = ColumnType::categorical;
  column.levels.reserve(values.size());
  for (std::size_t position = 0; position < order.size(); ++position) {
    new_code[order[position]] = static_cast<std::int32_t>(position);
    column.levels.push_back(std::move(values[order[position]]));
  }
  for (auto& code : codes)
    if (code >= 0) code = new_code[static_cast<std::size_t>(code)];
  column.codes = std::move(codes);
  return column;
}

Column categories_of(Column numeric) {
  std::unordered_map<double, std::int32_t> known;
  std::vector<std::string> values;
  std::vector<std::int32_t> codes;
  codes.reserve(numeric.numbers.size());
  for (const double number : numeric.numbers) {
    if (std::isnan(number)) {
      codes.push_back(-1);
      continue;
    }
    const auto [place, added] = known.try_emplace(number, static_cast<std::int32_t>(values.size()));
    if (added) values.push_back(number_text(number));
    codes.push_back(place->second);
  }
  return categorical_column(std::move(numeric.name), std::move(values), std::move(codes));
}

const Column* DataTable::find(std::string_view name) const {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

std::size_t Dataset::rows() const {
  if (const auto* set = images()) return set->count;
  return table()->rows;
}

const Column* Dataset::target_column() const {
  if (images()) return labels.size() > 0 ? &labels : nullptr;
  return target.empty() ? nullptr : table()->find(target);
}

std::string fingerprint_of(const Dataset& dataset) {
  ContentHash hash;
  hash.add(dataset.target);
  if (const auto* set = dataset.images()) {
    hash.add(std::string_view("images"));
    for (const auto size : {set->count, set->channels, set->height, set->width}) hash.add(std::uint64_t{size});
    if (set->pixels) hash.add_bytes(set->pixels);
    hash.add(dataset.labels);
  } else {
    const auto& table = *dataset.table();
    hash.add(std::string_view("table"));
    hash.add(std::uint64_t{table.rows});
    hash.add(std::uint64_t{table.columns.size()});
    for (const auto& column : table.columns) hash.add(column);
  }
  hash.add_array(dataset.parts);
  return hash.hex();
}

}  // namespace gb
