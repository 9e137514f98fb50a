#include "core/layers/layer_types.hpp"

#include <algorithm>

#include "core/layers/layer_builder.hpp"

namespace gb {

std::span<const LayerInfo> layer_types() {
  static const std::vector<LayerInfo> list = [] {
    std::vector<LayerInfo> made;
    add_core_layers(made);
    add_window_layers(made);
    add_normalization_layers(made);
    add_shape_layers(made);
    add_join_layers(made);
    return made;
  }();
  return list;
}

const LayerInfo* find_layer_type(std::string_view type) {
  const auto list = layer_types();
  const auto found = std::find_if(list.begin(), list.end(), [&](const LayerInfo& info) { return info.type == type; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace gb
