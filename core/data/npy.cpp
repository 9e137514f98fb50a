#include "core/data/npy.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <unordered_map>

#include "core/data/column_builder.hpp"
#include "core/data/csv_parser.hpp"
#include "core/data/input_file.hpp"
#include "core/data/number_text.hpp"
#include "core/data/table_columns.hpp"

namespace gb {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::size_t most_header_bytes = 64 * 1024;

struct NpyHeader {
  char kind = 'f';  ///< b, i, u or f
  std::size_t item_bytes = 0;
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;
  std::uint64_t data_begin = 0;
};

/// Reads the Python dictionary of a header, and nothing but such a dictionary:
/// {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
class HeaderText {
 public:
  HeaderText(std::string_view text, std::string name) : rest_(text), name_(std::move(name)) {}

  NpyHeader read() {
    NpyHeader header;
    bool has_descr = false;
    bool has_order = false;
    bool has_shape = false;
    expect('{');
    while (!take('}')) {
      const auto key = quoted();
      expect(':');
      if (key == "descr" && !has_descr) {
        read_descr(header);
        has_descr = true;
      } else if (key == "fortran_order" && !has_order) {
        header.fortran_order = boolean();
        has_order = true;
      } else if (key == "shape" && !has_shape) {
        read_shape(header);
        has_shape = true;
      } else {
        refuse("it has an unexpected field '" + std::string(key.substr(0, 40)) + "'");
      }
      if (take('}')) break;
      expect(',');
    }
    skip_blanks();
    if (!rest_.empty()) refuse("something follows its dictionary");
    if (!has_descr || !has_order || !has_shape) refuse("descr, fortran_order and shape must all be there");
    return header;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw DataError(name_ + " has a damaged NPY header: " + why, "data.path", "an NPY array of numbers");
  }
  void skip_blanks() {
    const auto begin = rest_.find_first_not_of(" \t\n");
    rest_.remove_prefix(begin == std::string_view::npos ? rest_.size() : begin);
  }
  bool take(char c) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) refuse("'" + std::string(1, c) + "' was expected");
  }
  std::string_view quoted() {
    skip_blanks();
    if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"')) refuse("a quoted word was expected");
    const auto end = rest_.find(rest_.front(), 1);
    if (end == std::string_view::npos) refuse("a quote is not closed");
    const auto word = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return word;
  }
  bool boolean() {
    skip_blanks();
    for (const auto& [word, value] : {std::pair{"True", true}, std::pair{"False", false}}) {
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(std::strlen(word));
      return value;
    }
    refuse("True or False was expected");
  }
  void read_shape(NpyHeader& header) {
    expect('(');
    while (!take(')')) {
      skip_blanks();
      std::uint64_t size = 0;
      const auto [end, code] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
      if (code != std::errc()) refuse("its shape holds an impossible number");
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      if (!rest_.empty() && rest_.front() == 'L') rest_.remove_prefix(1);  // written by Python 2
      header.shape.push_back(size);
      if (header.shape.size() > 32) refuse("its shape has more than 32 dimensions");
      if (take(')')) break;
      expect(',');
    }
  }
  void read_descr(NpyHeader& header) {
    skip_blanks();
    if (!rest_.empty() && rest_.front() == '[')
      throw DataError(name_ + " is an array of records; only plain numbers are read", "data.path",
                      "an array of one numeric type (or save the records as CSV)");
    const auto descr = quoted();
    const std::string shown(descr.substr(0, 40));
    if (descr.find('O') != std::string_view::npos)
      throw DataError(name_ + " holds Python objects (pickles), which could run code and are never read", "data.path",
                      "an array of numbers");
    if (descr.size() < 3) refuse("its type '" + shown + "' is unknown");
    const char order = descr[0];
    header.kind = descr[1];
    const auto digits = descr.substr(2);
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), header.item_bytes);
    const auto bytes = header.item_bytes;
    const bool known =
        (header.kind == 'b' && bytes == 1) ||
        ((header.kind == 'i' || header.kind == 'u') && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8)) ||
        (header.kind == 'f' && (bytes == 2 || bytes == 4 || bytes == 8));
    if (code != std::errc() || end != digits.data() + digits.size() || !known || !std::strchr("<|=>", order) ||
        order == 0)
      throw DataError(name_ + " holds values of type '" + shown + "'; only numbers and booleans are read", "data.path",
                      "one of: b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8");
    if (order == '>' && bytes > 1)
      throw DataError(name_ + " is big-endian ('" + shown + "'); only little-endian arrays are read", "data.path",
                      "a little-endian array (numpy: a.astype(a.dtype.newbyteorder('<')))");
  }

  std::string_view rest_;
  std::string name_;
};

