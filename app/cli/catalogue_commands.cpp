#include "app/cli/catalogue_commands.hpp"

#include <cmath>
#include <span>
#include <vector>

#include "app/cli/interruption.hpp"
#include "app/cli/output.hpp"
#include "core/algorithms/algorithm.hpp"
#include "core/data/prepare.hpp"
#include "core/data/source.hpp"
#include "core/layers/layer_types.hpp"
#include "core/params/json_text.hpp"

namespace gb::cli {
namespace {

const char* kind_name(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
      return "integer";
    case Kind::real:
      return "real";
    case Kind::choice:
      return "choice";
    case Kind::text:
      return "text";
    case Kind::integers:
      return "integers";
    case Kind::reals:
      return "reals";
    case Kind::texts:
      return "texts";
    case Kind::text_map:
      return "text_map";
    case Kind::layers:
      return "layers";
    case Kind::algorithm:
      return "algorithm";
    case Kind::algorithms:
      return "algorithms";
  }
  return "";
}

Json range_json(const Range& range) {
  Json json = Json::object();
  if (std::isfinite(range.min)) json["min"] = range.min;
  if (std::isfinite(range.max)) json["max"] = range.max;
  if (range.above) json["above"] = true;
  return json;
}

Json spec_json(const ParamSpec& spec) {
  Json json{{"name", spec.name},
            {"label", spec.label},
            {"help", spec.help},
            {"kind", kind_name(spec.kind)},
            {"default", spec.default_value},
            {"allowed", allowed_text(spec)}};
  if (const Json valid = range_json(spec.valid); !valid.empty()) json["valid"] = valid;
  if (const Json search = range_json(spec.search); !search.empty()) json["search"] = search;
  if (spec.scale == Scale::log) json["scale"] = "log";
  if (!spec.choices.empty()) {
    json["choices"] = Json::array();
    for (const auto& choice : spec.choices)
      json["choices"].push_back({{"name", choice.name}, {"label", choice.label}, {"help", choice.help}});
  }
  if (spec.enabled_by) json["enabled_by"] = {{"param", spec.enabled_by->param}, {"values", spec.enabled_by->values}};
  if (!spec.unit.empty()) json["unit"] = spec.unit;
  json["optional"] = spec.optional;
  json["advanced"] = spec.advanced;
  json["live"] = spec.live;
  json["forkable"] = spec.live || spec.forkable;
  return json;
}

Json specs_json(std::span<const ParamSpec> specs) {
  Json json = Json::array();
  for (const auto& spec : specs) json.push_back(spec_json(spec));
  return json;
}

Json algorithm_json(const AlgorithmInfo& info) {
  Json tasks = Json::array();
  for (const auto task : info.tasks) tasks.push_back(task_name(task));
  return {{"id", info.id},     {"label", info.label},       {"family", info.family},    {"tasks", tasks},
          {"help", info.help}, {"citation", info.citation}, {"headline", info.headline}};
}

void print_fields(std::span<const ParamSpec> specs) {
  for (const auto& spec : specs) {
    std::string head = "  " + spec.name + " = " + dump_json(spec.default_value) + "   " + allowed_text(spec);
    if (!spec.unit.empty()) head += " [" + spec.unit + "]";
    if (spec.live) head += ", may change while the run goes on";
    print_line(head);
    if (!spec.help.empty()) print_line("      " + spec.help);
    for (const auto& choice : spec.choices)
      if (!choice.help.empty()) print_line("      " + choice.name + ": " + choice.help);
  }
}

/// What describe tells of any name.
struct Described {
  Json json;
  std::string title, help;
  std::span<const ParamSpec> fields;
};

bool describe(const std::string& name, Described& found) {
  if (const auto* info = find_algorithm(name)) {
    found = {algorithm_json(*info), info->label + " (" + info->family + ")", info->help + "\n" + info->citation,
             info->params};
    return true;
  }
  for (const auto& dataset : named_datasets()) {
    if (dataset.name != name) continue;
    found = {{{"name", name},
              {"source", dataset.source},
              {"title", dataset.title},
              {"help", dataset.help},
              {"rows", dataset.rows}},
             dataset.title + " (" + dataset.source + ", " + std::to_string(dataset.rows) + " rows)",
             dataset.help,
             dataset.source == "synthetic" ? synthetic_fields(name) : std::span<const ParamSpec>()};
    return true;
  }
  if (const auto* source = find_source(name)) {
    found = {{{"name", name}, {"label", source->label}, {"help", source->help}},
             source->label,
             source->help,
             source->fields};
    return true;
  }
  if (const auto* layer = find_layer_type(name)) {
    found = {{{"name", name}, {"label", layer->label}, {"family", layer->family}, {"help", layer->help}},
             layer->label + " (" + layer->family + ")",
             layer->help,
             layer->fields};
    return true;
  }
  for (const auto& step : preparation_steps()) {
    if (step.name != name) continue;
    found = {{{"name", name}, {"label", step.label}, {"help", step.help}}, step.label, step.help, step.fields};
    return true;
  }
  return false;
}

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const auto& info : algorithms()) names.push_back(info.id);
  for (const auto& dataset : named_datasets()) names.push_back(dataset.name);
  for (const auto& source : sources()) names.push_back(source.name);
  for (const auto& step : preparation_steps()) names.push_back(step.name);
  for (const auto& layer : layer_types()) names.push_back(layer.type);
  return names;
}

}  // namespace

