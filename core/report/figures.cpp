#include "core/report/figures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/report/plot_frame.hpp"

namespace gb {
namespace {

constexpr double figure_width = 520, plot_height = 210, most_name = 110;
constexpr std::size_t most_legend_entries = 12;

/// Of all that is finite.
struct Span {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void take(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

Figure finished(std::string title, std::string note, const Svg& svg) {
  Figure figure{std::move(title), std::move(note), {}, svg.width(), svg.height()};
  figure.svg = svg.finish(figure.title);
  return figure;
}

Figure lines_figure(const std::string& title, const PlotFrame::Labels& labels, const std::vector<CurveOf>& curves) {
  Span across, up;
  for (const auto& curve : curves) {
    for (const double value : curve.x) across.take(value);
    for (const double value : curve.y) up.take(value);
  }
  std::vector<FigureKey> legend;
  if (curves.size() > 1 || (curves.size() == 1 && !curves.front().name.empty()))
    for (const auto& curve : curves) legend.push_back({curve.name, group_color(curve.color), curve.dashed});
  const std::size_t left_out = legend.size() > most_legend_entries ? legend.size() - most_legend_entries : 0;
  legend.resize(legend.size() - left_out);
  PlotFrame frame(figure_width, plot_height, axis_range(across.low, across.high, 8, true),
                  axis_range(up.low, up.high, 5), labels, legend);
  for (const auto& curve : curves) {
    std::vector<Svg::Point> points;
    for (std::size_t i = 0; i < std::min(curve.x.size(), curve.y.size()); ++i)
      points.push_back(frame.at(curve.x[i], curve.y[i]));
    if (points.size() == 1) frame.svg().circle(points[0], 3, group_color(curve.color));
    frame.svg().polyline(points, group_color(curve.color), curve.dashed);
  }
  return finished(title, left_out > 0 ? "and " + std::to_string(left_out) + " more" : "", frame.svg());
}

Figure bars_figure(const Chart& chart) {
  std::size_t places = 0;
  Span up;
  up.take(0);
  for (const auto& line : chart.lines) {
    places = std::max(places, line.y.size());
    for (const double value : line.y) up.take(value);
  }
  const auto name_of = [&](std::size_t place) -> std::string {
    if (place < chart.names.size()) return chart.names[place];
    if (chart.lines.empty() || place >= chart.lines.front().x.size()) return {};
    return axis_range(0, 100, 10).tick_text(std::round(chart.lines.front().x[place] * 1000) / 1000);
  };
  const AxisRange x{-0.5, std::max(0.5, static_cast<double>(places) - 0.5), 1};
  std::vector<FigureKey> legend;
  for (std::size_t i = 0; i < chart.lines.size() && chart.lines.size() > 1 && i < most_legend_entries; ++i)
    legend.push_back({chart.lines[i].name, group_color(static_cast<std::int32_t>(i)), false});
  // Names that do not fit below their bars stand upright.
  double widest = 0;
  for (std::size_t place = 0; place < places; ++place) widest = std::max(widest, Svg::width_of(name_of(place)));
  const bool upright =
      !chart.names.empty() && widest > (figure_width - 70) / std::max(1.0, static_cast<double>(places)) - 4;
  PlotFrame frame(figure_width, plot_height, x, axis_range(up.low, up.high, 5), {chart.x_label, chart.y_label, false},
                  legend, upright ? std::min(widest, most_name) + 12 : 16);
  const double room = (frame.right() - frame.left()) / std::max(1.0, static_cast<double>(places));
  const double width = 0.8 * room / std::max(1.0, static_cast<double>(chart.lines.size()));
  for (std::size_t i = 0; i < chart.lines.size(); ++i)
    for (std::size_t place = 0; place < chart.lines[i].y.size(); ++place) {
      const double value = chart.lines[i].y[place];
      if (!std::isfinite(value)) continue;
      const auto foot = frame.at(static_cast<double>(place), 0), head = frame.at(static_cast<double>(place), value);
      const double left = foot.x - 0.4 * room + static_cast<double>(i) * width;
      frame.svg().rectangle(left, std::min(foot.y, head.y), std::max(width - 1, 0.5), std::abs(foot.y - head.y),
                            group_color(static_cast<std::int32_t>(i)));
    }
  const auto every = static_cast<std::size_t>(std::max(1.0, std::ceil((upright ? 13 : 34) / room)));
  for (std::size_t place = 0; place < places; place += every) {
    const double middle = frame.at(static_cast<double>(place), 0).x;
    if (upright)
      frame.svg().text({middle + 4, frame.bottom() + 8}, Svg::fitted(name_of(place), most_name), Svg::Anchor::end,
                       "quiet", true);
    else
      frame.svg().text({middle, frame.bottom() + 16},
                       Svg::fitted(name_of(place), room * static_cast<double>(every) - 4), Svg::Anchor::middle);
  }
  return finished(titled(chart.title, chart.view, chart.part), {}, frame.svg());
}

}  // namespace

std::string titled(const std::string& title, const std::string& view, const std::string& part) {
  std::string text = title.empty() ? view : title;
  if (!part.empty() && text.find(part) == std::string::npos) text += " (" + part + ")";
  return text;
}

Figure curve_figure(const std::string& title, const std::string& x_label, const std::vector<CurveOf>& curves) {
  return lines_figure(title, {x_label, {}}, curves);
}

Figure figure_of(const Chart& chart) {
  if (chart.kind == Chart::Kind::bars) return bars_figure(chart);
  std::vector<CurveOf> curves;
  for (const auto& line : chart.lines)
    curves.push_back({line.name, static_cast<std::int32_t>(curves.size()), line.dashed, line.x, line.y});
  return lines_figure(titled(chart.title, chart.view, chart.part), {chart.x_label, chart.y_label}, curves);
}

}  // namespace gb
