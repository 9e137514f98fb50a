#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/params/schema.hpp"

namespace gb {

/// What fills the places that a turned or moved picture leaves empty.
enum class Fill { edge, reflect, black, white };

/// How pictures are varied while a network learns from them: the "augment" object of an experiment. Everything is off
/// by default. Each epoch draws anew, evenly between the limits given here, from seed, epoch and place alone.
struct Augmentation {
  bool horizontal_flip = false, vertical_flip = false;  ///< every second picture, by chance
  double rotate = 0;                                    ///< degrees to either side
  double scale = 0;       ///< share: 0.2 draws factors from 1 / 1.2 to 1.2, evenly in their logarithm
  double shift = 0;       ///< share of height and of width, to either side
  int crop_padding = 0;   ///< pixels: pad all sides, then cut the old size out anywhere (He et al. 2016, section 4.2)
  double shear = 0;       ///< degrees to either side
  double brightness = 0;  ///< share of the whole range that is added or taken away
  double contrast = 0;    ///< factors from 1 - x to 1 + x about the picture's mean
  double saturation = 0;  ///< factors from 1 - x to 1 + x; 0 would be grey
  double hue = 0;         ///< degrees on the colour circle, to either side
  double noise = 0;       ///< standard deviation, in steps of 0..255
  double blur = 0;        ///< standard deviation of the Gaussian at most, pixels
  double cutout = 0;      ///< side of the square that is blanked, share of height and width (DeVries, Taylor 2017)
  double mixup = 0;       ///< alpha of mixup (Zhang et al. 2018, equation 1)
  double cutmix = 0;      ///< alpha of CutMix (Yun et al. 2019, equations 1 and 2)
  Fill fill = Fill::edge;

  /// Whether single pictures are changed.
  bool changes_pictures() const;
  /// Whether pictures are blended with others.
  bool blends() const { return mixup > 0 || cutmix > 0; }
};
const Schema<Augmentation>& augmentation_schema();

struct PictureShape {
  std::size_t channels = 1, height = 0, width = 0;
  std::size_t area() const { return height * width; }
  std::size_t size() const { return channels * area(); }
};

/// Varies one picture after the other; keeps its working memory, so every thread has one of its own. Flips, rotation,
/// scale, shear, shift and crop are one warp (bilinear); then blur, colours, noise and cutout.
class PictureVariation {
 public:
  PictureVariation(const Augmentation& augmentation, const PictureShape& shape);

  /// Writes what the picture (channels x height x width) becomes at `place` of the epoch's order; `out` may not be
  /// `picture`. Each thing that can vary is drawn whether it is on or not: turning one knob leaves what the others do.
  void apply(const std::uint8_t* picture, std::uint64_t seed, std::int64_t epoch, std::int64_t place,
             std::uint8_t* out);

 private:
  struct Draws;
  void warp(const Draws& draws, const std::uint8_t* picture, std::uint8_t* out);
  void blur(const Draws& draws, std::uint8_t* picture);
  void recolor(const Draws& draws, std::uint8_t* picture) const;
  void add_noise(Draws& draws, std::uint8_t* picture) const;
  void cut_out(const Draws& draws, std::uint8_t* picture) const;

  Augmentation augmentation_;
  PictureShape shape_;
  std::vector<std::uint8_t> plane_;
  std::vector<std::int16_t> noise_;  ///< quantiles of the noise, empty where there is none
};

/// One picture of a set as a training loop might see it, for people to look at: `epoch` gives another variant each.
/// Blends are not shown. Shape and bytes as those of the set's pictures.
std::vector<std::uint8_t> augmented(const ImageSet& set, std::size_t row, const Augmentation& augmentation,
                                    std::uint64_t seed, std::int64_t epoch);

/// With what and how a picture of a batch is blended.
struct BlendDraw {
  enum class Kind { none, mixup, cutmix };
  Kind kind = Kind::none;
  std::size_t partner = 0;  ///< in the batch, never itself
  float share = 1;          ///< of the picture's own; of cutmix the share of its pixels that stay, exactly
  std::size_t top = 0, bottom = 0, left = 0, right = 0;  ///< cutmix: what comes from the partner, ends excluded
};

/// The blend of picture `index` of a batch of `rows`, which stands at `place` of the epoch's order. Where mixup and
/// cutmix are both on, each takes every second picture, by chance. A batch of one is not blended.
BlendDraw draw_blend(const Augmentation& augmentation, const PictureShape& shape, std::uint64_t seed,
                     std::int64_t epoch, std::int64_t place, std::size_t index, std::size_t rows);

}  // namespace gb
