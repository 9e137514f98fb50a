#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/run/fork.hpp"
#include "core/run/run_store.hpp"
#include "core/run/runner.hpp"

namespace gb {

/// One whole run, as studio and command line both do it: recorded, observed, resumable.
struct SessionOptions {
  RunStore* store = nullptr;        ///< null: nothing is recorded
  RunObserver* observer = nullptr;  ///< may be null
  /// Go on with this run from its checkpoint; from its beginning where it has none yet. It runs on the number of
  /// threads it was begun with.
  std::string resume_id;
  /// Start as a fork of a recorded run; the experiment is from prepare_fork(). It runs on its parent's number of
  /// threads.
  std::optional<ForkPoint> fork = {};
  double watch_share = 0.03;             ///< where the experiment's "record" says nothing
  double history_mb = usual_history_mb;  ///< likewise
  /// Called when the run has its id and before its first step.
  std::function<void(const std::string& id, const PreparedRun&)> started;
};

struct SessionResult {
  std::string id;  ///< empty when nothing is recorded
  RunResult run;
  Json summary;  ///< result_json(), with "run" and "model_error" where they apply
};

/// Runs on the calling thread, steered through `control`. Throws StoreError when the run could not be recorded, before
/// its first step or at its end.
SessionResult run_session(std::shared_ptr<const PreparedRun> prepared, RunControl& control,
                          const SessionOptions& options);

/// The prepared experiment of a recorded run, for resume and replay, made on as many threads as then. Throws DataError
/// when the data has changed since (its fingerprint tells).
std::shared_ptr<const PreparedRun> prepare_recorded(const RunStore& store, const std::string& id,
                                                    const LoadProgress& progress = {});

/// Runs a recorded run again with its journal. The result's weights_sha256 is to be compared with the recorded one.
struct ReplayResult {
  std::string id;
  RunResult run;
  double load_seconds = 0;
  std::int64_t from_step = 0;  ///< of a fork: it was computed again from its first checkpoint
  std::string recorded_sha256;
  bool same = false;
  std::string environment_difference;  ///< why bits may differ: other version or processor; empty when equal
};
/// Throws StoreError for a run that did not finish: its hash speaks of no end that could be reached again.
ReplayResult replay(RunStore& store, const std::string& id, RunControl& control, RunObserver& observer,
                    const std::function<void(const PreparedRun&)>& started = {}, const LoadProgress& progress = {});

}  // namespace gb
