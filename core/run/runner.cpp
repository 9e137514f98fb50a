#include "core/run/runner.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <fstream>
#include <new>
#include <utility>

#include "core/algorithms/algorithm.hpp"
#include "core/base/file.hpp"
#include "core/evaluate/curves.hpp"
#include "core/evaluate/views.hpp"
#include "core/run/cross_validation.hpp"

namespace gb {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The process' greatest resident memory so far.
double peak_memory_mb() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line))
    if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
  return 0;
}

/// After a stop, people wait: parts that are not evaluated within this time are left out.
constexpr double most_seconds_after_stop = 0.4;
constexpr std::size_t most_clustered_rows_after_stop = 2000;

/// What the rows that were held back say of the model, as views.
void publish_evaluation(const ProblemSet& problem, std::span<const std::int64_t> rows, const Prediction& prediction,
                        std::int64_t step, const std::string& part, RunContext& context) {
  if (prediction.task == Task::regression) {
    context.publish(fit_view(problem, rows, prediction.values, step, part));
    context.publish(residuals_view(problem, rows, prediction.values, step, part));
    return;
  }
  context.publish(confusion_view(problem, rows, prediction.labels, step, part));
  context.publish(class_report(problem, rows, prediction.labels, step, part));
  if (prediction.probabilities.size() == 0) return;
  for (auto& chart : classifier_charts(problem, rows, prediction.probabilities, step, part))
    context.publish(std::move(chart));
}

void evaluate_parts(const PreparedRun& prepared, const AlgorithmInfo& info, RunContext& context, RunResult& result) {
  const std::string& headline = info.headline;
  if (result.model->task() == Task::generation) {
    // What it makes was judged while it was there: nothing is predicted of rows.
    Metrics metrics;
    for (const std::string& name : info.measures)
      if (const auto value = context.last("train/" + name)) metrics.emplace_back(name, *value);
    if (!metrics.empty()) result.metrics.emplace_back("train", std::move(metrics));
    return;
  }
  const auto start = Clock::now();
  const ProblemSet& problem = prepared.problem;
  const bool stopped = result.state == RunState::stopped;
  // The smallest first where time is short; shown in the order of the split.
  std::vector<std::pair<std::string, Part>> parts{
      {"train", Part::train}, {"validation", Part::validation}, {"test", Part::test}};
  if (stopped) std::reverse(parts.begin(), parts.end());
  for (const auto& [name, part] : parts) {
    const auto& rows = problem.split.part(part);
    if (rows.empty() || (part != Part::train && !result.model->no_rule().empty()) ||
        (stopped && seconds_since(start) > most_seconds_after_stop))
      continue;
    const bool clustering = result.model->task() == Task::clustering;
    Prediction prediction;
    Metrics metrics;
    // Silhouettes compare every row with every other one: after a stop only where that takes no time.
    if (!stopped || !clustering || rows.size() <= most_clustered_rows_after_stop) {
      prediction = result.model->predict(problem.features, rows);
      metrics = evaluate(problem, prediction, rows);
    }
    if (!is_supervised(result.model->task()) && part == Part::train)
      if (const auto value = context.last("train/" + headline)) {
        // The series' last value speaks of every row of the fit; what was computed anew is the same figure.
        std::erase_if(metrics, [&](const auto& metric) { return metric.first == headline; });
        metrics.insert(metrics.begin(), {headline, *value});
      }
    if (part != Part::train && is_supervised(prediction.task)) {
      publish_evaluation(problem, rows, prediction, result.steps, name, context);
      if (!stopped) result.intervals.emplace_back(name, bootstrap_intervals(problem, prediction, rows, context.seed()));
    }
    if (!metrics.empty()) result.metrics.emplace_back(name, std::move(metrics));
  }
  if (stopped) std::reverse(result.metrics.begin(), result.metrics.end());
}

void fail(RunResult& result, const RunContext& context, const std::string& message, const std::string& field = {},
          const std::string& allowed = {}) {
  result.state = RunState::failed;
  result.model.reset();
  result.metrics.clear();
  result.intervals.clear();
  result.cross_validation.reset();
  result.weights_sha256.clear();
  result.message = message;
  result.field = field;
  result.allowed = allowed;
  result.before_first_step = context.steps_begun() == 0;
}

