#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/linalg/radius_index.hpp"
#include "core/model/model.hpp"

namespace gb {

/// A row belongs to the cluster of the nearest core point within a radius; where there is none it is noise, -1.
class CorePointsModel : public Model {
 public:
  /// `points` is n x features in the features' own space, `clusters` has the cluster of each.
  CorePointsModel(MatrixF points, std::vector<std::int32_t> clusters, double radius);

  Task task() const override { return Task::clustering; }
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<NamedArray> arrays() const override;
  /// Squared distances to all core points, the least of them, and -1 where it is above the squared radius.
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;

  /// Clusters of rows that are given densely.
  std::vector<std::int32_t> clusters_of(const MatrixF& rows) const;

 private:
  MatrixF points_;
  std::vector<std::int32_t> clusters_;
  std::vector<float> cluster_numbers_;  ///< the same, for who hashes arrays
  double radius_;
  float radius_number_;
  RadiusIndex index_;
};

}  // namespace gb
