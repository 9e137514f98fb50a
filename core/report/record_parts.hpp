#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/report/figures.hpp"
#include "core/report/run_record.hpp"

/// What run reports, comparisons and model cards have in common.
namespace gb {

/// "0.958", or "0.958 (0.931 to 0.972)" where the run has an interval of it; empty without the metric.
std::string metric_text(const RunSummary& run, const std::string& part, const std::string& metric);
/// The part that says most of a metric: test before validation before train; empty for none.
std::string telling_part(const RunSummary& run, const std::string& metric);
/// The metrics of a run in the order they were recorded.
std::vector<std::string> metric_names(const RunSummary& run);
/// The metric that runs of this algorithm are ranked by and this one has; empty for none.
std::string headline_of(const RunSummary& run);
/// Whether a smaller value of this metric or curve is the better one: losses and errors. Nothing where neither is.
std::optional<bool> smaller_is_better(const std::string& name);
/// "Accuracy", "F1 (macro)", "Log loss".
std::string metric_label(const std::string& name);

/// A member of an object as text, number or object; nothing, 0 or null where it is not that.
std::string text_at(const Json& object, const char* key);
std::optional<double> number_at(const Json& object, const char* key);
Json object_at(const Json& object, const char* key);

/// "Read handwritten digits", or the algorithm where the run has no name.
std::string title_of(const RunSummary& run);
std::string algorithm_label(const RunSummary& run);
/// "2026-11-21 22:51 UTC".
std::string time_text(const std::string& iso);
std::string duration_text(double seconds);
/// "Glassbench 0.1.0, 2026-11-21 22:51 UTC": who writes this, and when.
std::string made_by();

/// Scores by part: a row a metric.
CaptionedTable scores_table(const RunSummary& run);
/// Mean and interval of each metric of a cross-validation; no rows without one.
CaptionedTable folds_table(const RunSummary& run);
/// What the run was given to learn from.
Facts data_facts_of(const RunRecord& record);
/// What was found in the data: warnings, skipped rows, problems.
std::vector<Block> data_findings(const RunRecord& record);
/// Every setting of the preparation.
std::vector<Block> preparation_blocks(const RunRecord& record);
/// Version, processor, threads, seed, hashes.
Facts environment_facts(const RunRecord& record);
/// Commands, hashes and the document itself.
Section reproduction_section(const RunRecord& record);

}  // namespace gb
