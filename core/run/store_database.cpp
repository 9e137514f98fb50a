#include "core/run/store_database.hpp"

#include <sqlite3.h>

#include <array>
#include <system_error>

namespace gb {
namespace fs = std::filesystem;
namespace {

constexpr int busy_milliseconds = 3000;
constexpr int application_id = 0x47626e63;  // "Gbnc"

/// The n-th entry brings a store of version n to version n + 1. Entries are never edited, only added.
constexpr std::array migrations{
    R"sql(
CREATE TABLE run (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  dataset TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  environment TEXT NOT NULL,
  state TEXT NOT NULL,
  created TEXT NOT NULL,
  seconds REAL NOT NULL DEFAULT 0,
  steps INTEGER NOT NULL DEFAULT 0,
  document TEXT NOT NULL,
  metrics TEXT NOT NULL DEFAULT 'null',
  result TEXT NOT NULL DEFAULT 'null',
  notes TEXT NOT NULL DEFAULT '',
  tags TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  UNIQUE (run, name)
);
CREATE TABLE chunk (
  series INTEGER NOT NULL REFERENCES series(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  first_step INTEGER NOT NULL,
  last_step INTEGER NOT NULL,
  points INTEGER NOT NULL,
  envelope BLOB NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (series, position)
);
CREATE TABLE shared_array (
  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  size INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (run, number)
);
CREATE TABLE snapshot (
  id INTEGER PRIMARY KEY,
  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  view TEXT NOT NULL,
  part TEXT NOT NULL,
  step INTEGER NOT NULL,
  size INTEGER NOT NULL,
  data BLOB NOT NULL
);
CREATE INDEX snapshot_by_view ON snapshot (run, kind, view, part, step);
CREATE TABLE journal (
  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  step INTEGER NOT NULL,
  param TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run, position)
);
)sql",
    // What a fork started from, as RunOrigin::to_json() has it.
    "ALTER TABLE run ADD COLUMN origin TEXT NOT NULL DEFAULT 'null';",
};
constexpr int current_version = static_cast<int>(migrations.size());

int version_of(SQLite::Database& database) {
  return database.execAndGet("PRAGMA user_version").getInt();
}

void check_version(SQLite::Database& database, const fs::path& path) {
  const int version = version_of(database);
  if (version > current_version)
    throw StoreError("The run store " + path.string() + " was made by a newer Glassbench (store version " +
                     std::to_string(version) + ", this one reads up to " + std::to_string(current_version) +
                     "): update Glassbench, or set XDG_DATA_HOME to use another store");
  const int application = database.execAndGet("PRAGMA application_id").getInt();
  const int tables = database.execAndGet("SELECT count(*) FROM sqlite_master").getInt();
  if (application != application_id && tables > 0)
    throw StoreError("The file " + path.string() + " is a database, but no run store of Glassbench");
}

void migrate(SQLite::Database& database, const fs::path& path) {
  check_version(database, path);
  if (version_of(database) == current_version) return;
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  // Another process may have been faster.
  for (int version = version_of(database); version < current_version; ++version)
    database.exec(migrations[static_cast<std::size_t>(version)]);
  database.exec("PRAGMA application_id = " + std::to_string(application_id));
  database.exec("PRAGMA user_version = " + std::to_string(current_version));
  transaction.commit();
}

std::unique_ptr<SQLite::Database> open_for_reading(const fs::path& path) {
  try {
    auto database = std::make_unique<SQLite::Database>(path.string(), SQLite::OPEN_READONLY, busy_milliseconds);
    check_version(*database, path);
    return database;
  } catch (const SQLite::Exception& error) {
    // WAL wants to write beside the file even for reading. A store that nobody can write does not change: read it as
    // is.
    std::error_code code;
    const auto log = path.string() + "-wal";
    if ((error.getErrorCode() & 0xff) == SQLITE_BUSY || (fs::exists(log, code) && fs::file_size(log, code) > 0)) throw;
    std::string uri = "file:";
    for (const char letter : path.string()) {
      static constexpr char digits[] = "0123456789ABCDEF";
      if (letter == '?' || letter == '#' || letter == '%')
        uri += std::string("%") + digits[letter >> 4] + digits[letter & 15];
      else
        uri += letter;
    }
    auto database = std::make_unique<SQLite::Database>(uri + "?immutable=1", SQLite::OPEN_READONLY | SQLite::OPEN_URI,
                                                       busy_milliseconds);
    check_version(*database, path);
    return database;
  }
}

}  // namespace

fs::path database_path(const fs::path& folder) {
  return folder / "runs.sqlite";
}

StoreError store_error(const fs::path& path, const SQLite::Exception& error) {
  const std::string store = "The run store " + path.string();
  switch (error.getErrorCode() & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return StoreError(store + " is locked by another program: close that program or wait until it is done");
    case SQLITE_READONLY:
      return StoreError(store + " is read-only: make it and its folder writable, or set XDG_DATA_HOME");
    case SQLITE_FULL:
      return StoreError("The disk is full: nothing more can be written to " + path.string() + "; free some space");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return StoreError(store + " is damaged (" + error.getErrorStr() +
                        "): move it away to start a new one; the folders beside it keep models and checkpoints");
    case SQLITE_CANTOPEN:
      return StoreError(store + " cannot be opened: the folder is missing, or not yours to use");
    default:
      return StoreError(store + " cannot be used: " + error.what());
  }
}

OpenedDatabase open_database(const fs::path& folder) {
  const fs::path path = database_path(folder);
  std::error_code code;
  fs::create_directories(folder, code);
  if (code)
    throw StoreError("The run store " + folder.string() + " cannot be made: " + code.message() +
                     "; set XDG_DATA_HOME to a folder that is yours");
  return guarded(folder, [&]() -> OpenedDatabase {
    try {
      OpenedDatabase opened{std::make_unique<SQLite::Database>(
          path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, busy_milliseconds)};
      auto& database = *opened.database;
      check_version(database, path);
      database.exec("PRAGMA foreign_keys = ON");
      if (database.execAndGet("PRAGMA journal_mode").getString() != "wal")
        database.execAndGet("PRAGMA journal_mode = WAL").getString();
      // A commit must survive a power cut: a live run makes two a second, so the sync costs nothing that counts.
      database.exec("PRAGMA synchronous = FULL");
      migrate(database, path);
      // Opening succeeds on a file that may only be read; taking the write lock tells.
      if (sqlite3_db_readonly(database.getHandle(), "main") == 1) return {open_for_reading(path), true};
      return opened;
    } catch (const SQLite::Exception& error) {
      const int kind = error.getErrorCode() & 0xff;
      if ((kind != SQLITE_READONLY && kind != SQLITE_CANTOPEN) || !fs::exists(path, code)) throw;
      return {open_for_reading(path), true};
    }
  });
}

}  // namespace gb
