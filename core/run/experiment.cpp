#include "core/run/experiment.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "core/algorithms/algorithm.hpp"
#include "core/base/file.hpp"
#include "core/data/prepare.hpp"
#include "core/data/source.hpp"
#include "core/data/split.hpp"
#include "core/params/json_text.hpp"
#include "core/params/schema.hpp"

namespace gb {
namespace {

constexpr std::size_t most_bytes = std::size_t{4} << 20;

const std::vector<std::string>& root_fields() {
  static const std::vector<std::string> names{"glassbench", "name",    "seed",    "data",     "prepare", "split",
                                              "algorithm",  "augment", "balance", "evaluate", "record"};
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

[[noreturn]] void refuse_unknown(const std::string& what, const std::string& name, const std::string& field,
                                 const std::vector<std::string>& known) {
  std::string message = what;
  if (const auto near = nearest_name(name, known); !near.empty()) message += "; did you mean '" + near + "'?";
  throw ParamError(message, field, listed(known));
}

void require_object(const Json& value, const std::string& field) {
  if (value.is_object()) return;
  throw ParamError(field + " must be an object, not " + dump_json(value).substr(0, 60), field, "an object");
}

void check_fields(const Json& object, const std::string& path, const std::vector<std::string>& known) {
  for (const auto& item : object.items()) {
    if (std::find(known.begin(), known.end(), item.key()) != known.end()) continue;
    const std::string field = path.empty() ? item.key() : path + "." + item.key();
    refuse_unknown(field + " is not a known field", item.key(), field, known);
  }
}

void check_version(const Json& document) {
  const std::string field = "glassbench";
  const std::string allowed = std::to_string(Experiment::version);
  if (!document.contains(field))
    throw ParamError("This is no experiment: the field 'glassbench' (its version, " + allowed + ") is missing", field,
                     allowed);
  const Json& value = document[field];
  if (value.is_number_integer() && value.get<double>() > Experiment::version)
    throw ParamError("The experiment has version " + value.dump() + ", but this Glassbench reads up to version " +
                         allowed + ": update Glassbench",
                     field, allowed);
  if (value != Experiment::version)
    throw ParamError("glassbench is " + dump_json(value).substr(0, 60) + ", but must be " + allowed, field, allowed);
}

std::uint64_t read_seed(const Json& value) {
  const ParamSpec spec{.name = "seed",
                       .valid = {0, static_cast<double>(Experiment::most_seed)},
                       .kind = Kind::integer,
                       .default_value = 0};
  return validated_value(spec, value, "seed").get<std::uint64_t>();
}

const Schema<RecordParams>& record_schema() {
  static const auto s =
      Schema<RecordParams>{}
          .add(&RecordParams::watch_share,
               {.name = "watch_share",
                .label = "Share for watching",
                .help = "Most of the run's time that views and checkpoints may take. The result does not depend on it.",
                .valid = {0.001, 1},
                .search = {0.01, 0.2}})
          .add(&RecordParams::history_mb,
               {.name = "history_mb",
                .label = "Room for the past",
                .help = "Most disk space that what a run showed, and the checkpoints that it can be forked from, may "
                        "take; beyond, they are thinned out.",
                .valid = {1, 1e6},
                .search = {16, 4096},
                .scale = Scale::log,
                .unit = "MB"});
  return s;
}

/// One piece of a path: a field's name, or the position in a list.
struct PathPiece {
  std::string name;
  std::optional<std::size_t> position;
};

std::vector<PathPiece> split_path(std::string_view path) {
  const auto wrong = [&]() {
    return ParamError("'" + std::string(path.substr(0, 80)) + "' is no path of a field",
                      std::string(path.substr(0, 80)),
                      "names separated by dots, list positions in brackets: split.test, prepare[0].range");
  };
  std::vector<PathPiece> pieces;
  std::size_t at = 0;
  while (at <= path.size()) {
    const std::size_t end = std::min(path.find_first_of(".[", at), path.size());
    if (end == at) throw wrong();
    pieces.push_back({std::string(path.substr(at, end - at)), {}});
    at = end;
    while (at < path.size() && path[at] == '[') {
      const std::size_t close = path.find(']', at);
      if (close == std::string_view::npos) throw wrong();
      std::size_t position = 0;
      const char* last = path.data() + close;
      const auto [rest, error] = std::from_chars(path.data() + at + 1, last, position);
      if (error != std::errc() || rest != last) throw wrong();
      pieces.push_back({{}, position});
      at = close + 1;
    }
    if (at == path.size()) break;
    if (path[at] != '.') throw wrong();
    ++at;
  }
  return pieces;
}

void assign(Json& document, std::string_view path, const Json& value) {
  Json* place = &document;
  std::string walked;
  for (const auto& piece : split_path(path)) {
    if (piece.position) {
      if (!place->is_array() || *piece.position >= place->size())
        throw ParamError(walked + " has no entry " + std::to_string(*piece.position), walked,
                         place->is_array() ? "positions below " + std::to_string(place->size()) : "a list");
      place = &(*place)[*piece.position];
      walked += "[" + std::to_string(*piece.position) + "]";
    } else {
      if (place->is_null()) *place = Json::object();
      if (!place->is_object())
        throw ParamError(walked + " is no object, so it has no field '" + piece.name + "'", walked);
      place = &(*place)[piece.name];
      walked += (walked.empty() ? "" : ".") + piece.name;
    }
  }
  *place = value;
}

}  // namespace

Json validated_steps(const Json& steps, const std::string& path) {
  if (!steps.is_array() || steps.size() > 64)
    throw ParamError(path + " must be a list of at most 64 steps", path, "a list of steps");
  std::vector<std::string> known;
  for (const auto& info : preparation_steps()) known.push_back(info.name);
  Json complete = Json::array();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string field = path + "[" + std::to_string(i) + "]";
    require_object(steps[i], field);
    const Json name = steps[i].value("step", Json());
    if (!name.is_string()) throw ParamError(field + ".step must name a step", field + ".step", listed(known));
    const auto& wanted = name.get_ref<const std::string&>();
    const auto infos = preparation_steps();
    const auto info =
        std::find_if(infos.begin(), infos.end(), [&](const StepInfo& step) { return step.name == wanted; });
    if (info == infos.end())
      refuse_unknown(field + ".step is '" + wanted.substr(0, 60) + "', which is no known step", wanted, field + ".step",
                     known);
    Json fields = steps[i];
    fields.erase("step");
    Json step{{"step", wanted}};
    const Json filled = validated(info->fields, fields, field);
    for (const auto& item : filled.items()) step[item.key()] = item.value();
    complete.push_back(std::move(step));
  }
  return complete;
}

Experiment Experiment::from_json(const Json& document, const std::filesystem::path& folder) {
  if (!document.is_object()) throw ParamError("An experiment must be a JSON object", "", "an object");
  check_version(document);
  check_fields(document, "", root_fields());

  Experiment experiment;
  experiment.folder = folder.empty() ? std::filesystem::path(".") : folder;
  if (document.contains("name")) {
    if (!document["name"].is_string()) throw ParamError("name must be a text", "name", "a text");
    experiment.name = document["name"].get<std::string>();
  }
  if (document.contains("seed")) experiment.seed = read_seed(document["seed"]);

  if (!document.contains("data")) throw ParamError("The field 'data' is missing", "data", "an object with a source");
  require_object(document["data"], "data");
  validated_source(document["data"], "data");
  experiment.data = document["data"];

  if (!document.contains("algorithm"))
    throw ParamError("The field 'algorithm' is missing", "algorithm", "an object with an id");
  const Json& algorithm = document["algorithm"];
  require_object(algorithm, "algorithm");
  check_fields(algorithm, "algorithm", {"id", "params"});
  std::vector<std::string> ids;
  for (const auto& info : algorithms()) ids.push_back(info.id);
  const Json id = algorithm.value("id", Json());
  if (!id.is_string())
    throw ParamError("algorithm.id must name an algorithm", "algorithm.id", "one of: " + listed(ids));
  experiment.algorithm = id.get<std::string>();
  if (!find_algorithm(experiment.algorithm))
    refuse_unknown("There is no algorithm '" + experiment.algorithm.substr(0, 60) + "'", experiment.algorithm,
                   "algorithm.id", ids);
  if (algorithm.contains("params")) {
    require_object(algorithm["params"], "algorithm.params");
    experiment.params = algorithm["params"];
  }
  experiment.complete_params();

  if (document.contains("prepare")) {
    validated_steps(document["prepare"]);
    experiment.prepare = document["prepare"];
  }
  if (document.contains("split")) {
    require_object(document["split"], "split");
    const auto shares = split_schema().read(document["split"], "split");
    if (shares.validation + shares.test >= 1)
      throw ParamError("split.validation and split.test leave no rows to train on", "split",
                       "shares that add up to less than 1");
    experiment.split = document["split"];
  }
  const auto kept = [&](const char* field) { return document.contains(field) ? document[field] : Json(); };
  experiment.augment = kept("augment");
  experiment.augmentation();
  experiment.balance = kept("balance");
  experiment.balance_params();
  experiment.evaluate = kept("evaluate");
  experiment.evaluate_params();
  experiment.record = kept("record");
  experiment.record_params();
  return experiment;
}

Experiment Experiment::parse(std::string_view text, const std::string& name, const std::filesystem::path& folder) {
  const Json document = parse_json(text, name);
  if (!document.is_object()) throw ParamError(name + ": an experiment must be a JSON object", "", "an object");
  return from_json(document, folder);
}

Experiment Experiment::read(const std::filesystem::path& path) {
  return parse(read_file(path, most_bytes), path.string(), path.parent_path());
}

Json Experiment::to_json() const {
  Json document{{"glassbench", version}};
  if (!name.empty()) document["name"] = name;
  document["seed"] = seed;
  document["data"] = data;
  if (prepare) document["prepare"] = *prepare;
  if (!augment.is_null()) document["augment"] = augment;
  if (split) document["split"] = *split;
  if (!balance.is_null()) document["balance"] = balance;
  document["algorithm"] = {{"id", algorithm}, {"params", params}};
  if (!evaluate.is_null()) document["evaluate"] = evaluate;
  if (!record.is_null()) document["record"] = record;
  return document;
}

void Experiment::set(std::string_view path, const Json& value) {
  const std::pair<std::string, Json> assignment{std::string(path), value};
  set(std::span(&assignment, 1));
}

void Experiment::set(std::span<const std::pair<std::string, Json>> assignments) {
  Json document = to_json();
  for (const auto& [path, value] : assignments) {
    if (path.find_first_of(".[") != std::string::npos) {
      assign(document, path, value);
      continue;
    }
    const Json id = document["algorithm"].value("id", Json());
    const auto* info = id.is_string() ? find_algorithm(id.get_ref<const std::string&>()) : nullptr;
    const auto& roots = root_fields();
    const bool is_root = std::find(roots.begin(), roots.end(), path) != roots.end();
    const bool is_param = info && find_spec(info->params, path);
    assign(document, is_root && !is_param ? path : "algorithm.params." + path, value);
  }
  *this = from_json(document, folder);
}

std::pair<std::string, Json> Experiment::parse_assignment(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0)
    throw ParamError("--set " + std::string(text.substr(0, 80)) + " has no value", "--set", "PATH=VALUE");
  std::pair<std::string, Json> assignment{std::string(text.substr(0, equals)), {}};
  const auto value = text.substr(equals + 1);
  assignment.second = Json::accept(value) ? parse_json(value, assignment.first) : Json(std::string(value));
  return assignment;
}

