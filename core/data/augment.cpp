#include "core/data/augment.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "core/base/random.hpp"
#include "core/data/opencv_alone.hpp"

namespace gb {
namespace {

/// Streams of random numbers: one for each picture of each epoch, apart from those of the training loop.
Random random_at(std::uint64_t seed, std::int64_t epoch, std::int64_t place, std::uint64_t purpose) {
  constexpr int place_bits = 38;
  constexpr int epoch_bits = 23;
  const auto stream = (purpose << (place_bits + epoch_bits)) | (static_cast<std::uint64_t>(epoch) << place_bits) |
                      static_cast<std::uint64_t>(place);
  return Random(seed, stream);
}
constexpr std::uint64_t picture_purpose = 5;
constexpr std::uint64_t blend_purpose = 6;

double either_side(Random& random, double most) {
  return random.uniform(-1, 1) * most;
}

double radians(double degrees) {
  return degrees * std::numbers::pi / 180;
}

/// Gamma(shape, 1) by rejection (Marsaglia, Tsang 2000); below 1 as a power of a uniform times Gamma(shape + 1).
double gamma_draw(Random& random, double shape) {
  if (shape < 1) {
    // 1 - uniform() is never 0.
    const double power = std::pow(1 - random.uniform(), 1 / shape);
    return gamma_draw(random, shape + 1) * power;
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = random.normal();
    const double v = std::pow(1 + c * x, 3);
    const double u = 1 - random.uniform();
    if (v > 0 && std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

/// Beta(alpha, alpha).
double beta_draw(Random& random, double alpha) {
  const double a = gamma_draw(random, alpha);
  const double b = gamma_draw(random, alpha);
  // Both underflow for tiny alphas, whose draws are 0 or 1.
  if (a + b <= 0) return random.uniform() < 0.5 ? 0 : 1;
  return a / (a + b);
}

using Affine = std::array<double, 6>;  ///< rows of a 2 x 3 matrix

/// What turns grey levels and colours: out = matrix * in + offset, per pixel.
struct ColorMap {
  std::array<std::array<double, 3>, 3> matrix{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  double offset = 0;
};

/// The weights of red, green and blue in what the eye sees as light (ITU-R BT.709), rounded as in the next reference.
constexpr std::array<double, 3> luma{0.213, 0.715, 0.072};

/// Turning by `angle` about the axis of greys and scaling the distance from it, the luma kept (W3C Filter Effects 1,
/// feColorMatrix hueRotate and saturate).
std::array<std::array<double, 3>, 3> hue_and_saturation(double angle, double saturation) {
  constexpr std::array<std::array<double, 3>, 3> turn{
      {{-0.213, -0.715, 0.928}, {0.143, 0.140, -0.283}, {-0.787, 0.715, 0.072}}};
  const double cosine = std::cos(angle);
  const double sine = std::sin(angle);
  std::array<std::array<double, 3>, 3> matrix{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      matrix[i][j] = luma[j] + saturation * (cosine * ((i == j ? 1.0 : 0.0) - luma[j]) + sine * turn[i][j]);
  return matrix;
}

/// Normal noise is drawn out of its quantiles, five to a random number: drawing it exactly took ten times longer than
/// everything else. On bytes nobody can tell, except beyond 3.5 deviations (one value in 2,000), which come nearer.
constexpr std::size_t noise_levels = 4096;
constexpr std::size_t noises_a_draw = 5;

std::vector<std::int16_t> noise_table(double deviation) {
  std::vector<std::int16_t> table(noise_levels);
  double quantile = -5;
  for (std::size_t i = 0; i < noise_levels; ++i) {
    const double wanted = (static_cast<double>(i) + 0.5) / noise_levels;
    double high = 5;
    for (int step = 0; step < 40; ++step) {
      const double middle = (quantile + high) / 2;
      (std::erfc(-middle / std::numbers::sqrt2) / 2 < wanted ? quantile : high) = middle;
    }
    table[i] = static_cast<std::int16_t>(std::lround(quantile * deviation));
  }
  return table;
}

std::uint8_t byte_of(double value) {
  return static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0));
}

}  // namespace

/// Everything that chance decides over one picture, between -1 and 1 or 0 and 1 times its limit.
struct PictureVariation::Draws {
  bool flip_x, flip_y;
  double angle, scale, shear, shift_x, shift_y;
  double brightness, contrast, saturation, hue, blur;
  double cut_x, cut_y;
  Random noise{0};

  Draws(const Augmentation& limits, const PictureShape& shape, Random random) {
    flip_x = (random.uniform() < 0.5) && limits.horizontal_flip;
    flip_y = (random.uniform() < 0.5) && limits.vertical_flip;
    angle = radians(either_side(random, limits.rotate));
    scale = std::pow(1 + limits.scale, either_side(random, 1));
    shear = std::tan(radians(either_side(random, limits.shear)));
    shift_x = either_side(random, limits.shift) * static_cast<double>(shape.width);
    shift_y = either_side(random, limits.shift) * static_cast<double>(shape.height);
    const int choices = 2 * limits.crop_padding + 1;
    shift_x += std::floor(random.uniform() * choices) - limits.crop_padding;
    shift_y += std::floor(random.uniform() * choices) - limits.crop_padding;
    brightness = either_side(random, limits.brightness) * 255;
    contrast = 1 + either_side(random, limits.contrast);
    saturation = 1 + either_side(random, limits.saturation);
    hue = radians(either_side(random, limits.hue));
    blur = random.uniform() * limits.blur;
    cut_x = random.uniform();
    cut_y = random.uniform();
    noise = random;
  }
};

bool Augmentation::changes_pictures() const {
  return horizontal_flip || vertical_flip || rotate > 0 || scale > 0 || shift > 0 || crop_padding > 0 || shear > 0 ||
         brightness > 0 || contrast > 0 || saturation > 0 || hue > 0 || noise > 0 || blur > 0 || cutout > 0;
}

PictureVariation::PictureVariation(const Augmentation& augmentation, const PictureShape& shape)
    : augmentation_(augmentation), shape_(shape), plane_(shape.area()) {
  keep_opencv_to_the_caller();
  if (augmentation.noise > 0) noise_ = noise_table(augmentation.noise);
}

void PictureVariation::apply(const std::uint8_t* picture, std::uint64_t seed, std::int64_t epoch, std::int64_t place,
                             std::uint8_t* out) {
  Draws draws(augmentation_, shape_, random_at(seed, epoch, place, picture_purpose));
  warp(draws, picture, out);
  blur(draws, out);
  recolor(draws, out);
  add_noise(draws, out);
  cut_out(draws, out);
}

void PictureVariation::warp(const Draws& draws, const std::uint8_t* picture, std::uint8_t* out) {
  // Forward: centre, flip, scale, shear, turn, back, shift. A pixel of the result asks where it came from: the
  // inverse of the linear part, and what makes the centre map onto itself before the shift.
  const double flip_x = draws.flip_x ? -1 : 1;
  const double flip_y = draws.flip_y ? -1 : 1;
  const double cosine = std::cos(draws.angle);
  const double sine = std::sin(draws.angle);
  // Inverse of the turn, then of the shear (x += shear * y), then of scale and flip.
  const double a = (cosine + draws.shear * sine) * flip_x / draws.scale;
  const double b = (sine - draws.shear * cosine) * flip_x / draws.scale;
  const double c = -sine * flip_y / draws.scale;
  const double d = cosine * flip_y / draws.scale;
  const bool still = a == 1 && b == 0 && c == 0 && d == 1 && draws.shift_x == 0 && draws.shift_y == 0;
  if (still) {
    std::copy(picture, picture + shape_.size(), out);
    return;
  }
  const double middle_x = (static_cast<double>(shape_.width) - 1) / 2;
  const double middle_y = (static_cast<double>(shape_.height) - 1) / 2;
  const double from_x = middle_x + draws.shift_x;
  const double from_y = middle_y + draws.shift_y;
  const cv::Matx23d inverse(a, b, middle_x - a * from_x - b * from_y, c, d, middle_y - c * from_x - d * from_y);
  static constexpr std::array borders{cv::BORDER_REPLICATE, cv::BORDER_REFLECT_101, cv::BORDER_CONSTANT,
                                      cv::BORDER_CONSTANT};
  const int border = borders[static_cast<std::size_t>(augmentation_.fill)];
  const cv::Scalar color = cv::Scalar::all(augmentation_.fill == Fill::white ? 255 : 0);
  const int height = static_cast<int>(shape_.height);
  const int width = static_cast<int>(shape_.width);
  for (std::size_t channel = 0; channel < shape_.channels; ++channel) {
    const cv::Mat from(height, width, CV_8UC1, const_cast<std::uint8_t*>(picture) + channel * shape_.area());
    cv::Mat to(height, width, CV_8UC1, out + channel * shape_.area());
    cv::warpAffine(from, to, inverse, to.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, border, color);
  }
}

void PictureVariation::blur(const Draws& draws, std::uint8_t* picture) {
  // Narrower ones leave a picture of bytes as it is.
  constexpr double narrowest = 0.1;
  if (draws.blur < narrowest) return;
  const int height = static_cast<int>(shape_.height);
  const int width = static_cast<int>(shape_.width);
  for (std::size_t channel = 0; channel < shape_.channels; ++channel) {
    cv::Mat plane(height, width, CV_8UC1, picture + channel * shape_.area());
    cv::Mat blurred(height, width, CV_8UC1, plane_.data());
    cv::GaussianBlur(plane, blurred, {0, 0}, draws.blur, draws.blur, cv::BORDER_REPLICATE);
    blurred.copyTo(plane);
  }
}

void PictureVariation::recolor(const Draws& draws, std::uint8_t* picture) const {
  const bool colors = shape_.channels == 3 && (draws.saturation != 1 || draws.hue != 0);
  if (!colors && draws.contrast == 1 && draws.brightness == 0) return;
  const std::size_t area = shape_.area();
  std::array<double, 3> mean{};
  for (std::size_t channel = 0; channel < shape_.channels; ++channel) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < area; ++i) sum += picture[channel * area + i];
    mean[channel] = static_cast<double>(sum) / static_cast<double>(area);
  }
  const double light = shape_.channels == 1 ? mean[0] : luma[0] * mean[0] + luma[1] * mean[1] + luma[2] * mean[2];
  const double offset = light * (1 - draws.contrast) + draws.brightness;
  if (!colors) {
    std::array<std::uint8_t, 256> table{};
    for (std::size_t value = 0; value < table.size(); ++value)
      table[value] = byte_of(draws.contrast * static_cast<double>(value) + offset);
    for (std::size_t i = 0; i < shape_.size(); ++i) picture[i] = table[picture[i]];
    return;
  }
  std::array<std::array<float, 3>, 3> matrix{};
  const auto turned = hue_and_saturation(draws.hue, draws.saturation);
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) matrix[i][j] = static_cast<float>(draws.contrast * turned[i][j]);
  const auto added = static_cast<float>(offset + 0.5);
  std::uint8_t* red = picture;
  std::uint8_t* green = picture + area;
  std::uint8_t* blue = picture + 2 * area;
  for (std::size_t i = 0; i < area; ++i) {
    const std::array<float, 3> in{static_cast<float>(red[i]), static_cast<float>(green[i]),
                                  static_cast<float>(blue[i])};
    const auto mixed = [&](std::size_t row) {
      const float value = matrix[row][0] * in[0] + matrix[row][1] * in[1] + matrix[row][2] * in[2] + added;
      return static_cast<std::uint8_t>(std::clamp(value, 0.0f, 255.0f));
    };
    red[i] = mixed(0);
    green[i] = mixed(1);
    blue[i] = mixed(2);
  }
}

void PictureVariation::add_noise(Draws& draws, std::uint8_t* picture) const {
  if (noise_.empty()) return;
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < shape_.size(); ++i) {
    if (i % noises_a_draw == 0) bits = draws.noise.next();
    const int value = picture[i] + noise_[bits % noise_levels];
    picture[i] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
    bits /= noise_levels;
  }
}

