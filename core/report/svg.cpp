#include "core/report/svg.hpp"

#include <openssl/evp.h>

#include <cmath>
#include <cstdio>

#include "core/base/escape.hpp"

namespace gb {
namespace {

constexpr int letters = 11;  ///< pixels high

std::string hex(const Color& color) {
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", color[0], color[1], color[2]);
  return text;
}

/// Two decimals are more than any screen or printer tells apart.
std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  std::string digits = text;
  while (digits.back() == '0') digits.pop_back();
  if (digits.back() == '.') digits.pop_back();
  return digits == "-0" ? "0" : digits;
}

std::string attribute(const char* name, double value) {
  return std::string(" ") + name + "=\"" + number(value) + '"';
}

const char* anchor_name(Svg::Anchor anchor) {
  switch (anchor) {
    case Svg::Anchor::start:
      return "start";
    case Svg::Anchor::middle:
      return "middle";
    case Svg::Anchor::end:
      return "end";
  }
  return "start";
}

Color color_of(std::string_view style) {
  if (style == "text") return ink;
  if (style == "quiet") return quiet_ink;
  if (style == "line") return {0xc5, 0xcb, 0xd5};
  if (style == "panel") return white;
  return grid_line;
}

/// Bytes of the character that begins here.
std::size_t length_at(std::string_view text, std::size_t at) {
  std::size_t length = 1;
  while (at + length < text.size() && (text[at + length] & 0xC0) == 0x80) ++length;
  return length;
}

double width_at(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first >= 0xE3 && first <= 0xED) return letters;  // Chinese, Japanese, Korean
  if (first == 'm' || first == 'w' || (first >= 'A' && first <= 'Z')) return 0.72 * letters;
  return std::string_view("ijlt.,:;'|I1 ()").find(text[at]) != std::string_view::npos ? 0.36 * letters : 0.57 * letters;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

void Svg::rectangle(double x, double y, double width, double height, const Color& fill, std::string_view style) {
  body_ += "<rect" + attribute("x", x) + attribute("y", y) + attribute("width", width) + attribute("height", height) +
           " fill=\"" + hex(fill) + '"';
  if (!style.empty()) body_ += " class=\"" + std::string(style) + '"';
  body_ += "/>\n";
}

void Svg::line(Point from, Point to, std::string_view style) {
  body_ += "<line class=\"" + std::string(style) + '"' + attribute("x1", from.x) + attribute("y1", from.y) +
           attribute("x2", to.x) + attribute("y2", to.y) + " stroke=\"" + hex(color_of(style)) + "\"/>\n";
}

void Svg::polyline(const std::vector<Point>& points, const Color& color, bool dashed, double thickness) {
  const std::string style = " fill=\"none\" stroke=\"" + hex(color) + "\" stroke-width=\"" + number(thickness) +
                            "\" stroke-linejoin=\"round\"" + (dashed ? " stroke-dasharray=\"5 3\"" : "");
  std::string stretch;
  int count = 0;
  const auto close = [&] {
    // A point alone is no line.
    if (count == 1) stretch += " " + stretch;
    if (count > 0) body_ += "<polyline" + style + " points=\"" + stretch + "\"/>\n";
    stretch.clear();
    count = 0;
  };
  for (const Point& point : points) {
    if (!std::isfinite(point.x) || !std::isfinite(point.y)) {
      close();
      continue;
    }
    if (count++ > 0) stretch += ' ';
    stretch += number(point.x) + ',' + number(point.y);
  }
  close();
}

void Svg::circle(Point center, double radius, const Color& fill, bool ringed) {
  body_ += "<circle" + attribute("cx", center.x) + attribute("cy", center.y) + attribute("r", radius) + " fill=\"" +
           hex(fill) + '"' + (ringed ? " stroke=\"" + hex(ink) + "\" stroke-width=\"1\"" : std::string()) + "/>\n";
}

void Svg::text(Point at, std::string_view text, Anchor anchor, std::string_view style, bool upright) {
  body_ += "<text class=\"" + std::string(style) + "\" fill=\"" + hex(color_of(style)) + '"' + attribute("x", at.x) +
           attribute("y", at.y) + " text-anchor=\"" + anchor_name(anchor) + '"';
  if (upright) body_ += " transform=\"rotate(-90 " + number(at.x) + ' ' + number(at.y) + ")\"";
  body_ += ">" + html_escaped(text) + "</text>\n";
}

void Svg::text_in(Point at, std::string_view text, Anchor anchor, const Color& color) {
  body_ += "<text fill=\"" + hex(color) + '"' + attribute("x", at.x) + attribute("y", at.y) + " text-anchor=\"" +
           anchor_name(anchor) + "\">" + html_escaped(text) + "</text>\n";
}

void Svg::image(double x, double y, double width, double height, std::string_view png) {
  body_ += "<image" + attribute("x", x) + attribute("y", y) + attribute("width", width) + attribute("height", height) +
           " xlink:href=\"data:image/png;base64," + base64(png) + "\"/>\n";
}

std::string Svg::finish(std::string_view description) const {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" role=\"img\" "
         "aria-label=\"" +
         html_escaped(description) + "\" viewBox=\"0 0 " + number(width_) + ' ' + number(height_) + '"' +
         attribute("width", width_) + attribute("height", height_) + " font-family=\"sans-serif\" font-size=\"" +
         std::to_string(letters) + "\">\n" + body_ + "</svg>\n";
}

double Svg::width_of(std::string_view text) {
  double width = 0;
  for (std::size_t at = 0; at < text.size(); at += length_at(text, at)) width += width_at(text, at);
  return width;
}

std::string Svg::fitted(std::string_view text, double width) {
  if (width_of(text) <= width) return std::string(text);
  double used = letters;  // of the ellipsis
  std::size_t at = 0;
  while (at < text.size() && used + width_at(text, at) <= width) {
    used += width_at(text, at);
    at += length_at(text, at);
  }
  return std::string(text.substr(0, at)) + "\u2026";
}

}  // namespace gb
