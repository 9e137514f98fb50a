#include "core/data/prepare_steps.hpp"

#include <algorithm>

namespace gb {

std::span<const StepInfo> preparation_steps() {
  static const std::vector<StepInfo> infos = [] {
    std::vector<StepInfo> all;
    for (const auto& definition : step_definitions()) all.push_back(definition.info);
    return all;
  }();
  return infos;
}

PlannedStep PlannedStep::of(StepKind kind) {
  return {kind, {}, step_definitions()[static_cast<std::size_t>(kind)].read(Json::object(), {})};
}

const std::string& PlannedStep::name() const {
  return step_definitions()[static_cast<std::size_t>(kind)].info.name;
}

const std::vector<std::string>& PlannedStep::columns() const {
  static const std::vector<std::string> none;
  return std::visit(
      []<class Params>(const Params& each) -> const std::vector<std::string>& {
        if constexpr (std::is_base_of_v<ColumnsParams, Params>)
          return each.columns;
        else
          return none;
      },
      params);
}

bool PlannedStep::encodes() const {
  return kind == StepKind::one_hot || kind == StepKind::ordinal || kind == StepKind::frequency ||
         kind == StepKind::target;
}

bool PlannedStep::selects() const {
  return kind == StepKind::select_variance || kind == StepKind::select_information || kind == StepKind::select_chi2 ||
         kind == StepKind::select_recursive;
}

bool PlannedStep::uses_target() const {
  if (kind == StepKind::text) return as<TextParams>().choose == TextChoice::chi2;
  return kind == StepKind::target || (selects() && kind != StepKind::select_variance);
}

Json PlannedStep::document() const {
  Json document = Json::object();
  document["step"] = name();
  document.update(step_definitions()[static_cast<std::size_t>(kind)].write(params));
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
    const auto place = found - names.begin();
    planned.push_back(
        {static_cast<StepKind>(place), where, step_definitions()[static_cast<std::size_t>(place)].read(fields, where)});
  }
  return planned;
}

}  // namespace gb
