#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/network.hpp"
#include "core/params/param_spec.hpp"

namespace gb {

/// What a layer costs, per example.
struct LayerCost {
  std::int64_t parameters = 0;        ///< learnt numbers
  std::int64_t states = 0;            ///< running statistics
  std::int64_t activation_bytes = 0;  ///< all that its nodes compute, as float32
  std::int64_t gradient_bytes = 0;    ///< the same for the gradients of its outputs, while training
  std::int64_t multiply_adds = 0;     ///< of convolutions and products, forwards

  LayerCost& operator+=(const LayerCost& other);
};

/// One layer of a list as it comes out.
struct LayerSummary {
  std::string path;  ///< below the list: "[3]", "[3].layers[1]"; empty for an output layer that was added
  int depth = 0;     ///< 1 inside of a Residual block, whose own cost includes it
  std::string type, name;
  Shape shape;         ///< of the output, the batch left out: [channels, height, width] or [numbers]; empty: unknown
  LayerCost cost;      ///< all zero where the layer could not be made
  std::string note;    ///< what was done with the layer beyond what it says
  std::string error;   ///< why it cannot be made; empty when it can
  std::string field;   ///< path of the field to blame, from the document's root
  bool added = false;  ///< not in the list
};

struct NetworkSummary {
  std::vector<LayerSummary> layers;  ///< in the order of the list, blocks before what they hold
  LayerCost total;

  bool valid() const;
};

/// Where errors say that a list of layers stands.
inline constexpr const char* layers_path = "algorithm.params.layers";

/// Builds what a list says: `input` is [channels, height, width] or [numbers] of one example, `outputs` the number of
/// classes or values. A layer is {"type": ..., its fields} or just its type. The network ends in class scores (logits):
/// a list that does not end in a Dense layer of `outputs` units gets one (after a Flatten where it takes that), and a
/// softmax at the end is left out, as the loss has it. Throws ParamError naming the layer and what arrived there.
Network build_network(const Json& layers, const Shape& input, std::int64_t outputs,
                      const std::string& path = layers_path);

/// The same for a list that has to end in `output`, [channels, height, width] or [numbers], by itself: nothing is added
/// or left out. For what makes pictures.
Network build_network_to(const Json& layers, const Shape& input, const Shape& output,
                         const std::string& path = layers_path);

/// The same as build_network() without building: what every layer makes and costs. Instead of throwing it tells the
/// error at the layer that fails; the shapes of those behind it are unknown, but their fields are checked. Without an
/// `input` (empty: not known yet) only the fields are.
NetworkSummary summarize(const Json& layers, const Shape& input, std::int64_t outputs,
                         const std::string& path = layers_path);

/// The same for build_network_to().
NetworkSummary summarize_to(const Json& layers, const Shape& input, const Shape& output,
                            const std::string& path = layers_path);

/// The fields that an entry of a list writes, as its type's schema wants them: without the type, bare numbers as lists
/// of one where lists are meant. Empty for what is no layer of a known type.
Json layer_fields(const Json& entry);

}  // namespace gb
