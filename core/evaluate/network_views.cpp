#include "core/evaluate/network_views.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/evaluate/row_views.hpp"
#include "core/model/feature_maps.hpp"
#include "core/model/network_model.hpp"

namespace gb {

NetworkViews::NetworkViews(const Network& network, const Storage& learning, const ProblemSet& problem,
                           const TargetScale& scale, RunContext& context)
    : network_(network), learning_(learning), problem_(problem), scale_(scale), context_(context) {
  context_.on_look([this](std::int64_t row, std::int64_t step) { return look(row, step); });
  const bool shows_plane =
      !problem.is_images() && problem.features.columns() == 2 && problem.target->task == Task::classification;
  if (shows_plane) plane_ = std::make_unique<PlaneView>(problem, problem.split.train, std::size_t{100000});
}

NetworkViews::~NetworkViews() {
  context_.on_look({});
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

std::vector<Event> NetworkViews::look(std::int64_t row, std::int64_t step) {
  std::vector<Event> views;
  if (row < 0 || row >= problem_.features.rows()) return views;
  if (!probe_) probe_.emplace(network_, learning_, 1, mapped_layers(network_));
  problem_.features.gather(std::array{row}, probe_->input().data());
  probe_->run();
  if (problem_.target->task == Task::classification) {
    std::vector<float> chances(probe_->answer().begin(), probe_->answer().end());
    const float largest = *std::max_element(chances.begin(), chances.end());
    double sum = 0;
    for (float& chance : chances) sum += static_cast<double>(chance = std::exp(chance - largest));
    for (float& chance : chances) chance = static_cast<float>(static_cast<double>(chance) / sum);
    views.push_back(probabilities_view(*problem_.target, row, chances, step));
  }
  for (auto& maps : feature_map_views(*probe_, step)) views.push_back(std::move(maps));
  return views;
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
