#include "core/backend/window.hpp"
#include "core/graph/operator_list.hpp"

namespace gb {
namespace {

void expect_pictures(const Node& node, const Shapes& inputs) {
  if (inputs[0].size() != 4) misfit(node, "pictures [N, channels, height, width]", inputs);
}

/// The extents that remain after the window has passed over the first input.
Shape passed(const Node& node, const Window& window, const Shapes& inputs, std::int64_t channels) {
  Shape result{inputs[0][0], channels, 0, 0};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    result[axis + 2] = window.positions(axis, inputs[0][axis + 2]);
    if (result[axis + 2] < 1)
      misfit(node,
             "pictures of at least " + std::to_string(window.reach(0) - window.before[0] - window.after[0]) + " x " +
                 std::to_string(window.reach(1) - window.before[1] - window.after[1]) + " pixels for its window of " +
                 std::to_string(window.kernel[0]) + " x " + std::to_string(window.kernel[1]),
             {inputs[0]});
  }
  return result;
}

Window window_of(const Node& node, const Shape& weights) {
  Window window = Window::from(node.attributes);
  if (weights.size() != 4) misfit(node, "weights of four extents", {weights});
  window.kernel = {weights[2], weights[3]};
  return window;
}

/// X [N, C, H, W], W [M, C / group, kH, kW], B [M].
Shapes infer_conv(const Node& node, const Shapes& inputs) {
  expect_pictures(node, inputs);
  const Window window = window_of(node, inputs[1]);
  const std::int64_t filters = inputs[1][0];
  if (inputs[1][1] * window.group != inputs[0][1] || filters % window.group != 0)
    misfit(node,
           "weights [filters, channels / group, height, width], both filters and channels divisible by " +
               std::to_string(window.group) + " groups",
           inputs);
  if (inputs.size() > 2 && inputs[2] != Shape{filters}) misfit(node, "a bias of " + extents_text({filters}), inputs);
  return {passed(node, window, inputs, filters)};
}

Attributes with_shape(const Attributes& attributes, const char* name, const Shape& shape) {
  Attributes result = attributes;
  result[name] = shape;
  return result;
}

Ids conv_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  const ValueId x = node.inputs[0];
  const ValueId w = node.inputs[1];
  const ValueId dx =
      graph.add("ConvInputGrad", {gradients[0], w}, with_shape(node.attributes, "shape", graph.value(x).shape));
  const bool bias = node.inputs.size() > 2;
  Attributes attributes = with_shape(node.attributes, "shape", graph.value(w).shape);
  attributes["bias"] = std::int64_t{bias};
  const auto dw = graph.add_all("ConvWeightGrad", {gradients[0], x}, attributes);
  return bias ? Ids{dx, dw[0], dw[1]} : Ids{dx, dw[0]};
}

/// dX is linear in dY and in W: its own gradients are a convolution and a product of the same kind.
Ids conv_input_second_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  Attributes window = node.attributes;
  window.erase("shape");
  const ValueId w = node.inputs[1];
  return {graph.add("Conv", {gradients[0], w}, window), graph.add("ConvWeightGrad", {node.inputs[0], gradients[0]},
                                                                  with_shape(window, "shape", graph.value(w).shape))};
}

/// Gradients of weights and, where there is one, of the bias.
Shapes infer_conv_weight_gradient(const Node& node, const Shapes&) {
  const Shape weights = integers_attribute(node.attributes, "shape", {});
  if (integer_attribute(node.attributes, "bias", 0) == 0) return {weights};
  return {weights, {weights[0]}};
}

/// X [N, C, H, W], W [C, M / group, kH, kW], B [M]: the gradient of a convolution, used forwards.
Shapes infer_conv_transpose(const Node& node, const Shapes& inputs) {
  expect_pictures(node, inputs);
  const Window window = window_of(node, inputs[1]);
  if (inputs[1][0] != inputs[0][1] || inputs[0][1] % window.group != 0)
    misfit(node, "weights [channels, filters / group, height, width] and channels divisible by the groups", inputs);
  const std::int64_t filters = inputs[1][1] * window.group;
  if (inputs.size() > 2 && inputs[2] != Shape{filters}) misfit(node, "a bias of " + extents_text({filters}), inputs);
  const auto extra = integers_attribute(node.attributes, "output_padding", {0, 0});
  Shape result{inputs[0][0], filters, 0, 0};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    result[axis + 2] = (inputs[0][axis + 2] - 1) * window.stride[axis] + extra[axis] + window.reach(axis) -
                       window.before[axis] - window.after[axis];
    if (result[axis + 2] < 1) misfit(node, "less padding than its output has pixels", {inputs[0]});
  }
  return {result};
}

