#pragma once

#include <cstdint>
#include <vector>

#include "core/linalg/matrix.hpp"
#include "core/model/nearest_rows.hpp"

namespace gb {

/// A binary tree over rows with few features (Bentley 1975): each node halves its rows at the median of the feature in
/// which they are widest; searches leave out what lies beyond the farthest neighbour so far (Arya, Mount 1993).
class KdTree {
 public:
  /// Borrows `rows` (count x features), which must stay.
  KdTree(const MatrixF& rows, const RowMetric& metric);

  /// The k nearest rows of one query, nearest first.
  void find(const float* query, std::int64_t k, Neighbor* out) const;

 private:
  struct Node {
    std::int32_t begin = 0, end = 0;  ///< of order_
    std::int32_t left = -1, right = -1;
    std::int32_t feature = 0;
    float low = 0, high = 0;  ///< the largest value on the left and the smallest on the right
  };
  struct Query;

  std::int32_t build(std::int32_t begin, std::int32_t end);
  void search(std::int32_t node, double beyond, Query& query) const;

  const MatrixF& rows_;
  RowMetric metric_;
  std::vector<std::int32_t> order_;
  std::vector<Node> nodes_;
  MatrixF sorted_;  ///< the rows in order_, so that leaves are read in one go
};

}  // namespace gb
