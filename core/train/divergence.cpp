#include "core/train/divergence.hpp"

#include <algorithm>
#include <cmath>

#include "core/train/segments.hpp"

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
      const Value& value = graph_.value(id);
      const bool kept = value.kind == Value::Kind::parameter || value.kind == Value::Kind::state;
      if (kept) {
        name = layer_name(value.name);
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

}  // namespace

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

std::string first_not_finite(const Graph& graph, const Storage& parameters) {
  for (const ValueId id : graph.kept()) {
    const Value& value = graph.value(id);
    if (all_finite({static_cast<const float*>(parameters.data(id)), static_cast<std::size_t>(volume(value.shape))}))
      continue;
    const char* what = value.kind == Value::Kind::state ? "the running statistics of layer " : "the weights of layer ";
    return what + layer_name(value.name);
  }
  return {};
}

std::string first_not_finite(const Graph& graph, const Storage& parameters, ValueId input, ValueId loss,
                             const std::map<ValueId, ValueId>& gradients, Executable& step) {
  if (const auto found = first_not_finite(graph, parameters); !found.empty()) return found;
  if (!all_finite(step.value<float>(input))) return "the inputs";
  std::string first;
  Layers layers(graph);
  bool backward = false;  // all that comes after the loss
  step.run([&](const Node& node) {
    if (!first.empty()) return;
    const std::string& layer = layers.follow(node);
    for (const ValueId id : node.outputs) {
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
  return first;
}

}  // namespace gb
