#include "core/data/target_scale.hpp"

#include <cmath>

namespace gb {

TargetScale TargetScale::of(const Target& target, std::span<const std::int64_t> rows) {
  double sum = 0, squares = 0;
  for (const auto row : rows) sum += static_cast<double>(target.values[static_cast<std::size_t>(row)]);
  const double mean = sum / static_cast<double>(rows.size());
  for (const auto row : rows) {
    const double difference = static_cast<double>(target.values[static_cast<std::size_t>(row)]) - mean;
    squares += difference * difference;
  }
  const double deviation = std::sqrt(squares / static_cast<double>(rows.size()));
  return {mean, deviation > 0 ? deviation : 1};
}

std::vector<float> TargetScale::scaled(const Target& target) const {
  std::vector<float> values;
  values.reserve(target.values.size());
  for (const float value : target.values)
    values.push_back(static_cast<float>((static_cast<double>(value) - mean) / deviation));
  return values;
}

}  // namespace gb
