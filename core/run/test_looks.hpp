#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/run/run_store.hpp"

namespace gb {

/// Whether this run has figures on the test rows of the data with this fingerprint.
bool looks_at_test_rows(const RunSummary& run, const std::string& fingerprint);

/// How many of these runs have figures on the test rows of the data with this fingerprint. Who picks the best of many
/// looks finds some luck in it: the more looks, the less a test figure says of new rows.
std::int64_t test_looks(std::span<const RunSummary> runs, const std::string& fingerprint);

/// "The test rows of iris have been looked at 14 times."
std::string looks_sentence(const std::string& dataset, std::int64_t looks);

}  // namespace gb
