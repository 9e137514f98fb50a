#include "core/run/session.hpp"

#include <utility>
#include <vector>

#include "core/base/parallel.hpp"

namespace gb {
namespace {

/// Sums reduced in chunks have other last bits with another number of threads: what goes on with a recorded run takes
/// its number, and gives it back afterwards.
class ThreadsOf {
 public:
  explicit ThreadsOf(const Environment& environment) : before_(threads()) {
    if (environment.threads > 0) set_threads(environment.threads);
  }
  ~ThreadsOf() { set_threads(before_); }
  ThreadsOf(const ThreadsOf&) = delete;
  ThreadsOf& operator=(const ThreadsOf&) = delete;

 private:
  int before_;
};

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

SessionResult run_recorded(const PreparedRun& prepared, RunControl& control, const SessionOptions& options) {
  RunContext::Options context = context_options(prepared, options.watch_share);
  std::optional<State> checkpoint;
  if (!options.resume_id.empty()) checkpoint = options.store->checkpoint(options.resume_id);
  if (checkpoint) context.resume_from = &*checkpoint;
  RunRecorder recorder(*options.store, prepared, options.resume_id, checkpoint ? checkpoint->step : 0);
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
    if (!options.resume_id.empty()) throw StoreError("A run can be resumed from a store only");
    Observers nobody({});
    if (options.started) options.started({}, *prepared);
    RunContext context(options.observer ? *options.observer : nobody, control,
                       context_options(*prepared, options.watch_share));
    SessionResult result{{}, run(*prepared, context), {}};
    result.summary = result_json(result.run, prepared->load_seconds);
    return result;
  }
  if (options.resume_id.empty()) return run_recorded(*prepared, control, options);
  const auto summary = options.store->get(options.resume_id);
  if (summary.state == RunState::finished)
    throw StoreError("The run " + summary.id + " is finished: there is nothing left to compute", "run",
                     "a run that was stopped");
  if (summary.state == RunState::running)
    throw StoreError("The run " + summary.id + " is still being computed by another program", "run",
                     "a run that was stopped");
  const ThreadsOf as_before(summary.environment);
  SessionOptions resumed = options;
  resumed.resume_id = summary.id;
  return run_recorded(*prepared, control, resumed);
}

std::shared_ptr<const PreparedRun> prepare_recorded(const RunStore& store, const std::string& id,
                                                    const LoadProgress& progress) {
  const auto summary = store.get(id);
  const ThreadsOf as_before(summary.environment);
  const auto experiment = Experiment::from_json(summary.document, store.run_folder(summary.id));
  auto prepared = prepare_run(experiment, progress);
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
  const ThreadsOf as_before(summary.environment);
  result.environment_difference = difference(summary.environment, environment());
  result.load_seconds = prepared->load_seconds;
  for (auto& change : store.journal(summary.id)) control.schedule(std::move(change));
  if (started) started(*prepared);
  RunContext context(observer, control, context_options(*prepared, 0.03));
  result.run = run(*prepared, context);
  result.same = result.run.state == RunState::finished && result.run.weights_sha256 == result.recorded_sha256;
  return result;
}

}  // namespace gb
