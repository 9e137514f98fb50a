#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/events/events.hpp"
#include "core/report/report.hpp"

/// What runs show, drawn for a page.
namespace gb {

/// One curve of a plot.
struct CurveOf {
  std::string name;
  std::int32_t color = 0;  ///< index of its colour
  bool dashed = false;
  std::vector<double> x, y;
};

Figure curve_figure(const std::string& title, const std::string& x_label, const std::vector<CurveOf>& curves);
Figure figure_of(const Chart& chart);
/// With its numbers where cells are large enough.
Figure figure_of(const Matrix& matrix);
Figure figure_of(const Points& points);
Figure figure_of(const Images& images);
/// A dendrogram. Trees without heights are told in lines: see outline_of().
Figure figure_of(const Tree& tree);
/// A tree as an indented list, a node a line, at most `most` lines.
std::string outline_of(const Tree& tree, std::size_t most);

/// "Confusion matrix (test)": title with the part of the data, where it is not in the title already.
std::string titled(const std::string& title, const std::string& view, const std::string& part);

}  // namespace gb
