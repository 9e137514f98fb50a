#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/linalg/matrix.hpp"
#include "core/train/row_blocks.hpp"

namespace gb {

/// Rows most of whose numbers are zero (pixels, counts), each number that is not with its column: products with few
/// components then cost what those numbers cost. Vectors of components are padded to a multiple of eight.
class NmfSparseRows {
 public:
  /// Nothing when so many numbers are not zero that products of whole rows are faster, or when stopped.
  static std::optional<NmfSparseRows> of(const RowBlocks& blocks, const std::function<bool()>& stop);

  static std::int64_t padded(std::int64_t components) { return (components + 7) / 8 * 8; }

  /// out = x times `parts` for rows `first` and on: `parts` is columns x padded, `out` some x padded.
  void multiply(std::int64_t first, std::int64_t some, const float* parts, std::int64_t padded, float* out) const;
  /// out += weights^T x, turned: `weights` is some x padded, `out` columns x padded.
  void add_products(std::int64_t first, std::int64_t some, const float* weights, std::int64_t padded, float* out) const;

 private:
  std::vector<std::int64_t> begins_;  ///< rows + 1
  std::vector<std::int32_t> columns_;
  std::vector<float> values_;
};

}  // namespace gb
