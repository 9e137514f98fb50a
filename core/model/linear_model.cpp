#include "core/model/linear_model.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/parallel.hpp"
#include "core/linalg/product.hpp"
#include "core/model/onnx_graph.hpp"

namespace gb {

void softmax_rows(float* scores, std::int64_t rows, std::int64_t classes) {
  for (std::int64_t row = 0; row < rows; ++row) {
    Eigen::Map<Eigen::ArrayXf> line(scores + row * classes, classes);
    line = (line - line.maxCoeff()).exp();
    line /= line.sum();
  }
}

std::unique_ptr<Model> linear_class_model(std::span<const std::int32_t> present, std::size_t all,
                                          const MatrixD& weights, const Eigen::VectorXd& intercepts, float sharpness) {
  MatrixF every = MatrixF::Zero(static_cast<Eigen::Index>(all), weights.cols());
  std::vector<float> added(all, absent_class_score);
  const bool odds = weights.rows() == 1;
  for (std::size_t i = 0; i < present.size(); ++i) {
    const auto k = static_cast<std::size_t>(present[i]);
    added[k] = 0;
    if (odds && i == 0) continue;  // the score that the other one is compared with
    const Eigen::Index from = odds ? 0 : static_cast<Eigen::Index>(i);
    every.row(present[i]) = weights.row(from).cast<float>();
    added[k] = static_cast<float>(intercepts[from]);
  }
  return std::make_unique<LinearModel>(Task::classification, std::move(every), std::move(added),
                                       LinearModel::Link{.sharpness = sharpness});
}

LinearModel::LinearModel(Task task, MatrixF weights, std::vector<float> intercepts, Link link)
    : task_(task), weights_(std::move(weights)), intercepts_(std::move(intercepts)), link_(link) {}

Prediction LinearModel::predict(const Features& features, std::span<const std::int64_t> rows) const {
  Prediction prediction;
  prediction.task = task_;
  const Eigen::Index outputs = weights_.rows(), columns = weights_.cols();
  const bool classes = task_ == Task::classification;
  if (classes) {
    prediction.probabilities.resize(static_cast<Eigen::Index>(rows.size()), outputs);
    prediction.labels.resize(rows.size());
  } else {
    prediction.values.resize(rows.size());
  }
  float* const out = classes ? prediction.probabilities.data() : prediction.values.data();
  const Eigen::Map<const Eigen::RowVectorXf> added(intercepts_.data(), outputs);
  constexpr std::size_t block = 128;
  parallel_chunks(rows.size(), block, [&](std::size_t begin, std::size_t end, std::size_t) {
    MatrixF values(static_cast<Eigen::Index>(block), columns);
    for (std::size_t first = begin; first < end; first += block) {
      const std::size_t some = std::min(block, end - first);
      const auto count = static_cast<std::int64_t>(some);
      features.gather(rows.subspan(first, some), values.data());
      if (link_.threshold) values = (values.array() > *link_.threshold).cast<float>();
      float* const scores = out + static_cast<std::int64_t>(first) * outputs;
      multiply_transposed(values.data(), count, weights_.data(), outputs, columns, scores);
      Eigen::Map<MatrixF> block_scores(scores, count, outputs);
      block_scores.rowwise() += added;
      if (!classes) continue;
      block_scores *= link_.sharpness;
      for (std::int64_t row = 0; row < count; ++row)
        prediction.labels[first + static_cast<std::size_t>(row)] = static_cast<std::int32_t>(
            std::max_element(scores + row * outputs, scores + (row + 1) * outputs) - (scores + row * outputs));
      softmax_rows(scores, count, outputs);
    }
  });
  return prediction;
}

std::vector<NamedArray> LinearModel::arrays() const {
  return {{"weights",
           {weights_.rows(), weights_.cols()},
           std::span(weights_.data(), static_cast<std::size_t>(weights_.size()))},
          {"intercepts", {weights_.rows()}, intercepts_},
          {"sharpness", {1}, std::span(&link_.sharpness, 1)}};
}

std::string LinearModel::write_onnx(OnnxGraph& graph, const std::string& features) const {
  std::string values = features;
  if (link_.threshold) {
    const std::string threshold = graph.constant("threshold", std::span(&*link_.threshold, 1), {});
    values = graph.add("Cast", {graph.add("Greater", {values, threshold})}, {{"to", std::int64_t{1}}});
  }
  const MatrixF weights = weights_ * link_.sharpness;
  std::vector<float> intercepts = intercepts_;
  for (float& value : intercepts) value *= link_.sharpness;
  const std::string scores =
      graph.add("Gemm",
                {values,
                 graph.constant("weights", std::span(weights.data(), static_cast<std::size_t>(weights.size())),
                                {weights.rows(), weights.cols()}),
                 graph.constant("intercepts", std::span<const float>(intercepts), {weights.rows()})},
                {{"transB", std::int64_t{1}}});
  if (task_ == Task::regression) return scores;
  return graph.add("Softmax", {scores}, {{"axis", std::int64_t{1}}});
}

}  // namespace gb
