#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/run/palette.hpp"

namespace gb {

/// Writes one SVG picture. What takes its colour from the theme has one of the classes "text", "quiet", "line", "grid"
/// and "panel" beside the light theme's colour, so that a page can restyle it; all else keeps its colour.
class Svg {
 public:
  enum class Anchor { start, middle, end };
  struct Point {
    double x = 0, y = 0;
  };

  Svg(double width, double height) : width_(width), height_(height) {}

  double width() const { return width_; }
  double height() const { return height_; }
  /// More room on the right.
  void widen(double by) { width_ += by; }

  void rectangle(double x, double y, double width, double height, const Color& fill, std::string_view style = {});
  void line(Point from, Point to, std::string_view style = "grid");
  /// What is not finite parts it.
  void polyline(const std::vector<Point>& points, const Color& color, bool dashed = false, double thickness = 1.6);
  void circle(Point center, double radius, const Color& fill, bool ringed = false);
  void text(Point at, std::string_view text, Anchor anchor = Anchor::start, std::string_view style = "quiet",
            bool upright = false);
  /// A text in a colour of its own.
  void text_in(Point at, std::string_view text, Anchor anchor, const Color& color);
  void image(double x, double y, double width, double height, std::string_view png);

  /// The whole element; `description` is for people who cannot see it.
  std::string finish(std::string_view description) const;

  /// About how wide a text will be: nobody measures letters here.
  static double width_of(std::string_view text);
  /// The text, shortened with an ellipsis to about this width.
  static std::string fitted(std::string_view text, double width);

 private:
  double width_, height_;
  std::string body_;
};

/// For a text of Base64, as addresses of embedded data have it.
std::string base64(std::string_view bytes);

}  // namespace gb
