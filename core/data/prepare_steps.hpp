#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/data/prepare.hpp"

namespace gb {

struct NoParams {};
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

enum class QuantileOutput { uniform, normal };
struct QuantileParams : ColumnsParams {
  QuantileOutput output = QuantileOutput::uniform;
  int quantiles = 1000;
};
struct PolynomialParams : ColumnsParams {
  int degree = 2;
  bool interaction_only = false;
};
struct TargetParams : ColumnsParams {
  std::optional<double> smooth;
  int folds = 5;
};
struct DatesParams : ColumnsParams {
  bool year = true, month = true, day = true, weekday = true, day_of_year = false, hour = true;
  bool cyclic = false;
  bool keep = false;
};
enum class TextWeighting { tfidf, count };
enum class TextChoice { frequency, chi2 };
enum class StopWords { english, none };
struct TextParams : ColumnsParams {
  TextWeighting weighting = TextWeighting::tfidf;
  int terms = 2000;
  TextChoice choose = TextChoice::frequency;
  int min_rows = 1;
  bool sublinear = false;
  StopWords stop_words = StopWords::english;
  std::vector<std::string> more_stop_words;
  bool chinese_pairs = true;
};
struct SelectParams : ColumnsParams {
  double keep = 0.5;  ///< below 1 a share of the columns judged, else how many
};
struct RecursiveParams : SelectParams {
  int per_round = 1;
};

using StepParams = std::variant<NoParams, ImputeParams, ScaleParams, ColumnsParams, ClipParams, RareParams, PowerParams,
                                VarianceParams, QuantileParams, PolynomialParams, TargetParams, DatesParams, TextParams,
                                SelectParams, RecursiveParams>;

enum class StepKind {
  drop_duplicates,
  impute,
  dates,
  text,
  clip_outliers,
  rare_categories,
  one_hot,
  ordinal,
  frequency,
  target,
  select_variance,
  select_chi2,
  standardize,
  scale,
  power,
  quantile,
  polynomial,
  select_information,
  select_recursive,
  keep_missing
};

/// What a kind of step says of itself, and how its fields are read and written.
struct StepDefinition {
  StepInfo info;
  std::function<StepParams(const Json& fields, const std::string& path)> read;
  std::function<Json(const StepParams& params)> write;
};
/// In the order of StepKind, which is one in which they make sense after one another: the studio puts them so.
std::span<const StepDefinition> step_definitions();

/// A step of the "prepare" array, read and complete.
struct PlannedStep {
  StepKind kind = StepKind::impute;
  std::string path = {};  ///< "prepare[2]"; empty for steps nobody named
  StepParams params = {};

  /// With the fields' defaults.
  static PlannedStep of(StepKind kind);

  template <class Params>
  const Params& as() const {
    return std::get<Params>(params);
  }
  const std::string& name() const;
  /// Those it is limited to; empty for all that fit.
  const std::vector<std::string>& columns() const;
  /// It turns categories into numbers.
  bool encodes() const;
  bool encodes_all() const { return encodes() && columns().empty(); }
  /// It judges columns and leaves some out.
  bool selects() const;
  /// It looks at the target of the training rows.
  bool uses_target() const;
  /// As documents hold it, defaults filled in.
  Json document() const;
};

/// Missing numbers go through a preparation with these completed steps as they are.
bool keeps_missing(const Json& completed_steps);

/// Throws ParamError with paths below `path`.
std::vector<PlannedStep> read_steps(const Json& steps, const std::string& path);

}  // namespace gb
