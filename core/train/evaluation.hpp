#pragma once

#include <map>
#include <span>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/graph/network.hpp"
#include "core/train/objective.hpp"

namespace gb {

/// Loss and share of right answers over some rows.
struct Score {
  double loss = 0;  ///< without the terms
  double accuracy = 0;
  double squared_error = 0;   ///< of reconstructions
  std::vector<double> terms;  ///< of reconstructions, in their order
};

/// A network as it computes after training, against the answers.
class Evaluation {
 public:
  /// `kept` holds the parameters and states to judge, as they are at each call. All arguments must outlive it.
  Evaluation(const Network& network, const Storage& kept, Device& device, const ProblemSet& problem,
             const TrainingTarget& target, const TrainingParams& params);

  /// `outputs` gets one row per row: probabilities (classification) or values; of reconstructions nothing.
  Score score(std::span<const std::int64_t> rows, MatrixF& outputs);
  /// Bytes that score() takes for so many rows, its outputs included.
  std::int64_t planned_bytes(std::size_t rows) const;

 private:
  Executable& executable(std::int64_t rows);
  std::int64_t columns() const;

  Device& device_;
  const ProblemSet& problem_;
  const TrainingTarget& target_;
  ValueId input_;
  Graph graph_;
  Objective judged_;
  std::vector<ValueId> outputs_;
  std::map<ValueId, void*> bound_;
  std::map<std::int64_t, Executable> executables_;  ///< by batch size: whole ones and the remainder
};

}  // namespace gb