Json Experiment::complete_params() const {
  const auto* info = find_algorithm(algorithm);
  if (!info) throw ParamError("There is no algorithm '" + algorithm + "'", "algorithm.id");
  return validated(info->params, params, "algorithm.params");
}

std::optional<Augmentation> Experiment::augmentation() const {
  const auto read = augmentation_schema().read(augment, "augment");
  if (!read.changes_pictures() && !read.blends()) return {};
  return read;
}

RecordParams Experiment::record_params() const {
  return record_schema().read(record, "record");
}

BalanceParams Experiment::balance_params() const {
  return balance_schema().read(balance, "balance");
}

EvaluateParams Experiment::evaluate_params() const {
  return evaluate_schema().read(evaluate, "evaluate");
}

const Schema<EvaluateParams>& evaluate_schema() {
  static const auto s =
      Schema<EvaluateParams>{}
          .add(&EvaluateParams::folds,
               {.name = "folds",
                .label = "Folds",
                .help =
                    "Cross-validation: learns anew as often, each time without another fold of the rows, which it is "
                    "then judged by. Test rows stay apart. Empty: none.",
                .valid = {2, 1000},
                .search = {2, 10}})
          .add(&EvaluateParams::repeats, {.name = "repeats",
                                          .label = "Repeats",
                                          .help = "How often to cross-validate, each time with other folds.",
                                          .valid = {1, 1000},
                                          .search = {1, 10}})
          .add(&EvaluateParams::learning_curve,
               {.name = "learning_curve",
                .label = "Learning-curve points",
                .help = "Learns anew from so many growing shares of the training rows and scores each on validation "
                        "rows, or where there are folds on theirs. Empty: none.",
                .valid = {2, 50},
                .search = {3, 10}});
  return s;
}

}  // namespace gb
