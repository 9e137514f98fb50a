#pragma once

#include <vector>

#include "core/graph/graph.hpp"

namespace gb {

/// Where differentiation starts: a loss, whose gradient is 1, or any value with a gradient that is given.
struct Start {
  Start(ValueId loss) : value(loss) {}
  Start(ValueId start, ValueId given) : value(start), gradient(given) {}
  ValueId value;
  ValueId gradient = -1;
};

/// Appends the backward nodes of the sum of all starts and returns the gradient of each value in `wanted` (reverse
/// accumulation; a value with several readers gets the sum). Gradients may be differentiated again where the operators
/// on the way allow it. Throws GraphError where one has no derivative.
std::vector<ValueId> differentiate(Graph& graph, const std::vector<Start>& starts, const std::vector<ValueId>& wanted);
inline std::vector<ValueId> differentiate(Graph& graph, ValueId loss, const std::vector<ValueId>& wanted) {
  return differentiate(graph, std::vector<Start>{loss}, wanted);
}

/// Merges Gemm, Conv or BatchNormalization and the activation that alone reads it into FusedGemm, FusedConv or a
/// BatchNormalization with an activation, and gradients of rectifiers into those of normalizations. Values in `kept`
/// stay computed. To be called after differentiate().
void fuse_activations(Graph& graph, const std::vector<ValueId>& kept);

/// The maximum of rectified numbers is the rectified maximum: pools first, so that there is less to rectify. To be
/// called before differentiate().
void pool_before_rectifying(Graph& graph, const std::vector<ValueId>& kept);

/// Forward nodes as they compute after training: BatchNormalization by its running statistics, spectral normalization
/// by its last vector, Dropout and noise gone, means instead of draws. Values in
/// `kept` stay computed.
void prepare_for_inference(Graph& graph, const std::vector<ValueId>& kept);

/// Lets convolutions and what stands between them keep pictures with their channels last, which is what vector units
/// like; turns them round where other operators, `kept` values or the outside want them as ONNX has them.
void put_channels_last(Graph& graph, const std::vector<ValueId>& kept);

/// The nodes that `outputs` depend on, in order.
std::vector<Node> needed_nodes(const Graph& graph, const std::vector<ValueId>& outputs);

}  // namespace gb
