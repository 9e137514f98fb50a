#pragma once

#include "core/run/runner.hpp"

namespace gb {

/// What a run was given to learn from: {"name", "rows", "features", "train", "validation", "test"}, and where there
/// are any "learnt" (rows after balancing) and "classes".
Json data_sizes(const PreparedRun& prepared);

/// The same with what was found in the data, as the store keeps it of every run: "target", "skipped" (rows) and
/// "problems" [{"row", "field", "message"}] of reading and preparing; `search` looks for what run_warnings() finds and
/// adds its sentences as "warnings". The first twenty of each.
Json data_facts(const PreparedRun& prepared, bool search);

}  // namespace gb
