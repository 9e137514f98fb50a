#include "core/model/feature_maps.hpp"

#include <algorithm>
#include <cmath>

namespace gb {
namespace {

constexpr std::size_t most_layers = 8;
constexpr std::int64_t most_channels = 64;

void add_picture(Images& images, std::span<const float> values) {
  float least = 0, greatest = 0;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
  const float scale = greatest > least ? 255 / (greatest - least) : 0;
  for (const float value : values) {
    const float shade = std::isfinite(value) ? scale * (value - least) : 0;
    images.pixels.push_back(static_cast<std::uint8_t>(std::lround(std::clamp(shade, 0.0F, 255.0F))));
  }
}

}  // namespace

std::vector<LayerOutput> mapped_layers(const Network& network) {
  std::vector<LayerOutput> layers;
  for (LayerOutput& output : layer_outputs(network)) {
    const Shape& shape = network.graph.value(output.value).shape;
    if (shape.size() == 4 && shape[2] * shape[3] > 1 && layers.size() < most_layers)
      layers.push_back(std::move(output));
  }
  return layers;
}

std::vector<std::shared_ptr<const Images>> feature_map_views(const LayerProbe& probe, std::int64_t step) {
  std::vector<std::shared_ptr<const Images>> views;
  for (std::size_t layer = 0; layer < probe.layers().size(); ++layer) {
    const Shape shape = probe.shape(layer);
    const std::string& name = probe.layers()[layer].layer;
    auto images = std::make_shared<Images>();
    images->view = "feature-maps/" + name;
    images->title = "Feature maps of " + name;
    images->step = step;
    images->count = static_cast<int>(std::min(shape[1], most_channels));
    images->height = static_cast<int>(shape[2]);
    images->width = static_cast<int>(shape[3]);
    const auto size = static_cast<std::size_t>(shape[2] * shape[3]);
    images->pixels.reserve(static_cast<std::size_t>(images->count) * size);
    for (int channel = 0; channel < images->count; ++channel) {
      add_picture(*images, probe.values(layer).subspan(static_cast<std::size_t>(channel) * size, size));
      images->captions.push_back(std::to_string(channel + 1));
    }
    views.push_back(std::move(images));
  }
  return views;
}

}  // namespace gb
