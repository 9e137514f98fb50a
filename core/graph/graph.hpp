#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/backend/device.hpp"

namespace gb {

/// The extent that stands for the number of examples until a graph is compiled.
constexpr std::int64_t any_batch = -1;

using ValueId = int;

/// What a parameter holds before training. Uniform ones draw from +-sqrt(3 s), normal ones N(0, s) cut at two
/// deviations (and widened to have variance s), with s = 2 / fan_in for He et al. (2015), 2 / (fan_in + fan_out) for
/// Glorot, Bengio (2010) and 1 / fan_in for LeCun et al. (1998; selu: Klambauer et al. 2017). small_normal: N(0, 0.02 ^
/// 2), whole, whatever the layer's size (Radford et al. 2016).
enum class Initializer {
  zeros,
  ones,
  glorot_uniform,
  glorot_normal,
  he_uniform,
  he_normal,
  lecun_uniform,
  lecun_normal,
  small_normal
};
struct Filling {
  Initializer initializer = Initializer::zeros;
  double fan_in = 1, fan_out = 1;  ///< numbers that one output sums up, and outputs that one number goes into
};

/// A tensor of the graph: given from outside, kept from step to step, or computed by a node.
struct Value {
  enum class Kind {
    input,      ///< numbers, written before each run
    labels,     ///< class numbers, int32, written before each run
    key,        ///< int32 [2], written before each run: the same key draws the same random numbers
    parameter,  ///< learnt by gradient descent
    state,      ///< kept, but not by gradients: running statistics
    computed,
  };
  std::string name;
  Shape shape;
  Kind kind = Kind::computed;
  Filling filling = {};        ///< of parameters and states
  bool channels_last = false;  ///< pictures kept as [N, H, W, C]; the shape stays [N, C, H, W]
  bool fixed = false;          ///< a parameter or state that no longer changes
};

struct Node {
  std::string op;
  std::vector<ValueId> inputs, outputs;
  Attributes attributes;
};

/// A static computation. Nodes stand in an order in which they can run; operators have ONNX names and meanings.
class Graph {
 public:
  ValueId input(std::string name, Shape shape);
  ValueId labels(std::string name, Shape shape);
  ValueId parameter(std::string name, Shape shape, Filling filling = {});
  ValueId state(std::string name, Shape shape, Filling filling = {});
  /// The graph's only key.
  ValueId key();

  /// Appends a node, its output shapes inferred. Throws GraphError naming operator, expectation and what arrived.
  std::vector<ValueId> add_all(std::string op, std::vector<ValueId> inputs, Attributes attributes = {});
  /// The first output of a new node.
  ValueId add(std::string op, std::vector<ValueId> inputs, Attributes attributes = {}) {
    return add_all(std::move(op), std::move(inputs), std::move(attributes)).front();
  }

  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<Value>& values() const { return values_; }
  const Value& value(ValueId id) const { return values_[static_cast<std::size_t>(id)]; }
  std::vector<ValueId> parameters() const { return of_kind(Value::Kind::parameter); }
  /// Parameters, then states: what a model consists of.
  std::vector<ValueId> kept() const;
  std::vector<ValueId> of_kind(Value::Kind kind) const;

  /// A value for what a pass makes of `like`: same shape, other memory.
  ValueId variant(ValueId like, bool channels_last);
  /// Declares that parameters and states stay as they are when an executable is made: kernels may keep them in forms of
  /// their own.
  void fix_kept();
  /// Replaces the nodes: for passes. Values keep their ids.
  void set_nodes(std::vector<Node> nodes) { nodes_ = std::move(nodes); }

 private:
  ValueId new_value(std::string name, Shape shape, Value::Kind kind, Filling filling = {});

  std::vector<Node> nodes_;
  std::vector<Value> values_;
};

}  // namespace gb
