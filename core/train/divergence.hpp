#pragma once

#include <map>
#include <span>
#include <string>

#include "core/graph/executable.hpp"

namespace gb {

/// Whether every number is one.
bool all_finite(std::span<const float> values);

/// What is first not finite: a layer's weights, before anything runs, else what running `step` comes upon in the order
/// of its nodes ("the outputs of layer dense2 (Gemm)"). `gradients` maps the gradients in the graph to the parameters
/// they belong to. Empty when all is well. Inputs must have been written; runs the graph.
std::string first_not_finite(const Graph& graph, const Storage& parameters, ValueId input, ValueId loss,
                             const std::map<ValueId, ValueId>& gradients, Executable& step);
/// The first layer whose kept numbers (weights, running statistics) are not finite; empty when all are.
std::string first_not_finite(const Graph& graph, const Storage& parameters);

}  // namespace gb
