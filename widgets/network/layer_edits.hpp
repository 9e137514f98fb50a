#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/params/param_spec.hpp"

namespace gb {

/// Where a layer stands in a list that may hold blocks: {3} is the fourth layer, {3, 1} the second one in its branch.
using LayerPath = std::vector<std::size_t>;

/// "[3].layers[1]", as summarize() names places.
std::string placeText(const LayerPath& path);

struct ListedLayer {
  LayerPath path;
  Json entry;
};

/// The layers in the order of the list, blocks before what they hold.
std::vector<ListedLayer> listedLayers(const Json& layers);

/// Null where there is none.
const Json* layerAt(const Json& layers, const LayerPath& path);
/// Whether an entry can hold layers.
bool isBlock(const Json& entry);

/// The edits: each changes the list and returns where the layer stands then.
/// Puts a layer in front of the one at `path` (or at the end, where `path` is behind the last one).
LayerPath insertLayer(Json& layers, const LayerPath& path, const Json& entry);
/// Returns the layer that is next to what was removed; empty where none is left.
LayerPath removeLayer(Json& layers, const LayerPath& path);
/// Up or down among its siblings; out of its block beyond the first or last one. Nothing where it cannot.
std::optional<LayerPath> moveLayer(Json& layers, const LayerPath& path, bool down);
/// Into the block directly in front of it, as the last of its branch, or out of its own, behind it.
std::optional<LayerPath> nestLayer(Json& layers, const LayerPath& path);
std::optional<LayerPath> liftLayer(Json& layers, const LayerPath& path);
/// In front of the layer at `to`, a path before the move. Nothing where a block would go into itself.
std::optional<LayerPath> dragLayer(Json& layers, const LayerPath& path, const LayerPath& to);

}  // namespace gb
