#include "core/evaluate/network_views.hpp"

#include <algorithm>
#include <numeric>

#include "core/model/network_model.hpp"

namespace gb {
namespace {

std::vector<std::int32_t> best_classes(const MatrixF& probabilities) {
  std::vector<std::int32_t> labels;
  for (Eigen::Index row = 0; row < probabilities.rows(); ++row) {
    Eigen::Index best = 0;
    probabilities.row(row).maxCoeff(&best);
    labels.push_back(static_cast<std::int32_t>(best));
  }
  return labels;
}

}  // namespace

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
          "mistakes", [&] { return mistakes(step, validation); }, last);
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
  std::vector<std::int32_t> groups(rows.size());
  std::vector<float> certainty(rows.size());
  const auto classes = static_cast<float>(scores.cols());
  for (Eigen::Index i = 0; i < scores.rows(); ++i) {
    Eigen::Index best = 0;
    const float top = scores.row(i).maxCoeff(&best);
    groups[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(best);
    certainty[static_cast<std::size_t>(i)] = (top - 1 / classes) / (1 - 1 / classes);
  }
  auto points = std::make_shared<Points>(plane_->points());
  points->view = "border";
  points->title = "Decision border";
  points->step = step;
  for (const auto row : *points->rows) points->group.push_back(problem_.target->codes[static_cast<std::size_t>(row)]);
  points->group_names = problem_.target->classes;
  points->region = plane_->region(cells, cells, groups, certainty);
  return std::shared_ptr<const Points>(points);
}

Event NetworkViews::confusion(std::int64_t step, const MatrixF& validation) const {
  return confusion_view(problem_, problem_.split.validation, best_classes(validation), step, "validation");
}

/// The validation images on which the network is most wrong.
Event NetworkViews::mistakes(std::int64_t step, const MatrixF& validation) const {
  constexpr std::size_t most = 24;
  const auto& rows = problem_.split.validation;
  const auto& codes = problem_.target->codes;
  const auto labels = best_classes(validation);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (labels[i] != codes[static_cast<std::size_t>(rows[i])]) order.push_back(i);
  const auto belief = [&](std::size_t i) {
    return validation(static_cast<Eigen::Index>(i), codes[static_cast<std::size_t>(rows[i])]);
  };
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return belief(a) != belief(b) ? belief(a) < belief(b) : a < b; });
  if (order.size() > most) order.resize(most);
  auto images = std::make_shared<Images>();
  images->view = "mistakes";
  images->title = "Worst mistakes";
  images->step = step;
  images->count = static_cast<int>(order.size());
  images->channels = static_cast<int>(problem_.channels);
  images->height = static_cast<int>(problem_.height);
  images->width = static_cast<int>(problem_.width);
  const auto pixels = static_cast<std::size_t>(problem_.features.columns());
  for (const std::size_t i : order) {
    const auto* image = problem_.features.bytes() + static_cast<std::size_t>(rows[i]) * pixels;
    images->pixels.insert(images->pixels.end(), image, image + pixels);
    images->rows.push_back(rows[i]);
    const auto& classes = problem_.target->classes;
    images->captions.push_back(classes[static_cast<std::size_t>(codes[static_cast<std::size_t>(rows[i])])] +
                               " \u2192 " + classes[static_cast<std::size_t>(labels[i])]);
  }
  return std::shared_ptr<const Images>(images);
}

/// Predicted against true values of the validation rows.
Event NetworkViews::fit(std::int64_t step, const MatrixF& validation) const {
  const auto& rows = problem_.split.validation;
  auto xy = std::make_shared<std::vector<float>>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    xy->push_back(problem_.target->values[static_cast<std::size_t>(rows[i])]);
    xy->push_back(
        static_cast<float>(scale_.unscaled(static_cast<double>(validation(static_cast<Eigen::Index>(i), 0)))));
  }
  auto points = std::make_shared<Points>();
  points->view = "fit";
  points->title = "Predicted against true";
  points->step = step;
  points->x_label = problem_.target->name;
  points->y_label = "predicted";
  points->xy = xy;
  points->rows = std::make_shared<const std::vector<std::int64_t>>(rows);
  points->group.assign(rows.size(), 0);
  points->group_names = {"validation"};
  return std::shared_ptr<const Points>(points);
}

}  // namespace gb
