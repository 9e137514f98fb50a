#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/evaluate/views.hpp"
#include "core/events/events.hpp"

namespace gb {

/// What people see of a clustering around centres, at work on the training rows.
class ClusterViews {
 public:
  /// `problem` must outlive this.
  explicit ClusterViews(const ProblemSet& problem);

  /// View "clusters": the rows in the plane, coloured by `labels` (of the training rows; -1 is no cluster), for the
  /// caller to complete.
  std::shared_ptr<Points> rows(std::int64_t step, std::span<const std::int32_t> labels, std::size_t clusters) const;
  const PlaneView& plane() const { return plane_; }
  /// Of the plane's rows among the training rows.
  std::span<const std::size_t> places() const { return places_; }
  /// Cells of the regions behind two-dimensional data.
  static constexpr int region_width = 160, region_height = 120;

  /// View "clusters": the rows in the plane, coloured by `labels` (of the training rows), with the centres (k x
  /// features) and, where the data is two-dimensional, the region of each.
  std::shared_ptr<const Points> points(std::int64_t step, const MatrixF& centers,
                                       std::span<const std::int32_t> labels) const;
  /// View "centers": the first 100 centres as pictures, of image data only. `sizes` counts their rows.
  std::shared_ptr<const Images> pictures(std::int64_t step, const MatrixF& centers,
                                         std::span<const std::int64_t> sizes) const;

 private:
  const ProblemSet& problem_;
  PlaneView plane_;
  std::vector<std::size_t> places_;
};

}  // namespace gb
