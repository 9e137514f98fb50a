#include "core/model/pairwise_probability.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace gb {

double MarginSigmoid::operator()(double margin) const {
  const double x = a * margin + b;
  return x >= 0 ? std::exp(-x) / (1 + std::exp(-x)) : 1 / (1 + std::exp(x));
}

MarginSigmoid fit_margin_sigmoid(std::span<const double> margins, std::span<const std::uint8_t> positive) {
  const auto ones = static_cast<double>(std::count(positive.begin(), positive.end(), std::uint8_t{1}));
  const double zeros = static_cast<double>(positive.size()) - ones;
  const double high = (ones + 1) / (ones + 2), low = 1 / (zeros + 2);
  const auto loss = [&](double a, double b) {
    double sum = 0;
    for (std::size_t i = 0; i < margins.size(); ++i) {
      const double x = a * margins[i] + b, target = positive[i] ? high : low;
      sum += x >= 0 ? target * x + std::log1p(std::exp(-x)) : (target - 1) * x + std::log1p(std::exp(x));
    }
    return sum;
  };
  double a = 0, b = std::log((zeros + 1) / (ones + 1)), value = loss(a, b);
  for (int iteration = 0; iteration < 100; ++iteration) {
    // The ridge keeps the second derivative positive definite.
    double h11 = 1e-12, h22 = 1e-12, h21 = 0, g1 = 0, g2 = 0;
    for (std::size_t i = 0; i < margins.size(); ++i) {
      const double p = MarginSigmoid{a, b}(margins[i]), target = positive[i] ? high : low;
      const double curve = p * (1 - p), slope = target - p;
      h11 += margins[i] * margins[i] * curve;
      h22 += curve;
      h21 += margins[i] * curve;
      g1 += margins[i] * slope;
      g2 += slope;
    }
    if (std::abs(g1) < 1e-5 && std::abs(g2) < 1e-5) break;
    const double determinant = h11 * h22 - h21 * h21;
    const double da = -(h22 * g1 - h21 * g2) / determinant, db = -(-h21 * g1 + h11 * g2) / determinant;
    const double descent = g1 * da + g2 * db;
    double step = 1;
    while (step >= 1e-10 && !(loss(a + step * da, b + step * db) < value + 1e-4 * step * descent)) step /= 2;
    if (step < 1e-10) break;
    a += step * da;
    b += step * db;
    value = loss(a, b);
  }
  return {a, b};
}

void couple_pairs(std::span<const double> pairs, std::int64_t classes, double* probabilities) {
  const auto k = static_cast<std::size_t>(classes);
  std::vector<double> q(k * k), product(k);
  for (std::size_t t = 0; t < k; ++t) {
    probabilities[t] = 1 / static_cast<double>(k);
    for (std::size_t j = 0; j < k; ++j) {
      if (j == t) continue;
      q[t * k + t] += pairs[j * k + t] * pairs[j * k + t];
      q[t * k + j] = -pairs[j * k + t] * pairs[t * k + j];
    }
  }
  const int most = static_cast<int>(std::max<std::size_t>(100, k));
  for (int iteration = 0; iteration < most; ++iteration) {
    double whole = 0, error = 0;
    for (std::size_t t = 0; t < k; ++t) {
      product[t] = 0;
      for (std::size_t j = 0; j < k; ++j) product[t] += q[t * k + j] * probabilities[j];
      whole += probabilities[t] * product[t];
    }
    for (std::size_t t = 0; t < k; ++t) error = std::max(error, std::abs(product[t] - whole));
    if (error < 0.005 / static_cast<double>(k)) break;
    for (std::size_t t = 0; t < k; ++t) {
      const double change = (whole - product[t]) / q[t * k + t];
      probabilities[t] += change;
      whole = (whole + change * (change * q[t * k + t] + 2 * product[t])) / (1 + change) / (1 + change);
      for (std::size_t j = 0; j < k; ++j) {
        product[j] = (product[j] + change * q[t * k + j]) / (1 + change);
        probabilities[j] /= 1 + change;
      }
    }
  }
}

}  // namespace gb
