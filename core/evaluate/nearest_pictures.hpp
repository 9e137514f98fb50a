#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/events/events.hpp"

namespace gb {

/// A picture of a set and how far it is from another one: the root of the mean squared difference of their bytes.
struct NearPicture {
  std::int64_t row = 0;
  double distance = 0;
};

/// The `count` pictures among `rows` of `pixels` (made.size() bytes each) that are nearest to `made`, nearest first.
std::vector<NearPicture> nearest_pictures(std::span<const std::uint8_t> made, const std::uint8_t* pixels,
                                          std::span<const std::int64_t> rows, std::size_t count);

/// One picture of a wall that a generator made, followed by those of the data that are nearest to it (view "picked"):
/// is it copying? Null where the data has no pictures of that size, or the wall no such picture.
std::shared_ptr<const Images> picked_view(const Images& wall, int index, const Dataset& dataset);

}  // namespace gb
