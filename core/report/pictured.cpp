#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "core/base/text.hpp"
#include "core/report/figures.hpp"
#include "core/report/plot_frame.hpp"
#include "core/run/pictures.hpp"

/// Figures of events that the store keeps as pictures: matrices, point clouds, walls of images, dendrograms.
namespace gb {
namespace {

constexpr double figure_width = 520, most_height = 380;
constexpr std::size_t most_vector_points = 2000;

std::string cell_text(double value) {
  if (!std::isfinite(value)) return {};
  if (value == std::floor(value) && std::abs(value) < 1e9) return grouped(std::llround(value));
  char text[32];
  std::snprintf(text, sizeof text, "%.2g", value);
  return text;
}

bool is_dark(const Color& color) {
  return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2] < 140;
}

double widest_of(const std::vector<std::string>& texts) {
  double widest = 0;
  for (const auto& text : texts) widest = std::max(widest, Svg::width_of(text));
  return widest;
}

Figure finished(std::string title, std::string note, const Svg& svg) {
  Figure figure{std::move(title), std::move(note), {}, svg.width(), svg.height()};
  figure.svg = svg.finish(figure.title + (figure.note.empty() ? "" : ", " + figure.note));
  return figure;
}

/// A picture as wide as the page allows, never enlarged so far that it blurs.
Figure raster(std::string title, std::string note, const Picture& picture, double widest) {
  const double scale = std::min(1.0, widest / picture.width);
  Svg svg(picture.width * scale, picture.height * scale);
  svg.image(0, 0, svg.width(), svg.height(), to_png(picture));
  return finished(std::move(title), std::move(note), svg);
}

void draw_cells(Svg& svg, const Matrix& matrix, double left, double top, double side) {
  const std::size_t columns = matrix.column_labels.size();
  double most = 0;
  for (const double value : matrix.values)
    if (std::isfinite(value)) most = std::max(most, std::abs(value));
  for (std::size_t i = 0; i < matrix.values.size(); ++i) {
    const double value = matrix.values[i];
    const bool empty = value == 0 || !std::isfinite(value);
    const double x = left + static_cast<double>(i % columns) * side, y = top + static_cast<double>(i / columns) * side;
    const Color color = empty ? grid_line : viridis_color(std::abs(value) / most);
    svg.rectangle(x + 0.5, y + 0.5, side - 1, side - 1, color, empty ? "grid" : "");
    const std::string text = cell_text(value);
    if (side < 18 || text.empty() || Svg::width_of(text) > side - 2) continue;
    const Svg::Point middle{x + side / 2, y + side / 2 + 4};
    if (empty)
      svg.text(middle, text, Svg::Anchor::middle);
    else
      svg.text_in(middle, text, Svg::Anchor::middle, is_dark(color) ? white : ink);
  }
}

/// Rows of a legend: a dot and a name each.
void draw_names(Svg& svg, const std::vector<std::string>& names, double left, double top, double room) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double y = top + 18 * static_cast<double>(i);
    svg.circle({left + 5, y}, 4.5, group_color(static_cast<std::int32_t>(i)));
    svg.text({left + 16, y + 4}, Svg::fitted(names[i], room - 16));
  }
}

void draw_vectors(Svg& svg, const Points& points, const auto& place) {
  const std::size_t count = points.xy ? points.xy->size() / 2 : 0;
  if (count <= most_vector_points) {
    for (std::size_t i = 0; i < count; ++i) {
      const double x = (*points.xy)[2 * i], y = (*points.xy)[2 * i + 1];
      if (!std::isfinite(x) || !std::isfinite(y)) continue;
      svg.circle(place(x, y), count > 500 ? 1.8 : 2.6, group_color(i < points.group.size() ? points.group[i] : -1),
                 i < points.marked.size() && points.marked[i]);
    }
    for (std::size_t i = 0; i + 1 < points.centers.size(); i += 2) {
      const Svg::Point at = place(points.centers[i], points.centers[i + 1]);
      for (const auto& [color, thickness] : {std::pair(white, 5.0), std::pair(ink, 2.5)}) {
        svg.polyline({{at.x - 7, at.y}, {at.x + 7, at.y}}, color, false, thickness);
        svg.polyline({{at.x, at.y - 7}, {at.x, at.y + 7}}, color, false, thickness);
      }
    }
  }
  for (const Outline& outline : points.outlines) {
    std::vector<Svg::Point> line;
    for (std::size_t i = 0; i + 1 < outline.xy.size(); i += 2) line.push_back(place(outline.xy[i], outline.xy[i + 1]));
    svg.polyline(line, outline.group < 0 ? quiet_ink : group_color(outline.group), outline.dashed);
  }
}

