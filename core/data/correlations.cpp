#include "core/data/correlations.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gb {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

/// The looked at rows of a column, close together.
struct Sample {
  std::vector<double> numbers;      ///< of numbers and dates
  std::vector<std::int32_t> codes;  ///< of categories
  std::size_t levels = 0;

  bool is_category() const { return levels > 0; }
};

Sample sample_of(const Column& column, std::size_t rows) {
  Sample sample;
  const std::size_t all = column.size();
  const auto at = [&](std::size_t i) { return i * all / rows; };
  if (column.type == ColumnType::categorical) {
    sample.levels = column.levels.size();
    for (std::size_t i = 0; i < rows; ++i) sample.codes.push_back(column.codes[at(i)]);
  } else {
    for (std::size_t i = 0; i < rows; ++i) sample.numbers.push_back(column.numbers[at(i)]);
  }
  return sample;
}

/// In two passes: large numbers that differ little lose nothing.
double pearson(const std::vector<double>& a, const std::vector<double>& b) {
  double sum_a = 0, sum_b = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) continue;
    sum_a += a[i];
    sum_b += b[i];
    ++count;
  }
  if (count < 2) return undefined;
  const double mean_a = sum_a / static_cast<double>(count), mean_b = sum_b / static_cast<double>(count);
  double aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) continue;
    const double da = a[i] - mean_a, db = b[i] - mean_b;
    aa += da * da;
    bb += db * db;
    ab += da * db;
  }
  return aa > 0 && bb > 0 ? std::clamp(ab / std::sqrt(aa) / std::sqrt(bb), -1.0, 1.0) : undefined;
}

double cramers_v(const Sample& a, const Sample& b) {
  std::vector<double> cells(a.levels * b.levels), rows(a.levels), columns(b.levels);
  double count = 0;
  for (std::size_t i = 0; i < a.codes.size(); ++i) {
    if (a.codes[i] < 0 || b.codes[i] < 0) continue;
    const auto row = static_cast<std::size_t>(a.codes[i]), column = static_cast<std::size_t>(b.codes[i]);
    ++cells[row * b.levels + column];
    ++rows[row];
    ++columns[column];
    ++count;
  }
  const auto filled = [](const std::vector<double>& sums) {
    return static_cast<double>(std::count_if(sums.begin(), sums.end(), [](double sum) { return sum > 0; }));
  };
  const double r = filled(rows), k = filled(columns);
  if (r < 2 || k < 2 || count < 2) return undefined;
  double squares = 0;
  for (std::size_t row = 0; row < a.levels; ++row)
    for (std::size_t column = 0; column < b.levels; ++column)
      if (rows[row] > 0 && columns[column] > 0) {
        const double cell = cells[row * b.levels + column];
        squares += cell * cell / (rows[row] * columns[column]);
      }
  const double phi = squares - 1;  // chi squared / count
  const double corrected = std::max(0.0, phi - (r - 1) * (k - 1) / (count - 1));
  const double r_corrected = r - (r - 1) * (r - 1) / (count - 1), k_corrected = k - (k - 1) * (k - 1) / (count - 1);
  const double least = std::min(r_corrected, k_corrected) - 1;
  return least > 0 ? std::min(1.0, std::sqrt(corrected / least)) : undefined;
}

double correlation_ratio(const std::vector<double>& numbers, const Sample& groups) {
  std::vector<double> sums(groups.levels), counts(groups.levels);
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (groups.codes[i] < 0 || std::isnan(numbers[i])) continue;
    sums[static_cast<std::size_t>(groups.codes[i])] += numbers[i];
    ++counts[static_cast<std::size_t>(groups.codes[i])];
    sum += numbers[i];
    ++count;
  }
  if (count < 2) return undefined;
  const double mean = sum / count;
  double between = 0, total = 0;
  std::size_t filled = 0;
  for (std::size_t group = 0; group < sums.size(); ++group) {
    if (counts[group] == 0) continue;
    ++filled;
    const double away = sums[group] / counts[group] - mean;
    between += counts[group] * away * away;
  }
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (groups.codes[i] >= 0 && !std::isnan(numbers[i])) total += (numbers[i] - mean) * (numbers[i] - mean);
  return filled > 1 && total > 0 ? std::sqrt(std::clamp(between / total, 0.0, 1.0)) : undefined;
}

double strength(const Sample& a, const Sample& b) {
  if (a.is_category() && b.is_category()) return cramers_v(a, b);
  if (a.is_category()) return correlation_ratio(b.numbers, a);
  if (b.is_category()) return correlation_ratio(a.numbers, b);
  return pearson(a.numbers, b.numbers);
}

}  // namespace

std::string_view association_name(Association association) {
  switch (association) {
    case Association::pearson:
      return "Pearson's r";
    case Association::cramers_v:
      return "Cram\u00e9r's V";
    case Association::correlation_ratio:
      return "correlation ratio";
  }
  return "";
}

Association Correlations::association(std::size_t row, std::size_t column) const {
  const bool a = types[row] == ColumnType::categorical, b = types[column] == ColumnType::categorical;
  if (a != b) return Association::correlation_ratio;
  return a ? Association::cramers_v : Association::pearson;
}

Correlations correlations_of(const DataTable& table, const std::function<bool()>& go_on) {
  Correlations result;
  result.rows = std::min(table.rows, most_correlated_rows);
  std::vector<Sample> samples;
  for (const auto& column : table.columns) {
    if (column.type == ColumnType::text || column.levels.size() > most_correlated_levels ||
        (column.type == ColumnType::categorical && column.levels.empty()) ||
        samples.size() == most_correlated_columns) {
      result.left_out.push_back(column.name);
      continue;
    }
    result.columns.push_back(column.name);
    result.types.push_back(column.type);
    samples.push_back(sample_of(column, result.rows));
  }
  const std::size_t count = samples.size();
  result.values.assign(count * count, undefined);
  for (std::size_t a = 0; a < count; ++a) {
    if (go_on && !go_on()) break;
    for (std::size_t b = a; b < count; ++b) {
      const double value = strength(samples[a], samples[b]);
      // A column is itself, whatever correction there is for chance.
      result.values[a * count + b] = result.values[b * count + a] = a == b && !std::isnan(value) ? 1 : value;
    }
  }
  return result;
}

}  // namespace gb
