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

/// What steps for chosen columns share: their names, or none for all columns of the right type.
struct ColumnsParams {
  std::vector<std::string> columns;
};
enum class ClipMethod { quantile, iqr };
struct ClipParams : ColumnsParams {
  ClipMethod method = ClipMethod::quantile;
  std::vector<double> quantile_range{0.01, 0.99};
  double iqr_factor = 1.5;
};
struct RareParams : ColumnsParams {
  double min_frequency = 0.01;
  std::string name = "other";
};
struct PowerParams : ColumnsParams {
  bool standardize = true;
};
struct VarianceParams : ColumnsParams {
  double threshold = 0;
};

enum class StepKind {
  drop_duplicates,
  impute,
  clip_outliers,
  rare_categories,
  one_hot,
  ordinal,
  frequency,
  standardize,
  scale,
  power,
  select_variance,
  keep_missing
};

/// A step of the "prepare" array, read and complete.
struct PlannedStep {
  StepKind kind = StepKind::impute;
  std::string path = {};  ///< "prepare[2]"; empty for steps nobody named
  ImputeParams impute = {};
  ScaleParams scale = {};
  ClipParams clip = {};
  RareParams rare = {};
  ColumnsParams encode = {};  ///< of ordinal and frequency
  PowerParams power = {};
  VarianceParams variance = {};

  const std::string& name() const;
  /// Those it is limited to; empty for all that fit.
  const std::vector<std::string>& columns() const;
  /// It turns categories into numbers.
  bool encodes() const;
  bool encodes_all() const { return encodes() && columns().empty(); }
  /// As documents hold it, defaults filled in.
  Json document() const;
};

/// Missing numbers go through a preparation with these completed steps as they are.
bool keeps_missing(const Json& completed_steps);

/// Throws ParamError with paths below `path`.
std::vector<PlannedStep> read_steps(const Json& steps, const std::string& path);

}  // namespace gb
