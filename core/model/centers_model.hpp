#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/linalg/nearest.hpp"
#include "core/model/model.hpp"

namespace gb {

/// A row belongs to the nearest of k centres.
class CentersModel : public Model {
 public:
  /// k x features, in the features' own space.
  explicit CentersModel(MatrixF centers);

  Task task() const override { return Task::clustering; }
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<NamedArray> arrays() const override;
  /// argmin over |c|^2 - 2 x.c, about the centres' mean, which keeps it accurate far from zero.
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;

  /// Clusters of rows that are given densely, and how clearly each is nearer to its centre than to the next: 0 (just as
  /// near) to 1.
  std::vector<std::int32_t> regions(MatrixF rows, std::vector<float>& certainty) const;

 private:
  /// Moves the first `some` rows to the centres' origin, then finds their clusters; `scores` gets those of each centre.
  void nearest_of(MatrixF& rows, Eigen::Index some, MatrixF& scores, std::int32_t* labels) const;

  MatrixF centers_;
  Eigen::RowVectorXf origin_;  ///< the centres' mean
  NearestCenters nearest_;     ///< the centres about it
};

}  // namespace gb
