#include "core/run/pictures.hpp"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/run/palette.hpp"

namespace gb {
namespace {

Picture blank(int width, int height, const Color& color = white) {
  Picture picture{width, height, {}};
  picture.rgb.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(width) * height; ++i)
    picture.rgb.insert(picture.rgb.end(), color.begin(), color.end());
  return picture;
}

/// What lies outside is left out.
void put(Picture& picture, int x, int y, const Color& color) {
  if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) return;
  const std::size_t at =
      (static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width) + static_cast<std::size_t>(x)) * 3;
  std::copy(color.begin(), color.end(), picture.rgb.begin() + static_cast<std::ptrdiff_t>(at));
}

void fill(Picture& picture, int left, int top, int width, int height, const Color& color) {
  for (int y = top; y < top + height; ++y)
    for (int x = left; x < left + width; ++x) put(picture, x, y, color);
}

/// From data to pixels.
struct Plane {
  double x_min = 0, x_max = 1, y_min = 0, y_max = 1;
  int size = 0, margin = 0;

  int x(double value) const { return margin + pixel((value - x_min) / (x_max - x_min)); }
  int y(double value) const { return margin + pixel((y_max - value) / (y_max - y_min)); }
  int pixel(double share) const {
    // Far outside is as good as outside, and fits an int.
    return static_cast<int>(std::lround(std::clamp(share, -4.0, 4.0) * (size - 2 * margin - 1)));
  }
};

Plane plane_of(const Points& points, int size) {
  const Extent extent = extent_of(points);
  return {extent.x_min, extent.x_max, extent.y_min, extent.y_max, size, static_cast<int>(extent.margin * size)};
}

void draw_region(Picture& picture, const Region& region) {
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      const int column = static_cast<int>(static_cast<std::int64_t>(x) * region.width / picture.width);
      const int row =
          region.height - 1 - static_cast<int>(static_cast<std::int64_t>(y) * region.height / picture.height);
      const std::size_t cell =
          static_cast<std::size_t>(row) * static_cast<std::size_t>(region.width) + static_cast<std::size_t>(column);
      if (cell >= region.group.size()) continue;
      const double sure = cell < region.strength.size() ? region.strength[cell] / 255.0 : 1;
      put(picture, x, y, blend(white, group_color(region.group[cell]), 0.12 + 0.33 * sure));
    }
  }
}

}  // namespace

Extent extent_of(const Points& points) {
  if (points.region && points.region->width > 0 && points.region->height > 0)
    return {points.region->x_min, points.region->x_max, points.region->y_min, points.region->y_max, 0};
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Extent extent{infinity, -infinity, infinity, -infinity, 1.0 / 24};
  const auto widen = [&](const std::vector<float>& xy) {
    for (std::size_t i = 0; i + 1 < xy.size(); i += 2) {
      if (!std::isfinite(xy[i]) || !std::isfinite(xy[i + 1])) continue;
      extent.x_min = std::min(extent.x_min, static_cast<double>(xy[i]));
      extent.x_max = std::max(extent.x_max, static_cast<double>(xy[i]));
      extent.y_min = std::min(extent.y_min, static_cast<double>(xy[i + 1]));
      extent.y_max = std::max(extent.y_max, static_cast<double>(xy[i + 1]));
    }
  };
  if (points.xy) widen(*points.xy);
  widen(points.centers);
  if (!(extent.x_min < extent.x_max))
    extent.x_max = (extent.x_min = std::isfinite(extent.x_min) ? extent.x_min - 0.5 : 0) + 1;
  if (!(extent.y_min < extent.y_max))
    extent.y_max = (extent.y_min = std::isfinite(extent.y_min) ? extent.y_min - 0.5 : 0) + 1;
  return extent;
}

Picture draw(const Matrix& matrix) {
  const int rows = static_cast<int>(std::min<std::size_t>(matrix.row_labels.size(), 4000));
  const int columns = static_cast<int>(std::min<std::size_t>(matrix.column_labels.size(), 4000));
  if (rows == 0 || columns == 0 || matrix.values.size() != matrix.row_labels.size() * matrix.column_labels.size())
    return blank(1, 1, grid_line);
  const int cell = std::clamp(480 / std::max(rows, columns), 1, 48);
  const int gap = cell >= 6 ? 1 : 0;
  double most = 0;
  for (const double value : matrix.values)
    if (std::isfinite(value)) most = std::max(most, std::abs(value));
  Picture picture = blank(columns * cell + gap, rows * cell + gap);
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      const double value =
          matrix.values[static_cast<std::size_t>(row) * matrix.column_labels.size() + static_cast<std::size_t>(column)];
      const bool empty = value == 0 || !std::isfinite(value);
      fill(picture, column * cell + gap, row * cell + gap, cell - gap, cell - gap,
           empty ? grid_line : viridis_color(std::abs(value) / most));
    }
  }
  return picture;
}

