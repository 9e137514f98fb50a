#pragma once

#include <QColor>
#include <QImage>
#include <QRectF>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/events/events.hpp"
#include "widgets/theme.hpp"

class QPainter;

namespace gb {

/// All that a picture of a cloud needs; a value, so that a worker thread can hold it.
struct PointPicture {
  std::shared_ptr<const Points> points;
  std::shared_ptr<const std::vector<std::int64_t>> selected;  ///< dataset rows, sorted; null for none
  QRectF view;        ///< the part of the plane on show: left and top are the smallest x and y
  QSize size;         ///< in device pixels
  double radius = 2;  ///< of a point, in device pixels
  double scale = 1;   ///< device pixels in one of the screen
  Theme colors;
};

/// How large points are drawn so that a cloud neither clots nor vanishes; in pixels of the screen.
double pointRadius(std::size_t points, const QSizeF& area);

/// The region tinted by strength, the points over it, the selected ones last and outlined; rings around marked points
/// and lines above all. Null when `cancelled`
/// became true.
QImage rasterise(const PointPicture& picture, const std::atomic<bool>& cancelled);

/// Radius of the ring around a marked point, and the width of its line; `radius` is the point's.
double markRadius(double radius);
double markWidth(double radius);

/// Lines through the plane in the colours of their groups. `place` turns positions into pixels; what lies beyond `area`
/// is cut off before it is drawn, so that no zoom makes dashes endless. `scale` is the size of a pixel on screen.
void paintOutlines(QPainter& painter, const Points& points, const std::function<QPointF(const QPointF&)>& place,
                   const QRectF& area, double scale, const Theme& colors);

/// The region alone, one pixel a cell, the largest y on top.
QImage regionImage(const Region& region, const Theme& colors);

/// Membership of points in a sorted selection of dataset rows, in one pass.
std::vector<std::uint8_t> selectedPoints(const Points& points, const std::vector<std::int64_t>& selected);

/// Which of n x 2 positions lie inside a closed polygon (even-odd rule), as indices.
std::vector<std::size_t> pointsInside(const std::vector<float>& xy, const std::vector<QPointF>& polygon);

}  // namespace gb
