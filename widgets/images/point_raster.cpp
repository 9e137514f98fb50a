#include "widgets/images/point_raster.hpp"

#include <QLineF>
#include <QPainter>
#include <QPolygonF>
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

namespace gb {
namespace {

constexpr int fractions = 4;  // stamps are made for quarters of a pixel in either direction
constexpr std::size_t between_checks = 8192;

/// A disc's coverage of pixels around its centre, 0..255, for one position of the centre within a pixel.
struct Stamp {
  int side = 0;
  int before = 0;  ///< columns and rows left of and above the centre's pixel
  std::array<std::vector<std::uint8_t>, fractions * fractions> masks;

  /// A ring where `inner` is above zero.
  explicit Stamp(double radius, double inner = 0) {
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
            const double hole = inner > 0 ? std::clamp(inner + 0.5 - distance, 0.0, 1.0) : 0;
            mask[static_cast<std::size_t>(y * side + x)] = static_cast<std::uint8_t>(
                std::lround(255 * std::max(std::clamp(radius + 0.5 - distance, 0.0, 1.0) - hole, 0.0)));
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

/// What of the stretch from a to b lies within an area (Liang and Barsky 1984); nothing where it passes by.
std::optional<QLineF> cut(const QPointF& a, const QPointF& b, const QRectF& area) {
  const double dx = b.x() - a.x(), dy = b.y() - a.y();
  const double move[] = {-dx, dx, -dy, dy};
  const double room[] = {a.x() - area.left(), area.right() - a.x(), a.y() - area.top(), area.bottom() - a.y()};
  double from = 0, to = 1;
  int in = -1, out = -1;  // the edges crossed: left, right, top, bottom
  for (int edge = 0; edge < 4; ++edge) {
    if (move[edge] == 0) {
      if (room[edge] < 0) return {};
      continue;
    }
    const double share = room[edge] / move[edge];
    if (move[edge] < 0 && share > from) {
      from = share;
      in = edge;
    }
    if (move[edge] > 0 && share < to) {
      to = share;
      out = edge;
    }
  }
  if (!(from <= to)) return {};
  // Of ends that lie extremely far away rounding leaves no digit: a crossing is where the edge is.
  const auto at = [&](double share, int edge) {
    const double x = edge == 0 ? area.left() : edge == 1 ? area.right() : a.x() + share * dx;
    const double y = edge == 2 ? area.top() : edge == 3 ? area.bottom() : a.y() + share * dy;
    return QPointF(std::clamp(x, area.left(), area.right()), std::clamp(y, area.top(), area.bottom()));
  };
  return QLineF(in < 0 ? a : at(from, in), out < 0 ? b : at(to, out));
}

/// A line in pixels, cut to an area and parted where it leaves it or is not a number.
std::vector<QPolygonF> piecesWithin(const std::vector<float>& xy, const std::function<QPointF(const QPointF&)>& place,
                                    const QRectF& area) {
  std::vector<QPolygonF> pieces;
  QPointF last;
  bool known = false, open = false;
  for (std::size_t i = 0; i + 1 < xy.size(); i += 2) {
    const QPointF now = place({static_cast<double>(xy[i]), static_cast<double>(xy[i + 1])});
    if (!std::isfinite(now.x()) || !std::isfinite(now.y())) {
      known = open = false;
      continue;
    }
    const auto seen = known ? cut(last, now, area) : std::nullopt;
    if (seen) {
      if (!open || pieces.back().back() != seen->p1()) pieces.push_back({seen->p1()});
      pieces.back() << seen->p2();
    }
    open = seen && seen->p2() == now;
    last = now;
    known = true;
  }
  return pieces;
}

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

double markRadius(double radius) {
  return radius * 1.5 + 1.5;
}
double markWidth(double radius) {
  return std::max(1.2, radius * 0.4);
}

void paintOutlines(QPainter& painter, const Points& points, const std::function<QPointF(const QPointF&)>& place,
                   const QRectF& area, double scale, const Theme& colors) {
  const QRectF near = area.adjusted(-50 * scale, -50 * scale, 50 * scale, 50 * scale);
  for (const Outline& outline : points.outlines) {
    const QColor color = outline.group < 0 ? colors.text : seriesColor(outline.group);
    QPen pen(color, 1.8 * scale, Qt::SolidLine, outline.dashed ? Qt::FlatCap : Qt::RoundCap, Qt::RoundJoin);
    if (outline.dashed) pen.setDashPattern({4, 3});
    QColor halo = colors.panel;
    halo.setAlphaF(0.6F);
    const QPen around(halo, 4 * scale, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
    for (const QPolygonF& piece : piecesWithin(outline.xy, place, near))
      for (const QPen& each : {around, pen}) {
        painter.setPen(each);
        painter.drawPolyline(piece);
      }
  }
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
  const double reach = markRadius(picture.radius) + 2;
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
  const std::uint32_t edge = picture.colors.text.rgba();
  if (!member.empty()) {
    const Stamp rim(picture.radius + std::max(1.0, picture.radius * 0.45));
    if (!each([&](std::size_t i, double x, double y) {
          if (member[i]) canvas.disc(rim, x, y, edge, 255);
        }))
      return {};
    if (!each([&](std::size_t i, double x, double y) {
          if (member[i]) canvas.disc(stamp, x, y, color_of(i), 255);
        }))
      return {};
  }
  if (points.marked.size() == count) {
    const double ring = markRadius(picture.radius), half = markWidth(picture.radius) / 2;
    const Stamp mark(ring + half, ring - half);
    if (!each([&](std::size_t i, double x, double y) {
          if (points.marked[i]) canvas.disc(mark, x, y, edge, 255);
        }))
      return {};
  }
  if (!points.outlines.empty()) {
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    paintOutlines(
        painter, points, [&](const QPointF& at) { return QPointF(pixel_x(at.x()), pixel_y(at.y())); },
        QRectF(QPointF(), picture.size), picture.scale, picture.colors);
  }
  return image;
}

}  // namespace gb
