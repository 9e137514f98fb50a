#include <algorithm>
#include <array>

#include "core/layers/layer_builder.hpp"

namespace gb {
namespace {

const Schema<LayerFields>& flatten_schema() {
  static const auto s = with_layer_fields(Schema<LayerFields>{});
  return s;
}

ValueId build_flatten(LayerBuilder& builder, const LayerFields& fields) {
  const ValueId x = builder.input(fields.input);
  return builder.shape(x).size() == 2 ? x : builder.add("Flatten", {x});
}

struct Reshape : LayerFields {
  std::vector<int> target_shape = {-1};
};

const Schema<Reshape>& reshape_schema() {
  static const auto s = with_layer_fields(Schema<Reshape>{}.add(
      &Reshape::target_shape,
      {.name = "target_shape",
       .label = "Shape",
       .help = "[numbers] of rows or [channels, height, width] of pictures, the number of examples left out. One of "
               "them may be -1, which is found from the others.",
       .valid = {-1, 1e9},
       .most = 3}));
  return s;
}

ValueId build_reshape(LayerBuilder& builder, const Reshape& fields) {
  const ValueId x = builder.input(fields.input);
  const Shape from = builder.shape(x);
  const std::string allowed = "[numbers] or [channels, height, width]";
  const auto& wanted = fields.target_shape;
  if (wanted.size() != 1 && wanted.size() != 3)
    builder.refuse("its shape has " + std::to_string(wanted.size()) + " extents", "target_shape", allowed);
  const std::int64_t numbers = volume(Shape(from.begin() + 1, from.end()));
  std::int64_t known = 1;
  Shape to{any_batch};
  for (const int extent : wanted) {
    if (extent == 0) builder.refuse("its shape has an extent of 0", "target_shape", allowed);
    to.push_back(extent);
    if (extent > 0) known = std::min<std::int64_t>(known, std::int64_t{1} << 31) * extent;
  }
  const auto open = std::count(to.begin() + 1, to.end(), -1);
  if (open > 1) builder.refuse("its shape leaves two extents open", "target_shape", allowed);
  if (open == 0 ? known != numbers : numbers % known != 0)
    builder.refuse("the " + std::to_string(numbers) + " numbers of " + described(from) + " do not fill " +
                       extents_text(Shape(to.begin() + 1, to.end())),
                   "target_shape", allowed);
  std::replace(to.begin() + 1, to.end(), std::int64_t{-1}, numbers / known);
  return builder.add("Reshape", {x}, {{"shape", to}});
}

enum class Interpolation { nearest, bilinear };

struct UpSampling2D : LayerFields {
  std::vector<int> size = {2};
  Interpolation interpolation = Interpolation::nearest;
};

const Schema<UpSampling2D>& up_sampling_schema() {
  static const auto s = with_layer_fields(
      Schema<UpSampling2D>{}
          .add(&UpSampling2D::size, {.name = "size",
                                     .label = "Factor",
                                     .help = "How many times higher and wider; one number stands for both.",
                                     .valid = {1, 64},
                                     .most = 2})
          .add(&UpSampling2D::interpolation,
               {.name = "interpolation",
                .label = "Interpolation",
                .help = "What new pixels get.",
                .choices = {{"nearest", "Nearest", "Copies of their neighbour."},
                            {"bilinear", "Bilinear", "A mixture of the four around them."}}}));
  return s;
}

ValueId build_up_sampling(LayerBuilder& builder, const UpSampling2D& fields) {
  const ValueId x = builder.pictures(fields.input);
  const Shape& from = builder.shape(x);
  if (fields.size.empty()) builder.refuse("'size' has no number", "size", "one number, or two: height and width");
  const Shape sizes{from[2] * fields.size.front(), from[3] * fields.size.back()};
  const std::string mode = fields.interpolation == Interpolation::nearest ? "nearest" : "linear";
  return builder.add("Resize", {x}, {{"sizes", sizes}, {"mode", mode}});
}

}  // namespace

void add_shape_layers(std::vector<LayerInfo>& list) {
  list.push_back(make_layer("Flatten", "Flatten", "Shapes",
                            "Puts all numbers of an example into one row, channel after channel.", flatten_schema(),
                            build_flatten));
  list.push_back(make_layer("Reshape", "Reshape", "Shapes", "The same numbers in the same order, in another shape.",
                            reshape_schema(), build_reshape));
  list.push_back(make_layer("UpSampling2D", "Upsampling", "Shapes", "Makes pictures larger without learning anything.",
                            up_sampling_schema(), build_up_sampling));
}

}  // namespace gb
