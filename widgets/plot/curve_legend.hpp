#pragma once

#include <QColor>
#include <QRectF>
#include <QString>
#include <vector>

class QPainter;

namespace gb {

/// The line above curves that says which is which and how it stands: "— train 0.041  - - validation 0.098". Wraps;
/// widths are measured with the widest digits, so that entries stay in place while their numbers change.
struct LegendEntry {
  QString label;
  QString value;
  QColor color;
  bool dashed = false;
  bool marked = false;
};

double legendHeight(const std::vector<LegendEntry>& entries, double width);
void paintLegend(QPainter& painter, const std::vector<LegendEntry>& entries, const QRectF& area);

/// A short piece of a curve's line, as legends and value boxes show it.
void paintSample(QPainter& painter, const LegendEntry& entry, const QPointF& left, double width);
/// The mark that pale series carry.
void paintMark(QPainter& painter, const QColor& color, const QPointF& at);

}  // namespace gb
