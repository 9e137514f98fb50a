#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/run/run_store.hpp"
#include "core/run/runner.hpp"

namespace gb {

/// One whole run, as studio and command line both do it: recorded, observed, resumable.
struct SessionOptions {
  RunStore* store = nullptr;        ///< null: nothing is recorded
  RunObserver* observer = nullptr;  ///< may be null
  std::string resume_id;            ///< go on with this run from its checkpoint
  double watch_share = 0.03;
  /// Called when the run has its id and before its first step.
  std::function<void(const std::string& id, const PreparedRun&)> started;
};

struct SessionResult {
  std::string id;  ///< empty when nothing is recorded
  RunResult run;
};

/// Runs on the calling thread, steered through `control`. Throws StoreError when the run could not be recorded.
SessionResult run_session(std::shared_ptr<const PreparedRun> prepared, RunControl& control,
                          const SessionOptions& options);

/// The prepared experiment of a recorded run, for resume and replay. Throws DataError when the data has changed since
/// (its fingerprint tells).
std::shared_ptr<const PreparedRun> prepare_recorded(const RunStore& store, const std::string& id);

/// Runs a recorded run again with its journal. The result's weights_sha256 is to be compared with the recorded one.
struct ReplayResult {
  RunResult run;
  std::string recorded_sha256;
  bool same = false;
  std::string environment_difference;  ///< why bits may differ: other version, processor or threads; empty when equal
};
ReplayResult replay(RunStore& store, const std::string& id, RunControl& control, RunObserver& observer);

}  // namespace gb
