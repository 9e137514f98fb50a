#pragma once

#include <span>

#include "core/evaluate/intervals.hpp"

namespace gb {

/// What scores over the splits of a cross-validation say of their mean.
struct MeanScore {
  double mean = 0, deviation = 0;
  Interval interval;  ///< 95 %; the mean itself where there are fewer than two scores
};

/// Mean and interval of scores from splits whose training parts overlap: the variance is corrected by the ratio of test
/// to training rows (Nadeau, Bengio 2003, equation 10), as without it intervals are far too narrow.
MeanScore mean_score(std::span<const double> scores, double test_rows, double training_rows);

/// Corrected paired t-test of two runs over the same splits: what the mean difference a - b is, and how probable one as
/// large would be (p) if there were none.
struct Difference : MeanScore {
  double p = 1;
  /// The interval includes no difference.
  bool is_evident() const { return interval.low > 0 || interval.high < 0; }
};
Difference paired_difference(std::span<const double> a, std::span<const double> b, double test_rows,
                             double training_rows);

/// P(|T| > t) for Student's t with `freedom` degrees, t >= 0.
double student_two_sided(double t, double freedom);
/// The t that student_two_sided() gives p for.
double student_quantile(double p, double freedom);

}  // namespace gb
