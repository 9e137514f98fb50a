#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/problem_set.hpp"

namespace gb {

/// Mean and population deviation of a numeric target: a network learns on a scale where they are 0 and 1.
struct TargetScale {
  double mean = 0;
  double deviation = 1;  ///< never 0

  /// Of the given rows.
  static TargetScale of(const Target& target, std::span<const std::int64_t> rows);

  /// The values of all rows on that scale.
  std::vector<float> scaled(const Target& target) const;
  double unscaled(double value) const { return value * deviation + mean; }
};

}  // namespace gb
