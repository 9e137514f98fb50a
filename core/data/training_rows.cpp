#include "core/data/training_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "core/data/problem_set.hpp"

namespace gb {

std::vector<double> TrainingRows::all_numbers(const FrameColumn& column) const {
  std::vector<double> values(rows_.size());
  column.evaluate(rows_, values.data());
  return values;
}

std::vector<double> TrainingRows::numbers(const FrameColumn& column) const {
  auto values = all_numbers(column);
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) values.push_back(0);
  return values;
}

std::vector<std::int32_t> TrainingRows::levels(const FrameColumn& column) const {
  std::vector<std::int32_t> levels;
  levels.reserve(rows_.size());
  for (const auto row : rows_) levels.push_back(column.categories.level_at(row));
  return levels;
}

std::vector<std::size_t> TrainingRows::level_counts(const FrameColumn& column) const {
  std::vector<std::size_t> counts(column.categories.levels.size());
  for (const auto level : levels(column))
    if (level >= 0) ++counts[static_cast<std::size_t>(level)];
  return counts;
}

TrainingAnswers TrainingRows::target(const PlannedStep& step) const {
  if (!dataset_.target_column())
    throw ParamError(step.path + ".step is \"" + step.name() + "\", which needs answers, but the data names no target",
                     step.path + ".step", "data with a target, or another step");
  const Target whole = make_target(dataset_);
  TrainingAnswers target;
  if (whole.task == Task::regression) {
    for (const auto row : rows_) target.values.push_back(static_cast<double>(whole.values[row]));
    return target;
  }
  // Only classes that training rows have: of the others nothing can be known here.
  std::vector<std::int32_t> new_code(whole.classes.size(), -1);
  for (const auto row : rows_)
    if (whole.codes[row] >= 0) new_code[static_cast<std::size_t>(whole.codes[row])] = 0;
  for (std::size_t code = 0; code < new_code.size(); ++code) {
    if (new_code[code] < 0) continue;
    new_code[code] = static_cast<std::int32_t>(target.classes.size());
    target.classes.push_back(whole.classes[code]);
  }
  if (target.classes.empty())
    throw DataError("No training row has a value of the target '" + whole.name + "', which " + step.name() + " needs");
  for (const auto row : rows_)
    target.codes.push_back(whole.codes[row] < 0 ? -1 : new_code[static_cast<std::size_t>(whole.codes[row])]);
  return target;
}

template <class Fits>
StepFit::Chosen StepFit::chosen(const Fits& fits, const char* otherwise) const {
  Chosen result;
  const auto& names = step.columns();
  std::unordered_set<std::string_view> wanted;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string field = step.path + ".columns[" + std::to_string(i) + "]";
    const std::string begin = field + " of " + step.name() + " is \"" + names[i] + "\", which ";
    if (!wanted.insert(names[i]).second) throw ParamError(begin + "is named twice", field, "every column once");
    const FrameColumn* found = frame.find(names[i]);
    if (!found)
      refuse_unusable(names[i], begin, field);
    else if (!fits(*found))
      throw ParamError(begin + otherwise, field, allowed(fits));
  }
  for (const auto& column : frame.columns())
    if (fits(column) && (wanted.empty() || wanted.contains(column.name))) result.push_back(&column);
  return result;
}

void StepFit::refuse_unusable(const std::string& name, const std::string& begin, const std::string& field) const {
  const auto any = [](const FrameColumn&) { return true; };
  const Column* column = dataset.table()->find(name);
  if (!column) {
    std::vector<std::string> known;
    for (const auto& each : frame.columns()) known.push_back(each.name);
    const auto near = nearest_name(name, known);
    throw ParamError(begin + "the data does not have" + (near.empty() ? "" : "; did you mean '" + near + "'?"), field,
                     allowed(any));
  }
  if (name == dataset.target) throw ParamError(begin + "is the target", field, allowed(any));
  if (column->type == ColumnType::text)
    throw ParamError(begin + "is text, which the step text alone can use", field, allowed(any));
  // A column without any value in these training rows is left out with a problem noted, and asking for it is no
  // error: it may have values in another fold.
}

template <class Fits>
std::string StepFit::allowed(const Fits& fits) const {
  std::string names;
  std::size_t count = 0;
  for (const auto& column : frame.columns()) {
    if (!fits(column)) continue;
    if (++count > 20) return "one of: " + names + ", ...";
    names += (names.empty() ? "" : ", ") + column.name;
  }
  return names.empty() ? "no column of this data fits" : "one of: " + names;
}

StepFit::Chosen StepFit::numbers() const {
  return chosen([](const FrameColumn& column) { return column.is_number(); },
                "is not numeric; of categories, ordinal, frequency or target before it would make numbers");
}

StepFit::Chosen StepFit::categories() const {
  return chosen([](const FrameColumn& column) { return column.kind == FrameColumn::Kind::category; },
                "holds no categories (any more) that could be encoded");
}

StepFit::Chosen StepFit::texts() const {
  const bool named = !step.columns().empty();
  return chosen(
      [named](const FrameColumn& column) {
        return column.kind == FrameColumn::Kind::text || (named && column.kind == FrameColumn::Kind::category);
      },
      "holds no texts");
}

StepFit::Chosen StepFit::dates() const {
  return chosen(
      [](const FrameColumn& column) {
        const auto* from = std::get_if<FromNumbers>(&column.origin);
        return column.is_number() && from && from->column->type == ColumnType::date;
      },
      "is no date");
}

StepFit::Chosen StepFit::encoded() const {
  return chosen([](const FrameColumn& column) { return column.is_encoded(); },
                "is not numeric; a step before it would have to encode it");
}

StepFit::Chosen StepFit::required(Chosen chosen, const char* expected) const {
  if (!chosen.empty() || !step.columns().empty() || step.path.empty()) return chosen;
  throw ParamError(
      step.path + ".step is \"" + step.name() + "\", which is for " + expected + ", and there is none here",
      step.path + ".step", std::string("data with ") + expected + ", or another step");
}

}  // namespace gb
