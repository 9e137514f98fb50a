#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "core/graph/graph.hpp"
#include "core/params/param_spec.hpp"

namespace gb {

class LayerBuilder;

/// A layer as people type it, {"type": "Conv2D", "filters": 32}: Keras' names and arguments, pictures laid out
/// [channels, height, width]. Forms, help, checks and messages are made from this; it expands into graph nodes.
struct LayerInfo {
  std::string type;    ///< "Conv2D"
  std::string label;   ///< "Convolution"
  std::string family;  ///< "Convolutions": where menus put it
  std::string help;
  std::span<const ParamSpec> fields;
  /// Appends the layer's nodes, given its fields, and returns its output. Throws ParamError.
  std::function<ValueId(LayerBuilder&, const Json& fields)> build;
};

/// Every layer type, in the order of menus.
std::span<const LayerInfo> layer_types();

/// Null when there is none of that name.
const LayerInfo* find_layer_type(std::string_view type);

}  // namespace gb
