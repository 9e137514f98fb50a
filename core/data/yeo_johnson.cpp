#include "core/data/yeo_johnson.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace gb {
namespace {

/// (e^(power u) - 1) / power, which is u where the power is 0.
double power_of(double power, double u) {
  return power == 0 ? u : std::expm1(power * u) / power;
}

/// The columns' logarithms log(1 + |x|), less their mean where all numbers have one sign.
struct Logarithms {
  std::vector<double> values;
  std::vector<bool> negative;
  double middle = 0;
  double sum_of_signed = 0;  ///< of sign(x) log(1 + |x|)
};

Logarithms logarithms_of(std::span<const double> values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  Logarithms logarithms;
  double sum = 0;
  for (const double x : values) {
    const double logarithm = std::log1p(std::abs(x));
    sum += logarithm;
    logarithms.sum_of_signed += x < 0 ? -logarithm : logarithm;
    logarithms.values.push_back(logarithm);
    logarithms.negative.push_back(x < 0);
  }
  if (*least >= 0 || *most < 0) logarithms.middle = sum / static_cast<double>(values.size());
  for (double& value : logarithms.values) value -= logarithms.middle;
  return logarithms;
}

/// The negative logarithm of the likelihood, but for a constant (equation 3.1 of the paper).
double cost(const Logarithms& logarithms, double lambda) {
  const double count = static_cast<double>(logarithms.values.size());
  std::vector<double> moved(logarithms.values.size());
  double mean = 0;
  for (std::size_t i = 0; i < moved.size(); ++i) {
    moved[i] =
        logarithms.negative[i] ? -power_of(2 - lambda, logarithms.values[i]) : power_of(lambda, logarithms.values[i]);
    mean += moved[i] / count;
  }
  double variance = 0;
  for (const double value : moved) variance += (value - mean) * (value - mean) / count;
  // What the middle was taken out of comes back as a factor of all.
  const double power = logarithms.negative[0] ? 2 - lambda : lambda;
  const double result =
      count / 2 * (std::log(variance) + 2 * power * logarithms.middle) - (lambda - 1) * logarithms.sum_of_signed;
  return std::isfinite(result) ? result : std::numeric_limits<double>::max();
}

/// Where `function` is least between `low` and `high` (Brent 1973, "Algorithms for Minimization without Derivatives",
/// chapter 5: golden sections and parabolas).
double least_between(const std::function<double(double)>& function, double low, double high) {
  const double golden = (3 - std::sqrt(5.0)) / 2;
  constexpr double tolerance = 1e-9;
  double best = low + golden * (high - low), second = best, third = best;
  double at_best = function(best), at_second = at_best, at_third = at_best;
  double step = 0, before = 0;
  for (int round = 0; round < 200; ++round) {
    const double middle = (low + high) / 2;
    const double near = tolerance * std::max(1.0, std::abs(best));
    if (std::abs(best - middle) <= 2 * near - (high - low) / 2) break;
    bool parabola = false;
    if (std::abs(before) > near) {
      const double r = (best - second) * (at_best - at_third);
      double q = (best - third) * (at_best - at_second);
      double p = (best - third) * q - (best - second) * r;
      q = 2 * (q - r);
      if (q > 0) p = -p;
      q = std::abs(q);
      const double last = before;
      before = step;
      if (std::abs(p) < std::abs(q * last / 2) && p > q * (low - best) && p < q * (high - best)) {
        step = p / q;
        parabola = true;
        if (best + step - low < 2 * near || high - best - step < 2 * near) step = best < middle ? near : -near;
      }
    }
    if (!parabola) {
      before = best < middle ? high - best : low - best;
      step = golden * before;
    }
    const double tried = best + (std::abs(step) >= near ? step : step > 0 ? near : -near);
    const double at_tried = function(tried);
    if (at_tried <= at_best) {
      (tried < best ? high : low) = best;
      third = second, at_third = at_second;
      second = best, at_second = at_best;
      best = tried, at_best = at_tried;
    } else {
      (tried < best ? low : high) = tried;
      if (at_tried <= at_second || second == best) {
        third = second, at_third = at_second;
        second = tried, at_second = at_tried;
      } else if (at_tried <= at_third || third == best || third == second) {
        third = tried, at_third = at_tried;
      }
    }
  }
  return best;
}

/// The likeliest lambda, looked for in ever wider intervals while it lies at an end.
double likeliest_lambda(const Logarithms& logarithms) {
  double lambda = 1;
  for (double width = 2; width <= 4096; width *= 2) {
    lambda = least_between([&](double tried) { return cost(logarithms, tried); }, -width, width);
    if (std::abs(lambda) < 0.99 * width) break;
  }
  return lambda;
}

}  // namespace

double YeoJohnson::curve(double x, double lambda) {
  return x < 0 ? -power_of(2 - lambda, std::log1p(-x)) : power_of(lambda, std::log1p(x));
}

double YeoJohnson::apply(double x) const {
  double moved = 0;
  if (center != 0 && (x < 0) == (center < 0)) {
    const double power = x < 0 ? 2 - lambda : lambda;
    const double base = 1 + std::abs(center);
    const double away = std::log1p((std::abs(x) - std::abs(center)) / base);
    moved = std::copysign(std::pow(base, power), center) * power_of(power, away);
  } else {
    moved = curve(x, lambda) - curve(center, lambda);
  }
  return (moved - mean) / deviation;
}

YeoJohnson YeoJohnson::fit(std::span<const double> values, bool standardize) {
  YeoJohnson fitted;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const Logarithms logarithms = logarithms_of(values);
  fitted.center = *least == *most ? *least : std::copysign(std::expm1(logarithms.middle), *least);
  if (*least != *most) fitted.lambda = likeliest_lambda(logarithms);
  if (!standardize) {
    fitted.mean = -curve(fitted.center, fitted.lambda);
    return fitted;
  }
  if (*least == *most) return fitted;
  const double count = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const double value : values) mean += fitted.apply(value) / count;
  for (const double value : values) squares += (fitted.apply(value) - mean) * (fitted.apply(value) - mean);
  fitted.mean = mean;
  fitted.deviation = std::sqrt(squares / count);
  return fitted;
}

}  // namespace gb