NpyHeader read_npy_header(InputFile& file) {
  std::array<unsigned char, 12> head{};
  const auto cut = [&]() -> DataError { return DataError(file.name() + " is cut off inside its NPY header"); };
  if (file.read(head.data(), 8) != 8) throw cut();
  const int version = head[6];
  if (version < 1 || version > 3 || head[7] != 0)
    throw DataError(file.name() + " is NPY version " + std::to_string(head[6]) + "." + std::to_string(head[7]) +
                    "; versions 1.0 to 3.0 are read");
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  if (file.read(head.data() + 8, length_bytes) != length_bytes) throw cut();
  std::uint64_t length = 0;
  for (std::size_t i = length_bytes; i-- > 0;) length = length << 8 | head[8 + i];
  if (length > most_header_bytes || length > file.size())
    throw DataError(file.name() + " has an impossible NPY header length of " + std::to_string(length) + " bytes");
  std::string text(static_cast<std::size_t>(length), '\0');
  if (file.read(text.data(), text.size()) != text.size()) throw cut();
  auto header = HeaderText(text, file.name()).read();
  header.data_begin = file.position();
  return header;
}

struct NpyLayout {
  std::size_t rows = 0, columns = 1;
};

/// Rows and columns, once the file has proven to hold them.
NpyLayout layout_of(const NpyHeader& header, const InputFile& file) {
  std::string shape;
  std::uint64_t bytes = header.item_bytes;
  for (const auto size : header.shape) {
    shape += (shape.empty() ? "" : " x ") + std::to_string(size);
    if (__builtin_mul_overflow(bytes, size, &bytes))
      throw DataError(file.name() + " has an impossible NPY header: " + shape + " values");
  }
  if (header.shape.empty() || header.shape.size() > 2)
    throw DataError(file.name() + " has " + std::to_string(header.shape.size()) + " dimensions" +
                        (shape.empty() ? "" : " (" + shape + ")") + ", but a table has two",
                    "data.path", "an array of rows x columns");
  if (bytes == 0) throw DataError(file.name() + " is empty: its shape is " + shape, "data.path", "a table with rows");
  const std::uint64_t there = file.size() - header.data_begin;
  if (bytes != there)
    throw DataError(file.name() +
                    (bytes > there ? " is cut off or its header lies: " : " is longer than its header says: ") + shape +
                    " values take " + std::to_string(bytes) + " bytes, but " + std::to_string(there) + " are there");
  NpyLayout layout{header.shape[0], header.shape.size() == 2 ? header.shape[1] : 1};
  if (layout.columns > most_columns)
    throw DataError(file.name() + " has " + std::to_string(layout.columns) + " columns; a table has at most " +
                    std::to_string(most_columns));
  return layout;
}

std::vector<std::string> numbered_names(std::size_t columns) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < columns; ++i) names.push_back("f" + std::to_string(i));
  return names;
}

double half_to_double(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const double fraction = bits & 1023;
  const double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == 31) return fraction == 0 ? sign * HUGE_VAL : std::nan("");
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(fraction + 1024, exponent - 25);
}

template <class T>
double load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return static_cast<double>(value);
}

/// The column as categories: what stands in place of each number.
Column replaced(Column numeric, Anonymiser& anonymiser) {
  std::vector<std::string> values;
  std::vector<std::int32_t> codes;
  std::unordered_map<std::string, std::int32_t> known;
  codes.reserve(numeric.numbers.size());
  for (const double number : numeric.numbers) {
    if (std::isnan(number)) {
      codes.push_back(-1);
      continue;
    }
    const auto [place, added] = known.try_emplace(std::string(anonymiser.replaced(number_text(number))),
                                                  static_cast<std::int32_t>(values.size()));
    if (added) values.push_back(place->first);
    codes.push_back(place->second);
  }
  return categorical_column(std::move(numeric.name), std::move(values), std::move(codes));
}

using Loader = double (*)(const char*);