AlgorithmsCommand::AlgorithmsCommand(CLI::App& parent) : NamedCommand(parent, "algorithms", "List the algorithms") {}

int AlgorithmsCommand::execute() {
  allow_interruptions();
  std::vector<std::vector<std::string>> rows{{"id", "family", "what it is"}};
  for (const auto& info : algorithms()) {
    if (json_) print_json(algorithm_json(info));
    rows.push_back({info.id, info.family, info.label});
  }
  if (!json_) print_line(table_text(rows));
  return done;
}

DatasetsCommand::DatasetsCommand(CLI::App& parent)
    : NamedCommand(parent, "datasets", "List the datasets that need no file") {}

int DatasetsCommand::execute() {
  allow_interruptions();
  std::vector<std::vector<std::string>> rows{{"name", "source", "rows", "what it is"}};
  for (const auto& dataset : named_datasets()) {
    if (json_)
      print_json({{"name", dataset.name},
                  {"source", dataset.source},
                  {"title", dataset.title},
                  {"help", dataset.help},
                  {"rows", dataset.rows}});
    rows.push_back({dataset.name, dataset.source, std::to_string(dataset.rows), dataset.title});
  }
  if (!json_) print_line(table_text(rows));
  return done;
}

DescribeCommand::DescribeCommand(CLI::App& parent)
    : NamedCommand(parent, "describe",
                   "Tell all about an algorithm, a dataset, a source, a preparation step or a layer") {
  app_.add_option("NAME", name_, "Its name, as `algorithms` and `datasets` list it")->required();
}

int DescribeCommand::execute() {
  allow_interruptions();
  Described found;
  if (!describe(name_, found)) {
    const auto known = known_names();
    std::string message = "There is nothing called '" + name_ + "'";
    if (const auto near = nearest_name(name_, known); !near.empty()) message += "; did you mean '" + near + "'?";
    std::string allowed;
    for (const auto& name : known) allowed += (allowed.empty() ? "" : ", ") + name;
    throw ParamError(message, "NAME", allowed);
  }
  if (json_) {
    found.json["params"] = specs_json(found.fields);
    print_json(found.json);
    return done;
  }
  print_line(found.title);
  print_line(found.help);
  if (!found.fields.empty()) print_line("");
  print_fields(found.fields);
  return done;
}

}  // namespace gb::cli
