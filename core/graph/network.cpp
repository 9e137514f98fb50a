#include "core/graph/network.hpp"

#include <cmath>

namespace gb {

void initialize(const Graph& graph, Storage& parameters, Initializer initializer, Random& random) {
  for (const ValueId id : graph.parameters()) {
    const Shape& shape = graph.value(id).shape;
    if (shape.size() < 2) continue;
    const auto inputs = static_cast<double>(shape[0]);
    const auto outputs = static_cast<double>(shape[1]);
    double bound = 0;
    switch (initializer) {
      case Initializer::he:
        bound = std::sqrt(6 / inputs);
        break;
      case Initializer::glorot:
        bound = std::sqrt(6 / (inputs + outputs));
        break;
      case Initializer::lecun:
        bound = std::sqrt(3 / inputs);
        break;
    }
    auto* weights = static_cast<float*>(parameters.data(id));
    for (std::int64_t i = 0; i < volume(shape); ++i) weights[i] = static_cast<float>(random.uniform(-bound, bound));
  }
}

std::map<ValueId, void*> bindings(const Graph& graph, const Storage& parameters) {
  std::map<ValueId, void*> bound;
  for (const ValueId id : graph.parameters()) bound[id] = parameters.data(id);
  return bound;
}

}  // namespace gb
