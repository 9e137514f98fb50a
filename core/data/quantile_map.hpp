#pragma once

#include <span>
#include <vector>

namespace gb {

/// The quantile transform of one column: a value becomes its place among the training values, 0 to 1, by straight lines
/// between quantiles; or the normal deviate that has this place. A value that several quantiles are equal to takes
/// the middle of their places (as scikit-learn's QuantileTransformer, which interpolates upwards and downwards and
/// takes the mean of both).
struct QuantileMap {
  std::vector<double> knots;  ///< different quantiles, ascending, at least one
  std::vector<double>
      below;  ///< per knot: the least place of the quantiles equal to it, which is reached from the left
  std::vector<double> above;  ///< per knot: the largest, from which the line to the right starts
  bool normal = false;

  /// Up to the first knot the least result, from the last on the largest. NaN stays NaN.
  double apply(double x) const;
  /// By at most `count` quantiles of the known training values (at least one), which lie evenly from the smallest to
  /// the largest, linearly between neighbours.
  static QuantileMap fit(std::vector<double> values, std::size_t count, bool normal);
};

/// The normal deviate with this probability below it, and 1 - p given apart, as it has the digits that 1 - p loses near
/// 1 (Wichura 1988, algorithm AS 241, PPND16). 0 and 1 give infinities.
double normal_quantile(double p, double complement);

/// Normal results are kept within this and its negative, the quantile of 1 - 1e-7.
constexpr double largest_normal = 5.19933758193;

}  // namespace gb
