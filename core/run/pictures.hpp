#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/events/events.hpp"

/// Events as pictures, for programs without a window.
namespace gb {

/// 8-bit RGB, row by row from the top.
struct Picture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;  ///< height x width x 3
};

/// Magnitudes in viridis, empty cells in the colour of grid lines; row 0 on top.
Picture draw(const Matrix& matrix);
/// The images as a wall, small ones enlarged by whole factors.
Picture draw(const Images& images);
/// One of the images as it is: no frame, not enlarged.
Picture plain(const Images& images, int index);
/// A scatter plot over its region, groups in Okabe and Ito's colours, centres as crosses; y grows upwards.
Picture draw(const Points& points);

/// What part of the plane a scatter plot shows: that of its region, else of all that is finite in it, with a margin.
struct Extent {
  double x_min = 0, x_max = 1, y_min = 0, y_max = 1;
  double margin = 0;  ///< beyond each of these, as a share of the picture's side
};
Extent extent_of(const Points& points);

/// The file's bytes. Throws Error when there is not enough memory.
std::string to_png(const Picture& picture);

}  // namespace gb
