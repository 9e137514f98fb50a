#include "core/layers/presets.hpp"

#include <algorithm>

namespace gb {
namespace {

using Layers = std::vector<Json>;

Json list_of(const Layers& layers) {
  return Json(layers);
}

/// Convolution, batch normalization and ReLU; the normalization makes a bias superfluous.
void add_normalized(Layers& to, const Json& convolution, bool activate = true) {
  Json layer = convolution;
  layer["padding"] = "same";
  layer["use_bias"] = false;
  layer["kernel_initializer"] = "he_normal";
  to.push_back(std::move(layer));
  to.emplace_back("BatchNormalization");
  if (activate) to.push_back({{"type", "Activation"}, {"activation", "relu"}});
}

Json convolution(int filters, int size, int strides = 1) {
  Json layer{{"type", "Conv2D"}, {"filters", filters}, {"kernel_size", size}};
  if (strides > 1) layer["strides"] = strides;
  return layer;
}

Json dense(int units, const char* activation) {
  return {{"type", "Dense"}, {"units", units}, {"activation", activation}};
}

Json dropout(double rate) {
  return {{"type", "Dropout"}, {"rate", rate}};
}

Json small_cnn() {
  Json first = convolution(32, 3);
  first["activation"] = "relu";
  return list_of({first, "MaxPooling2D", "Flatten", dense(64, "relu")});
}

/// LeCun et al. 1998, figure 2; "same" padding stands for the frame that made 32 x 32 pixels of 28 x 28.
Json lenet5() {
  Json first = convolution(6, 5);
  first["padding"] = "same";
  first["activation"] = "tanh";
  Json second = convolution(16, 5);
  second["activation"] = "tanh";
  return list_of(
      {first, "AveragePooling2D", second, "AveragePooling2D", "Flatten", dense(120, "tanh"), dense(84, "tanh")});
}

/// Pairs of convolutions between poolings, as in Simonyan, Zisserman 2015, a quarter as wide and with Ioffe, Szegedy's
/// normalization.
Json small_vgg() {
  Layers layers;
  double rate = 0.2;
  for (const int filters : {32, 64, 128}) {
    add_normalized(layers, convolution(filters, 3));
    add_normalized(layers, convolution(filters, 3));
    layers.emplace_back("MaxPooling2D");
    layers.push_back(dropout(rate));
    rate += 0.1;
  }
  layers.emplace_back("Flatten");
  layers.push_back(dense(128, "relu"));
  layers.push_back(dropout(0.5));
  return list_of(layers);
}

/// He et al. 2016, section 4.2, with one block per stage.
Json small_resnet() {
  Layers layers;
  add_normalized(layers, convolution(16, 3));
  for (const int filters : {16, 32, 64}) {
    Layers branch;
    add_normalized(branch, convolution(filters, 3, filters == 16 ? 1 : 2));
    add_normalized(branch, convolution(filters, 3), false);
    layers.push_back({{"type", "Residual"}, {"layers", list_of(branch)}});
  }
  layers.emplace_back("GlobalAveragePooling2D");
  return list_of(layers);
}

/// Howard et al. 2017, table 1, cut to small pictures.
Json mobilenet() {
  Layers layers;
  add_normalized(layers, convolution(16, 3, 2));
  const std::pair<int, int> blocks[] = {{32, 1}, {64, 2}, {64, 1}, {128, 2}, {128, 1}};
  for (const auto& [filters, strides] : blocks) {
    Json depthwise{{"type", "DepthwiseConv2D"}, {"kernel_size", 3}};
    if (strides > 1) depthwise["strides"] = strides;
    add_normalized(layers, depthwise);
    add_normalized(layers, convolution(filters, 1));
  }
  layers.emplace_back("GlobalAveragePooling2D");
  return list_of(layers);
}

}  // namespace

std::span<const NetworkPreset> network_presets() {
  static const std::vector<NetworkPreset> list{
      {"small_cnn", "Small CNN", "One convolution, one pooling, one hidden layer: quick to train, good on digits.",
       small_cnn()},
      {"lenet5", "LeNet-5", "The network that read handwritten digits on cheques (LeCun et al. 1998).", lenet5()},
      {"small_vgg", "Small VGG",
       "Pairs of 3 x 3 convolutions between poolings (Simonyan, Zisserman 2015), for 32 x 32 pixels in colour.",
       small_vgg()},
      {"small_resnet", "Small ResNet",
       "Three residual blocks of 16, 32 and 64 channels (He et al. 2016): few weights, accurate on digits and colour.",
       small_resnet()},
      {"mobilenet", "Small MobileNet",
       "Depthwise separable convolutions (Howard et al. 2017): the least arithmetic per picture.", mobilenet()},
  };
  return list;
}

std::vector<Choice> preset_choices() {
  std::vector<Choice> choices;
  for (const auto& preset : network_presets()) choices.push_back({preset.name, preset.label, preset.help});
  return choices;
}

std::size_t preset_for(const Shape& picture) {
  const std::int64_t shortest = std::min(picture[1], picture[2]);
  const std::int64_t longest = std::max(picture[1], picture[2]);
  const bool simple = shortest < 12 || (picture[0] == 1 && longest <= 32);
  const std::string name = simple ? "small_cnn" : longest <= 64 ? "small_resnet" : "mobilenet";
  const auto list = network_presets();
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const NetworkPreset& preset) { return preset.name == name; });
  return static_cast<std::size_t>(found - list.begin());
}

}  // namespace gb
