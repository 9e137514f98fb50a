#include "core/run/fork.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "core/algorithms/algorithm.hpp"
#include "core/params/json_text.hpp"
#include "core/run/own_threads.hpp"

namespace gb {
namespace {

/// What the rows are that the state has learnt from: it says nothing of others.
constexpr std::array fixed_fields{"seed", "data", "prepare", "split", "balance"};

std::string shortened(const Json& value) {
  const std::string text = dump_json(value);
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

[[noreturn]] void refuse(const ForkPoint& point, const std::string& field, const std::string& why, const Json& had) {
  throw ParamError(
      field + " cannot differ in a fork from step " + std::to_string(point.step) + ": " + why, field,
      (had.is_null() ? "absent, as in " : shortened(had) + ", as in ") + point.run + "; or a fork from step 0");
}

const Json& value_of(const ParamSpec& spec, const Json& params) {
  const auto found = params.find(spec.name);
  return found == params.end() ? spec.default_value : *found;
}

std::vector<ParamSpec> differing(const AlgorithmInfo& info, const Json& before, const Json& now) {
  std::vector<ParamSpec> found;
  for (const auto& spec : info.params)
    if ((enabled(spec, before) || enabled(spec, now)) && value_of(spec, before) != value_of(spec, now))
      found.push_back(spec);
  return found;
}

/// The parameters that may differ, for those who tried another one.
std::string free_params(const AlgorithmInfo& info) {
  std::string names;
  for (const auto& spec : info.params)
    if ((spec.live || spec.forkable) && !spec.advanced) names += (names.empty() ? "" : ", ") + spec.name;
  return names.empty() ? "" : " (what may differ: " + names + ")";
}

/// Computes an experiment again up to `step`, from `start` where it is a fork itself, and hands over the state there.
State state_at(const RunOrigin& reached, std::vector<Change> journal, const std::optional<State>& start,
               const PreparedRun& prepared, RunControl& control) {
  const auto* info = find_algorithm(prepared.experiment.algorithm);
  if (!info) throw ParamError("There is no algorithm '" + prepared.experiment.algorithm + "'", "algorithm.id");
  Observers nobody({});
  std::optional<State> state;
  RunContext::Options options;
  options.seed = prepared.experiment.seed;
  options.resume_from = start ? &*start : nullptr;
  options.keep_checkpoint = [&](State made) { state = std::move(made); };
  options.checkpoint_seconds = 1e9;
  options.watch_share = 1e-9;
  options.stop_before = reached.step;
  const std::int64_t from = start ? start->step : 0;
  for (auto& change : journal)
    if (change.step >= from && change.step < reached.step) control.schedule(std::move(change));
  RunContext context(nobody, control, std::move(options));
  info->fit(prepared.learnt(), prepared.experiment.complete_params(), context);
  if (control.stopping())
    throw StoreError("Stopped before step " + std::to_string(reached.step) + " was reached again");
  if (!state || state->step != reached.step)
    throw StoreError("Run " + reached.run + " cannot be computed again up to step " + std::to_string(reached.step));
  return std::move(*state);
}

std::optional<State> computed_again(const RunOrigin& origin, const std::vector<Change>& journal,
                                    const PreparedRun& fork, RunControl& control, const std::filesystem::path& folder) {
  if (origin.step == 0) return std::nullopt;
  const auto parent = prepare_run(Experiment::from_json(origin.document, folder), {}, fork.dataset);
  std::optional<State> start;
  if (const auto before = RunOrigin::from_json(origin.origin))
    start = computed_again(*before, journal, *parent, control, folder);
  return state_at(origin, journal, start, *parent, control);
}

}  // namespace

Experiment recorded_experiment(const RunStore& store, const RunSummary& run) {
  return Experiment::from_json(run.document, store.run_folder(run.id));
}

ForkPoint fork_point(const RunStore& store, const std::string& id, std::int64_t step) {
  RunSummary run = store.get(id);
  if (run.state == RunState::running)
    throw StoreError("The run " + run.id + " is still being computed: stop it before forking it", "run",
                     "a run that has ended");
  if (step < 0) step = run.steps;
  if (step > run.steps)
    throw ParamError("The run " + run.id + " has " + std::to_string(run.steps) + " steps, so it cannot be forked at " +
                         std::to_string(step),
                     "step", "from 0 to " + std::to_string(run.steps));
  // What a fork took over from its parent is its parent's: a fork of it is one of the parent.
  while (run.origin && step < run.origin->step) {
    const std::string parent = run.origin->run;
    const std::int64_t first = run.origin->step;
    try {
      run = store.get(parent);
    } catch (const StoreError&) {
      throw StoreError("Step " + std::to_string(step) + " belongs to run " + parent +
                           ", which was deleted: fork from step " + std::to_string(first) + " or later",
                       "step", "at least " + std::to_string(first));
    }
    if (run.state == RunState::running)
      throw StoreError("Step " + std::to_string(step) + " belongs to run " + parent + ", which is still being computed",
                       "step", "at least " + std::to_string(first));
  }
  ForkPoint point{run.id, 0, step, {}};
  for (const std::int64_t kept : store.checkpoint_steps(run.id))
    if (kept <= step) point.step = kept;
  // Without a checkpoint of its own left, a fork's beginning is its parent's.
  if (run.origin && point.step < run.origin->step) {
    point = fork_point(store, run.origin->run, run.origin->step);
    point.asked = step;
    return point;
  }
  point.parent = std::move(run);
  return point;
}

void check_fork(const ForkPoint& point, const Experiment& experiment) {
  if (point.step == 0) return;
  const Experiment before = Experiment::from_json(point.parent.document, ".");
  if (experiment.algorithm != before.algorithm)
    refuse(point, "algorithm.id", "another algorithm has no use for the state there", before.algorithm);
  const Json old = before.to_json(), now = experiment.to_json();
  for (const char* field : fixed_fields) {
    const Json had = old.value(field, Json()), has = now.value(field, Json());
    if (had != has)
      refuse(point, field, "what was learnt until there came of these very rows, in this very order", had);
  }
  const auto* info = find_algorithm(experiment.algorithm);
  if (!info) throw ParamError("There is no algorithm '" + experiment.algorithm + "'", "algorithm.id");
  const Json params = before.complete_params();
  for (const auto& spec : differing(*info, params, experiment.complete_params()))
    if (!spec.live && !spec.forkable)
      refuse(point, "algorithm.params." + spec.name, "the state there was made with it" + free_params(*info),
             value_of(spec, params));
}

std::shared_ptr<const PreparedRun> prepare_fork(const ForkPoint& point, const Experiment& experiment,
                                                const LoadProgress& progress, std::shared_ptr<const Dataset> dataset) {
  const OwnThreads as_before(point.parent.environment);
  auto prepared = prepare_run(experiment, progress, std::move(dataset));
  if (point.step == 0) return prepared;
  // As recorded: with what the data decides filled in on both sides.
  check_fork(point, Experiment::from_json(prepared->document, experiment.folder));
  if (prepared->dataset->fingerprint != point.parent.fingerprint)
    throw DataError("The data of run " + point.run + " (" + point.parent.dataset +
                        ") has changed since it was recorded: a fork cannot go on with it",
                    "data", "the same data as then");
  return prepared;
}

RunOrigin origin_of(const RunStore& store, const ForkPoint& point, const PreparedRun& prepared) {
  RunOrigin origin;
  origin.run = point.run;
  origin.step = point.step;
  origin.document = point.parent.document;
  if (point.parent.origin) origin.origin = point.parent.origin->to_json();
  for (auto& change : store.journal(point.run))
    if (change.step == point.step) origin.changes.push_back(std::move(change));
  const auto* info = find_algorithm(prepared.experiment.algorithm);
  if (point.step == 0 || !info) return origin;
  // The state holds the values that live parameters had there: only what the fork wants otherwise is changed.
  const Json before = Experiment::from_json(point.parent.document, ".").complete_params();
  const Json now = prepared.experiment.complete_params();
  for (const auto& spec : differing(*info, before, now))
    if (spec.live) origin.changes.push_back({point.step, spec.name, value_of(spec, now)});
  return origin;
}

std::optional<State> origin_state(const RunStore& store, const RunSummary& fork, const PreparedRun& prepared,
                                  RunControl& control) {
  if (!fork.origin || fork.origin->step == 0) return std::nullopt;
  if (auto kept = store.checkpoint(fork.id, fork.origin->step)) return kept;
  return computed_again(*fork.origin, store.journal(fork.id), prepared, control, store.run_folder(fork.id));
}

}  // namespace gb
