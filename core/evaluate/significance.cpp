#include "core/evaluate/significance.hpp"

#include <cassert>
#include <cmath>
#include <vector>

namespace gb {
namespace {

/// The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method.
double beta_fraction(double x, double a, double b) {
  constexpr double tiny = 1e-300;
  double c = 1, d = 1 - (a + b) * x / (a + 1);
  d = 1 / (std::abs(d) < tiny ? tiny : d);
  double value = d;
  for (int m = 1; m <= 500; ++m) {
    for (const double numerator : {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                                   -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))}) {
      d = 1 + numerator * d;
      d = 1 / (std::abs(d) < tiny ? tiny : d);
      c = 1 + numerator / c;
      if (std::abs(c) < tiny) c = tiny;
      value *= c * d;
    }
    if (std::abs(c * d - 1) < 1e-15) break;
  }
  return value;
}

/// The regularised incomplete beta function I_x(a, b).
double incomplete_beta(double x, double a, double b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front =
      std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(x, a, b) / a;
  return 1 - front * beta_fraction(1 - x, b, a) / b;
}

/// Nadeau and Bengio's variance of a mean over splits.
double corrected_variance(const MeanScore& score, std::size_t count, double test_rows, double training_rows) {
  const double ratio = training_rows > 0 ? test_rows / training_rows : 0;
  return (1 / static_cast<double>(count) + ratio) * score.deviation * score.deviation;
}

}  // namespace

double student_two_sided(double t, double freedom) {
  return incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

double student_quantile(double p, double freedom) {
  double low = 0, high = 1;
  while (student_two_sided(high, freedom) > p && high < 1e12) high *= 2;
  for (int i = 0; i < 200 && high - low > 1e-12 * high; ++i) {
    const double middle = (low + high) / 2;
    (student_two_sided(middle, freedom) > p ? low : high) = middle;
  }
  return (low + high) / 2;
}

MeanScore mean_score(std::span<const double> scores, double test_rows, double training_rows) {
  MeanScore result;
  if (scores.empty()) return result;
  const auto count = static_cast<double>(scores.size());
  for (const double score : scores) result.mean += score / count;
  result.interval = {result.mean, result.mean};
  if (scores.size() < 2) return result;
  double squares = 0;
  for (const double score : scores) squares += (score - result.mean) * (score - result.mean);
  result.deviation = std::sqrt(squares / (count - 1));
  const double half = student_quantile(0.05, count - 1) *
                      std::sqrt(corrected_variance(result, scores.size(), test_rows, training_rows));
  result.interval = {result.mean - half, result.mean + half};
  return result;
}

Difference paired_difference(std::span<const double> a, std::span<const double> b, double test_rows,
                             double training_rows) {
  assert(a.size() == b.size());
  std::vector<double> differences(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) differences[i] = a[i] - b[i];
  Difference result{mean_score(differences, test_rows, training_rows)};
  const double variance = corrected_variance(result, a.size(), test_rows, training_rows);
  if (a.size() >= 2 && variance > 0)
    result.p = student_two_sided(std::abs(result.mean) / std::sqrt(variance), static_cast<double>(a.size()) - 1);
  else if (a.size() >= 2 && result.mean != 0)
    result.p = 0;  // the same difference in every split
  return result;
}

}  // namespace gb
