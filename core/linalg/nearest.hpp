#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/linalg/matrix.hpp"

namespace gb {

/// Finds which of k centres a row is nearest to: squared distances by a matrix product in float, |c|^2 - 2 x.c, and
/// where two of them are closer than its rounding error, by differences in double. The answer is therefore the same by
/// whatever way a caller narrows the candidates down; equal distances go to the lowest number.
class NearestCenters {
 public:
  NearestCenters() = default;
  /// k x features, at least one row. Rows and centres should be centred about the same point.
  explicit NearestCenters(MatrixD centers);

  std::int64_t count() const { return centers_.rows(); }
  std::int64_t features() const { return centers_.cols(); }
  const MatrixD& centers() const { return centers_; }

  /// |c|^2 - 2 x.c for `rows` rows (rows x features) and every centre (rows x k).
  void scores(const float* rows, std::int64_t count, float* scores) const;
  /// The same of one row and one centre.
  float score(const float* row, std::int64_t center) const;
  /// How far a score of a row of this norm may be from the truth.
  float score_error(float row_norm) const;

  /// The nearest centre of a row, given its scores by all centres.
  std::int32_t nearest(const float* row, float row_norm, const float* scores) const;
  /// The same among some candidates, ascending, with scores[i] that of candidates[i].
  std::int32_t nearest(const float* row, float row_norm, std::span<const std::int32_t> candidates,
                       const float* scores) const;
  /// Squared distance by differences in double.
  double squared_distance(const float* row, std::int64_t center) const;

 private:
  MatrixD centers_;
  MatrixF rounded_;
  std::vector<float> squared_norms_;
  double largest_norm_ = 0;
};

/// The Euclidean norm of a row, accurate to float's resolution.
float row_norm(const float* row, std::int64_t features);

}  // namespace gb
