#pragma once

#include "core/run/runner.hpp"

namespace gb {

/// Asks `model` about some of `rows` again and again, one at a time and many at a time, for a twentieth of a second
/// where three answers of each take no longer, after a first one that warms it up. Nothing for models without a rule
/// for new rows, for no rows, and when stopped.
std::optional<PredictionTime> prediction_time(const Model& model, const ProblemSet& problem,
                                              std::span<const std::int64_t> rows, const RunContext& context);

}  // namespace gb
