#pragma once

#include <QPointF>
#include <QString>
#include <memory>
#include <optional>
#include <vector>

#include "core/events/events.hpp"
#include "widgets/legend.hpp"
#include "widgets/plot/axis_ticks.hpp"

namespace gb {

/// A Chart with all that can be asked of it, independent of where it is drawn.
class ChartContent {
 public:
  ChartContent() = default;
  /// Lines whose x and y do not match are left out.
  explicit ChartContent(std::shared_ptr<const Chart> chart);

  const Chart* chart() const { return chart_.get(); }
  bool bars() const { return chart_ && chart_->kind == Chart::Kind::bars; }
  bool empty() const { return order_.empty(); }

  /// One value: a point of a line, or a bar.
  struct Place {
    std::size_t line = 0, index = 0;
    bool operator==(const Place& other) const = default;
  };
  double x(const Place& place) const;
  double y(const Place& place) const { return chart_->lines[place.line].y[place.index]; }
  /// The bar's name, or the number.
  QString xText(double x) const;
  /// All values, from left to right.
  const std::vector<Place>& order() const { return order_; }
  /// The lines that are drawn, by their places in the chart.
  const std::vector<std::size_t>& lines() const { return lines_; }
  std::size_t count(std::size_t line) const { return chart_->lines[line].y.size(); }

  /// Where a bar stands on the x axis.
  Span bar(const Place& place) const;

  /// What there is to see from left to right; bars with their widths.
  Span xs() const;
  /// The values between two x; bars stand on zero.
  std::optional<Span> ys(const Span& x) const;

  std::vector<LegendEntry> legend() const;
  /// Of every line the value at, or nearest to, this x; of bars those that stand there.
  std::vector<LegendEntry> valuesAt(double x) const;

  /// A line as it is drawn where `pixel` is the width of a pixel on the x axis: parted at gaps, and what shares a pixel
  /// column drawn as first, lowest, highest, last. A point beyond either end of `shown` is included.
  std::vector<std::vector<QPointF>> drawn(std::size_t line, const Span& shown, double pixel) const;

  LegendEntry entry(std::size_t line) const;

 private:
  std::shared_ptr<const Chart> chart_;
  std::vector<std::size_t> lines_;
  std::vector<Place> order_;
  double spacing_ = 1;         ///< between neighbouring bars
  bool side_by_side_ = false;  ///< lines have bars at the same x
};

}  // namespace gb
