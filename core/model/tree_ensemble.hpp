#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "core/events/state.hpp"
#include "core/model/model.hpp"

namespace gb {

/// Binary trees as flat arrays. A row goes left where its value is at most the threshold, both in float32, so that
/// every runtime sends it the same way.
class TreeEnsemble {
 public:
  /// A node as trees are handed over: children are positions within the tree, the root is the first.
  struct Split {
    std::int32_t feature = -1;  ///< -1: a leaf
    float threshold = 0;
    bool missing_left = false;  ///< where NaN goes
    std::int32_t left = -1, right = -1;
  };

  /// `outputs` sums are made per row. A leaf of a wide ensemble adds to each of them, one of a narrow ensemble to its
  /// tree's own.
  TreeEnsemble(std::int64_t outputs, bool wide) : outputs_(outputs), width_(wide ? outputs : 1) {}

  /// Adds a tree. `values` has width() numbers per node of which only those of leaves are read; `output` is the sum
  /// that a narrow tree adds to.
  void add(std::span<const Split> nodes, std::span<const float> values, std::int64_t output = 0);

  /// Drops all trees but the first `count`.
  void keep(std::int64_t count);

  std::int64_t outputs() const { return outputs_; }
  std::int64_t width() const { return width_; }
  std::int64_t trees() const { return static_cast<std::int64_t>(roots_.size()); }
  std::int64_t nodes() const { return static_cast<std::int64_t>(nodes_.size()); }
  std::int64_t leaves() const { return static_cast<std::int64_t>(values_.size()) / width_; }

  /// Rounds the leaves' values to multiples of a power of two so coarse that sums over all trees are exact in float32:
  /// then every runtime, whatever its order of summation, decides equal votes the same way. No runtime that adds floats
  /// could be closer. A wide ensemble's leaves (shares that add up to 1) still add up to exactly 1.
  void make_sums_exact();

  /// Sums of the trees for `rows` dense rows of `columns` features: rows x outputs, written to `sums`.
  void sum(const float* rows, std::int64_t count, std::int64_t columns, float* sums) const;

  /// Writes an ai.onnx.ml TreeEnsembleRegressor over `features` and returns its output [N, outputs].
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const;

  /// What a checkpoint keeps of the trees, and the way back. Throws Error where the state does not hold whole trees of
  /// at most `columns` features.
  void save(State& state) const;
  void restore(const State& state, std::int64_t columns);

  /// The fitted numbers; `structure` (features and children) is made when first asked for.
  std::vector<NamedArray> arrays() const;

 private:
  /// Children stand side by side: the right one follows the left one.
  struct Node {
    float threshold;
    std::int32_t feature;  ///< with `to_left` added where NaN goes left; negative: a leaf
    std::int32_t next;     ///< the left child, or the leaf's number
  };
  static constexpr std::int32_t to_left = std::int32_t{1} << 30;

  std::int32_t leaf_of(std::int32_t root, const float* row) const;

  std::int64_t outputs_, width_;
  std::vector<Node> nodes_;
  std::vector<std::int32_t> roots_;
  std::vector<std::int32_t> tree_outputs_;  ///< per tree
  std::vector<float> values_;               ///< leaves x width
  mutable std::once_flag made_;
  mutable std::vector<float> thresholds_, structure_;
};

/// A decision tree, forest or boosted trees.
class TreeModel : public Model {
 public:
  enum class Combine {
    average,  ///< mean over the trees (plus `base`): probabilities, or a value
    scores,   ///< `base` plus the sum: a value, a log-odds of the second of two classes, or a score per class (softmax)
  };
  /// `base` has one number per output of the ensemble, or none. The ensemble may still grow: what is asked sees all of
  /// it.
  TreeModel(Task task, std::shared_ptr<const TreeEnsemble> ensemble, Combine combine, std::vector<float> base = {});

  Task task() const override { return task_; }
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override;
  std::vector<NamedArray> arrays() const override;
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override;
  const TreeEnsemble& ensemble() const { return *ensemble_; }

 private:
  void finish(float* sums, Eigen::Index row, Prediction& prediction) const;

  Task task_;
  std::shared_ptr<const TreeEnsemble> ensemble_;
  Combine combine_;
  std::vector<float> base_;
};

}  // namespace gb
