#pragma once

#include <memory>

#include "core/events/events.hpp"
#include "core/run/runner.hpp"

namespace gb {

/// What a run has come to, as a table (view "scores"): metrics by part of the split, with 95 % intervals where rows
/// were held back; how long an answer takes; and the energy, or that it is not available.
std::shared_ptr<const Table> scores_view(const RunResult& result);

}  // namespace gb
