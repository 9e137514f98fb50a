#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/data/picture_file.hpp"

namespace gb {

using Color = std::array<std::uint8_t, 3>;  ///< red, green, blue

/// "white", "black", "grey" (or "gray") or "#rrggbb"; empty for anything else.
std::optional<Color> color_of(std::string_view text);

/// What all pictures of a set become.
struct PictureFit {
  std::size_t height = 0, width = 0;
  std::size_t channels = 3;  ///< 1 or 3
  Color background{255, 255, 255};
};

struct FittedPicture {
  bool resized = false;
  bool colored = false;  ///< some pixel is no grey, before it was made one
};

/// Blends alpha over the background, resizes to fit (by area when shrinking, bilinear when growing) without changing
/// the ratio of the sides, centred on the background, and writes channels x height x width bytes to `out`. Grey of a
/// colour is 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).
FittedPicture fit_picture(const DecodedPicture& picture, const PictureFit& fit, std::uint8_t* out);

}  // namespace gb
