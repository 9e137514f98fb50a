#include "core/data/csv_dialect.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "core/data/cell_text.hpp"
#include "core/data/csv_parser.hpp"
#include "core/data/number_text.hpp"

namespace gb {
namespace {

constexpr std::size_t sample_rows = 200;

struct EnoughRows {};

/// Keeps the first rows.
class SampleRows : public RowSink {
 public:
  void row(const std::vector<std::string_view>& cells, std::uint64_t) override {
    rows.emplace_back(cells.begin(), cells.end());
    if (rows.size() >= sample_rows) throw EnoughRows{};
  }
  std::vector<std::vector<std::string>> rows;
};

std::vector<std::vector<std::string>> parse_sample(std::string_view sample, char delimiter, char quote) {
  SampleRows sink;
  CsvParser parser(delimiter, quote, "the file", sink);
  try {
    parser.feed(sample);
    parser.finish();
  } catch (const EnoughRows&) {
  } catch (const DataError&) {
    // The reader proper finds it again and can say where.
  }
  return std::move(sink.rows);
}

/// What a choice of delimiter makes of the sample; better ones compare greater.
struct Score {
  double regular = 0;  ///< share of rows that have the most common length, 0 when that is 1
  double numbers = 0;  ///< share of cells that are numbers
  std::size_t columns = 0;

  bool operator<(const Score& other) const {
    constexpr double same = 0.1;
    if (std::abs(regular - other.regular) > same) return regular < other.regular;
    if (std::abs(numbers - other.numbers) > same) return numbers < other.numbers;
    return columns < other.columns;
  }
};

Score score(const std::vector<std::vector<std::string>>& rows, char delimiter) {
  std::map<std::size_t, std::size_t> lengths;
  for (const auto& row : rows) ++lengths[row.size()];
  Score result;
  std::size_t most = 0;
  for (const auto& [length, count] : lengths) {
    if (count < most) continue;
    most = count;
    result.columns = length;
  }
  if (result.columns < 2) return result;
  result.regular = static_cast<double>(most) / static_cast<double>(rows.size());
  std::size_t cells = 0;
  std::size_t numbers = 0;
  for (const auto& row : rows) {
    for (const auto& cell : row) {
      if (cell.empty()) continue;
      ++cells;
      numbers += parse_number(cell) || (delimiter != ',' && parse_number(cell, ','));
    }
  }
  if (cells > 0) result.numbers = static_cast<double>(numbers) / static_cast<double>(cells);
  return result;
}

/// Single quotes only where cells begin and end with them and double ones occur nowhere.
char detect_quote(std::string_view sample) {
  if (sample.find('"') != std::string_view::npos) return '"';
  std::size_t opened = 0;
  for (std::size_t i = 0; i + 1 < sample.size(); ++i) {
    const bool begins = i == 0 || std::string_view(",;\t|\n").find(sample[i - 1]) != std::string_view::npos;
    if (begins && sample[i] == '\'') {
      const auto close = sample.find('\'', i + 1);
      if (close == std::string_view::npos) return '"';
      if (close + 1 == sample.size() || std::string_view(",;\t|\r\n").find(sample[close + 1]) != std::string_view::npos)
        ++opened;
      i = close;
    }
  }
  return opened >= 2 ? '\'' : '"';
}

/// Decimal commas where cells such as "1,5" occur and none such as "1.5" does.
char detect_decimal(const std::vector<std::vector<std::string>>& rows, char delimiter) {
  if (delimiter == ',') return '.';
  std::size_t commas = 0;
  std::size_t points = 0;
  for (const auto& row : rows) {
    for (const auto& cell : row) {
      const bool comma = cell.find(',') != std::string::npos;
      const bool point = cell.find('.') != std::string::npos;
      commas += comma && !point && parse_number(cell, ',');
      points += point && !comma && parse_number(cell);
    }
  }
  return commas > points ? ',' : '.';
}

bool detect_header(const std::vector<std::vector<std::string>>& rows, const CellRules& rules) {
  if (rows.empty()) return true;
  const auto& first = rows.front();
  const auto is_value = [&](const std::string& cell) {
    return !rules.missing(cell) && (parse_number(cell, rules.decimal) || parse_date(cell));
  };
  if (std::any_of(first.begin(), first.end(), is_value)) return false;
  if (rows.size() == 1) return true;
  for (std::size_t column = 0; column < first.size(); ++column) {
    std::size_t values = 0;
    std::size_t others = 0;
    bool again = false;
    for (std::size_t i = 1; i < rows.size(); ++i) {
      if (column >= rows[i].size() || rules.missing(rows[i][column])) continue;
      (is_value(rows[i][column]) ? values : others) += 1;
      again |= rows[i][column] == first[column];
    }
    // A word above numbers is a name.
    if (values > others) return true;
    // A word that comes again below is one of the column's values.
    if (again && !first[column].empty()) return false;
  }
  return true;
}

}  // namespace

std::optional<char> one_character(const std::string& text) {
  if (text == "tab" || text == "\\t") return '\t';
  if (text == "space") return ' ';
  if (text.size() != 1 || static_cast<unsigned char>(text[0]) >= 0x80 || text[0] == '\n' || text[0] == '\r') return {};
  return text[0];
}

CsvDialect detect_dialect(std::string_view sample, const TableParams& params) {
  CsvDialect dialect;
  dialect.quote = params.quote ? one_character(*params.quote).value_or('"') : detect_quote(sample);
  if (params.delimiter) {
    dialect.delimiter = one_character(*params.delimiter).value_or(',');
  } else {
    Score best;
    for (const char candidate : {',', ';', '\t', '|'}) {
      const auto result = score(parse_sample(sample, candidate, dialect.quote), candidate);
      if (best < result) {
        best = result;
        dialect.delimiter = candidate;
      }
    }
  }
  const auto rows = parse_sample(sample, dialect.delimiter, dialect.quote);
  if (params.decimal)
    dialect.decimal = *params.decimal == Decimal::comma ? ',' : '.';
  else
    dialect.decimal = detect_decimal(rows, dialect.delimiter);
  dialect.header = params.header ? *params.header : detect_header(rows, CellRules(params.missing, dialect.decimal));
  return dialect;
}

}  // namespace gb