void PictureVariation::cut_out(const Draws& draws, std::uint8_t* picture) const {
  if (augmentation_.cutout <= 0) return;
  // The square lies inside: about a random centre it would often be cut at the edge and blank less than was asked for.
  const auto side = [&](std::size_t whole) {
    return std::clamp<std::size_t>(static_cast<std::size_t>(augmentation_.cutout * static_cast<double>(whole) + 0.5), 1,
                                   whole);
  };
  const auto height = side(shape_.height);
  const auto width = side(shape_.width);
  const auto top = static_cast<std::size_t>(draws.cut_y * static_cast<double>(shape_.height - height + 1));
  const auto left = static_cast<std::size_t>(draws.cut_x * static_cast<double>(shape_.width - width + 1));
  for (std::size_t channel = 0; channel < shape_.channels; ++channel) {
    std::uint8_t* plane = picture + channel * shape_.area();
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < shape_.area(); ++i) sum += plane[i];
    std::uint8_t blank = static_cast<std::uint8_t>(sum / shape_.area());
    if (augmentation_.fill == Fill::black) blank = 0;
    if (augmentation_.fill == Fill::white) blank = 255;
    for (std::size_t y = top; y < top + height; ++y) std::fill_n(plane + y * shape_.width + left, width, blank);
  }
}

