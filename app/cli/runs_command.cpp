#include "app/cli/runs_command.hpp"

#include <algorithm>
#include <map>

#include "app/cli/artifacts.hpp"
#include "app/cli/interruption.hpp"
#include "app/cli/output.hpp"
#include "app/cli/told_run.hpp"
#include "core/algorithms/algorithm.hpp"
#include "core/base/file.hpp"
#include "core/params/json_text.hpp"
#include "core/run/cross_validation.hpp"
#include "core/run/test_looks.hpp"

namespace gb::cli {
namespace {

Json summary_json(const RunSummary& run) {
  return {{"run", run.id},
          {"name", run.name},
          {"algorithm", run.algorithm},
          {"dataset", run.dataset},
          {"state", run_state_name(run.state)},
          {"created", run.created},
          {"seconds", run.seconds},
          {"steps", run.steps},
          {"metrics", run.metrics},
          {"tags", run.tags},
          {"notes", run.notes},
          {"fork", run.origin ? Json{{"run", run.origin->run}, {"step", run.origin->step}} : Json()},
          {"has_checkpoint", run.has_checkpoint},
          {"has_model", run.has_model}};
}

Json whole_json(const RunSummary& run) {
  Json json = summary_json(run);
  json["experiment"] = run.document;
  json["result"] = run.result;
  json["environment"] = run.environment.to_json();
  json["fingerprint"] = run.fingerprint;
  return json;
}

/// The metric that runs of this algorithm are ranked by, of the part that says most.
std::string headline(const RunSummary& run) {
  const auto* info = find_algorithm(run.algorithm);
  if (!info || !run.metrics.is_object()) return "";
  for (const char* part : {"test", "validation", "train"}) {
    if (!run.metrics.contains(part) || !run.metrics[part].is_object()) continue;
    // An algorithm with several tasks may be ranked by a metric that this run's task does not have.
    const Json& metrics = run.metrics[part];
    for (const std::string& name : {info->headline, std::string("r2")})
      if (metrics.contains(name) && metrics[name].is_number())
        return name + " " + number_text(metrics[name].get<double>()) + " (" + part + ")";
  }
  return "";
}

/// Every leaf of a document by its path.
void flatten(const Json& value, const std::string& path, std::map<std::string, std::string>& leaves) {
  if (value.is_object() && !value.empty()) {
    for (const auto& item : value.items())
      flatten(item.value(), path.empty() ? item.key() : path + "." + item.key(), leaves);
  } else {
    leaves[path] = value.is_string() ? value.get<std::string>() : dump_json(value);
  }
}

}  // namespace

CLI::App* RunsCommand::add(const std::string& name, const std::string& help) {
  auto* command = app_.add_subcommand(name, help);
  command->add_flag("--json", json_, "Write one JSON object a line");
  return command;
}

RunsCommand::RunsCommand(CLI::App& parent)
    : NamedCommand(parent, "runs", "List, show, compare, export and delete runs") {
  app_.require_subcommand(0, 1);
  list_ = add("list", "List all runs, newest first");
  show_ = add("show", "Show one run");
  show_->add_option("RUN", run_, "The run's id, or the beginning of it")->required();
  compare_ = add("compare", "Compare metrics and differing fields of runs");
  compare_->add_option("RUN", runs_, "Two or more runs")->required()->expected(2, 1000);
  export_ = add("export", "Write model, experiment, curves and pictures of a run");
  export_->add_option("RUN", run_, "The run's id, or the beginning of it")->required();
  export_->add_option("--out", out_, "The folder to write into")->type_name("DIR")->required();
  delete_ = add("delete", "Delete a run with all its files");
  delete_->add_option("RUN", run_, "The run's id")->required();
}

int RunsCommand::execute() {
  allow_interruptions();
  RunStore store(data_folder());
  if (show_->parsed()) return show(store);
  if (compare_->parsed()) return compare(store);
  if (export_->parsed()) return export_run(store);
  if (delete_->parsed()) return remove(store);
  return list(store);
}

int RunsCommand::list(const RunStore& store) const {
  const auto runs = store.list();
  if (json_) {
    for (const auto& run : runs) print_json(summary_json(run));
    return done;
  }
  if (runs.empty()) {
    print_line("There are no runs yet.");
    return done;
  }
  std::vector<std::vector<std::string>> rows{{"run", "name", "data", "state", "steps", "time", "result"}};
  for (const auto& run : runs)
    rows.push_back({run.id, run.name, run.dataset, std::string(run_state_name(run.state)), std::to_string(run.steps),
                    duration_text(run.seconds), headline(run)});
  print_line(table_text(rows));
  return done;
}

int RunsCommand::show(const RunStore& store) const {
  const auto run = store.get(run_);
  const auto changes = store.journal(run.id);
  const auto curves = store.series_overview(run.id, 2);
  if (json_) {
    Json json = whole_json(run);
    json["series"] = Json::array();
    for (const auto& curve : curves) json["series"].push_back(curve.name);
    json["journal"] = Json::array();
    for (const auto& change : changes)
      json["journal"].push_back({{"step", change.step}, {"param", change.param}, {"value", change.value}});
    print_json(json);
    return done;
  }
  print_line(run.id + ": " + run.name);
  print_line(std::string(run_state_name(run.state)) + ", " + std::to_string(run.steps) + " steps, " +
             duration_text(run.seconds) + ", made " + run.created);
  print_line(run.environment.version + " on " + run.environment.processor + ", " +
             std::to_string(run.environment.threads) + " threads");
  if (run.origin) print_line("forked from " + run.origin->run + " at step " + std::to_string(run.origin->step));
  if (!run.tags.empty()) print_line("tags: " + dump_json(Json(run.tags)));
  if (!run.notes.empty()) print_line(run.notes);
  print_line("\n" + dump_json(run.document, 2) + "\n");
  if (run.result.is_object()) {
    if (const Json message = run.result.value("message", Json()); message.is_string())
      print_line("It failed: " + message.get<std::string>());
    else
      print_summary(run.result);
  }
  for (const auto& change : changes)
    print_line("before step " + std::to_string(change.step) + ": " + change.param + " = " + dump_json(change.value));
  if (run.state == RunState::stopped) print_line("Go on with: glassbench-cli resume " + run.id);
  return done;
}

int RunsCommand::compare(const RunStore& store) const {
  std::vector<RunSummary> runs;
  for (const auto& name : runs_) runs.push_back(store.get(name));
  std::vector<std::map<std::string, std::string>> fields(runs.size()), metrics(runs.size());
  std::map<std::string, int> field_names, metric_names;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    flatten(runs[i].document, "", fields[i]);
    if (runs[i].metrics.is_object())
      for (const auto& part : runs[i].metrics.items())
        for (const auto& metric : part.value().items())
          if (metric.value().is_number())
            metrics[i][part.key() + "." + metric.key()] = number_text(metric.value().get<double>());
    for (const auto& [name, value] : fields[i]) ++field_names[name];
    for (const auto& [name, value] : metrics[i]) ++metric_names[name];
  }
  const auto value_in = [](const std::map<std::string, std::string>& values, const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
  };
  const auto differs = [&](const std::string& name) {
    return std::any_of(fields.begin(), fields.end(),
                       [&](const auto& values) { return value_in(values, name) != value_in(fields.front(), name); });
  };
  const auto recorded = store.list();
  if (json_) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      Json differing = Json::object();
      for (const auto& [name, count] : field_names)
        if (differs(name)) differing[name] = value_in(fields[i], name);
      Json line{{"run", runs[i].id},
                {"name", runs[i].name},
                {"differs", differing},
                {"metrics", runs[i].metrics},
                {"test_looks", test_looks(recorded, runs[i].fingerprint)}};
      for (const Comparison& comparison :
           compare_runs(runs[0].result, runs[i].result, runs[0].fingerprint, runs[i].fingerprint))
        if (i > 0)
          line["against_first"][comparison.metric] = {
              {"difference", comparison.difference.mean},
              {"interval", {comparison.difference.interval.low, comparison.difference.interval.high}},
              {"p", comparison.difference.p},
              {"evidence", comparison.difference.is_evident()}};
      print_json(line);
    }
    return done;
  }
  std::vector<std::vector<std::string>> rows{{""}};
  for (const auto& run : runs) rows[0].push_back(run.id);
  const auto add_row = [&](const std::string& name, const auto& values) {
    rows.push_back({name});
    for (const auto& of_run : values) rows.back().push_back(value_in(of_run, name));
  };
  for (const auto& [name, count] : field_names)
    if (differs(name)) add_row(name, fields);
  for (const auto& [name, count] : metric_names) add_row(name, metrics);
  print_line(table_text(rows));
  for (std::size_t i = 1; i < runs.size(); ++i)
    for (const Comparison& comparison :
         compare_runs(runs[0].result, runs[i].result, runs[0].fingerprint, runs[i].fingerprint))
      print_line(runs[0].id + " against " + runs[i].id + ": " + comparison.sentence());
  std::vector<std::string> told;
  for (const auto& run : runs) {
    const auto looks = test_looks(recorded, run.fingerprint);
    if (looks == 0 || std::find(told.begin(), told.end(), run.fingerprint) != told.end()) continue;
    told.push_back(run.fingerprint);
    print_line(looks_sentence(run.dataset, looks));
  }
  return done;
}

int RunsCommand::export_run(const RunStore& store) const {
  const auto run = store.get(run_);
  Artifacts artifacts(out_);
  artifacts.write_run(store, run.id);
  for (const auto& event : store.snapshots(run.id)) artifacts.write_picture(event);
  if (json_)
    print_json({{"run", run.id}, {"folder", artifacts.folder().string()}, {"artifacts", artifacts.names()}});
  else
    print_line("Written to " + artifacts.folder().string() + (run.has_model ? "" : " (the run has no model)"));
  return done;
}

int RunsCommand::remove(RunStore& store) const {
  // Only the whole id deletes: a prefix may come to mean another run than the one that was looked at.
  const auto run = store.get(run_);
  if (run.id != run_) throw StoreError("Deleting needs the whole id; did you mean " + run.id + "?", "RUN", run.id);
  store.remove(run.id);
  if (json_)
    print_json({{"run", run.id}, {"deleted", true}});
  else
    print_line("Deleted " + run.id);
  return done;
}

}  // namespace gb::cli
