#include "widgets/legend.hpp"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <functional>

#include "widgets/number_text.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr double line_height = 20;
constexpr double sample_gap = 6;
constexpr double entry_gap = 14;
constexpr int letter_pixels = 12;
constexpr std::size_t most_values = 10;

double sampleWidth(const LegendEntry& entry) {
  return entry.sample == LegendEntry::Sample::disc ? 8 : 14;
}

QString shown(const LegendEntry& entry) {
  return entry.value.isEmpty() ? entry.label : entry.label + ' ' + entry.value;
}

using Place = std::function<void(const LegendEntry* entry, const QString& text, const QPointF& corner, double width)>;

/// Calls `place` with each entry that fits, then with none for the count of the others; returns the height.
double arrange(const std::vector<LegendEntry>& entries, double width, int most_lines, const Place& place) {
  if (entries.empty()) return 0;
  const QFontMetricsF metrics(themeFont(letter_pixels));
  const auto text_width = [&](const LegendEntry& entry) {
    // A new value may be a digit longer: leave room for "0.000", so that neighbours do not move.
    const double value = entry.value.isEmpty() ? 0.0
                                               : metrics.horizontalAdvance(' ') +
                                                     std::max(metrics.horizontalAdvance(widestDigits(entry.value)),
                                                              metrics.horizontalAdvance("0.000"));
    return std::min(width - sampleWidth(entry) - sample_gap, metrics.horizontalAdvance(entry.label) + value);
  };
  double x = 0;
  int line = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const double text = text_width(entries[i]);
    const double needed = sampleWidth(entries[i]) + sample_gap + text;
    const bool last_line = line + 1 == most_lines;
    const QString rest = QStringLiteral("+ %1").arg(entries.size() - i);
    const double reserved = last_line && i + 1 < entries.size() ? metrics.horizontalAdvance(rest) + entry_gap : 0;
    if (x > 0 && x + needed + reserved > width) {
      if (last_line) {
        place(nullptr, rest, {x, line * line_height}, width - x);
        break;
      }
      x = 0;
      ++line;
    }
    place(&entries[i], shown(entries[i]), {x, line * line_height}, text);
    x += needed + entry_gap;
  }
  return (line + 1) * line_height;
}

}  // namespace

LegendEntry::Sample lineSample(int color, bool dashed) {
  if (dashed) return LegendEntry::Sample::dashes;
  const int round = std::max(color, 0) / 8;
  return round == 0   ? LegendEntry::Sample::line
         : round == 1 ? LegendEntry::Sample::dots
                      : LegendEntry::Sample::dashes_and_dots;
}

QList<qreal> dashPattern(LegendEntry::Sample sample) {
  switch (sample) {
    case LegendEntry::Sample::dashes:
      return {3, 2};
    case LegendEntry::Sample::dots:
      return {1.2, 1.4};
    case LegendEntry::Sample::dashes_and_dots:
      return {3.5, 1.5, 1.2, 1.5};
    default:
      return {};
  }
}

double legendHeight(const std::vector<LegendEntry>& entries, double width, int most_lines) {
  return arrange(entries, width, most_lines, [](const LegendEntry*, const QString&, const QPointF&, double) {});
}

void paintLegend(QPainter& painter, const std::vector<LegendEntry>& entries, const QRectF& area, int most_lines) {
  const QFont font = themeFont(letter_pixels);
  const QFontMetricsF metrics(font);
  arrange(entries, area.width(), most_lines,
          [&](const LegendEntry* entry, const QString& text, const QPointF& at, double width) {
            const QPointF corner = area.topLeft() + at;
            double indent = 0;
            if (entry) {
              paintSample(painter, *entry, corner + QPointF(0, line_height / 2), sampleWidth(*entry));
              indent = sampleWidth(*entry) + sample_gap;
            }
            painter.setFont(font);
            painter.setPen(theme().secondary);
            const QRectF box(corner.x() + indent, corner.y(), width + 1, line_height);
            const bool fits = metrics.horizontalAdvance(text) <= box.width() + 4;
            painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip,
                             fits ? text : metrics.elidedText(text, Qt::ElideMiddle, box.width()));
          });
}

void paintSample(QPainter& painter, const LegendEntry& entry, const QPointF& left, double width) {
  if (entry.sample == LegendEntry::Sample::disc) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(entry.color);
    painter.drawEllipse(left + QPointF(4, 0), 4, 4);
    painter.setBrush(Qt::NoBrush);
    return;
  }
  QPen pen(entry.color, 2.5);
  pen.setCapStyle(Qt::FlatCap);
  // A sample is short: its gaps are too.
  auto dashes = dashPattern(entry.sample);
  for (qreal& length : dashes) length *= 0.65;
  if (!dashes.isEmpty()) pen.setDashPattern(dashes);
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

void paintValueBox(QPainter& painter, const QString& head, std::vector<LegendEntry> entries, const QPointF& beside,
                   const QRectF& bounds) {
  constexpr double row = 18, pad = 8, distance = 12;
  const Theme& colors = theme();
  const std::size_t more = entries.size() > most_values ? entries.size() - most_values : 0;
  entries.resize(entries.size() - more);
  const QFont font = themeFont(letter_pixels);
  const QFontMetricsF metrics(font);
  const QString tail = more ? QCoreApplication::translate("gb::View", "and %1 more").arg(more) : QString();
  const bool valued =
      std::any_of(entries.begin(), entries.end(), [](const auto& entry) { return !entry.value.isEmpty(); });
  double width = std::max(metrics.horizontalAdvance(head), metrics.horizontalAdvance(tail));
  for (const auto& entry : entries)
    width = std::max(width, sampleWidth(entry) + sample_gap + metrics.horizontalAdvance(entry.label) +
                                (valued ? 16 + metrics.horizontalAdvance(widestDigits(entry.value)) : 0));
  const double rows = 1 + static_cast<double>(entries.size()) + (more ? 1 : 0);
  QRectF box(0, 0, std::min(std::ceil(width) + 2 * pad + 1, bounds.width()), rows * row + 2 * pad - 4);
  const bool right = beside.x() + distance + box.width() <= bounds.right();
  box.moveLeft(std::max(bounds.left(), right ? beside.x() + distance : beside.x() - distance - box.width()));
  box.moveTop(std::clamp(beside.y(), bounds.top(), std::max(bounds.top(), bounds.bottom() - box.height())));
  painter.setPen(QPen(colors.line, 1));
  painter.setBrush(colors.panel);
  painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
  painter.setBrush(Qt::NoBrush);
  painter.setFont(font);
  QRectF line(box.left() + pad, box.top() + pad - 2, box.width() - 2 * pad, row);
  painter.setPen(colors.secondary);
  painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(head, Qt::ElideRight, line.width()));
  for (const auto& entry : entries) {
    line.translate(0, row);
    const double indent = sampleWidth(entry) + sample_gap;
    paintSample(painter, entry, {line.left(), line.center().y()}, sampleWidth(entry));
    painter.setPen(colors.text);
    const double room = line.width() - indent - (valued ? metrics.horizontalAdvance(entry.value) + 8 : 0);
    painter.drawText(line.adjusted(indent, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(entry.label, Qt::ElideMiddle, room));
    painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter, entry.value);
  }
  if (more) {
    line.translate(0, row);
    painter.setPen(colors.secondary);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, tail);
  }
}

}  // namespace gb
