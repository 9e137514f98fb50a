#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/model.hpp"

namespace gb {

/// The score of a class that no training row had: its probability is zero, and sums with it stay finite.
constexpr float absent_class_score = -1e30f;

/// Scores that are sums of weighted features: values of a regression, or class scores whose softmax are probabilities.
class LinearModel : public Model {
 public:
  struct Link {
    /// Scores are multiplied by this before the softmax.
    float sharpness = 1;
    /// Features above this count as 1, all others as 0 (Bernoulli); null takes them as they are.
    std::optional<float> threshold = std::nullopt;
  };

  /// `weights` is outputs x features, `intercepts` has one number per output: one output for regression, one per class
  /// for classification.
  LinearModel(Task task, MatrixF weights, std::vector<float> intercepts, Link link);
  LinearModel(Task task, MatrixF weights, std::vector<float> intercepts)
      : LinearModel(task, std::move(weights), std::move(intercepts), Link{}) {}

  Task task() const override { return task_; }
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<NamedArray> arrays() const override;
  /// Gemm, and Softmax where there are classes.
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;

  const MatrixF& weights() const { return weights_; }
  const std::vector<float>& intercepts() const { return intercepts_; }

 private:
  Task task_;
  MatrixF weights_;
  std::vector<float> intercepts_;
  Link link_;
};

/// The model of a linear classifier that knows only the `present` ones of `all` classes. One row of weights are the log
/// odds of the second of two classes; else there is a row per present class. `sharpness` as in Link.
std::unique_ptr<Model> linear_class_model(std::span<const std::int32_t> present, std::size_t all,
                                          const MatrixD& weights, const Eigen::VectorXd& intercepts,
                                          float sharpness = 1);

/// Turns each row of scores into probabilities, in place: exp(s - largest) / sum.
void softmax_rows(float* scores, std::int64_t rows, std::int64_t classes);

}  // namespace gb
