#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/data/shared_bytes.hpp"
#include "core/linalg/matrix.hpp"

namespace gb {

/// The prepared rows of a dataset, as an algorithm sees them: a float matrix, or bytes (pixels) with an affine map that
/// is applied as rows are gathered, which takes a quarter of the memory and of its bandwidth. Cheap to copy.
class Features {
 public:
  Features() = default;
  explicit Features(MatrixF values);
  /// Value is byte * factor + offset. `bytes` holds rows x columns.
  Features(SharedBytes bytes, std::int64_t rows, std::int64_t columns, float factor, float offset);

  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }

  /// Writes the given rows one after another to `out` (rows.size() x columns()). Allocates nothing.
  void gather(std::span<const std::int64_t> rows, float* out) const;
  /// The given rows as a matrix of their own, made in parallel.
  MatrixF dense(std::span<const std::int64_t> rows) const;
  /// Non-null where the values are stored as floats.
  const MatrixF* matrix() const { return values_.get(); }
  /// Non-null where the values are stored as bytes.
  const std::uint8_t* bytes() const { return bytes_.data(); }
  /// The map that bytes go through, for bytes that stand in place of rows (varied pictures).
  void expand(std::span<const std::uint8_t> bytes, float* out) const;
  float factor() const { return factor_; }
  float offset() const { return offset_; }

 private:
  std::shared_ptr<const MatrixF> values_;
  SharedBytes bytes_;
  std::int64_t rows_ = 0, columns_ = 0;
  float factor_ = 1, offset_ = 0;
};

}  // namespace gb
