#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/base/random.hpp"
#include "core/train/tree_columns.hpp"

namespace gb {

/// How pure a node is.
enum class Impurity { gini, entropy, squared_error };

/// What trees learn: a class or a value per row (position within the training rows).
struct TreeTarget {
  std::size_t classes = 0;            ///< 0: values
  std::vector<std::uint16_t> codes;   ///< class per row
  std::vector<double> values;         ///< value per row, about their mean
  std::vector<double> class_weights;  ///< per class, 1 where nothing is said
};

/// How a tree grows (Breiman, Friedman, Olshen, Stone 1984).
struct TreeGrowth {
  Impurity impurity = Impurity::gini;
  int max_depth = 0;  ///< 0: no limit
  std::int64_t min_samples_split = 2;
  std::int64_t min_samples_leaf = 1;
  int max_leaf_nodes = 0;  ///< 0: no limit
  double min_impurity_decrease = 0;
  std::size_t features = 0;        ///< drawn per split; 0: all
  bool random_thresholds = false;  ///< one threshold per feature, drawn between its extremes (extra trees)
  bool best_first = false;         ///< splits what gains most, else depth first
  bool parallel = false;           ///< features side by side; otherwise on the calling thread alone
};

/// A row as a tree sees it: where it stands, how often it was drawn, its class.
struct TreeRow {
  std::uint32_t position;
  std::uint16_t weight;
  std::uint16_t code;
};

struct GrownNode {
  std::int32_t parent = -1, left = -1, right = -1;  ///< no children: a leaf
  std::int32_t feature = -1;
  float threshold = 0;
  std::int32_t depth = 0;
  std::int64_t rows = 0;  ///< with repetitions
  double weight = 0;      ///< class weights included
  double impurity = 0;
};

/// Grows one tree, a split at a time. The tree depends on its rows, its growth and its random numbers alone, never on
/// threads. Splits are exact: every threshold between two different values is tried, and of equally good ones the
/// first feature's lowest is taken.
class TreeGrower {
 public:
  /// Everything is borrowed but `rows`, which must not be empty. `stop` is asked now and then.
  TreeGrower(const TreeColumns& columns, const TreeTarget& target, const TreeGrowth& growth, std::vector<TreeRow> rows,
             Random random, std::function<bool()> stop = {});
  ~TreeGrower();
  TreeGrower(TreeGrower&&) noexcept;

  /// Looks for the root's split; split() needs it. False when stopped: nothing has been done.
  bool begin();
  /// Carries out the next split. Returns its node, -1 when the tree is complete, nothing when stopped: the tree can
  /// then be continued with replay() alone.
  std::optional<std::int32_t> split();
  /// All splits. False when stopped.
  bool grow();

  const std::vector<GrownNode>& nodes() const;
  /// Of a node: shares of the classes (weighted), or the mean value.
  std::span<const float> values(std::int32_t node) const;
  /// All nodes' values, width() each.
  std::span<const float> values() const;
  std::size_t width() const;
  std::size_t leaves() const;
  /// Sum over the leaves of their impurity, weighted by their share of all rows.
  double impurity() const;
  /// Per feature the sum of what its splits took off the impurity, weighted by their nodes' shares.
  std::vector<double> importances() const;

  /// Minimal cost-complexity pruning (Breiman et al., chapter 3): the smallest subtree that minimizes impurity + alpha
  /// * leaves. Nodes are renumbered.
  void prune(double alpha);

  /// Repeats the splits of a tree that was grown with the same arguments, best first, from its nodes' features,
  /// thresholds and children. False when stopped; throws Error when they do not fit together.
  bool replay(std::span<const GrownNode> nodes);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
