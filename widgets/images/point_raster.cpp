#include "widgets/images/point_raster.hpp"

#include <QPainter>
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace gb {
namespace {

constexpr int fractions = 4;  // stamps are made for quarters of a pixel in either direction
constexpr std::size_t between_checks = 8192;

/// A disc's coverage of pixels around its centre, 0..255, for one position of the centre within a pixel.
struct Stamp {
  int side = 0;
  int before = 0;  ///< columns and rows left of and above the centre's pixel
  std::array<std::vector<std::uint8_t>, fractions * fractions> masks;

  explicit Stamp(double radius) {
    before = static_cast<int>(std::ceil(radius + 0.5));
    side = 2 * before + 1;
    for (int fy = 0; fy < fractions; ++fy)
      for (int fx = 0; fx < fractions; ++fx) {
        auto& mask = masks[static_cast<std::size_t>(fy * fractions + fx)];
        mask.resize(static_cast<std::size_t>(side * side));
        const double cx = before + (fx + 0.5) / fractions, cy = before + (fy + 0.5) / fractions;
        for (int y = 0; y < side; ++y)
          for (int x = 0; x < side; ++x) {
            const double distance = std::hypot(x + 0.5 - cx, y + 0.5 - cy);
            mask[static_cast<std::size_t>(y * side + x)] =
                static_cast<std::uint8_t>(std::lround(255 * std::clamp(radius + 0.5 - distance, 0.0, 1.0)));
          }
      }
  }
};

std::uint32_t scaled(std::uint32_t color, std::uint32_t by) {
  // Two channels at a time; (x * by + 127) / 255 to within one.
  std::uint32_t even = (color & 0xff00ffU) * by;
  even = ((even + ((even >> 8) & 0xff00ffU) + 0x800080U) >> 8) & 0xff00ffU;
  std::uint32_t odd = ((color >> 8) & 0xff00ffU) * by;
  odd = (odd + ((odd >> 8) & 0xff00ffU) + 0x800080U) & 0xff00ff00U;
  return even | odd;
}

class Canvas {
 public:
  explicit Canvas(QImage& image)
      : bits_(reinterpret_cast<std::uint32_t*>(image.bits())),
        stride_(static_cast<std::ptrdiff_t>(image.bytesPerLine() / 4)),
        width_(image.width()),
        height_(image.height()) {}

  /// `color` is opaque; `alpha` 0..255.
  void disc(const Stamp& stamp, double x, double y, std::uint32_t color, std::uint32_t alpha) {
    const double floor_x = std::floor(x), floor_y = std::floor(y);
    const int fx = static_cast<int>((x - floor_x) * fractions), fy = static_cast<int>((y - floor_y) * fractions);
    const auto& mask = stamp.masks[static_cast<std::size_t>(fy * fractions + fx)];
    const int left = static_cast<int>(floor_x) - stamp.before, top = static_cast<int>(floor_y) - stamp.before;
    const int x_begin = std::max(0, -left), x_end = std::min(stamp.side, width_ - left);
    const int y_begin = std::max(0, -top), y_end = std::min(stamp.side, height_ - top);
    for (int row = y_begin; row < y_end; ++row) {
      std::uint32_t* line = bits_ + (top + row) * stride_ + left;
      const std::uint8_t* coverage = mask.data() + row * stamp.side;
      for (int column = x_begin; column < x_end; ++column) {
        const std::uint32_t covered = coverage[column] * alpha / 255;
        if (covered == 0) continue;
        line[column] = scaled(color, covered) + scaled(line[column], 255 - covered);
      }
    }
  }

 private:
  std::uint32_t* bits_;
  std::ptrdiff_t stride_;
  int width_, height_;
};

}  // namespace

double pointRadius(std::size_t points, const QSizeF& area) {
  if (points == 0) return 3.4;
  const double share = 0.25 * area.width() * area.height() / static_cast<double>(points);
  return std::clamp(std::sqrt(share / std::numbers::pi), 1.1, 3.4);
}

QImage regionImage(const Region& region, const Theme& colors) {
  const auto cells = static_cast<std::size_t>(region.width) * static_cast<std::size_t>(region.height);
  if (region.width <= 0 || region.height <= 0 || region.group.size() != cells) return {};
  QImage image(region.width, region.height, QImage::Format_RGB32);
  const double weak = colors.dark ? 0.10 : 0.08, strong = colors.dark ? 0.40 : 0.36;
  for (int y = 0; y < region.height; ++y) {
    auto* line = reinterpret_cast<QRgb*>(image.scanLine(region.height - 1 - y));
    for (int x = 0; x < region.width; ++x) {
      const auto cell =
          static_cast<std::size_t>(y) * static_cast<std::size_t>(region.width) + static_cast<std::size_t>(x);
      const double strength = region.strength.size() == cells ? region.strength[cell] / 255.0 : 0.5;
      const QRgb under = colors.panel.rgb(), over = seriesColor(region.group[cell]).rgb();
      const double amount = weak + (strong - weak) * strength;
      const auto mix = [&](int a, int b) { return static_cast<int>(std::lround(a + (b - a) * amount)); };
      line[x] = qRgb(mix(qRed(under), qRed(over)), mix(qGreen(under), qGreen(over)), mix(qBlue(under), qBlue(over)));
    }
  }
  return image;
}

std::vector<std::uint8_t> selectedPoints(const Points& points, const std::vector<std::int64_t>& selected) {
  const std::size_t count = points.xy ? points.xy->size() / 2 : 0;
  std::vector<std::uint8_t> member(count, 0);
  if (selected.empty()) return member;
  const std::int64_t low = selected.front();
  const auto span = static_cast<std::uint64_t>(selected.back() - low) + 1;
  const auto row = [&](std::size_t i) {
    return points.rows && i < points.rows->size() ? (*points.rows)[i] : static_cast<std::int64_t>(i);
  };
  if (span > std::uint64_t{1} << 26) {
    for (std::size_t i = 0; i < count; ++i) member[i] = std::binary_search(selected.begin(), selected.end(), row(i));
    return member;
  }
  std::vector<std::uint8_t> wanted(span, 0);
  for (const std::int64_t chosen : selected) wanted[static_cast<std::size_t>(chosen - low)] = 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto offset = static_cast<std::uint64_t>(row(i) - low);
    member[i] = offset < span && wanted[offset];
  }
  return member;
}

