#pragma once

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

/// One row of the run table.
struct RunSummary {
  std::string id;  ///< "20261121-2251-mlp-7f3a": date, time, algorithm, four random digits
  std::string name, algorithm, dataset;
  RunState state = RunState::running;  ///< a run whose writer died reads as stopped
  std::string created;                 ///< ISO 8601, UTC
  double seconds = 0;
  std::int64_t steps = 0;
  Json document;  ///< the recorded experiment, complete
  Json metrics;   ///< {"train": {...}, "test": {...}}
  Json result;    ///< what the CLI's closing line says; null while running
  std::string notes;
  std::vector<std::string> tags;
  bool has_checkpoint = false, has_model = false;
};

/// One curve, with the min/max levels that plotting a million points needs.
struct SeriesData {
  std::string name;
  std::vector<std::int64_t> steps;
  std::vector<double> values;
};

/// All runs ever made, in one SQLite file (WAL) beside a folder per run with its checkpoint and model. The studio and
/// the command line share it; a lock per live run says who writes.
class RunStore {
 public:
  /// Creates or migrates. Throws StoreError.
  explicit RunStore(const std::filesystem::path& folder);
  ~RunStore();
  RunStore(const RunStore&) = delete;
  RunStore& operator=(const RunStore&) = delete;

  const std::filesystem::path& folder() const;
  std::filesystem::path run_folder(const std::string& id) const;

  std::vector<RunSummary> list() const;                   ///< newest first
  RunSummary get(const std::string& id_or_prefix) const;  ///< throws StoreError when unknown or ambiguous
  std::vector<SeriesData> series(const std::string& id) const;
  /// The last event of each view recorded at or before `step` (-1: the very last).
  std::vector<Event> snapshots(const std::string& id, std::int64_t step = -1) const;
  std::vector<Change> journal(const std::string& id) const;
  std::optional<State> checkpoint(const std::string& id) const;

  void set_name(const std::string& id, const std::string& name);
  void set_notes(const std::string& id, const std::string& notes);
  void set_tags(const std::string& id, const std::vector<std::string>& tags);
  void remove(const std::string& id);

 private:
  friend class RunRecorder;
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// Records one run. on_event() and keep_checkpoint() only queue; one writer thread commits at least once a second.
class RunRecorder : public RunObserver {
 public:
  /// Enters a new run into the table, or goes on with `resume_id` (whatever it recorded after the checkpoint's step is
  /// dropped). Throws StoreError.
  RunRecorder(RunStore& store, const PreparedRun& prepared, const std::string& resume_id = {},
              std::int64_t resume_step = 0);
  ~RunRecorder() override;  ///< without finish(): the run reads as stopped

  const std::string& id() const;
  void on_event(const Event& event) override;
  void keep_checkpoint(State state);
  /// Writes model.onnx (with proof) and the result, and waits for the writer. A write error is thrown here as
  /// StoreError.
  void finish(const RunResult& result, const PreparedRun& prepared);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
