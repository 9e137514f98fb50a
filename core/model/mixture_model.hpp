#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/model/model.hpp"

namespace gb {

/// A row belongs to the likeliest of some normal distributions.
class MixtureModel : public Model {
 public:
  /// All about `origin` (features): `means` is k x features, `weights` (k, above zero) sum to one. `factors` are square
  /// roots of the inverse covariances, P with P P^T = inverse, upper triangular features x features, or 1 x features
  /// where covariances are diagonal; one per component or one for all.
  MixtureModel(Eigen::RowVectorXf origin, Eigen::VectorXd weights, MatrixD means, std::vector<MatrixD> factors);

  Task task() const override { return Task::clustering; }
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<NamedArray> arrays() const override;
  /// The squared length of (x - origin) P - mean P per component, its constant, and the largest.
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;

  /// Logarithms of weight times density of every component, for rows about the origin: rows x k.
  void log_densities(const MatrixD& rows, MatrixD& out) const;
  /// The likeliest components of rows that are given densely, and how likely each is: 0 to 1.
  std::vector<std::int32_t> regions(const MatrixF& rows, std::vector<float>& probability) const;

 private:
  const MatrixD& factor(Eigen::Index component) const {
    return factors_[factors_.size() == 1 ? 0 : static_cast<std::size_t>(component)];
  }

  Eigen::RowVectorXf origin_;
  Eigen::VectorXd constants_;  ///< of the log densities, weights included
  MatrixD means_;
  std::vector<MatrixD> factors_;
  std::vector<float> stored_means_, stored_constants_, stored_factors_;
};

}  // namespace gb
