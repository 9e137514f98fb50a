#include "core/model/core_points_model.hpp"

#include <algorithm>

#include "core/model/onnx_graph.hpp"

namespace gb {

CorePointsModel::CorePointsModel(MatrixF points, std::vector<std::int32_t> clusters, double radius)
    : points_(std::move(points)),
      clusters_(std::move(clusters)),
      cluster_numbers_(clusters_.begin(), clusters_.end()),
      radius_(radius),
      radius_number_(static_cast<float>(radius)),
      index_(points_, radius) {}

std::vector<std::int32_t> CorePointsModel::clusters_of(const MatrixF& rows) const {
  std::vector<std::int64_t> nearest(static_cast<std::size_t>(rows.rows()));
  index_.nearest(rows.data(), rows.rows(), nearest.data());
  std::vector<std::int32_t> labels(nearest.size());
  for (std::size_t i = 0; i < labels.size(); ++i)
    labels[i] = nearest[i] < 0 ? -1 : clusters_[static_cast<std::size_t>(nearest[i])];
  return labels;
}

Prediction CorePointsModel::predict(const Features& features, std::span<const std::int64_t> rows) const {
  Prediction prediction;
  prediction.task = Task::clustering;
  constexpr std::size_t block = 4096;
  for (std::size_t first = 0; first < rows.size(); first += block) {
    const auto labels = clusters_of(features.dense(rows.subspan(first, std::min(block, rows.size() - first))));
    prediction.labels.insert(prediction.labels.end(), labels.begin(), labels.end());
  }
  return prediction;
}

std::vector<NamedArray> CorePointsModel::arrays() const {
  return {{"clusters", {static_cast<std::int64_t>(cluster_numbers_.size())}, cluster_numbers_},
          {"core_points",
           {points_.rows(), points_.cols()},
           std::span(points_.data(), static_cast<std::size_t>(points_.size()))},
          {"radius", {1}, std::span(&radius_number_, 1)}};
}

std::string CorePointsModel::write_onnx(OnnxGraph& graph, const std::string& features) const {
  const std::int64_t count = points_.rows(), columns = points_.cols();
  if (count == 0) {
    // Everything is noise: a number per row that is above zero never.
    const std::vector<std::int64_t> axis{1};
    const std::string squares =
        graph.add("ReduceSumSquare", {features}, {{"axes", axis}, {"keepdims", std::int64_t{0}}});
    const std::string never = graph.add("Less", {squares, graph.constant("zero", std::vector<float>{0}, {1})});
    const std::string none = graph.constant("noise", std::vector<std::int64_t>{-1}, {1});
    return graph.add("Where", {never, none, none});
  }
  // About the points' mean, which keeps the squares accurate far from zero.
  const Eigen::RowVectorXf origin = points_.cast<double>().colwise().mean().cast<float>();
  const MatrixF centered = points_.rowwise() - origin;
  const Eigen::VectorXf norms = centered.cast<double>().rowwise().squaredNorm().cast<float>();
  const auto values_of = [](const auto& matrix) {
    return std::span<const float>(matrix.data(), static_cast<std::size_t>(matrix.size()));
  };
  const std::string shifted = graph.add("Sub", {features, graph.constant("origin", values_of(origin), {1, columns})});
  const std::string scores = graph.add("Gemm",
                                       {shifted, graph.constant("core_points", values_of(centered), {count, columns}),
                                        graph.constant("squared_norms", values_of(norms), {1, count})},
                                       {{"alpha", -2.0f}, {"transB", std::int64_t{1}}});
  const std::string nearest = graph.add("ArgMin", {scores}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
  const std::vector<std::int64_t> clusters(clusters_.begin(), clusters_.end());
  const std::string cluster =
      graph.add("Gather", {graph.constant("clusters", std::span<const std::int64_t>(clusters), {count}), nearest},
                {{"axis", std::int64_t{0}}});
  const std::vector<std::int64_t> axis{1};
  const std::map<std::string, OnnxAttribute> along_row{{"axes", axis}, {"keepdims", std::int64_t{0}}};
  const std::string least = graph.add("ReduceMin", {scores}, along_row);
  const std::string squares = graph.add("ReduceSumSquare", {shifted}, along_row);
  const std::string distance = graph.add("Add", {least, squares});
  const auto squared = static_cast<float>(radius_ * radius_);
  const std::string beyond =
      graph.add("Greater", {distance, graph.constant("squared_radius", std::vector<float>{squared}, {1})});
  return graph.add("Where", {beyond, graph.constant("noise", std::vector<std::int64_t>{-1}, {1}), cluster});
}

}  // namespace gb
