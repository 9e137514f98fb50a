#include <algorithm>
#include <map>

#include "core/graph/operators.hpp"
#include "core/graph/passes.hpp"

namespace gb {
namespace {

std::map<ValueId, int> count_readers(const Graph& graph, const std::vector<ValueId>& kept) {
  std::map<ValueId, int> readers;
  for (const Node& node : graph.nodes())
    for (const ValueId id : node.inputs) ++readers[id];
  for (const ValueId id : kept) ++readers[id];
  return readers;
}

/// The gradient of a normalization passes only where the rectifier behind it did, which follows from what went in and
/// the bias: that saves a pass over memory, and reading what came out.
void fuse_rectifier_gradients(Graph& graph, const std::vector<ValueId>& kept) {
  const auto readers = count_readers(graph, kept);
  std::map<ValueId, Node> masks;         // by output
  std::map<ValueId, ValueId> rectified;  // output of a normalization with a rectifier -> its bias
  for (const Node& node : graph.nodes()) {
    if ((node.op == "ReluGrad" || node.op == "LeakyReluGrad") && readers.at(node.outputs[0]) == 1)
      masks[node.outputs[0]] = node;
    if (node.op == "BatchNormalization" && node.attributes.contains("activation"))
      rectified[node.outputs[0]] = node.inputs[2];
  }
  std::vector<Node> nodes;
  for (Node node : graph.nodes()) {
    const auto mask = node.op == "BatchNormalizationGrad" ? masks.find(node.inputs[0]) : masks.end();
    if (mask != masks.end() && rectified.contains(mask->second.inputs[1])) {
      node.inputs[0] = mask->second.inputs[0];
      node.inputs.push_back(rectified.at(mask->second.inputs[1]));
      const bool leaky = mask->second.op == "LeakyReluGrad";
      node.attributes["alpha"] = leaky ? real_attribute(mask->second.attributes, "alpha", 0.01) : 0.0;
      nodes.erase(std::find_if(nodes.begin(), nodes.end(), [&](const Node& each) {
        return !each.outputs.empty() && each.outputs[0] == mask->first;
      }));
    }
    nodes.push_back(std::move(node));
  }
  graph.set_nodes(std::move(nodes));
}

}  // namespace

void pool_before_rectifying(Graph& graph, const std::vector<ValueId>& kept) {
  const auto readers = count_readers(graph, kept);
  std::vector<Node> nodes = graph.nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].op != "MaxPool") continue;
    const auto relu =
        std::find_if(nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(i),
                     [&](const Node& node) { return node.op == "Relu" && node.outputs[0] == nodes[i].inputs[0]; });
    if (relu == nodes.begin() + static_cast<std::ptrdiff_t>(i) || readers.at(relu->outputs[0]) != 1) continue;
    // Names stay with what they name at the ends: the pool's output is now the rectifier's.
    Node pool = nodes[i];
    Node after = *relu;
    pool.inputs[0] = relu->inputs[0];
    after.outputs[0] = pool.outputs[0];
    pool.outputs[0] = graph.variant(pool.outputs[0], false);
    after.inputs[0] = pool.outputs[0];
    nodes[i] = std::move(after);
    *relu = std::move(pool);
    std::rotate(relu, relu + 1, nodes.begin() + static_cast<std::ptrdiff_t>(i));
  }
  graph.set_nodes(std::move(nodes));
}

void fuse_activations(Graph& graph, const std::vector<ValueId>& kept) {
  auto readers = count_readers(graph, kept);
  std::vector<Node> fused;
  std::map<ValueId, std::size_t> producer;  // position in `fused` of the node that could apply an activation
  for (const Node& node : graph.nodes()) {
    const auto before = is_activation(node.op) ? producer.find(node.inputs[0]) : producer.end();
    if (before != producer.end() && readers[node.inputs[0]] == 1) {
      Node& merged = fused[before->second];
      const bool normalization = merged.op == "BatchNormalization";
      if (!normalization || node.op == "Relu" || node.op == "LeakyRelu") {
        if (!normalization) merged.op = "Fused" + merged.op;
        merged.attributes["activation"] = node.op;
        for (const auto& [name, attribute] : node.attributes) merged.attributes[name] = attribute;
        merged.outputs[0] = node.outputs[0];
        continue;
      }
    }
    if (node.op == "Gemm" || node.op == "Conv" || node.op == "BatchNormalization")
      producer[node.outputs[0]] = fused.size();
    fused.push_back(node);
  }
  graph.set_nodes(std::move(fused));
  fuse_rectifier_gradients(graph, kept);
}

}  // namespace gb
