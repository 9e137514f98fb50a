#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/features.hpp"
#include "core/linalg/matrix.hpp"

namespace gb {

/// A kernel of two rows, from their product.
struct RowKernel {
  enum class Kind { linear, poly, rbf, sigmoid };
  Kind kind = Kind::rbf;
  double gamma = 1;   ///< of all but linear
  double coef0 = 0;   ///< of poly and sigmoid
  double degree = 3;  ///< of poly, a whole number

  /// Whether what decides is the distance of two rows, not their product.
  bool by_distance() const { return kind == Kind::rbf; }
  /// values[i] (products, or squared distances) become kernel values.
  void apply(float* values, std::int64_t count) const;
};

/// Rows between which kernels are computed in blocks: as floats, about their mean where only distances count, or as
/// bytes (pixels), whose products are whole numbers and exact.
class KernelRows {
 public:
  KernelRows() = default;
  /// Keeps the given rows of `features`, in the given order.
  KernelRows(const Features& features, std::span<const std::int64_t> rows, const RowKernel& kernel);

  std::int64_t count() const { return count_; }
  std::int64_t columns() const { return columns_; }
  const RowKernel& kernel() const { return kernel_; }

  /// Kernel values between the kept rows first .. first + some - 1 and begin .. begin + width - 1, in rows of `stride`
  /// floats. By general products: fast for many rows.
  void block(std::int64_t first, std::int64_t some, std::int64_t begin, std::int64_t width, float* out,
             std::int64_t stride) const;
  /// Those between some kept rows (at most few_columns) and all kept rows: a row of `stride` floats each. An entry has
  /// the same bits whatever other rows are asked for.
  void few(std::span<const std::int32_t> rows, float* const* out) const;
  /// Those between rows of `features` and all kept rows: rows.size() x count().
  void against(const Features& features, std::span<const std::int64_t> rows, float* out) const;
  /// The kernel of a kept row with itself.
  double diagonal(std::int64_t row) const;

  /// The kept rows as features.
  MatrixF values() const;
  /// Only these of the kept rows.
  KernelRows subset(std::span<const std::int32_t> rows) const;

 private:
  void finish(float* values, std::int64_t begin, std::int64_t width, double norm) const;
  void finish_bytes(const std::int32_t* products, std::int64_t begin, std::int64_t width, std::int32_t norm,
                    std::int32_t sum, float* out) const;

  RowKernel kernel_;
  std::int64_t count_ = 0, columns_ = 0;
  bool bytes_used_ = false;
  std::vector<std::int8_t> bytes_;                    ///< less 128
  std::vector<std::int32_t> byte_norms_, byte_sums_;  ///< squared; plain
  float factor_ = 1, offset_ = 0;
  MatrixF values_;  ///< less origin_
  Eigen::RowVectorXf origin_;
  Eigen::ArrayXf norms_;  ///< squared
};

}  // namespace gb
