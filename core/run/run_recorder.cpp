#include <sys/stat.h>

#include <array>
#include <chrono>
#include <cmath>
#include <ctime>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include "core/base/file.hpp"
#include "core/model/onnx_file.hpp"
#include "core/params/json_text.hpp"
#include "core/run/checkpoint_files.hpp"
#include "core/run/data_facts.hpp"
#include "core/run/event_queue.hpp"
#include "core/run/run_lock.hpp"
#include "core/run/run_store.hpp"
#include "core/run/run_writer.hpp"
#include "core/run/store_database.hpp"

namespace gb {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;

std::string utc(const char* format) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), format, &parts);
  return text.data();
}

std::string new_id(const std::string& algorithm) {
  // Not of the experiment's seed: two runs of one experiment are two runs.
  std::random_device device;
  std::string digits;
  for (int i = 0; i < 4; ++i) digits += "0123456789abcdef"[device() % 16];
  return utc("%Y%m%d-%H%M-") + algorithm + "-" + digits;
}

}  // namespace

struct RunRecorder::Implementation {
  Implementation(RunStore& in, Options chosen) : store(in), options(chosen) {}

  RunStore& store;
  Options options;
  std::string id;
  fs::path folder;
  std::unique_ptr<RunLock> lock;
  OpenedDatabase opened;
  struct stat opened_file {};
  std::unique_ptr<RunWriter> writer;
  double earlier_seconds = 0;
  Clock::time_point started = Clock::now();

  EventQueue queue;
  std::vector<State> fresh_checkpoints;  ///< under the queue's lock

  std::unique_ptr<CheckpointFiles> checkpoints;  ///< the writing thread's
  std::vector<State> unwritten_checkpoints;      ///< the writing thread's
  std::string error;                             ///< of the last attempt; empty when it succeeded
  std::thread thread;

  double seconds() const { return earlier_seconds + std::chrono::duration<double>(Clock::now() - started).count(); }

  void enter(const PreparedRun& prepared);
  void go_on(const std::string& resume_id, std::int64_t resume_step);
  void work();
  void write_all();
  void close();
  void close_row(const RunResult& result, const Json& summary);
  void check_still_there() const;
};

void RunRecorder::Implementation::enter(const PreparedRun& prepared) {
  std::error_code code;
  fs::create_directories(store.folder() / "runs", code);
  for (int attempt = 0; !code; ++attempt) {
    id = new_id(prepared.experiment.algorithm);
    folder = store.run_folder(id);
    if (fs::create_directory(folder, code) || attempt > 100) break;
  }
  if (code)
    throw StoreError("The run store cannot be written: " + (store.folder() / "runs").string() + ": " + code.message());
  lock = std::make_unique<RunLock>(folder);  // before the row, which never stands there without a writer
  const auto& origin = options.origin;
  checkpoints = std::make_unique<CheckpointFiles>(folder, options.checkpoint_bytes, origin ? origin->step : -1);
  if (origin && origin->step > 0)
    checkpoints->adopt(checkpoint_file(store.run_folder(origin->run), origin->step), origin->step);
  writer = std::make_unique<RunWriter>(id, options.snapshot_bytes);
  guarded(store.folder(), [&] {
    SQLite::Transaction transaction(*opened.database, SQLite::TransactionBehavior::IMMEDIATE);
    SQLite::Statement row(*opened.database,
                          "INSERT INTO run (id, name, algorithm, dataset, fingerprint, environment, state, created, "
                          "document, origin, steps) VALUES (?, ?, ?, ?, ?, ?, 'running', ?, ?, ?, ?)");
    row.bind(1, id);
    row.bind(2, run_title(prepared));
    row.bind(3, prepared.experiment.algorithm);
    row.bind(4, prepared.dataset->name);
    row.bind(5, prepared.dataset->fingerprint);
    row.bind(6, dump_json(environment().to_json()));
    row.bind(7, utc("%Y-%m-%dT%H:%M:%SZ"));
    row.bind(8, dump_json(prepared.document));
    row.bind(9, origin ? dump_json(origin->to_json()) : "null");
    row.bind(10, origin ? origin->step : 0);
    row.exec();
    if (origin) writer->take_over(*opened.database, origin->run, origin->step);
    transaction.commit();
    if (origin) writer->go_on(*opened.database, origin->step);
  });
}

void RunRecorder::Implementation::go_on(const std::string& resume_id, std::int64_t resume_step) {
  const auto summary = store.get(resume_id);
  id = summary.id;
  folder = store.run_folder(id);
  std::error_code code;
  fs::create_directories(folder, code);
  lock = std::make_unique<RunLock>(folder);
  earlier_seconds = summary.seconds;
  options.origin = summary.origin;
  checkpoints =
      std::make_unique<CheckpointFiles>(folder, options.checkpoint_bytes, summary.origin ? summary.origin->step : -1);
  checkpoints->drop_after(resume_step);
  writer = std::make_unique<RunWriter>(id, options.snapshot_bytes);
  guarded(store.folder(), [&] {
    writer->resume(*opened.database, resume_step);
    SQLite::Statement row(
        *opened.database,
        "UPDATE run SET state = 'running', steps = ?, metrics = 'null', result = 'null' WHERE id = ?");
    row.bind(1, resume_step);
    row.bind(2, id);
    row.exec();
  });
}

