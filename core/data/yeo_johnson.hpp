#pragma once

#include <span>

namespace gb {

/// The power transform of Yeo and Johnson (2000, "A new family of power transformations to improve normality or
/// symmetry", equation 2.1), as it was fitted to one column: y(x; lambda) is ((x + 1)^lambda - 1) / lambda for x >= 0
/// and -((1 - x)^(2 - lambda) - 1) / (2 - lambda) below, with logarithms where an exponent is 0.
/// All is kept relative to `center`, so that numbers far from zero keep their digits.
struct YeoJohnson {
  double lambda = 1;
  double center = 0;     ///< a number in the middle of the column; 0 where it holds numbers of both signs
  double mean = 0;       ///< of y(x) - y(center)
  double deviation = 1;  ///< of y(x), 1 for a constant column

  /// (y(x) - y(center) - mean) / deviation. NaN stays NaN.
  double apply(double x) const;
  /// y(x; lambda) itself.
  static double curve(double x, double lambda);
  /// By the largest likelihood of the values (at least one, none NaN) under a normal distribution. Without
  /// `standardize` apply() gives y(x).
  static YeoJohnson fit(std::span<const double> values, bool standardize);
};

}  // namespace gb
