#include "core/data/picture_fit.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "core/data/opencv_alone.hpp"

namespace gb {
namespace {

/// The picture as RGB or grey, alpha blended over the background.
cv::Mat without_alpha(const DecodedPicture& picture, const Color& background) {
  const int height = static_cast<int>(picture.height);
  const int width = static_cast<int>(picture.width);
  const cv::Mat view(height, width, CV_MAKETYPE(CV_8U, static_cast<int>(picture.channels)),
                     const_cast<std::uint8_t*>(picture.pixels.data()));
  if (picture.channels != 4) return view;
  cv::Mat blended(height, width, CV_8UC3);
  const std::uint8_t* in = picture.pixels.data();
  std::uint8_t* out = blended.ptr<std::uint8_t>();
  for (std::size_t i = 0; i < picture.height * picture.width; ++i, in += 4, out += 3) {
    const unsigned alpha = in[3];
    for (std::size_t c = 0; c < 3; ++c)
      out[c] = static_cast<std::uint8_t>((in[c] * alpha + background[c] * (255 - alpha) + 127) / 255);
  }
  return blended;
}

std::uint8_t grey_of(unsigned red, unsigned green, unsigned blue) {
  return static_cast<std::uint8_t>((299 * red + 587 * green + 114 * blue + 500) / 1000);
}

bool has_color(const cv::Mat& picture) {
  if (picture.channels() == 1) return false;
  for (int row = 0; row < picture.rows; ++row) {
    const std::uint8_t* at = picture.ptr<std::uint8_t>(row);
    for (int i = 0; i < picture.cols; ++i, at += 3)
      if (at[0] != at[1] || at[1] != at[2]) return true;
  }
  return false;
}

int scaled(int side, double factor, int most) {
  return std::clamp(static_cast<int>(std::lround(side * factor)), 1, most);
}

/// Fits into height x width, on the background where the ratio of the sides differs.
cv::Mat fitted(const cv::Mat& picture, const PictureFit& fit) {
  const int height = static_cast<int>(fit.height);
  const int width = static_cast<int>(fit.width);
  const double factor = std::min(static_cast<double>(width) / picture.cols, static_cast<double>(height) / picture.rows);
  cv::Mat sized;
  cv::resize(picture, sized, {scaled(picture.cols, factor, width), scaled(picture.rows, factor, height)}, 0, 0,
             factor < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  if (sized.cols == width && sized.rows == height) return sized;
  const auto& color = fit.background;
  const bool grey_ground = color[0] == color[1] && color[1] == color[2];
  if (sized.channels() == 1 && !grey_ground) cv::cvtColor(sized, sized, cv::COLOR_GRAY2RGB);
  const int top = (height - sized.rows) / 2;
  const int left = (width - sized.cols) / 2;
  cv::Mat padded;
  cv::copyMakeBorder(sized, padded, top, height - sized.rows - top, left, width - sized.cols - left,
                     cv::BORDER_CONSTANT, cv::Scalar(color[0], color[1], color[2]));
  return padded;
}

void write_planes(const cv::Mat& picture, std::size_t channels, std::uint8_t* out) {
  const auto width = static_cast<std::size_t>(picture.cols);
  const std::size_t area = width * static_cast<std::size_t>(picture.rows);
  for (int row = 0; row < picture.rows; ++row, out += width) {
    const std::uint8_t* in = picture.ptr<std::uint8_t>(row);
    if (picture.channels() == 1) {
      for (std::size_t c = 0; c < channels; ++c) std::copy(in, in + width, out + c * area);
    } else if (channels == 1) {
      for (std::size_t i = 0; i < width; ++i) out[i] = grey_of(in[3 * i], in[3 * i + 1], in[3 * i + 2]);
    } else {
      for (std::size_t i = 0; i < width; ++i)
        for (std::size_t c = 0; c < 3; ++c) out[c * area + i] = in[3 * i + c];
    }
  }
}

}  // namespace

std::optional<Color> color_of(std::string_view text) {
  if (text == "white") return Color{255, 255, 255};
  if (text == "black") return Color{0, 0, 0};
  if (text == "grey" || text == "gray") return Color{128, 128, 128};
  if (text.size() != 7 || text[0] != '#') return {};
  Color color{};
  for (std::size_t c = 0; c < 3; ++c) {
    const char* begin = text.data() + 1 + 2 * c;
    const auto [end, error] = std::from_chars(begin, begin + 2, color[c], 16);
    if (error != std::errc() || end != begin + 2) return {};
  }
  return color;
}

FittedPicture fit_picture(const DecodedPicture& picture, const PictureFit& fit, std::uint8_t* out) {
  keep_opencv_to_the_caller();
  cv::Mat flat = without_alpha(picture, fit.background);
  FittedPicture facts;
  facts.resized = picture.height != fit.height || picture.width != fit.width;
  if (facts.resized) flat = fitted(flat, fit);
  facts.colored = has_color(flat);
  write_planes(flat, fit.channels, out);
  return facts;
}

}  // namespace gb
