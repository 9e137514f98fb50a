#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/graph/graph.hpp"

namespace gb {

/// What the graph knows of an operator; how it is computed is the device's business.
struct Operator {
  std::string name;
  std::size_t least_inputs = 1, most_inputs = 1;
  /// Output shapes; throws GraphError when the inputs do not fit.
  std::vector<Shape> (*infer)(const Node& node, const std::vector<Shape>& inputs);
  /// Appends backward nodes. `gradients` holds one value per output of `node`, -1 where nothing flows back (of a loss:
  /// the implicit 1). Returns the gradient of each input, -1 where there is none. Null for operators that have no
  /// derivative.
  std::vector<ValueId> (*gradient)(Graph& graph, const Node& node, const std::vector<ValueId>& gradients) = nullptr;
};

/// Throws GraphError for an unknown name.
const Operator& find_operator(std::string_view name);
std::vector<std::string> operator_names();

/// Elementwise activations: "Relu", "Tanh", ...
bool is_activation(std::string_view op);

}  // namespace gb
