#include "core/report/plot_frame.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/base/text.hpp"

namespace gb {
namespace {

constexpr double legend_line = 18, swatch = 16, gap = 8, outer = 12;

double round_step(double rough) {
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

double left_margin(const AxisRange& y, const std::string& label) {
  double widest = 0;
  for (const double tick : y.ticks()) widest = std::max(widest, Svg::width_of(y.tick_text(tick)));
  return outer + widest + gap + (label.empty() ? 0 : 18);
}

double entry_width(const FigureKey& entry) {
  return swatch + 6 + Svg::width_of(entry.name) + 14;
}

/// Lines that the legend takes between these edges.
int legend_lines(const std::vector<FigureKey>& legend, double room) {
  int lines = legend.empty() ? 0 : 1;
  double used = 0;
  for (const auto& entry : legend) {
    const double width = entry_width(entry);
    if (used > 0 && used + width > room) {
      ++lines;
      used = 0;
    }
    used += width;
  }
  return lines;
}

void draw_legend(Svg& svg, const std::vector<FigureKey>& legend, double left, double right, double top) {
  double x = left;
  double y = top;
  for (const auto& entry : legend) {
    const double width = entry_width(entry);
    if (x > left && x + width > right) {
      x = left;
      y += legend_line;
    }
    svg.polyline({{x, y}, {x + swatch, y}}, entry.color, entry.dashed, 3);
    svg.text({x + swatch + 6, y + 4}, entry.name);
    x += width;
  }
}

std::vector<FigureKey> fitted(std::vector<FigureKey> legend, double room) {
  for (auto& entry : legend) entry.name = Svg::fitted(entry.name, room - swatch - 20);
  return legend;
}

}  // namespace

AxisRange axis_range(double low, double high, int count, bool fixed) {
  if (!std::isfinite(low) || !std::isfinite(high)) return {};
  if (!(low < high)) {
    const double around = std::max(std::abs(low) * 0.05, 1e-6);
    low -= around;
    high += around;
  }
  AxisRange range{low, high, round_step((high - low) / std::max(count, 1))};
  if (!fixed) {
    range.low = std::floor(low / range.step + 1e-9) * range.step;
    range.high = std::ceil(high / range.step - 1e-9) * range.step;
  }
  return range;
}

std::vector<double> AxisRange::ticks() const {
  std::vector<double> values;
  for (double tick = std::ceil(low / step - 1e-9) * step; tick <= high + step * 1e-6 && values.size() < 50;
       tick += step)
    values.push_back(tick);
  return values;
}

std::string AxisRange::tick_text(double value) const {
  if (std::abs(value) < step * 1e-6) return "0";
  char text[40];
  const double largest = std::max(std::abs(low), std::abs(high));
  if (largest >= 1e7 || step < 1e-5) {
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
  }
  const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  if (decimals == 0) return grouped(std::llround(value));
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

PlotFrame::PlotFrame(double width, double plot_height, const AxisRange& x, const AxisRange& y, const Labels& labels,
                     const std::vector<FigureKey>& legend, double bottom)
    : x_(x),
      y_(y),
      left_(left_margin(y, labels.y)),
      right_(width - outer - 4),
      top_(outer + legend_lines(fitted(legend, right_ - left_), right_ - left_) * legend_line),
      bottom_(top_ + plot_height),
      svg_(width, bottom_ + (labels.x_ticks ? 20 : 0) + (labels.x.empty() ? 0 : 16) + bottom + 6) {
  draw_legend(svg_, fitted(legend, right_ - left_), left_, right_, outer);
  for (const double tick : y_.ticks()) {
    const double height = at(x_.low, tick).y;
    svg_.line({left_, height}, {right_, height});
    svg_.text({left_ - gap, height + 4}, y_.tick_text(tick), Svg::Anchor::end);
  }
  if (labels.x_ticks) {
    // So many that their texts stand apart.
    double widest = 0;
    for (const double tick : x_.ticks()) widest = std::max(widest, Svg::width_of(x_.tick_text(tick)));
    const double room = (right_ - left_) * x_.step / (x_.high - x_.low);
    const auto every = static_cast<std::size_t>(std::max(1.0, std::ceil((widest + 10) / room)));
    const auto ticks = x_.ticks();
    for (std::size_t i = 0; i < ticks.size(); ++i) {
      const double place = at(ticks[i], y_.low).x;
      svg_.line({place, top_}, {place, bottom_});
      if (i % every == 0) svg_.text({place, bottom_ + 16}, x_.tick_text(ticks[i]), Svg::Anchor::middle);
    }
  }
  svg_.line({left_, bottom_}, {right_, bottom_}, "line");
  const double below = bottom_ + bottom + (labels.x_ticks ? 20 : 0) + 12;
  if (!labels.x.empty())
    svg_.text({(left_ + right_) / 2, below}, Svg::fitted(labels.x, right_ - left_), Svg::Anchor::middle);
  if (!labels.y.empty())
    svg_.text({outer + 2, (top_ + bottom_) / 2}, Svg::fitted(labels.y, plot_height), Svg::Anchor::middle, "quiet",
              true);
}

Svg::Point PlotFrame::at(double x, double y) const {
  return {left_ + x_.share(x) * (right_ - left_), bottom_ - y_.share(y) * (bottom_ - top_)};
}

}  // namespace gb
