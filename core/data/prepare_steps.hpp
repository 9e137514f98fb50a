#pragma once

#include <string>
#include <vector>

#include "core/data/prepare.hpp"

namespace gb {

enum class NumericFill { median, mean };
struct ImputeParams {
  NumericFill numeric = NumericFill::median;
};
struct ScaleParams {
  std::vector<double> range{0, 1};
};

enum class StepKind { drop_duplicates, impute, one_hot, standardize, scale, keep_missing };

/// A step of the "prepare" array, read and complete.
struct PlannedStep {
  StepKind kind = StepKind::impute;
  ImputeParams impute;
  ScaleParams scale;
  std::string path;  ///< "prepare[2]"; empty for steps nobody named

  /// As documents hold it, defaults filled in.
  Json document() const;
};

/// Missing numbers go through a preparation with these completed steps as they are.
bool keeps_missing(const Json& completed_steps);

/// Throws ParamError with paths below `path`.
std::vector<PlannedStep> read_steps(const Json& steps, const std::string& path);

}  // namespace gb
