#include "core/graph/operator_list.hpp"

namespace gb {
namespace {

void expect_channels(const Node& node, const Shapes& inputs, std::size_t first) {
  if (inputs[0].size() < 2) misfit(node, "rows [N, features] or pictures [N, channels, height, width]", inputs);
  for (std::size_t i = first; i < inputs.size(); ++i)
    if (inputs[i] != Shape{inputs[0][1]})
      misfit(node, "one number per channel, " + extents_text({inputs[0][1]}), inputs);
}

/// Inputs X, scale, B, running mean and variance. In training (attribute training_mode) it uses the batch's own mean
/// and population variance and returns, after Y, the new running ones (momentum * old + (1 - momentum) * batch) and
/// what the gradient needs: the batch's mean and 1 / sqrt(variance + epsilon). Ioffe, Szegedy 2015.
Shapes infer_batch_normalization(const Node& node, const Shapes& inputs) {
  expect_channels(node, inputs, 1);
  if (integer_attribute(node.attributes, "training_mode", 0) == 0) return {inputs[0]};
  const Shape channels{inputs[0][1]};
  return {inputs[0], channels, channels, channels, channels};
}

Ids batch_normalization_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  if (node.outputs.size() < 5) throw GraphError("BatchNormalization has a derivative in training mode only");
  const auto all =
      graph.add_all("BatchNormalizationGrad",
                    {gradients[0], node.inputs[0], node.inputs[1], node.outputs[3], node.outputs[4]}, node.attributes);
  return {all[0], all[1], all[2], -1, -1};
}

/// Inputs dY, X, scale, mean, inverse deviation and, where a rectifier came after it, the bias; outputs dX, dScale, dB.
Shapes infer_normalization_gradient(const Node&, const Shapes& inputs) {
  return {inputs[1], inputs[2], inputs[2]};
}

/// Over the axes from "axis" (default: the last) on; Ba et al. 2016. Outputs Y, mean and inverse deviation per row.
Shapes infer_layer_normalization(const Node& node, const Shapes& inputs) {
  const auto axis = static_cast<std::ptrdiff_t>(axis_of(node, inputs[0], -1));
  const Shape rest(inputs[0].begin() + axis, inputs[0].end());
  for (std::size_t i = 1; i < inputs.size(); ++i)
    if (inputs[i] != rest) misfit(node, "scale and bias of " + extents_text(rest), inputs);
  const Shape rows(inputs[0].begin(), inputs[0].begin() + axis);
  return {inputs[0], rows, rows};
}

Ids saved_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return graph.add_all(node.op + "Grad",
                       {gradients[0], node.inputs[0], node.inputs[1], node.outputs[1], node.outputs[2]},
                       node.attributes);
}

/// Every channel of every picture by itself; Ulyanov et al. 2016.
Shapes infer_instance_normalization(const Node& node, const Shapes& inputs) {
  expect_channels(node, inputs, 1);
  const Shape each{inputs[0][0], inputs[0][1]};
  return {inputs[0], each, each};
}

/// W over its largest singular value, which power iteration follows from step to step (Miyato et al. 2018, algorithm
/// 1). Inputs W [rows, ...] and the last left vector [rows]; outputs the normalized W, the vector to keep, and what the
/// gradient needs: both vectors and the singular value.
Shapes infer_spectral_normalization(const Node& node, const Shapes& inputs) {
  if (inputs[0].size() < 2 || inputs[1] != Shape{inputs[0][0]})
    misfit(node, "weights [M, ...] and a vector [M]", inputs);
  const Shape columns{volume(Shape(inputs[0].begin() + 1, inputs[0].end()))};
  return {inputs[0], inputs[1], inputs[1], columns, {1}};
}

/// The vectors count as constants: where the iteration has converged that is exact.
Ids spectral_normalization_gradient(Graph& graph, const Node& node, const Ids& gradients) {
  return {graph.add("SpectralNormalizationGrad",
                    {gradients[0], node.outputs[0], node.outputs[2], node.outputs[3], node.outputs[4]}),
          -1};
}

}  // namespace

void add_normalization_operators(std::vector<Operator>& list) {
  list.push_back({"BatchNormalization", 5, 5, infer_batch_normalization, batch_normalization_gradient});
  list.push_back({"BatchNormalizationGrad", 5, 6, infer_normalization_gradient});
  list.push_back({"LayerNormalization", 3, 3, infer_layer_normalization, saved_gradient});
  list.push_back({"LayerNormalizationGrad", 5, 5, infer_normalization_gradient});
  list.push_back({"InstanceNormalization", 3, 3, infer_instance_normalization, saved_gradient});
  list.push_back({"SpectralNormalization", 2, 2, infer_spectral_normalization, spectral_normalization_gradient});
  list.push_back({"SpectralNormalizationGrad", 5, 5, same_as_first});
  list.push_back({"InstanceNormalizationGrad", 5, 5, infer_normalization_gradient});
}

}  // namespace gb
