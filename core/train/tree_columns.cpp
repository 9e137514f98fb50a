#include "core/train/tree_columns.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/parallel.hpp"

namespace gb {
namespace {

/// The different values of a column, ascending; empty when there are more than `most` or a value is missing.
std::vector<float> distinct_values(const MatrixF& features, std::span<const std::int64_t> rows, Eigen::Index column,
                                   std::size_t most) {
  std::vector<float> known;
  for (const std::int64_t row : rows) {
    const float value = features(row, column) + 0.0F;  // -0 becomes 0
    if (std::isnan(value)) return {};
    const auto place = std::lower_bound(known.begin(), known.end(), value);
    if (place != known.end() && *place == value) continue;
    if (known.size() == most) return {};
    known.insert(place, value);
  }
  return known;
}

}  // namespace

float threshold_between(float a, float b) {
  constexpr double above_middle = 0.5 + 1.0 / 16384;
  const double low = a, high = b;
  const auto threshold = static_cast<float>(low * (1 - above_middle) + high * above_middle);
  return threshold >= a && threshold < b ? threshold : a;
}

TreeColumns::TreeColumns(const Features& features, std::span<const std::int64_t> rows)
    : rows_(rows.size()), columns_(static_cast<std::size_t>(features.columns())) {
  if (features.bytes())
    code_bytes(features, rows);
  else
    code_floats(*features.matrix(), rows);
  find_common();
  copy_rows();
}

void TreeColumns::copy_rows() {
  const std::size_t width = columns_.size();
  for (std::size_t column = 0; column < width; ++column)
    if (!coded(column)) return;
  row_codes_.resize(rows_ * width);
  constexpr std::size_t square = 64;
  parallel_chunks((rows_ + square - 1) / square, 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t first = begin * square; first < std::min(end * square, rows_); first += square) {
      const std::size_t last = std::min(first + square, rows_);
      for (std::size_t column = 0; column < width; ++column)
        for (std::size_t row = first; row < last; ++row)
          row_codes_[row * width + column] = codes_[column * rows_ + row];
    }
  });
}

void TreeColumns::find_common() {
  parallel_chunks(columns_.size(), 8, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t column = begin; column < end; ++column) {
      if (!coded(column)) continue;
      // A few thousand rows tell well enough: it only serves speed.
      constexpr std::size_t most = 4096;
      const std::size_t stride = std::max<std::size_t>(1, rows_ / most);
      std::array<std::uint32_t, 256> counts{};
      for (std::size_t row = 0; row < rows_; row += stride) ++counts[codes(column)[row]];
      columns_[column].common =
          static_cast<std::uint8_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
    }
  });
}

void TreeColumns::code_bytes(const Features& features, std::span<const std::int64_t> rows) {
  std::array<std::uint8_t, 256> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  std::array<float, 256> meant;
  features.expand(bytes, meant.data());
  std::vector<float> values(meant.begin(), meant.end());
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  std::array<std::uint8_t, 256> code;
  for (std::size_t i = 0; i < code.size(); ++i)
    code[i] = static_cast<std::uint8_t>(std::lower_bound(values.begin(), values.end(), meant[i]) - values.begin());
  for (std::size_t column = 0; column < columns_.size(); ++column) columns_[column] = {column, 0, values};

  codes_.resize(rows_ * columns_.size());
  // Transposed in squares that stay in the cache.
  constexpr std::size_t square = 64;
  parallel_chunks((columns_.size() + square - 1) / square, 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t first = begin * square; first < std::min(end * square, columns_.size()); first += square) {
      const std::size_t last = std::min(first + square, columns_.size());
      for (std::size_t row = 0; row < rows_; row += square)
        for (std::size_t i = row; i < std::min(row + square, rows_); ++i) {
          const std::uint8_t* from = features.bytes() + rows[i] * features.columns();
          for (std::size_t column = first; column < last; ++column) codes_[column * rows_ + i] = code[from[column]];
        }
    }
  });
}

void TreeColumns::code_floats(const MatrixF& features, std::span<const std::int64_t> rows) {
  parallel_chunks(columns_.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t column = begin; column < end; ++column)
      columns_[column].values = distinct_values(features, rows, static_cast<Eigen::Index>(column), most_codes);
  });
  std::size_t coded_columns = 0, float_columns = 0;
  for (std::size_t column = 0; column < columns_.size(); ++column)
    columns_[column].place = coded(column) ? coded_columns++ : float_columns++;
  codes_.resize(coded_columns * rows_);
  floats_.resize(float_columns * rows_);
  parallel_chunks(columns_.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t column = begin; column < end; ++column) {
      const auto& [place, common, values] = columns_[column];
      for (std::size_t i = 0; i < rows_; ++i) {
        const float value = features(rows[i], static_cast<Eigen::Index>(column)) + 0.0F;
        if (values.empty())
          floats_[place * rows_ + i] = value;
        else
          codes_[place * rows_ + i] =
              static_cast<std::uint8_t>(std::lower_bound(values.begin(), values.end(), value) - values.begin());
      }
    }
  });
}

}  // namespace gb
