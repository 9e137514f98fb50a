#include "core/evaluate/importance.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/random.hpp"

namespace gb {
namespace {

constexpr std::size_t most_rows = 1000;

/// Accuracy or r2 of predictions for these rows.
double score(const ProblemSet& problem, const Prediction& prediction, std::span<const std::int64_t> rows) {
  const Target& target = *problem.target;
  if (prediction.task == Task::classification) {
    std::size_t right = 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
      right += prediction.labels[i] == target.codes[static_cast<std::size_t>(rows[i])];
    return static_cast<double>(right) / static_cast<double>(rows.size());
  }
  double mean = 0, spread = 0, squares = 0;
  for (const std::int64_t row : rows) mean += static_cast<double>(target.values[static_cast<std::size_t>(row)]);
  mean /= static_cast<double>(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto truth = static_cast<double>(target.values[static_cast<std::size_t>(rows[i])]);
    const double miss = truth - static_cast<double>(prediction.values[i]);
    spread += (truth - mean) * (truth - mean);
    squares += miss * miss;
  }
  return spread > 0 ? 1 - squares / spread : 0;
}

std::shared_ptr<const Images> pixel_map(const ProblemSet& problem, std::span<const double> importances,
                                        std::int64_t step) {
  auto map = std::make_shared<Images>();
  map->view = "importance";
  map->title = "Importance of each pixel";
  map->step = step;
  map->count = 1;
  map->height = static_cast<int>(problem.height);
  map->width = static_cast<int>(problem.width);
  const std::size_t pixels = problem.height * problem.width;
  std::vector<double> sums(pixels);
  for (std::size_t i = 0; i < importances.size(); ++i) sums[i % pixels] += importances[i];
  const double most = *std::max_element(sums.begin(), sums.end());
  for (const double sum : sums)
    map->pixels.push_back(static_cast<std::uint8_t>(std::lround(most > 0 ? 255 * std::max(0.0, sum) / most : 0)));
  map->captions = {"brighter: more important"};
  return map;
}

std::shared_ptr<Chart> bars(const ProblemSet& problem, std::span<const std::size_t> features) {
  auto chart = std::make_shared<Chart>();
  chart->kind = Chart::Kind::bars;
  chart->x_label = "Feature";
  for (const std::size_t feature : features) chart->names.push_back(feature_name(problem, feature));
  chart->lines.emplace_back();
  for (std::size_t i = 0; i < features.size(); ++i) chart->lines[0].x.push_back(static_cast<double>(i));
  return chart;
}

}  // namespace

std::string feature_name(const ProblemSet& problem, std::size_t feature) {
  if (feature < problem.feature_names.size() && !problem.is_images()) return problem.feature_names[feature];
  if (!problem.is_images()) return "feature " + std::to_string(feature + 1);
  const std::size_t pixels = problem.height * problem.width, pixel = feature % pixels;
  std::string name =
      "pixel (" + std::to_string(pixel / problem.width + 1) + ", " + std::to_string(pixel % problem.width + 1) + ")";
  if (problem.channels > 1) name += " of channel " + std::to_string(feature / pixels + 1);
  return name;
}

std::vector<std::size_t> most_important(std::span<const double> importances, std::size_t most) {
  std::vector<std::size_t> order(importances.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return importances[a] > importances[b]; });
  if (order.size() > most) order.resize(most);
  return order;
}

Event importance_view(const ProblemSet& problem, std::span<const double> importances, std::int64_t step) {
  if (problem.is_images()) return pixel_map(problem, importances, step);
  const auto features = most_important(importances);
  auto chart = bars(problem, features);
  chart->view = "importance";
  chart->title = "Importance of the features";
  chart->step = step;
  chart->y_label = "Share of the impurity removed";
  chart->lines[0].name = "importance";
  for (const std::size_t feature : features) chart->lines[0].y.push_back(importances[feature]);
  return std::shared_ptr<const Chart>(std::move(chart));
}

std::vector<double> permutation_importance(const Model& model, const ProblemSet& problem,
                                           std::span<const std::size_t> features, int repeats, std::uint64_t seed,
                                           const std::function<bool()>& stop) {
  const auto all = own_rows(problem, problem.split.validation.empty() ? problem.split.train : problem.split.validation);
  std::vector<std::int64_t> rows(std::min(all.size(), most_rows)), places(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = all[i * all.size() / rows.size()];
  std::iota(places.begin(), places.end(), std::int64_t{0});
  const MatrixF values = problem.features.dense(rows);
  const double whole = score(problem, model.predict(Features(values), places), rows);
  std::vector<double> losses;
  std::vector<std::int64_t> order = places;
  for (const std::size_t feature : features) {
    Random random(seed, feature);
    double lost = 0;
    for (int repeat = 0; repeat < repeats; ++repeat) {
      if (stop()) return {};
      random.shuffle(std::span(order));
      MatrixF shuffled = values;
      const auto column = static_cast<Eigen::Index>(feature);
      for (std::size_t i = 0; i < order.size(); ++i)
        shuffled(static_cast<Eigen::Index>(i), column) = values(order[i], column);
      lost += whole - score(problem, model.predict(Features(std::move(shuffled)), places), rows);
    }
    losses.push_back(lost / repeats);
  }
  return losses;
}

std::shared_ptr<const Chart> permutation_view(const ProblemSet& problem, std::span<const std::size_t> features,
                                              std::span<const double> losses, std::int64_t step) {
  std::vector<std::size_t> order(features.size()), sorted;
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return losses[a] > losses[b]; });
  for (const std::size_t i : order) sorted.push_back(features[i]);
  auto chart = bars(problem, sorted);
  chart->view = "permutation-importance";
  chart->title = "What shuffling a feature costs";
  chart->step = step;
  chart->part = problem.split.validation.empty() ? "train" : "validation";
  const bool classes = problem.target->task == Task::classification;
  chart->y_label = classes ? "Accuracy lost" : "r2 lost";
  chart->lines[0].name = classes ? "accuracy lost" : "r2 lost";
  for (const std::size_t i : order) chart->lines[0].y.push_back(losses[i]);
  return chart;
}

}  // namespace gb
