#include "core/evaluate/model_views.hpp"

#include <numeric>
#include <optional>
#include <utility>

namespace gb {
namespace {

constexpr std::size_t most_rows = 2000;
constexpr std::size_t most_points = 20000;

}  // namespace

ModelViews::ModelViews(const ProblemSet& problem, RunContext& context)
    : problem_(problem), context_(context), part_(problem.split.validation.empty() ? "train" : "validation") {
  const auto& all = problem.split.validation.empty() ? problem.split.train : problem.split.validation;
  rows_ = evenly_drawn(own_rows(problem, all), most_rows);
  if (problem.target->task == Task::classification)
    plane_ = std::make_unique<PlaneView>(problem, problem.split.train, most_points);
}

void ModelViews::show(std::int64_t step, bool last, const std::function<std::shared_ptr<const Model>()>& make) {
  std::shared_ptr<const Model> model;
  const auto ask = [&]() -> const Model& {
    if (!model) model = make();
    return *model;
  };
  std::optional<Prediction> prediction;
  const auto predicted = [&]() -> const Prediction& {
    if (!prediction) prediction = ask().predict(problem_.features, rows_);
    return *prediction;
  };
  if (problem_.target->task != Task::classification) {
    context_.watch(
        "fit", [&]() -> Event { return fit_view(problem_, rows_, predicted().values, step, part_); }, last);
    return;
  }
  context_.watch(
      "border", [&] { return border(step, ask()); }, last);
  context_.watch(
      "confusion", [&]() -> Event { return confusion_view(problem_, rows_, predicted().labels, step, part_); }, last);
  if (problem_.is_images())
    context_.watch(
        "mistakes", [&]() -> Event { return mistakes_view(problem_, rows_, predicted().probabilities, step); }, last);
}

Event ModelViews::border(std::int64_t step, const Model& model) const {
  constexpr int cells = 96;
  MatrixF grid = plane_->grid(cells, cells);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(grid.rows()));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  const Prediction prediction = model.predict(Features(std::move(grid)), rows);
  auto points =
      std::make_shared<Points>(*plane_->border(*problem_.target, cells, cells, prediction.probabilities, step));
  if (add_to_border_) add_to_border_(*points);
  return std::shared_ptr<const Points>(std::move(points));
}

}  // namespace gb
