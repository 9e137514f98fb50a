#include "core/evaluate/cluster_views.hpp"

#include <algorithm>
#include <cmath>

#include "core/model/centers_model.hpp"

namespace gb {

ClusterViews::ClusterViews(const ProblemSet& problem) : problem_(problem), plane_(problem, problem.split.train) {
  // The plane's rows are some of the training rows, in their order.
  const auto& train = problem.split.train;
  std::size_t place = 0;
  for (const std::int64_t row : *plane_.rows()) {
    while (train[place] != row) ++place;
    places_.push_back(place++);
  }
}

std::shared_ptr<Points> ClusterViews::rows(std::int64_t step, std::span<const std::int32_t> labels,
                                           std::size_t clusters) const {
  auto points = std::make_shared<Points>(plane_.points());
  points->view = "clusters";
  points->title = "Clusters";
  points->step = step;
  points->group.reserve(places_.size());
  for (const std::size_t place : places_) points->group.push_back(labels[place]);
  for (std::size_t i = 0; i < clusters; ++i) points->group_names.push_back("Cluster " + std::to_string(i));
  return points;
}

std::shared_ptr<const Points> ClusterViews::points(std::int64_t step, const MatrixF& centers,
                                                   std::span<const std::int32_t> labels) const {
  auto points = rows(step, labels, static_cast<std::size_t>(centers.rows()));
  points->centers = plane_.project(centers);
  if (plane_.is_plane()) {
    constexpr int width = region_width, height = region_height;
    std::vector<float> certainty;
    const auto groups = CentersModel(centers).regions(plane_.grid(width, height), certainty);
    points->region = plane_.region(width, height, groups, certainty);
  }
  return points;
}

std::shared_ptr<const Images> ClusterViews::pictures(std::int64_t step, const MatrixF& centers,
                                                     std::span<const std::int64_t> sizes) const {
  constexpr std::int64_t most = 100;
  auto images = std::make_shared<Images>();
  images->view = "centers";
  images->title = "Centres";
  images->step = step;
  images->count = static_cast<int>(std::min<std::int64_t>(centers.rows(), most));
  images->channels = static_cast<int>(problem_.channels);
  images->height = static_cast<int>(problem_.height);
  images->width = static_cast<int>(problem_.width);
  const float factor = problem_.features.factor() != 0 ? problem_.features.factor() : 1;
  const auto values = std::span(centers.data(), static_cast<std::size_t>(images->count * centers.cols()));
  images->pixels.reserve(values.size());
  for (const float value : values) {
    const float pixel = (value - problem_.features.offset()) / factor;
    images->pixels.push_back(static_cast<std::uint8_t>(std::lround(std::clamp(pixel, 0.0f, 255.0f))));
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(images->count); ++i)
    images->captions.push_back("Cluster " + std::to_string(i) + ": " + std::to_string(sizes[i]) + " rows");
  return images;
}

}  // namespace gb
