#pragma once

#include <string>
#include <vector>

#include "core/report/svg.hpp"

namespace gb {

/// From the smallest to the largest value that an axis shows, and where its ticks stand.
struct AxisRange {
  double low = 0, high = 1, step = 0.2;

  std::vector<double> ticks() const;
  std::string tick_text(double value) const;
  double share(double value) const { return (value - low) / (high - low); }
};

/// Widened to round numbers (1, 2 or 5 times a power of ten apart), about `count` of them; `fixed` keeps the ends.
AxisRange axis_range(double low, double high, int count, bool fixed = false);

struct FigureKey {
  std::string name;
  Color color{};
  bool dashed = false;
};

/// Axes, grid and legend of a plot; what is plotted comes on top, placed by at().
class PlotFrame {
 public:
  struct Labels {
    std::string x, y;
    bool x_ticks = true;  ///< bars with names have none
  };

  /// A picture of this width, and of the height that leaves `plot_height` to the plot itself. `bottom` is room below
  /// the axis for what the caller writes there.
  PlotFrame(double width, double plot_height, const AxisRange& x, const AxisRange& y, const Labels& labels,
            const std::vector<FigureKey>& legend, double bottom = 0);

  Svg& svg() { return svg_; }
  Svg::Point at(double x, double y) const;
  double left() const { return left_; }
  double right() const { return right_; }
  double top() const { return top_; }
  double bottom() const { return bottom_; }

 private:
  AxisRange x_, y_;
  double left_, right_, top_, bottom_;
  Svg svg_;
};

}  // namespace gb
