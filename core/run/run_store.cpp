#include "core/run/run_store.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "core/base/file.hpp"
#include "core/params/json_text.hpp"
#include "core/run/checkpoint_files.hpp"
#include "core/run/event_codec.hpp"
#include "core/run/run_lock.hpp"
#include "core/run/series_chunk.hpp"
#include "core/run/store_database.hpp"
#include "core/train/checkpoint.hpp"

namespace gb {
namespace fs = std::filesystem;

namespace {

constexpr const char* summary_columns =
    "id, name, algorithm, dataset, state, created, seconds, steps, document, metrics, result, notes, tags, "
    "environment, fingerprint, origin";

}  // namespace

struct RunStore::Implementation {
  /// A row as it was read last.
  struct Known {
    std::size_t row = 0;  ///< hash of what stood in it
    std::shared_ptr<const RunSummary> summary;
  };

  fs::path folder;
  std::mutex mutex;  ///< one connection serves all threads
  OpenedDatabase opened;
  std::unordered_map<std::string, Known> known;  ///< guarded by mutex

  /// The arrays that snapshots of one run share, read while somebody leafs through it.
  struct Shared {
    std::string run;
    std::map<std::int64_t, std::shared_ptr<const std::vector<float>>> floats;
    std::map<std::int64_t, std::shared_ptr<const std::vector<std::int64_t>>> rows;
  };
  Shared shared;
  std::string columns = summary_columns;  ///< of a run that summary_of() reads

  SQLite::Database& database() { return *opened.database; }

  /// Runs `action` on the connection, alone.
  template <class Action>
  auto with(Action&& action) {
    const std::lock_guard lock(mutex);
    return guarded(folder, [&] { return action(*opened.database); });
  }

