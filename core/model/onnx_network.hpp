#pragma once

#include <string>

#include "core/graph/network.hpp"
#include "core/model/onnx_graph.hpp"

namespace gb {

/// Appends the nodes of a network that is prepared for inference, reading `features`, and returns the name of its
/// output. Operators have ONNX names already; this adds what ONNX 17 wants otherwise: shapes as inputs, Gelu made of
/// Erf, resizing by factors. Throws ModelError for an operator that has no ONNX form.
std::string write_network(OnnxGraph& graph, const Network& network, const Storage& parameters,
                          const std::string& features);

}  // namespace gb
