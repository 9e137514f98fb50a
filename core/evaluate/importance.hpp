#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/events/events.hpp"
#include "core/model/model.hpp"

namespace gb {

/// How people call a feature: its name, or where its pixel stands.
std::string feature_name(const ProblemSet& problem, std::size_t feature);

/// The features of greatest importance, at most `most` of them, the most important first.
std::vector<std::size_t> most_important(std::span<const double> importances, std::size_t most = 20);

/// What each feature contributes: bars of the greatest ones (view "importance"), or for pictures a map of all pixels.
Event importance_view(const ProblemSet& problem, std::span<const double> importances, std::int64_t step);

/// How much accuracy (or r2) is lost when a feature's values are shuffled among the rows (Breiman 2001), the mean over
/// `repeats`. Asks validation rows where there are some, else training rows; at most 1,000 of them. Empty when stopped.
std::vector<double> permutation_importance(const Model& model, const ProblemSet& problem,
                                           std::span<const std::size_t> features, int repeats, std::uint64_t seed,
                                           const std::function<bool()>& stop);
/// Its bars (view "permutation-importance").
std::shared_ptr<const Chart> permutation_view(const ProblemSet& problem, std::span<const std::size_t> features,
                                              std::span<const double> losses, std::int64_t step);

}  // namespace gb
