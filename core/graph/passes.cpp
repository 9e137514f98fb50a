#include "core/graph/passes.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/graph/operators.hpp"

namespace gb {
namespace {

/// Which nodes `outputs` depend on.
std::vector<bool> needed_mask(const Graph& graph, const std::vector<ValueId>& outputs) {
  std::set<ValueId> needed(outputs.begin(), outputs.end());
  std::vector<bool> mask(graph.nodes().size());
  for (std::size_t i = mask.size(); i-- > 0;) {
    const Node& node = graph.nodes()[i];
    mask[i] = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId id) { return needed.contains(id); });
    if (mask[i]) needed.insert(node.inputs.begin(), node.inputs.end());
  }
  return mask;
}

}  // namespace

std::vector<ValueId> differentiate(Graph& graph, const std::vector<Start>& starts, const std::vector<ValueId>& wanted) {
  const std::size_t given = graph.nodes().size();
  std::vector<ValueId> ends;
  std::set<ValueId> losses;
  std::map<ValueId, ValueId> gradient;
  for (const Start& start : starts) {
    ends.push_back(start.value);
    if (start.gradient < 0)
      losses.insert(start.value);
    else
      gradient[start.value] = start.gradient;
  }
  const std::vector<Node> forward = needed_nodes(graph, ends);
  // Only what leads from a wanted value to the loss needs a gradient: the product for the input batch is not made.
  std::set<ValueId> varying(wanted.begin(), wanted.end());
  for (const Node& node : forward) {
    const bool reached =
        std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) { return varying.contains(id); });
    if (reached) varying.insert(node.outputs.begin(), node.outputs.end());
  }
  for (auto node = forward.rbegin(); node != forward.rend(); ++node) {
    const bool is_loss = losses.contains(node->outputs.front());
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
    const std::vector<ValueId> outgoing = known.gradient(graph, *node, incoming);
    for (std::size_t i = 0; i < outgoing.size(); ++i) {
      const ValueId input = node->inputs[i];
      if (outgoing[i] < 0 || !varying.contains(input)) continue;
      const auto [place, first] = gradient.emplace(input, outgoing[i]);
      if (!first) place->second = graph.add("Add", {place->second, outgoing[i]});
    }
  }
  std::vector<ValueId> result;
  for (const ValueId id : wanted) {
    const auto found = gradient.find(id);
    if (found == gradient.end()) throw GraphError("The loss does not depend on " + graph.value(id).name);
    result.push_back(found->second);
  }
  // Operators offer the gradients of all their inputs; those that nobody reads go.
  const auto needed = needed_mask(graph, result);
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i)
    if (i < given || needed[i]) nodes.push_back(graph.nodes()[i]);
  graph.set_nodes(std::move(nodes));
  return result;
}

void prepare_for_inference(Graph& graph, const std::vector<ValueId>& kept) {
  static const std::set<std::string> random{"Dropout", "GaussianNoise", "GaussianSample"};
  std::map<ValueId, ValueId> passed;  // output of what draws random numbers -> its first input
  std::vector<Node> nodes;
  for (Node node : graph.nodes()) {
    for (ValueId& id : node.inputs)
      if (const auto found = passed.find(id); found != passed.end()) id = found->second;
    if (random.contains(node.op)) {
      passed[node.outputs.front()] = node.inputs.front();
      if (std::find(kept.begin(), kept.end(), node.outputs.front()) == kept.end()) continue;
      node = {"Identity", {node.inputs.front()}, {node.outputs.front()}, {}};
    }
    // From the vector as training left it, which stays.
    if (node.op == "SpectralNormalization") node.attributes["iterations"] = std::int64_t{0};
    if (node.op == "BatchNormalization") {
      node.attributes["training_mode"] = std::int64_t{0};
      node.outputs.resize(1);
    }
    nodes.push_back(std::move(node));
  }
  graph.set_nodes(std::move(nodes));
}

std::vector<Node> needed_nodes(const Graph& graph, const std::vector<ValueId>& outputs) {
  const auto needed = needed_mask(graph, outputs);
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < needed.size(); ++i)
    if (needed[i]) nodes.push_back(graph.nodes()[i]);
  return nodes;
}

}  // namespace gb
