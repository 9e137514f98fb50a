#include "core/graph/network.hpp"

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
  for (const Node& node : graph.nodes()) {
    if (node.op != "BatchNormalization" || node.outputs.size() < 3) continue;
    bound[node.outputs[1]] = kept.data(node.inputs[3]);
    bound[node.outputs[2]] = kept.data(node.inputs[4]);
  }
  return bound;
}

}  // namespace gb
