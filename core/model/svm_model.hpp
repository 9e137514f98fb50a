#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/model/kernel_rows.hpp"
#include "core/model/model.hpp"
#include "core/model/pairwise_probability.hpp"

namespace gb {

/// A support vector machine: sums of kernels with support vectors, one sum per pair of classes, or one for regression.
///
/// The class with most pairwise wins is chosen; among equals the one with the greater sum of margins. Probabilities are
/// the softmax of wins plus a share of that sum below 1/3 (of two classes the logistic function of the margin): they
/// order rows as margins do, but are not calibrated. Where there is a sigmoid for every pair they are: Platt's,
/// coupled.
class SvmModel : public Model {
 public:
  struct Parts {
    KernelRows support;                ///< sorted by class
    std::vector<std::int64_t> begins;  ///< of the classes among them, and the end; regression: 0 and the end
    /// support x (classes - 1), or x 1: the coefficient of a vector against each other class, in their order.
    MatrixF coefficients;
    std::vector<float> intercepts;        ///< of the pairs (0,1), (0,2), ..., (1,2), ...; or one
    std::vector<MarginSigmoid> sigmoids;  ///< of the pairs; or none
    std::vector<std::int32_t> present;    ///< codes of the classes
    std::size_t all = 0;                  ///< classes of the target; 0 for regression
  };
  explicit SvmModel(Parts parts);

  Task task() const override { return parts_.all > 0 ? Task::classification : Task::regression; }
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<NamedArray> arrays() const override;
  /// Gemm and what the kernel is made of; then wins by Greater and Gemm. Coupled probabilities of more than two classes
  /// take ai.onnx.ml's SVMClassifier.
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;

  std::int64_t support_count() const { return parts_.support.count(); }
  /// Margins of the pairs, or values: rows x pairs.
  MatrixF decisions(const Features& features, std::span<const std::int64_t> rows) const;

 private:
  std::int64_t classes() const { return static_cast<std::int64_t>(parts_.present.size()); }
  void decide(const MatrixF& kernels, std::int64_t rows, float* out) const;
  void answer(const float* decisions, float* probabilities) const;
  void answer_calibrated(const float* decisions, float* probabilities) const;
  std::string write_calibrated(OnnxGraph& graph, const std::string& features) const;
  std::string in_places(OnnxGraph& graph, const std::string& probabilities) const;

  Parts parts_;
  MatrixF vectors_;  ///< of the support vectors, as features
};

}  // namespace gb
