#pragma once

#include <vector>

#include "core/graph/graph.hpp"

namespace gb {

/// Appends the backward nodes of `loss` and returns the gradient of each value in `wanted` (reverse accumulation; a
/// value with several readers gets the sum). Throws GraphError where an operator on the way has no derivative.
std::vector<ValueId> differentiate(Graph& graph, ValueId loss, const std::vector<ValueId>& wanted);

/// Merges Gemm, Conv or BatchNormalization and the activation that alone reads it into FusedGemm, FusedConv or a
/// BatchNormalization with an activation. Values in `kept` stay computed.
void fuse_activations(Graph& graph, const std::vector<ValueId>& kept);

/// Forward nodes as they compute after training: BatchNormalization by its running statistics, Dropout gone. Values in
/// `kept` stay computed.
void prepare_for_inference(Graph& graph, const std::vector<ValueId>& kept);

/// Lets convolutions and what stands between them keep pictures with their channels last, which is what vector units
/// like; turns them round where other operators, `kept` values or the outside want them as ONNX has them.
void put_channels_last(Graph& graph, const std::vector<ValueId>& kept);

/// The nodes that `outputs` depend on, in order.
std::vector<Node> needed_nodes(const Graph& graph, const std::vector<ValueId>& outputs);

}  // namespace gb
