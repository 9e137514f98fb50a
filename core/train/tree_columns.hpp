#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/features.hpp"

namespace gb {

/// The number that separates a < b: x <= it for a and not for b. Just above their middle, so that a row that lies
/// exactly in the middle (whole numbers often do) stays left, as in scikit-learn, whatever the rounding of a
/// preparation that another runtime repeats in float32.
float threshold_between(float a, float b);

/// The training rows feature by feature, as growing trees reads them. A feature of at most 256 different values (and
/// every feature of pixels) is stored as bytes: the positions of its values in ascending order, which loses nothing.
class TreeColumns {
 public:
  static constexpr std::size_t most_codes = 256;

  /// Positions below are those within `rows`. Values that trees are to grow on are finite.
  TreeColumns(const Features& features, std::span<const std::int64_t> rows);

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_.size(); }
  bool coded(std::size_t column) const { return !columns_[column].values.empty(); }
  /// A code per row, of a coded column.
  const std::uint8_t* codes(std::size_t column) const { return codes_.data() + columns_[column].place * rows_; }
  /// A column's codes by row.
  struct Codes {
    const std::uint8_t* first;
    std::size_t stride;
    std::uint8_t operator[](std::size_t row) const { return first[row * stride]; }
  };
  /// The codes as they are best read for so many of the rows. Few rows are read from where a row's codes stand side by
  /// side (if all columns are coded): they stay in the cache for all descendants of a node so, which single bytes from
  /// all over the columns do not.
  Codes codes(std::size_t column, std::size_t some) const {
    constexpr std::size_t rows_a_line = 32;  // of fewer, hardly two share a line of the cache in a column
    if (!row_codes_.empty() && some * rows_a_line < rows_) return {row_codes_.data() + column, columns_.size()};
    return {codes(column), 1};
  }
  /// The code that most rows have.
  std::uint8_t common(std::size_t column) const { return columns_[column].common; }
  /// What its codes stand for, ascending.
  std::span<const float> values(std::size_t column) const { return columns_[column].values; }
  /// A value per row, of a column that is not coded.
  const float* floats(std::size_t column) const { return floats_.data() + columns_[column].place * rows_; }
  float value(std::size_t column, std::size_t row) const {
    return coded(column) ? columns_[column].values[codes(column, 0)[row]] : floats(column)[row];
  }

 private:
  struct Column {
    std::size_t place = 0;
    std::uint8_t common = 0;
    std::vector<float> values;
  };

  void code_bytes(const Features& features, std::span<const std::int64_t> rows);
  void find_common();
  void copy_rows();
  void code_floats(const MatrixF& features, std::span<const std::int64_t> rows);

  std::size_t rows_;
  std::vector<Column> columns_;
  std::vector<std::uint8_t> codes_, row_codes_;
  std::vector<float> floats_;
};

}  // namespace gb
