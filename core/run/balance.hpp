#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/data/problem_set.hpp"
#include "core/events/events.hpp"
#include "core/params/schema.hpp"

namespace gb {

enum class BalanceMethod { none, over, under, smote, weights };

/// The "balance" object of an experiment: what is done so that rare classes are not overheard. It touches training rows
/// alone, after the split and after the preparation was fitted, and in a cross-validation those of each split anew.
struct BalanceParams {
  BalanceMethod method = BalanceMethod::none;
  int neighbors = 5;  ///< of SMOTE
  double ratio = 1;   ///< rows of the rarest class by those of the most frequent one, at least
};
const Schema<BalanceParams>& balance_schema();

/// The problem to learn from: `problem` with training rows left out (under), said again (over) or made up (smote), in
/// ascending order; nothing for none and weights. Neither other parts nor rows that are there change; made-up rows
/// stand behind those of the dataset. Deterministic in `seed`.
/// - over: rows of a class come again in an order that is drawn, each as often as every other one, to within one;
/// - under: rows are drawn without replacement;
/// - smote (Chawla, Bowyer, Hall, Kegelmeyer 2002): a new row lies between a row and one of its nearest of the same
///   class, at a place that is drawn; prepared features that are 0 or 1 in every training row (encoded categories) come
///   from the nearer of the two, so that there are no halves of them.
/// Throws ParamError (below "balance") for a target that is no class and, for smote, for pictures; DataError, for
/// smote, for a class with one training row and for features that are not finite.
std::optional<ProblemSet> balanced(const ProblemSet& problem, const BalanceParams& params, std::uint64_t seed);

/// Rows of each class before and after (view "balance").
std::shared_ptr<const Table> balance_view(const ProblemSet& problem, const ProblemSet& balanced);

}  // namespace gb