Picture draw(const Images& images) {
  constexpr int most_shown = 256;
  const int count = std::min(images.count, most_shown);
  if (count <= 0 || images.width <= 0 || images.height <= 0 || images.width > 8192 || images.height > 8192)
    return blank(1, 1, grid_line);
  const int columns = std::max(1, static_cast<int>(std::ceil(std::sqrt(count))));
  const int rows = (count + columns - 1) / columns;
  const int factor = std::clamp(64 / std::max(images.width, images.height), 1, 8);
  constexpr int gap = 2;
  const int width = images.width * factor + gap;
  const int height = images.height * factor + gap;
  Picture picture = blank(columns * width + gap, rows * height + gap, grid_line);
  const std::size_t plane = static_cast<std::size_t>(images.width) * static_cast<std::size_t>(images.height);
  for (int image = 0; image < count; ++image) {
    const std::size_t begin = static_cast<std::size_t>(image) * plane * static_cast<std::size_t>(images.channels);
    if (begin + plane * static_cast<std::size_t>(images.channels) > images.pixels.size()) break;
    for (int y = 0; y < images.height; ++y) {
      for (int x = 0; x < images.width; ++x) {
        const std::size_t at =
            begin + static_cast<std::size_t>(y) * static_cast<std::size_t>(images.width) + static_cast<std::size_t>(x);
        const std::uint8_t red = images.pixels[at];
        const Color color = images.channels >= 3 ? Color{red, images.pixels[at + plane], images.pixels[at + 2 * plane]}
                                                 : Color{red, red, red};
        fill(picture, (image % columns) * width + gap + x * factor, (image / columns) * height + gap + y * factor,
             factor, factor, color);
      }
    }
  }
  return picture;
}

Picture plain(const Images& images, int index) {
  Picture picture = blank(images.width, images.height);
  const std::size_t plane = static_cast<std::size_t>(images.width) * static_cast<std::size_t>(images.height);
  const std::size_t begin = static_cast<std::size_t>(index) * plane * static_cast<std::size_t>(images.channels);
  for (std::size_t i = 0; i < plane; ++i)
    for (std::size_t channel = 0; channel < 3; ++channel)
      picture.rgb[3 * i + channel] = images.pixels[begin + i + (images.channels >= 3 ? channel * plane : 0)];
  return picture;
}

Picture draw(const Points& points) {
  constexpr int size = 640;
  Picture picture = blank(size, size);
  const Plane plane = plane_of(points, size);
  if (points.region) draw_region(picture, *points.region);
  const std::size_t count = points.xy ? points.xy->size() / 2 : 0;
  const int radius = count > 20000 ? 0 : count > 2000 ? 1 : 2;
  for (std::size_t i = 0; i < count; ++i) {
    const float x = (*points.xy)[2 * i];
    const float y = (*points.xy)[2 * i + 1];
    if (!std::isfinite(x) || !std::isfinite(y)) continue;
    const Color color = group_color(i < points.group.size() ? points.group[i] : -1);
    fill(picture, plane.x(x) - radius, plane.y(y) - radius, 2 * radius + 1, 2 * radius + 1, color);
  }
  for (std::size_t i = 0; i + 1 < points.centers.size(); i += 2) {
    if (!std::isfinite(points.centers[i]) || !std::isfinite(points.centers[i + 1])) continue;
    const int x = plane.x(points.centers[i]);
    const int y = plane.y(points.centers[i + 1]);
    fill(picture, x - 8, y - 2, 17, 5, white);
    fill(picture, x - 2, y - 8, 5, 17, white);
    fill(picture, x - 7, y - 1, 15, 3, ink);
    fill(picture, x - 1, y - 7, 3, 15, ink);
  }
  return picture;
}

std::string to_png(const Picture& picture) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  std::string bytes;
  if (png_image_write_get_memory_size(image, size, 0, picture.rgb.data(), 0, nullptr)) {
    bytes.resize(size);
    if (png_image_write_to_memory(&image, bytes.data(), &size, 0, picture.rgb.data(), 0, nullptr)) {
      bytes.resize(size);
      return bytes;
    }
  }
  throw Error("A picture of " + std::to_string(picture.width) + " x " + std::to_string(picture.height) +
              " pixels could not be written: " + image.message);
}

}  // namespace gb
