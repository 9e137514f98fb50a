#pragma once

#include <array>
#include <cstdint>

/// Colours of pictures and charts that are made without a window: the studio's in its light theme.
namespace gb {

using Color = std::array<std::uint8_t, 3>;

constexpr Color white{255, 255, 255};
constexpr Color grid_line{237, 240, 244};
constexpr Color ink{29, 36, 48};
constexpr Color quiet_ink{102, 112, 133};

/// Okabe, Ito 2008, in the studio's order; wraps around, grey for none (-1).
Color group_color(std::int32_t group);
/// matplotlib's viridis (Smith, van der Walt 2015) at 0..1.
Color viridis_color(double share);
/// `share` of the way from one to the other.
Color blend(const Color& from, const Color& to, double share);

}  // namespace gb
