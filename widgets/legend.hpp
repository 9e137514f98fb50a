#pragma once

#include <QColor>
#include <QList>
#include <QRectF>
#include <QString>
#include <vector>

class QPainter;

namespace gb {

/// One entry of the line above a picture that says which is which: "— train 0.041", "● setosa".
struct LegendEntry {
  enum class Sample { line, dashes, dots, dashes_and_dots, disc };

  QString label;
  QString value;
  QColor color;
  Sample sample = Sample::line;
  bool marked = false;  ///< the line carries marks, as pale series do
};

/// The line of a series that has this place among the colours: from the ninth on, when colours come again, dotted, and
/// later dashed and dotted.
LegendEntry::Sample lineSample(int color, bool dashed);
/// For QPen; empty for a line without gaps.
QList<qreal> dashPattern(LegendEntry::Sample sample);

/// Entries wrap onto at most `most_lines`; what does not fit is counted ("+ 12"). Widths are measured with the widest
/// digits, so that entries stay in place while their numbers change.
double legendHeight(const std::vector<LegendEntry>& entries, double width, int most_lines = 4);
void paintLegend(QPainter& painter, const std::vector<LegendEntry>& entries, const QRectF& area, int most_lines = 4);

/// The entry's sample alone, as boxes with values show it; `left` is the middle of its left end.
void paintSample(QPainter& painter, const LegendEntry& entry, const QPointF& left, double width);
/// The mark that pale series carry.
void paintMark(QPainter& painter, const QColor& color, const QPointF& at);

/// A small box of values beside a point of interest: a head line and entries below, kept within `bounds`.
void paintValueBox(QPainter& painter, const QString& head, std::vector<LegendEntry> entries, const QPointF& beside,
                   const QRectF& bounds);

}  // namespace gb
