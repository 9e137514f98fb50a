#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <memory>
#include <string>

#include "core/run/run_store.hpp"

namespace gb {

/// The file that holds the run table, below a store's folder.
std::filesystem::path database_path(const std::filesystem::path& folder);

/// What SQLite's error means for a person. `path` is the database.
StoreError store_error(const std::filesystem::path& path, const SQLite::Exception& error);

struct OpenedDatabase {
  std::unique_ptr<SQLite::Database> database;
  bool read_only = false;
};

/// Opens or creates the database in WAL mode and brings its tables to the current version; for reading only where it
/// cannot be written. Throws StoreError: locked, damaged, newer.
OpenedDatabase open_database(const std::filesystem::path& folder);

/// Runs `action`, turning SQLite's errors, and those of damaged records, into StoreErrors.
template <class Action>
auto guarded(const std::filesystem::path& folder, Action&& action) {
  try {
    return action();
  } catch (const SQLite::Exception& error) {
    throw store_error(database_path(folder), error);
  } catch (const StoreError&) {
    throw;
  } catch (const Error& error) {
    throw StoreError("The run store " + database_path(folder).string() + ": " + error.what());
  }
}

}  // namespace gb
