#include "core/run/session.hpp"

#include <utility>
#include <vector>

#include "core/run/own_threads.hpp"

namespace gb {
namespace {

RunContext::Options context_options(const PreparedRun& prepared, double watch_share) {
  RunContext::Options options;
  options.seed = prepared.experiment.seed;
  options.watch_share =
      prepared.experiment.record.is_null() ? watch_share : prepared.experiment.record_params().watch_share;
  return options;
}

std::string difference(const Environment& then, const Environment& now) {
  std::string text;
  const auto compare = [&](const char* what, const std::string& before, const std::string& after) {
    if (before != after)
      text += (text.empty() ? "" : "; ") + std::string(what) + " was " + before + ", now is " + after;
  };
  compare("the version", then.version, now.version);
  compare("the processor", then.processor, now.processor);
  compare("the number of threads", std::to_string(then.threads), std::to_string(now.threads));
  return text;
}

/// Where a recorded run goes on: its state there and the changes that are still to take effect.
struct Beginning {
  std::optional<State> state;
  std::vector<Change> changes;
  std::optional<RunOrigin> origin;  ///< of a new fork
  std::int64_t step() const { return state ? state->step : 0; }
};

/// The checkpoint of a step may have been kept before that step's changes took effect: they are made again, which bears
/// repeating.
std::vector<Change> last_changes(const std::vector<Change>& journal, std::int64_t step) {
  std::vector<Change> last;
  for (const auto& change : journal) {
    if (change.step != step) continue;
    std::erase_if(last, [&](const Change& earlier) { return earlier.param == change.param; });
    last.push_back(change);
  }
  return last;
}

Beginning beginning(const PreparedRun& prepared, RunControl& control, const SessionOptions& options) {
  Beginning begun;
  RunStore& store = *options.store;
  if (options.fork) {
    begun.origin = origin_of(store, *options.fork, prepared);
    begun.changes = begun.origin->changes;
    if (begun.origin->step == 0) return begun;
    begun.state = store.checkpoint(options.fork->run, begun.origin->step);
    if (!begun.state)
      throw StoreError("The checkpoint of run " + options.fork->run + " at step " + std::to_string(begun.origin->step) +
                       " is no longer there");
  } else if (!options.resume_id.empty()) {
    const auto summary = store.get(options.resume_id);
    begun.state = store.checkpoint(summary.id);
    if (!begun.state) begun.state = origin_state(store, summary, prepared, control);
    begun.changes = last_changes(store.journal(summary.id), begun.step());
    if (begun.changes.empty() && summary.origin && summary.origin->step == begun.step())
      begun.changes = summary.origin->changes;
  }
  return begun;
}

RunRecorder::Options recorder_options(const PreparedRun& prepared, double history_mb) {
  RunRecorder::Options options;
  options.set_history(prepared.experiment.record_params().history_mb.value_or(history_mb));
  return options;
}

SessionResult run_recorded(const PreparedRun& prepared, RunControl& control, const SessionOptions& options) {
  RunContext::Options context = context_options(prepared, options.watch_share);
  Beginning begun = beginning(prepared, control, options);
  if (begun.state) context.resume_from = &*begun.state;
  RunRecorder::Options record = recorder_options(prepared, options.history_mb);
  record.origin = begun.origin;
  RunRecorder recorder(*options.store, prepared, options.resume_id, begun.step(), record);
  for (auto& change : begun.changes) control.schedule(std::move(change));
  context.keep_checkpoint = [&](State state) { recorder.keep_checkpoint(std::move(state)); };
  std::vector<RunObserver*> observers{&recorder};
  if (options.observer) observers.push_back(options.observer);
  Observers all(std::move(observers));
  if (options.started) options.started(recorder.id(), prepared);
  RunContext run_context(all, control, std::move(context));
  SessionResult result{recorder.id(), run(prepared, run_context), {}};
  result.summary = recorder.finish(result.run, prepared);
  return result;
}

}  // namespace

SessionResult run_session(std::shared_ptr<const PreparedRun> prepared, RunControl& control,
                          const SessionOptions& options) {
  if (!options.store) {
    if (!options.resume_id.empty() || options.fork)
      throw StoreError("A run can be resumed or forked from a store only");
    Observers nobody({});
    if (options.started) options.started({}, *prepared);
    RunContext context(options.observer ? *options.observer : nobody, control,
                       context_options(*prepared, options.watch_share));
    SessionResult result{{}, run(*prepared, context), {}};
    result.summary = result_json(result.run, prepared->load_seconds);
    return result;
  }
  if (options.fork) {
    const OwnThreads as_before(options.fork->parent.environment);
    return run_recorded(*prepared, control, options);
  }
  if (options.resume_id.empty()) return run_recorded(*prepared, control, options);
  const auto summary = options.store->get(options.resume_id);
  if (summary.state == RunState::finished)
    throw StoreError("The run " + summary.id + " is finished: there is nothing left to compute", "run",
                     "a run that was stopped");
  if (summary.state == RunState::running)
    throw StoreError("The run " + summary.id + " is still being computed by another program", "run",
                     "a run that was stopped");
  const OwnThreads as_before(summary.environment);
  SessionOptions resumed = options;
  resumed.resume_id = summary.id;
  return run_recorded(*prepared, control, resumed);
}

std::shared_ptr<const PreparedRun> prepare_recorded(const RunStore& store, const std::string& id,
                                                    const LoadProgress& progress) {
  const auto summary = store.get(id);
  const OwnThreads as_before(summary.environment);
  auto prepared = prepare_run(recorded_experiment(store, summary), progress);
  if (prepared->dataset->fingerprint != summary.fingerprint)
    throw DataError("The data of run " + summary.id + " (" + summary.dataset +
                        ") has changed since it was recorded: the run cannot go on or be repeated with it",
                    "data", "the same data as then");
  return prepared;
}

ReplayResult replay(RunStore& store, const std::string& id, RunControl& control, RunObserver& observer,
                    const std::function<void(const PreparedRun&)>& started, const LoadProgress& progress) {
  const auto summary = store.get(id);
  ReplayResult result;
  result.id = summary.id;
  if (summary.state != RunState::finished)
    throw StoreError("The run " + summary.id + " is " + std::string(run_state_name(summary.state)) +
                         ": only a finished run can be compared with its replay; resume it first",
                     "run", "a finished run");
  const Json sha = summary.result.is_object() ? summary.result.value("weights_sha256", Json()) : Json();
  if (!sha.is_string()) throw StoreError("The run " + summary.id + " has no recorded weights_sha256 to compare with");
  result.recorded_sha256 = sha.get<std::string>();
  const auto prepared = prepare_recorded(store, summary.id, progress);
  const OwnThreads as_before(summary.environment);
  result.environment_difference = difference(summary.environment, environment());
  result.load_seconds = prepared->load_seconds;
  if (started) started(*prepared);
  const std::optional<State> start = origin_state(store, summary, *prepared, control);
  result.from_step = start ? start->step : 0;
  for (auto& change : store.journal(summary.id))
    if (change.step >= result.from_step) control.schedule(std::move(change));
  RunContext::Options options = context_options(*prepared, 0.03);
  if (start) options.resume_from = &*start;
  RunContext context(observer, control, std::move(options));
  result.run = run(*prepared, context);
  result.same = result.run.state == RunState::finished && result.run.weights_sha256 == result.recorded_sha256;
  return result;
}

}  // namespace gb
