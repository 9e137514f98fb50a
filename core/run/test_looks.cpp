#include "core/run/test_looks.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace gb {

std::int64_t test_looks(std::span<const RunSummary> runs, const std::string& fingerprint) {
  return std::count_if(runs.begin(), runs.end(), [&](const RunSummary& run) {
    if (run.fingerprint != fingerprint || fingerprint.empty() || !run.metrics.is_object()) return false;
    const auto test = run.metrics.find("test");
    return test != run.metrics.end() && !test->empty();
  });
}

std::string looks_sentence(const std::string& dataset, std::int64_t looks) {
  return "The test rows of " + dataset + " have been looked at " + (looks == 1 ? "once" : grouped(looks) + " times") +
         ".";
}

}  // namespace gb
