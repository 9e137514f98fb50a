#include "core/graph/passes.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/graph/operators.hpp"

namespace gb {

std::vector<ValueId> differentiate(Graph& graph, ValueId loss, const std::vector<ValueId>& wanted) {
  const std::vector<Node> forward = needed_nodes(graph, {loss});
  // Only what leads from a wanted value to the loss needs a gradient: the product for the input batch is not made.
  std::set<ValueId> varying(wanted.begin(), wanted.end());
  for (const Node& node : forward) {
    const bool reached =
        std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) { return varying.contains(id); });
    if (reached) varying.insert(node.outputs.begin(), node.outputs.end());
  }
  std::map<ValueId, ValueId> gradient;
  for (auto node = forward.rbegin(); node != forward.rend(); ++node) {
    const bool is_loss = node->outputs.front() == loss;
    std::vector<ValueId> incoming;
    bool any = is_loss;
    for (const ValueId output : node->outputs) {
      const auto found = gradient.find(output);
      incoming.push_back(found == gradient.end() ? -1 : found->second);
      any = any || found != gradient.end();
    }
    if (!any || !varying.contains(node->outputs.front())) continue;
    const Operator& known = find_operator(node->op);
    if (!known.gradient) throw GraphError(node->op + " has no derivative");
    const std::size_t before = graph.nodes().size();
    const std::vector<ValueId> outgoing = known.gradient(graph, *node, incoming);
    std::vector<ValueId> dropped;
    for (std::size_t i = 0; i < outgoing.size(); ++i) {
      const ValueId input = node->inputs[i];
      if (outgoing[i] < 0) continue;
      if (!varying.contains(input)) {
        dropped.push_back(outgoing[i]);
        continue;
      }
      const auto [place, first] = gradient.emplace(input, outgoing[i]);
      if (!first) place->second = graph.add("Add", {place->second, outgoing[i]});
    }
    if (!dropped.empty()) {
      auto nodes = graph.nodes();
      nodes.erase(std::remove_if(nodes.begin() + static_cast<std::ptrdiff_t>(before), nodes.end(),
                                 [&](const Node& added) {
                                   return std::find(dropped.begin(), dropped.end(), added.outputs.front()) !=
                                          dropped.end();
                                 }),
                  nodes.end());
      graph.set_nodes(std::move(nodes));
    }
  }
  std::vector<ValueId> result;
  for (const ValueId id : wanted) {
    const auto found = gradient.find(id);
    if (found == gradient.end()) throw GraphError("The loss does not depend on " + graph.value(id).name);
    result.push_back(found->second);
  }
  return result;
}

void fuse_activations(Graph& graph, const std::vector<ValueId>& kept) {
  std::map<ValueId, int> readers;
  for (const Node& node : graph.nodes())
    for (const ValueId id : node.inputs) ++readers[id];
  for (const ValueId id : kept) ++readers[id];
  std::vector<Node> fused;
  std::map<ValueId, std::size_t> producer;  // position in `fused` of the Gemm that computes a value
  for (const Node& node : graph.nodes()) {
    const auto gemm = is_activation(node.op) ? producer.find(node.inputs[0]) : producer.end();
    if (gemm != producer.end() && readers[node.inputs[0]] == 1) {
      Node& merged = fused[gemm->second];
      merged.op = "FusedGemm";
      merged.attributes["activation"] = node.op;
      for (const auto& [name, attribute] : node.attributes) merged.attributes[name] = attribute;
      merged.outputs = node.outputs;
      continue;
    }
    if (node.op == "Gemm") producer[node.outputs[0]] = fused.size();
    fused.push_back(node);
  }
  graph.set_nodes(std::move(fused));
}

std::vector<Node> needed_nodes(const Graph& graph, const std::vector<ValueId>& outputs) {
  std::set<ValueId> needed(outputs.begin(), outputs.end());
  std::vector<Node> reversed;
  for (auto node = graph.nodes().rbegin(); node != graph.nodes().rend(); ++node) {
    const bool wanted =
        std::any_of(node->outputs.begin(), node->outputs.end(), [&](ValueId id) { return needed.contains(id); });
    if (!wanted) continue;
    needed.insert(node->inputs.begin(), node->inputs.end());
    reversed.push_back(*node);
  }
  return {reversed.rbegin(), reversed.rend()};
}

}  // namespace gb
