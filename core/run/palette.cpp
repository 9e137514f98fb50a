#include "core/run/palette.hpp"

#include <algorithm>
#include <cmath>

namespace gb {
namespace {

constexpr Color ungrouped{152, 162, 179};
constexpr std::array<Color, 8> groups{{{0x00, 0x72, 0xB2},
                                       {0xE6, 0x9F, 0x00},
                                       {0x00, 0x9E, 0x73},
                                       {0xCC, 0x79, 0xA7},
                                       {0xD5, 0x5E, 0x00},
                                       {0x56, 0xB4, 0xE9},
                                       {0x99, 0x99, 0x99},
                                       {0xF0, 0xE4, 0x42}}};
/// Nine stops, evenly spaced.
constexpr std::array<Color, 9> viridis_stops{{{68, 1, 84},
                                              {71, 44, 122},
                                              {59, 81, 139},
                                              {44, 113, 142},
                                              {33, 144, 141},
                                              {39, 173, 129},
                                              {92, 200, 99},
                                              {170, 220, 50},
                                              {253, 231, 37}}};

std::uint8_t blend(std::uint8_t from, std::uint8_t to, double share) {
  return static_cast<std::uint8_t>(std::lround(from + (to - from) * std::clamp(share, 0.0, 1.0)));
}

}  // namespace

Color blend(const Color& from, const Color& to, double share) {
  return {blend(from[0], to[0], share), blend(from[1], to[1], share), blend(from[2], to[2], share)};
}

Color viridis_color(double share) {
  const double place = std::clamp(share, 0.0, 1.0) * (viridis_stops.size() - 1);
  const auto stop = std::min(static_cast<std::size_t>(place), viridis_stops.size() - 2);
  return blend(viridis_stops[stop], viridis_stops[stop + 1], place - static_cast<double>(stop));
}

Color group_color(std::int32_t group) {
  return group < 0 ? ungrouped : groups[static_cast<std::size_t>(group) % groups.size()];
}

}  // namespace gb
