#include "core/evaluate/network_views.hpp"

#include <numeric>

#include "core/model/network_model.hpp"

namespace gb {

NetworkViews::NetworkViews(const Network& network, const ProblemSet& problem, const TargetScale& scale,
                           RunContext& context)
    : network_(network), problem_(problem), scale_(scale), context_(context) {
  const bool shows_plane =
      !problem.is_images() && problem.features.columns() == 2 && problem.target->task == Task::classification;
  if (shows_plane) plane_ = std::make_unique<PlaneView>(problem, problem.split.train, std::size_t{100000});
}

void NetworkViews::show(std::int64_t step, bool last, const Storage& parameters, const MatrixF& validation) {
  if (problem_.target->task == Task::classification) {
    if (plane_)
      context_.watch(
          "border", [&] { return border(step, parameters); }, last);
    if (validation.rows() == 0) return;
    context_.watch(
        "confusion", [&] { return confusion(step, validation); }, last);
    if (problem_.is_images())
      context_.watch(
          "mistakes", [&]() -> Event { return mistakes_view(problem_, problem_.split.validation, validation, step); },
          last);
  } else if (validation.rows() > 0) {
    context_.watch(
        "fit", [&] { return fit(step, validation); }, last);
  }
}

Event NetworkViews::border(std::int64_t step, const Storage& parameters) const {
  constexpr int cells = 96;
  const MatrixF grid = plane_->grid(cells, cells);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(grid.rows()));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  const MatrixF scores = network_outputs(network_, parameters, Features(grid), rows, true);
  return plane_->border(*problem_.target, cells, cells, scores, step);
}

Event NetworkViews::confusion(std::int64_t step, const MatrixF& validation) const {
  return confusion_view(problem_, problem_.split.validation, best_classes(validation), step, "validation");
}

Event NetworkViews::fit(std::int64_t step, const MatrixF& validation) const {
  std::vector<float> values;
  for (Eigen::Index i = 0; i < validation.rows(); ++i)
    values.push_back(static_cast<float>(scale_.unscaled(static_cast<double>(validation(i, 0)))));
  return fit_view(problem_, problem_.split.validation, values, step, "validation");
}

}  // namespace gb
