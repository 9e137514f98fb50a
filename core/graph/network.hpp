#pragma once

#include <memory>
#include <vector>

#include "core/base/random.hpp"
#include "core/graph/executable.hpp"
#include "core/graph/graph.hpp"

namespace gb {

/// A forward graph from one input to one output: class scores (logits), or values.
struct Network {
  Graph graph;
  ValueId input = -1;   ///< [N, features]
  ValueId output = -1;  ///< [N, outputs]
};

/// How weight matrices are drawn; biases start at zero.
enum class Initializer {
  he,      ///< uniform in +-sqrt(6 / inputs): for rectifiers (He et al. 2015)
  glorot,  ///< uniform in +-sqrt(6 / (inputs + outputs)): for saturating activations (Glorot, Bengio 2010)
  lecun,   ///< uniform in +-sqrt(3 / inputs): for selu (Klambauer et al. 2017)
};
void initialize(const Graph& graph, Storage& parameters, Initializer initializer, Random& random);

/// Memory of every parameter, for Executable.
std::map<ValueId, void*> bindings(const Graph& graph, const Storage& parameters);

}  // namespace gb
