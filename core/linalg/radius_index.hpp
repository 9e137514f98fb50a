#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/linalg/matrix.hpp"

namespace gb {

/// Points and who lies within a fixed Euclidean distance of whom (that distance included). Up to 16 features: cells as
/// wide as the radius over the three features that spread most, so that only neighbouring cells are looked at; beyond:
/// matrix products, where what rounding leaves open is decided by differences in double.
class RadiusIndex {
 public:
  RadiusIndex() = default;
  /// n x features, finite; `radius` above zero.
  RadiusIndex(MatrixF points, double radius);

  std::int64_t count() const { return static_cast<std::int64_t>(order_.size()); }
  std::int64_t features() const { return features_; }

  /// For every point 1 when at least `wanted` points, itself among them, lie within the radius, else 0. Empty when
  /// `stop` said so on the way.
  std::vector<std::uint8_t> crowded(std::int64_t wanted, const std::function<bool()>& stop) const;

  /// Takes out every point that is still in and within the radius of one of `from` (numbers of points); appends their
  /// numbers to `taken`, in an order that depends on the points alone.
  void take_around(std::span<const std::int64_t> from, std::vector<std::int64_t>& taken);

  /// The point nearest to each of `rows` (count x features), -1 where none is within the radius. What was taken out
  /// counts as well.
  void nearest(const float* rows, std::int64_t count, std::int64_t* out) const;

 private:
  static constexpr std::int64_t most_in_cells = 16;
  static constexpr int most_axes = 3;

  struct Cell {
    std::uint64_t key = 0;
    std::int32_t first = 0;  ///< position of its first point
    std::int32_t alive = 0;  ///< points that are still in: the first so many of its slots
  };
  /// Cells first to last (excluded), neighbours along the first axis.
  struct CellRange {
    std::int32_t first = 0, last = 0;
  };

  void make_cells(const MatrixF& points);
  void find_neighbors();
  std::int32_t end_of(std::size_t cell) const;
  bool within(const float* a, const float* b) const;
  double squared_distance(const float* a, const float* b) const;
  void take_from_cells(std::int64_t position, std::vector<std::int64_t>& taken);
  void take_by_products(std::span<const std::int64_t> from, std::vector<std::int64_t>& taken);
  void nearest_by_products(const float* rows, std::int64_t count, std::int64_t* out) const;
  std::int64_t nearest_in_cells(const float* row) const;
  void crowded_by_products(std::int64_t wanted, const std::function<bool()>& stop,
                           std::vector<std::uint8_t>& flags) const;
  /// Less the mean, with squared norms.
  void centered(const float* rows, std::int64_t count, float* out, float* squared_norms) const;
  float product_error(float largest_a, float largest_b) const;

  std::int64_t features_ = 0;
  double squared_radius_ = 0;
  bool by_products_ = false;
  MatrixF points_;                    ///< in the order of cells
  std::vector<std::int64_t> order_;   ///< number of the point at each position
  std::vector<std::int64_t> places_;  ///< position of each point

  // Cells.
  int axes_ = 0;
  std::int64_t axis_[most_axes] = {};
  double low_[most_axes] = {}, width_[most_axes] = {};
  std::uint64_t stride_[most_axes] = {}, cells_along_[most_axes] = {};
  std::vector<Cell> cells_;
  std::vector<std::int32_t> cell_of_;  ///< per position
  std::vector<std::int64_t> offsets_;  ///< of neighbouring rows of cells, as differences of keys
  std::vector<CellRange> neighbors_;   ///< cells x offsets
  std::vector<std::int32_t> slots_;    ///< positions by cell, those still in first

  // Products.
  Eigen::RowVectorXf mean_;
  std::vector<float> norms_;             ///< squared, about the mean, per position
  std::vector<std::int32_t> remaining_;  ///< positions that are still in
};

}  // namespace gb
