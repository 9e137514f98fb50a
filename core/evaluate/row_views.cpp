#include "core/evaluate/row_views.hpp"

#include <array>

#include "core/data/raw_rows.hpp"

namespace gb {

std::shared_ptr<const Chart> probabilities_view(const Target& target, std::int64_t row,
                                                std::span<const float> probabilities, std::int64_t step) {
  auto chart = std::make_shared<Chart>();
  chart->view = "probabilities";
  chart->title = "Class probabilities";
  chart->step = step;
  chart->part = "row " + std::to_string(row);
  chart->kind = Chart::Kind::bars;
  chart->x_label = target.name;
  chart->y_label = "probability";
  chart->names = target.classes;
  const auto at = static_cast<std::size_t>(row);
  const std::int32_t truth = at < target.codes.size() ? target.codes[at] : -1;
  Chart::Line others{truth < 0 ? "" : "other class", false, {}, {}}, right{"true class", false, {}, {}};
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    Chart::Line& line = static_cast<std::int32_t>(i) == truth ? right : others;
    line.x.push_back(static_cast<double>(i));
    line.y.push_back(static_cast<double>(probabilities[i]));
  }
  chart->lines.push_back(std::move(others));
  if (truth >= 0) chart->lines.push_back(std::move(right));
  return chart;
}

std::vector<Event> row_views(const Model& model, const ProblemSet& problem, std::int64_t row, std::int64_t step) {
  std::vector<Event> views;
  if (row < 0 || row >= problem.features.rows() || !model.no_rule().empty()) return views;
  if (problem.target && model.task() == Task::classification) {
    const Prediction prediction = model.predict(problem.features, std::array{row});
    if (prediction.probabilities.rows() == 1)
      views.push_back(probabilities_view(
          *problem.target, row,
          {prediction.probabilities.data(), static_cast<std::size_t>(prediction.probabilities.cols())}, step));
  }
  for (auto& maps : model.feature_maps(problem.features, row, step)) views.push_back(std::move(maps));
  return views;
}

std::vector<Event> row_views(const OnnxModel& model, const Dataset& dataset, std::int64_t row, std::int64_t step) {
  if (row < 0 || row >= static_cast<std::int64_t>(dataset.rows()) || !dataset.target_column()) return {};
  const Target target = make_target(dataset);
  const auto said = model.predict(raw_rows(dataset, std::array{row}));
  if (target.task != Task::classification || said.classes != target.classes || said.probabilities.rows() != 1)
    return {};
  return {probabilities_view(target, row,
                             {said.probabilities.data(), static_cast<std::size_t>(said.probabilities.cols())}, step)};
}

}  // namespace gb
