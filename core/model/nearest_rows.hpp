#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/data/features.hpp"
#include "core/linalg/matrix.hpp"
#include "core/model/row_metric.hpp"

namespace gb {

class KdTree;

/// A stored row, by its place among the stored ones, and how far it is.
struct Neighbor {
  double reduced = 0;  ///< as RowMetric::reduced()
  std::int32_t row = 0;

  bool operator<(const Neighbor& other) const {
    return reduced != other.reduced ? reduced < other.reduced : row < other.row;
  }
};

/// Keeps some rows and finds the k nearest of them to others. Of rows that are equally far, those stored first are
/// taken. Three ways, all with the same result:
/// - a kd-tree, for few features;
/// - blocks of matrix products in float for euclidean and cosine distances; candidates are measured again in double,
/// and
///   where rounding might have hidden one the query is done over, row by row;
/// - for bytes (pixels) under the euclidean distance products of whole numbers, which are exact.
class NearestRows {
 public:
  enum class Search { automatic, brute, tree };

  /// Stores the given rows of `features`. The tree is no choice for cosine.
  NearestRows(const Features& features, std::span<const std::int64_t> rows, RowMetric metric, Search search);
  ~NearestRows();

  std::int64_t count() const { return count_; }
  std::int64_t columns() const { return columns_; }
  const RowMetric& metric() const { return metric_; }
  bool uses_tree() const { return tree_ != nullptr; }
  bool stores_bytes() const { return !bytes_.empty(); }

  /// The `k` nearest stored rows of each query, nearest first: rows.size() x k. k is at most count().
  void find(const Features& features, std::span<const std::int64_t> rows, std::int64_t k, Neighbor* out) const;

  /// A stored row as the features that it was made of (unit length for cosine).
  void load(std::int64_t row, float* out) const;
  /// All stored rows: values (count x columns), or bytes less 128 where bytes are stored, with the map that they go
  /// through.
  const MatrixF& values() const { return values_; }
  std::span<const std::int8_t> shifted_bytes() const { return bytes_; }
  float factor() const { return factor_; }
  float offset() const { return offset_; }

 private:
  void find_by_bytes(const Features& features, std::span<const std::int64_t> rows, std::int64_t k, Neighbor* out) const;
  void find_by_products(const Features& features, std::span<const std::int64_t> rows, std::int64_t k,
                        Neighbor* out) const;
  void find_one_by_one(const Features& features, std::span<const std::int64_t> rows, std::int64_t k,
                       Neighbor* out) const;
  void measure_all(const float* query, std::int64_t k, Neighbor* out) const;

  std::int64_t count_ = 0, columns_ = 0;
  RowMetric metric_;
  MatrixF values_;                  ///< or
  std::vector<std::int8_t> bytes_;  ///< pixels less 128
  float factor_ = 1, offset_ = 0;   ///< of bytes
  Eigen::RowVectorXf origin_;       ///< about which products are taken: the mean
  MatrixF centered_;                ///< values about it; empty where they are not needed
  std::vector<float> norms_;        ///< squared
  std::vector<std::int32_t> byte_norms_;
  float largest_norm_ = 0;
  std::unique_ptr<KdTree> tree_;
};

}  // namespace gb
