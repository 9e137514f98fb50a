#include "core/run/test_looks.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace gb {

bool looks_at_test_rows(const RunSummary& run, const std::string& fingerprint) {
  if (run.fingerprint != fingerprint || fingerprint.empty() || !run.metrics.is_object()) return false;
  const auto test = run.metrics.find("test");
  return test != run.metrics.end() && !test->empty();
}

std::int64_t test_looks(std::span<const RunSummary> runs, const std::string& fingerprint) {
  return std::count_if(runs.begin(), runs.end(),
                       [&](const RunSummary& run) { return looks_at_test_rows(run, fingerprint); });
}

std::string looks_sentence(const std::string& dataset, std::int64_t looks) {
  return "The test rows of " + dataset + " have been looked at " + (looks == 1 ? "once" : grouped(looks) + " times") +
         ".";
}

}  // namespace gb
