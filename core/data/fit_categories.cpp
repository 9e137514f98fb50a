#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>

#include "core/base/random.hpp"
#include "core/data/training_rows.hpp"

// Steps that merge categories or make numbers of them.

namespace gb {

FittedOneHot fit_one_hot(const StepFit& fit) {
  FittedOneHot fitted;
  NewNames names(fit.frame);
  for (const FrameColumn* column : fit.categories()) {
    const auto counts = fit.rows.level_counts(*column);
    FittedOneHot::Encoding encoding{column->name, {}, {}};
    for (std::size_t level = 0; level < counts.size(); ++level) {
      if (counts[level] == 0) continue;
      encoding.levels.push_back(column->categories.levels[level]);
      encoding.names.push_back(names.take(column->name + "=" + encoding.levels.back()));
    }
    fitted.encodings.push_back(std::move(encoding));
  }
  return fitted;
}

FittedLevelNumbers fit_level_numbers(const StepFit& fit) {
  const bool ordinal = fit.step.kind == StepKind::ordinal;
  const double unknown = ordinal ? -1 : 0;
  FittedLevelNumbers fitted{fit.step.name(), {}};
  for (const FrameColumn* column : fit.categories()) {
    const auto counts = fit.rows.level_counts(*column);
    const auto known = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::size_t{0}));
    FittedLevelNumbers::Encoding encoding{column->name, column->name, {}, {}, unknown, unknown};
    if (fit.keeps_missing) encoding.missing = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t level = 0; level < counts.size(); ++level) {
      if (counts[level] == 0) continue;
      encoding.numbers.push_back(ordinal ? static_cast<double>(encoding.levels.size())
                                         : static_cast<double>(counts[level]) / known);
      encoding.levels.push_back(column->categories.levels[level]);
    }
    fitted.encodings.push_back(std::move(encoding));
  }
  return fitted;
}

FittedRareCategories fit_rare_categories(const StepFit& fit) {
  const auto& params = fit.step.as<RareParams>();
  FittedRareCategories fitted;
  for (const FrameColumn* column : fit.categories()) {
    const auto counts = fit.rows.level_counts(*column);
    const auto known = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::size_t{0}));
    const double least = params.min_frequency < 1 ? params.min_frequency * known : params.min_frequency;
    FittedRareCategories::Merge merge{column->name, {}, params.name};
    for (std::size_t level = 0; level < counts.size(); ++level)
      if (counts[level] > 0 && static_cast<double>(counts[level]) < least)
        merge.rare.push_back(column->categories.levels[level]);
    if (!merge.rare.empty()) fitted.merges.push_back(std::move(merge));
  }
  return fitted;
}

namespace {

/// The mean answer of each level, drawn to that of all rows (Micci-Barreca 2001, A preprocessing scheme for
/// high-cardinality categorical attributes): by `smooth` rows of it, or else by equations 5 and 6, as the answer varies
/// within the level and over all. Rows whose level is -1 count for the mean of all alone. As scikit-learn's
/// TargetEncoder. `answers` are those of `rows`' levels.
FittedLevelNumbers::FoldNumbers level_means(std::size_t level_count, const std::vector<std::int32_t>& levels,
                                            const std::vector<double>& answers, std::optional<double> smooth) {
  std::vector<double> sums(level_count), counts(level_count), squares(level_count);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] < 0) continue;
    sums[static_cast<std::size_t>(levels[i])] += answers[i];
    ++counts[static_cast<std::size_t>(levels[i])];
  }
  const double mean = answers.empty() ? 0 : mean_of(answers);
  FittedLevelNumbers::FoldNumbers found{std::vector<double>(level_count, mean), mean};
  if (smooth) {
    for (std::size_t level = 0; level < level_count; ++level)
      if (counts[level] + *smooth > 0)
        found.numbers[level] = (sums[level] + *smooth * mean) / (counts[level] + *smooth);
    return found;
  }
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] < 0) continue;
    const auto level = static_cast<std::size_t>(levels[i]);
    const double away = answers[i] - sums[level] / counts[level];
    squares[level] += away * away;
  }
  const double variance = answers.empty() ? 0 : variance_of(answers);
  for (std::size_t level = 0; level < level_count; ++level) {
    const double weight = variance * counts[level];
    const double share = weight / (weight + squares[level] / counts[level]);
    if (!std::isnan(share)) found.numbers[level] = share * sums[level] / counts[level] + (1 - share) * mean;
  }
  return found;
}

