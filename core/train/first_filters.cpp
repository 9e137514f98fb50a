#include "core/train/first_filters.hpp"

#include <algorithm>
#include <cmath>

#include "core/graph/layer_probe.hpp"

namespace gb {
namespace {

constexpr std::int64_t most_pictures = 256;

}  // namespace

FirstFilters::FirstFilters(const Graph& graph) {
  for (const Node& node : graph.nodes()) {
    if (node.op != "Conv") continue;
    const Value& weight = graph.value(node.inputs[1]);
    if (weight.kind != Value::Kind::parameter || weight.shape.size() != 4) return;
    if (weight.shape[2] * weight.shape[3] == 1) return;
    weight_ = node.inputs[1];
    shape_ = weight.shape;
    layer_ = layer_name(weight.name);
    return;
  }
}

std::shared_ptr<const Images> FirstFilters::look(std::int64_t step, const Storage& kept) const {
  auto images = std::make_shared<Images>();
  images->view = "filters";
  images->title = "Filters of " + layer_;
  images->step = step;
  images->height = static_cast<int>(shape_[2]);
  images->width = static_cast<int>(shape_[3]);
  const bool colour = shape_[1] == 3;
  images->channels = colour ? 3 : 1;
  const std::int64_t per_filter = colour ? 1 : shape_[1];
  const std::int64_t filters = std::clamp<std::int64_t>(most_pictures / per_filter, 1, shape_[0]);
  images->count = static_cast<int>(filters * per_filter);
  const std::int64_t size = shape_[1] * shape_[2] * shape_[3];
  const auto* weights = static_cast<const float*>(kept.data(weight_));
  images->pixels.reserve(static_cast<std::size_t>(filters * size));
  for (std::int64_t filter = 0; filter < filters; ++filter) {
    const float* own = weights + filter * size;
    float largest = 0;
    for (std::int64_t i = 0; i < size; ++i) largest = std::max(largest, std::abs(own[i]));
    const float scale = largest > 0 ? 127.5F / largest : 0;
    for (std::int64_t i = 0; i < size; ++i)
      images->pixels.push_back(static_cast<std::uint8_t>(std::lround(127.5F + scale * own[i])));
    if (per_filter > 1)
      for (std::int64_t channel = 0; channel < per_filter; ++channel)
        images->captions.push_back(std::to_string(filter + 1) + "." + std::to_string(channel + 1));
  }
  return images;
}

}  // namespace gb
