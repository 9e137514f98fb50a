#include "core/evaluate/nearest_pictures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "core/base/text.hpp"

namespace gb {
namespace {

constexpr std::size_t most_near = 11;

/// Differences of a row of pixels fit 32 bits where it has fewer than 2^16.
constexpr std::size_t stretch = 32768;

std::uint64_t squared_distance(const std::uint8_t* a, const std::uint8_t* b, std::size_t size) {
  std::uint64_t sum = 0;
  for (std::size_t begin = 0; begin < size; begin += stretch) {
    const std::size_t end = std::min(begin + stretch, size);
    std::uint32_t part = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const int difference = int{a[i]} - int{b[i]};
      part += static_cast<std::uint32_t>(difference * difference);
    }
    sum += part;
  }
  return sum;
}

}  // namespace

std::vector<NearPicture> nearest_pictures(std::span<const std::uint8_t> made, const std::uint8_t* pixels,
                                          std::span<const std::int64_t> rows, std::size_t count) {
  std::vector<std::pair<std::uint64_t, std::int64_t>> near;
  near.reserve(rows.size());
  for (const std::int64_t row : rows)
    near.emplace_back(squared_distance(made.data(), pixels + static_cast<std::size_t>(row) * made.size(), made.size()),
                      row);
  const std::size_t kept = std::min(count, near.size());
  std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(kept), near.end());
  std::vector<NearPicture> result;
  for (std::size_t i = 0; i < kept; ++i)
    result.push_back({near[i].second, std::sqrt(static_cast<double>(near[i].first) /
                                                static_cast<double>(std::max<std::size_t>(made.size(), 1)))});
  return result;
}

std::shared_ptr<const Images> picked_view(const Images& wall, int index, const Dataset& dataset) {
  const ImageSet* data = dataset.images();
  if (!data || index < 0 || index >= wall.count || data->channels != static_cast<std::size_t>(wall.channels) ||
      data->height != static_cast<std::size_t>(wall.height) || data->width != static_cast<std::size_t>(wall.width))
    return nullptr;
  const std::size_t size = data->pixels_each();
  const std::span<const std::uint8_t> made(wall.pixels.data() + static_cast<std::size_t>(index) * size, size);
  std::vector<std::int64_t> rows(data->count);
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  const auto near = nearest_pictures(made, data->pixels.data(), rows, most_near);
  if (near.empty()) return nullptr;

  auto images = std::make_shared<Images>();
  images->view = "picked";
  images->title = "Sample " + grouped(index + 1) + " and the pictures of the data nearest to it";
  images->step = wall.step;
  images->channels = wall.channels;
  images->height = wall.height;
  images->width = wall.width;
  images->count = static_cast<int>(near.size()) + 1;
  images->pixels.assign(made.begin(), made.end());
  images->captions.push_back("made");
  // The sample is no row of the data: it leads to the nearest.
  images->rows.push_back(near.front().row);
  const Column* labels = dataset.target_column();
  for (const NearPicture& each : near) {
    const std::uint8_t* pixels = data->image(static_cast<std::size_t>(each.row));
    images->pixels.insert(images->pixels.end(), pixels, pixels + size);
    images->captions.push_back((labels ? labels->cell(static_cast<std::size_t>(each.row)) + ", " : std::string()) +
                               "\u0394 " + short_number(std::round(each.distance * 10) / 10));
    images->rows.push_back(each.row);
  }
  return images;
}

}  // namespace gb
