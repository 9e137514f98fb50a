#include "core/train/divergence.hpp"

#include <algorithm>
#include <cmath>

#include "core/graph/layer_probe.hpp"

namespace gb {
namespace {

/// Names the layer that each value comes from, following the nodes.
class Layers {
 public:
  explicit Layers(const Graph& graph) : graph_(graph) {}

  /// The layer of a node: that of the parameter it reads, else that of what it reads.
  const std::string& follow(const Node& node) {
    std::string name;
    for (const ValueId id : node.inputs) {
      // An executable may have values of its own: turned pictures.
      const bool known = id < static_cast<ValueId>(graph_.values().size());
      const auto kind = known ? graph_.value(id).kind : Value::Kind::computed;
      if (kind == Value::Kind::parameter || kind == Value::Kind::state) {
        name = layer_name(graph_.value(id).name);
        break;
      }
      if (const auto found = names_.find(id); name.empty() && found != names_.end()) name = found->second;
    }
    for (const ValueId id : node.outputs) names_[id] = name;
    return names_[node.outputs.front()];
  }

 private:
  const Graph& graph_;
  std::map<ValueId, std::string> names_;
};

std::string described(const Node& node, const std::string& layer, bool backward) {
  if (backward)
    return (layer.empty() ? "the gradients" : "the gradient that reaches layer " + layer) + " (" + node.op + ")";
  const auto activation = text_attribute(node.attributes, "activation", "");
  const std::string& op = activation.empty() ? node.op : activation;
  return layer.empty() ? "the outputs of " + op : "the outputs of layer " + layer + " (" + op + ")";
}

std::string first_of(const Graph& graph, const Storage& parameters, const std::vector<ValueId>& ids) {
  for (const ValueId id : ids) {
    const Value& value = graph.value(id);
    if (all_finite({static_cast<const float*>(parameters.data(id)), static_cast<std::size_t>(volume(value.shape))}))
      continue;
    const char* what = value.kind == Value::Kind::state ? "the running statistics of layer " : "the weights of layer ";
    return what + layer_name(value.name);
  }
  return {};
}

}  // namespace

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

std::string first_not_finite(const Graph& graph, const Storage& parameters) {
  const auto weights = first_of(graph, parameters, graph.parameters());
  return weights.empty() ? first_of(graph, parameters, graph.of_kind(Value::Kind::state)) : weights;
}

std::string first_not_finite(const Graph& graph, const Storage& parameters, ValueId input, ValueId loss,
                             const std::map<ValueId, ValueId>& gradients, Executable& step) {
  // Running statistics have been spoilt by the run that went wrong: they come last.
  if (const auto found = first_of(graph, parameters, graph.parameters()); !found.empty()) return found;
  if (!all_finite(step.value<float>(input))) return "the inputs";
  std::string first;
  Layers layers(graph);
  bool backward = false;  // all that comes after the loss
  step.run([&](const Node& node) {
    if (!first.empty()) return;
    const std::string& layer = layers.follow(node);
    for (const ValueId id : node.outputs) {
      // A pooling's second output holds places, not numbers.
      if (node.op == "MaxPool" && id != node.outputs.front()) continue;
      if (!first.empty() || all_finite(step.value<float>(id))) continue;
      if (id == loss)
        first = "the loss (" + node.op + ")";
      else if (const auto found = gradients.find(id); found != gradients.end())
        first = "the gradient of " + graph.value(found->second).name;
      else
        first = described(node, layer, backward);
    }
    backward = backward || node.outputs.front() == loss;
  });
  return first.empty() ? first_not_finite(graph, parameters) : first;
}

}  // namespace gb
