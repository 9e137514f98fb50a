#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/run/run_store.hpp"
#include "core/run/runner.hpp"

namespace gb {

/// Where a fork starts: at the nearest kept checkpoint at or before the step that was asked for.
struct ForkPoint {
  std::string run;         ///< the whole id; for a step before a fork's own first one, that of its parent
  std::int64_t step = 0;   ///< 0: at the beginning, where anything may differ
  std::int64_t asked = 0;  ///< the step asked for
  RunSummary parent;
};

/// `step` -1 is the last one. Throws StoreError: unknown, still running, no such step, or a parent that was deleted.
ForkPoint fork_point(const RunStore& store, const std::string& id, std::int64_t step = -1);

/// Throws ParamError naming the first field in which the experiment differs from its parent's although the state at
/// that step leaves no choice: other data, another seed, another algorithm, layers of other sizes.
void check_fork(const ForkPoint& point, const Experiment& experiment);

/// The experiment of a fork, prepared on the parent's number of threads. Throws what prepare_run() and check_fork()
/// throw, and DataError when the data is no longer the parent's.
std::shared_ptr<const PreparedRun> prepare_fork(const ForkPoint& point, const Experiment& experiment,
                                                const LoadProgress& progress = {},
                                                std::shared_ptr<const Dataset> dataset = nullptr);

/// The experiment of a recorded run, as it was recorded.
Experiment recorded_experiment(const RunStore& store, const RunSummary& run);

/// What a fork's record keeps of where it came from.
RunOrigin origin_of(const RunStore& store, const ForkPoint& point, const PreparedRun& prepared);

/// The state that a fork starts from: its own copy of the checkpoint; without it, computed anew from what its parents
/// did until then. Empty for a fork from the beginning. Throws Error when it cannot be reached again, StoreError when
/// `control` stopped it.
std::optional<State> origin_state(const RunStore& store, const RunSummary& fork, const PreparedRun& prepared,
                                  RunControl& control);

}  // namespace gb
