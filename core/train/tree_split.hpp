#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "core/train/tree_grower.hpp"

namespace gb {

/// The rows of a node summed up.
struct NodeSums {
  std::vector<double> classes;        ///< weight per class
  std::vector<std::uint32_t> counts;  ///< rows per class, with repetitions
  double weight = 0;                  ///< of all rows
  double sum = 0;                     ///< of values
  std::int64_t rows = 0;              ///< with repetitions
  double impurity = 0;
};

/// A place to split a node.
struct SplitChoice {
  /// What orders splits of one node: the greater, the purer the children. Of an exact split only.
  double score = -std::numeric_limits<double>::infinity();
  std::int32_t feature = -1;
  float threshold = 0;

  bool found() const { return feature >= 0; }
};

/// Searches one node's splits, feature by feature; its memory is used over and over.
class SplitSearch {
 public:
  SplitSearch(const TreeColumns& columns, const TreeTarget& target, const TreeGrowth& growth);

  NodeSums sums_of(std::span<const TreeRow> rows) const;

  /// Improves `best` by the best split on this feature, or, when `random` is given, by the split at a threshold drawn
  /// with it. False where the feature is constant.
  bool improve(std::span<const TreeRow> rows, const NodeSums& sums, std::size_t feature, Random* random,
               SplitChoice& best);

 private:
  bool improve_coded(std::span<const TreeRow> rows, const NodeSums& sums, std::size_t feature, Random* random,
                     SplitChoice& best);
  bool improve_floats(std::span<const TreeRow> rows, const NodeSums& sums, std::size_t feature, Random* random,
                      SplitChoice& best);
  /// Ascending codes that occur; their sums are in counts_, or in weights_ and totals_.
  std::span<const std::uint8_t> tally(std::span<const TreeRow> rows, const NodeSums& sums, std::size_t feature);
  void count_classes(std::span<const TreeRow> rows, std::size_t feature);
  void count_common(std::span<const std::uint8_t> codes, std::uint8_t common, const NodeSums& sums);
  void count_values(std::span<const TreeRow> rows, std::size_t feature);
  void forget(std::uint8_t code);

  // A scan from left to right: everything starts on the right side.
  void start(const NodeSums& sums);
  void move_class(std::size_t code, std::uint32_t count);
  void move_value(double weight, double sum, std::uint32_t count);
  void move_code(std::uint8_t code);
  double score() const;
  bool allowed() const { return left_rows_ >= growth_.min_samples_leaf && right_rows_ >= growth_.min_samples_leaf; }

  const TreeColumns& columns_;
  const TreeTarget& target_;
  const TreeGrowth& growth_;
  std::vector<std::uint32_t> counts_;  ///< 256 codes x classes; zero between searches
  std::array<std::uint32_t, 256> row_counts_{};
  std::array<double, 256> totals_{};
  alignas(8) std::array<std::uint8_t, 256> seen_{};
  std::array<std::uint8_t, 256> list_{};
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> rest_;   ///< rows per class that are not counted yet
  std::vector<double> left_, right_;  ///< weight per class
  double left_terms_ = 0, right_terms_ = 0;
  double left_weight_ = 0, right_weight_ = 0, left_sum_ = 0, right_sum_ = 0;
  std::int64_t left_rows_ = 0, right_rows_ = 0;
};

}  // namespace gb
