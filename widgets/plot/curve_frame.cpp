#include "widgets/plot/curve_frame.hpp"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "widgets/number_text.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr int small_pixels = 11;
constexpr int most_x_intervals = 6;
constexpr double labels_below = 36;  // step numbers and the word "step"

/// The more curves, the more is the plot what people came for.
int legendLines(const CurveSet& curves) {
  return curves.size() > 6 ? 2 : 4;
}

QString translated(const char* text) {
  return QCoreApplication::translate("gb::CurveView", text);
}

}  // namespace

void CurveFrame::paintBelow(QPainter& painter, const CurveSet& curves) const {
  const Theme& colors = theme();
  if (plot.isEmpty()) {
    painter.setFont(themeFont(13));
    painter.setPen(colors.secondary);
    painter.drawText(QRectF(QPointF(), size), Qt::AlignCenter,
                     translated(QT_TRANSLATE_NOOP("gb::CurveView", "Waiting for the first step")));
    return;
  }
  paintLegend(painter, curves.legend(), QRectF(0, 0, size.width(), legend), legendLines(curves));
  painter.setFont(themeFont(small_pixels));
  const QFontMetricsF metrics(painter.font());
  for (const auto& tick : y_ticks) {
    const double line = std::round(pixelY(tick.at)) + 0.5;
    painter.setPen(QPen(colors.grid, 1));
    painter.drawLine(QPointF(plot.left(), line), QPointF(plot.right(), line));
    painter.setPen(colors.secondary);
    painter.drawText(QRectF(0, line - 10, plot.left() - 8, 20), Qt::AlignRight | Qt::AlignVCenter, tick.text);
  }
  painter.setPen(colors.secondary);
  for (const auto& tick : x_ticks) {
    const double half = metrics.horizontalAdvance(tick.text) / 2 + 1;
    const double middle = std::clamp(pixelX(tick.at), half, std::max(half, size.width() - half));
    painter.drawText(QRectF(middle - half, plot.bottom() + 4, 2 * half, 16), Qt::AlignCenter, tick.text);
  }
  painter.drawText(QRectF(plot.left(), plot.bottom() + 18, plot.width(), 16), Qt::AlignCenter,
                   translated(QT_TRANSLATE_NOOP("gb::CurveView", "step")));
}

void CurveFrame::paintMarker(QPainter& painter, std::int64_t step) const {
  const double at = static_cast<double>(step);
  if (plot.isEmpty() || at < x.low || at > x.high) return;
  QPen pen(theme().accent, 1.2);
  pen.setDashPattern({2.5, 2.5});
  painter.setPen(pen);
  painter.drawLine(QPointF(pixelX(at), plot.top()), QPointF(pixelX(at), plot.bottom()));
}

void CurveFrame::paintValues(QPainter& painter, const CurveSet& curves, std::int64_t step) const {
  const Theme& colors = theme();
  const double at = static_cast<double>(step);
  if (plot.isEmpty() || at < x.low || at > x.high) return;
  painter.setPen(QPen(blended(colors.panel, colors.secondary, 0.6), 1));
  painter.drawLine(QPointF(pixelX(at), plot.top()), QPointF(pixelX(at), plot.bottom()));
  for (const auto& curve : curves) {
    const CurveLevels& drawn = curve->drawn();
    const std::size_t after = drawn.find(at + 1);
    if (after == 0 || !drawn.drawable(after - 1, curves.logScale())) continue;
    const QPointF dot(pixelX(static_cast<double>(drawn.step(after - 1))),
                      pixelY(curves.axisValue(drawn.value(after - 1))));
    if (!plot.adjusted(-1, -3, 1, 3).contains(dot)) continue;
    painter.setPen(QPen(colors.panel, 1.5));
    painter.setBrush(seriesColor(curve->color));
    painter.drawEllipse(dot, 4, 4);
    painter.setBrush(Qt::NoBrush);
  }
  paintValueBox(painter, translated(QT_TRANSLATE_NOOP("gb::CurveView", "step %1")).arg(wholeText(step)),
                curves.valuesAt(step), {pixelX(at), plot.top() + 4}, QRectF(QPointF(), size));
}

CurveFrame CurveLayout::frame(const CurveSet& curves, const QSizeF& size) {
  CurveFrame made;
  made.size = size;
  made.legend = legendHeight(curves.legend(), size.width(), legendLines(curves));
  const auto steps = curves.steps();
  if (!steps) return made;
  const QFontMetricsF metrics(themeFont(small_pixels));
  const double top = made.legend + (made.legend > 0 ? 8 : 10);
  const double height = std::max(size.height() - labels_below - top, 20.0);
  made.log_steps = curves.logSteps();
  if (made.log_steps) {
    const double first = std::max(1.0, steps->low), last = std::max(2 * first, steps->high);
    made.x = zoomed_.value_or(steady_x_.follow({first, last}, {first, last}));
    made.x.low = std::max(made.x.low, 1.0);
  } else {
    made.x = zoomed_.value_or(steady_x_.follow(*steps, niceSpan(*steps, most_x_intervals, true)));
  }

  const int most_y = std::clamp(static_cast<int>(height / 30), 2, 6);
  const bool log_scale = curves.logScale();
  const Span values = curves.values(made.x).value_or(log_scale ? Span{-1, 0} : Span{0, 1});
  made.y = steady_y_.follow(values, log_scale ? niceLogSpan(values) : niceSpan(values, most_y));
  made.y_ticks = log_scale ? logTicks(made.y, most_y) : ticks(made.y, most_y);

  double label_width = metrics.horizontalAdvance("0.00");
  for (const auto& tick : made.y_ticks) label_width = std::max(label_width, metrics.horizontalAdvance(tick.text));
  const double left = std::ceil(label_width) + 10;
  made.plot = QRectF(left, top, std::max(size.width() - left - 10, 20.0), height);
  const double widest = metrics.horizontalAdvance(wholeText(static_cast<std::int64_t>(made.x.high)));
  const int most_x = std::clamp(static_cast<int>(made.plot.width() / (widest + 28)), 1, 8);
  made.x_ticks = made.log_steps ? logTicks(made.axisSpan(), most_x) : ticks(made.x, most_x, true);
  if (made.log_steps)
    for (Tick& tick : made.x_ticks) tick.at = std::pow(10.0, tick.at);
  return made;
}

bool CurveLayout::zoom(const Span& wanted) {
  const Span all = whole();
  const double length = std::max(wanted.length(), 2.0);
  steady_y_.forget();
  if (length >= all.length() * 0.999) {
    zoomed_.reset();
    return false;
  }
  const double low = std::clamp(wanted.low, all.low, all.high - length);
  zoomed_ = Span{low, low + length};
  return true;
}

void CurveLayout::showAll() {
  zoomed_.reset();
  steady_y_.forget();
}

void CurveLayout::forget() {
  steady_x_.forget();
  steady_y_.forget();
}

}  // namespace gb
