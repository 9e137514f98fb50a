#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/backend/device.hpp"

namespace gb {

/// The extent that stands for the number of examples until a graph is compiled.
constexpr std::int64_t any_batch = -1;

using ValueId = int;

/// A tensor of the graph: given from outside, learnt, or computed by a node.
struct Value {
  enum class Kind { input, labels, parameter, computed };
  std::string name;
  Shape shape;
  Kind kind = Kind::computed;  ///< labels: class numbers, int32
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
  ValueId parameter(std::string name, Shape shape);

  /// Appends a node, its output shapes inferred. Throws GraphError naming operator, expectation and what arrived.
  std::vector<ValueId> add_all(std::string op, std::vector<ValueId> inputs, Attributes attributes = {});
  /// The first output of a new node.
  ValueId add(std::string op, std::vector<ValueId> inputs, Attributes attributes = {}) {
    return add_all(std::move(op), std::move(inputs), std::move(attributes)).front();
  }

  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<Value>& values() const { return values_; }
  const Value& value(ValueId id) const { return values_[static_cast<std::size_t>(id)]; }
  std::vector<ValueId> parameters() const;

  /// Replaces the nodes: for passes. Values keep their ids.
  void set_nodes(std::vector<Node> nodes) { nodes_ = std::move(nodes); }

 private:
  ValueId new_value(std::string name, Shape shape, Value::Kind kind);

  std::vector<Node> nodes_;
  std::vector<Value> values_;
};

}  // namespace gb
