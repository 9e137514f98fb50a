#include <algorithm>
#include <cmath>
#include <memory>

#include "core/algorithms/algorithm.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/model_views.hpp"
#include "core/model/neighbors_model.hpp"
#include "core/params/schema.hpp"

namespace gb {
namespace {

using Weights = NeighborsModel::Weights;
using Metric = RowMetric::Kind;
using Search = NearestRows::Search;

struct KnnParams {
  int neighbors = 5;
  Weights weights = Weights::uniform;
  Metric metric = Metric::euclidean;
  double p = 3;
  Search algorithm = Search::automatic;
};

const Schema<KnnParams>& schema() {
  static const auto s =
      Schema<KnnParams>{}
          .add(&KnnParams::neighbors, {.name = "neighbors",
                                       .label = "Neighbours",
                                       .help = "How many of the nearest training rows are asked. Few follow every "
                                               "detail, many make smooth borders.",
                                       .valid = {1, 1e6},
                                       .search = {1, 50},
                                       .scale = Scale::log})
          .add(&KnnParams::weights, {.name = "weights",
                                     .label = "Votes",
                                     .help = "How much each neighbour counts.",
                                     .choices = {{"uniform", "Equal", "Every neighbour counts the same."},
                                                 {"distance", "By nearness", "Twice as near counts twice as much."}}})
          .add(&KnnParams::metric,
               {.name = "metric",
                .label = "Distance",
                .help = "What near means.",
                .choices = {{"euclidean", "Euclidean", "The straight line."},
                            {"manhattan", "Manhattan",
                             "The sum of the differences: less impressed by a single large "
                             "one."},
                            {"cosine", "Cosine", "The angle: how long rows are does not matter. Suits texts."},
                            {"minkowski", "Minkowski", "The p-th root of the sum of the p-th powers."}}})
          .add(&KnnParams::p, {.name = "p",
                               .label = "Power p",
                               .help = "1 is Manhattan, 2 is Euclidean; the larger, the more the largest difference "
                                       "counts.",
                               .valid = {1, 100},
                               .search = {1, 10},
                               .enabled_by = EnabledBy{"metric", {"minkowski"}}})
          .add(&KnnParams::algorithm,
               {.name = "algorithm",
                .label = "Search",
                .help = "How neighbours are found; the answers are the same.",
                .choices = {{"auto", "Automatic", "The tree where there are few features."},
                            {"brute", "Compare with all", "Distances from all rows by matrix products."},
                            {"kd_tree", "Tree", "Leaves out regions that are too far away. Not for cosine."}},
                .advanced = true});
  return s;
}

std::unique_ptr<NeighborsModel> make_model(const ProblemSet& problem, const KnnParams& params,
                                           std::span<const std::int64_t> rows) {
  // More neighbours than rows: a run that was stopped early has all the rows there are.
  const int neighbors = std::min(params.neighbors, static_cast<int>(rows.size()));
  return std::make_unique<NeighborsModel>(problem.features, rows, *problem.target, neighbors, params.weights,
                                          RowMetric{params.metric, params.p}, params.algorithm);
}

/// The row among those shown whose neighbours agree least, with rings around them.
class DoubtfulRow {
 public:
  DoubtfulRow(const ProblemSet& problem, const NeighborsModel& model, const PlaneView& plane) : plane_(plane) {
    const auto& others = problem.split.validation;
    if (others.empty()) return;
    const auto asked = std::span(others).first(std::min<std::size_t>(others.size(), 200));
    const MatrixF probabilities = model.predict(problem.features, asked).probabilities;
    Eigen::Index doubtful = 0;
    float least = 2;
    for (Eigen::Index i = 0; i < probabilities.rows(); ++i)
      if (const float most = probabilities.row(i).maxCoeff(); most < least) {
        least = most;
        doubtful = i;
      }
    row_ = asked[static_cast<std::size_t>(doubtful)];
    std::vector<Neighbor> nearest(static_cast<std::size_t>(model.neighbors()));
    model.stored().find(problem.features, std::span(&row_, 1), model.neighbors(), nearest.data());
    for (const Neighbor& neighbor : nearest)
      neighbors_.push_back(problem.split.train[static_cast<std::size_t>(neighbor.row)]);
    values_ = problem.features.dense(std::span(&row_, 1));
    neighbor_values_ = problem.features.dense(neighbors_);
    std::vector<int> votes(problem.target->classes.size());
    for (const std::int64_t row : neighbors_)
      ++votes[static_cast<std::size_t>(problem.target->codes[static_cast<std::size_t>(row)])];
    for (std::size_t k = 0; k < votes.size(); ++k)
      if (votes[k] > 0)
        text_ += (text_.empty() ? "" : ", ") + std::to_string(votes[k]) + " of " + problem.target->classes[k];
    text_ = " Least sure of row " + std::to_string(row_ + 1) + ": its neighbours are " + text_ + ".";
  }

  const std::string& text() const { return text_; }

