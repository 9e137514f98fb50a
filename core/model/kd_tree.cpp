#include "core/model/kd_tree.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace gb {
namespace {

constexpr std::int32_t leaf_rows = 24;

}  // namespace

/// The neighbours so far (a heap, the farthest first), and how far the query is from the current box in each feature.
struct KdTree::Query {
  const float* values;
  std::int64_t k;
  std::vector<Neighbor> heap;
  std::vector<double> offsets;

  double worst() const {
    return static_cast<std::int64_t>(heap.size()) < k ? std::numeric_limits<double>::infinity() : heap.front().reduced;
  }
  void offer(const Neighbor& candidate) {
    if (static_cast<std::int64_t>(heap.size()) == k) {
      if (!(candidate < heap.front())) return;
      std::pop_heap(heap.begin(), heap.end());
      heap.back() = candidate;
    } else {
      heap.push_back(candidate);
    }
    std::push_heap(heap.begin(), heap.end());
  }
};

KdTree::KdTree(const MatrixF& rows, const RowMetric& metric)
    : rows_(rows), metric_(metric), order_(static_cast<std::size_t>(rows.rows())) {
  std::iota(order_.begin(), order_.end(), 0);
  if (!order_.empty()) build(0, static_cast<std::int32_t>(order_.size()));
  sorted_.resize(rows.rows(), rows.cols());
  for (Eigen::Index i = 0; i < rows.rows(); ++i) sorted_.row(i) = rows.row(order_[static_cast<std::size_t>(i)]);
}

std::int32_t KdTree::build(std::int32_t begin, std::int32_t end) {
  const auto at = static_cast<std::int32_t>(nodes_.size());
  nodes_.push_back({.begin = begin, .end = end});
  if (end - begin <= leaf_rows) return at;
  std::int32_t widest = 0;
  float width = -1;
  for (Eigen::Index j = 0; j < rows_.cols(); ++j) {
    float low = std::numeric_limits<float>::infinity(), high = -low;
    for (std::int32_t i = begin; i < end; ++i) {
      const float value = rows_(order_[static_cast<std::size_t>(i)], j);
      low = std::min(low, value);
      high = std::max(high, value);
    }
    if (high - low > width) {
      width = high - low;
      widest = static_cast<std::int32_t>(j);
    }
  }
  if (!(width > 0)) return at;  // all the same: a leaf, however large
  const std::int32_t middle = begin + (end - begin) / 2;
  const auto value = [&](std::int32_t row) { return rows_(row, widest); };
  std::nth_element(order_.begin() + begin, order_.begin() + middle, order_.begin() + end,
                   [&](std::int32_t a, std::int32_t b) { return value(a) != value(b) ? value(a) < value(b) : a < b; });
  float low = -std::numeric_limits<float>::infinity();
  for (std::int32_t i = begin; i < middle; ++i) low = std::max(low, value(order_[static_cast<std::size_t>(i)]));
  const float high = value(order_[static_cast<std::size_t>(middle)]);
  const std::int32_t left = build(begin, middle), right = build(middle, end);
  Node& node = nodes_[static_cast<std::size_t>(at)];
  node.left = left;
  node.right = right;
  node.feature = widest;
  node.low = low;
  node.high = high;
  return at;
}

void KdTree::search(std::int32_t at, double beyond, Query& query) const {
  const Node& node = nodes_[static_cast<std::size_t>(at)];
  if (node.left < 0) {
    for (std::int32_t i = node.begin; i < node.end; ++i)
      query.offer(
          {metric_.reduced(query.values, sorted_.row(i).data(), sorted_.cols()), order_[static_cast<std::size_t>(i)]});
    return;
  }
  const auto feature = static_cast<std::size_t>(node.feature);
  const auto value = static_cast<double>(query.values[feature]);
  const double to_left = value - static_cast<double>(node.low), to_right = static_cast<double>(node.high) - value;
  const bool left_first = to_left <= to_right;
  search(left_first ? node.left : node.right, beyond, query);
  const double offset = std::max(left_first ? to_right : to_left, 0.0);
  const double before = query.offsets[feature];
  if (offset <= before) {
    if (beyond * (1 - 1e-9) <= query.worst()) search(left_first ? node.right : node.left, beyond, query);
    return;
  }
  const double farther = beyond - metric_.part(before) + metric_.part(offset);
  // Rounding may not hide a row that is exactly as far as the farthest one so far.
  if (farther * (1 - 1e-6) > query.worst()) return;
  query.offsets[feature] = offset;
  search(left_first ? node.right : node.left, farther, query);
  query.offsets[feature] = before;
}

void KdTree::find(const float* values, std::int64_t k, Neighbor* out) const {
  Query query{values, k, {}, std::vector<double>(static_cast<std::size_t>(rows_.cols()))};
  query.heap.reserve(static_cast<std::size_t>(k));
  search(0, 0, query);
  std::sort_heap(query.heap.begin(), query.heap.end());
  std::copy(query.heap.begin(), query.heap.end(), out);
}

}  // namespace gb
