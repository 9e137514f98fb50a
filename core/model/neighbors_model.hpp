#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/model/model.hpp"
#include "core/model/nearest_rows.hpp"

namespace gb {

/// A row is what its k nearest stored rows are: the share of each class among them, or the mean of their values.
class NeighborsModel : public Model {
 public:
  enum class Weights { uniform, distance };

  /// `rows` are stored; `target` has the class or value of every row of `features`. Classes are counted by `classes`,
  /// 0 for regression.
  NeighborsModel(const Features& features, std::span<const std::int64_t> rows, const Target& target, int neighbors,
                 Weights weights, RowMetric metric, NearestRows::Search search);

  Task task() const override { return task_; }
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<std::int64_t> rows_behind(const Features& features, std::int64_t row) const override;
  std::vector<NamedArray> arrays() const override;
  /// Distances, TopK, Gather, ReduceSum. Throws ModelError where the distances take a difference of every feature and
  /// the stored rows are too many for that.
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;

  const NearestRows& stored() const { return stored_; }
  int neighbors() const { return neighbors_; }

 private:
  std::string onnx_distances(OnnxGraph& graph, const std::string& queries, const std::string& rows) const;

  Task task_;
  NearestRows stored_;
  std::vector<std::int64_t> rows_;  ///< what each stored row is called in the features they came from
  int neighbors_;
  Weights weights_;
  Eigen::Index classes_;
  std::vector<std::int32_t> codes_;  ///< of each stored row
  std::vector<float> values_;
  std::vector<float> hashed_;  ///< codes_ as arrays() gives them
};

}  // namespace gb
