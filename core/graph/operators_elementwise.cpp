#include <algorithm>
#include <array>

#include "core/graph/operator_list.hpp"

namespace gb {
namespace {

/// Activations whose slope follows from their output, so that the input need not be kept, and those that need it.
constexpr std::array by_output{"Relu", "LeakyRelu", "Elu", "Selu", "Sigmoid", "Tanh", "Softplus"};
constexpr std::array by_input{"Gelu", "HardSwish"};

/// d op(X) = dY * slope(Y).
Ids output_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {graph.add(node.op + "Grad", {gradients[0], node.outputs[0]}, node.attributes)};
}

/// d op(X) = dY * slope(X).
Ids input_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {graph.add(node.op + "Grad", {gradients[0], node.inputs[0]}, node.attributes)};
}

/// Of slopes that are constant wherever they are defined, by dY alone.
Ids rectifier_second_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {graph.add(node.op, {gradients[0], node.inputs[1]}, node.attributes), -1};
}

/// NumPy's broadcasting: shapes aligned at their ends, an extent of 1 stretched.
Shape broadcast(const Node& node, const Shapes& inputs) {
  const Shape& a = inputs[0];
  const Shape& b = inputs[1];
  Shape result(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1) misfit(node, "shapes of which one can be stretched to the other", inputs);
    result[result.size() - 1 - i] = x == 1 ? y : x;
  }
  return result;
}

Shapes infer_broadcast(const Node& node, const Shapes& inputs) {
  return {broadcast(node, inputs)};
}

/// A gradient in the shape of what was stretched: summed over the stretched axes.
ValueId reduced(Graph& graph, ValueId gradient, ValueId like) {
  const Shape shape = graph.value(like).shape;
  if (graph.value(gradient).shape == shape) return gradient;
  return graph.add("ReduceSumTo", {gradient}, {{"shape", shape}});
}

Ids add_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {reduced(graph, gradients[0], node.inputs[0]), reduced(graph, gradients[0], node.inputs[1])};
}

Ids multiply_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {reduced(graph, graph.add("Mul", {gradients[0], node.inputs[1]}), node.inputs[0]),
          reduced(graph, graph.add("Mul", {gradients[0], node.inputs[0]}), node.inputs[1])};
}

/// One slope per channel: [C, 1, 1] for pictures, [F] for rows.
Shapes infer_prelu(const Node& node, const Shapes& inputs) {
  if (broadcast(node, inputs) != inputs[0]) misfit(node, "slopes that can be stretched to the input", inputs);
  return {inputs[0]};
}

Ids prelu_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  const auto both = graph.add_all("PReluGrad", {gradients[0], node.inputs[0], node.inputs[1]});
  return {both[0], reduced(graph, both[1], node.inputs[1])};
}

Shapes infer_prelu_gradient(const Node&, const Shapes& inputs) {
  return {inputs[1], inputs[1]};
}

Shapes infer_dropout(const Node& node, const Shapes& inputs) {
  if (inputs[1] != Shape{2}) misfit(node, "numbers and a key [2]", inputs);
  return {inputs[0]};
}

/// The same key draws the same mask again, so that none is kept.
Ids dropout_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {graph.add("Dropout", {gradients[0], node.inputs[1]}, node.attributes), -1};
}

Shapes infer_gaussian_sample(const Node& node, const Shapes& inputs) {
  if (inputs[0] != inputs[1] || inputs[2] != Shape{2})
    misfit(node, "means, as many log-variances and a key [2]", inputs);
  return {inputs[0]};
}

Ids gaussian_sample_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {gradients[0],
          graph.add("GaussianSampleGrad", {gradients[0], node.inputs[1], node.inputs[2]}, node.attributes), -1};
}

/// Noise that was added does not depend on what it was added to.
Ids noise_gradient(Graph&, const Node&, const Ids& gradients) {
  return {gradients[0], -1};
}

Ids identity_gradient(Graph&, const Node&, const Ids& gradients) {
  return gradients;
}

}  // namespace

void add_elementwise_operators(std::vector<Operator>& list) {
  for (const std::string name : by_output) {
    const bool rectifier = name == "Relu" || name == "LeakyRelu";
    list.push_back({name, 1, 1, same_as_first, output_gradient});
    list.push_back({name + "Grad", 2, 2, all_equal, rectifier ? rectifier_second_gradient : nullptr});
  }
  for (const char* name : by_input) {
    list.push_back({name, 1, 1, same_as_first, input_gradient});
    list.push_back({std::string(name) + "Grad", 2, 2, all_equal});
  }
  for (const char* name : {"Softmax", "LogSoftmax"}) {
    list.push_back({name, 1, 1, same_as_first, output_gradient});
    list.push_back({std::string(name) + "Grad", 2, 2, all_equal});
  }
  list.push_back({"PRelu", 2, 2, infer_prelu, prelu_gradient});
  list.push_back({"PReluGrad", 3, 3, infer_prelu_gradient});
  list.push_back({"Add", 2, 2, infer_broadcast, add_gradient});
  list.push_back({"Mul", 2, 2, infer_broadcast, multiply_gradient});
  list.push_back({"ReduceSumTo", 1, 1, shape_attribute});
  list.push_back({"Dropout", 2, 2, infer_dropout, dropout_gradient});
  list.push_back({"GaussianNoise", 2, 2, infer_dropout, noise_gradient});
  list.push_back({"GaussianSample", 3, 3, infer_gaussian_sample, gaussian_sample_gradient});
  list.push_back({"GaussianSampleGrad", 3, 3, infer_gaussian_sample});
  list.push_back({"Identity", 1, 1, same_as_first, identity_gradient});
}

bool may_overwrite(std::string_view op) {
  if (op == "Identity" || op == "Reshape" || op == "Flatten" || op == "Dropout" || op == "GaussianNoise" ||
      op == "BatchNormalizationGrad" || is_activation(op))
    return true;
  return op.ends_with("Grad") && is_activation(op.substr(0, op.size() - 4));
}

bool is_activation(std::string_view op) {
  return std::find(by_output.begin(), by_output.end(), op) != by_output.end() ||
         std::find(by_input.begin(), by_input.end(), op) != by_input.end();
}

}  // namespace gb