/// SQLite goes on happily in a file that was deleted under it; people would lose the run without a word.
void RunRecorder::Implementation::check_still_there() const {
  struct stat now {};
  const auto path = database_path(store.folder());
  if (::stat(path.c_str(), &now) != 0 || now.st_ino != opened_file.st_ino || now.st_dev != opened_file.st_dev)
    throw StoreError("The run store " + path.string() + " was deleted or replaced while run " + id +
                     " was being recorded");
}

/// Writes what has gathered; the checkpoint last, so that the store never lags behind it.
void RunRecorder::Implementation::write_all() {
  try {
    check_still_there();
    guarded(store.folder(), [&] { writer->flush(*opened.database, seconds()); });
    checkpoints->write(unwritten_checkpoints);
    error.clear();
  } catch (const std::exception& problem) {
    error = problem.what();
  }
}

void RunRecorder::Implementation::work() {
  std::vector<Event> events;
  for (bool open = true; open;) {
    open = queue.take(events, options.commit_every, [&] {
      for (auto& state : fresh_checkpoints) unwritten_checkpoints.push_back(std::move(state));
      fresh_checkpoints.clear();
    });
    thin_waiting(unwritten_checkpoints);
    try {
      writer->absorb(events);
    } catch (const std::exception& problem) {
      error = problem.what();
      continue;
    }
    write_all();
  }
}

void RunRecorder::Implementation::close() {
  queue.close();
  if (thread.joinable()) thread.join();
}

void RunRecorder::Implementation::close_row(const RunResult& result, const Json& summary) {
  guarded(store.folder(), [&] {
    SQLite::Statement row(*opened.database,
                          "UPDATE run SET state = ?, seconds = ?, steps = ?, metrics = ?, result = ? WHERE id = ?");
    row.bind(1, std::string(run_state_name(result.state)));
    row.bind(2, seconds());
    row.bind(3, result.steps);
    row.bind(4, dump_json(summary.value("metrics", Json())));
    row.bind(5, dump_json(summary));
    row.bind(6, id);
    row.exec();
  });
}

void RunRecorder::Options::set_history(double megabytes) {
  const double bytes = megabytes * 1048576;
  snapshot_bytes = std::llround(bytes / 4);
  checkpoint_bytes = std::llround(bytes * 3 / 4);
}

RunRecorder::RunRecorder(RunStore& store, const PreparedRun& prepared, const std::string& resume_id,
                         std::int64_t resume_step)
    : RunRecorder(store, prepared, resume_id, resume_step, Options{}) {}

RunRecorder::RunRecorder(RunStore& store, const PreparedRun& prepared, const std::string& resume_id,
                         std::int64_t resume_step, const Options& options)
    : implementation_(std::make_unique<Implementation>(store, options)) {
  auto& self = *implementation_;
  self.opened = open_database(store.folder());
  const auto path = database_path(store.folder());
  if (self.opened.read_only)
    throw StoreError("The run store " + path.string() +
                     " is read-only, so the run could not be kept: make it and its folder writable, or set "
                     "XDG_DATA_HOME");
  ::stat(path.c_str(), &self.opened_file);
  if (resume_id.empty())
    self.enter(prepared);
  else
    self.go_on(resume_id, resume_step);
  self.thread = std::thread([&self] { self.work(); });
}

RunRecorder::~RunRecorder() {
  implementation_->close();
}

const std::string& RunRecorder::id() const {
  return implementation_->id;
}

void RunRecorder::on_event(const Event& event) {
  if (std::holds_alternative<Progress>(event)) return;
  implementation_->queue.push(event);
}

void RunRecorder::keep_checkpoint(State state) {
  auto& fresh = implementation_->fresh_checkpoints;
  implementation_->queue.locked([&] {
    if (!fresh.empty() && fresh.back().step == state.step) fresh.pop_back();
    fresh.push_back(std::move(state));
    thin_waiting(fresh);
  });
}

Json RunRecorder::finish(const RunResult& result, const PreparedRun& prepared) {
  auto& self = *implementation_;
  Json summary{{"run", self.id}};
  if (const auto& origin = self.options.origin) summary["fork"] = {{"run", origin->run}, {"step", origin->step}};
  summary.update(result_json(result, prepared.load_seconds));
  // After a stop people wait, and a failure has other reasons.
  summary["data"] = data_facts(prepared, result.state == RunState::finished);
  if (result.model) {
    const auto& target = prepared.problem.target;
    const bool supervised = is_supervised(result.model->task());
    try {
      export_all_with_proof({*result.model, prepared.preparation, *prepared.dataset,
                             supervised && target ? &*target : nullptr, dump_json(prepared.document)},
                            self.folder / "model.onnx");
    } catch (const Error& error) {
      summary["model_error"] = error.what();
    }
  }
  self.close();
  if (self.error.empty()) {
    self.check_still_there();
    self.close_row(result, summary);
    if (result.state == RunState::finished) self.checkpoints->finish();
  }
  self.lock.reset();
  if (!self.error.empty()) throw StoreError("The run " + self.id + " could not be recorded whole: " + self.error);
  return summary;
}

}  // namespace gb