Ids conv_transpose_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  const ValueId x = node.inputs[0];
  const ValueId w = node.inputs[1];
  Attributes window = node.attributes;
  window.erase("output_padding");
  Ids result{graph.add("Conv", {gradients[0], w}, window),
             graph.add("ConvWeightGrad", {x, gradients[0]}, with_shape(window, "shape", graph.value(w).shape))};
  if (node.inputs.size() > 2) result.push_back(graph.add("ChannelSum", {gradients[0]}));
  return result;
}

/// Over all axes but the second.
Shapes infer_channel_sum(const Node& node, const Shapes& inputs) {
  expect_pictures(node, inputs);
  return {{inputs[0][1]}};
}

/// The maxima and, for the gradient, where each was found (in a form that is the device's own).
Shapes infer_max_pool(const Node& node, const Shapes& inputs) {
  expect_pictures(node, inputs);
  const Shape result = passed(node, Window::from(node.attributes), inputs, inputs[0][1]);
  return {result, result};
}

Ids max_pool_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {graph.add("MaxPoolGrad", {gradients[0], node.outputs[1]},
                    with_shape(node.attributes, "shape", graph.value(node.inputs[0]).shape))};
}

Shapes infer_average_pool(const Node& node, const Shapes& inputs) {
  expect_pictures(node, inputs);
  return {passed(node, Window::from(node.attributes), inputs, inputs[0][1])};
}

Ids average_pool_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {graph.add("AveragePoolGrad", {gradients[0]},
                    with_shape(node.attributes, "shape", graph.value(node.inputs[0]).shape))};
}

Ids average_pool_second_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  Attributes window = node.attributes;
  window.erase("shape");
  return {graph.add("AveragePool", {gradients[0]}, window)};
}

Shapes infer_global_average_pool(const Node& node, const Shapes& inputs) {
  expect_pictures(node, inputs);
  return {{inputs[0][0], inputs[0][1], 1, 1}};
}

Ids global_average_pool_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {graph.add("ReduceMeanGrad", {gradients[0]},
                    {{"axes", Shape{2, 3}}, {"shape", graph.value(node.inputs[0]).shape}})};
}

/// Attribute "sizes": the new height and width; "mode": "nearest" (asymmetric, rounded down) or "linear" (half_pixel).
Shapes infer_resize(const Node& node, const Shapes& inputs) {
  expect_pictures(node, inputs);
  const auto sizes = integers_attribute(node.attributes, "sizes", {});
  if (sizes.size() != 2 || sizes[0] < 1 || sizes[1] < 1) misfit(node, "a new height and width", inputs);
  const std::string mode = text_attribute(node.attributes, "mode", "nearest");
  if (mode != "nearest" && mode != "linear") misfit(node, "the mode 'nearest' or 'linear'", inputs);
  return {{inputs[0][0], inputs[0][1], sizes[0], sizes[1]}};
}

Ids resize_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {
      graph.add("ResizeGrad", {gradients[0]}, with_shape(node.attributes, "shape", graph.value(node.inputs[0]).shape))};
}

}  // namespace

void add_window_operators(std::vector<Operator>& list) {
  list.push_back({"Conv", 2, 3, infer_conv, conv_gradient});
  list.push_back({"FusedConv", 2, 3, infer_conv});
  list.push_back({"ConvInputGrad", 2, 2, shape_attribute, conv_input_second_gradient});
  list.push_back({"ConvWeightGrad", 2, 2, infer_conv_weight_gradient});
  list.push_back({"ConvTranspose", 2, 3, infer_conv_transpose, conv_transpose_gradient});
  list.push_back({"ChannelSum", 1, 1, infer_channel_sum});
  list.push_back({"MaxPool", 1, 1, infer_max_pool, max_pool_gradient});
  list.push_back({"MaxPoolGrad", 2, 2, shape_attribute});
  list.push_back({"AveragePool", 1, 1, infer_average_pool, average_pool_gradient});
  list.push_back({"AveragePoolGrad", 1, 1, shape_attribute, average_pool_second_gradient});
  list.push_back({"GlobalAveragePool", 1, 1, infer_global_average_pool, global_average_pool_gradient});
  list.push_back({"Resize", 1, 1, infer_resize, resize_gradient});
  list.push_back({"ResizeGrad", 1, 1, shape_attribute});
}

}  // namespace gb
