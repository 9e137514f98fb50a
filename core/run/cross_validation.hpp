#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/evaluate/metrics.hpp"
#include "core/evaluate/significance.hpp"
#include "core/run/runner.hpp"

namespace gb {

/// The splits of the experiment's cross-validation, those of one repeat after those of the other, over training and
/// validation rows; test rows stay apart. The experiment must ask for folds.
std::vector<Split> validation_splits(const PreparedRun& prepared, std::uint64_t seed);

/// Fits the experiment anew on every split of its cross-validation, preparation and class balance too, on training and
/// validation rows alone: test rows stay apart. Pauses and stops with `context`, which hears a sentence and the Table
/// view "cross-validation" per split. Nothing where the experiment asks for none, or when stopped before the second
/// split has ended.
std::optional<CrossValidation> cross_validate(const PreparedRun& prepared, RunContext& context);

/// What two recorded runs say of a metric: the corrected paired t-test over their cross-validations, where both were
/// made over the same splits of the same data.
struct Comparison {
  std::string metric;
  Difference difference;  ///< first less second
  /// "accuracy: 0.012 more (-0.004 to 0.028 with 95 % confidence): this is no evidence of a difference."
  std::string sentence() const;
};
/// Empty where the runs were not cross-validated over the same splits; metrics that both have for every split. `result`
/// of both as result_json() made it.
std::vector<Comparison> compare_runs(const Json& first_result, const Json& second_result,
                                     const std::string& first_fingerprint, const std::string& second_fingerprint);

}  // namespace gb
