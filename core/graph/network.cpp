#include "core/graph/network.hpp"

#include <algorithm>
#include <cmath>

namespace gb {
namespace {

/// Variance of a normal distribution that is cut at two deviations.
constexpr double cut_variance = 0.7737413035760917;

double cut_normal(Random& random) {
  for (;;) {
    const double x = random.normal();
    if (std::abs(x) <= 2) return x;
  }
}

double variance_of(const Filling& filling) {
  switch (filling.initializer) {
    case Initializer::glorot_uniform:
    case Initializer::glorot_normal:
      return 2 / (filling.fan_in + filling.fan_out);
    case Initializer::he_uniform:
    case Initializer::he_normal:
      return 2 / filling.fan_in;
    case Initializer::lecun_uniform:
    case Initializer::lecun_normal:
      return 1 / filling.fan_in;
    case Initializer::small_normal:
      return 0.02 * 0.02;
    case Initializer::zeros:
    case Initializer::ones:
      break;
  }
  return 0;
}

void fill(std::span<float> values, const Filling& filling, Random& random) {
  const double variance = variance_of(filling);
  const double bound = std::sqrt(3 * variance);
  const double deviation = std::sqrt(variance / cut_variance);
  for (float& value : values) {
    switch (filling.initializer) {
      case Initializer::zeros:
        value = 0;
        break;
      case Initializer::ones:
        value = 1;
        break;
      case Initializer::glorot_uniform:
      case Initializer::he_uniform:
      case Initializer::lecun_uniform:
        value = static_cast<float>(random.uniform(-bound, bound));
        break;
      case Initializer::glorot_normal:
      case Initializer::he_normal:
      case Initializer::lecun_normal:
        value = static_cast<float>(deviation * cut_normal(random));
        break;
      case Initializer::small_normal:
        value = static_cast<float>(std::sqrt(variance) * random.normal());
        break;
    }
  }
}

}  // namespace

void initialize(const Graph& graph, Storage& kept, Random& random) {
  for (const ValueId id : graph.kept()) {
    const auto count = static_cast<std::size_t>(volume(graph.value(id).shape));
    fill({static_cast<float*>(kept.data(id)), count}, graph.value(id).filling, random);
  }
}

std::map<ValueId, void*> bindings(const Graph& graph, const Storage& kept) {
  std::map<ValueId, void*> bound;
  for (const ValueId id : graph.kept()) bound[id] = kept.data(id);
  bind_statistics(graph, bound);
  return bound;
}

void bind_statistics(const Graph& graph, std::map<ValueId, void*>& bound) {
  for (const Node& node : graph.nodes()) {
    if (node.op == "SpectralNormalization" && integer_attribute(node.attributes, "iterations", 1) > 0)
      bound[node.outputs[1]] = bound.at(node.inputs[1]);
    if (node.op != "BatchNormalization" || node.outputs.size() < 3) continue;
    bound[node.outputs[1]] = bound.at(node.inputs[3]);
    bound[node.outputs[2]] = bound.at(node.inputs[4]);
  }
}

std::int64_t next_site(const Graph& graph) {
  std::int64_t next = 0;
  for (const Node& node : graph.nodes())
    if (node.attributes.contains("site")) next = std::max(next, integer_attribute(node.attributes, "site", 0) + 1);
  return next;
}

ValueId append_network(Graph& graph, const Network& network, ValueId input, std::map<ValueId, ValueId>& kept,
                       const std::string& prefix) {
  return append_network(graph, network, input, kept, prefix, {network.output}).front();
}

std::vector<ValueId> append_network(Graph& graph, const Network& network, ValueId input,
                                    std::map<ValueId, ValueId>& kept, const std::string& prefix,
                                    const std::vector<ValueId>& wanted) {
  const bool first = kept.empty();
  for (const ValueId id : network.graph.kept()) {
    if (!first) break;
    const Value& value = network.graph.value(id);
    kept[id] = value.kind == Value::Kind::parameter ? graph.parameter(prefix + value.name, value.shape, value.filling)
                                                    : graph.state(prefix + value.name, value.shape, value.filling);
  }
  // Sites of random operators count on from those that are there.
  const std::int64_t sites = next_site(graph);
  std::map<ValueId, ValueId> made = kept;
  made[network.input] = input;
  for (const ValueId id : network.graph.of_kind(Value::Kind::key)) made[id] = graph.key();
  for (const Node& node : network.graph.nodes()) {
    std::vector<ValueId> inputs;
    for (const ValueId id : node.inputs) inputs.push_back(made.at(id));
    Attributes attributes = node.attributes;
    if (attributes.contains("site")) attributes["site"] = sites + integer_attribute(node.attributes, "site", 0);
    const auto outputs = graph.add_all(node.op, std::move(inputs), std::move(attributes));
    for (std::size_t i = 0; i < node.outputs.size(); ++i) made[node.outputs[i]] = outputs[i];
  }
  std::vector<ValueId> found;
  for (const ValueId id : wanted) found.push_back(made.at(id));
  return found;
}

}  // namespace gb
