#pragma once

#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "core/model/model.hpp"
#include "core/model/onnx_graph.hpp"

namespace gb {

/// A random matrix, the same for every seed.
inline MatrixF random_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  Random random(seed);
  MatrixF matrix(rows, columns);
  for (Eigen::Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = static_cast<float>(random.normal());
  return matrix;
}

/// One hidden layer of eight, weights at random: writes what a perceptron writes and computes it with plain loops.
class FakeNetwork : public Model {
 public:
  FakeNetwork(Task task, std::int64_t features, std::int64_t outputs)
      : task_(task),
        hidden_(random_matrix(8, features, 1) / std::sqrt(static_cast<float>(features))),
        hidden_bias_(random_matrix(1, 8, 2)),
        output_(random_matrix(outputs, 8, 3)),
        output_bias_(random_matrix(1, outputs, 4)) {}

  Task task() const override { return task_; }

  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override {
    Prediction prediction;
    prediction.task = task_;
    const MatrixF x = features.dense(rows);
    if (task_ == Task::classification) prediction.probabilities.resize(x.rows(), output_.rows());
    for (Eigen::Index row = 0; row < x.rows(); ++row) {
      const std::vector<double> scores = outputs_of(x, row);
      if (task_ == Task::regression) {
        prediction.values.push_back(static_cast<float>(scores[0]));
        continue;
      }
      double sum = 0;
      for (const double score : scores) sum += std::exp(score);
      std::size_t best = 0;
      for (std::size_t i = 0; i < scores.size(); ++i) {
        prediction.probabilities(row, static_cast<Eigen::Index>(i)) = static_cast<float>(std::exp(scores[i]) / sum);
        if (scores[i] > scores[best]) best = i;
      }
      prediction.labels.push_back(static_cast<std::int32_t>(best));
    }
    return prediction;
  }

  std::vector<NamedArray> arrays() const override { return {}; }

  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override {
    const auto matrix = [&](const char* name, const MatrixF& m) {
      return graph.constant(name, std::span(m.data(), static_cast<std::size_t>(m.size())), {m.rows(), m.cols()});
    };
    const auto vector = [&](const char* name, const MatrixF& m) {
      return graph.constant(name, std::span(m.data(), static_cast<std::size_t>(m.size())), {m.size()});
    };
    const std::map<std::string, OnnxAttribute> transposed{{"transB", std::int64_t{1}}};
    const std::string hidden = graph.add(
        "Relu",
        {graph.add("Gemm", {features, matrix("hidden", hidden_), vector("hidden_bias", hidden_bias_)}, transposed)});
    const std::string scores =
        graph.add("Gemm", {hidden, matrix("output", output_), vector("output_bias", output_bias_)}, transposed);
    return task_ == Task::classification ? graph.add("Softmax", {scores}, {{"axis", std::int64_t{1}}}) : scores;
  }

 private:
  std::vector<double> outputs_of(const MatrixF& x, Eigen::Index row) const {
    std::vector<double> hidden;
    for (Eigen::Index i = 0; i < hidden_.rows(); ++i) {
      double sum = static_cast<double>(hidden_bias_(0, i));
      for (Eigen::Index j = 0; j < x.cols(); ++j)
        sum += static_cast<double>(hidden_(i, j)) * static_cast<double>(x(row, j));
      hidden.push_back(std::max(sum, 0.0));
    }
    std::vector<double> scores;
    for (Eigen::Index i = 0; i < output_.rows(); ++i) {
      double sum = static_cast<double>(output_bias_(0, i));
      for (std::size_t j = 0; j < hidden.size(); ++j)
        sum += static_cast<double>(output_(i, static_cast<Eigen::Index>(j))) * hidden[j];
      scores.push_back(sum);
    }
    return scores;
  }

  Task task_;
  MatrixF hidden_, hidden_bias_, output_, output_bias_;
};

/// Nearest of some centres: writes |c|^2 - 2 x c, as k-means does, and computes distances one by one.
class FakeClusters : public Model {
 public:
  /// A row at equal distances belongs to the first centre, as in the file, or else to the last.
  explicit FakeClusters(MatrixF centers, bool first_of_equals = true)
      : centers_(std::move(centers)), first_of_equals_(first_of_equals) {}

  Task task() const override { return Task::clustering; }

  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override {
    Prediction prediction;
    prediction.task = Task::clustering;
    const MatrixF x = features.dense(rows);
    for (Eigen::Index row = 0; row < x.rows(); ++row) {
      double least = std::numeric_limits<double>::infinity();
      std::int32_t nearest = 0;
      for (Eigen::Index center = 0; center < centers_.rows(); ++center) {
        const double distance = (x.row(row) - centers_.row(center)).cast<double>().squaredNorm();
        if (distance < least || (distance == least && !first_of_equals_)) nearest = static_cast<std::int32_t>(center);
        least = std::min(least, distance);
      }
      prediction.labels.push_back(nearest);
    }
    return prediction;
  }

  std::vector<NamedArray> arrays() const override { return {}; }

  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override {
    const std::vector<std::int64_t> shape{centers_.rows(), centers_.cols()};
    const std::string centers =
        graph.constant("centers", std::span(centers_.data(), static_cast<std::size_t>(centers_.size())), shape);
    std::vector<float> norms;
    for (Eigen::Index i = 0; i < centers_.rows(); ++i) norms.push_back(centers_.row(i).squaredNorm());
    const std::string scores = graph.add("Gemm", {features, centers, graph.constant("norms", norms, {shape[0]})},
                                         {{"alpha", -2.0F}, {"transB", std::int64_t{1}}});
    return graph.add("ArgMin", {scores}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
  }

 private:
  MatrixF centers_;
  bool first_of_equals_;
};

}  // namespace gb
