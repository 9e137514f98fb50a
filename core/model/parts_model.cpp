#include "core/model/parts_model.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/parallel.hpp"
#include "core/linalg/eigen.hpp"
#include "core/linalg/product.hpp"
#include "core/model/onnx_graph.hpp"

namespace gb {
namespace {

using Eigen::Index;

constexpr int least_iterations = 20, most_iterations = 300, divergence_iterations = 100;
/// Below this a sum of parts counts as zero.
constexpr float least_sum = 1.1920929e-7f;

std::span<const float> values_of(const auto& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

}  // namespace

PartsModel::PartsModel(MatrixF parts, Loss loss) : parts_(std::move(parts)), loss_(loss) {
  const Index components = parts_.rows();
  if (loss_ == Loss::kullback_leibler) {
    iterations_ = divergence_iterations;
    const Eigen::VectorXd sums = parts_.cast<double>().rowwise().sum();
    turned_ = MatrixF::Zero(parts_.cols(), components);
    for (Index i = 0; i < components; ++i)
      if (sums[i] > 0) turned_.col(i) = (parts_.row(i).cast<double>() / sums[i]).cast<float>().transpose();
    first_ = sums.sum() > 0 ? static_cast<float>(1 / sums.sum()) : 0;
    return;
  }
  MatrixD unit = parts_.cast<double>();
  unscale_ = Eigen::RowVectorXf::Zero(components);
  for (Index i = 0; i < components; ++i) {
    const double norm = unit.row(i).norm();
    if (norm <= 0) continue;
    unit.row(i) /= norm;
    unscale_[i] = static_cast<float>(1 / norm);
  }
  const MatrixD products = unit * unit.transpose();
  const SymmetricEigen spectrum = symmetric_eigen(products);
  const double largest = std::max(spectrum.values[0], 1e-30);
  double smallest = largest;
  for (const double value : spectrum.values)
    if (value > 1e-4 * largest) smallest = std::min(smallest, value);
  // The distance shrinks by 1 - sqrt(smallest / largest) per iteration at least.
  const double root = std::sqrt(largest / smallest);
  iterations_ = std::clamp(static_cast<int>(std::ceil(14 * root)), least_iterations, most_iterations);
  momentum_ = static_cast<float>((root - 1) / (root + 1));
  keep_ = (MatrixD::Identity(components, components) - products / largest).cast<float>();
  pull_ = (unit / largest).cast<float>();
}

void PartsModel::weigh_squares(const MatrixF& rows, MatrixF& weights) const {
  const Index count = rows.rows(), components = parts_.rows();
  MatrixF pulled(count, components);
  multiply_transposed(rows.data(), count, pull_.data(), components, rows.cols(), pulled.data());
  MatrixF ahead = MatrixF::Zero(count, components), next(count, components);
  weights = ahead;
  for (int i = 0; i < iterations_; ++i) {
    // keep_ is symmetric.
    multiply_transposed(ahead.data(), count, keep_.data(), components, components, next.data());
    next = (next + pulled).cwiseMax(0.0f);
    ahead = (1 + momentum_) * next - momentum_ * weights;
    weights.swap(next);
  }
  weights.array().rowwise() *= unscale_.array();
}

void PartsModel::weigh_divergence(const MatrixF& rows, MatrixF& weights) const {
  const Index count = rows.rows(), components = parts_.rows();
  const MatrixF features = parts_.transpose(), unit = turned_.transpose();
  const MatrixF positive = rows.cwiseMax(0.0f);
  weights = (positive.rowwise().sum() * first_).replicate(1, components);
  MatrixF sums(count, rows.cols()), factors(count, components);
  for (int i = 0; i < iterations_; ++i) {
    multiply_transposed(weights.data(), count, features.data(), rows.cols(), components, sums.data());
    sums = positive.array() / sums.array().max(least_sum);
    multiply_transposed(sums.data(), count, unit.data(), components, rows.cols(), factors.data());
    weights.array() *= factors.array();
  }
}

Prediction PartsModel::predict(const Features& features, std::span<const std::int64_t> rows) const {
  Prediction prediction;
  prediction.task = Task::decomposition;
  const Index components = parts_.rows();
  prediction.embedding.resize(static_cast<Index>(rows.size()), components);
  constexpr std::size_t block = 128;
  std::vector<double> lost(chunk_count(rows.size(), block));
  parallel_chunks(rows.size(), block, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
    MatrixF weights;
    for (std::size_t first = begin; first < end; first += block) {
      const std::size_t some = std::min(block, end - first);
      MatrixF values(static_cast<Index>(some), features.columns());
      features.gather(rows.subspan(first, some), values.data());
      if (loss_ == Loss::frobenius)
        weigh_squares(values, weights);
      else
        weigh_divergence(values, weights);
      prediction.embedding.middleRows(static_cast<Index>(first), static_cast<Index>(some)) = weights;
      values.noalias() -= weights * parts_;
      for (Index row = 0; row < values.rows(); ++row) lost[chunk] += values.row(row).cast<double>().squaredNorm();
    }
  });
  double sum = 0;
  for (const double part : lost) sum += part;
  prediction.reconstruction_mse =
      sum / std::max(1.0, static_cast<double>(rows.size()) * static_cast<double>(features.columns()));
  return prediction;
}

std::vector<NamedArray> PartsModel::arrays() const {
  return {{"components", {parts_.rows(), parts_.cols()}, values_of(parts_)}};
}

std::string PartsModel::write_onnx(OnnxGraph& graph, const std::string& features) const {
  return loss_ == Loss::frobenius ? write_squares(graph, features) : write_divergence(graph, features);
}

std::string PartsModel::write_squares(OnnxGraph& graph, const std::string& features) const {
  const Index components = parts_.rows();
  const MatrixF pull = pull_.transpose();
  const auto number = [&](const char* hint, float value) {
    return graph.constant(hint, std::span<const float>(&value, 1), {1, 1});
  };
  const std::string pulled =
      graph.add("MatMul", {features, graph.constant("pull", values_of(pull), {pull.rows(), pull.cols()})});
  const std::string keep = graph.constant("keep", values_of(keep_), {components, components});
  const std::string ahead_factor = number("ahead", 1 + momentum_), back_factor = number("back", momentum_);
  // Before the first iteration all weights are zero.
  std::string weights = graph.add("Relu", {pulled}), before;
  for (int i = 1; i < iterations_; ++i) {
    std::string ahead = graph.add("Mul", {weights, ahead_factor});
    if (!before.empty()) ahead = graph.add("Sub", {ahead, graph.add("Mul", {before, back_factor})});
    before = weights;
    weights = graph.add("Relu", {graph.add("Add", {graph.add("MatMul", {ahead, keep}), pulled})});
  }
  return graph.add("Mul", {weights, graph.constant("unscale", values_of(unscale_), {1, components})});
}

std::string PartsModel::write_divergence(OnnxGraph& graph, const std::string& features) const {
  const Index components = parts_.rows(), columns = parts_.cols();
  const std::string parts = graph.constant("parts", values_of(parts_), {components, columns});
  const std::string turned = graph.constant("turned", values_of(turned_), {columns, components});
  const std::string least = graph.constant("least", std::span<const float>(&least_sum, 1), {1, 1});
  const std::string positive = graph.add("Relu", {features});
  const std::vector<float> first(static_cast<std::size_t>(columns * components), first_);
  std::string weights = graph.add("MatMul", {positive, graph.constant("first", first, {columns, components})});
  for (int i = 0; i < iterations_; ++i) {
    const std::string sums = graph.add("MatMul", {weights, parts});
    const std::string safe = graph.add("Where", {graph.add("Less", {sums, least}), least, sums});
    weights = graph.add("Mul", {weights, graph.add("MatMul", {graph.add("Div", {positive, safe}), turned})});
  }
  return weights;
}

}  // namespace gb
