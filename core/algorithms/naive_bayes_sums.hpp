#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/linalg/matrix.hpp"

namespace gb {

/// Counts rows of each class and sums their features, slice by slice. Sums are made over a fixed partition of each
/// slice, so that they have the same bits for any number of threads; those of bytes are exact.
class NaiveBayesSums {
 public:
  enum class Kind { moments, sums, counts };  ///< sums and squares; sums; how many are above the threshold

  NaiveBayesSums(const ProblemSet& problem, Kind kind, float threshold);

  /// Takes training rows begin..end in, by their place among the training rows.
  void take(std::size_t begin, std::size_t end);

  std::int64_t classes() const { return static_cast<std::int64_t>(counts_.size()); }
  const std::vector<double>& counts() const { return counts_; }  ///< rows of each class
  /// classes x features, in the features' own units.
  MatrixD sums() const;
  MatrixD means() const;
  /// Of the population; about the mean.
  MatrixD variances() const;
  /// The largest variance of a feature over all rows.
  double largest_variance() const;
  /// What a checkpoint keeps.
  const MatrixD& raw_sums() const { return sums_; }
  const MatrixD& raw_squares() const { return squares_; }
  void restore(std::vector<double> counts, MatrixD sums, MatrixD squares);

 private:
  struct Part {
    std::vector<double> counts;
    MatrixD sums, squares;
  };
  void take_bytes(std::span<const std::int64_t> rows, Part& part) const;
  void take_floats(std::span<const std::int64_t> rows, Part& part) const;

  const ProblemSet& problem_;
  Kind kind_;
  float threshold_;
  bool bytes_;                  ///< sums are of bytes, not of features
  std::vector<double> pivot_;   ///< features (or 0): a row that sums are about, so that squares keep their digits
  std::vector<double> counts_;  ///< classes
  MatrixD sums_, squares_;      ///< classes x features
};

}  // namespace gb
