#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/data/batch_feed.hpp"
#include "core/graph/executable.hpp"
#include "core/train/training_params.hpp"

namespace gb {

/// A further term of what a network makes small: a loss [1] of values of its graph, which a parameter of the run
/// weighs. The network's loss is that of its answers and factor * scale * term, summed up.
struct LossTerm {
  std::string name;             ///< of the series: "train/NAME" tells the term unweighed
  std::string field;            ///< the parameter whose value is `factor`; it may change while the network learns
  std::string op;               ///< "StandardNormalDivergenceLoss"
  std::vector<ValueId> values;  ///< that it reads
  double factor = 1;
  double scale = 1;
};

/// How the difference between a row and what a network makes of it is measured, as a mean over all numbers.
enum class ReconstructionLoss {
  squared_error,
  binary_cross_entropy,  ///< of numbers from 0 to 1; the network's outputs are logits
};

/// The answer of a row is the row itself, as it comes in: a varied picture is its own answer.
struct Reconstruction {
  ValueId input = -1;  ///< of the network's graph, in the shape of its output
  ReconstructionLoss loss = ReconstructionLoss::squared_error;
  std::vector<LossTerm> terms = {};
};

/// What the network should answer, per dataset row; one of the three is filled.
struct TrainingTarget {
  std::span<const std::int32_t> codes;             ///< classification
  std::span<const float> values;                   ///< regression, on the scale the network sees
  const Reconstruction* reconstruction = nullptr;  ///< not owned

  bool classes() const { return !codes.empty(); }
};

/// What a network is trained to make small, appended to its graph: where answers go in, and what comes out.
struct Objective {
  struct Term {
    ValueId loss = -1;    ///< [1], unweighed
    ValueId weight = -1;  ///< [1], to be bound: what its gradient counts
  };
  ValueId answers = -1;        ///< class numbers [N]; distributions [N, K] where blended; values [N, outputs]
  ValueId loss = -1;           ///< [1], without the terms
  ValueId predicted = -1;      ///< what to judge by: probabilities, scores, values [N, outputs]; -1: reconstructions
  ValueId class_weights = -1;  ///< [K], to be bound; -1: none
  ValueId squared_error = -1;  ///< [1], of reconstructions: mean over all numbers
  std::vector<Term> terms;     ///< in the order of Reconstruction::terms
  bool blended = false;        ///< answers are distributions

  /// What a loop reads after each run: all losses, and `predicted` where there is one.
  std::vector<ValueId> outputs() const;
};

/// The loss that `params` ask for. `blended`: rows will be blends of two, so that classes need distributions. Throws
/// ParamError where that loss has no such form.
Objective add_objective(Graph& graph, ValueId output, const TrainingTarget& target, const TrainingParams& params,
                        bool blended);
/// The same loss as results are judged by: without weights, smoothing and blends; `predicted` holds probabilities of
/// classes.
Objective add_judgement(Graph& graph, ValueId output, const TrainingTarget& target, const TrainingParams& params);

/// Writes the answers of dataset rows; `blends` is empty or has one entry per row. Reconstructions have their answers
/// already.
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
