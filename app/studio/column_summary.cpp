#include "app/studio/column_summary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gb {

namespace {

constexpr std::size_t bin_count = 24;
constexpr std::size_t most_levels = 24;

void summarizeNumbers(const Column& column, ColumnSummary& summary) {
  double least = std::numeric_limits<double>::infinity(), most = -least, sum = 0;
  std::size_t count = 0;
  for (const double value : column.numbers) {
    if (!std::isfinite(value)) continue;
    least = std::min(least, value);
    most = std::max(most, value);
    sum += value;
    ++count;
  }
  if (count == 0) return;
  summary.least = least;
  summary.most = most;
  summary.mean = sum / static_cast<double>(count);
  summary.bins.assign(bin_count, 0);
  const double width = (most - least) / static_cast<double>(bin_count);
  for (const double value : column.numbers) {
    if (!std::isfinite(value)) continue;
    const auto bin = width > 0 ? static_cast<std::size_t>((value - least) / width) : bin_count / 2;
    ++summary.bins[std::min(bin, bin_count - 1)];
  }
}

void summarizeLevels(const Column& column, ColumnSummary& summary) {
  std::vector<std::size_t> counts(column.levels.size());
  for (const auto code : column.codes)
    if (code >= 0) ++counts[static_cast<std::size_t>(code)];
  summary.distinct = column.levels.size();
  std::vector<std::size_t> order(counts.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (order.size() > most_levels) {
    std::partial_sort(order.begin(), order.begin() + most_levels, order.end(),
                      [&](std::size_t a, std::size_t b) { return counts[a] > counts[b]; });
    order.resize(most_levels);
    std::sort(order.begin(), order.end());
  }
  for (const auto level : order) summary.levels.emplace_back(column.levels[level], counts[level]);
}

}  // namespace

ColumnSummary summaryOf(const Column& column) {
  ColumnSummary summary;
  summary.name = column.name;
  summary.type = column.type;
  summary.rows = column.size();
  summary.missing = column.missing_count();
  if (column.type == ColumnType::numeric || column.type == ColumnType::date)
    summarizeNumbers(column, summary);
  else if (column.type == ColumnType::categorical)
    summarizeLevels(column, summary);
  return summary;
}

}  // namespace gb
