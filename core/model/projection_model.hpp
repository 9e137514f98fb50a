#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/model/model.hpp"

namespace gb {

/// Coordinates along orthonormal directions about a mean: what principal components give.
class ProjectionModel : public Model {
 public:
  /// `axes` is components x features, its rows orthonormal or zero; `divisors` (components, above zero) divide the
  /// coordinates: ones, or the standard deviations for whitening.
  ProjectionModel(Eigen::RowVectorXd mean, MatrixD axes, Eigen::VectorXd divisors);

  Task task() const override { return Task::decomposition; }
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<NamedArray> arrays() const override;
  /// (x - mean) times the axes.
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;

 private:
  Eigen::RowVectorXf mean_;
  MatrixF axes_;                ///< components x features
  Eigen::RowVectorXf factors_;  ///< 1 / divisor
};

}  // namespace gb
