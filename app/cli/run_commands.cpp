#include "app/cli/run_commands.hpp"

#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "app/cli/event_stream.hpp"
#include "app/cli/interruption.hpp"
#include "app/cli/output.hpp"
#include "app/cli/told_run.hpp"
#include "core/base/file.hpp"
#include "core/base/memory.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/run/session.hpp"

namespace gb::cli {
namespace {

void add_assignments(CLI::App& app, std::vector<std::string>& assignments) {
  app.add_option("--set", assignments,
                 "Change a field of the experiment: split.test=0.3; a bare name is a parameter of the algorithm")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
}

void set_all(Experiment& experiment, const std::vector<std::string>& assignments) {
  std::vector<std::pair<std::string, Json>> parsed;
  for (const auto& text : assignments) parsed.push_back(Experiment::parse_assignment(text));
  if (!parsed.empty()) experiment.set(parsed);
}

Experiment read_experiment(const std::string& path, const std::vector<std::string>& assignments) {
  Experiment experiment = Experiment::read(path);
  set_all(experiment, assignments);
  return experiment;
}

/// How long validate may train for its forecast.
constexpr double forecast_seconds = 0.5;

Json forecast_json(const Forecast& forecast) {
  return {{"memory_mb", std::round(static_cast<double>(forecast.memory_bytes) / 1e5) / 10},
          {"seconds_per_epoch", forecast.seconds_per_epoch},
          {"epochs", forecast.epochs},
          {"batch_size", forecast.batch_size},
          {"fitting_batch_size", forecast.fitting_batch_size}};
}

std::string forecast_text(const Forecast& forecast) {
  if (!forecast.fits())
    return "A batch of " + grouped(forecast.batch_size) + " takes " + memory_text(forecast.memory_bytes) +
           ", but only " + memory_text(forecast.available_bytes) + " are free: " +
           (forecast.fitting_batch_size > 0 ? "a batch of " + grouped(forecast.fitting_batch_size) + " fits."
                                            : "use a smaller network.");
  const auto seconds = [](double value) {
    char text[32];
    std::snprintf(text, sizeof text, value < 10 ? "%.1f s" : "%.0f s", value);
    return std::string(text);
  };
  return "It will take about " + seconds(forecast.seconds_per_epoch) + " per epoch, " +
         seconds(forecast.seconds_per_epoch * static_cast<double>(forecast.epochs)) + " for " +
         grouped(forecast.epochs) + " epochs, and " + memory_text(forecast.memory_bytes) +
         " of memory beside the data.";
}

}  // namespace

RunCommand::RunCommand(CLI::App& parent) : NamedCommand(parent, "run", "Run an experiment") {
  app_.add_option("EXPERIMENT", experiment_, "The experiment's JSON file")->required();
  add_assignments(app_, assignments_);
  app_.add_option("--out", out_, "Write model, experiment, curves and pictures into this folder")->type_name("DIR");
  app_.add_option("--threads", threads_, "Threads to compute on (default: one per processor)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
}

int RunCommand::execute() {
  set_threads(threads_);
  ToldRun job;
  job.json = json_;
  if (!out_.empty()) job.out = out_;
  job.prepare = [this](RunStore&, const LoadProgress& progress) {
    return prepare_run(read_experiment(experiment_, assignments_), progress);
  };
  return tell_run(job);
}

ValidateCommand::ValidateCommand(CLI::App& parent)
    : NamedCommand(parent, "validate", "Check an experiment without running it") {
  app_.add_option("EXPERIMENT", experiment_, "The experiment's JSON file")->required();
  add_assignments(app_, assignments_);
}

int ValidateCommand::execute() {
  allow_interruptions();
  const auto prepared = prepare_run(read_experiment(experiment_, assignments_));
  Json line = started_json({}, *prepared);
  const auto warnings = run_warnings(*prepared);
  RunControl control;
  const auto forecast = forecast_run(*prepared, control, forecast_seconds);
  if (json_) {
    Json told{{"valid", true}, {"experiment", line["experiment"]}, {"data", line["data"]}};
    told["warnings"] = warnings_json(warnings);
    if (forecast) told["forecast"] = forecast_json(*forecast);
    print_json(told);
    return done;
  }
  const Json& data = line["data"];
  print_line(experiment_ + " is valid: " + run_title(*prepared) + ", " + data["rows"].dump() + " rows (" +
             data["train"].dump() + " train, " + data["validation"].dump() + " validation, " + data["test"].dump() +
             " test), " + data["features"].dump() + " features");
  if (forecast) print_line(forecast_text(*forecast));
  for (const auto& warning : warnings) print_line("Attention: " + warning.message);
  return done;
}

ResumeCommand::ResumeCommand(CLI::App& parent) : NamedCommand(parent, "resume", "Go on with a stopped run") {
  app_.add_option("RUN", run_, "The run's id, or the beginning of it")->required();
  app_.add_option("--out", out_, "Write model, experiment, curves and pictures into this folder")->type_name("DIR");
}

int ResumeCommand::execute() {
  ToldRun job;
  job.json = json_;
  if (!out_.empty()) job.out = out_;
  job.resume_id = run_;
  job.prepare = [this](RunStore& store, const LoadProgress& progress) {
    return prepare_recorded(store, run_, progress);
  };
  return tell_run(job);
}

ForkCommand::ForkCommand(CLI::App& parent)
    : NamedCommand(parent, "fork", "Go on from a step of a recorded run with other settings") {
  app_.add_option("RUN", run_, "The run's id, or the beginning of it")->required();
  app_.add_option("--step", step_, "Start from the nearest checkpoint at or before this step (default: the last one)")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
  add_assignments(app_, assignments_);
  app_.add_option("--out", out_, "Write model, experiment, curves and pictures into this folder")->type_name("DIR");
}

int ForkCommand::execute() {
  std::optional<ForkPoint> point;
  ToldRun job;
  job.json = json_;
  if (!out_.empty()) job.out = out_;
  job.prepare = [&](RunStore& store, const LoadProgress& progress) {
    point = fork_point(store, run_, step_);
    Experiment experiment = recorded_experiment(store, point->parent);
    set_all(experiment, assignments_);
    auto prepared = prepare_fork(*point, experiment, progress);
    const std::string from = "From run " + point->run + " at step " + std::to_string(point->step);
    const std::string why = point->step == point->asked ? ""
                            : point->step == 0          ? ": no checkpoint was kept before step "
                                                        : ": the nearest checkpoint before step ";
    const std::string told = from + (why.empty() ? "" : why + std::to_string(point->asked));
    if (json_)
      print_json({{"event", "log"}, {"message", told}});
    else
      note(told);
    return prepared;
  };
  job.settle = [&](SessionOptions& options) { options.fork = point; };
  return tell_run(job);
}

ReplayCommand::ReplayCommand(CLI::App& parent)
    : NamedCommand(parent, "replay", "Compute a recorded run again and compare the weights") {
  app_.add_option("RUN", run_, "The run's id, or the beginning of it")->required();
}

int ReplayCommand::execute() {
  RunStore store(data_folder());
  RunControl control;
  const Interruption interruption(control);
  EventStream stream(json_, nullptr, control);
  bool begun = false;
  try {
    const auto result = replay(
        store, run_, control, stream,
        [&](const PreparedRun& prepared) {
          begun = true;
          stream.bar().clear();
          if (json_) print_json(started_json({}, prepared));
        },
        [&](std::uint64_t read, std::uint64_t total) {
          stream.bar().loading(read, total);
          return !control.stopping();
        });
    stream.finish();
    if (result.run.state == RunState::failed) {
      report_failure(result.run.message, result.run.field, result.run.allowed, json_);
      return run_failed;
    }
    if (result.run.state == RunState::stopped) {
      if (json_)
        print_json({{"event", "stopped"}, {"run", nullptr}, {"replay_of", result.id}});
      else
        note("Stopped before the end: nothing was compared.");
      return interrupted;
    }
    Json summary = result_json(result.run, result.load_seconds);
    if (json_) {
      Json line{{"event", "finished"}, {"run", nullptr}};
      line.update(summary);
      line["replay_of"] = result.id;
      line["recorded_sha256"] = result.recorded_sha256;
      line["same"] = result.same;
      if (result.from_step > 0) line["from_step"] = result.from_step;
      if (!result.environment_difference.empty()) line["environment_difference"] = result.environment_difference;
      print_json(line);
    } else {
      print_summary(summary);
      print_line(result.same
                     ? "The weights are the same, bit for bit, as those of run " + result.id
                     : "The weights DIFFER from those of run " + result.id + " (" + result.recorded_sha256 + ")");
      if (result.from_step > 0)
        print_line("Computed again from step " + std::to_string(result.from_step) + ", where it was forked");
      if (!result.environment_difference.empty()) print_line("Since then " + result.environment_difference);
    }
    return result.same ? done : run_failed;
  } catch (const Cancelled&) {
    stream.finish();
    if (json_) print_json({{"event", "stopped"}, {"run", nullptr}});
    return interrupted;
  } catch (const Error& error) {
    stream.finish();
    report_failure(error.what(), error.field(), error.allowed(), json_);
    return begun ? run_failed : wrong_request;
  }
}

}  // namespace gb::cli
