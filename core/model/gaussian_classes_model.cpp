#include "core/model/gaussian_classes_model.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/parallel.hpp"
#include "core/model/onnx_graph.hpp"

namespace gb {
namespace {

/// sum(((x - mean) * factor)^2); in four running sums of four, so that it is vectorised without reordering.
double scaled_squares(const double* x, const double* mean, const double* factor, Eigen::Index features) {
  constexpr Eigen::Index lanes = 16;
  double sums[lanes] = {};
  Eigen::Index i = 0;
  for (; i + lanes <= features; i += lanes)
    for (Eigen::Index lane = 0; lane < lanes; ++lane) {
      const double scaled = (x[i + lane] - mean[i + lane]) * factor[i + lane];
      sums[lane] += scaled * scaled;
    }
  for (; i < features; ++i) {
    const double scaled = (x[i] - mean[i]) * factor[i];
    sums[0] += scaled * scaled;
  }
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace

GaussianClassesModel::GaussianClassesModel(MatrixD means, MatrixD variances, std::vector<double> log_priors)
    : means_(std::move(means)),
      factors_((2 * variances.array()).rsqrt().matrix()),
      float_means_(means_.cast<float>()),
      variances_(variances.cast<float>()) {
  const double features = static_cast<double>(means_.cols());
  for (Eigen::Index k = 0; k < means_.rows(); ++k) {
    const double prior = log_priors[static_cast<std::size_t>(k)];
    log_priors_.push_back(static_cast<float>(prior));
    constants_.push_back(prior - 0.5 * variances.row(k).array().log().sum() -
                         0.5 * features * std::log(2 * std::numbers::pi));
  }
}

Prediction GaussianClassesModel::predict(const Features& features, std::span<const std::int64_t> rows) const {
  Prediction prediction;
  prediction.task = Task::classification;
  const Eigen::Index classes = means_.rows(), columns = means_.cols();
  prediction.labels.resize(rows.size());
  prediction.probabilities.resize(static_cast<Eigen::Index>(rows.size()), classes);
  parallel_chunks(rows.size(), 16, [&](std::size_t begin, std::size_t end, std::size_t) {
    std::vector<float> row(static_cast<std::size_t>(columns));
    std::vector<double> values(row.size());
    Eigen::ArrayXd scores(classes);
    for (std::size_t i = begin; i < end; ++i) {
      features.gather(rows.subspan(i, 1), row.data());
      std::copy(row.begin(), row.end(), values.begin());
      for (Eigen::Index k = 0; k < classes; ++k)
        scores[k] = constants_[static_cast<std::size_t>(k)] -
                    scaled_squares(values.data(), means_.row(k).data(), factors_.row(k).data(), columns);
      Eigen::Index best = 0;
      const double largest = scores.maxCoeff(&best);
      scores = (scores - largest).exp();
      prediction.labels[i] = static_cast<std::int32_t>(best);
      prediction.probabilities.row(static_cast<Eigen::Index>(i)) =
          (scores / scores.sum()).matrix().transpose().cast<float>();
    }
  });
  return prediction;
}

std::vector<NamedArray> GaussianClassesModel::arrays() const {
  const auto values_of = [](const MatrixF& matrix) {
    return std::span(matrix.data(), static_cast<std::size_t>(matrix.size()));
  };
  const std::vector<std::int64_t> shape{means_.rows(), means_.cols()};
  return {{"means", shape, values_of(float_means_)},
          {"variances", shape, values_of(variances_)},
          {"log_priors", {means_.rows()}, log_priors_}};
}

std::string GaussianClassesModel::write_onnx(OnnxGraph& graph, const std::string& features) const {
  const std::int64_t classes = means_.rows(), columns = means_.cols();
  const MatrixF factors = factors_.cast<float>();
  // The same for all classes: a large part of each constant says nothing and would cost digits.
  const double largest = *std::max_element(constants_.begin(), constants_.end());
  std::vector<float> constants;
  for (const double value : constants_) constants.push_back(static_cast<float>(value - largest));
  const std::vector<std::int64_t> one{1};
  const std::string rows = graph.add("Unsqueeze", {features, graph.constant("class_axis", one, {1})});
  const auto matrix = [&](const char* name, const MatrixF& values) {
    return graph.constant(name, std::span(values.data(), static_cast<std::size_t>(values.size())),
                          {1, classes, columns});
  };
  const std::string scaled =
      graph.add("Mul", {graph.add("Sub", {rows, matrix("means", float_means_)}), matrix("factors", factors)});
  const std::string squares =
      graph.add("ReduceSumSquare", {scaled}, {{"axes", std::vector<std::int64_t>{2}}, {"keepdims", std::int64_t{0}}});
  const std::string scores =
      graph.add("Sub", {graph.constant("constants", std::span<const float>(constants), {1, classes}), squares});
  return graph.add("Softmax", {scores}, {{"axis", std::int64_t{1}}});
}

}  // namespace gb
