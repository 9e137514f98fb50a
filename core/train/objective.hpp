#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/batch_feed.hpp"
#include "core/graph/executable.hpp"
#include "core/train/training_params.hpp"

namespace gb {

/// What the network should answer, per dataset row; one of the two is filled.
struct TrainingTarget {
  std::span<const std::int32_t> codes;  ///< classification
  std::span<const float> values;        ///< regression, on the scale the network sees

  bool classes() const { return !codes.empty(); }
};

/// What a network is trained to make small, appended to its graph: where answers go in, and what comes out.
struct Objective {
  ValueId answers = -1;        ///< class numbers [N]; distributions [N, K] where blended; values [N, outputs]
  ValueId loss = -1;           ///< [1]
  ValueId predicted = -1;      ///< what to judge by: probabilities, scores, values [N, outputs]
  ValueId class_weights = -1;  ///< [K], to be bound; -1: none
  bool blended = false;        ///< answers are distributions
};

/// The loss that `params` ask for. `blended`: rows will be blends of two, so that classes need distributions. Throws
/// ParamError where that loss has no such form.
Objective add_objective(Graph& graph, ValueId output, const TrainingTarget& target, const TrainingParams& params,
                        bool blended);
/// The same loss as results are judged by: without weights, smoothing and blends; `predicted` holds probabilities of
/// classes.
Objective add_judgement(Graph& graph, ValueId output, const TrainingTarget& target, const TrainingParams& params);

/// Writes the answers of dataset rows; `blends` is empty or has one entry per row.
void load_answers(const Objective& objective, const TrainingTarget& target, std::span<const std::int64_t> rows,
                  std::span<const Blend> blends, Executable& into);
/// How many rows a classifier got right: the largest output is that of the row (of a blend: of its larger part).
std::int64_t count_right(const Objective& objective, const TrainingTarget& target, std::span<const std::int64_t> rows,
                         std::span<const Blend> blends, const Executable& done);

/// One weight per class: rows / (classes * rows of the class), so that every class has the same say and the mean row
/// counts 1. Classes without rows get 0.
std::vector<float> balanced_weights(std::span<const std::int32_t> codes, std::span<const std::int64_t> rows,
                                    std::int64_t classes);

}  // namespace gb
