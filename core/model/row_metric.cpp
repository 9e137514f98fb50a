#include "core/model/row_metric.hpp"

#include <algorithm>
#include <cmath>

namespace gb {
namespace {

constexpr std::int64_t lanes = 16;  ///< running sums, in a fixed order: vectorised without reordering

template <class Part>
double sum_of(const float* a, const float* b, std::int64_t features, const Part& part) {
  double sums[lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= features; i += lanes)
    for (std::int64_t lane = 0; lane < lanes; ++lane) sums[lane] += part(a[i + lane], b[i + lane]);
  for (; i < features; ++i) sums[0] += part(a[i], b[i]);
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace

double RowMetric::reduced(const float* a, const float* b, std::int64_t features) const {
  switch (kind) {
    case Kind::euclidean:
      return sum_of(a, b, features, [](float x, float y) {
        const auto difference = static_cast<double>(x - y);
        return difference * difference;
      });
    case Kind::manhattan:
      return sum_of(a, b, features, [](float x, float y) { return static_cast<double>(std::abs(x - y)); });
    case Kind::cosine:
      return 1 -
             sum_of(a, b, features, [](float x, float y) { return static_cast<double>(x) * static_cast<double>(y); });
    case Kind::minkowski:
      return sum_of(a, b, features,
                    [this](float x, float y) { return std::pow(static_cast<double>(std::abs(x - y)), p); });
  }
  return 0;
}

double RowMetric::part(double difference) const {
  switch (kind) {
    case Kind::manhattan:
      return std::abs(difference);
    case Kind::minkowski:
      return std::pow(std::abs(difference), p);
    default:
      return difference * difference;
  }
}

double RowMetric::distance(double reduced_distance) const {
  switch (kind) {
    case Kind::euclidean:
      return std::sqrt(std::max(reduced_distance, 0.0));
    case Kind::minkowski:
      return std::pow(std::max(reduced_distance, 0.0), 1 / p);
    default:
      return std::max(reduced_distance, 0.0);
  }
}

void make_unit_length(float* row, std::int64_t features) {
  double squares = 0;
  for (std::int64_t i = 0; i < features; ++i) squares += static_cast<double>(row[i]) * static_cast<double>(row[i]);
  if (squares == 0) return;
  const double factor = 1 / std::sqrt(squares);
  for (std::int64_t i = 0; i < features; ++i) row[i] = static_cast<float>(static_cast<double>(row[i]) * factor);
}

}  // namespace gb
