#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/run/session.hpp"

namespace gb::cli {

/// What `run` and `resume` share: a run that is computed here and told as it goes.
struct ToldRun {
  std::function<std::shared_ptr<const PreparedRun>(RunStore& store, const LoadProgress& progress)> prepare;
  std::string resume_id;
  /// Called when it is prepared: what else is to be said of how it runs. May be empty.
  std::function<void(SessionOptions&)> settle;
  std::optional<std::filesystem::path> out;
  bool json = false;
};

/// Computes it and returns the exit status.
int tell_run(const ToldRun& job);

/// The "started" line.
Json started_json(const std::string& id, const PreparedRun& prepared);
/// Metrics by part as a table, and what the run took.
void print_summary(const Json& summary);

}  // namespace gb::cli
