#pragma once

#include <cstdint>

namespace gb {

/// How far two rows are from each other.
struct RowMetric {
  enum class Kind { euclidean, manhattan, cosine, minkowski };
  Kind kind = Kind::euclidean;
  double p = 2;  ///< of minkowski

  /// What orders rows as distances do: squared (euclidean), to the p-th power (minkowski); 1 - cosine of rows of unit
  /// length. Differences are taken in float, as an ONNX file does, sums in double.
  double reduced(const float* a, const float* b, std::int64_t features) const;
  /// The p-th power of one difference, as it enters the sum; not of cosine.
  double part(double difference) const;
  /// The distance itself.
  double distance(double reduced) const;
};

/// Divides a row by its length; zeros stay.
void make_unit_length(float* row, std::int64_t features);

}  // namespace gb
