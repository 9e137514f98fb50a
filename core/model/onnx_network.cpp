#include "core/model/onnx_network.hpp"

#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "core/graph/passes.hpp"
#include "core/linalg/matrix.hpp"
#include "core/model/model.hpp"

namespace gb {
namespace {

using Names = std::vector<std::string>;
using OnnxAttributes = std::map<std::string, OnnxAttribute>;

/// Operators that ONNX has under the same name and with the same inputs, and the attributes that it knows of ours.
const std::map<std::string, Names>& plain_operators() {
  static const Names window{"strides", "pads", "dilations", "group", "kernel_shape"};
  static const std::map<std::string, Names> list{
      {"Relu", {}},
      {"LeakyRelu", {"alpha"}},
      {"Elu", {"alpha"}},
      {"Selu", {"alpha", "gamma"}},
      {"Sigmoid", {}},
      {"Tanh", {}},
      {"Softplus", {}},
      {"HardSwish", {}},
      {"PRelu", {}},
      {"Add", {}},
      {"Mul", {}},
      {"Identity", {}},
      {"Gemm", {"transA", "transB"}},
      {"MatMul", {}},
      {"Conv", window},
      {"ConvTranspose", {"strides", "pads", "dilations", "group", "output_padding"}},
      {"MaxPool", window},
      {"AveragePool", {"strides", "pads", "kernel_shape", "count_include_pad"}},
      {"GlobalAveragePool", {}},
      {"BatchNormalization", {"epsilon"}},
      {"LayerNormalization", {"axis", "epsilon"}},
      {"InstanceNormalization", {"epsilon"}},
      {"Concat", {"axis"}},
      {"Flatten", {}},
      {"Transpose", {"perm"}},
      {"ReduceMean", {"axes", "keepdims"}},
  };
  return list;
}

OnnxAttribute written(const Attribute& attribute) {
  return std::visit(
      []<class T>(const T& value) -> OnnxAttribute {
        if constexpr (std::is_same_v<T, double>)
          return static_cast<float>(value);
        else
          return value;
      },
      attribute);
}

class NetworkWriter {
 public:
  NetworkWriter(OnnxGraph& onnx, const Graph& graph) : onnx_(onnx), graph_(graph) {}

  std::string write(const Node& node, const Names& inputs) const {
    if (node.op == "Gelu") return write_gelu(inputs[0]);
    if (node.op == "Reshape") return write_reshape(node, inputs[0]);
    if (node.op == "Resize") return write_resize(node, inputs[0]);
    if (node.op == "Softmax" || node.op == "LogSoftmax")
      return onnx_.add(node.op, inputs, {{"axis", std::int64_t{-1}}});
    const auto known = plain_operators().find(node.op);
    if (known == plain_operators().end()) throw ModelError("The operator " + node.op + " has no ONNX form");
    OnnxAttributes attributes;
    for (const auto& name : known->second)
      if (const auto found = node.attributes.find(name); found != node.attributes.end())
        attributes[name] = written(found->second);
    if (node.op == "Conv" || node.op == "ConvTranspose") {
      const Shape& weights = graph_.value(node.inputs[1]).shape;
      attributes["kernel_shape"] = Shape{weights[2], weights[3]};
    }
    return onnx_.add(node.op, inputs, attributes);
  }

 private:
  std::string scalar(const char* hint, double value) const {
    const auto single = static_cast<float>(value);
    return onnx_.constant(hint, std::span<const float>(&single, 1), {});
  }

  /// x / 2 (1 + erf(x / sqrt(2))), Hendrycks, Gimpel 2016: opset 17 has no Gelu.
  std::string write_gelu(const std::string& x) const {
    const std::string bent = onnx_.add("Erf", {onnx_.add("Mul", {x, scalar("gelu_root", std::sqrt(0.5))})});
    const std::string raised = onnx_.add("Add", {bent, scalar("gelu_one", 1)});
    return onnx_.add("Mul", {onnx_.add("Mul", {x, scalar("gelu_half", 0.5)}), raised});
  }

