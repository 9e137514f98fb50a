#include <array>
#include <chrono>
#include <set>
#include <utility>

#include "core/algorithms/algorithm.hpp"
#include "core/data/prepare_steps.hpp"
#include "core/data/split.hpp"
#include "core/run/runner.hpp"

namespace gb {
namespace {

/// Fields of "data" that hold paths: the recorded document has them absolute, so that it runs from anywhere.
constexpr std::array path_fields{"path", "images", "labels", "test_images", "test_labels"};

Json recorded_source(const Experiment& experiment) {
  Json data = validated_source(experiment.data, "data");
  const Json source = data.value("source", Json());
  if (source == "bundled" || source == "synthetic") return data;
  for (const char* field : path_fields) {
    if (!data.contains(field) || !data[field].is_string()) continue;
    const auto path = data[field].get<std::string>();
    if (!path.empty()) data[field] = std::filesystem::absolute(experiment.folder / path).lexically_normal().string();
  }
  return data;
}

std::string tasks_text(const AlgorithmInfo& info) {
  std::string text;
  for (const auto task : info.tasks) text += (text.empty() ? "" : " or ") + std::string(task_name(task));
  return text;
}

/// What the schema of no single field can see: the algorithm against the target.
void check_target(const AlgorithmInfo& info, const Dataset& dataset, const ProblemSet& problem) {
  if (!info.supervised()) return;
  const std::string field = "data.target";
  if (!problem.target)
    throw ParamError(info.label + " learns from examples with answers, but " + dataset.name + " has no target", field,
                     "the name of a column");
  const Target& target = *problem.target;
  if (std::find(info.tasks.begin(), info.tasks.end(), target.task) == info.tasks.end())
    throw ParamError(info.label + " does " + tasks_text(info) + ", but the target '" + target.name + "' asks for " +
                         std::string(task_name(target.task)),
                     field, "a target for " + tasks_text(info));
  if (target.task == Task::classification) {
    std::set<std::int32_t> classes;
    for (const auto row : problem.split.train) classes.insert(target.codes[static_cast<std::size_t>(row)]);
    classes.erase(-1);
    if (classes.size() < 2) {
      const std::string only =
          classes.empty() ? "" : " ('" + target.classes[static_cast<std::size_t>(*classes.begin())] + "')";
      throw DataError("The target '" + target.name + "' has one class" + only +
                          " in the training rows, so there is nothing to tell apart",
                      field, "a column with at least two classes");
    }
  } else {
    std::set<float> values;
    for (const auto row : problem.split.train) {
      values.insert(target.values[static_cast<std::size_t>(row)]);
      if (values.size() > 1) return;
    }
    throw DataError("The target '" + target.name + "' has the same value in every training row", field,
                    "a column whose values differ");
  }
}

/// Pictures alone can be varied, and only by what learns from batches of them: all else would leave "augment" unheard.
void check_augmentation(const AlgorithmInfo& info, const Dataset& dataset) {
  if (!dataset.images())
    throw ParamError("augment varies pictures, but " + dataset.name + " is a table", "augment",
                     "nothing, or data of pictures");
  if (!info.augments)
    throw ParamError("augment varies pictures from epoch to epoch, but " + info.label + " does not learn in epochs",
                     "augment", "nothing, or a neural network");
}

bool has_missing_numbers(const Dataset& dataset) {
  const DataTable* table = dataset.table();
  return table && std::any_of(table->columns.begin(), table->columns.end(), [&](const Column& column) {
           return !column.numbers.empty() && column.name != dataset.target && column.missing_count() > 0;
         });
}

void refuse_missing(const AlgorithmInfo& info, const Json& steps) {
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (steps[i].is_object() && steps[i].value("step", Json()) == "keep_missing")
      throw ParamError(
          "prepare[" + std::to_string(i) + "] keeps missing values, but " + info.label + " cannot learn from them",
          "prepare[" + std::to_string(i) + "].step", "impute, or gradient_boosting as the algorithm");
}

/// The parameter by which an algorithm weighs classes; empty where it cannot.
std::string weight_param(const AlgorithmInfo& info) {
  for (const char* name : {"class_weight", "class_weights"})
    if (find_spec(info.params, name)) return name;
  return {};
}

void check_balance(const AlgorithmInfo& info, const BalanceParams& balance, const Json& given, Json& params) {
  if (balance.method == BalanceMethod::none) return;
  const std::string field = "balance.method";
  if (std::find(info.tasks.begin(), info.tasks.end(), Task::classification) == info.tasks.end())
    throw ParamError("balance makes classes equally frequent, but " + info.label + " learns no classes", field, "none");
  if (balance.method == BalanceMethod::weights) {
    const std::string name = weight_param(info);
    if (name.empty())
      throw ParamError("balance is to weigh classes, but " + info.label + " cannot weigh rows", field,
                       "none, over, under or smote");
    params[name] = "balanced";
    return;
  }
  // Fewer rows are all different ones still.
  if (balance.method == BalanceMethod::under) return;
  const std::string why =
      " judges itself by training rows that it holds back, and copies or mixtures of the others "
      "would be among them";
  if (info.holds_rows_back)
    throw ParamError("balance repeats or makes up training rows, but " + info.label + why, field,
                     "none, under or weights");
  if (!info.holds_back_param) return;
  if (given.value(info.holds_back_param, false))
    throw ParamError("balance repeats or makes up training rows, but with " + std::string(info.holds_back_param) + " " +
                         info.label + why,
                     "algorithm.params." + std::string(info.holds_back_param), "false, or under or weights to balance");
  params[info.holds_back_param] = false;
}

/// What learns without answers must not get them through the preparation.
void refuse_answers(const AlgorithmInfo& info, const Json& steps) {
  for (const auto& step : read_steps(steps, "prepare"))
    if (step.uses_target())
      throw ParamError(step.path + ".step is \"" + step.name() + "\", which looks at the target, but " + info.label +
                           " learns without one",
                       step.path + ".step", "steps that look at features alone");
}

}  // namespace

std::shared_ptr<const PreparedRun> prepare_run(const Experiment& experiment, const LoadProgress& progress,
                                               std::shared_ptr<const Dataset> dataset) {
  const auto start = std::chrono::steady_clock::now();
  const auto* info = find_algorithm(experiment.algorithm);
  if (!info) throw ParamError("There is no algorithm '" + experiment.algorithm + "'", "algorithm.id");
  auto prepared = std::make_shared<PreparedRun>();
  prepared->experiment = experiment;
  Json params = experiment.complete_params();
  if (!dataset)
    dataset = std::make_shared<Dataset>(load_dataset(experiment.data, experiment.folder, experiment.seed, progress));
  prepared->dataset = dataset;
  if (info->supervised() && !dataset->target_column())
    throw ParamError(info->label + " learns from examples with answers, but " + dataset->name +
                         " has no target: name the column to predict",
                     "data.target", "the name of a column");

  if (!info->supervised() && experiment.evaluate_params().folds)
    throw ParamError(info->label + " predicts nothing, so there is nothing to cross-validate", "evaluate.folds",
                     "nothing, or an algorithm that learns from answers");
  if (!info->supervised() && experiment.evaluate_params().learning_curve)
    throw ParamError(info->label + " predicts nothing, so there is nothing to score at growing shares of the rows",
                     "evaluate.learning_curve", "nothing, or an algorithm that learns from answers");
  const BalanceParams balance = experiment.balance_params();
  check_balance(*info, balance, experiment.params, params);
  if (balance.method != BalanceMethod::none) prepared->experiment.params = params;
  const auto augmentation = experiment.augmentation();
  if (augmentation) check_augmentation(*info, *dataset);

  Split split = make_split(*dataset, experiment.split.value_or(Json()), info->supervised(), experiment.seed);
  Json steps = experiment.prepare.value_or(Json::array());
  if (!experiment.prepare && info->table_step && dataset->table()) steps = Json::array({{{"step", info->table_step}}});
  if (!experiment.prepare && info->takes_missing && has_missing_numbers(*dataset))
    steps = Json::array({{{"step", "keep_missing"}}});
  if (!info->takes_missing) refuse_missing(*info, steps);
  if (!info->supervised()) refuse_answers(*info, steps);
  prepared->preparation = Preparation::fit(*dataset, steps, split);
  prepared->problem = make_problem(*dataset, prepared->preparation, std::move(split));
  prepared->problem.augmentation = augmentation;
  check_target(*info, *dataset, prepared->problem);
  if (experiment.evaluate_params().learning_curve && !experiment.evaluate_params().folds &&
      prepared->problem.split.validation.empty())
    throw ParamError("A learning curve is scored on validation rows, and the split keeps none",
                     "evaluate.learning_curve", "nothing, a split with validation rows, or folds");
  prepared->balanced = balanced(prepared->problem, balance, experiment.seed);
  if (info->settle) {
    params = info->settle(prepared->learnt(), std::move(params));
    prepared->experiment.params = params;
  }
  if (info->check) info->check(prepared->learnt(), params);

  Experiment recorded = experiment;
  recorded.data = recorded_source(experiment);
  recorded.prepare = prepared->preparation.completed_steps();
  // Without a split an unsupervised run uses every row; naming one here would take rows away when it runs again.
  if (experiment.split || info->supervised())
    recorded.split = split_schema().write(split_schema().read(experiment.split.value_or(Json()), "split"));
  recorded.params = params;
  recorded.balance = balance.method == BalanceMethod::none ? Json() : balance_schema().write(balance);
  if (augmentation) recorded.augment = augmentation_schema().write(*augmentation);
  prepared->document = recorded.to_json();
  prepared->load_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return prepared;
}

std::vector<DataWarning> run_warnings(const PreparedRun& prepared) {
  const auto* info = find_algorithm(prepared.experiment.algorithm);
  const bool predicts = info && info->supervised() && prepared.problem.target;
  std::vector<std::string> columns;
  for (const auto& column : prepared.preparation.source_columns()) columns.push_back(column.name);
  const Split& split = prepared.problem.split;
  auto warnings = data_warnings(*prepared.dataset, &split, predicts ? &*prepared.problem.target : nullptr, columns);
  if (!prepared.experiment.evaluate_params().folds) return warnings;
  std::vector<std::int64_t> rows = split.train;
  rows.insert(rows.end(), split.validation.begin(), split.validation.end());
  std::sort(rows.begin(), rows.end());
  for (auto& warning : fold_warnings(*prepared.dataset, rows, columns)) warnings.push_back(std::move(warning));
  return warnings;
}

std::string run_title(const PreparedRun& prepared) {
  if (!prepared.experiment.name.empty()) return prepared.experiment.name;
  const auto* info = find_algorithm(prepared.experiment.algorithm);
  return (info ? info->label : prepared.experiment.algorithm) + " on " + prepared.dataset->name;
}

}  // namespace gb
