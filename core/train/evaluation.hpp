#pragma once

#include <map>
#include <span>

#include "core/data/problem_set.hpp"
#include "core/graph/network.hpp"
#include "core/train/objective.hpp"

namespace gb {

/// Loss and share of right answers over some rows.
struct Score {
  double loss = 0;
  double accuracy = 0;
};

/// A network as it computes after training, against the answers.
class Evaluation {
 public:
  /// `kept` holds the parameters and states to judge, as they are at each call. All arguments must outlive it.
  Evaluation(const Network& network, const Storage& kept, Device& device, const ProblemSet& problem,
             const TrainingTarget& target, const TrainingParams& params);

  /// `outputs` gets one row per row: probabilities (classification) or values.
  Score score(std::span<const std::int64_t> rows, MatrixF& outputs);
  /// Bytes that score() takes for so many rows, its outputs included.
  std::int64_t planned_bytes(std::size_t rows) const;

 private:
  Executable& executable(std::int64_t rows);

  Device& device_;
  const ProblemSet& problem_;
  const TrainingTarget& target_;
  ValueId input_;
  Graph graph_;
  Objective judged_;
  std::map<ValueId, void*> bound_;
  std::map<std::int64_t, Executable> executables_;  ///< by batch size: whole ones and the remainder
};

}  // namespace gb