Loader loader_of(const NpyHeader& header) {
  switch (header.kind) {
    case 'f':
      if (header.item_bytes == 2)
        return [](const char* bytes) {
          std::uint16_t bits = 0;
          std::memcpy(&bits, bytes, sizeof bits);
          return half_to_double(bits);
        };
      return header.item_bytes == 4 ? load<float> : load<double>;
    case 'i':
      return header.item_bytes == 1   ? load<std::int8_t>
             : header.item_bytes == 2 ? load<std::int16_t>
             : header.item_bytes == 4 ? load<std::int32_t>
                                      : load<std::int64_t>;
    default:
      return header.item_bytes == 1   ? load<std::uint8_t>
             : header.item_bytes == 2 ? load<std::uint16_t>
             : header.item_bytes == 4 ? load<std::uint32_t>
                                      : load<std::uint64_t>;
  }
}

}  // namespace

TableHead read_npy_head(const std::filesystem::path& path_of_file, const TableParams& params, const std::string& path,
                        std::size_t most_rows, const LoadProgress& progress) {
  InputFile file(path_of_file);
  const auto header = read_npy_header(file);
  auto layout = layout_of(header, file);
  const bool whole = header.fortran_order || layout.rows <= most_rows;
  if (!whole) layout.rows = most_rows;
  TableColumns columns(params, numbered_names(layout.columns), path);
  for (std::size_t i = 0; i < layout.columns; ++i)
    if (const auto type = columns.type(i); type && *type != ColumnType::numeric && *type != ColumnType::categorical)
      throw ParamError(path + ".types." + columns.names()[i] + " is " + std::string(column_type_name(*type)) +
                           ", but an NPY array holds numbers",
                       path + ".types." + columns.names()[i], "numeric or categorical");

  TableHead head;
  head.names = columns.names();
  head.whole = whole;
  auto& dataset = head.dataset;
  auto& report = dataset.report;
  report.format = "NPY";
  report.rows_read = layout.rows;
  DataTable table;
  table.rows = layout.rows;
  std::vector<std::vector<double>> numbers(layout.columns);
  for (std::size_t i = 0; i < layout.columns; ++i)
    if (columns.kept(i)) numbers[i].resize(layout.rows);

  const auto load_item = loader_of(header);
  const std::size_t total = layout.rows * layout.columns;
  constexpr std::size_t items_a_piece = 1 << 17;
  std::vector<char> piece(items_a_piece * header.item_bytes);
  std::size_t row = 0;
  std::size_t column = 0;
  for (std::size_t done = 0; done < total;) {
    const std::size_t count = std::min(items_a_piece, total - done);
    if (file.read(piece.data(), count * header.item_bytes) != count * header.item_bytes)
      throw DataError(file.name() + " is cut off");
    for (std::size_t i = 0; i < count; ++i) {
      if (columns.kept(column)) {
        double value = load_item(piece.data() + i * header.item_bytes);
        if (std::isinf(value)) {
          note(report, row + 1, columns.names()[column], "infinite; read as missing");
          value = std::numeric_limits<double>::quiet_NaN();
        }
        numbers[column][row] = value;
      }
      if (header.fortran_order) {
        if (++row == layout.rows) row = 0, ++column;
      } else {
        if (++column == layout.columns) column = 0, ++row;
      }
    }
    done += count;
    if (progress && !progress(file.position(), file.size())) throw Cancelled("Loading was cancelled");
  }
  for (std::size_t i = 0; i < layout.columns; ++i) {
    if (!columns.kept(i)) continue;
    Column made;
    made.name = columns.names()[i];
    made.numbers = std::move(numbers[i]);
    auto* anonymiser = columns.anonymiser(i);
    if (anonymiser && anonymiser->replaces_cells())
      made = replaced(std::move(made), *anonymiser);
    else if (anonymiser)
      anonymiser->bucket(made, columns.rule_field(i));
    else if (columns.type(i) == ColumnType::categorical)
      made = categories_of(std::move(made));
    made.type_given = columns.type(i).has_value();
    table.columns.push_back(std::move(made));
  }
  if (table.columns.empty())
    throw DataError("Every column of " + file.name() + " is ignored or dropped", path + ".ignore");
  dataset.content = std::move(table);
  return head;
}

Dataset read_npy(const std::filesystem::path& path_of_file, const TableParams& params, const std::string& path,
                 const LoadProgress& progress) {
  return std::move(
      read_npy_head(path_of_file, params, path, std::numeric_limits<std::size_t>::max(), progress).dataset);
}

std::vector<std::string> npy_column_names(const std::filesystem::path& path) {
  InputFile file(path);
  const auto header = read_npy_header(file);
  return numbered_names(layout_of(header, file).columns);
}

}  // namespace gb