  void update(const fs::path& path, const std::string& id, const char* column, const std::string& value) {
    if (opened.read_only) throw StoreError("The run store " + path.string() + " is read-only");
    with([&](SQLite::Database& database) {
      SQLite::Statement statement(database, std::string("UPDATE run SET ") + column + " = ? WHERE id = ?");
      statement.bind(1, value);
      statement.bind(2, id);
      if (statement.exec() == 0) throw StoreError("There is no run '" + id + "'");
    });
  }
};

namespace {

constexpr std::size_t most_shared_arrays = 16;
constexpr std::size_t most_checkpoint_bytes = std::size_t{4} << 30;

/// Text of a column as JSON; null when someone else wrote nonsense there: one bad row must not hide the others.
Json json_of(const std::string& text) {
  try {
    return parse_json(text, "a recorded field");
  } catch (const JsonError&) {
    return nullptr;
  }
}

std::string_view blob(const SQLite::Column& column) {
  return {static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

RunState state_of(const std::string& name) {
  for (const auto state : {RunState::running, RunState::finished, RunState::stopped, RunState::failed})
    if (run_state_name(state) == name) return state;
  return RunState::failed;
}

RunSummary summary_of(SQLite::Statement& row) {
  RunSummary summary;
  summary.id = row.getColumn(0).getString();
  summary.name = row.getColumn(1).getString();
  summary.algorithm = row.getColumn(2).getString();
  summary.dataset = row.getColumn(3).getString();
  summary.state = state_of(row.getColumn(4).getString());
  summary.created = row.getColumn(5).getString();
  summary.seconds = row.getColumn(6).getDouble();
  summary.steps = row.getColumn(7).getInt64();
  summary.document = json_of(row.getColumn(8).getString());
  summary.metrics = json_of(row.getColumn(9).getString());
  summary.result = json_of(row.getColumn(10).getString());
  summary.notes = row.getColumn(11).getString();
  const Json tags = json_of(row.getColumn(12).getString());
  if (tags.is_array())
    for (const auto& tag : tags)
      if (tag.is_string()) summary.tags.push_back(tag.get<std::string>());
  summary.environment = Environment::from_json(json_of(row.getColumn(13).getString()));
  summary.fingerprint = row.getColumn(14).getString();
  try {
    summary.origin = RunOrigin::from_json(json_of(row.getColumn(15).getString()));
  } catch (const StoreError&) {
    // One bad row must not hide the others: it is shown as no fork, and its replay will not give the same weights.
  }
  return summary;
}

/// Of everything that stands in a row, without taking it apart.
std::size_t hash_of(SQLite::Statement& row) {
  std::size_t hash = 0;
  for (int i = 0; i < row.getColumnCount(); ++i) {
    const auto column = row.getColumn(i);
    const std::string_view text(column.getText(), static_cast<std::size_t>(column.getBytes()));
    hash = hash * 0x9e3779b97f4a7c15ULL + std::hash<std::string_view>{}(text);
  }
  return hash;
}

bool is_run_id(const std::string& id) {
  return !id.empty() && id.size() < 200 && std::all_of(id.begin(), id.end(), [](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           letter == '-' || letter == '_';
  });
}

}  // namespace

Json RunOrigin::to_json() const {
  Json list = Json::array();
  for (const auto& change : changes)
    list.push_back({{"step", change.step}, {"param", change.param}, {"value", change.value}});
  return {{"run", run}, {"step", step}, {"document", document}, {"origin", origin}, {"changes", list}};
}

std::optional<RunOrigin> RunOrigin::from_json(const Json& json) {
  if (json.is_null()) return std::nullopt;
  try {
    RunOrigin origin{json.at("run"), json.at("step"), json.at("document"), json.at("origin"), {}};
    for (const auto& change : json.at("changes"))
      origin.changes.push_back({change.at("step"), change.at("param"), change.at("value")});
    return origin;
  } catch (const Json::exception& error) {
    throw StoreError(std::string("The record of what a run was forked from is damaged: ") + error.what());
  }
}

RunStore::RunStore(const fs::path& folder) : implementation_(std::make_unique<Implementation>()) {
  implementation_->folder = folder;
  implementation_->opened = open_database(folder);
  // A store of an earlier version that may only be read stays as it is.
  if (!read_only()) return;
  implementation_->with([&](SQLite::Database& database) {
    if (database.execAndGet("SELECT count(*) FROM pragma_table_info('run') WHERE name = 'origin'").getInt() > 0) return;
    auto& columns = implementation_->columns;
    columns.replace(columns.rfind("origin"), std::string::npos, "'null'");
  });
}

RunStore::~RunStore() = default;

const fs::path& RunStore::folder() const {
  return implementation_->folder;
}

bool RunStore::read_only() const {
  return implementation_->opened.read_only;
}

fs::path RunStore::run_folder(const std::string& id) const {
  if (!is_run_id(id)) throw StoreError("'" + id.substr(0, 80) + "' cannot be the id of a run");
  return implementation_->folder / "runs" / id;
}

namespace {

/// Adds what the files tell.
void complete(const RunStore& store, RunSummary& summary) {
  if (!is_run_id(summary.id)) return;
  const auto folder = store.run_folder(summary.id);
  std::error_code code;
  summary.has_checkpoint = fs::exists(folder / "checkpoint.safetensors", code);
  summary.has_model = fs::exists(folder / "model.onnx", code);
  if (summary.state == RunState::running && !RunLock::held(folder)) summary.state = RunState::stopped;
}

}  // namespace

std::vector<RunSummary> RunStore::list() const {
  auto summaries = implementation_->with([&](SQLite::Database& database) {
    std::vector<RunSummary> found;
    SQLite::Statement row(database,
                          "SELECT " + implementation_->columns + " FROM run ORDER BY created DESC, rowid DESC");
    while (row.executeStep()) found.push_back(summary_of(row));
    return found;
  });
  for (auto& summary : summaries) complete(*this, summary);
  return summaries;
}

std::vector<std::shared_ptr<const RunSummary>> RunStore::listing() const {
  return implementation_->with([&](SQLite::Database& database) {
    auto& known = implementation_->known;
    std::unordered_map<std::string, Implementation::Known> now;
    std::vector<std::shared_ptr<const RunSummary>> found;
    SQLite::Statement row(database,
                          "SELECT " + implementation_->columns + " FROM run ORDER BY created DESC, rowid DESC");
    while (row.executeStep()) {
      const std::size_t hash = hash_of(row);
      std::string id = row.getColumn(0).getString();
      const auto before = known.find(id);
      const bool same_row = before != known.end() && before->second.row == hash;
      auto summary = same_row ? before->second.summary : nullptr;
      if (!summary) summary = std::make_shared<RunSummary>(summary_of(row));
      // What a finished run has left behind stays; files of all others come and go without the row.
      if (!same_row || summary->state != RunState::finished) {
        auto completed = std::make_shared<RunSummary>(*summary);
        if (same_row) completed->state = state_of(row.getColumn(4).getString());
        complete(*this, *completed);
        if (!same_row || completed->state != summary->state || completed->has_model != summary->has_model ||
            completed->has_checkpoint != summary->has_checkpoint)
          summary = std::move(completed);
      }
      found.push_back(summary);
      now.emplace(std::move(id), Implementation::Known{hash, std::move(summary)});
    }
    known = std::move(now);
    return found;
  });
}

RunSummary RunStore::get(const std::string& id_or_prefix) const {
  auto found = implementation_->with([&](SQLite::Database& database) {
    std::vector<RunSummary> rows;
    SQLite::Statement row(database, "SELECT " + implementation_->columns +
                                        " FROM run WHERE substr(id, 1, length(?1)) = ?1 AND ?1 <> '' "
                                        "ORDER BY id = ?1 DESC, id LIMIT 6");
    row.bind(1, id_or_prefix);
    while (row.executeStep()) rows.push_back(summary_of(row));
    return rows;
  });
  if (found.empty())
    throw StoreError("There is no run '" + id_or_prefix.substr(0, 80) + "'", "run", "an id from the list of runs");
  if (found.size() > 1 && found.front().id != id_or_prefix) {
    std::string ids;
    for (const auto& summary : found) ids += (ids.empty() ? "" : ", ") + summary.id;
    throw StoreError("Several runs start with '" + id_or_prefix.substr(0, 80) + "': " + ids, "run", "more of the id");
  }
  complete(*this, found.front());
  return std::move(found.front());
}

std::vector<SeriesData> RunStore::series(const std::string& id) const {
  return implementation_->with([&](SQLite::Database& database) {
    std::vector<SeriesData> all;
    SQLite::Statement row(database,
                          "SELECT series.name, chunk.points, chunk.data FROM series JOIN chunk ON chunk.series = "
                          "series.id WHERE series.run = ? ORDER BY series.id, chunk.position");
    row.bind(1, id);
    while (row.executeStep()) {
      const std::string name = row.getColumn(0).getString();
      if (all.empty() || all.back().name != name) all.push_back({name, {}, {}});
      decode_points(blob(row.getColumn(2)), static_cast<std::size_t>(row.getColumn(1).getInt64()), all.back().steps,
                    all.back().values);
    }
    return all;
  });
}

std::vector<SeriesData> RunStore::series_overview(const std::string& id, std::size_t most) const {
  struct Curve {
    std::string name;
    std::int64_t number = 0;
    std::size_t points = 0;
  };
  return implementation_->with([&](SQLite::Database& database) {
    std::vector<Curve> curves;
    SQLite::Statement lengths(database,
                              "SELECT series.name, series.id, sum(chunk.points) FROM series JOIN chunk ON chunk.series "
                              "= series.id WHERE series.run = ? GROUP BY series.id ORDER BY series.id");
    lengths.bind(1, id);
    while (lengths.executeStep())
      curves.push_back({lengths.getColumn(0).getString(), lengths.getColumn(1).getInt64(),
                        static_cast<std::size_t>(lengths.getColumn(2).getInt64())});
    std::vector<SeriesData> all;
    for (const auto& curve : curves) {
      SeriesData data{curve.name, {}, {}};
      const bool whole = curve.points <= std::max(most, 4 * envelope_points);
      SQLite::Statement row(database, std::string("SELECT points, ") + (whole ? "data" : "envelope") +
                                          " FROM chunk WHERE series = ? ORDER BY position");
      row.bind(1, curve.number);
      std::vector<Extremes> entries;
      while (row.executeStep()) {
        const auto count = static_cast<std::size_t>(row.getColumn(0).getInt64());
        if (whole)
          decode_points(blob(row.getColumn(1)), count, data.steps, data.values);
        else
          decode_envelope(blob(row.getColumn(1)), count, entries);
      }
      for (const auto& entry : coarser(entries, std::max<std::size_t>(1, (most - 1) / 2))) {
        const bool low_first = entry.low_step <= entry.high_step;
        data.steps.push_back(low_first ? entry.low_step : entry.high_step);
        data.values.push_back(low_first ? entry.low : entry.high);
        if (entry.low_step == entry.high_step) continue;
        data.steps.push_back(low_first ? entry.high_step : entry.low_step);
        data.values.push_back(low_first ? entry.high : entry.low);
      }
      if (!whole) {
        // Where it ended is what people ask for, and need be no extreme.
        SQLite::Statement last(database,
                               "SELECT points, data FROM chunk WHERE series = ? ORDER BY position DESC LIMIT 1");
        last.bind(1, curve.number);
        SeriesData end{curve.name, {}, {}};
        if (last.executeStep())
          decode_points(blob(last.getColumn(1)), static_cast<std::size_t>(last.getColumn(0).getInt64()), end.steps,
                        end.values);
        if (!end.steps.empty() && (data.steps.empty() || end.steps.back() > data.steps.back())) {
          data.steps.push_back(end.steps.back());
          data.values.push_back(end.values.back());
        }
      }
      all.push_back(std::move(data));
    }
    return all;
  });
}

std::vector<Event> RunStore::snapshots(const std::string& id, std::int64_t step) const {
  return implementation_->with([&](SQLite::Database& database) {
    const auto shared_bytes = [&](std::int64_t number) {
      SQLite::Statement row(database, "SELECT size, data FROM shared_array WHERE run = ? AND number = ?");
      row.bind(1, id);
      row.bind(2, number);
      if (!row.executeStep()) throw StoreError("A recorded snapshot of run " + id + " is damaged: an array is missing");
      return decompress(blob(row.getColumn(1)), static_cast<std::size_t>(row.getColumn(0).getInt64()));
    };
    const auto array = [&]<class T>(std::int64_t number,
                                    std::map<std::int64_t, std::shared_ptr<const std::vector<T>>>& known) {
      auto& found = known[number];
      if (!found) {
        const std::string bytes = shared_bytes(number);
        auto values = std::make_shared<std::vector<T>>(bytes.size() / sizeof(T));
        if (!values->empty()) std::memcpy(values->data(), bytes.data(), values->size() * sizeof(T));
        found = std::move(values);
      }
      return found;
    };
    auto& kept = implementation_->shared;
    if (kept.run != id || kept.floats.size() + kept.rows.size() > most_shared_arrays) kept = {id, {}, {}};
    SharedArrays shared;
    shared.find_floats = [&](std::int64_t number) { return array(number, kept.floats); };
    shared.find_rows = [&](std::int64_t number) { return array(number, kept.rows); };

    // One look into the index for each view, however many snapshots there are.
    SQLite::Statement row(
        database,
        "SELECT size, data FROM snapshot WHERE id IN (SELECT (SELECT id FROM snapshot WHERE run = ?1 AND kind = "
        "known.kind AND view = known.view AND part = known.part AND step <= ?2 ORDER BY step DESC, id DESC LIMIT 1) "
        "FROM "
        "(SELECT DISTINCT kind, view, part FROM snapshot WHERE run = ?1) AS known) ORDER BY id");
    row.bind(1, id);
    row.bind(2, step < 0 ? std::numeric_limits<std::int64_t>::max() : step);
    std::vector<Event> events;
    while (row.executeStep())
      events.push_back(decode_event(
          decompress(blob(row.getColumn(1)), static_cast<std::size_t>(row.getColumn(0).getInt64())), shared));
    return events;
  });
}

std::vector<Change> RunStore::journal(const std::string& id) const {
  return implementation_->with([&](SQLite::Database& database) {
    std::vector<Change> changes;
    SQLite::Statement row(database, "SELECT step, param, value FROM journal WHERE run = ? ORDER BY position");
    row.bind(1, id);
    while (row.executeStep())
      changes.push_back(
          {row.getColumn(0).getInt64(), row.getColumn(1).getString(), json_of(row.getColumn(2).getString())});
    return changes;
  });
}

std::optional<State> RunStore::checkpoint(const std::string& id) const {
  const auto path = run_folder(id) / "checkpoint.safetensors";
  std::error_code code;
  if (!fs::exists(path, code)) return std::nullopt;
  return from_safetensors(read_file(path, most_checkpoint_bytes), path.string());
}

std::vector<std::int64_t> RunStore::checkpoint_steps(const std::string& id) const {
  return gb::checkpoint_steps(run_folder(id));
}

std::optional<State> RunStore::checkpoint(const std::string& id, std::int64_t step) const {
  return read_checkpoint(run_folder(id), step);
}

void RunStore::set_name(const std::string& id, const std::string& name) {
  implementation_->update(database_path(folder()), id, "name", name);
}

void RunStore::set_notes(const std::string& id, const std::string& notes) {
  implementation_->update(database_path(folder()), id, "notes", notes);
}

void RunStore::set_tags(const std::string& id, const std::vector<std::string>& tags) {
  implementation_->update(database_path(folder()), id, "tags", dump_json(Json(tags)));
}

void RunStore::remove(const std::string& id) {
  const auto run = get(id);
  if (run.id != id) throw StoreError("There is no run '" + id + "'");
  if (read_only()) throw StoreError("The run store " + database_path(folder()).string() + " is read-only");
  const auto files = run_folder(id);
  if (RunLock::held(files)) throw StoreError("The run " + id + " is still being computed; stop it before deleting it");
  implementation_->with([&](SQLite::Database& database) {
    implementation_->shared = {};
    SQLite::Statement statement(database, "DELETE FROM run WHERE id = ?");
    statement.bind(1, id);
    statement.exec();
  });
  // The row is gone: what a crash leaves here is a folder that nobody names.
  std::error_code code;
  fs::remove_all(files, code);
  if (code)
    throw StoreError("The files of run " + id + " in " + files.string() + " could not be deleted: " + code.message());
}

}  // namespace gb
