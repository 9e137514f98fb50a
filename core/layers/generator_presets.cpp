#include "core/layers/generator_presets.hpp"

namespace gb {
namespace {

using Layers = std::vector<Json>;

void add_leaky(Layers& to) {
  to.push_back({{"type", "LeakyReLU"}, {"negative_slope", 0.2}});
}

Json dense(std::int64_t units, bool bias = true) {
  Json layer{{"type", "Dense"}, {"units", units}};
  if (!bias) layer["use_bias"] = false;
  return layer;
}

Json window(const char* type, std::int64_t filters) {
  return {{"type", type}, {"filters", filters}, {"kernel_size", 4},
          {"strides", 2}, {"padding", "same"},  {"kernel_initializer", "small_normal"}};
}

Json dense_generator(const Shape& picture) {
  Layers layers;
  for (const int units : {256, 512}) {
    layers.push_back(dense(units, false));
    layers.emplace_back("BatchNormalization");
    add_leaky(layers);
  }
  Json last = dense(volume(picture));
  last["activation"] = "tanh";
  layers.push_back(std::move(last));
  layers.push_back({{"type", "Reshape"}, {"target_shape", picture}});
  return Json(layers);
}

Json dense_discriminator(const Shape&, bool) {
  Layers layers{"Flatten"};
  for (const int units : {512, 256}) {
    layers.push_back(dense(units));
    add_leaky(layers);
    layers.push_back({{"type", "Dropout"}, {"rate", 0.3}});
  }
  return Json(layers);
}

/// Radford et al. 2016, section 3: strided convolutions both ways, batch normalization, no pooling, ReLU and leaky
/// ReLU. `widest` channels at the smallest size, halved at each doubling.
Json deep_generator(const Shape& picture, std::int64_t start_height, std::int64_t start_width, std::int64_t widest) {
  Json first = dense(widest * start_height * start_width, false);
  first["kernel_initializer"] = "small_normal";
  Layers layers{std::move(first), "BatchNormalization", Json{{"type", "Activation"}, {"activation", "relu"}},
                Json{{"type", "Reshape"}, {"target_shape", {widest, start_height, start_width}}}};
  std::int64_t filters = widest;
  for (std::int64_t height = start_height; height < picture[1]; height *= 2) {
    const bool last = 2 * height == picture[1];
    filters /= 2;
    Json layer = window("Conv2DTranspose", last ? picture[0] : filters);
    if (last) {
      layer["activation"] = "tanh";
    } else {
      layer["use_bias"] = false;
    }
    layers.push_back(std::move(layer));
    if (last) break;
    layers.emplace_back("BatchNormalization");
    layers.push_back({{"type", "Activation"}, {"activation", "relu"}});
  }
  return Json(layers);
}

Json deep_discriminator(const Shape& picture, std::int64_t end_height, std::int64_t narrowest, bool normalized) {
  Layers layers;
  std::int64_t filters = narrowest;
  for (std::int64_t height = picture[1]; height > end_height; height /= 2) {
    const bool plain = !normalized || height == picture[1];
    Json layer = window("Conv2D", filters);
    if (!plain) layer["use_bias"] = false;
    layers.push_back(std::move(layer));
    if (!plain) layers.emplace_back("BatchNormalization");
    add_leaky(layers);
    filters *= 2;
  }
  layers.emplace_back("Flatten");
  return Json(layers);
}

}  // namespace

std::span<const AdversarialPreset> adversarial_presets() {
  static const std::vector<AdversarialPreset> list{
      {"dense", "Dense", "Two hidden layers each: for small pictures of any size.", 0, 0, dense_generator,
       dense_discriminator},
      {"dcgan_28", "DCGAN, 28 x 28", "Two doublings from 7 x 7: for digits and the like (Radford et al. 2016).", 28, 28,
       [](const Shape& picture) { return deep_generator(picture, 7, 7, 128); },
       [](const Shape& picture, bool normalized) { return deep_discriminator(picture, 7, 64, normalized); }},
      {"dcgan_64", "DCGAN, 64 x 64", "Four doublings from 4 x 4: for faces and the like (Radford et al. 2016).", 64, 64,
       [](const Shape& picture) { return deep_generator(picture, 4, 4, 256); },
       [](const Shape& picture, bool normalized) { return deep_discriminator(picture, 4, 32, normalized); }},
      {"dcgan_128", "DCGAN, 128 x 128", "Five doublings from 4 x 4; wants time and many pictures.", 128, 128,
       [](const Shape& picture) { return deep_generator(picture, 4, 4, 512); },
       [](const Shape& picture, bool normalized) { return deep_discriminator(picture, 4, 32, normalized); }},
  };
  return list;
}

std::vector<Choice> adversarial_preset_choices() {
  std::vector<Choice> choices;
  for (const auto& preset : adversarial_presets()) choices.push_back({preset.name, preset.label, preset.help});
  return choices;
}

std::size_t adversarial_preset_for(const Shape& picture) {
  const auto list = adversarial_presets();
  for (std::size_t i = 1; i < list.size(); ++i)
    if (list[i].makes(picture)) return i;
  return 0;
}

}  // namespace gb
