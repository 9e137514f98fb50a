#include <atomic>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "core/base/parallel.hpp"
#include "core/data/number_text.hpp"
#include "core/data/numeric_chain.hpp"
#include "core/data/prepare.hpp"
#include "core/data/prepare_steps.hpp"

namespace gb {
namespace {

/// How one source column becomes features: a chain for numbers, or a place per code for categories.
struct ColumnPlan {
  const Column* column = nullptr;
  NumericChain chain;
  const FittedOneHot::Encoding* encoding = nullptr;
  const FittedLevelNumbers::Encoding* numbers = nullptr;
  std::vector<std::int32_t> codes;  ///< of columns that are not stored by code, per row
  std::vector<std::int32_t> place;  ///< per code: which level of the encoding it is, -1 for none
  std::int32_t missing_place = -1;  ///< where impute puts a missing category
  Eigen::Index first_feature = 0;
};

/// What the steps fitted for one column.
struct FittedColumn {
  NumericChain chain;
  const FittedOneHot::Encoding* encoding = nullptr;
  const FittedLevelNumbers::Encoding* numbers = nullptr;
  const FittedRareCategories::Merge* merge = nullptr;
  const std::string* imputed_level = nullptr;
};

std::unordered_map<std::string_view, FittedColumn> fitted_columns(std::span<const FittedStep> steps) {
  std::unordered_map<std::string_view, FittedColumn> fitted;
  for (const auto& step : steps) {
    if (const auto* impute = std::get_if<FittedImpute>(&step)) {
      for (const auto& fill : impute->fills) {
        if (fill.type == ColumnType::categorical)
          fitted[fill.column].imputed_level = &fill.level;
        else
          fitted[fill.column].chain.add_fill(fill.number);
      }
    } else if (const auto* affine = std::get_if<FittedAffine>(&step)) {
      for (const auto& map : affine->maps) fitted[map.column].chain.add_map(map.shift, map.factor);
    } else if (const auto* one_hot = std::get_if<FittedOneHot>(&step)) {
      for (const auto& encoding : one_hot->encodings) fitted[encoding.column].encoding = &encoding;
    } else if (const auto* numbers = std::get_if<FittedLevelNumbers>(&step)) {
      for (const auto& encoding : numbers->encodings) fitted[encoding.column].numbers = &encoding;
    } else if (const auto* rare = std::get_if<FittedRareCategories>(&step)) {
      for (const auto& merge : rare->merges) fitted[merge.column].merge = &merge;
    } else if (const auto* clip = std::get_if<FittedClip>(&step)) {
      for (const auto& bounds : clip->bounds) fitted[bounds.column].chain.add_clip(bounds.low, bounds.high);
    } else if (const auto* power = std::get_if<FittedPower>(&step)) {
      for (const auto& map : power->maps) fitted[map.column].chain.add_power(map.power);
    }
  }
  return fitted;
}

void plan_categories(ColumnPlan& plan, const FittedColumn& fitted) {
  const std::string* imputed_level = fitted.imputed_level;
  const auto& levels = plan.numbers ? plan.numbers->levels : plan.encoding->levels;
  std::unordered_map<std::string_view, std::int32_t> position;
  for (std::size_t i = 0; i < levels.size(); ++i) position.emplace(levels[i], static_cast<std::int32_t>(i));
  // Where rare levels were merged, what has no place of its own has that of their name.
  const auto merged = fitted.merge ? position.find(fitted.merge->name) : position.end();
  const auto place_of = [&](std::string_view level) {
    const auto found = position.find(level);
    if (found != position.end()) return found->second;
    return merged == position.end() ? -1 : merged->second;
  };
  const Column& column = *plan.column;
  if (imputed_level) plan.missing_place = place_of(*imputed_level);
  if (column.type == ColumnType::categorical) {
    for (const auto& level : column.levels) plan.place.push_back(place_of(level));
    return;
  }
  // The same column in another file may have been read as text (every value different) or as numbers.
  std::unordered_map<std::string, std::int32_t> known;
  plan.codes.reserve(column.size());
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (column.missing(row)) {
      plan.codes.push_back(-1);
      continue;
    }
    const auto [entry, added] = known.try_emplace(column.cell(row), static_cast<std::int32_t>(plan.place.size()));
    if (added) plan.place.push_back(place_of(entry->first));
    plan.codes.push_back(entry->second);
  }
}

std::vector<ColumnPlan> plan_columns(const DataTable& table, const std::vector<SourceColumn>& sources,
                                     std::span<const FittedStep> steps) {
  std::vector<ColumnPlan> plans;
  const auto fitted = fitted_columns(steps);
  std::unordered_map<std::string_view, const Column*> by_name;
  for (const auto& column : table.columns) by_name.emplace(column.name, &column);
  Eigen::Index feature = 0;
  for (const auto& source : sources) {
    const auto found = by_name.find(source.name);
    if (found == by_name.end())
      throw DataError(
          "The data has no column '" + source.name + "' (" + std::string(column_type_name(source.type)) + ")",
          source.name, "a column of this name");
    ColumnPlan plan;
    plan.column = found->second;
    plan.first_feature = feature;
    const auto entry = fitted.find(source.name);
    const FittedColumn what = entry == fitted.end() ? FittedColumn{} : entry->second;
    const bool number = plan.column->type == ColumnType::numeric || plan.column->type == ColumnType::date;
    if (source.type != ColumnType::categorical) {
      if (!number || (plan.column->type == ColumnType::date && source.type == ColumnType::numeric))
        throw DataError("The column '" + source.name + "' must be " + std::string(column_type_name(source.type)) +
                            ", but is " + std::string(column_type_name(plan.column->type)),
                        source.name, std::string(column_type_name(source.type)));
      plan.chain = what.chain;
      feature += 1;
    } else {
      plan.encoding = what.encoding;
      plan.numbers = what.numbers;
      plan.chain = what.chain;
      if (!plan.encoding && !plan.numbers)
        throw DataError("The categorical column '" + source.name + "' is not encoded");
      plan_categories(plan, what);
      feature += plan.numbers ? 1 : static_cast<Eigen::Index>(plan.encoding->levels.size());
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

/// Writes rows begin..end of one column into `out`. Returns the first row whose number is not a finite float, or `end`.
/// With `missing` a missing number is written as NaN and is none of them.
std::size_t write_rows(const ColumnPlan& plan, std::size_t begin, std::size_t end, bool missing, MatrixF& out) {
  const Eigen::Index stride = out.cols();
  float* cell = out.data() + static_cast<Eigen::Index>(begin) * stride + plan.first_feature;
  std::size_t bad = end;
  const auto& codes = plan.codes.empty() ? plan.column->codes : plan.codes;
  const auto place_at = [&](std::size_t row) {
    const auto code = codes[row];
    return code < 0 ? plan.missing_place : plan.place[static_cast<std::size_t>(code)];
  };
  if (plan.numbers) {
    for (std::size_t row = begin; row < end; ++row, cell += stride) {
      const auto place = place_at(row);
      const double number = place >= 0       ? plan.numbers->numbers[static_cast<std::size_t>(place)]
                            : codes[row] < 0 ? plan.numbers->missing
                                             : plan.numbers->unknown;
      *cell = static_cast<float>(plan.chain.apply(number));
      if (!std::isfinite(*cell) && bad == end && !(missing && codes[row] < 0)) bad = row;
    }
    return bad;
  }
  if (!plan.encoding) {
    for (std::size_t row = begin; row < end; ++row, cell += stride) {
      *cell = static_cast<float>(plan.chain.apply(plan.column->numbers[row]));
      if (std::isfinite(*cell) || bad != end || (missing && plan.column->missing(row))) continue;
      bad = row;
    }
    return bad;
  }
  for (std::size_t row = begin; row < end; ++row, cell += stride)
    if (const auto place = place_at(row); place >= 0) cell[place] = 1;
  return bad;
}

/// Smallest row number so far, from several threads.
void lower(std::atomic<std::size_t>& smallest, std::size_t row) {
  auto seen = smallest.load();
  while (row < seen && !smallest.compare_exchange_weak(seen, row)) {
  }
}

}  // namespace

Features Preparation::transform(const Dataset& dataset) const {
  if (const auto* set = dataset.images()) {
    if (!source_columns_.empty())
      throw DataError("The data is images, but a table with the column '" + source_columns_.front().name +
                      "' was expected");
    if (set->pixels_each() != feature_names_.size())
      throw DataError("The images have " + std::to_string(set->pixels_each()) + " values each (" +
                      std::to_string(set->channels) + " x " + std::to_string(set->height) + " x " +
                      std::to_string(set->width) + "), but " + std::to_string(feature_names_.size()) +
                      " were expected");
    FittedPixelScale scale;
    for (const auto& step : steps_)
      if (const auto* pixels = std::get_if<FittedPixelScale>(&step)) scale = *pixels;
    return Features(set->pixels, static_cast<std::int64_t>(set->count), static_cast<std::int64_t>(set->pixels_each()),
                    static_cast<float>(scale.factor), static_cast<float>(scale.offset));
  }
  if (source_columns_.empty()) throw DataError("The data is a table, but images were expected");
  const auto& table = *dataset.table();
  const auto plans = plan_columns(table, source_columns_, steps_);
  MatrixF matrix =
      MatrixF::Zero(static_cast<Eigen::Index>(table.rows), static_cast<Eigen::Index>(feature_names_.size()));
  const bool missing = keeps_missing(completed_);
  constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();
  std::vector<std::atomic<std::size_t>> bad(plans.size());
  for (auto& row : bad) row = nowhere;
  // Blocks of rows stay in the cache while one column after another is written into them.
  constexpr std::size_t block = 128;
  parallel_chunks(table.rows, block, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t first = begin; first < end; first += block) {
      const std::size_t last = std::min(end, first + block);
      for (std::size_t i = 0; i < plans.size(); ++i)
        if (const auto row = write_rows(plans[i], first, last, missing, matrix); row < last) lower(bad[i], row);
    }
  });
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const std::size_t row = bad[i];
    if (row == nowhere) continue;
    const auto& column = *plans[i].column;
    const std::string where = "The column '" + column.name + "' of row " + std::to_string(row + 1);
    if (column.missing(row))
      throw DataError(where + " is missing, and nothing was fitted to impute it", column.name, "a number");
    throw DataError(where + " is " +
                        (column.numbers.empty() ? "'" + column.cell(row) + "'" : number_text(column.numbers[row])) +
                        ", which is too large for 32-bit numbers after preparation",
                    column.name, "a number of at most 3.4e38; standardize or scale the column");
  }
  return Features(std::move(matrix));
}

}  // namespace gb
