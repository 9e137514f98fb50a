#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/model/model.hpp"

namespace gb {

/// Every class is a normal distribution with independent features; the probabilities are those of Bayes' rule.
class GaussianClassesModel : public Model {
 public:
  /// Means and variances (above 0) are classes x features; `log_priors` has one number per class.
  GaussianClassesModel(MatrixD means, MatrixD variances, std::vector<double> log_priors);

  Task task() const override { return Task::classification; }
  /// In double: variances may be so small that float would lose every digit of a sum of squares.
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<NamedArray> arrays() const override;
  /// -0.5 * sum(((x - mean) / deviation)^2) + constant per class, by differences, then Softmax.
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;

 private:
  MatrixD means_, factors_;          ///< classes x features; factor: 1 / sqrt(2 * variance)
  std::vector<double> constants_;    ///< of each class: log prior less the log of the normalisation
  MatrixF float_means_, variances_;  ///< as arrays() gives them
  std::vector<float> log_priors_;
};

}  // namespace gb
