#include "core/graph/operators.hpp"

#include <algorithm>
#include <array>

namespace gb {
namespace {

using Shapes = std::vector<Shape>;
using Ids = std::vector<ValueId>;

[[noreturn]] void misfit(const Node& node, const std::string& expectation, const Shapes& arrived) {
  std::string text = node.op + " expects " + expectation + ", but got";
  for (std::size_t i = 0; i < arrived.size(); ++i) text += (i ? " and " : " ") + extents_text(arrived[i]);
  throw GraphError(text);
}

Shapes same_as_first(const Node&, const Shapes& inputs) {
  return {inputs[0]};
}

Shapes all_equal(const Node& node, const Shapes& inputs) {
  if (inputs[0] != inputs[1]) misfit(node, "two inputs of the same shape", inputs);
  return {inputs[0]};
}

Shapes infer_gemm(const Node& node, const Shapes& inputs) {
  const bool trans_a = integer_attribute(node.attributes, "transA", 0) != 0;
  const bool trans_b = integer_attribute(node.attributes, "transB", 0) != 0;
  if (inputs[0].size() != 2 || inputs[1].size() != 2) misfit(node, "two matrices", inputs);
  const std::int64_t m = inputs[0][trans_a ? 1 : 0];
  const std::int64_t k = inputs[0][trans_a ? 0 : 1];
  const std::int64_t n = inputs[1][trans_b ? 0 : 1];
  if (k != inputs[1][trans_b ? 1 : 0]) misfit(node, "matching inner extents", inputs);
  if (inputs.size() > 2 && inputs[2] != Shape{n}) misfit(node, "a bias of " + extents_text({n}), inputs);
  return {{m, n}};
}

/// Y = op(A) op(B) + C: each gradient is a product of dY with the other factor, in the layout of its own factor.
Ids gemm_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  const ValueId dy = gradients[0];
  const ValueId a = node.inputs[0];
  const ValueId b = node.inputs[1];
  const std::int64_t ta = integer_attribute(node.attributes, "transA", 0);
  const std::int64_t tb = integer_attribute(node.attributes, "transB", 0);
  const auto product = [&](ValueId x, std::int64_t tx, ValueId y, std::int64_t ty) {
    return graph.add("Gemm", {x, y}, {{"transA", tx}, {"transB", ty}});
  };
  Ids result;
  result.push_back(ta ? product(b, tb, dy, 1) : product(dy, 0, b, 1 - tb));
  result.push_back(tb ? product(dy, 1, a, ta) : product(a, 1 - ta, dy, 0));
  if (node.inputs.size() > 2) result.push_back(graph.add("ReduceSum", {dy}, {{"axis", std::int64_t{0}}}));
  return result;
}

Shapes infer_reduce_sum(const Node& node, const Shapes& inputs) {
  if (inputs[0].size() != 2 || integer_attribute(node.attributes, "axis", 0) != 0)
    misfit(node, "a matrix, summed over axis 0", inputs);
  return {{inputs[0][1]}};
}

Ids add_gradient(Graph&, const Node&, const Ids& gradients) {
  return {gradients[0], gradients[0]};
}

/// d op(X) = dY * slope(Y).
Ids activation_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {graph.add(node.op + "Grad", {gradients[0], node.outputs[0]}, node.attributes)};
}

constexpr std::array activation_names{"Relu", "LeakyRelu", "Elu", "Selu", "Sigmoid", "Tanh", "Softplus"};

std::vector<Operator> make_operators() {
  std::vector<Operator> list{
      {"Gemm", 2, 3, infer_gemm, gemm_gradient},
      {"FusedGemm", 2, 3, infer_gemm},
      {"ReduceSum", 1, 1, infer_reduce_sum},
      {"Add", 2, 2, all_equal, add_gradient},
      {"Softmax", 1, 1, same_as_first, activation_gradient},
      {"SoftmaxGrad", 2, 2, all_equal},
  };
  for (auto& loss : loss_operators()) list.push_back(std::move(loss));
  for (const char* name : activation_names) {
    list.push_back({name, 1, 1, same_as_first, activation_gradient});
    list.push_back({std::string(name) + "Grad", 2, 2, all_equal});
  }
  return list;
}

const std::vector<Operator>& operators() {
  static const std::vector<Operator> list = make_operators();
  return list;
}

}  // namespace

const Operator& find_operator(std::string_view name) {
  const auto& list = operators();
  const auto found = std::find_if(list.begin(), list.end(), [&](const Operator& known) { return known.name == name; });
  if (found == list.end()) throw GraphError("Unknown operator " + std::string(name));
  return *found;
}

std::vector<std::string> operator_names() {
  std::vector<std::string> names;
  for (const auto& known : operators()) names.push_back(known.name);
  return names;
}

bool is_activation(std::string_view op) {
  return std::find(activation_names.begin(), activation_names.end(), op) != activation_names.end();
}

}  // namespace gb