/// The answers as numbers to take means of: themselves, 1 for the second of two classes, or 1 for each class in turn.
struct AnswerColumn {
  std::string name_end;  ///< "" or "_class"
  std::vector<double> values;
};

std::vector<AnswerColumn> answer_columns(const TrainingAnswers& target) {
  if (!target.is_classes()) return {{"", target.values}};
  std::vector<AnswerColumn> columns;
  const bool two = target.classes.size() <= 2;
  for (std::size_t c = two ? target.classes.size() - 1 : 0; c < target.classes.size(); ++c) {
    AnswerColumn column{two ? "" : "_" + target.classes[c], {}};
    for (const auto code : target.codes) column.values.push_back(code == static_cast<std::int32_t>(c) ? 1 : 0);
    columns.push_back(std::move(column));
  }
  return columns;
}

/// The fold of every training row, shuffled; of classes each fold has its share of every one. Rows without an answer
/// are in none (they teach nothing, and know none of their own).
std::vector<std::int8_t> shuffled_folds(const TrainingAnswers& target, std::size_t rows, int folds) {
  constexpr std::uint64_t seed = 20010713;  // the same rows give the same folds in every run
  Random random(seed);
  std::vector<std::size_t> order;
  for (std::size_t row = 0; row < rows; ++row)
    if (target.is_known(row)) order.push_back(row);
  random.shuffle(std::span(order));
  if (target.is_classes())
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return target.codes[a] < target.codes[b]; });
  std::vector<std::int8_t> fold_of(rows, -1);
  for (std::size_t i = 0; i < order.size(); ++i)
    fold_of[order[i]] = static_cast<std::int8_t>(i % static_cast<std::size_t>(folds));
  return fold_of;
}

template <class T>
std::vector<T> where(const std::vector<T>& values, const std::vector<std::uint8_t>& taken) {
  std::vector<T> some;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (taken[i]) some.push_back(values[i]);
  return some;
}

}  // namespace

FittedLevelNumbers fit_target(const StepFit& fit) {
  const auto& params = fit.step.as<TargetParams>();
  const auto columns = fit.required(fit.categories(), "categorical columns");
  const TrainingAnswers target = fit.rows.target(fit.step);
  const auto answers = answer_columns(target);
  const auto fold_of = shuffled_folds(target, fit.rows.count(), params.folds);
  FittedLevelNumbers fitted{fit.step.name(), {}};
  auto fold_of_row = std::make_shared<std::vector<std::int8_t>>(fit.rows.dataset_rows(), std::int8_t{-1});
  for (std::size_t i = 0; i < fold_of.size(); ++i) (*fold_of_row)[fit.rows.positions()[i]] = fold_of[i];
  fitted.fold_of_row = std::move(fold_of_row);
  const auto taken_but = [&](int fold) {
    std::vector<std::uint8_t> taken(fold_of.size());
    for (std::size_t i = 0; i < taken.size(); ++i) taken[i] = fold_of[i] >= 0 && fold_of[i] != fold;
    return taken;
  };
  NewNames new_names(fit.frame);
  for (const FrameColumn* column : columns) {
    // Places among the levels that training rows have.
    const auto counts = fit.rows.level_counts(*column);
    std::vector<std::int32_t> place(counts.size(), -1);
    std::vector<std::string> names;
    for (std::size_t level = 0; level < counts.size(); ++level) {
      if (counts[level] == 0) continue;
      place[level] = static_cast<std::int32_t>(names.size());
      names.push_back(column->categories.levels[level]);
    }
    auto levels = fit.rows.levels(*column);
    for (auto& level : levels) level = level < 0 ? -1 : place[static_cast<std::size_t>(level)];
    for (const auto& answer : answers) {
      const auto means_without = [&](int fold) {
        const auto taken = taken_but(fold);
        return level_means(names.size(), where(levels, taken), where(answer.values, taken), params.smooth);
      };
      const auto all = means_without(-1);
      const std::string name = answer.name_end.empty() ? column->name : new_names.take(column->name + answer.name_end);
      FittedLevelNumbers::Encoding encoding{column->name, name, names, all.numbers, all.unknown, all.unknown};
      if (fit.keeps_missing) encoding.missing = std::numeric_limits<double>::quiet_NaN();
      for (int fold = 0; fold < params.folds; ++fold) encoding.folds.push_back(means_without(fold));
      fitted.encodings.push_back(std::move(encoding));
    }
  }
  return fitted;
}

}  // namespace gb
