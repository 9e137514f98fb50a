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
  ValueId input = -1;   ///< [N, features], or of images [N, channels, height, width]
  ValueId output = -1;  ///< [N, outputs]
};

/// Fills every parameter and state as its Filling says.
void initialize(const Graph& graph, Storage& kept, Random& random);

/// Memory of every parameter and state, for Executable; new running statistics take the place of the old ones.
std::map<ValueId, void*> bindings(const Graph& graph, const Storage& kept);
/// Adds where the nodes of a graph write new running statistics: over the old ones, which are bound.
void bind_statistics(const Graph& graph, std::map<ValueId, void*>& bound);

/// Appends the nodes of a network, which reads `input`, and returns its output. `kept` maps the network's parameters
/// and states to those of `graph`, where they are made the first time: appended again the network shares them, and
/// draws other random numbers. `prefix` stands before their names.
ValueId append_network(Graph& graph, const Network& network, ValueId input, std::map<ValueId, ValueId>& kept,
                       const std::string& prefix);
/// The same, returning what has become of these values of the network.
std::vector<ValueId> append_network(Graph& graph, const Network& network, ValueId input,
                                    std::map<ValueId, ValueId>& kept, const std::string& prefix,
                                    const std::vector<ValueId>& wanted);
/// The first "site" that no random operator of the graph has.
std::int64_t next_site(const Graph& graph);

}  // namespace gb
