#pragma once

#include <QRectF>
#include <optional>
#include <vector>

#include "widgets/plot/chart_content.hpp"

class QPainter;

namespace gb {

/// Where the parts of a chart stand, for one size (a screen's or a page's), and how they are drawn.
struct ChartFrame {
  QSizeF size;
  double legend = 0;
  QRectF plot;
  Span x, y;
  std::vector<Tick> x_ticks, y_ticks;
  double x_labels = 0;  ///< height of what stands below the axis
  bool turned = false;  ///< names stand upright

  double pixelX(double at) const { return plot.left() + (at - x.low) / x.length() * plot.width(); }
  double pixelY(double at) const { return plot.bottom() - (at - y.low) / y.length() * plot.height(); }
  double valueX(double pixel) const { return x.low + (pixel - plot.left()) / plot.width() * x.length(); }

  /// `shown` is the stretch of x zoomed in on; `steady` keeps the y axis calm while values change.
  static ChartFrame of(const ChartContent& content, const QSizeF& size, const std::optional<Span>& shown,
                       SteadySpan& steady);

  void paint(QPainter& painter, const ChartContent& content) const;
  /// What the pointer, or the keyboard, is at.
  void paintValues(QPainter& painter, const ChartContent& content, const ChartContent::Place& place) const;
  /// The value whose picture is nearest to a pixel.
  std::optional<ChartContent::Place> nearest(const ChartContent& content, const QPointF& pixel) const;

 private:
  void placeNames(const ChartContent& content);
  void paintAxes(QPainter& painter, const Chart& chart) const;
  void paintLines(QPainter& painter, const ChartContent& content) const;
  void paintBars(QPainter& painter, const ChartContent& content) const;
  void paintBarValues(QPainter& painter, const ChartContent& content) const;
  QRectF barRect(const ChartContent& content, const ChartContent::Place& place) const;
};

}  // namespace gb
