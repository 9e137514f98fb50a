#include "widgets/plot/chart_frame.hpp"

#include <QFontMetricsF>
#include <QPainter>
#include <QPolygonF>
#include <algorithm>
#include <cmath>
#include <map>

#include "widgets/number_text.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr int small_pixels = 11;
constexpr double line_width = 1.8;
constexpr double mark_distance = 48;         // pixels between the marks of a pale line
constexpr double title_room = 16;            // for the name of an axis
constexpr std::size_t most_bar_values = 60;  // more bars are not labelled with their values

QString text(const std::string& bytes) {
  return QString::fromStdString(bytes);
}

}  // namespace

ChartFrame ChartFrame::of(const ChartContent& content, const QSizeF& size, const std::optional<Span>& shown,
                          SteadySpan& steady) {
  ChartFrame made;
  made.size = size;
  if (content.empty()) return made;
  const Chart& chart = *content.chart();
  const QFontMetricsF metrics(themeFont(small_pixels));
  made.legend = legendHeight(content.legend(), size.width(), 2);
  made.x = shown.value_or(content.xs());
  const double top = made.legend > 0 ? made.legend + 8 : 10;
  const double title = chart.x_label.empty() ? 0 : title_room;
  const auto widest = [&](const std::vector<Tick>& all) {
    double width = metrics.horizontalAdvance("0.00");
    for (const auto& tick : all) width = std::max(width, metrics.horizontalAdvance(tick.text));
    return width;
  };
  const Span values = content.ys(made.x).value_or(Span{0, 1});
  const auto layHeight = [&](double labels) {
    made.x_labels = labels;
    const double height = std::max(size.height() - top - labels - title - 2, 20.0);
    const int most = std::clamp(static_cast<int>(height / 30), 2, 6);
    made.y = steady.follow(values, niceSpan(values, most));
    made.y_ticks = ticks(made.y, most);
    const double left = std::ceil(widest(made.y_ticks)) + 10 + (chart.y_label.empty() ? 0 : title_room);
    made.plot = QRectF(left, top, std::max(size.width() - left - 10, 20.0), height);
  };
  layHeight(20);
  if (!chart.names.empty()) {
    made.placeNames(content);
    if (made.x_labels > 20) {
      layHeight(made.x_labels);
      made.placeNames(content);
    }
  } else {
    const double width = std::max(metrics.horizontalAdvance(valueText(made.x.high)), 24.0);
    made.x_ticks = ticks(made.x, std::clamp(static_cast<int>(made.plot.width() / (width + 28)), 1, 10));
  }
  return made;
}

void ChartFrame::placeNames(const ChartContent& content) {
  const auto& names = content.chart()->names;
  const QFontMetricsF metrics(themeFont(small_pixels));
  const auto first = static_cast<std::size_t>(std::max(0.0, std::ceil(x.low)));
  const auto end = static_cast<std::size_t>(std::clamp(std::floor(x.high) + 1, 0.0, static_cast<double>(names.size())));
  double widest = 0;
  for (std::size_t i = first; i < end; ++i) widest = std::max(widest, metrics.horizontalAdvance(text(names[i])));
  const double slot = plot.width() / x.length();
  turned = widest + 6 > slot && slot >= metrics.height() - 2 && widest > 24;
  x_labels = turned ? std::min(widest, size.height() * 0.3) + 8 : 20;
  const double needed = turned ? metrics.height() - 2 : widest + 10;
  const auto stride = static_cast<std::size_t>(std::max(1.0, std::ceil(needed / slot)));
  x_ticks.clear();
  for (std::size_t i = (first + stride - 1) / stride * stride; i < end; i += stride)
    x_ticks.push_back({static_cast<double>(i), text(names[i])});
}

