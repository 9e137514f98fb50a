#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/model/model.hpp"

namespace gb {

/// Rows as sums of parts that nothing is subtracted from: the weights w >= 0 that bring w times the parts nearest to a
/// row. A fixed number of iterations finds them, so that a file can hold the same ones.
class PartsModel : public Model {
 public:
  /// How a row's distance from its sum of parts is measured.
  enum class Loss { frobenius, kullback_leibler };

  /// `parts` is components x features, nothing negative.
  PartsModel(MatrixF parts, Loss loss);

  Task task() const override { return Task::decomposition; }
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<NamedArray> arrays() const override;
  /// The same iterations, written out one after another.
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;

  const MatrixF& parts() const { return parts_; }
  int iterations() const { return iterations_; }

 private:
  void weigh_squares(const MatrixF& rows, MatrixF& weights) const;
  void weigh_divergence(const MatrixF& rows, MatrixF& weights) const;
  std::string write_squares(OnnxGraph& graph, const std::string& features) const;
  std::string write_divergence(OnnxGraph& graph, const std::string& features) const;

  MatrixF parts_;
  Loss loss_;
  int iterations_ = 0;

  // Squares: gradient steps with constant momentum on parts of norm 1 (Nesterov 2004, scheme 2.2.11), projected onto
  // what is not negative; as many as the condition of the parts asks for.
  MatrixF keep_;                ///< components x components: I - G / L
  MatrixF pull_;                ///< components x features: unit parts / L
  Eigen::RowVectorXf unscale_;  ///< components: 1 / norm of each part
  float momentum_ = 0;

  // Divergence: multiplicative updates (Lee, Seung 2001).
  MatrixF turned_;   ///< features x components: parts over their sums
  float first_ = 0;  ///< first weight per unit of a row's sum
};

}  // namespace gb
