#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/error.hpp"

namespace gb {

/// Data cannot be read or used; the text names file, row, field and what was expected.
struct DataError : Error {
  using Error::Error;
};

enum class ColumnType { numeric, categorical, text, date };

std::string_view column_type_name(ColumnType type);

/// One typed column. Only the storage of its type is filled.
struct Column {
  std::string name;
  ColumnType type = ColumnType::numeric;
  bool type_given = false;  ///< named by the user, not inferred: a numeric target is then never read as classes
  std::vector<double> numbers = {};      ///< numeric; date as days since 1970-01-01; NaN is missing
  std::vector<std::int32_t> codes = {};  ///< categorical: index into levels, -1 is missing
  std::vector<std::string> levels = {};  ///< categorical: sorted by number where all are numbers, else by bytes
  std::vector<std::string> texts = {};   ///< text; empty is missing

  std::size_t size() const;
  bool missing(std::size_t row) const;
  std::size_t missing_count() const;
  /// The cell as a person would write it; empty when missing. Shortest digits that read back to the same number.
  std::string cell(std::size_t row) const;
  /// All levels of a categorical column are whole numbers, so that labels can be written as int64.
  bool integer_levels() const;
};

/// A categorical column from values in order of appearance: levels are put into their order, codes follow (-1 stays).
Column categorical_column(std::string name, std::vector<std::string> values, std::vector<std::int32_t> codes);

struct DataTable {
  std::vector<Column> columns;
  std::size_t rows = 0;

  const Column* find(std::string_view name) const;
};

/// Pictures of one size, 8 bits a channel.
struct ImageSet {
  std::size_t count = 0, channels = 1, height = 0, width = 0;
  std::shared_ptr<const std::vector<std::uint8_t>> pixels;  ///< count x channels x height x width

  std::size_t pixels_each() const { return channels * height * width; }
  const std::uint8_t* image(std::size_t row) const { return pixels->data() + row * pixels_each(); }
};

/// Something a reader left out or changed, for people to see.
struct Problem {
  std::size_t row = 0;  ///< 1-based line or record of the file, 0 when it speaks of the whole file
  std::string field;
  std::string message;
};

/// What a reader made of its source.
struct ImportReport {
  std::string format;     ///< "CSV", "IDX", "NPY", ...
  std::string encoding;   ///< "UTF-8", ...; empty for binary formats
  std::string delimiter;  ///< of text tables
  std::string decimal;
  bool header = false;
  std::size_t rows_read = 0;
  std::size_t rows_skipped = 0;
  std::vector<std::size_t> skipped_at;  ///< 0-based places of the skipped rows among all rows of the source, ascending
  std::vector<Problem> problems;        ///< the first 1,000
};

enum class Part : std::uint8_t { train, validation, test };

/// What a source yields: rows in a fixed order, of features and, where there is one, a target.
struct Dataset {
  std::string name;
  std::variant<DataTable, ImageSet> content;
  std::string target;  ///< of tables: name of the target column; empty for none. Images: what the labels are called
  Column labels;       ///< of images: categorical, empty without labels
  std::vector<Part> parts;  ///< the split that the data brings, per row; empty when it brings none
  ImportReport report;
  std::string fingerprint;  ///< SHA-256 over content, labels and parts

  std::size_t rows() const;
  const DataTable* table() const { return std::get_if<DataTable>(&content); }
  const ImageSet* images() const { return std::get_if<ImageSet>(&content); }
  /// Of tables the target column, of images the labels; null when there is none.
  const Column* target_column() const;
};

/// SHA-256 over the typed content: names, types and values, target, labels and parts. Where the data came from and what
/// its reader reported do not matter.
std::string fingerprint_of(const Dataset& dataset);

}  // namespace gb
