#include "core/run/learning_curve.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/algorithms/algorithm.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/views.hpp"
#include "core/run/cross_validation.hpp"
#include "core/run/refit.hpp"

namespace gb {
namespace {

constexpr std::uint64_t curve_stream = 0x6375727665;  // "curve"

constexpr std::size_t most_scored = 5000;  ///< training rows: what they cost is not to be seen beside the learning

std::optional<double> value_of(const Metrics& metrics, const std::string& name) {
  for (const auto& [known, value] : metrics)
    if (known == name) return value;
  return std::nullopt;
}

std::shared_ptr<const Chart> chart_of(const LearningCurve& curve, std::int64_t step) {
  auto chart = std::make_shared<Chart>();
  chart->view = "learning-curve";
  chart->title = "Learning curve";
  chart->step = step;
  chart->part = curve.folds > 0 ? "mean of " + std::to_string(curve.folds) + " folds" : "validation";
  chart->x_label = "Training rows";
  chart->y_label = curve.metric;
  Chart::Line train{"train", false, {}, {}}, held{curve.folds > 0 ? "held back" : "validation", false, {}, {}};
  for (const auto& point : curve.points) {
    train.x.push_back(static_cast<double>(point.rows));
    train.y.push_back(point.train);
    held.x.push_back(static_cast<double>(point.rows));
    held.y.push_back(point.held);
  }
  chart->lines = {std::move(train), std::move(held)};
  return chart;
}

/// One split, the rows it is scored on, and its training rows in the order in which they come.
struct Growth {
  Split split;
  std::vector<std::int64_t> order, held;
};

std::vector<Growth> growths_of(const PreparedRun& prepared, int folds, std::uint64_t seed) {
  std::vector<Growth> growths;
  const Target& target = *prepared.problem.target;
  if (folds == 0) {
    // As make_split() made it: a step of the preparation may have left training rows out, and will again.
    const Split& split = prepared.problem.split;
    growths.push_back({split, growing_order(target, split.train, seed), split.validation});
    return growths;
  }
  std::vector<Split> splits = validation_splits(prepared, seed);
  splits.resize(static_cast<std::size_t>(folds));
  for (Split& split : splits) {
    Growth growth{std::move(split), {}, {}};
    growth.order = growing_order(target, growth.split.train, seed);
    growth.held = growth.split.test;
    growths.push_back(std::move(growth));
  }
  return growths;
}

}  // namespace

Json LearningCurve::to_json() const {
  Json json{{"metric", metric}, {"folds", folds > 0 ? Json(folds) : Json()}};
  for (const char* list : {"rows", "train", "validation"}) json[list] = Json::array();
  for (const Point& point : points) {
    json["rows"].push_back(point.rows);
    json["train"].push_back(point.train);
    json["validation"].push_back(point.held);
  }
  return json;
}

std::vector<std::int64_t> growing_order(const Target& target, std::span<const std::int64_t> rows, std::uint64_t seed) {
  std::vector<std::int64_t> drawn(rows.begin(), rows.end());
  Random random(seed, curve_stream);
  random.shuffle(std::span(drawn));
  if (target.task != Task::classification) return drawn;
  const auto code_of = [&](std::int64_t row) {
    return static_cast<std::size_t>(target.codes[static_cast<std::size_t>(row)] + 1);
  };
  std::vector<double> sizes(target.classes.size() + 1), met(target.classes.size() + 1);
  for (const std::int64_t row : drawn) ++sizes[code_of(row)];
  // The n-th row of a class comes where its share of the rows is due.
  std::vector<std::pair<double, std::int64_t>> due;
  for (const std::int64_t row : drawn) {
    const std::size_t code = code_of(row);
    due.emplace_back((met[code] + 0.5) / sizes[code], row);
    ++met[code];
  }
  std::stable_sort(due.begin(), due.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < due.size(); ++i) drawn[i] = due[i].second;
  return drawn;
}

std::optional<LearningCurve> learning_curve(const PreparedRun& prepared, RunContext& context) {
  const EvaluateParams params = prepared.experiment.evaluate_params();
  if (!params.learning_curve) return std::nullopt;
  const AlgorithmInfo& info = *find_algorithm(prepared.experiment.algorithm);
  const int points = *params.learning_curve;
  LearningCurve curve;
  curve.folds = params.folds.value_or(0);
  const std::int64_t step = context.steps_begun();
  const auto growths = growths_of(prepared, curve.folds, context.seed());
  for (int i = 1; i <= points && !context.stopped(); ++i) {
    LearningCurve::Point point;
    double rows = 0;
    std::string too_few;
    for (const Growth& growth : growths) {
      const auto count = static_cast<std::size_t>(
          std::llround(static_cast<double>(growth.order.size()) * static_cast<double>(i) / points));
      Split split;
      split.train.assign(growth.order.begin(), growth.order.begin() + static_cast<std::ptrdiff_t>(count));
      std::sort(split.train.begin(), split.train.end());
      split.validation = growth.split.validation;
      split.test = growth.held;
      Refit made;
      try {
        if (split.train.empty()) throw DataError("There is no row to learn from");
        made = refit(prepared, split, context);
      } catch (const Error& error) {
        // A small share may hold too little to learn from; all of the rows did not.
        if (i == points || context.stopped()) throw;
        too_few = error.what();
        break;
      }
      if (!made.model) return curve.points.size() > 1 ? std::optional(curve) : std::nullopt;
      const auto learnt = evenly_drawn(made.problem.split.train, most_scored);
      const auto on_train = evaluate(made.problem, made.model->predict(made.problem.features, learnt), learnt);
      const auto on_held = evaluate(made.problem, made.model->predict(made.problem.features, growth.held), growth.held);
      // Every task has its own; the first one that is told is what its tables show first.
      if (curve.metric.empty() && !on_held.empty())
        curve.metric = value_of(on_held, info.headline) ? info.headline : on_held.front().first;
      const double share = 1 / static_cast<double>(growths.size());
      rows += static_cast<double>(count) * share;
      point.train += value_of(on_train, curve.metric).value_or(std::nan("")) * share;
      point.held += value_of(on_held, curve.metric).value_or(std::nan("")) * share;
    }
    const std::string head = "Learning curve, point " + std::to_string(i) + " of " + std::to_string(points);
    if (!too_few.empty()) {
      context.publish(Text{"this-step", step, head + " is left out: " + too_few + "."});
      continue;
    }
    if (!std::isfinite(point.train) || !std::isfinite(point.held)) continue;
    point.rows = std::llround(rows);
    curve.points.push_back(point);
    context.publish(
        Text{"this-step", step,
             head + ": " + curve.metric + " " + short_number(point.held) + " from " + grouped(point.rows) + " rows."});
    context.publish(chart_of(curve, step));
  }
  return curve.points.size() > 1 ? std::optional(curve) : std::nullopt;
}

}  // namespace gb
