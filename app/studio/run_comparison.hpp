#pragma once

#include <QStringList>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/studio/run_fields.hpp"
#include "widgets/plot/value_axis.hpp"

namespace gb {

/// Runs held against each other: what is made of them, without any window.
using SharedRuns = std::vector<std::shared_ptr<const RunSummary>>;

/// What each run is called: by its algorithm or by the settings in which it differs where names are the same.
QStringList distinctTitles(const SharedRuns& runs);

/// Losses, errors, inertia: what is the better the smaller it is.
bool lowerIsBetter(const std::string& metric);

/// Of all fields of these runs, with the algorithm and the dataset, those in which they differ; metrics always.
std::vector<RunField> tellingFields(const SharedRuns& runs);
/// The values of these fields, to be drawn.
ItemTable itemTable(const SharedRuns& runs, const QStringList& titles, const std::vector<int>& colors,
                    const std::vector<RunField>& fields);

/// Where a curve was best, and where it ended.
struct BestAndFinal {
  std::string series;
  double best = 0;
  std::int64_t best_step = 0;
  double last = 0;
  std::int64_t last_step = 0;
};
/// Nothing for a curve without any finite value.
std::optional<BestAndFinal> bestAndFinal(const SeriesData& series);

/// Runs that differ in nothing but their seed and name.
struct SeedGroup {
  QString title;
  std::vector<std::size_t> runs;  ///< positions
};
/// In the order of their first runs.
std::vector<SeedGroup> seedGroups(const SharedRuns& runs, const QStringList& titles);

/// What values spread over.
struct Spread {
  std::size_t count = 0;
  double mean = 0;
  double deviation = 0;  ///< of the sample (n - 1); 0 for a single value
  double low = 0, high = 0;
};
/// Nothing for no values.
std::optional<Spread> spreadOf(const std::vector<double>& values);

}  // namespace gb
