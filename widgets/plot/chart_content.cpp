#include "widgets/plot/chart_content.hpp"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "widgets/number_text.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr double bar_share = 0.8;  // of the space between two bars

void widen(std::optional<Span>& span, double value) {
  span = span ? Span{std::min(span->low, value), std::max(span->high, value)} : Span{value, value};
}

}  // namespace

ChartContent::ChartContent(std::shared_ptr<const Chart> chart) : chart_(std::move(chart)) {
  if (!chart_) return;
  for (std::size_t line = 0; line < chart_->lines.size(); ++line) {
    const Chart::Line& each = chart_->lines[line];
    if (each.x.size() != each.y.size() && !each.x.empty()) continue;
    lines_.push_back(line);
    for (std::size_t index = 0; index < each.y.size(); ++index)
      if (std::isfinite(x({line, index})) && std::isfinite(each.y[index])) order_.push_back({line, index});
  }
  std::stable_sort(order_.begin(), order_.end(), [&](const Place& a, const Place& b) { return x(a) < x(b); });
  if (!chart_->names.empty()) spacing_ = 1;
  std::optional<double> least;
  for (std::size_t i = 1; i < order_.size(); ++i) {
    const double distance = x(order_[i]) - x(order_[i - 1]);
    if (distance > 0)
      least = std::min(least.value_or(distance), distance);
    else
      side_by_side_ = side_by_side_ || order_[i].line != order_[i - 1].line;
  }
  if (chart_->names.empty() && least) spacing_ = *least;
}

double ChartContent::x(const Place& place) const {
  const Chart::Line& line = chart_->lines[place.line];
  return line.x.empty() ? static_cast<double>(place.index) : line.x[place.index];
}

QString ChartContent::xText(double x) const {
  const double whole = std::round(x);
  if (!chart_->names.empty() && whole >= 0 && whole < static_cast<double>(chart_->names.size()))
    return QString::fromStdString(chart_->names[static_cast<std::size_t>(whole)]);
  return valueText(x);
}

Span ChartContent::bar(const Place& place) const {
  double left = x(place) - spacing_ * bar_share / 2, width = spacing_ * bar_share;
  if (side_by_side_) {
    const auto among = std::find(lines_.begin(), lines_.end(), place.line) - lines_.begin();
    width /= static_cast<double>(lines_.size());
    left += width * static_cast<double>(among);
  }
  return {left, left + width};
}

Span ChartContent::xs() const {
  std::optional<Span> all;
  if (!order_.empty()) {
    widen(all, x(order_.front()));
    widen(all, x(order_.back()));
  }
  if (bars() && !chart_->names.empty()) {
    widen(all, 0);
    widen(all, static_cast<double>(chart_->names.size()) - 1);
  }
  if (!all) return {0, 1};
  if (bars()) return {all->low - spacing_ / 2, all->high + spacing_ / 2};
  return all->length() > 0 ? *all : Span{all->low - 0.5, all->high + 0.5};
}

std::optional<Span> ChartContent::ys(const Span& shown) const {
  std::optional<Span> all;
  const auto begin = std::lower_bound(order_.begin(), order_.end(), shown.low - (bars() ? spacing_ / 2 : 0),
                                      [&](const Place& place, double at) { return x(place) < at; });
  for (auto place = begin; place != order_.end() && x(*place) <= shown.high + (bars() ? spacing_ / 2 : 0); ++place)
    widen(all, y(*place));
  if (all && bars()) widen(all, 0);
  return all;
}

LegendEntry ChartContent::entry(std::size_t line) const {
  const Chart::Line& each = chart_->lines[line];
  const int color = static_cast<int>(line);
  const QString name = QCoreApplication::translate("core", each.name.c_str());
  // Dashed lines are there to compare with (chance, perfection) and stand back.
  if (each.dashed && !bars()) return {name, {}, theme().secondary, lineSample(0, true), false};
  return {name,
          {},
          seriesColor(color),
          bars() ? LegendEntry::Sample::disc : lineSample(color, false),
          !bars() && color % 8 >= 5};
}

std::vector<LegendEntry> ChartContent::legend() const {
  std::vector<LegendEntry> entries;
  for (const std::size_t line : lines_)
    if (!chart_->lines[line].name.empty()) entries.push_back(entry(line));
  return entries;
}

std::vector<LegendEntry> ChartContent::valuesAt(double at) const {
  std::vector<LegendEntry> entries;
  for (const std::size_t line : lines_) {
    std::optional<std::size_t> nearest;
    for (std::size_t index = 0; index < count(line); ++index) {
      const Place place{line, index};
      if (!std::isfinite(x(place)) || !std::isfinite(y(place))) continue;
      if (!nearest || std::abs(x(place) - at) < std::abs(x({line, *nearest}) - at)) nearest = index;
    }
    if (!nearest || (bars() && std::abs(x({line, *nearest}) - at) > spacing_ / 1000)) continue;
    entries.push_back(entry(line));
    entries.back().value = valueText(y({line, *nearest}));
  }
  return entries;
}

std::vector<std::vector<QPointF>> ChartContent::drawn(std::size_t line, const Span& shown, double pixel) const {
  std::vector<std::vector<QPointF>> pieces;
  std::vector<QPointF> piece;
  // What has gathered of one pixel column.
  QPointF lowest, highest, last;
  double column = 0;
  bool gathered = false;
  const auto flush = [&] {
    if (!gathered) return;
    // In an order that keeps the line's way: in at the first, out at the last.
    for (const QPointF& point : {lowest, highest, last})
      if (piece.back() != point) piece.push_back(point);
    gathered = false;
  };
  const auto part = [&] {
    flush();
    if (!piece.empty()) pieces.push_back(std::move(piece));
    piece.clear();
  };
  const std::size_t points = count(line);
  for (std::size_t index = 0; index < points; ++index) {
    const QPointF point(x({line, index}), y({line, index}));
    if (!std::isfinite(point.x()) || !std::isfinite(point.y())) {
      part();
      continue;
    }
    // Beyond the ends only neighbours of what is within are needed.
    const auto side = [&](double at) { return at < shown.low ? -1 : at > shown.high ? 1 : 0; };
    const int here = side(point.x());
    const int before = index > 0 ? side(x({line, index - 1})) : here;
    const int after = index + 1 < points ? side(x({line, index + 1})) : here;
    if (here != 0 && before == here && after == here) {
      part();
      continue;
    }
    const double now = std::floor(point.x() / pixel);
    if (piece.empty() || now != column) {
      flush();
      piece.push_back(point);
      column = now;
      continue;
    }
    if (!gathered) {
      lowest = highest = point;
      gathered = true;
    }
    if (point.y() < lowest.y()) lowest = point;
    if (point.y() > highest.y()) highest = point;
    last = point;
  }
  part();
  return pieces;
}

}  // namespace gb
