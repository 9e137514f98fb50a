#include "widgets/plot/curve_legend.hpp"

#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <functional>

#include "widgets/number_text.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr double line_height = 20;
constexpr double sample_width = 14;
constexpr double sample_gap = 6;
constexpr double entry_gap = 14;
constexpr int letter_pixels = 12;

QString shown(const LegendEntry& entry) {
  return entry.value.isEmpty() ? entry.label : entry.label + ' ' + entry.value;
}

/// Calls `place` with each entry and its left top corner; returns the height.
double arrange(const std::vector<LegendEntry>& entries, double width,
               const std::function<void(const LegendEntry&, const QPointF&, double)>& place) {
  if (entries.empty()) return 0;
  const QFontMetricsF metrics(themeFont(letter_pixels));
  double x = 0, y = 0;
  for (const auto& entry : entries) {
    // A new value may be a digit longer: leave room for "0.0000", so that neighbours do not move.
    const double value = std::max(metrics.horizontalAdvance(widestDigits(entry.value)),
                                  entry.value.isEmpty() ? 0.0 : metrics.horizontalAdvance("0.000"));
    const double text = std::min(width - sample_width - sample_gap,
                                 metrics.horizontalAdvance(entry.label) +
                                     (entry.value.isEmpty() ? 0.0 : metrics.horizontalAdvance(' ') + value));
    const double needed = sample_width + sample_gap + text;
    if (x > 0 && x + needed > width) {
      x = 0;
      y += line_height;
    }
    place(entry, {x, y}, text);
    x += needed + entry_gap;
  }
  return y + line_height;
}

}  // namespace

double legendHeight(const std::vector<LegendEntry>& entries, double width) {
  return arrange(entries, width, [](const LegendEntry&, const QPointF&, double) {});
}

void paintSample(QPainter& painter, const LegendEntry& entry, const QPointF& left, double width) {
  QPen pen(entry.color, 2.5);
  pen.setCapStyle(Qt::FlatCap);
  if (entry.dashed) pen.setDashPattern({2, 1.2});
  painter.setPen(pen);
  painter.drawLine(left, left + QPointF(width, 0));
  if (entry.marked) paintMark(painter, entry.color, left + QPointF(width / 2, 0));
}

void paintMark(QPainter& painter, const QColor& color, const QPointF& at) {
  painter.setPen(QPen(blended(color, theme().text, 0.35), 1));
  painter.setBrush(color);
  painter.drawEllipse(at, 3, 3);
  painter.setBrush(Qt::NoBrush);
}

void paintLegend(QPainter& painter, const std::vector<LegendEntry>& entries, const QRectF& area) {
  const QFont font = themeFont(letter_pixels);
  const QFontMetricsF metrics(font);
  arrange(entries, area.width(), [&](const LegendEntry& entry, const QPointF& at, double text_width) {
    const QPointF corner = area.topLeft() + at;
    paintSample(painter, entry, corner + QPointF(0, line_height / 2), sample_width);
    painter.setFont(font);
    painter.setPen(theme().secondary);
    const QRectF box(corner.x() + sample_width + sample_gap, corner.y(), text_width + 1, line_height);
    const QString text = shown(entry);
    const bool fits = metrics.horizontalAdvance(text) <= box.width() + 4;
    painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip,
                     fits ? text : metrics.elidedText(text, Qt::ElideMiddle, box.width()));
  });
}

}  // namespace gb
