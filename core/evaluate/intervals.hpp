#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/model/model.hpp"

namespace gb {

/// Between these two a metric lies with 95 % confidence, as far as the rows it was computed from tell.
struct Interval {
  double low = 0, high = 0;
};
/// By metric name.
using Intervals = std::vector<std::pair<std::string, Interval>>;

/// Percentile intervals (Efron 1979) of the metrics that evaluate() reports for these rows, from 200 to 1,000 resamples
/// of the rows; the more rows, the fewer. Depends on the rows and `seed` alone, whatever the number of threads. Empty
/// for models that learn without answers, and for fewer than ten rows.
Intervals bootstrap_intervals(const ProblemSet& problem, const Prediction& prediction,
                              std::span<const std::int64_t> rows, std::uint64_t seed);

}  // namespace gb
