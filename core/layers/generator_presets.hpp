#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/backend/device.hpp"
#include "core/params/param_spec.hpp"

namespace gb {

/// A ready pair of networks that play against each other.
struct AdversarialPreset {
  std::string name;                    ///< "dcgan_28"
  std::string label;                   ///< "DCGAN, 28 x 28"
  std::string help;                    ///< one sentence
  std::int64_t height = 0, width = 0;  ///< of the pictures it makes; 0: any
  /// Layers that make pictures of [channels, height, width], and layers that judge them; `normalized`: with batch
  /// normalization, which a gradient penalty and spectral normalization do without.
  Json (*generator)(const Shape& picture) = nullptr;
  Json (*discriminator)(const Shape& picture, bool normalized) = nullptr;

  bool makes(const Shape& picture) const { return height == 0 || (height == picture[1] && width == picture[2]); }
};

std::span<const AdversarialPreset> adversarial_presets();
/// For a field whose value is a position in adversarial_presets().
std::vector<Choice> adversarial_preset_choices();
/// The one that suits pictures of [channels, height, width]: the DCGAN of their size, else dense.
std::size_t adversarial_preset_for(const Shape& picture);

}  // namespace gb
