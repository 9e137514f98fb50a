#include "core/model/mixture_model.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/parallel.hpp"
#include "core/model/onnx_graph.hpp"

namespace gb {
namespace {

using Eigen::Index;

constexpr std::size_t block_rows = 256;

std::vector<float> as_floats(const auto& matrix) {
  return std::vector<float>(matrix.data(), matrix.data() + matrix.size());
}

}  // namespace

MixtureModel::MixtureModel(Eigen::RowVectorXf origin, Eigen::VectorXd weights, MatrixD means,
                           std::vector<MatrixD> factors)
    : origin_(std::move(origin)), constants_(weights.size()), means_(std::move(means)), factors_(std::move(factors)) {
  const Index features = means_.cols();
  for (Index k = 0; k < means_.rows(); ++k) {
    const MatrixD& root = factor(k);
    double log_determinant = 0;
    for (Index i = 0; i < features; ++i) log_determinant += std::log(root.rows() == 1 ? root(0, i) : root(i, i));
    constants_[k] =
        std::log(weights[k]) + log_determinant - 0.5 * static_cast<double>(features) * std::log(2 * std::numbers::pi);
  }
  stored_means_ = as_floats(means_);
  stored_constants_ = as_floats(constants_);
  for (const MatrixD& each : factors_) {
    const auto values = as_floats(each);
    stored_factors_.insert(stored_factors_.end(), values.begin(), values.end());
  }
}

void MixtureModel::log_densities(const MatrixD& rows, MatrixD& out) const {
  out.resize(rows.rows(), means_.rows());
  MatrixD turned, differences;
  for (Index k = 0; k < means_.rows(); ++k) {
    const MatrixD& root = factor(k);
    differences = rows.rowwise() - means_.row(k);
    if (root.rows() == 1) {
      differences.array().rowwise() *= root.row(0).array();
      out.col(k) = differences.rowwise().squaredNorm();
    } else {
      turned.noalias() = differences * root;
      out.col(k) = turned.rowwise().squaredNorm();
    }
    out.col(k).array() = constants_[k] - 0.5 * out.col(k).array();
  }
}

Prediction MixtureModel::predict(const Features& features, std::span<const std::int64_t> rows) const {
  Prediction prediction;
  prediction.task = Task::clustering;
  prediction.labels.resize(rows.size());
  parallel_chunks(rows.size(), 64, [&](std::size_t begin, std::size_t end, std::size_t) {
    MatrixF values;
    MatrixD centered, densities;
    for (std::size_t first = begin; first < end; first += block_rows) {
      const std::size_t some = std::min(block_rows, end - first);
      values.resize(static_cast<Index>(some), features.columns());
      features.gather(rows.subspan(first, some), values.data());
      centered = values.cast<double>().rowwise() - origin_.cast<double>();
      log_densities(centered, densities);
      for (std::size_t i = 0; i < some; ++i) {
        Index best = 0;
        densities.row(static_cast<Index>(i)).maxCoeff(&best);
        prediction.labels[first + i] = static_cast<std::int32_t>(best);
      }
    }
  });
  return prediction;
}

std::vector<std::int32_t> MixtureModel::regions(const MatrixF& rows, std::vector<float>& probability) const {
  const MatrixD centered = rows.cast<double>().rowwise() - origin_.cast<double>();
  MatrixD densities;
  log_densities(centered, densities);
  std::vector<std::int32_t> labels(static_cast<std::size_t>(rows.rows()));
  probability.resize(labels.size());
  for (Index i = 0; i < rows.rows(); ++i) {
    Index best = 0;
    const double largest = densities.row(i).maxCoeff(&best);
    labels[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(best);
    probability[static_cast<std::size_t>(i)] = static_cast<float>(1 / (densities.row(i).array() - largest).exp().sum());
  }
  return labels;
}

std::vector<NamedArray> MixtureModel::arrays() const {
  const auto size = [](const std::vector<float>& values) { return static_cast<std::int64_t>(values.size()); };
  return {{"constants", {size(stored_constants_)}, stored_constants_},
          {"factors", {size(stored_factors_)}, stored_factors_},
          {"means", {means_.rows(), means_.cols()}, stored_means_},
          {"origin", {origin_.size()}, std::span(origin_.data(), static_cast<std::size_t>(origin_.size()))}};
}

std::string MixtureModel::write_onnx(OnnxGraph& graph, const std::string& features) const {
  const Index k = means_.rows(), columns = means_.cols();
  const auto constant = [&](const char* hint, const MatrixD& matrix, const std::vector<std::int64_t>& shape) {
    return graph.constant(hint, as_floats(matrix), shape);
  };
  const std::string shifted = graph.add("Sub", {features, graph.constant("origin", as_floats(origin_), {1, columns})});
  const std::string along_components = graph.constant("component_axis", std::vector<std::int64_t>{1}, {1});
  std::string roots;  // [N, k, columns]
  if (factors_[0].rows() == 1) {
    MatrixD all(k, columns);
    for (Index i = 0; i < k; ++i) all.row(i) = factor(i).row(0);
    const std::string rows = graph.add("Unsqueeze", {shifted, along_components});
    const std::string differences = graph.add("Sub", {rows, constant("means", means_, {1, k, columns})});
    roots = graph.add("Mul", {differences, constant("factors", all, {1, k, columns})});
  } else {
    MatrixD turned_means(k, columns);
    for (Index i = 0; i < k; ++i) turned_means.row(i) = means_.row(i) * factor(i);
    std::string turned;
    if (factors_.size() == 1) {
      turned = graph.add(
          "Unsqueeze",
          {graph.add("MatMul", {shifted, constant("factor", factors_[0], {columns, columns})}), along_components});
    } else {
      MatrixD all(columns, k * columns);
      for (Index i = 0; i < k; ++i) all.middleCols(i * columns, columns) = factor(i);
      turned = graph.add("Reshape", {graph.add("MatMul", {shifted, constant("factors", all, {columns, k * columns})}),
                                     graph.constant("by_component", std::vector<std::int64_t>{-1, k, columns}, {3})});
    }
    roots = graph.add("Sub", {turned, constant("turned_means", turned_means, {1, k, columns})});
  }
  const std::string squares =
      graph.add("ReduceSumSquare", {roots}, {{"axes", std::vector<std::int64_t>{2}}, {"keepdims", std::int64_t{0}}});
  const std::string halved = graph.add("Mul", {squares, graph.constant("half", std::vector<float>{-0.5f}, {1, 1})});
  const std::string densities = graph.add("Add", {halved, graph.constant("constants", as_floats(constants_), {1, k})});
  return graph.add("ArgMax", {densities}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
}

}  // namespace gb
