#include "core/linalg/nearest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/linalg/product.hpp"

namespace gb {

using Eigen::Index;

NearestCenters::NearestCenters(MatrixD centers)
    : centers_(std::move(centers)),
      rounded_(centers_.cast<float>()),
      squared_norms_(static_cast<std::size_t>(centers_.rows())) {
  for (Index i = 0; i < centers_.rows(); ++i) {
    const double squared = centers_.row(i).squaredNorm();
    squared_norms_[static_cast<std::size_t>(i)] = static_cast<float>(squared);
    largest_norm_ = std::max(largest_norm_, std::sqrt(squared));
  }
}

void NearestCenters::scores(const float* rows, std::int64_t count, float* scores) const {
  const std::int64_t k = centers_.rows();
  multiply_transposed(rows, count, rounded_.data(), k, centers_.cols(), scores);
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t j = 0; j < k; ++j)
      scores[i * k + j] = squared_norms_[static_cast<std::size_t>(j)] - 2 * scores[i * k + j];
}

float NearestCenters::score(const float* row, std::int64_t center) const {
  const Eigen::Map<const Eigen::RowVectorXf> values(row, centers_.cols());
  return squared_norms_[static_cast<std::size_t>(center)] - 2 * values.dot(rounded_.row(center));
}

float NearestCenters::score_error(float row_norm) const {
  // Twice the product's error (product.hpp; four more roundings for the centre, its norm and the subtraction).
  constexpr double rounding = 0x1.0p-24;
  const double product = static_cast<double>(row_norm) * largest_norm_;
  const double error =
      rounding * (2 * static_cast<double>(centers_.cols() + 4) * product + 4 * largest_norm_ * largest_norm_);
  return static_cast<float>(error * 1.001);
}

std::int32_t NearestCenters::nearest(const float* row, float row_norm, const float* scores) const {
  const auto k = static_cast<std::int32_t>(centers_.rows());
  std::int32_t best = 0;
  float lowest = scores[0], second = std::numeric_limits<float>::infinity();
  for (std::int32_t j = 1; j < k; ++j) {
    if (scores[j] < lowest) {
      second = lowest;
      lowest = scores[j];
      best = j;
    } else if (scores[j] < second) {
      second = scores[j];
    }
  }
  const float limit = lowest + 2 * score_error(row_norm);
  if (second > limit) return best;
  double shortest = std::numeric_limits<double>::infinity();
  for (std::int32_t j = 0; j < k; ++j) {
    if (scores[j] > limit) continue;
    const double distance = squared_distance(row, j);
    if (distance < shortest) {
      shortest = distance;
      best = j;
    }
  }
  return best;
}

std::int32_t NearestCenters::nearest(const float* row, float row_norm, std::span<const std::int32_t> candidates,
                                     const float* scores) const {
  const float lowest = *std::min_element(scores, scores + candidates.size());
  const float limit = lowest + 2 * score_error(row_norm);
  std::int32_t best = candidates[0];
  std::size_t within = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (scores[i] <= limit && ++within == 1) best = candidates[i];
  if (within == 1) return best;
  double shortest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (scores[i] > limit) continue;
    const double distance = squared_distance(row, candidates[i]);
    if (distance < shortest) {
      shortest = distance;
      best = candidates[i];
    }
  }
  return best;
}

double NearestCenters::squared_distance(const float* row, std::int64_t center) const {
  const double* from = centers_.row(center).data();
  // Four sums, in a fixed order: fast without asking the compiler to reorder.
  double sums[4] = {0, 0, 0, 0};
  const std::int64_t features = centers_.cols();
  std::int64_t i = 0;
  for (; i + 4 <= features; i += 4)
    for (int lane = 0; lane < 4; ++lane) {
      const double difference = static_cast<double>(row[i + lane]) - from[i + lane];
      sums[lane] += difference * difference;
    }
  for (; i < features; ++i) {
    const double difference = static_cast<double>(row[i]) - from[i];
    sums[0] += difference * difference;
  }
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

float row_norm(const float* row, std::int64_t features) {
  const Eigen::Map<const Eigen::RowVectorXf> values(row, features);
  return std::sqrt(values.squaredNorm());
}

}  // namespace gb
