#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/run/runner.hpp"

namespace gb {

/// `rows` in an order in which every beginning is drawn evenly: in it each class has its share to within one row.
/// Deterministic in `seed`.
std::vector<std::int64_t> growing_order(const Target& target, std::span<const std::int64_t> rows, std::uint64_t seed);

/// Fits the experiment anew on growing shares of its training rows, preparation and class balance too, and scores each
/// on the rows learnt from and on validation rows; where the experiment cross-validates, on the folds of its first
/// repeat instead, as means over them. Rows of a smaller share are among those of a larger one. Shares that are too
/// small to learn from (one class left) are left out. Pauses and stops with `context`, which hears a sentence and the
/// Chart view "learning-curve" per point. Nothing where the experiment asks for none, or when stopped before the second
/// point.
std::optional<LearningCurve> learning_curve(const PreparedRun& prepared, RunContext& context);

}  // namespace gb