void ChartFrame::paintAxes(QPainter& painter, const Chart& chart) const {
  const Theme& colors = theme();
  painter.setFont(themeFont(small_pixels));
  const QFontMetricsF metrics(painter.font());
  for (const auto& tick : y_ticks) {
    const double line = std::round(pixelY(tick.at)) + 0.5;
    painter.setPen(QPen(tick.at == 0 ? colors.line : colors.grid, 1));
    painter.drawLine(QPointF(plot.left(), line), QPointF(plot.right(), line));
    painter.setPen(colors.secondary);
    const double right = plot.left() - 8;
    painter.drawText(QRectF(0, line - 10, right, 20), Qt::AlignRight | Qt::AlignVCenter, tick.text);
  }
  painter.setPen(colors.secondary);
  for (const auto& tick : x_ticks) {
    const double at = pixelX(tick.at);
    if (turned) {
      painter.save();
      painter.translate(at, plot.bottom() + 5);
      painter.rotate(-90);
      painter.drawText(QRectF(-x_labels + 6, -10, x_labels - 6, 20), Qt::AlignRight | Qt::AlignVCenter,
                       metrics.elidedText(tick.text, Qt::ElideRight, x_labels - 6));
      painter.restore();
      continue;
    }
    const double half = metrics.horizontalAdvance(tick.text) / 2 + 1;
    const double middle = std::clamp(at, half, std::max(half, size.width() - half));
    painter.drawText(QRectF(middle - half, plot.bottom() + 4, 2 * half, 16), Qt::AlignCenter, tick.text);
  }
  if (!chart.x_label.empty())
    painter.drawText(QRectF(plot.left(), plot.bottom() + x_labels, plot.width(), title_room), Qt::AlignCenter,
                     metrics.elidedText(text(chart.x_label), Qt::ElideMiddle, plot.width()));
  if (!chart.y_label.empty()) {
    painter.save();
    painter.translate(7, plot.center().y());
    painter.rotate(-90);
    painter.drawText(QRectF(-plot.height() / 2, -8, plot.height(), 16), Qt::AlignCenter,
                     metrics.elidedText(text(chart.y_label), Qt::ElideMiddle, plot.height()));
    painter.restore();
  }
}

void ChartFrame::paintLines(QPainter& painter, const ChartContent& content) const {
  for (const std::size_t line : content.lines()) {
    const LegendEntry style = content.entry(line);
    QPen pen(style.color, line_width);
    pen.setJoinStyle(Qt::RoundJoin);
    const auto dashes = dashPattern(style.sample);
    if (!dashes.isEmpty()) {
      pen.setDashPattern(dashes);
      pen.setCapStyle(Qt::FlatCap);
    }
    double last_mark = -HUGE_VAL;
    std::vector<QPointF> marks;
    for (const auto& piece : content.drawn(line, x, x.length() / plot.width())) {
      QPolygonF polyline;
      polyline.reserve(static_cast<qsizetype>(piece.size()) + 1);
      for (const QPointF& point : piece) {
        polyline << QPointF(pixelX(point.x()), pixelY(point.y()));
        if (!style.marked || std::abs(polyline.back().x() - last_mark) < mark_distance) continue;
        marks.push_back(polyline.back());
        last_mark = polyline.back().x();
      }
      painter.setPen(pen);
      // A value alone between two gaps is seen as a dot.
      if (polyline.size() == 1)
        paintMark(painter, style.color, polyline.front());
      else
        painter.drawPolyline(polyline);
    }
    for (const QPointF& mark : marks) paintMark(painter, style.color, mark);
  }
}

QRectF ChartFrame::barRect(const ChartContent& content, const ChartContent::Place& place) const {
  const Span stretch = content.bar(place);
  const double ground = pixelY(std::clamp(0.0, y.low, y.high)), head = pixelY(content.y(place));
  return QRectF(QPointF(pixelX(stretch.low), std::min(ground, head)),
                QPointF(pixelX(stretch.high), std::max(ground, head)));
}