  void mark(Points& points) const {
    if (neighbors_.empty()) return;
    points.marked.assign(points.rows->size(), 0);
    for (std::size_t i = 0; i < points.rows->size(); ++i)
      points.marked[i] = std::find(neighbors_.begin(), neighbors_.end(), (*points.rows)[i]) != neighbors_.end();
    const auto from = plane_.project(values_), to = plane_.project(neighbor_values_);
    points.centers = from;
    for (std::size_t i = 0; i + 1 < to.size(); i += 2)
      points.outlines.push_back({-1, false, {from[0], from[1], to[i], to[i + 1]}});
  }

 private:
  const PlaneView& plane_;
  std::int64_t row_ = -1;
  std::vector<std::int64_t> neighbors_;
  MatrixF values_, neighbor_values_;
  std::string text_;
};

/// What can be seen where a border would take minutes: it has thousands of cells, each as dear as a prediction.
void show_predictions(const ProblemSet& problem, const NeighborsModel& model, RunContext& context, std::int64_t step) {
  const bool validates = !problem.split.validation.empty();
  const auto all = own_rows(problem, validates ? problem.split.validation : problem.split.train);
  const auto rows = std::span(all).first(std::min<std::size_t>(all.size(), 500));
  const Prediction prediction = model.predict(problem.features, rows);
  const std::string part = validates ? "validation" : "train";
  if (problem.target->task == Task::regression) {
    context.watch(
        "fit", [&]() -> Event { return fit_view(problem, rows, prediction.values, step, part); }, true);
    return;
  }
  context.watch(
      "confusion", [&]() -> Event { return confusion_view(problem, rows, prediction.labels, step, part); }, true);
  if (problem.is_images())
    context.watch(
        "mistakes", [&]() -> Event { return mistakes_view(problem, rows, prediction.probabilities, step); }, true);
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& given, RunContext& context) {
  const KnnParams params = schema().read(given, "algorithm.params");
  const std::span<const std::int64_t> rows = problem.split.train;
  std::int64_t step = context.resume_from() ? context.resume_from()->step : 0;
  context.on_save([](std::int64_t) { return State(); });
  // Stopped before anything was stored: few rows answer as well as they can.
  if (step == 0 && !context.step(0))
    return make_model(problem, params, rows.first(std::min<std::size_t>(rows.size(), 100)));
  auto model = make_model(problem, params, rows);
  step = 1;
  // Products of a border's cells with all rows, a few seconds at most.
  constexpr double most_products = 2e11, cells = 96 * 96;
  const bool cheap =
      model->stored().uses_tree() ||
      cells * static_cast<double>(rows.size()) * static_cast<double>(problem.features.columns()) < most_products;
  std::unique_ptr<ModelViews> views;
  std::unique_ptr<DoubtfulRow> doubtful;
  if (cheap) {
    views = std::make_unique<ModelViews>(problem, context);
    if (views->plane()) {
      doubtful = std::make_unique<DoubtfulRow>(problem, *model, *views->plane());
      views->on_border([&](Points& points) { doubtful->mark(points); });
    }
  }
  context.watch(
      "this-step",
      [&]() -> Event {
        const std::string how = model->stored().uses_tree() ? "in a tree"
                                : model->stored().stores_bytes()
                                    ? "as bytes, to be compared by products of whole numbers"
                                    : "as they are";
        return Text{"this-step", step,
                    "Stored " + grouped(static_cast<std::int64_t>(rows.size())) + " rows " + how +
                        "; learning is nothing else here." + (doubtful ? doubtful->text() : std::string())};
      },
      true);
  context.watch(
      "progress",
      [&]() -> Event {
        return Progress{step, step, 0, "rows"};
      },
      true);
  if (context.poll()) return model;
  if (views)
    views->show(step, true, [&]() -> std::shared_ptr<const Model> { return {std::shared_ptr<void>(), model.get()}; });
  else
    show_predictions(problem, *model, context, step);
  return model;
}

void check(const ProblemSet& problem, const Json& given) {
  const KnnParams params = schema().read(given, "algorithm.params");
  const auto rows = problem.split.train.size();
  if (static_cast<std::size_t>(params.neighbors) > rows)
    throw ParamError("neighbors is " + std::to_string(params.neighbors) + ", but there are only " +
                         std::to_string(rows) + " training rows",
                     "algorithm.params.neighbors", "a whole number from 1 to " + std::to_string(rows));
  if (params.metric == Metric::cosine && params.algorithm == Search::tree)
    throw ParamError("algorithm is kd_tree, but a tree cannot search by angles", "algorithm.params.algorithm",
                     "auto or brute where metric is cosine");
  require_finite(problem);
}

}  // namespace

AlgorithmInfo knn_algorithm() {
  AlgorithmInfo info;
  info.id = "knn";
  info.label = "k nearest neighbours";
  info.family = "Neighbours";
  info.help =
      "Keeps all training rows and answers with what the k nearest of them say: the most frequent class, or the mean "
      "value. Nothing is assumed about the shape of borders; columns should have similar sizes.";
  info.citation =
      "T. Cover, P. Hart (1967), Nearest neighbor pattern classification. J. L. Bentley (1975), Multidimensional "
      "binary "
      "search trees used for associative searching.";
  info.tasks = {Task::classification, Task::regression};
  info.params = schema().specs();
  info.headline = "accuracy";
  info.check = check;
  info.fit = fit;
  info.table_step = "standardize";
  return info;
}

}  // namespace gb
