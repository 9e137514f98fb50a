#include "widgets/network/layer_edits.hpp"

#include <algorithm>
#include <utility>

namespace gb {
namespace {

Json* entryAt(Json& layers, const LayerPath& path) {
  return const_cast<Json*>(layerAt(layers, path));
}

/// The list that holds the place.
Json* listOf(Json& layers, const LayerPath& path) {
  if (path.size() == 1) return layers.is_array() ? &layers : nullptr;
  Json* block = entryAt(layers, {path.begin(), path.end() - 1});
  return block && isBlock(*block) ? &(*block)["layers"] : nullptr;
}

void gather(const Json& list, LayerPath path, std::vector<ListedLayer>& to) {
  path.push_back(0);
  for (std::size_t i = 0; i < list.size(); ++i) {
    path.back() = i;
    to.push_back({path, list[i]});
    if (isBlock(list[i])) gather(list[i]["layers"], path, to);
  }
}

Json taken(Json& layers, const LayerPath& path) {
  Json* list = listOf(layers, path);
  Json entry = (*list)[path.back()];
  list->erase(path.back());
  return entry;
}

}  // namespace

std::string placeText(const LayerPath& path) {
  std::string text;
  for (const auto index : path) text += (text.empty() ? "[" : ".layers[") + std::to_string(index) + "]";
  return text;
}

bool isBlock(const Json& entry) {
  return entry.is_object() && entry.contains("layers") && entry["layers"].is_array();
}

std::vector<ListedLayer> listedLayers(const Json& layers) {
  std::vector<ListedLayer> all;
  if (layers.is_array()) gather(layers, {}, all);
  return all;
}

const Json* layerAt(const Json& layers, const LayerPath& path) {
  const Json* list = &layers;
  const Json* entry = nullptr;
  for (const auto index : path) {
    if (entry) {
      if (!isBlock(*entry)) return nullptr;
      list = &(*entry)["layers"];
    }
    if (!list->is_array() || index >= list->size()) return nullptr;
    entry = &(*list)[index];
  }
  return entry;
}

LayerPath insertLayer(Json& layers, const LayerPath& path, const Json& entry) {
  Json* list = path.empty() ? nullptr : listOf(layers, path);
  if (!list) {
    layers.push_back(entry);
    return {layers.size() - 1};
  }
  const std::size_t index = std::min(path.back(), list->size());
  list->insert(list->begin() + static_cast<std::ptrdiff_t>(index), entry);
  LayerPath at = path;
  at.back() = index;
  return at;
}

LayerPath removeLayer(Json& layers, const LayerPath& path) {
  if (!layerAt(layers, path)) return path;
  taken(layers, path);
  LayerPath next = path;
  if (layerAt(layers, next)) return next;
  if (next.back() > 0) {
    --next.back();
    return next;
  }
  next.pop_back();
  return next;
}

std::optional<LayerPath> moveLayer(Json& layers, const LayerPath& path, bool down) {
  if (!layerAt(layers, path)) return {};
  LayerPath to = path;
  const bool last = down ? path.back() + 1 >= listOf(layers, path)->size() : path.back() == 0;
  if (!last) {
    down ? ++to.back() : --to.back();
  } else {
    if (path.size() == 1) return {};
    to.pop_back();
    if (down) ++to.back();
  }
  Json entry = taken(layers, path);
  return insertLayer(layers, to, entry);
}

std::optional<LayerPath> nestLayer(Json& layers, const LayerPath& path) {
  if (!layerAt(layers, path) || path.back() == 0) return {};
  LayerPath block = path;
  --block.back();
  if (!isBlock(*layerAt(layers, block))) return {};
  Json entry = taken(layers, path);
  LayerPath to = block;
  to.push_back((*entryAt(layers, block))["layers"].size());
  return insertLayer(layers, to, entry);
}

std::optional<LayerPath> liftLayer(Json& layers, const LayerPath& path) {
  if (path.size() < 2 || !layerAt(layers, path)) return {};
  Json entry = taken(layers, path);
  LayerPath to(path.begin(), path.end() - 1);
  ++to.back();
  return insertLayer(layers, to, entry);
}

std::optional<LayerPath> dragLayer(Json& layers, const LayerPath& path, const LayerPath& to) {
  if (to.empty() || !layerAt(layers, path)) return {};
  const bool below = to.size() > path.size() && std::equal(path.begin(), path.end(), to.begin());
  if (below || to == path) return {};
  LayerPath target = to;
  // What stands behind the layer in its own list moves up by one.
  const std::size_t level = path.size() - 1;
  if (to.size() > level && std::equal(path.begin(), path.end() - 1, to.begin()) && to[level] > path[level])
    --target[level];
  if (target == path) return {};
  Json entry = taken(layers, path);
  return insertLayer(layers, target, entry);
}

}  // namespace gb
