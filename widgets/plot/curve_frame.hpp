#pragma once

#include <QRectF>
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "widgets/plot/curve_set.hpp"

class QPainter;

namespace gb {

/// Where the parts of a plot of curves stand, for one size (a screen's or a page's), and what is drawn around the
/// lines themselves: legend, grid and labels beneath them, marker and values above.
struct CurveFrame {
  QSizeF size;
  double legend = 0;
  QRectF plot;  ///< empty while there is nothing to show
  Span x, y;    ///< steps, and axis units
  bool log_steps = false;
  std::vector<Tick> x_ticks, y_ticks;

  /// Where a step stands on its axis; before the first one where it has no logarithm.
  double axisX(double step) const { return log_steps ? std::log10(std::max(step, x.low / 10)) : step; }
  Span axisSpan() const { return {axisX(x.low), axisX(x.high)}; }
  double pixelX(double step) const {
    return plot.left() + (axisX(step) - axisX(x.low)) / axisSpan().length() * plot.width();
  }
  double pixelY(double at) const { return plot.bottom() - (at - y.low) / y.length() * plot.height(); }
  double stepAt(double pixel) const {
    const double at = axisX(x.low) + (pixel - plot.left()) / plot.width() * axisSpan().length();
    return log_steps ? std::pow(10.0, at) : at;
  }

  void paintBelow(QPainter& painter, const CurveSet& curves) const;
  void paintMarker(QPainter& painter, std::int64_t step) const;
  void paintValues(QPainter& painter, const CurveSet& curves, std::int64_t step) const;
};

/// Lays plots out so that axes stay calm while values arrive.
class CurveLayout {
 public:
  CurveFrame frame(const CurveSet& curves, const QSizeF& size);

  const std::optional<Span>& zoomed() const { return zoomed_; }
  /// The steps that are there to be shown, whatever is zoomed in on.
  const Span& whole() const { return steady_x_.shown(); }
  /// Shows a stretch of the whole; false when it is all of it.
  bool zoom(const Span& wanted);
  void showAll();
  void forgetValues() { steady_y_.forget(); }
  void forget();

 private:
  std::optional<Span> zoomed_;
  SteadySpan steady_x_, steady_y_;
};

}  // namespace gb