/// Of a node whose parent stands before it, as Tree asks; damaged records may say otherwise.
std::optional<std::size_t> parent_of(const Tree& tree, std::size_t node) {
  const auto parent = tree.nodes[node].parent;
  if (parent < 0 || static_cast<std::size_t>(parent) >= node) return std::nullopt;
  return static_cast<std::size_t>(parent);
}

struct Branch {
  double x = 0, y = 0;
};

/// Leaves stand side by side, a merge between what it merges.
std::vector<Branch> branches_of(const Tree& tree, int& leaves) {
  std::vector<Branch> placed(tree.nodes.size());
  std::vector<std::vector<std::size_t>> children(tree.nodes.size());
  for (std::size_t i = 0; i < tree.nodes.size(); ++i)
    if (const auto parent = parent_of(tree, i)) children[*parent].push_back(i);
  // Depth first without recursion: chains of merges are as deep as there are rows.
  std::vector<std::pair<std::size_t, bool>> open;
  for (std::size_t i = tree.nodes.size(); i-- > 0;)
    if (!parent_of(tree, i)) open.emplace_back(i, false);
  while (!open.empty()) {
    const auto [node, done] = open.back();
    open.pop_back();
    placed[node].y = tree.nodes[node].height;
    if (children[node].empty()) {
      placed[node].x = leaves++;
    } else if (done) {
      placed[node].x = (placed[children[node].front()].x + placed[children[node].back()].x) / 2;
    } else {
      open.emplace_back(node, true);
      for (std::size_t i = children[node].size(); i-- > 0;) open.emplace_back(children[node][i], false);
    }
  }
  return placed;
}

}  // namespace

Figure figure_of(const Matrix& matrix) {
  const std::size_t rows = matrix.row_labels.size(), columns = matrix.column_labels.size();
  const std::string title = titled(matrix.title, matrix.view, matrix.part);
  constexpr std::size_t most = 40;
  if (rows == 0 || columns == 0 || rows > most || columns > most || matrix.values.size() != rows * columns)
    return raster(title, grouped(static_cast<std::int64_t>(rows)) + " x " + grouped(static_cast<std::int64_t>(columns)),
                  draw(matrix), figure_width);
  const double left = 30 + std::min(110.0, widest_of(matrix.row_labels)) + 8;
  const double side = std::clamp(
      std::min((figure_width - left - 12) / static_cast<double>(columns), most_height / static_cast<double>(rows)), 9.0,
      40.0);
  const double names = std::min(90.0, widest_of(matrix.column_labels));
  const bool upright = names > side - 4;
  const double top = 26 + (upright ? names + 8 : 18);
  Svg svg(left + side * static_cast<double>(columns) + 12, top + side * static_cast<double>(rows) + 8);
  svg.text({left + side * static_cast<double>(columns) / 2, 14}, Svg::fitted(matrix.column_title, svg.width() - left),
           Svg::Anchor::middle);
  svg.text({14, top + side * static_cast<double>(rows) / 2}, matrix.row_title, Svg::Anchor::middle, "quiet", true);
  for (std::size_t i = 0; i < rows && side >= 10; ++i)
    svg.text({left - 6, top + (static_cast<double>(i) + 0.5) * side + 4}, Svg::fitted(matrix.row_labels[i], 112),
             Svg::Anchor::end, "text");
  for (std::size_t i = 0; i < columns && side >= 10; ++i) {
    const double middle = left + (static_cast<double>(i) + 0.5) * side;
    if (upright)
      svg.text({middle + 4, top - 6}, Svg::fitted(matrix.column_labels[i], 92), Svg::Anchor::start, "text", true);
    else
      svg.text({middle, top - 6}, matrix.column_labels[i], Svg::Anchor::middle, "text");
  }
  draw_cells(svg, matrix, left, top, side);
  return finished(title, {}, svg);
}

