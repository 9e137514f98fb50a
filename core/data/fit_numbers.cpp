#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/parallel.hpp"
#include "core/data/training_rows.hpp"

// Steps that move, bend or fill the numbers of one column at a time.

namespace gb {

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance_of(std::span<const double> values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  if (*least == *most) return 0;
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / static_cast<double>(values.size());
}

namespace {

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

/// Between the two sorted values around it, as NumPy's default.
double quantile_of(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

FittedAffine::Map standardizing_map(const std::string& column, const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low == *high) return {column, *low, 1};
  return {column, mean_of(values), 1 / std::sqrt(variance_of(values))};
}

FittedAffine::Map range_map(const std::string& column, const std::vector<double>& values, double low, double high) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double width = *least == *most ? 1 : *most - *least;
  const double factor = (high - low) / width;
  return {column, *least - low / factor, factor};
}

/// Calls fit(i, values) with the training values of each of the columns, one column per thread at a time.
template <class Fit>
void fit_each(const StepFit& fit, const StepFit::Chosen& columns, const Fit& each) {
  parallel_chunks(columns.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) each(i, fit.rows.numbers(*columns[i]));
  });
}

}  // namespace

FittedAffine fit_affine(const StepFit& fit) {
  FittedAffine fitted;
  const bool scales = fit.step.kind == StepKind::scale;
  fitted.step = scales ? "scale" : "standardize";
  const auto columns = fit.numbers();
  fitted.maps.resize(columns.size());
  fit_each(fit, columns, [&](std::size_t i, const std::vector<double>& values) {
    if (scales) {
      const auto& range = fit.step.as<ScaleParams>().range;
      fitted.maps[i] = range_map(columns[i]->name, values, range[0], range[1]);
    } else {
      fitted.maps[i] = standardizing_map(columns[i]->name, values);
    }
  });
  for (const auto& map : fitted.maps)
    if (!std::isfinite(map.shift) || !std::isfinite(map.factor) || map.factor == 0)
      throw DataError("The column '" + map.column + "' holds numbers too large or too close together to " + fitted.step,
                      map.column, "numbers that differ by 1e-300 to 1e300");
  return fitted;
}

FittedImpute fit_impute(const StepFit& fit) {
  FittedImpute fitted;
  for (const auto& column : fit.frame.columns()) {
    FittedImpute::Fill fill{column.name, ColumnType::numeric, 0, {}};
    if (column.is_number()) {
      auto values = fit.rows.numbers(column);
      const bool mean = fit.step.as<ImputeParams>().numeric == NumericFill::mean;
      fill.number = mean ? mean_of(values) : median_of(std::move(values));
    } else if (column.kind == FrameColumn::Kind::category) {
      fill.type = ColumnType::categorical;
      const auto& categories = column.categories;
      std::int32_t level = categories.missing_level;
      if (level < 0) {
        const auto counts = fit.rows.level_counts(column);
        level = static_cast<std::int32_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
      }
      fill.level = categories.levels[static_cast<std::size_t>(level)];
    } else {
      continue;
    }
    fitted.fills.push_back(std::move(fill));
  }
  return fitted;
}

FittedClip fit_clip(const StepFit& fit) {
  const auto& params = fit.step.as<ClipParams>();
  const auto columns = fit.numbers();
  std::vector<FittedClip::Bounds> all(columns.size());
  fit_each(fit, columns, [&](std::size_t i, std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const bool quartiles = params.method == ClipMethod::iqr;
    const double low = quantile_of(values, quartiles ? 0.25 : params.quantile_range[0]);
    const double high = quantile_of(values, quartiles ? 0.75 : params.quantile_range[1]);
    const double more = quartiles ? params.iqr_factor * (high - low) : 0;
    all[i] = {columns[i]->name, low - more, high + more};
  });
  FittedClip fitted;
  for (auto& bounds : all) {
    if (!std::isfinite(bounds.low) || !std::isfinite(bounds.high))
      throw DataError("The column '" + bounds.column + "' holds numbers too large to clip_outliers", bounds.column,
                      "numbers of at most 1e300");
    if (bounds.low == bounds.high)
      fit.problems.push_back(
          {0, bounds.column, "its outliers are not clipped: all values between the bounds are equal"});
    else
      fitted.bounds.push_back(std::move(bounds));
  }
  return fitted;
}

FittedPower fit_power(const StepFit& fit) {
  FittedPower fitted;
  const auto columns = fit.numbers();
  fitted.maps.resize(columns.size());
  fit_each(fit, columns, [&](std::size_t i, const std::vector<double>& values) {
    fitted.maps[i] = {columns[i]->name, YeoJohnson::fit(values, fit.step.as<PowerParams>().standardize)};
  });
  for (const auto& [column, power] : fitted.maps)
    if (!std::isfinite(power.mean) || !std::isfinite(power.deviation) || power.deviation == 0)
      throw DataError("The column '" + column + "' holds numbers too large or too close together for power", column,
                      "numbers that differ by 1e-300 to 1e300");
  return fitted;
}

FittedQuantile fit_quantile(const StepFit& fit) {
  const auto& params = fit.step.as<QuantileParams>();
  FittedQuantile fitted;
  const auto columns = fit.required(fit.numbers(), "numeric columns");
  fitted.maps.resize(columns.size());
  fit_each(fit, columns, [&](std::size_t i, std::vector<double> values) {
    fitted.maps[i] = {columns[i]->name, QuantileMap::fit(std::move(values), static_cast<std::size_t>(params.quantiles),
                                                         params.output == QuantileOutput::normal)};
  });
  return fitted;
}

}  // namespace gb