void ChartFrame::paintBars(QPainter& painter, const ChartContent& content) const {
  struct Reach {
    double top, bottom;
  };
  std::map<std::pair<std::size_t, int>, Reach> columns;  // of bars thinner than a pixel
  painter.setPen(Qt::NoPen);
  for (const auto& place : content.order()) {
    const Span stretch = content.bar(place);
    if (stretch.high < x.low || stretch.low > x.high) continue;
    const QRectF bar = barRect(content, place);
    if (bar.width() >= 1) {
      painter.setBrush(seriesColor(static_cast<int>(place.line)));
      // Sharp edges where there is room for them.
      painter.drawRect(bar.width() > 4 ? QRectF(QPointF(std::round(bar.left()), bar.top()),
                                                QPointF(std::round(bar.right()), bar.bottom()))
                                       : bar);
      continue;
    }
    const int column = static_cast<int>(std::floor(bar.center().x()));
    const auto [reach, fresh] = columns.emplace(std::pair(place.line, column), Reach{bar.top(), bar.bottom()});
    if (fresh) continue;
    reach->second = {std::min(reach->second.top, bar.top()), std::max(reach->second.bottom, bar.bottom())};
  }
  for (const auto& [where, reach] : columns)
    painter.fillRect(QRectF(where.second, reach.top, 1, reach.bottom - reach.top),
                     seriesColor(static_cast<int>(where.first)));
  painter.setBrush(Qt::NoBrush);
}

void ChartFrame::paintBarValues(QPainter& painter, const ChartContent& content) const {
  if (content.order().size() > most_bar_values) return;
  painter.setFont(themeFont(10));
  const QFontMetricsF metrics(painter.font());
  for (const auto& place : content.order())
    if (metrics.horizontalAdvance(valueText(content.y(place))) > barRect(content, place).width() + 6) return;
  painter.setPen(theme().secondary);
  for (const auto& place : content.order()) {
    const QRectF bar = barRect(content, place);
    if (bar.center().x() < plot.left() || bar.center().x() > plot.right()) continue;
    const bool below = content.y(place) < 0;
    painter.drawText(QRectF(bar.center().x() - 30, below ? bar.bottom() + 1 : bar.top() - 15, 60, 14), Qt::AlignCenter,
                     valueText(content.y(place)));
  }
}

void ChartFrame::paint(QPainter& painter, const ChartContent& content) const {
  painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
  paintLegend(painter, content.legend(), QRectF(0, 0, size.width(), legend), 2);
  paintAxes(painter, *content.chart());
  painter.save();
  painter.setClipRect(plot.adjusted(-1, -2, 1, 2));
  if (content.bars())
    paintBars(painter, content);
  else
    paintLines(painter, content);
  painter.restore();
  if (content.bars()) paintBarValues(painter, content);
}

void ChartFrame::paintValues(QPainter& painter, const ChartContent& content, const ChartContent::Place& place) const {
  const Theme& colors = theme();
  const double at = content.x(place);
  if (at < x.low || at > x.high) return;
  const QPointF point(pixelX(at), pixelY(content.y(place)));
  if (content.bars()) {
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colors.text, 1.4));
    painter.drawRect(barRect(content, place).adjusted(-0.5, -0.5, 0.5, 0.5));
  } else {
    painter.setPen(QPen(blended(colors.panel, colors.secondary, 0.6), 1));
    painter.drawLine(QPointF(point.x(), plot.top()), QPointF(point.x(), plot.bottom()));
    painter.setPen(QPen(colors.panel, 1.5));
    painter.setBrush(content.entry(place.line).color);
    painter.drawEllipse(point, 4, 4);
    painter.setBrush(Qt::NoBrush);
  }
  const std::string& label = content.chart()->x_label;
  const QString head = label.empty() ? content.xText(at) : text(label) + ' ' + content.xText(at);
  paintValueBox(painter, head, content.valuesAt(at), {point.x(), std::max(plot.top() + 4, point.y() - 30)},
                QRectF(QPointF(), size));
}

std::optional<ChartContent::Place> ChartFrame::nearest(const ChartContent& content, const QPointF& pixel) const {
  std::optional<ChartContent::Place> found;
  double best = HUGE_VAL;
  for (const auto& place : content.order()) {
    const double at = content.x(place);
    if (at < x.low || at > x.high) continue;
    double distance = 0;
    if (content.bars()) {
      const Span stretch = content.bar(place);
      distance = std::abs((pixelX(stretch.low) + pixelX(stretch.high)) / 2 - pixel.x());
    } else {
      distance = std::hypot(pixelX(at) - pixel.x(), (pixelY(content.y(place)) - pixel.y()) / 4);
    }
    if (distance >= best) continue;
    best = distance;
    found = place;
  }
  return found;
}

}  // namespace gb