Figure figure_of(const Points& points) {
  constexpr double side = 340;
  const Extent extent = extent_of(points);
  const double grow_x = extent.margin * (extent.x_max - extent.x_min) / (1 - 2 * extent.margin);
  const double grow_y = extent.margin * (extent.y_max - extent.y_min) / (1 - 2 * extent.margin);
  const AxisRange x = axis_range(extent.x_min - grow_x, extent.x_max + grow_x, 6, true);
  const AxisRange y = axis_range(extent.y_min - grow_y, extent.y_max + grow_y, 6, true);
  constexpr std::size_t most_names = 18;
  std::vector<std::string> names = points.group_names;
  const std::size_t left_out = names.size() > most_names ? names.size() - most_names : 0;
  names.resize(names.size() - left_out);
  const double legend = names.empty() ? 0 : std::min(130.0, widest_of(names) + 34);
  PlotFrame frame(side + 76, side, x, y, {points.x_label, points.y_label}, {});
  const std::size_t count = points.xy ? points.xy->size() / 2 : 0;
  const double width = frame.right() - frame.left(), height = frame.bottom() - frame.top();
  if (count > most_vector_points) {
    frame.svg().image(frame.left(), frame.top(), width, height, to_png(draw(points)));
  } else if (points.region) {
    Points plane;
    plane.region = points.region;
    frame.svg().image(frame.left(), frame.top(), width, height, to_png(draw(plane)));
  }
  draw_vectors(frame.svg(), points, [&](double across, double up) { return frame.at(across, up); });
  draw_names(frame.svg(), names, frame.right() + 16, frame.top() + 8, legend - 16);
  frame.svg().widen(legend);
  return finished(titled(points.title, points.view, {}),
                  left_out > 0 ? "and " + std::to_string(left_out) + " more groups" : "", frame.svg());
}

Figure figure_of(const Images& images) {
  const int shown = std::min(images.count, 256);
  std::string note = grouped(images.count) + (images.count == 1 ? " picture" : " pictures");
  if (shown < images.count) note = "the first " + grouped(shown) + " of " + note;
  return raster(titled(images.title, images.view, {}), std::move(note), draw(images), figure_width);
}

Figure figure_of(const Tree& tree) {
  int leaves = 0;
  const auto placed = branches_of(tree, leaves);
  double highest = 0;
  for (const auto& node : tree.nodes)
    if (std::isfinite(node.height)) highest = std::max(highest, node.height);
  PlotFrame frame(figure_width, 230, {-0.5, std::max(0.5, leaves - 0.5), 1}, axis_range(0, highest, 5),
                  {{}, "height", false}, {});
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const auto parent = parent_of(tree, i);
    if (!parent) continue;
    const Branch &from = placed[i], &to = placed[*parent];
    const auto foot = frame.at(from.x, from.y), head = frame.at(to.x, to.y);
    frame.svg().polyline({foot, {foot.x, head.y}, head}, group_color(tree.nodes[i].group), false,
                         leaves > 120 ? 0.7 : 1.2);
  }
  return finished(titled(tree.title, tree.view, {}), grouped(leaves) + " leaves", frame.svg());
}

std::string outline_of(const Tree& tree, std::size_t most) {
  std::vector<std::vector<std::size_t>> children(tree.nodes.size());
  std::vector<std::pair<std::size_t, int>> open;
  for (std::size_t i = tree.nodes.size(); i-- > 0;) {
    if (const auto parent = parent_of(tree, i))
      children[*parent].push_back(i);  // the last one first: they are taken from the end
    else
      open.emplace_back(i, 0);
  }
  std::string text;
  std::size_t lines = 0;
  while (!open.empty()) {
    const auto [node, depth] = open.back();
    open.pop_back();
    if (lines++ == most) return text + "... (" + grouped(static_cast<std::int64_t>(tree.nodes.size())) + " nodes)\n";
    text += std::string(static_cast<std::size_t>(2 * std::min(depth, 40)), ' ') + tree.nodes[node].label + "  (" +
            grouped(tree.nodes[node].rows) + ")\n";
    for (const auto child : children[node]) open.emplace_back(child, depth + 1);
  }
  return text;
}

}  // namespace gb
