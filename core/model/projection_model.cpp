#include "core/model/projection_model.hpp"

#include <algorithm>

#include "core/base/parallel.hpp"
#include "core/linalg/product.hpp"
#include "core/model/onnx_graph.hpp"

namespace gb {

using Eigen::Index;

ProjectionModel::ProjectionModel(Eigen::RowVectorXd mean, MatrixD axes, Eigen::VectorXd divisors)
    : mean_(mean.cast<float>()),
      axes_(axes.cast<float>()),
      factors_(divisors.cwiseInverse().transpose().cast<float>()) {}

Prediction ProjectionModel::predict(const Features& features, std::span<const std::int64_t> rows) const {
  Prediction prediction;
  prediction.task = Task::decomposition;
  const Index components = axes_.rows();
  prediction.embedding.resize(static_cast<Index>(rows.size()), components);
  constexpr std::size_t block = 256;
  std::vector<double> lost(chunk_count(rows.size(), block));
  parallel_chunks(rows.size(), block, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
    MatrixF values(static_cast<Index>(block), features.columns());
    for (std::size_t first = begin; first < end; first += block) {
      const std::size_t some = std::min(block, end - first);
      features.gather(rows.subspan(first, some), values.data());
      values.topRows(static_cast<Index>(some)).rowwise() -= mean_;
      float* out = prediction.embedding.data() + static_cast<Index>(first) * components;
      multiply_transposed(values.data(), static_cast<std::int64_t>(some), axes_.data(), components, features.columns(),
                          out);
      Eigen::Map<MatrixF> coordinates(out, static_cast<Index>(some), components);
      // The axes are orthonormal: what they do not explain of a row's square is lost.
      for (Index row = 0; row < static_cast<Index>(some); ++row)
        lost[chunk] += std::max(
            0.0, values.row(row).cast<double>().squaredNorm() - coordinates.row(row).cast<double>().squaredNorm());
      coordinates.array().rowwise() *= factors_.array();
    }
  });
  double sum = 0;
  for (const double part : lost) sum += part;
  prediction.reconstruction_mse =
      sum / std::max(1.0, static_cast<double>(rows.size()) * static_cast<double>(features.columns()));
  return prediction;
}

std::vector<NamedArray> ProjectionModel::arrays() const {
  const auto named = [](std::string name, std::vector<std::int64_t> shape, const auto& values) {
    return NamedArray{std::move(name), std::move(shape),
                      std::span<const float>(values.data(), static_cast<std::size_t>(values.size()))};
  };
  return {named("components", {axes_.rows(), axes_.cols()}, axes_), named("factors", {factors_.size()}, factors_),
          named("mean", {mean_.size()}, mean_)};
}

std::string ProjectionModel::write_onnx(OnnxGraph& graph, const std::string& features) const {
  const std::string mean = graph.constant(
      "mean", std::span<const float>(mean_.data(), static_cast<std::size_t>(mean_.size())), {1, mean_.size()});
  const MatrixF scaled = axes_.transpose() * factors_.asDiagonal();
  const std::string axes =
      graph.constant("components", std::span<const float>(scaled.data(), static_cast<std::size_t>(scaled.size())),
                     {scaled.rows(), scaled.cols()});
  return graph.add("MatMul", {graph.add("Sub", {features, mean}), axes});
}

}  // namespace gb
