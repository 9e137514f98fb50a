#include "core/run/cross_validation.hpp"

#include <algorithm>
#include <cstdint>

#include "core/algorithms/algorithm.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/data/folds.hpp"
#include "core/run/refit.hpp"

namespace gb {
namespace {

/// Names the splits: scores of runs over the same ones can be paired.
std::string hash_of(const std::vector<Split>& splits) {
  Sha256 hash;
  for (const Split& split : splits) {
    const std::uint64_t count = split.test.size();
    hash.add(&count, sizeof count);
    hash.add(split.test.data(), count * sizeof(split.test[0]));
  }
  return hash.hex();
}

/// The metrics that every split has: one that is undefined in some (areas without a row of a class) has no mean, and
/// its scores could not be paired.
std::vector<std::string> metrics_of(const CrossValidation& found) {
  std::vector<std::string> names;
  if (found.splits.empty()) return names;
  for (const auto& [name, value] : found.splits.front()) {
    const auto has = [&](const Metrics& metrics) {
      return std::any_of(metrics.begin(), metrics.end(), [&](const auto& each) { return each.first == name; });
    };
    if (std::all_of(found.splits.begin(), found.splits.end(), has)) names.push_back(name);
  }
  return names;
}

std::vector<double> scores_of(const CrossValidation& found, const std::string& metric) {
  std::vector<double> scores;
  for (const Metrics& metrics : found.splits)
    for (const auto& [name, value] : metrics)
      if (name == metric) scores.push_back(value);
  return scores;
}

std::shared_ptr<const Table> table_of(const CrossValidation& found, std::int64_t step) {
  auto table = std::make_shared<Table>();
  table->view = "cross-validation";
  table->title = "Cross-validation";
  table->step = step;
  table->columns = {"Metric", "Mean", "95 % from", "to", "Deviation"};
  for (const std::string& metric : metrics_of(found)) {
    const MeanScore score = found.score(metric);
    table->rows.push_back({metric, short_number(score.mean), short_number(score.interval.low),
                           short_number(score.interval.high), short_number(score.deviation)});
  }
  return table;
}

}  // namespace

MeanScore CrossValidation::score(const std::string& metric) const {
  return mean_score(scores_of(*this, metric), static_cast<double>(test_rows), static_cast<double>(training_rows));
}

Json CrossValidation::to_json() const {
  Json json{{"folds", folds},
            {"repeats", repeats},
            {"splits_sha256", splits_sha256},
            {"test_rows", test_rows},
            {"training_rows", training_rows}};
  json["scores"] = Json::object();
  json["mean"] = Json::object();
  json["interval"] = Json::object();
  for (const std::string& metric : metrics_of(*this)) {
    const auto scores = scores_of(*this, metric);
    const MeanScore mean = score(metric);
    json["scores"][metric] = scores;
    json["mean"][metric] = mean.mean;
    json["interval"][metric] = {mean.interval.low, mean.interval.high};
  }
  return json;
}

std::vector<Split> validation_splits(const PreparedRun& prepared, std::uint64_t seed) {
  const EvaluateParams params = prepared.experiment.evaluate_params();
  const ProblemSet& whole = prepared.problem;
  std::vector<std::int64_t> rows = whole.split.train;
  rows.insert(rows.end(), whole.split.validation.begin(), whole.split.validation.end());
  const double validation =
      static_cast<double>(whole.split.validation.size()) / static_cast<double>(std::max<std::size_t>(rows.size(), 1));
  const bool stratified = split_schema().read(prepared.experiment.split.value_or(Json::object()), "split").stratified;
  return fold_splits(*whole.target, std::move(rows), *params.folds, params.repeats, validation, stratified, seed);
}

std::optional<CrossValidation> cross_validate(const PreparedRun& prepared, RunContext& context) {
  const EvaluateParams params = prepared.experiment.evaluate_params();
  if (!params.folds) return std::nullopt;
  const AlgorithmInfo& info = *find_algorithm(prepared.experiment.algorithm);
  const auto splits = validation_splits(prepared, context.seed());
  CrossValidation found;
  found.folds = *params.folds;
  found.repeats = params.repeats;
  found.splits_sha256 = hash_of(splits);
  const std::int64_t step = context.steps_begun();
  for (std::size_t i = 0; i < splits.size() && !context.stopped(); ++i) {
    const auto [problem, model] = refit(prepared, splits[i], context);
    if (!model) break;
    found.test_rows = static_cast<std::int64_t>(problem.split.test.size());
    found.training_rows = static_cast<std::int64_t>(problem.split.train.size() + problem.split.validation.size());
    found.splits.push_back(evaluate(problem, model->predict(problem.features, problem.split.test), problem.split.test));
    const auto& last = found.splits.back();
    const auto headline =
        std::find_if(last.begin(), last.end(), [&](const auto& each) { return each.first == info.headline; });
    std::string sentence = "Cross-validation, split " + std::to_string(i + 1) + " of " + std::to_string(splits.size());
    if (headline != last.end()) sentence += ": " + headline->first + " " + short_number(headline->second);
    context.publish(Text{"this-step", step, sentence + "."});
    context.publish(table_of(found, step));
  }
  if (found.splits.size() < 2) return std::nullopt;
  return found;
}

std::string Comparison::sentence() const {
  const std::string size = difference.mean == 0  ? "no difference"
                           : difference.mean > 0 ? short_number(difference.mean) + " more"
                                                 : short_number(-difference.mean) + " less";
  std::string text = metric + ": " + size + " (" + short_number(difference.interval.low) + " to " +
                     short_number(difference.interval.high) + " with 95 % confidence): this is ";
  return text + (difference.is_evident() ? "evidence of a difference." : "no evidence of a difference.");
}

std::vector<Comparison> compare_runs(const Json& first_result, const Json& second_result,
                                     const std::string& first_fingerprint, const std::string& second_fingerprint) {
  const auto validated = [](const Json& result) -> Json {
    return result.is_object() ? result.value("cross_validation", Json()) : Json();
  };
  const Json first = validated(first_result), second = validated(second_result);
  if (!first.is_object() || !second.is_object() || first_fingerprint != second_fingerprint) return {};
  for (const char* field : {"splits_sha256", "test_rows", "training_rows"})
    if (first.value(field, Json()) != second.value(field, Json())) return {};
  std::vector<Comparison> comparisons;
  for (const auto& [metric, scores] : first["scores"].items()) {
    if (!second["scores"].contains(metric)) continue;
    const auto a = scores.get<std::vector<double>>(), b = second["scores"][metric].get<std::vector<double>>();
    if (a.size() != b.size()) continue;
    comparisons.push_back(
        {metric, paired_difference(a, b, first["test_rows"].get<double>(), first["training_rows"].get<double>())});
  }
  return comparisons;
}

}  // namespace gb