std::vector<std::uint8_t> augmented(const ImageSet& set, std::size_t row, const Augmentation& augmentation,
                                    std::uint64_t seed, std::int64_t epoch) {
  const PictureShape shape{set.channels, set.height, set.width};
  std::vector<std::uint8_t> out(shape.size());
  PictureVariation(augmentation, shape).apply(set.image(row), seed, epoch, static_cast<std::int64_t>(row), out.data());
  return out;
}

BlendDraw draw_blend(const Augmentation& augmentation, const PictureShape& shape, std::uint64_t seed,
                     std::int64_t epoch, std::int64_t place, std::size_t index, std::size_t rows) {
  BlendDraw draw;
  if (!augmentation.blends() || rows < 2) return draw;
  Random random = random_at(seed, epoch, place, blend_purpose);
  draw.partner = (index + 1 + random.below(rows - 1)) % rows;
  const bool second = random.uniform() < 0.5;
  const bool cut = augmentation.cutmix > 0 && (augmentation.mixup <= 0 || second);
  draw.kind = cut ? BlendDraw::Kind::cutmix : BlendDraw::Kind::mixup;
  const double share = beta_draw(random, cut ? augmentation.cutmix : augmentation.mixup);
  if (!cut) {
    draw.share = static_cast<float>(share);
    return draw;
  }
  const double side = std::sqrt(1 - share);
  const auto span = [&](std::size_t whole, std::size_t& begin, std::size_t& end) {
    const auto size = static_cast<double>(whole);
    const double middle = random.uniform() * size;
    begin = static_cast<std::size_t>(std::clamp(std::floor(middle - side * size / 2), 0.0, size));
    end = static_cast<std::size_t>(std::clamp(std::floor(middle + side * size / 2), 0.0, size));
  };
  span(shape.height, draw.top, draw.bottom);
  span(shape.width, draw.left, draw.right);
  const auto taken = static_cast<double>((draw.bottom - draw.top) * (draw.right - draw.left));
  draw.share = static_cast<float>(1 - taken / static_cast<double>(shape.area()));
  return draw;
}

}  // namespace gb