std::vector<std::size_t> pointsInside(const std::vector<float>& xy, const std::vector<QPointF>& polygon) {
  std::vector<std::size_t> inside;
  const std::size_t count = xy.size() / 2;
  if (polygon.size() < 3) return inside;
  double left = polygon[0].x(), right = left, low = polygon[0].y(), high = low;
  for (const QPointF& corner : polygon) {
    left = std::min(left, corner.x());
    right = std::max(right, corner.x());
    low = std::min(low, corner.y());
    high = std::max(high, corner.y());
  }
  for (std::size_t i = 0; i < count; ++i) {
    const double x = xy[2 * i], y = xy[2 * i + 1];
    if (!(x >= left && x <= right && y >= low && y <= high)) continue;
    bool within = false;
    for (std::size_t a = 0, b = polygon.size() - 1; a < polygon.size(); b = a++) {
      const QPointF &p = polygon[a], &q = polygon[b];
      if ((p.y() > y) != (q.y() > y) && x < p.x() + (q.x() - p.x()) * (y - p.y()) / (q.y() - p.y())) within = !within;
    }
    if (within) inside.push_back(i);
  }
  return inside;
}

QImage rasterise(const PointPicture& picture, const std::atomic<bool>& cancelled) {
  const Points& points = *picture.points;
  QImage image(picture.size, QImage::Format_ARGB32_Premultiplied);
  image.fill(Qt::transparent);
  const double scale_x = image.width() / picture.view.width();
  const double scale_y = image.height() / picture.view.height();
  const auto pixel_x = [&](double x) { return (x - picture.view.left()) * scale_x; };
  const auto pixel_y = [&](double y) { return image.height() - (y - picture.view.top()) * scale_y; };
  if (points.region) {
    const Region& region = *points.region;
    QPainter painter(&image);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.drawImage(QRectF(QPointF(pixel_x(region.x_min), pixel_y(region.y_max)),
                             QPointF(pixel_x(region.x_max), pixel_y(region.y_min))),
                      regionImage(region, picture.colors));
  }
  if (!points.xy || cancelled) return cancelled ? QImage() : image;

  const std::vector<float>& xy = *points.xy;
  const std::size_t count = xy.size() / 2;
  std::vector<std::uint8_t> member;
  if (picture.selected && !picture.selected->empty()) member = selectedPoints(points, *picture.selected);
  std::vector<std::uint32_t> palette;
  for (int group = 0; group < 8; ++group) palette.push_back(seriesColor(group).rgba());
  const std::uint32_t none = blended(picture.colors.panel, picture.colors.secondary, 0.75).rgba();
  const auto color_of = [&](std::size_t i) {
    const std::int32_t group = i < points.group.size() ? points.group[i] : -1;
    return group < 0 ? none : palette[static_cast<std::size_t>(group) % palette.size()];
  };

  Canvas canvas(image);
  const Stamp stamp(picture.radius);
  const double reach = picture.radius + 1;
  const auto each = [&](const auto& paint) {
    for (std::size_t i = 0; i < count; ++i) {
      if (i % between_checks == 0 && cancelled) return false;
      const double x = pixel_x(xy[2 * i]), y = pixel_y(xy[2 * i + 1]);
      // Also refuses what is not a number.
      if (x > -reach && y > -reach && x < image.width() + reach && y < image.height() + reach) paint(i, x, y);
    }
    return true;
  };
  // Where points lie thick, how thick must still be seen.
  const std::uint32_t solid = count > 50000 ? 100 : count > 5000 ? 160 : 215;
  const std::uint32_t alpha = member.empty() ? solid : solid / 3;
  if (!each([&](std::size_t i, double x, double y) {
        if (member.empty() || !member[i]) canvas.disc(stamp, x, y, color_of(i), alpha);
      }))
    return {};
  if (member.empty()) return image;
  const Stamp ring(picture.radius + std::max(1.0, picture.radius * 0.45));
  const std::uint32_t edge = picture.colors.text.rgba();
  if (!each([&](std::size_t i, double x, double y) {
        if (member[i]) canvas.disc(ring, x, y, edge, 255);
      }))
    return {};
  if (!each([&](std::size_t i, double x, double y) {
        if (member[i]) canvas.disc(stamp, x, y, color_of(i), 255);
      }))
    return {};
  return image;
}

}  // namespace gb
