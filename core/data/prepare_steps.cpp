#include "core/data/prepare_steps.hpp"

#include <algorithm>
#include <array>

#include "core/params/schema.hpp"

namespace gb {
namespace {

struct NoParams {};

const Schema<NoParams>& no_schema() {
  static const Schema<NoParams> schema;
  return schema;
}

const Schema<ImputeParams>& impute_schema() {
  static const auto schema =
      Schema<ImputeParams>{}.add(&ImputeParams::numeric, {.name = "numeric",
                                                          .label = "Numbers",
                                                          .help = "What a missing number is replaced by.",
                                                          .choices = {{"median", "Median"}, {"mean", "Mean"}}});
  return schema;
}

const Schema<ScaleParams>& scale_schema() {
  static const auto schema =
      Schema<ScaleParams>{}.add(&ScaleParams::range, {.name = "range",
                                                      .label = "Range",
                                                      .help = "The interval that values are mapped onto: [low, high].",
                                                      .valid = {-1e6, 1e6},
                                                      .search = {-1, 1},
                                                      .most = 2});
  return schema;
}

ParamSpec columns_spec(const char* what) {
  return {.name = "columns",
          .label = "Columns",
          .help = std::string("The names of the columns that it is for; none means every ") + what + " one.",
          .most = 1000};
}

const Schema<ClipParams>& clip_schema() {
  static const auto schema =
      Schema<ClipParams>{}
          .add(&ClipParams::method,
               {.name = "method",
                .label = "Bounds",
                .help = "What the bounds are computed from.",
                .choices = {{"quantile", "Quantiles", "Two quantiles of the training values."},
                            {"iqr", "Interquartile range",
                             "The quartiles, widened by a multiple of the range between them (Tukey's fences)."}}})
          .add(&ClipParams::quantile_range, {.name = "quantile_range",
                                             .label = "Quantiles",
                                             .help = "The shares of the training values below the bounds: [low, high].",
                                             .valid = {0, 1},
                                             .search = {0, 1},
                                             .enabled_by = EnabledBy{"method", {"quantile"}},
                                             .most = 2})
          .add(&ClipParams::iqr_factor, {.name = "iqr_factor",
                                         .label = "Range factor",
                                         .help = "How many interquartile ranges beyond the quartiles a value may lie.",
                                         .valid = {0, 1000},
                                         .search = {1, 5},
                                         .enabled_by = EnabledBy{"method", {"iqr"}}})
          .add(&ClipParams::columns, columns_spec("numeric"));
  return schema;
}

const Schema<RareParams>& rare_schema() {
  static const auto schema =
      Schema<RareParams>{}
          .add(&RareParams::min_frequency,
               {.name = "min_frequency",
                .label = "Least frequency",
                .help = "A category is rare with fewer training rows than this; below 1 it is a share of them.",
                .valid = {0, 1e9, true},
                .search = {0.001, 0.1},
                .scale = Scale::log})
          .add(&RareParams::name, {.name = "name",
                                   .label = "Name",
                                   .help = "The category that rare ones, and those unseen in training, become."})
          .add(&RareParams::columns, columns_spec("categorical"));
  return schema;
}

const Schema<ColumnsParams>& encode_schema() {
  static const auto schema = Schema<ColumnsParams>{}.add(&ColumnsParams::columns, columns_spec("categorical"));
  return schema;
}

const Schema<PowerParams>& power_schema() {
  static const auto schema =
      Schema<PowerParams>{}
          .add(&PowerParams::standardize, {.name = "standardize",
                                           .label = "Standardize",
                                           .help = "Shift and scale the result to mean 0 and standard deviation 1."})
          .add(&PowerParams::columns, columns_spec("numeric"));
  return schema;
}

const Schema<VarianceParams>& variance_schema() {
  static const auto schema =
      Schema<VarianceParams>{}
          .add(&VarianceParams::threshold,
               {.name = "threshold",
                .label = "Threshold",
                .help = "A column whose variance in the training rows is at most this is left out; 0 leaves out "
                        "constant columns.",
                .valid = {0, 1e300},
                .search = {0, 1}})
          .add(&VarianceParams::columns, columns_spec("numeric"));
  return schema;
}

}  // namespace

std::span<const StepInfo> preparation_steps() {
  // In the order of StepKind.
  static const std::array<StepInfo, 12> steps{{
      {"drop_duplicates", "Drop duplicates", "Removes training rows that equal an earlier one in features and target.",
       no_schema().specs()},
      {"impute", "Fill in missing values",
       "Replaces missing numbers by the column's median and missing categories by the most frequent one.",
       impute_schema().specs()},
      {"clip_outliers", "Clip outliers",
       "Moves numbers beyond two bounds to these bounds, which come from quantiles or the interquartile range.",
       clip_schema().specs()},
      {"rare_categories", "Merge rare categories",
       "Makes one category of those that few training rows have, before they are encoded.", rare_schema().specs()},
      {"one_hot", "One-hot encode",
       "Turns every categorical column into one 0/1 column per category; an unseen category gives zeros.",
       no_schema().specs()},
      {"ordinal", "Ordinal encode",
       "Replaces every category by its position among the training rows' sorted ones; an unseen category gives -1.",
       encode_schema().specs()},
      {"frequency", "Frequency encode",
       "Replaces every category by its share of the training rows; an unseen category gives 0.",
       encode_schema().specs()},
      {"standardize", "Standardize", "Shifts and scales every numeric column to mean 0 and standard deviation 1.",
       no_schema().specs()},
      {"scale", "Scale to a range",
       "Maps every numeric column from its minimum and maximum, or pixels from 0..255, onto a range.",
       scale_schema().specs()},
      {"power", "Power transform",
       "Bends every numeric column by the power that makes it most like a normal distribution (Yeo and Johnson).",
       power_schema().specs()},
      {"select_variance", "Select by variance",
       "Leaves out numeric columns that vary too little to tell rows apart; categories stay, unless they were made "
       "numbers.",
       variance_schema().specs()},
      {"keep_missing", "Keep missing values",
       "Leaves missing numbers as they are, for algorithms that learn from them (gradient boosting).",
       no_schema().specs()},
  }};
  return steps;
}

const std::string& PlannedStep::name() const {
  return preparation_steps()[static_cast<std::size_t>(kind)].name;
}

const std::vector<std::string>& PlannedStep::columns() const {
  static const std::vector<std::string> none;
  switch (kind) {
    case StepKind::clip_outliers:
      return clip.columns;
    case StepKind::rare_categories:
      return rare.columns;
    case StepKind::ordinal:
    case StepKind::frequency:
      return encode.columns;
    case StepKind::power:
      return power.columns;
    case StepKind::select_variance:
      return variance.columns;
    default:
      return none;
  }
}

bool PlannedStep::encodes() const {
  return kind == StepKind::one_hot || kind == StepKind::ordinal || kind == StepKind::frequency;
}

Json PlannedStep::document() const {
  Json document = Json::object();
  document["step"] = name();
  switch (kind) {
    case StepKind::impute:
      document.update(impute_schema().write(impute));
      break;
    case StepKind::scale:
      document.update(scale_schema().write(scale));
      break;
    case StepKind::clip_outliers:
      document.update(clip_schema().write(clip));
      break;
    case StepKind::rare_categories:
      document.update(rare_schema().write(rare));
      break;
    case StepKind::ordinal:
    case StepKind::frequency:
      document.update(encode_schema().write(encode));
      break;
    case StepKind::power:
      document.update(power_schema().write(power));
      break;
    case StepKind::select_variance:
      document.update(variance_schema().write(variance));
      break;
    default:
      break;
  }
  return document;
}

namespace {

void check_low_high(const std::vector<double>& range, const std::string& field) {
  if (range.size() != 2 || range[0] >= range[1])
    throw ParamError(field + " must be two numbers, the lower one first", field, "[low, high] with low < high");
}

void read_fields(PlannedStep& plan, const Json& fields) {
  const std::string& where = plan.path;
  switch (plan.kind) {
    case StepKind::impute:
      plan.impute = impute_schema().read(fields, where);
      break;
    case StepKind::scale:
      plan.scale = scale_schema().read(fields, where);
      check_low_high(plan.scale.range, where + ".range");
      break;
    case StepKind::clip_outliers:
      plan.clip = clip_schema().read(fields, where);
      check_low_high(plan.clip.quantile_range, where + ".quantile_range");
      break;
    case StepKind::rare_categories:
      plan.rare = rare_schema().read(fields, where);
      if (plan.rare.name.empty())
        throw ParamError(where + ".name is empty, which stands for a missing category", where + ".name",
                         "a name for the rare categories");
      break;
    case StepKind::ordinal:
    case StepKind::frequency:
      plan.encode = encode_schema().read(fields, where);
      break;
    case StepKind::power:
      plan.power = power_schema().read(fields, where);
      break;
    case StepKind::select_variance:
      plan.variance = variance_schema().read(fields, where);
      break;
    default:
      validated(no_schema().specs(), fields, where);
  }
}

}  // namespace

bool keeps_missing(const Json& completed_steps) {
  const auto& name = preparation_steps()[static_cast<std::size_t>(StepKind::keep_missing)].name;
  return std::any_of(completed_steps.begin(), completed_steps.end(),
                     [&](const Json& step) { return step["step"] == name; });
}

std::vector<PlannedStep> read_steps(const Json& steps, const std::string& path) {
  if (steps.is_null()) return {};
  if (!steps.is_array()) throw ParamError(path + " must be a list of steps", path, "a list of objects with a \"step\"");
  std::vector<std::string> names;
  std::string allowed = "one of:";
  for (const auto& info : preparation_steps()) {
    allowed += (names.empty() ? " " : ", ") + info.name;
    names.push_back(info.name);
  }
  constexpr std::size_t most_steps = 64;
  if (steps.size() > most_steps)
    throw ParamError(path + " has " + std::to_string(steps.size()) + " steps", path,
                     "at most " + std::to_string(most_steps) + " steps");
  std::vector<PlannedStep> planned;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string where = path + "[" + std::to_string(i) + "]";
    const Json& step = steps[i];
    if (!step.is_object() || !step.contains("step") || !step["step"].is_string())
      throw ParamError(where + " must be an object with a \"step\"", where + ".step", allowed);
    const auto name = step["step"].get<std::string>();
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      std::string message = where + ".step is \"" + name + "\", which is not a known step";
      if (const auto near = nearest_name(name, names); !near.empty()) message += "; did you mean '" + near + "'?";
      throw ParamError(message, where + ".step", allowed);
    }
    Json fields = step;
    fields.erase("step");
    PlannedStep plan;
    plan.kind = static_cast<StepKind>(found - names.begin());
    plan.path = where;
    read_fields(plan, fields);
    planned.push_back(std::move(plan));
  }
  return planned;
}

}  // namespace gb
