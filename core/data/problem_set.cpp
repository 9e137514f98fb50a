#include "core/data/problem_set.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include "core/data/number_text.hpp"

namespace gb {
namespace {

constexpr std::size_t most_number_classes = 20;
constexpr std::size_t most_text_classes = 100;

/// The whole numbers of a target that are to be read as classes, ascending; empty when it is one for regression.
std::vector<double> number_classes(const Column& column) {
  if (column.type != ColumnType::numeric || column.type_given) return {};
  std::set<double> distinct;
  std::size_t known = 0;
  for (const double value : column.numbers) {
    if (std::isnan(value)) continue;
    if (value != std::floor(value) || std::abs(value) > 1e15) return {};
    ++known;
    distinct.insert(value);
    if (distinct.size() > most_number_classes) return {};
  }
  if (known < 3 * distinct.size()) return {};
  return {distinct.begin(), distinct.end()};
}

void set_classes(Target& target, Column column) {
  // Only classes that occur: a level without rows can be neither learnt nor asked for.
  std::vector<std::int32_t> new_code(column.levels.size(), -1);
  for (const auto code : column.codes)
    if (code >= 0) new_code[static_cast<std::size_t>(code)] = 0;
  for (std::size_t level = 0; level < new_code.size(); ++level) {
    if (new_code[level] < 0) continue;
    new_code[level] = static_cast<std::int32_t>(target.classes.size());
    target.classes.push_back(column.levels[level]);
  }
  for (auto& code : column.codes)
    if (code >= 0) code = new_code[static_cast<std::size_t>(code)];
  target.codes = std::move(column.codes);
  column.levels = target.classes;
  target.integer_classes = column.integer_levels();
}

void set_classes_from_numbers(Target& target, const Column& column, const std::vector<double>& classes) {
  for (const double value : classes) target.classes.push_back(number_text(value));
  target.integer_classes = true;
  target.codes.reserve(column.numbers.size());
  for (const double value : column.numbers) {
    const auto found = std::lower_bound(classes.begin(), classes.end(), value);
    target.codes.push_back(std::isnan(value) ? -1 : static_cast<std::int32_t>(found - classes.begin()));
  }
}

void set_classes_from_texts(Target& target, const Column& column) {
  std::unordered_map<std::string_view, std::int32_t> known;
  std::vector<std::string> values;
  std::vector<std::int32_t> codes;
  codes.reserve(column.texts.size());
  for (const auto& text : column.texts) {
    if (text.empty()) {
      codes.push_back(-1);
      continue;
    }
    const auto [place, added] = known.try_emplace(text, static_cast<std::int32_t>(values.size()));
    if (added) values.push_back(text);
    if (values.size() > most_text_classes)
      throw DataError("The target '" + column.name + "' is text with more than " + std::to_string(most_text_classes) +
                          " different values; set its type to categorical if they are classes",
                      "data.target", "a categorical or numeric column");
    codes.push_back(place->second);
  }
  set_classes(target, categorical_column(column.name, std::move(values), std::move(codes)));
}

void set_values(Target& target, const Column& column) {
  target.task = Task::regression;
  target.values.reserve(column.numbers.size());
  for (std::size_t row = 0; row < column.numbers.size(); ++row) {
    const auto value = static_cast<float>(column.numbers[row]);
    if (std::isinf(value))
      throw DataError("The target '" + column.name + "' is " + number_text(column.numbers[row]) + " in row " +
                      std::to_string(row + 1) + ", which is too large; at most 3.4e38 can be learnt");
    target.values.push_back(value);
  }
}

/// How many different targets occur, counted up to two.
std::size_t different_targets(const Target& target) {
  if (target.task == Task::classification) return target.classes.size();
  float first = std::numeric_limits<float>::quiet_NaN();
  for (const float value : target.values) {
    if (std::isnan(value)) continue;
    if (std::isnan(first)) first = value;
    if (value != first) return 2;
  }
  return std::isnan(first) ? 0 : 1;
}

void refuse_constant(const Target& target) {
  const auto count = different_targets(target);
  if (count >= 2) return;
  const std::string what = "The target '" + target.name + "' ";
  if (count == 0) throw DataError(what + "has no values", "data.target", "a column with values");
  if (target.task == Task::classification)
    throw DataError(what + "has only one class, '" + target.classes.front() + "'; at least two are needed",
                    "data.target", "a column with at least two classes");
  throw DataError(what + "has the same value in every row; there is nothing to learn", "data.target",
                  "a column whose values differ");
}

}  // namespace

std::string_view task_name(Task task) {
  switch (task) {
    case Task::classification:
      return "classification";
    case Task::regression:
      return "regression";
    case Task::clustering:
      return "clustering";
    case Task::decomposition:
      return "decomposition";
    case Task::generation:
      return "generation";
  }
  return "";
}

Target make_target(const Dataset& dataset) {
  const Column* column = dataset.target_column();
  if (!column) {
    std::string allowed = "labels";
    if (const auto* table = dataset.table()) {
      allowed = "a column:";
      for (const auto& candidate : table->columns) {
        if (allowed.size() > 500) {
          allowed += " ...";
          break;
        }
        allowed += (&candidate == &table->columns.front() ? " " : ", ") + candidate.name;
      }
    }
    throw ParamError("The data names no target, but this algorithm learns to predict one", "data.target", allowed);
  }
  Target target;
  target.name = dataset.images() ? dataset.target : column->name;
  if (column->type == ColumnType::categorical) {
    set_classes(target, *column);
  } else if (column->type == ColumnType::text) {
    set_classes_from_texts(target, *column);
  } else if (const auto classes = number_classes(*column); !classes.empty()) {
    set_classes_from_numbers(target, *column, classes);
  } else {
    set_values(target, *column);
  }
  refuse_constant(target);
  return target;
}

ProblemSet make_problem(const Dataset& dataset, const Preparation& preparation, Split split) {
  ProblemSet problem;
  problem.features = preparation.transform(dataset);
  problem.feature_names = preparation.feature_names();
  if (const auto* set = dataset.images()) {
    problem.channels = set->channels;
    problem.height = set->height;
    problem.width = set->width;
  }
  problem.split = std::move(split);
  if (!dataset.target_column()) return problem;
  try {
    problem.target = make_target(dataset);
  } catch (const DataError&) {
    return problem;
  }
  const auto& target = *problem.target;
  if (target.task != Task::classification) return problem;
  std::int32_t first = -1;
  for (const auto row : problem.split.train) {
    const auto code = target.codes[static_cast<std::size_t>(row)];
    if (code < 0 || code == first) continue;
    if (first >= 0) return problem;
    first = code;
  }
  throw DataError("The training rows hold only one class of the target '" + target.name +
                      "'; stratify the split or train on more rows",
                  "split", "a split that leaves two classes to train on");
}

void require_finite(const ProblemSet& problem) {
  const MatrixF* values = problem.features.matrix();
  if (!values) return;
  for (const std::int64_t row : problem.split.train) {
    if (values->row(row).allFinite()) continue;
    Eigen::Index column = 0;
    while (std::isfinite((*values)(row, column))) ++column;
    const auto name = static_cast<std::size_t>(column) < problem.feature_names.size()
                          ? problem.feature_names[static_cast<std::size_t>(column)]
                          : std::to_string(column + 1);
    throw DataError("Row " + std::to_string(row + 1) + " has no finite number in feature \"" + name +
                    "\", so nothing can be computed with it: correct it, impute it, or ignore the column");
  }
}

}  // namespace gb
