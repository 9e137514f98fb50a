#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/features.hpp"
#include "core/linalg/matrix.hpp"

namespace gb {

/// The training rows as clustering computes with them: centred about their mean and in units that keep squares far from
/// float's limits, so that distances by matrix products stay accurate. Bytes stay bytes (in a quarter of the memory)
/// and become whole numbers when loaded, which makes sums of them exact.
class CenteredRows {
 public:
  /// All values are finite. `rows` must outlive this.
  CenteredRows(const Features& features, std::span<const std::int64_t> rows);

  std::int64_t count() const { return static_cast<std::int64_t>(rows_.size()); }
  std::int64_t columns() const { return columns_; }

  /// Writes one row, columns() numbers.
  void load(std::int64_t row, float* out) const;
  /// Writes consecutive rows.
  void load(std::int64_t first, std::int64_t some, float* out) const {
    for (std::int64_t i = 0; i < some; ++i) load(first + i, out + i * columns_);
  }
  /// Asks the processor to fetch a row that will be loaded soon: rows that are picked here and there come too late
  /// otherwise.
  void prefetch(std::int64_t row) const {
    constexpr std::int64_t cache_line = 64;
    const auto position = static_cast<std::size_t>(row);
    const char* from = bytes_ ? reinterpret_cast<const char*>(bytes_ + rows_[position] * columns_)
                              : reinterpret_cast<const char*>(values_.data() + row * columns_);
    const std::int64_t size = columns_ * (bytes_ ? 1 : static_cast<std::int64_t>(sizeof(float)));
    for (std::int64_t i = 0; i < size; i += cache_line) __builtin_prefetch(from + i, 0, 2);
  }
  float norm(std::int64_t row) const { return norms_[static_cast<std::size_t>(row)]; }
  /// Sum of all squared norms.
  double squared_norms() const { return squared_norms_; }
  /// Mean over the columns of the population variance.
  double mean_variance() const { return mean_variance_; }
  /// Squared distances times this are in the features' own units.
  double squared_unit() const { return unit_ * unit_; }

  /// Points of this space (k x columns) in the features' own space.
  MatrixF to_features(const MatrixD& points) const;

 private:
  void center_bytes(const Features& features);
  void center_floats(const Features& features);

  std::span<const std::int64_t> rows_;
  std::int64_t columns_ = 0;
  const std::uint8_t* bytes_ = nullptr;  ///< of the features, all rows; or
  MatrixF values_;                       ///< count x columns, centred; empty where there are bytes
  std::vector<float> shift_;             ///< subtracted from bytes: the mean, whole numbers
  std::vector<double> origin_;           ///< this space's zero in the features' space
  double unit_ = 1;                      ///< features = origin + unit * value
  std::vector<float> norms_;
  double squared_norms_ = 0;
  double mean_variance_ = 0;
};

}  // namespace gb
