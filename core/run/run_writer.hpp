#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "core/run/event_codec.hpp"
#include "core/run/store_database.hpp"

namespace gb {

/// What one run still has to write. absorb() takes events into memory, flush() writes all of it in one transaction;
/// after a failed flush nothing is lost and the next one tries again. Used by one thread.
class RunWriter {
 public:
  RunWriter(std::string run, std::int64_t snapshot_budget) : run_(std::move(run)), budget_(snapshot_budget) {}

  /// Goes on with a recorded run: drops what was recorded after `step` and picks up the open ends of its curves.
  void resume(SQLite::Database& database, std::int64_t step);
  /// A fork of another run takes over what that recorded up to `step`, which it took. Within the caller's transaction;
  /// go_on() after it.
  void take_over(SQLite::Database& database, const std::string& parent, std::int64_t step);
  /// Picks up the open ends of what is recorded.
  void go_on(SQLite::Database& database, std::int64_t step);

  void absorb(std::vector<Event>& events);
  /// Throws SQLite::Exception.
  void flush(SQLite::Database& database, double seconds);
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }

 private:
  struct Curve {
    std::int64_t number = -1;   ///< in the database; -1 before its first flush
    std::int64_t position = 0;  ///< of the open chunk
    std::vector<std::int64_t> steps;
    std::vector<double> values;
    bool changed = false;
    bool resumed = false;  ///< its first new points may repeat the last old ones
  };
  struct FullChunk {
    std::string series;
    std::int64_t position = 0;
    std::vector<std::int64_t> steps;
    std::vector<double> values;
  };
  using Key = std::tuple<std::string, std::string, std::string>;  ///< kind, view, part
  struct Pending {
    SnapshotKey key;
    std::size_t size = 0;  ///< before compression
    std::string bytes;
  };
  struct SharedArray {
    std::int64_t number = 0;
    std::size_t size = 0;
    std::string bytes;
  };

  void add_point(const Scalar& scalar);
  void choose_snapshots(std::map<Key, std::vector<const Event*>>& offered);
  template <class T>
  std::int64_t keep(const std::shared_ptr<const std::vector<T>>& values);
  void write_chunk(SQLite::Database& database, std::int64_t series, std::int64_t position,
                   const std::vector<std::int64_t>& steps, const std::vector<double>& values) const;
  std::int64_t series_number(SQLite::Database& database, const std::string& name) const;
  void drop_points_after(SQLite::Database& database, std::int64_t step);
  void load_open_chunks(SQLite::Database& database);
  std::int64_t thin_snapshots(SQLite::Database& database, std::int64_t bytes) const;

  std::string run_;
  std::int64_t budget_;
  std::int64_t steps_ = 0;
  std::map<std::string, Curve> curves_;
  Curve* latest_ = nullptr;  ///< curve of the last scalar: most come in turns of few names
  const std::string* latest_name_ = nullptr;
  std::deque<FullChunk> full_;
  std::map<Key, std::int64_t> recorded_;  ///< snapshots so far
  std::deque<Pending> pending_;
  std::size_t pending_bytes_ = 0;
  std::deque<SharedArray> new_arrays_;
  std::map<const void*, std::pair<std::shared_ptr<const void>, std::int64_t>> known_arrays_;
  std::int64_t next_array_ = 0;
  std::int64_t next_change_ = 0;
  std::vector<std::pair<std::int64_t, Change>> changes_;  ///< with their places in the journal
  std::int64_t snapshot_bytes_ = 0;                       ///< on disk
};

}  // namespace gb
