#include "app/cli/told_run.hpp"

#include <utility>
#include <vector>

#include "app/cli/artifacts.hpp"
#include "app/cli/command.hpp"
#include "app/cli/event_stream.hpp"
#include "app/cli/interruption.hpp"
#include "app/cli/output.hpp"
#include "core/base/file.hpp"
#include "core/run/data_facts.hpp"

namespace gb::cli {
namespace {

std::string seconds_text(const Json& seconds, const char* part) {
  return number_text(seconds.value(part, 0.0)) + " s";
}

/// What people should hear before a run goes on: rows that the reader left out.
void tell_problems(const PreparedRun& prepared, bool json) {
  const auto tell = [&](const Problem& problem) {
    std::string message = problem.message;
    if (!problem.field.empty()) message = problem.field + ": " + message;
    if (problem.row > 0) message = "row " + std::to_string(problem.row) + ": " + message;
    if (json)
      print_json({{"event", "log"}, {"message", message}});
    else
      note(message);
  };
  constexpr std::size_t most = 20;
  const auto& report = prepared.dataset->report;
  std::size_t told = 0;
  for (const auto* problems : {&report.problems, &prepared.preparation.problems()})
    for (const auto& problem : *problems)
      if (told++ < most) tell(problem);
  if (told > most) tell({0, "", "and " + std::to_string(told - most) + " more problems; `inspect` lists them"});
}

int status_of(const RunResult& result) {
  switch (result.state) {
    case RunState::finished:
      return done;
    case RunState::failed:
      return result.before_first_step ? wrong_request : run_failed;
    case RunState::stopped:
    case RunState::running:
      break;
  }
  return interrupted;
}

void print_end(const SessionResult& session, const Json& artifacts, bool json) {
  const RunResult& result = session.run;
  if (session.summary.contains("model_error"))
    note("The model could not be exported: " + session.summary["model_error"].get<std::string>());
  if (json) {
    Json line{{"event", run_state_name(result.state)}};
    line.update(session.summary);
    line["artifacts"] = artifacts;
    print_json(line);
    return;
  }
  if (result.state == RunState::failed) return;
  print_summary(session.summary);
  if (result.state == RunState::stopped) print_line("\nStopped. Go on with: glassbench-cli resume " + session.id);
}

}  // namespace

Json started_json(const std::string& id, const PreparedRun& prepared) {
  Json line{{"event", "started"}};
  line["run"] = id.empty() ? Json() : Json(id);
  line["experiment"] = prepared.document;
  line["data"] = data_sizes(prepared);
  line["environment"] = environment().to_json();
  return line;
}

void print_summary(const Json& summary) {
  const Json metrics = summary.value("metrics", Json::object());
  std::vector<std::vector<std::string>> rows{{""}};
  std::vector<std::string> names;
  for (const auto& part : metrics.items()) {
    rows[0].push_back(part.key());
    for (const auto& metric : part.value().items())
      if (std::find(names.begin(), names.end(), metric.key()) == names.end()) names.push_back(metric.key());
  }
  for (const auto& name : names) {
    rows.push_back({name});
    for (const auto& part : metrics.items()) {
      const Json value = part.value().value(name, Json());
      rows.back().push_back(value.is_number() ? number_text(value.get<double>()) : "");
    }
  }
  if (!names.empty()) print_line(table_text(rows) + "\n");
  const Json seconds = summary.value("seconds", Json::object());
  print_line(std::to_string(summary.value("steps", std::int64_t{0})) + " steps in " + seconds_text(seconds, "fit") +
             " (loading " + seconds_text(seconds, "load") + ", evaluation " + seconds_text(seconds, "evaluate") +
             "), peak memory " + number_text(summary.value("peak_rss_mb", 0.0)) + " MB");
  const Json time = summary.value("prediction_microseconds", Json());
  if (time.is_object())
    print_line("An answer takes " + number_text(time.value("single", 0.0)) + " us, one among " +
               std::to_string(time.value("batch_rows", std::int64_t{0})) + " takes " +
               number_text(time.value("batch", 0.0)) + " us");
  const Json energy = summary.value("energy_joules", Json());
  if (energy.is_object() && energy.value("fit", Json()).is_number())
    print_line("Energy of learning " + number_text(energy["fit"].get<double>()) + " J");
  if (const Json sha = summary.value("weights_sha256", Json()); sha.is_string())
    print_line("weights_sha256 " + sha.get<std::string>());
  if (const Json run = summary.value("run", Json()); run.is_string()) print_line("run " + run.get<std::string>());
}

int tell_run(const ToldRun& job) {
  RunControl control;
  const Interruption interruption(control);
  bool begun = false;
  std::unique_ptr<EventStream> stream;
  try {
    std::optional<Artifacts> artifacts;
    if (job.out) artifacts.emplace(*job.out);
    RunStore store(data_folder());
    stream = std::make_unique<EventStream>(job.json, artifacts ? &*artifacts : nullptr, control);
    const auto prepared = job.prepare(store, [&](std::uint64_t read, std::uint64_t total) {
      stream->bar().loading(read, total);
      return !control.stopping();
    });
    stream->bar().clear();
    SessionOptions options;
    options.store = &store;
    options.observer = stream.get();
    options.resume_id = job.resume_id;
    if (job.settle) job.settle(options);
    options.started = [&](const std::string& id, const PreparedRun& run) {
      begun = true;
      if (job.json)
        print_json(started_json(id, run));
      else
        note(run_title(run) + ": " + std::to_string(run.learnt().split.train.size()) + " rows to learn from, " +
             std::to_string(run.problem.features.columns()) + " features");
      tell_problems(run, job.json);
    };
    const SessionResult session = run_session(prepared, control, options);
    stream->finish();
    if (artifacts) artifacts->write_run(store, session.id);
    if (!stream->picture_error().empty()) throw FileError(stream->picture_error(), "--out");
    if (session.run.state == RunState::failed && !job.json)
      report_failure(session.run.message, session.run.field, session.run.allowed, false);
    else
      print_end(session, artifacts ? artifacts->names() : Json::object(), job.json);
    return status_of(session.run);
  } catch (const Cancelled&) {
    if (stream) stream->finish();
    if (job.json)
      print_json({{"event", "stopped"}, {"run", nullptr}});
    else
      note("Stopped while loading; nothing was computed.");
    return interrupted;
  } catch (const Error& error) {
    if (stream) stream->finish();
    report_failure(error.what(), error.field(), error.allowed(), job.json);
    return begun ? run_failed : wrong_request;
  }
}

}  // namespace gb::cli
