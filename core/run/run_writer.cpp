#include "core/run/run_writer.hpp"

#include <algorithm>
#include <utility>

#include "core/params/json_text.hpp"
#include "core/run/series_chunk.hpp"

namespace gb {
namespace {

/// So many snapshots of each view are kept as they come: short runs can be scrubbed step by step.
constexpr std::int64_t first_snapshots = 64;
/// Afterwards so many per commit: nobody looks at more, and compressing them would take the run's processors.
constexpr std::size_t snapshots_per_commit = 2;
/// What cannot be written waits in memory, but not without end.
constexpr std::size_t most_pending_bytes = std::size_t{128} << 20;
constexpr std::size_t most_known_arrays = 16;

void bind_blob(SQLite::Statement& statement, int index, const std::string& bytes) {
  statement.bind(index, static_cast<const void*>(bytes.data()), static_cast<int>(bytes.size()));
}

std::string_view blob(const SQLite::Column& column) {
  return {static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

void delete_after(SQLite::Database& database, const char* sql, const std::string& run, std::int64_t step) {
  SQLite::Statement statement(database, sql);
  statement.bind(1, run);
  statement.bind(2, step);
  statement.exec();
}

std::int64_t number_of(SQLite::Database& database, const char* sql, const std::string& run) {
  SQLite::Statement statement(database, sql);
  statement.bind(1, run);
  return statement.executeStep() && !statement.getColumn(0).isNull() ? statement.getColumn(0).getInt64() : 0;
}

}  // namespace

void RunWriter::resume(SQLite::Database& database, std::int64_t step) {
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  drop_points_after(database, step);
  delete_after(database, "DELETE FROM snapshot WHERE run = ? AND step > ?", run_, step);
  delete_after(database, "DELETE FROM journal WHERE run = ? AND step > ?", run_, step);
  transaction.commit();
  go_on(database, step);
}

void RunWriter::take_over(SQLite::Database& database, const std::string& parent, std::int64_t step) {
  const auto copy = [&](const char* sql) {
    SQLite::Statement statement(database, sql);
    statement.bind(1, run_);
    statement.bind(2, parent);
    if (statement.getBindParameterCount() > 2) statement.bind(3, step);
    statement.exec();
  };
  copy("INSERT INTO series (run, name) SELECT ?1, name FROM series WHERE run = ?2 ORDER BY id");
  copy(
      "INSERT INTO chunk (series, position, first_step, last_step, points, envelope, data) SELECT own.id, position, "
      "first_step, last_step, points, envelope, data FROM chunk JOIN series AS old ON old.id = chunk.series JOIN "
      "series AS own ON own.name = old.name AND own.run = ?1 WHERE old.run = ?2 AND first_step <= ?3");
  copy(
      "INSERT INTO snapshot (run, kind, view, part, step, size, data) SELECT ?1, kind, view, part, step, size, data "
      "FROM snapshot WHERE run = ?2 AND step <= ?3 ORDER BY id");
  copy(
      "INSERT INTO shared_array (run, number, size, data) SELECT ?1, number, size, data FROM shared_array WHERE run = "
      "?2");
  copy(
      "INSERT INTO journal (run, position, step, param, value) SELECT ?1, position, step, param, value FROM journal "
      "WHERE run = ?2 AND step < ?3");
  drop_points_after(database, step);
}

void RunWriter::go_on(SQLite::Database& database, std::int64_t step) {
  load_open_chunks(database);
  next_array_ = number_of(database, "SELECT max(number) + 1 FROM shared_array WHERE run = ?", run_);
  next_change_ = number_of(database, "SELECT max(position) + 1 FROM journal WHERE run = ?", run_);
  snapshot_bytes_ = number_of(database, "SELECT sum(length(data)) FROM snapshot WHERE run = ?", run_) +
                    number_of(database, "SELECT sum(length(data)) FROM shared_array WHERE run = ?", run_);
  SQLite::Statement counts(database, "SELECT kind, view, part, count(*) FROM snapshot WHERE run = ? GROUP BY 1, 2, 3");
  counts.bind(1, run_);
  while (counts.executeStep())
    recorded_[{counts.getColumn(0).getString(), counts.getColumn(1).getString(), counts.getColumn(2).getString()}] =
        counts.getColumn(3).getInt64();
  steps_ = step;
}

void RunWriter::drop_points_after(SQLite::Database& database, std::int64_t step) {
  delete_after(database, "DELETE FROM chunk WHERE series IN (SELECT id FROM series WHERE run = ?1) AND first_step > ?2",
               run_, step);
  struct Cut {
    std::int64_t series = 0, position = 0;
    std::vector<std::int64_t> steps;
    std::vector<double> values;
  };
  std::vector<Cut> cuts;
  SQLite::Statement row(database,
                        "SELECT chunk.series, chunk.position, chunk.points, chunk.data FROM chunk JOIN series ON "
                        "series.id = chunk.series WHERE series.run = ? AND chunk.last_step > ?");
  row.bind(1, run_);
  row.bind(2, step);
  while (row.executeStep()) {
    Cut cut{row.getColumn(0).getInt64(), row.getColumn(1).getInt64(), {}, {}};
    std::vector<std::int64_t> steps;
    std::vector<double> values;
    decode_points(blob(row.getColumn(3)), static_cast<std::size_t>(row.getColumn(2).getInt64()), steps, values);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (steps[i] > step) continue;
      cut.steps.push_back(steps[i]);
      cut.values.push_back(values[i]);
    }
    cuts.push_back(std::move(cut));
  }
  for (const auto& cut : cuts) write_chunk(database, cut.series, cut.position, cut.steps, cut.values);
}

void RunWriter::load_open_chunks(SQLite::Database& database) {
  SQLite::Statement row(database,
                        "SELECT series.name, series.id, chunk.position, chunk.points, chunk.data FROM series LEFT JOIN "
                        "chunk ON chunk.series = series.id AND chunk.position = (SELECT max(position) FROM chunk WHERE "
                        "series = series.id) WHERE series.run = ?");
  row.bind(1, run_);
  while (row.executeStep()) {
    Curve curve;
    curve.number = row.getColumn(1).getInt64();
    curve.resumed = true;
    if (!row.getColumn(2).isNull()) {
      curve.position = row.getColumn(2).getInt64();
      decode_points(blob(row.getColumn(4)), static_cast<std::size_t>(row.getColumn(3).getInt64()), curve.steps,
                    curve.values);
    }
    curves_.emplace(row.getColumn(0).getString(), std::move(curve));
  }
}

void RunWriter::add_point(const Scalar& scalar) {
  if (!latest_name_ || *latest_name_ != scalar.series) {
    const auto [found, added] = curves_.try_emplace(scalar.series);
    latest_ = &found->second;
    latest_name_ = &found->first;
  }
  Curve& curve = *latest_;
  if (curve.resumed) {
    // The step at which the checkpoint was made may have been told before and is told again now.
    while (!curve.steps.empty() && curve.steps.back() >= scalar.step) {
      curve.steps.pop_back();
      curve.values.pop_back();
    }
    curve.resumed = false;
  }
  if (curve.steps.size() == chunk_points) {
    full_.push_back({scalar.series, curve.position, std::move(curve.steps), std::move(curve.values)});
    curve.steps.clear();
    curve.values.clear();
    ++curve.position;
  }
  curve.steps.push_back(scalar.step);
  curve.values.push_back(scalar.value);
  curve.changed = true;
  steps_ = std::max(steps_, scalar.step);
}

void RunWriter::absorb(std::vector<Event>& events) {
  std::map<Key, std::vector<const Event*>> offered;
  for (const auto& event : events) {
    if (const auto* scalar = std::get_if<Scalar>(&event)) {
      add_point(*scalar);
    } else if (const auto* change = std::get_if<Change>(&event)) {
      changes_.emplace_back(next_change_++, *change);
    } else if (const auto key = snapshot_key(event)) {
      offered[{key->kind, key->view, key->part}].push_back(&event);
    }
  }
  choose_snapshots(offered);
}

void RunWriter::choose_snapshots(std::map<Key, std::vector<const Event*>>& offered) {
  SharedArrays shared;
  shared.keep_floats = [this](const auto& values) { return keep(values); };
  shared.keep_rows = [this](const auto& values) { return keep(values); };
  for (auto& [key, events] : offered) {
    auto& recorded = recorded_[key];
    const auto room = static_cast<std::size_t>(std::max<std::int64_t>(first_snapshots - recorded, 0));
    const std::size_t chosen = std::min(events.size(), std::max(room, snapshots_per_commit));
    for (std::size_t i = 0; i < chosen; ++i) {
      // Evenly drawn, the newest always among them.
      const Event& event = *events[events.size() - 1 - (chosen - 1 - i) * events.size() / chosen];
      Pending pending{*snapshot_key(event), 0, {}};
      const std::string plain = encode_event(event, shared);
      pending.size = plain.size();
      pending.bytes = compress(plain);
      if (static_cast<std::int64_t>(pending.bytes.size()) > budget_) continue;
      pending_bytes_ += pending.bytes.size();
      pending_.push_back(std::move(pending));
      ++recorded;
    }
  }
  while (pending_bytes_ > most_pending_bytes && pending_.size() > 1) {
    pending_bytes_ -= pending_.front().bytes.size();
    pending_.pop_front();
  }
}

template <class T>
std::int64_t RunWriter::keep(const std::shared_ptr<const std::vector<T>>& values) {
  // The pointer is held, so that its address cannot come to mean another array.
  if (const auto known = known_arrays_.find(values.get()); known != known_arrays_.end()) return known->second.second;
  const std::string_view plain(reinterpret_cast<const char*>(values->data()), values->size() * sizeof(T));
  if (known_arrays_.size() >= most_known_arrays) known_arrays_.clear();
  known_arrays_[values.get()] = {values, next_array_};
  new_arrays_.push_back({next_array_, plain.size(), compress(plain)});
  return next_array_++;
}

void RunWriter::write_chunk(SQLite::Database& database, std::int64_t series, std::int64_t position,
                            const std::vector<std::int64_t>& steps, const std::vector<double>& values) const {
  if (steps.empty()) {
    SQLite::Statement statement(database, "DELETE FROM chunk WHERE series = ? AND position = ?");
    statement.bind(1, series);
    statement.bind(2, position);
    statement.exec();
    return;
  }
  SQLite::Statement statement(database,
                              "INSERT OR REPLACE INTO chunk (series, position, first_step, last_step, points, "
                              "envelope, data) VALUES (?, ?, ?, ?, ?, ?, ?)");
  const auto [first, last] = std::minmax_element(steps.begin(), steps.end());
  statement.bind(1, series);
  statement.bind(2, position);
  statement.bind(3, *first);
  statement.bind(4, *last);
  statement.bind(5, static_cast<std::int64_t>(steps.size()));
  bind_blob(statement, 6, encode_envelope(steps, values));
  bind_blob(statement, 7, encode_points(steps, values));
  statement.exec();
}

std::int64_t RunWriter::series_number(SQLite::Database& database, const std::string& name) const {
  SQLite::Statement insert(database, "INSERT OR IGNORE INTO series (run, name) VALUES (?, ?)");
  insert.bind(1, run_);
  insert.bind(2, name);
  insert.exec();
  SQLite::Statement row(database, "SELECT id FROM series WHERE run = ? AND name = ?");
  row.bind(1, run_);
  row.bind(2, name);
  row.executeStep();
  return row.getColumn(0).getInt64();
}

void RunWriter::flush(SQLite::Database& database, double seconds) {
  // Whatever this writes is dropped from memory only after the commit.
  std::map<std::string, std::int64_t> numbers;
  const auto number_of_series = [&](const std::string& name) {
    const Curve& curve = curves_.at(name);
    if (curve.number >= 0) return curve.number;
    auto& number = numbers[name];
    if (number == 0) number = series_number(database, name);
    return number;
  };
  std::int64_t written = 0;
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  for (const auto& chunk : full_)
    write_chunk(database, number_of_series(chunk.series), chunk.position, chunk.steps, chunk.values);
  for (const auto& [name, curve] : curves_)
    if (curve.changed) write_chunk(database, number_of_series(name), curve.position, curve.steps, curve.values);
  for (const auto& array : new_arrays_) {
    SQLite::Statement statement(database, "INSERT INTO shared_array (run, number, size, data) VALUES (?, ?, ?, ?)");
    statement.bind(1, run_);
    statement.bind(2, array.number);
    statement.bind(3, static_cast<std::int64_t>(array.size));
    bind_blob(statement, 4, array.bytes);
    statement.exec();
    written += static_cast<std::int64_t>(array.bytes.size());
  }
  for (const auto& snapshot : pending_) {
    SQLite::Statement statement(
        database, "INSERT INTO snapshot (run, kind, view, part, step, size, data) VALUES (?, ?, ?, ?, ?, ?, ?)");
    statement.bind(1, run_);
    statement.bind(2, snapshot.key.kind);
    statement.bind(3, snapshot.key.view);
    statement.bind(4, snapshot.key.part);
    statement.bind(5, snapshot.key.step);
    statement.bind(6, static_cast<std::int64_t>(snapshot.size));
    bind_blob(statement, 7, snapshot.bytes);
    statement.exec();
    written += static_cast<std::int64_t>(snapshot.bytes.size());
  }
  for (const auto& [position, change] : changes_) {
    SQLite::Statement statement(database,
                                "INSERT INTO journal (run, position, step, param, value) VALUES (?, ?, ?, ?, ?)");
    statement.bind(1, run_);
    statement.bind(2, position);
    statement.bind(3, change.step);
    statement.bind(4, change.param);
    statement.bind(5, dump_json(change.value));
    statement.exec();
  }
  std::int64_t on_disk = snapshot_bytes_ + written;
  if (on_disk > budget_) on_disk = thin_snapshots(database, on_disk);
  SQLite::Statement row(database, "UPDATE run SET seconds = ?, steps = ? WHERE id = ?");
  row.bind(1, seconds);
  row.bind(2, steps_);
  row.bind(3, run_);
  if (row.exec() == 0) throw SQLite::Exception("the run was deleted while it was being recorded");
  transaction.commit();

  snapshot_bytes_ = on_disk;
  for (const auto& [name, number] : numbers) curves_.at(name).number = number;
  for (auto& [name, curve] : curves_) curve.changed = false;
  full_.clear();
  new_arrays_.clear();
  pending_.clear();
  pending_bytes_ = 0;
  changes_.clear();
}

std::int64_t RunWriter::thin_snapshots(SQLite::Database& database, std::int64_t bytes) const {
  // Every second one of each view goes, its first and last never, until a quarter of the budget is free again.
  while (bytes > budget_ - budget_ / 4) {
    SQLite::Statement statement(
        database,
        "DELETE FROM snapshot WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY kind, view, part "
        "ORDER BY step, id) AS place, count(*) OVER (PARTITION BY kind, view, part) AS places FROM snapshot WHERE run "
        "= ?) WHERE place % 2 = 0 AND place < places)");
    statement.bind(1, run_);
    if (statement.exec() == 0) break;
    bytes = number_of(database, "SELECT sum(length(data)) FROM snapshot WHERE run = ?", run_) +
            number_of(database, "SELECT sum(length(data)) FROM shared_array WHERE run = ?", run_);
  }
  return bytes;
}

}  // namespace gb
