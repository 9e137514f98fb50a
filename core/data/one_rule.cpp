#include "core/data/one_rule.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gb {
namespace {

constexpr std::size_t most_cells = 100'000;  ///< bins times classes
constexpr std::size_t rows_per_bin = 4;      ///< of numbers to predict, whose mean is taken
constexpr std::size_t fewest_mistakes = 5;   ///< that can be avoided: of fewer, avoiding them may be luck

/// The upper ends of all bins but the last, ascending, half way between values that occur: as many bins as there are
/// values, or `most` of about equal frequency.
std::vector<double> bin_ends(std::vector<double> values, std::size_t most) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  std::sort(values.begin(), values.end());
  std::vector<double> distinct = values;
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  const auto& from = distinct.size() <= most ? distinct : values;
  const std::size_t bins = std::min(from.size(), std::max<std::size_t>(most, 2));
  std::vector<double> ends;
  for (std::size_t k = 1; k < bins; ++k) {
    const std::size_t at = k * from.size() / bins;
    const double end = std::midpoint(from[at - 1], from[at]);
    if (ends.empty() || end > ends.back()) ends.push_back(end);
  }
  return ends;
}

/// For each row its bin; bin 0 is for what is missing.
std::vector<std::size_t> bins_of(const std::vector<double>& values, const std::vector<double>& ends, bool ordered) {
  std::vector<std::size_t> bins(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = values[i];
    if (ordered)
      bins[i] = std::isnan(value)
                    ? 0
                    : 1 + static_cast<std::size_t>(std::lower_bound(ends.begin(), ends.end(), value) - ends.begin());
    else
      bins[i] = value < 0 ? 0 : 1 + static_cast<std::size_t>(value);
  }
  return bins;
}

std::vector<double> values_of(const RuleColumn& column, const std::vector<std::int64_t>& rows) {
  std::vector<double> values(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) values[i] = column.value(rows[i]);
  return values;
}

double class_score(const std::vector<std::size_t>& learnt, const std::vector<std::size_t>& judged, std::size_t bins,
                   const RuleRows& rows, const Target& target) {
  const std::size_t classes = target.classes.size();
  const auto code = [&](std::int64_t row) {
    return static_cast<std::size_t>(target.codes[static_cast<std::size_t>(row)]);
  };
  std::vector<std::int32_t> counts(bins * classes), all(classes);
  for (std::size_t i = 0; i < learnt.size(); ++i) {
    ++counts[learnt[i] * classes + code(rows.learnt[i])];
    ++all[code(rows.learnt[i])];
  }
  const auto most = [](auto begin, auto end) { return static_cast<std::size_t>(std::max_element(begin, end) - begin); };
  const std::size_t usual = most(all.begin(), all.end());
  std::vector<std::size_t> said(bins, usual);
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const auto begin = counts.begin() + static_cast<std::ptrdiff_t>(bin * classes);
    const auto end = begin + static_cast<std::ptrdiff_t>(classes);
    if (*std::max_element(begin, end) > 0) said[bin] = most(begin, end);
  }
  std::size_t wrong = 0, usually_wrong = 0;
  for (std::size_t i = 0; i < judged.size(); ++i) {
    const std::size_t truth = code(rows.judged[i]);
    wrong += said[judged[i]] != truth;
    usually_wrong += usual != truth;
  }
  return usually_wrong < fewest_mistakes ? 0 : 1 - static_cast<double>(wrong) / static_cast<double>(usually_wrong);
}

double number_score(const std::vector<std::size_t>& learnt, const std::vector<std::size_t>& judged, std::size_t bins,
                    const RuleRows& rows, const Target& target) {
  const auto truth = [&](std::int64_t row) {
    return static_cast<double>(target.values[static_cast<std::size_t>(row)]);
  };
  std::vector<double> sums(bins);
  std::vector<std::size_t> counts(bins);
  double learnt_sum = 0, judged_sum = 0;
  for (std::size_t i = 0; i < learnt.size(); ++i) {
    sums[learnt[i]] += truth(rows.learnt[i]);
    ++counts[learnt[i]];
    learnt_sum += truth(rows.learnt[i]);
  }
  for (const auto row : rows.judged) judged_sum += truth(row);
  const double usual = learnt_sum / static_cast<double>(learnt.size());
  const double mean = judged_sum / static_cast<double>(judged.size());
  double left = 0, total = 0;
  for (std::size_t i = 0; i < judged.size(); ++i) {
    const std::size_t bin = judged[i];
    const double said = counts[bin] > 0 ? sums[bin] / static_cast<double>(counts[bin]) : usual;
    const double value = truth(rows.judged[i]);
    left += (value - said) * (value - said);
    total += (value - mean) * (value - mean);
  }
  return total > 0 ? 1 - left / total : 0;
}

/// The square of Pearson's correlation; 0 where a value is missing.
double line_score(const std::vector<double>& values, const RuleRows& rows, const Target& target) {
  const auto count = static_cast<double>(values.size());
  double x_mean = 0, y_mean = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    x_mean += values[i] / count;
    y_mean += static_cast<double>(target.values[static_cast<std::size_t>(rows.judged[i])]) / count;
  }
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = values[i] - x_mean;
    const double y = static_cast<double>(target.values[static_cast<std::size_t>(rows.judged[i])]) - y_mean;
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  const double score = xy * xy / (xx * yy);
  return std::isfinite(score) ? score : 0;
}

}  // namespace

double one_rule_score(const RuleColumn& column, const RuleRows& rows, const Target& target) {
  if (rows.learnt.empty() || rows.judged.empty()) return 0;
  const auto values = values_of(column, rows.learnt), asked = values_of(column, rows.judged);
  // However fine the bins, what is learnt by heart from one half is of no use on the other.
  const std::size_t most = target.task == Task::classification
                               ? most_cells / std::max<std::size_t>(target.classes.size(), 1)
                               : values.size() / rows_per_bin;
  const auto ends = column.ordered ? bin_ends(values, most) : std::vector<double>();
  const auto learnt = bins_of(values, ends, column.ordered), judged = bins_of(asked, ends, column.ordered);
  std::size_t bins = 1;
  for (const auto* each : {&learnt, &judged})
    for (const auto bin : *each) bins = std::max(bins, bin + 1);
  if (target.task == Task::classification) return class_score(learnt, judged, bins, rows, target);
  const double score = number_score(learnt, judged, bins, rows, target);
  return column.ordered ? std::max(score, line_score(asked, rows, target)) : score;
}

}  // namespace gb
