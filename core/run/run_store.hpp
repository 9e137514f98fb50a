#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/events/events.hpp"
#include "core/events/state.hpp"
#include "core/run/runner.hpp"

namespace gb {

/// The store cannot be opened or written: locked, read-only, full, or made by a newer Glassbench.
struct StoreError : Error {
  using Error::Error;
};

/// Where a fork came from: all that replaying and resuming it need, also when its parent has been deleted.
struct RunOrigin {
  std::string run;        ///< the parent's id
  std::int64_t step = 0;  ///< steps that were taken over from it
  Json document;          ///< the parent's experiment
  Json origin;            ///< the parent's own origin; null where it is no fork
  /// Take effect before the fork's first step: what the parent's journal has for that step, then the live parameters
  /// in which the fork differs.
  std::vector<Change> changes;

  Json to_json() const;
  /// Null becomes nothing. Throws StoreError for what to_json() did not write.
  static std::optional<RunOrigin> from_json(const Json& json);
};

/// One row of the run table.
struct RunSummary {
  std::string id;  ///< "20261121-2251-mlp-7f3a": date, time, algorithm, four random digits
  std::string name, algorithm, dataset;
  RunState state = RunState::running;  ///< a run whose writer died reads as stopped
  std::string created;                 ///< ISO 8601, UTC
  double seconds = 0;                  ///< of computing, over all its sessions
  std::int64_t steps = 0;
  Json document;  ///< the recorded experiment, complete
  Json metrics;   ///< {"train": {...}, "test": {...}}
  Json result;    ///< what the CLI's closing line says; null while running
  std::string notes;
  std::vector<std::string> tags;
  bool has_checkpoint = false, has_model = false;
  Environment environment;          ///< of its first session: what replay and resume need for the same bits
  std::string fingerprint;          ///< of its data
  std::optional<RunOrigin> origin;  ///< of a fork
};

/// One curve, with the min/max levels that plotting a million points needs.
struct SeriesData {
  std::string name;
  std::vector<std::int64_t> steps;
  std::vector<double> values;
};

/// All runs ever made, in one SQLite file (WAL) beside a folder per run with its checkpoint and model. The studio and
/// the command line share it; a lock per live run says who writes. May be used from several threads.
class RunStore {
 public:
  /// Creates or migrates; a store that may only be read is opened for reading. Throws StoreError.
  explicit RunStore(const std::filesystem::path& folder);
  ~RunStore();
  RunStore(const RunStore&) = delete;
  RunStore& operator=(const RunStore&) = delete;

  const std::filesystem::path& folder() const;
  /// Throws StoreError for what cannot be a run's id.
  std::filesystem::path run_folder(const std::string& id) const;
  bool read_only() const;

  std::vector<RunSummary> list() const;  ///< newest first
  /// The same for who looks again and again at thousands of runs: a run that has not changed since the last call is the
  /// same object, and is not read again.
  std::vector<std::shared_ptr<const RunSummary>> listing() const;
  RunSummary get(const std::string& id_or_prefix) const;  ///< throws StoreError when unknown or ambiguous
  std::vector<SeriesData> series(const std::string& id) const;
  /// Every curve in at most about `most` points: minima and maxima of equal stretches, at their steps, and its end.
  /// Reads only the
  /// levels, so that a million points take milliseconds.
  std::vector<SeriesData> series_overview(const std::string& id, std::size_t most) const;
  /// The last event of each view recorded at or before `step` (-1: the very last).
  std::vector<Event> snapshots(const std::string& id, std::int64_t step = -1) const;
  std::vector<Change> journal(const std::string& id) const;
  /// Throws CheckpointError when it is damaged.
  std::optional<State> checkpoint(const std::string& id) const;
  /// The steps at which checkpoints for forks are kept, ascending. Step 0 needs none.
  std::vector<std::int64_t> checkpoint_steps(const std::string& id) const;
  /// The one kept at exactly this step. Throws CheckpointError when it is damaged.
  std::optional<State> checkpoint(const std::string& id, std::int64_t step) const;

  void set_name(const std::string& id, const std::string& name);
  void set_notes(const std::string& id, const std::string& notes);
  void set_tags(const std::string& id, const std::vector<std::string>& tags);
  /// With all its files. Throws StoreError while it is being computed.
  void remove(const std::string& id);

 private:
  friend class RunRecorder;
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// Records one run. on_event() and keep_checkpoint() only queue; one writer thread commits at least once a second.
/// What cannot be written (a full disk) is kept and tried again at each commit; training never waits and never fails
/// for it.
class RunRecorder : public RunObserver {
 public:
  struct Options {
    std::int64_t snapshot_bytes = std::int64_t{64} << 20;     ///< on disk; beyond, older snapshots are thinned out
    std::int64_t checkpoint_bytes = std::int64_t{192} << 20;  ///< likewise, of the checkpoints to fork from
    std::chrono::milliseconds commit_every{500};
    std::optional<RunOrigin> origin = {};  ///< the new run is a fork, which takes over what was recorded until then

    /// A budget in MB for all that can be gone back to: a quarter for what was shown, the rest for checkpoints.
    void set_history(double megabytes);
  };

  /// Enters a new run into the table, or goes on with `resume_id` (whatever it recorded after the checkpoint's step is
  /// dropped). Throws StoreError.
  RunRecorder(RunStore& store, const PreparedRun& prepared, const std::string& resume_id = {},
              std::int64_t resume_step = 0);
  RunRecorder(RunStore& store, const PreparedRun& prepared, const std::string& resume_id, std::int64_t resume_step,
              const Options& options);
  ~RunRecorder() override;  ///< without finish(): the run reads as stopped

  const std::string& id() const;
  void on_event(const Event& event) override;
  /// The newest is what the run can be resumed from; those before can be forked from, as far as the budget allows.
  void keep_checkpoint(State state);
  /// Writes model.onnx (with proof) and the result, and waits for the writer. A write error is thrown here as
  /// StoreError. Returns what went into the row's `result`; a model that could not be exported has "model_error"
  /// there, and the run is kept.
  Json finish(const RunResult& result, const PreparedRun& prepared);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
