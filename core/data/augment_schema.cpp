#include "core/data/augment.hpp"

namespace gb {

const Schema<Augmentation>& augmentation_schema() {
  static const auto schema =
      Schema<Augmentation>{}
          .add(&Augmentation::horizontal_flip, {.name = "horizontal_flip",
                                                .label = "Flip left and right",
                                                .help = "Mirrors every second picture, by chance. Not for letters and "
                                                        "digits, which it turns into others."})
          .add(&Augmentation::vertical_flip, {.name = "vertical_flip",
                                              .label = "Flip top and bottom",
                                              .help = "Turns every second picture upside down, by chance."})
          .add(&Augmentation::rotate, {.name = "rotate",
                                       .label = "Rotate",
                                       .help = "Turns by up to this angle to either side.",
                                       .valid = {0, 180},
                                       .search = {0, 30},
                                       .unit = "°"})
          .add(&Augmentation::scale, {.name = "scale",
                                      .label = "Scale",
                                      .help = "Enlarges or shrinks by up to this share: 0.2 goes from 1/1.2 to 1.2.",
                                      .valid = {0, 4},
                                      .search = {0, 0.5}})
          .add(&Augmentation::shift, {.name = "shift",
                                      .label = "Shift",
                                      .help = "Moves by up to this share of height and width.",
                                      .valid = {0, 1},
                                      .search = {0, 0.3}})
          .add(&Augmentation::crop_padding,
               {.name = "crop_padding",
                .label = "Random crop",
                .help = "Pads all sides by so many pixels, then cuts the old size out anywhere: moves by whole pixels.",
                .valid = {0, 4096},
                .search = {0, 8},
                .unit = "px"})
          .add(&Augmentation::shear, {.name = "shear",
                                      .label = "Shear",
                                      .help = "Slants by up to this angle to either side.",
                                      .valid = {0, 80},
                                      .search = {0, 20},
                                      .unit = "°"})
          .add(&Augmentation::brightness, {.name = "brightness",
                                           .label = "Brightness",
                                           .help = "Adds or takes away up to this share of the whole range.",
                                           .valid = {0, 1},
                                           .search = {0, 0.4}})
          .add(&Augmentation::contrast,
               {.name = "contrast",
                .label = "Contrast",
                .help = "Multiplies the distance from the picture's mean by 1 plus or minus up to this.",
                .valid = {0, 1},
                .search = {0, 0.5}})
          .add(&Augmentation::saturation,
               {.name = "saturation",
                .label = "Saturation",
                .help = "Multiplies how far colours are from grey by 1 plus or minus up to this. Grey pictures stay.",
                .valid = {0, 1},
                .search = {0, 0.5}})
          .add(&Augmentation::hue, {.name = "hue",
                                    .label = "Hue",
                                    .help = "Turns colours on their circle by up to this angle. Grey pictures stay.",
                                    .valid = {0, 180},
                                    .search = {0, 30},
                                    .unit = "°"})
          .add(&Augmentation::noise,
               {.name = "noise",
                .label = "Noise",
                .help = "Standard deviation of the normal noise on every value, on the scale of 0 to 255.",
                .valid = {0, 255},
                .search = {0, 30}})
          .add(&Augmentation::blur, {.name = "blur",
                                     .label = "Blur",
                                     .help = "Blurs with a Gaussian of up to this standard deviation.",
                                     .valid = {0, 64},
                                     .search = {0, 3},
                                     .unit = "px"})
          .add(&Augmentation::cutout,
               {.name = "cutout",
                .label = "Cutout",
                .help = "Blanks a rectangle of this share of height and width at a random place.",
                .valid = {0, 1},
                .search = {0, 0.5}})
          .add(&Augmentation::mixup,
               {.name = "mixup",
                .label = "Mixup",
                .help = "Blends every picture and its answer with another one of the batch; the share is drawn from "
                        "Beta(alpha, alpha). 0 is off; 0.2 is usual.",
                .valid = {0, 100},
                .search = {0, 1}})
          .add(&Augmentation::cutmix,
               {.name = "cutmix",
                .label = "CutMix",
                .help = "Puts a rectangle of another picture of the batch into each and mixes the answers by area; its "
                        "share is drawn from Beta(alpha, alpha). 0 is off; 1 is usual.",
                .valid = {0, 100},
                .search = {0, 1}})
          .add(&Augmentation::fill, {.name = "fill",
                                     .label = "Fill",
                                     .help = "What fills the places that a turned or moved picture leaves empty.",
                                     .choices = {{"edge", "Edge", "The nearest pixel of the picture."},
                                                 {"reflect", "Reflection", "The picture mirrored at its edge."},
                                                 {"black", "Black"},
                                                 {"white", "White"}},
                                     .advanced = true});
  return schema;
}

}  // namespace gb
