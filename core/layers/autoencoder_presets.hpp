#pragma once

#include <vector>

#include "core/backend/device.hpp"
#include "core/params/param_spec.hpp"

namespace gb {

/// Ready pairs of encoders and decoders. An example is a picture [channels, height, width] or a row [numbers].
enum class AutoencoderPreset { dense, convolutional };

/// For a field whose value is one of them.
std::vector<Choice> autoencoder_preset_choices();

/// Whether every convolution of the preset can halve the picture, so that the decoder can double it back: sides that
/// divide by 4.
bool can_be_halved(const Shape& example);
/// Convolutional for pictures that allow it, else dense.
AutoencoderPreset autoencoder_preset_for(const Shape& example);

/// From an example to a row of numbers that says what is in it; what makes a code of it comes after.
Json encoder_layers(AutoencoderPreset preset, const Shape& example);
/// From a code back to an example: its last layer is linear.
Json decoder_layers(AutoencoderPreset preset, const Shape& example);

}  // namespace gb