  std::string write_reshape(const Node& node, const std::string& x) const {
    const Shape& shape = graph_.value(node.outputs[0]).shape;  // the batch is -1 there and here
    const std::string target =
        onnx_.constant("shape", std::span<const std::int64_t>(shape), {static_cast<std::int64_t>(shape.size())});
    return onnx_.add("Reshape", {x, target});
  }

  /// By factors, since the number of pictures is free.
  std::string write_resize(const Node& node, const std::string& x) const {
    const Shape& from = graph_.value(node.inputs[0]).shape;
    const Shape& to = graph_.value(node.outputs[0]).shape;
    std::array<float, 4> scales{1, 1, 1, 1};
    for (std::size_t axis = 2; axis < 4; ++axis) {
      scales[axis] = static_cast<float>(to[axis]) / static_cast<float>(from[axis]);
      if (std::floor(static_cast<float>(from[axis]) * scales[axis]) != static_cast<float>(to[axis]))
        throw ModelError("Pictures of " + std::to_string(from[axis]) + " pixels cannot be resized to " +
                         std::to_string(to[axis]) + " by a factor, as ONNX would have to");
    }
    const bool linear = text_attribute(node.attributes, "mode", "nearest") == "linear";
    OnnxAttributes attributes{{"mode", std::string(linear ? "linear" : "nearest")},
                              {"coordinate_transformation_mode", std::string(linear ? "half_pixel" : "asymmetric")}};
    if (!linear) attributes["nearest_mode"] = std::string("floor");
    return onnx_.add("Resize", {x, "", onnx_.constant("scales", std::span<const float>(scales), {4})}, attributes);
  }

  OnnxGraph& onnx_;
  const Graph& graph_;
};

/// Weights over their largest singular value, by the vector that training left: W / |W' u|, |u| = 1.
std::string write_normalized(OnnxGraph& onnx, const Graph& graph, const Storage& parameters, const Node& node) {
  const Value& weight = graph.value(node.inputs[0]);
  const auto rows = static_cast<Eigen::Index>(weight.shape[0]);
  const auto columns = static_cast<Eigen::Index>(volume(weight.shape)) / rows;
  const Eigen::Map<const MatrixF> w(static_cast<const float*>(parameters.data(node.inputs[0])), rows, columns);
  const Eigen::Map<const Eigen::VectorXf> u(static_cast<const float*>(parameters.data(node.inputs[1])), rows);
  const float largest = (w.transpose() * u.normalized()).norm();
  const MatrixF normalized = w * (largest > 0 ? 1 / largest : 0.0F);
  return onnx.constant(weight.name + ".normalized",
                       std::span(normalized.data(), static_cast<std::size_t>(normalized.size())), weight.shape);
}

}  // namespace

std::string write_network(OnnxGraph& graph, const Network& network, const Storage& parameters,
                          const std::string& features) {
  std::map<ValueId, std::string> names{{network.input, features}};
  const std::vector<Node> nodes = needed_nodes(network.graph, {network.output});
  std::set<ValueId> read;
  for (const Node& node : nodes)
    if (node.op != "SpectralNormalization") read.insert(node.inputs.begin(), node.inputs.end());
  for (const ValueId id : network.graph.kept()) {
    if (!read.contains(id)) continue;
    const Value& value = network.graph.value(id);
    const auto* data = static_cast<const float*>(parameters.data(id));
    names[id] = graph.constant(value.name, std::span(data, static_cast<std::size_t>(volume(value.shape))), value.shape);
  }
  const NetworkWriter writer(graph, network.graph);
  for (const Node& node : nodes) {
    if (node.op == "SpectralNormalization") {
      names[node.outputs.front()] = write_normalized(graph, network.graph, parameters, node);
      continue;
    }
    Names inputs;
    for (const ValueId id : node.inputs) {
      const auto found = names.find(id);
      if (found == names.end())
        throw ModelError("The operator " + node.op + " reads " + network.graph.value(id).name +
                         ", which a file cannot be given");
      inputs.push_back(found->second);
    }
    names[node.outputs.front()] = writer.write(node, inputs);
  }
  return names.at(network.output);
}

}  // namespace gb
