#include <algorithm>
#include <numeric>

#include "core/graph/operator_list.hpp"

namespace gb {
namespace {

/// The product of the extents, the batch left out.
std::int64_t known_volume(const Shape& shape) {
  std::int64_t count = 1;
  for (const auto extent : shape)
    if (extent != any_batch) count *= extent;
  return count;
}

/// Attribute "shape": extents of which one may be -1, to be found from the others; 0 keeps the input's.
Shapes infer_reshape(const Node& node, const Shapes& inputs) {
  const Shape& from = inputs[0];
  Shape to = integers_attribute(node.attributes, "shape", {});
  for (std::size_t i = 0; i < to.size(); ++i)
    if (to[i] == 0 && i < from.size()) to[i] = from[i];
  const bool batch = std::find(from.begin(), from.end(), any_batch) != from.end();
  const auto open = std::find(to.begin(), to.end(), -1);
  if (batch) {
    // The batch stays what is not known yet.
    if (open == to.end() || known_volume(from) != known_volume(to))
      misfit(node, "an input that fits into " + extents_text(to), inputs);
    return {to};
  }
  if (open != to.end()) *open = known_volume(to) == 0 ? 0 : volume(from) / known_volume(to);
  if (volume(to) != volume(from)) misfit(node, "an input that fits into " + extents_text(to), inputs);
  return {to};
}

Ids reshape_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {graph.add("Reshape", {gradients[0]}, {{"shape", graph.value(node.inputs[0]).shape}})};
}

/// Into a matrix: axes before "axis" (default 1) as rows, the others as columns.
Shapes infer_flatten(const Node& node, const Shapes& inputs) {
  if (integer_attribute(node.attributes, "axis", 1) != 1) misfit(node, "axis 1", inputs);
  return {{inputs[0][0], volume(Shape(inputs[0].begin() + 1, inputs[0].end()))}};
}

Shapes infer_transpose(const Node& node, const Shapes& inputs) {
  const auto order = integers_attribute(node.attributes, "perm", {});
  std::vector<std::int64_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::int64_t> axes(inputs[0].size());
  std::iota(axes.begin(), axes.end(), std::int64_t{0});
  if (sorted != axes) misfit(node, "an order of all axes", inputs);
  Shape result;
  for (const auto axis : order) result.push_back(inputs[0][static_cast<std::size_t>(axis)]);
  return {result};
}

Ids transpose_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  const auto order = integers_attribute(node.attributes, "perm", {});
  std::vector<std::int64_t> inverse(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    inverse[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  return {graph.add("Transpose", {gradients[0]}, {{"perm", inverse}})};
}

Shapes infer_concat(const Node& node, const Shapes& inputs) {
  const auto axis = static_cast<std::size_t>(axis_of(node, inputs[0], 1));
  Shape result = inputs[0];
  result[axis] = 0;
  for (const Shape& input : inputs) {
    Shape other = input;
    if (other.size() != result.size()) misfit(node, "inputs with as many axes", inputs);
    result[axis] += other[axis];
    other[axis] = inputs[0][axis];
    if (other != inputs[0]) misfit(node, "inputs that differ along axis " + std::to_string(axis) + " only", inputs);
  }
  return {result};
}

Ids concat_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  const std::int64_t axis = axis_of(node, graph.value(node.inputs[0]).shape, 1);
  Ids result;
  std::int64_t start = 0;
  for (const ValueId input : node.inputs) {
    const std::int64_t length = graph.value(input).shape[static_cast<std::size_t>(axis)];
    result.push_back(graph.add("Slice", {gradients[0]}, {{"axis", axis}, {"start", start}, {"length", length}}));
    start += length;
  }
  return result;
}

Shapes infer_slice(const Node& node, const Shapes& inputs) {
  const auto axis = static_cast<std::size_t>(axis_of(node, inputs[0], 1));
  const std::int64_t start = integer_attribute(node.attributes, "start", 0);
  const std::int64_t length = integer_attribute(node.attributes, "length", 0);
  if (start < 0 || length < 1 || start + length > inputs[0][axis]) misfit(node, "a piece inside the input", inputs);
  Shape result = inputs[0];
  result[axis] = length;
  return {result};
}

std::vector<std::int64_t> axes_of(const Node& node) {
  return integers_attribute(node.attributes, "axes", {});
}

Shapes infer_reduce_mean(const Node& node, const Shapes& inputs) {
  const auto axes = axes_of(node);
  const bool keep = integer_attribute(node.attributes, "keepdims", 1) != 0;
  Shape result;
  for (std::size_t i = 0; i < inputs[0].size(); ++i) {
    const bool reduced = std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) != axes.end();
    if (reduced && inputs[0][i] == any_batch) misfit(node, "axes other than the batch", inputs);
    if (!reduced)
      result.push_back(inputs[0][i]);
    else if (keep)
      result.push_back(1);
  }
  for (const auto axis : axes)
    if (axis < 0 || axis >= static_cast<std::int64_t>(inputs[0].size())) misfit(node, "axes that there are", inputs);
  return {result};
}

Ids reduce_mean_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {graph.add("ReduceMeanGrad", {gradients[0]},
                    {{"axes", axes_of(node)}, {"shape", graph.value(node.inputs[0]).shape}})};
}

/// Each number of dX is its mean's dY over the count, so that dY gets the mean again.
Ids reduce_mean_second_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  const bool keep = graph.value(node.inputs[0]).shape.size() == graph.value(node.outputs[0]).shape.size();
  return {graph.add("ReduceMean", {gradients[0]}, {{"axes", axes_of(node)}, {"keepdims", std::int64_t{keep}}})};
}

/// Rows of the first input [V, ...] chosen by the second (class numbers): an embedding.
Shapes infer_gather(const Node& node, const Shapes& inputs) {
  if (inputs[0].empty() || integer_attribute(node.attributes, "axis", 0) != 0) misfit(node, "axis 0", inputs);
  Shape result = inputs[1];
  result.insert(result.end(), inputs[0].begin() + 1, inputs[0].end());
  return {result};
}

Ids gather_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {graph.add("GatherGrad", {gradients[0], node.inputs[1]}, {{"shape", graph.value(node.inputs[0]).shape}}), -1};
}

}  // namespace

void add_layout_operators(std::vector<Operator>& list) {
  constexpr std::size_t any_number = 1000;
  list.push_back({"Reshape", 1, 1, infer_reshape, reshape_gradient});
  list.push_back({"Flatten", 1, 1, infer_flatten, reshape_gradient});
  list.push_back({"Transpose", 1, 1, infer_transpose, transpose_gradient});
  list.push_back({"Concat", 1, any_number, infer_concat, concat_gradient});
  list.push_back({"Slice", 1, 1, infer_slice});
  list.push_back({"ReduceMean", 1, 1, infer_reduce_mean, reduce_mean_gradient});
  list.push_back({"ReduceMeanGrad", 1, 1, shape_attribute, reduce_mean_second_gradient});
  list.push_back({"Gather", 2, 2, infer_gather, gather_gradient});
  list.push_back({"GatherGrad", 2, 2, shape_attribute});
}

}  // namespace gb
