#include "core/layers/autoencoder_presets.hpp"

#include <algorithm>
#include <vector>

namespace gb {
namespace {

using Layers = std::vector<Json>;

Json dense(std::int64_t units, const char* activation) {
  return {{"type", "Dense"}, {"units", units}, {"activation", activation}};
}

bool is_picture(const Shape& example) {
  return example.size() == 3;
}

/// Units of the hidden layers, widest first (Hinton, Salakhutdinov 2006, narrower).
std::vector<std::int64_t> widths(const Shape& example) {
  if (is_picture(example)) return {512, 128};
  return {128, 64};
}

/// Filters of the convolutions, each of which halves the picture, down to some 8 x 8 pixels.
std::vector<std::int64_t> filters(const Shape& picture) {
  std::vector<std::int64_t> list{32, 64};
  std::int64_t factor = 4;
  while (picture[1] % (2 * factor) == 0 && picture[2] % (2 * factor) == 0 &&
         std::min(picture[1], picture[2]) / factor > 8) {
    list.push_back(128);
    factor *= 2;
  }
  return list;
}

Json strided(const char* type, std::int64_t count, int kernel, const char* activation) {
  return {{"type", type}, {"filters", count},  {"kernel_size", kernel},
          {"strides", 2}, {"padding", "same"}, {"activation", activation}};
}

}  // namespace

std::vector<Choice> autoencoder_preset_choices() {
  return {{"dense", "Dense", "Two hidden layers on either side of the code."},
          {"convolutional", "Convolutional",
           "Convolutions that halve pictures, and transposed ones that double them back."}};
}

bool can_be_halved(const Shape& example) {
  return is_picture(example) && example[1] % 4 == 0 && example[2] % 4 == 0;
}

AutoencoderPreset autoencoder_preset_for(const Shape& example) {
  return can_be_halved(example) ? AutoencoderPreset::convolutional : AutoencoderPreset::dense;
}

Json encoder_layers(AutoencoderPreset preset, const Shape& example) {
  Layers layers;
  if (preset == AutoencoderPreset::convolutional) {
    for (const auto count : filters(example)) layers.push_back(strided("Conv2D", count, 3, "relu"));
    layers.emplace_back("Flatten");
    return Json(layers);
  }
  if (is_picture(example)) layers.emplace_back("Flatten");
  for (const auto units : widths(example)) layers.push_back(dense(units, "relu"));
  return Json(layers);
}

/// Windows of 4 pixels that move by 2 meet every pixel equally often: no checkerboards (Odena et al. 2016).
Json decoder_layers(AutoencoderPreset preset, const Shape& example) {
  Layers layers;
  if (preset == AutoencoderPreset::convolutional) {
    auto counts = filters(example);
    const std::int64_t factor = std::int64_t{1} << counts.size();
    const std::int64_t height = example[1] / factor, width = example[2] / factor;
    layers.push_back(dense(counts.back() * height * width, "relu"));
    layers.push_back({{"type", "Reshape"}, {"target_shape", {counts.back(), height, width}}});
    counts.pop_back();
    for (auto count = counts.rbegin(); count != counts.rend(); ++count)
      layers.push_back(strided("Conv2DTranspose", *count, 4, "relu"));
    layers.push_back(strided("Conv2DTranspose", example[0], 4, "linear"));
    return Json(layers);
  }
  auto units = widths(example);
  std::reverse(units.begin(), units.end());
  for (const auto count : units) layers.push_back(dense(count, "relu"));
  layers.push_back(dense(volume(example), "linear"));
  if (is_picture(example)) layers.push_back({{"type", "Reshape"}, {"target_shape", example}});
  return Json(layers);
}

}  // namespace gb
