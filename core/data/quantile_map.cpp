#include "core/data/quantile_map.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

namespace gb {
namespace {

double polynomial(const std::array<double, 8>& terms, double x) {
  double sum = 0;
  for (std::size_t i = terms.size(); i-- > 0;) sum = sum * x + terms[i];
  return sum;
}

// Coefficients from the paper, constant term first.
constexpr std::array<double, 8> center_over{3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                                            1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                                            3.3430575583588128105e4, 2.5090809287301226727e3};
constexpr std::array<double, 8> center_under{1.0,
                                             4.2313330701600911252e1,
                                             6.8718700749205790830e2,
                                             5.3941960214247511077e3,
                                             2.1213794301586595867e4,
                                             3.9307895800092710610e4,
                                             2.8729085735721942674e4,
                                             5.2264952788528545610e3};
constexpr std::array<double, 8> tail_over{
    1.42343711074968357734e0, 4.63033784615654529590e0,  5.76949722146069140550e0,  3.64784832476320460504e0,
    1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr std::array<double, 8> tail_under{1.0,
                                           2.05319162663775882187e0,
                                           1.67638483018380384940e0,
                                           6.89767334985100004550e-1,
                                           1.48103976427480074590e-1,
                                           1.51986665636164571966e-2,
                                           5.47593808499534494600e-4,
                                           1.05075007164441684324e-9};
constexpr std::array<double, 8> far_over{
    6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,  2.96560571828504891230e-1,
    2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr std::array<double, 8> far_under{1.0,
                                          5.99832206555887937690e-1,
                                          1.36929880922735805310e-1,
                                          1.48753612908506148525e-2,
                                          7.86869131145613259100e-4,
                                          1.84631831751005468180e-5,
                                          1.42151175831644588870e-7,
                                          2.04426310338993978564e-15};

}  // namespace

double normal_quantile(double p, double complement) {
  const double away = p < 0.5 ? p - 0.5 : 0.5 - complement;
  if (std::abs(away) <= 0.425) {
    const double r = 0.180625 - away * away;
    return away * polynomial(center_over, r) / polynomial(center_under, r);
  }
  const double tail = std::min(p, complement);
  if (!(tail > 0)) return away < 0 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  const double r = std::sqrt(-std::log(tail));
  const double size = r <= 5 ? polynomial(tail_over, r - 1.6) / polynomial(tail_under, r - 1.6)
                             : polynomial(far_over, r - 5) / polynomial(far_under, r - 5);
  return away < 0 ? -size : size;
}

double QuantileMap::apply(double x) const {
  if (std::isnan(x)) return x;
  if (x <= knots.front()) return normal ? -largest_normal : 0;
  if (x >= knots.back()) return normal ? largest_normal : 1;
  const auto right = static_cast<std::size_t>(std::upper_bound(knots.begin(), knots.end(), x) - knots.begin());
  const std::size_t left = right - 1;
  double place, complement;
  if (x == knots[left]) {
    place = (below[left] + above[left]) / 2;
    complement = 1 - place;
  } else {
    const double width = knots[right] - knots[left];
    const double share = (x - knots[left]) / width, rest = (knots[right] - x) / width;
    place = above[left] * rest + below[right] * share;
    complement = (1 - above[left]) * rest + (1 - below[right]) * share;
  }
  if (!normal) return place;
  return std::clamp(normal_quantile(place, complement), -largest_normal, largest_normal);
}

QuantileMap QuantileMap::fit(std::vector<double> values, std::size_t count, bool normal) {
  std::sort(values.begin(), values.end());
  count = std::max<std::size_t>(1, std::min(count, values.size()));
  QuantileMap map;
  map.normal = normal;
  for (std::size_t i = 0; i < count; ++i) {
    // Its place among the values as a whole number and a share: exact, so that equal values give equal quantiles.
    const std::uint64_t parts = count > 1 ? count - 1 : 1;
    const std::uint64_t scaled = static_cast<std::uint64_t>(i) * (values.size() - 1);
    const auto at = static_cast<std::size_t>(scaled / parts);
    const double share = static_cast<double>(scaled % parts) / static_cast<double>(parts);
    const double value = share > 0 ? std::lerp(values[at], values[at + 1], share) : values[at];
    const double place = static_cast<double>(i) / static_cast<double>(parts);
    if (!map.knots.empty() && value <= map.knots.back()) {
      map.above.back() = place;
      continue;
    }
    map.knots.push_back(value);
    map.below.push_back(place);
    map.above.push_back(place);
  }
  return map;
}

}  // namespace gb
