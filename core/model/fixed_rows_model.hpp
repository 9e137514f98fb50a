#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/model/model.hpp"

namespace gb {

/// What was found for the training rows, and for them alone: a map or clusters without a rule for new rows.
class FixedRowsModel : public Model {
 public:
  /// `embedding` has a row for each of `rows` (positions in the dataset); `why` says why there is no rule.
  FixedRowsModel(std::vector<std::int64_t> rows, MatrixF embedding, std::string why);
  /// `clusters` has one for each of `rows`.
  FixedRowsModel(std::vector<std::int64_t> rows, std::vector<std::int32_t> clusters, std::string why);

  Task task() const override { return task_; }
  std::string no_rule() const override { return why_; }
  /// Throws ModelError for a row that was not trained on.
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<NamedArray> arrays() const override;
  /// Throws ModelError.
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;

 private:
  void sort_rows();

  Task task_;
  std::vector<std::int64_t> rows_;
  std::vector<std::size_t> order_;  ///< places in rows_, by row
  MatrixF embedding_;
  std::vector<std::int32_t> clusters_;
  std::vector<float> cluster_numbers_;  ///< the same, for who hashes arrays
  std::string why_;
};

}  // namespace gb
