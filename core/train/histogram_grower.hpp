#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/train/binned_rows.hpp"

namespace gb {

/// How a boosted tree grows.
struct HistogramGrowth {
  int max_leaf_nodes = 31;  ///< 0: no limit
  int max_depth = 0;        ///< 0: no limit
  std::int64_t min_samples_leaf = 20;
  double l2 = 0;
  bool parallel = false;  ///< groups of features side by side; otherwise on the calling thread alone
  std::size_t memory = std::size_t{256} << 20;  ///< that histograms may take; beyond it they are made anew
};

struct HistogramNode {
  std::int32_t feature = -1;  ///< -1: a leaf
  float threshold = 0;
  bool missing_left = false;
  std::int32_t left = -1, right = -1;
  std::int32_t depth = 0;
  std::size_t begin = 0, end = 0;  ///< its rows in HistogramTree::rows
  double gain = 0;                 ///< of its split: what the loss loses, by its second-order approximation
};

struct HistogramTree {
  std::vector<HistogramNode> nodes;
  std::vector<std::uint32_t> rows;  ///< positions, node by node
  bool complete = false;            ///< false: stopped
};

/// Grows trees on gradients and second derivatives of a loss (Friedman 2001; Chen, Guestrin 2016, equations 6 and 7),
/// leaf by leaf, the one first that gains most. Sums are whole numbers: gradients are rounded to multiples of a power
/// of two so small that 60,000 rows keep 40 binary digits. So the smaller child's histogram is counted, the larger
/// one's is what its parent's has left, exactly, and the tree depends on no order of summation and no number of
/// threads.
class HistogramGrower {
 public:
  /// `rows` is borrowed.
  HistogramGrower(const BinnedRows& rows, const HistogramGrowth& growth);

  /// Gradients and second derivatives per row (position).
  HistogramTree grow(std::span<const float> gradients, std::span<const float> hessians,
                     const std::function<bool()>& stop);

 private:
  /// Gradient in the first lane; second derivative and, in the lowest bits, the number of rows in the second one.
  using Sums = std::int64_t __attribute__((vector_size(16)));
  using Histogram = std::vector<Sums>;

  struct Split {
    double gain = 0;
    std::int32_t column = -1;  ///< among the columns of the rows
    std::uint32_t bin = 0;     ///< the last one that goes left
    bool missing_left = false;
    Sums left{};
  };
  /// A leaf that can be split.
  struct Open {
    std::int32_t node = 0;
    Sums sums{};
    Split split;
    Histogram histogram;  ///< may be empty, where memory ran out
  };

  void set_gradients(std::span<const float> gradients, std::span<const float> hessians);
  Sums sum_of(std::span<const std::uint32_t> some) const;
  void count(const BinnedRows::Group& group, std::span<const std::uint32_t> some, const Sums& sums,
             Histogram& histogram) const;
  void search(const BinnedRows::Group& group, const Histogram& histogram, const Sums& sums, Split& best) const;
  template <class Job>
  void for_groups(const Job& job) const;
  static Split best_of(std::span<const Split> found);
  Histogram take_histogram();
  void give_back(Histogram&& histogram);
  void offer(Open&& candidate, std::int32_t depth);
  bool is_full() const;
  bool expand(HistogramTree& tree, std::vector<std::uint32_t>& scratch);

  const BinnedRows& rows_;
  const HistogramGrowth growth_;
  std::vector<Sums> gradients_;
  double gradient_unit_ = 1, hessian_unit_ = 1;  ///< what 1 of the whole numbers is
  std::vector<Open> open_;                       ///< a heap by gain
  std::vector<Histogram> spare_;
  std::size_t histograms_ = 0;  ///< made so far
  std::size_t leaves_ = 0;
};

}  // namespace gb
