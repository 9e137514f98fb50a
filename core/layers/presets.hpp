#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/backend/device.hpp"
#include "core/params/param_spec.hpp"

namespace gb {

/// A ready list of layers. Its output layer is left to build_network(), which knows the number of classes.
struct NetworkPreset {
  std::string name;   ///< "small_cnn"
  std::string label;  ///< "Small CNN"
  std::string help;   ///< one sentence
  Json layers;
};

std::span<const NetworkPreset> network_presets();

/// For a field whose value is a position in network_presets().
std::vector<Choice> preset_choices();

/// The preset that suits pictures of [channels, height, width]: grey ones up to 32 x 32 and tiny ones go to small_cnn,
/// others up to 64 x 64 to small_resnet, larger ones to mobilenet, which shrinks them early.
std::size_t preset_for(const Shape& picture);

}  // namespace gb
