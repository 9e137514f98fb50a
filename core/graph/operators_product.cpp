#include <numeric>
#include <utility>

#include "core/graph/operator_list.hpp"

namespace gb {
namespace {

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

/// Stacks of matrices of the same extents, or a stack and one matrix for all of it.
Shapes infer_matmul(const Node& node, const Shapes& inputs) {
  const Shape& a = inputs[0];
  const Shape& b = inputs[1];
  if (a.size() < 2 || b.size() < 2) misfit(node, "matrices or stacks of them", inputs);
  if (a.back() != b[b.size() - 2]) misfit(node, "matching inner extents", inputs);
  const bool same_stack = a.size() == b.size() && std::equal(a.begin(), a.end() - 2, b.begin(), b.end() - 2);
  if (b.size() != 2 && !same_stack)
    misfit(node, "stacks of the same extents, or one matrix for the whole stack", inputs);
  Shape result = a;
  result.back() = b.back();
  return {result};
}

ValueId transposed(Graph& graph, ValueId id) {
  std::vector<std::int64_t> order(graph.value(id).shape.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return graph.add("Transpose", {id}, {{"perm", order}});
}

Ids matmul_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  const ValueId a = node.inputs[0];
  const ValueId b = node.inputs[1];
  const ValueId da = graph.add("MatMul", {gradients[0], transposed(graph, b)});
  if (graph.value(b).shape.size() > 2) return {da, graph.add("MatMul", {transposed(graph, a), gradients[0]})};
  return {da, graph.add("MatMulWeightGrad", {a, gradients[0]}, {{"shape", graph.value(b).shape}})};
}

}  // namespace

void add_product_operators(std::vector<Operator>& list) {
  list.push_back({"Gemm", 2, 3, infer_gemm, gemm_gradient});
  list.push_back({"FusedGemm", 2, 3, infer_gemm});
  list.push_back({"ReduceSum", 1, 1, infer_reduce_sum});
  list.push_back({"MatMul", 2, 2, infer_matmul, matmul_gradient});
  list.push_back({"MatMulWeightGrad", 2, 2, shape_attribute});
}

}  // namespace gb
