#include "core/data/mutual_information.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/random.hpp"

namespace gb {
namespace {

/// Derivative of ln Gamma at a positive whole number: -Euler's constant + 1 + 1/2 + ... + 1/(n - 1).
class Digamma {
 public:
  explicit Digamma(std::size_t largest) : values_(largest + 1) {
    constexpr double euler = 0.57721566490153286061;
    double sum = -euler;
    for (std::size_t n = 1; n <= largest; ++n) {
      values_[n] = sum;
      sum += 1 / static_cast<double>(n);
    }
  }
  double operator()(std::size_t n) const { return values_[n]; }

 private:
  std::vector<double> values_;
};

/// Divided by its deviation, with noise far below what data holds: no two values are equal.
std::vector<double> told_apart(std::span<const double> values, std::uint64_t stream) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double deviation = squares > 0 ? std::sqrt(squares / count) : 1;
  std::vector<double> scaled;
  double size = 0;
  for (const double value : values) {
    scaled.push_back(value / deviation);
    size += std::abs(scaled.back());
  }
  const double noise = 1e-10 * std::max(1.0, size / count);
  Random random(7, stream);
  for (double& value : scaled) value += noise * random.normal();
  return scaled;
}

/// How many of the sorted values are within `radius` of `value`, `value` itself included.
std::size_t count_within(const std::vector<double>& sorted, double value, double radius) {
  // By differences, as the radius is one: value - radius would be rounded onto the neighbour that is not to count.
  const auto begin =
      std::partition_point(sorted.begin(), sorted.end(), [&](double other) { return value - other > radius; });
  const auto end = std::partition_point(begin, sorted.end(), [&](double other) { return other - value <= radius; });
  return static_cast<std::size_t>(end - begin);
}

/// The distance from sorted[at] to its k-th nearest neighbour, 0 < k < size.
double distance_to_neighbor(const std::vector<double>& sorted, std::size_t at, std::size_t k) {
  std::size_t left = at, right = at;
  double distance = 0;
  for (; k > 0; --k) {
    const double below = left > 0 ? sorted[at] - sorted[left - 1] : std::numeric_limits<double>::infinity();
    const double above =
        right + 1 < sorted.size() ? sorted[right + 1] - sorted[at] : std::numeric_limits<double>::infinity();
    distance = std::min(below, above);
    if (below <= above)
      --left;
    else
      ++right;
  }
  return distance;
}

/// The next smaller number: neighbours at the distance itself do not count.
double just_below(double distance) {
  return std::nextafter(distance, 0.0);
}

}  // namespace

double information_of_codes(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  if (a.empty()) return 0;
  const auto size = [](std::span<const std::int32_t> codes) {
    return static_cast<std::size_t>(*std::max_element(codes.begin(), codes.end())) + 1;
  };
  const std::size_t columns = size(b);
  std::vector<double> pairs(size(a) * columns), of_a(size(a)), of_b(columns);
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto row = static_cast<std::size_t>(a[i]), column = static_cast<std::size_t>(b[i]);
    ++pairs[row * columns + column];
    ++of_a[row];
    ++of_b[column];
  }
  const auto count = static_cast<double>(a.size());
  double information = 0;
  for (std::size_t row = 0; row < of_a.size(); ++row)
    for (std::size_t column = 0; column < columns; ++column)
      if (const double both = pairs[row * columns + column]; both > 0)
        information += both / count * std::log(both * count / (of_a[row] * of_b[column]));
  return std::max(0.0, information);
}

double information_of_classes(std::span<const double> numbers, std::span<const std::int32_t> classes, int neighbors) {
  const auto values = told_apart(numbers, 1);
  std::vector<std::vector<double>> by_class;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto place = static_cast<std::size_t>(classes[i]);
    if (by_class.size() <= place) by_class.resize(place + 1);
    by_class[place].push_back(values[i]);
  }
  // A class of one row has no neighbours: it counts for nothing.
  std::vector<double> sorted;
  for (auto& members : by_class) {
    std::sort(members.begin(), members.end());
    if (members.size() > 1) sorted.insert(sorted.end(), members.begin(), members.end());
  }
  if (sorted.empty()) return 0;
  std::sort(sorted.begin(), sorted.end());
  const Digamma digamma(sorted.size());
  double sum = 0;
  for (const auto& members : by_class) {
    if (members.size() < 2) continue;
    const std::size_t k = std::min(static_cast<std::size_t>(neighbors), members.size() - 1);
    for (std::size_t i = 0; i < members.size(); ++i) {
      const double radius = just_below(distance_to_neighbor(members, i, k));
      sum += digamma(k) - digamma(members.size()) - digamma(count_within(sorted, members[i], radius));
    }
  }
  return std::max(0.0, digamma(sorted.size()) + sum / static_cast<double>(sorted.size()));
}

double information_of_numbers(std::span<const double> x, std::span<const double> y, int neighbors) {
  const std::size_t count = x.size();
  if (count < 3) return 0;
  const std::size_t k = std::min(static_cast<std::size_t>(neighbors), count - 1);
  const auto first = told_apart(x, 1), second = told_apart(y, 2);
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return first[a] < first[b]; });
  std::vector<double> along(count), across(count);
  for (std::size_t i = 0; i < count; ++i) {
    along[i] = first[order[i]];
    across[i] = second[order[i]];
  }
  auto sorted_across = across;
  std::sort(sorted_across.begin(), sorted_across.end());
  const Digamma digamma(count);
  std::vector<double> nearest(k);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    // Outwards along the first column until it alone is farther away than the k-th nearest so far.
    std::fill(nearest.begin(), nearest.end(), std::numeric_limits<double>::infinity());
    std::size_t left = i, right = i + 1;
    while (left > 0 || right < count) {
      const double below = left > 0 ? along[i] - along[left - 1] : std::numeric_limits<double>::infinity();
      const double above = right < count ? along[right] - along[i] : std::numeric_limits<double>::infinity();
      if (std::min(below, above) >= nearest.back()) break;
      const std::size_t other = below <= above ? --left : right++;
      const double distance = std::max(std::min(below, above), std::abs(across[other] - across[i]));
      if (distance >= nearest.back()) continue;
      auto place = std::upper_bound(nearest.begin(), nearest.end(), distance);
      std::move_backward(place, nearest.end() - 1, nearest.end());
      *place = distance;
    }
    const double radius = just_below(nearest.back());
    // The counts include the point itself: equation 8 has one more than the others.
    sum += digamma(count_within(along, along[i], radius)) + digamma(count_within(sorted_across, across[i], radius));
  }
  return std::max(0.0, digamma(count) + digamma(k) - sum / static_cast<double>(count));
}

}  // namespace gb
