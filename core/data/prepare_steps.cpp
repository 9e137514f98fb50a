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

}  // namespace

std::span<const StepInfo> preparation_steps() {
  // In the order of StepKind.
  static const std::array<StepInfo, 6> steps{{
      {"drop_duplicates", "Drop duplicates", "Removes training rows that equal an earlier one in features and target.",
       no_schema().specs()},
      {"impute", "Fill in missing values",
       "Replaces missing numbers by the column's median and missing categories by the most frequent one.",
       impute_schema().specs()},
      {"one_hot", "One-hot encode",
       "Turns every categorical column into one 0/1 column per category; an unseen category gives zeros.",
       no_schema().specs()},
      {"standardize", "Standardize", "Shifts and scales every numeric column to mean 0 and standard deviation 1.",
       no_schema().specs()},
      {"scale", "Scale to a range",
       "Maps every numeric column from its minimum and maximum, or pixels from 0..255, onto a range.",
       scale_schema().specs()},
      {"keep_missing", "Keep missing values",
       "Leaves missing numbers as they are, for algorithms that learn from them (gradient boosting).",
       no_schema().specs()},
  }};
  return steps;
}

Json PlannedStep::document() const {
  Json document = Json::object();
  document["step"] = preparation_steps()[static_cast<std::size_t>(kind)].name;
  if (kind == StepKind::impute) document.update(impute_schema().write(impute));
  if (kind == StepKind::scale) document.update(scale_schema().write(scale));
  return document;
}

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
    if (plan.kind == StepKind::impute) {
      plan.impute = impute_schema().read(fields, where);
    } else if (plan.kind == StepKind::scale) {
      plan.scale = scale_schema().read(fields, where);
      const auto& range = plan.scale.range;
      if (range.size() != 2 || range[0] >= range[1])
        throw ParamError(where + ".range must be two numbers, the lower one first", where + ".range",
                         "[low, high] with low < high");
    } else {
      validated(no_schema().specs(), fields, where);
    }
    planned.push_back(std::move(plan));
  }
  return planned;
}

}  // namespace gb
