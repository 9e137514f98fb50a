#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/report/report.hpp"
#include "core/run/run_store.hpp"

namespace gb {

/// All that the store tells of a run, as reports are made from it.
struct RunRecord {
  RunSummary summary;
  std::vector<SeriesData> series;  ///< thinned to what a page shows: minima and maxima of equal stretches
  std::vector<Event> views;        ///< the last of each
  std::vector<Change> journal;
  std::int64_t test_looks = 0;  ///< how often these test rows have been looked at, by any run
  std::string folder;           ///< of its files
};

/// Throws StoreError for what is not there.
RunRecord read_record(const RunStore& store, const std::string& id_or_prefix);

/// Result, data, preparation, parameters, curves, views, live changes and how to do it again.
Report run_report(const RunRecord& record);
/// Runs side by side: results, what they differ in, whether that is evidence, curves laid over each other.
Report comparison_report(std::span<const RunRecord> records);
/// One of both, by how many there are.
Report report_of(const RunStore& store, std::span<const std::string> ids);

/// What goes with an exported model, under the headings of Mitchell et al., Model Cards for Model Reporting (2019), as
/// far as a run knows. What only a person can say is asked for.
Report model_card(const RunRecord& record);

}  // namespace gb