/// Runs one stage; whatever it throws becomes the result. False when it threw.
template <class Stage>
bool guarded(RunResult& result, const RunContext& context, Stage&& stage) {
  try {
    stage();
    return true;
  } catch (const Error& error) {
    fail(result, context, error.what(), error.field(), error.allowed());
  } catch (const std::bad_alloc&) {
    fail(result, context,
         "There is not enough memory for this run; use fewer rows, a smaller model or a smaller batch");
  } catch (const std::exception& error) {
    fail(result, context, std::string("The algorithm stopped with an unexpected error: ") + error.what());
  }
  return false;
}

}  // namespace

std::string_view run_state_name(RunState state) {
  static constexpr std::array<std::string_view, 4> names{"running", "finished", "stopped", "failed"};
  return names[static_cast<std::size_t>(state)];
}

RunResult run(const PreparedRun& prepared, RunContext& context) {
  RunResult result;
  const auto* info = find_algorithm(prepared.experiment.algorithm);
  const auto fit_start = Clock::now();
  const bool fitted = guarded(result, context, [&] {
    if (!info) throw ParamError("There is no algorithm '" + prepared.experiment.algorithm + "'", "algorithm.id");
    result.model = info->fit(prepared.problem, prepared.experiment.complete_params(), context);
  });
  result.fit_seconds = seconds_since(fit_start);
  const std::int64_t resumed_at = context.resume_from() ? context.resume_from()->step : 0;
  result.steps = std::max(context.steps_begun(), resumed_at);
  if (fitted) {
    result.state = context.stopped() ? RunState::stopped : RunState::finished;
    const auto evaluate_start = Clock::now();
    guarded(result, context, [&] {
      if (!result.model) {
        if (result.state == RunState::stopped) return;
        throw Error("The algorithm ended without a model");
      }
      evaluate_parts(prepared, *info, context, result);
      result.weights_sha256 = weights_hash(*result.model, prepared.preparation);
      if (result.state == RunState::finished) result.cross_validation = cross_validate(prepared, context);
    });
    result.evaluate_seconds = seconds_since(evaluate_start);
  }
  result.peak_rss_mb = peak_memory_mb();
  return result;
}

std::optional<Forecast> forecast_run(const PreparedRun& prepared, RunControl& control, double seconds) {
  const auto* info = find_algorithm(prepared.experiment.algorithm);
  if (!info || !info->forecast) return std::nullopt;
  Observers nobody({});
  RunContext context(nobody, control, {.seed = prepared.experiment.seed, .watch_share = 0});
  return info->forecast(prepared.problem, prepared.experiment.complete_params(), context, seconds);
}

Json result_json(const RunResult& result, double load_seconds) {
  const auto rounded = [](double value, double per_one) { return std::round(value * per_one) / per_one; };
  Json json = Json::object();
  if (result.state == RunState::failed) {
    json["message"] = result.message;
    if (!result.field.empty()) json["field"] = result.field;
    if (!result.allowed.empty()) json["allowed"] = result.allowed;
  }
  Json metrics = Json::object();
  for (const auto& [part, values] : result.metrics) {
    metrics[part] = Json::object();
    for (const auto& [name, value] : values) metrics[part][name] = std::isfinite(value) ? Json(value) : Json();
  }
  json["metrics"] = metrics;
  if (!result.intervals.empty()) {
    Json intervals = Json::object();
    for (const auto& [part, values] : result.intervals)
      for (const auto& [name, interval] : values) intervals[part][name] = {interval.low, interval.high};
    json["intervals"] = intervals;
  }
  if (result.cross_validation) json["cross_validation"] = result.cross_validation->to_json();
  json["seconds"] = {{"load", rounded(load_seconds, 1000)},
                     {"fit", rounded(result.fit_seconds, 1000)},
                     {"evaluate", rounded(result.evaluate_seconds, 1000)}};
  json["peak_rss_mb"] = rounded(result.peak_rss_mb, 10);
  json["steps"] = result.steps;
  json["weights_sha256"] = result.weights_sha256.empty() ? Json() : Json(result.weights_sha256);
  return json;
}

}  // namespace gb
