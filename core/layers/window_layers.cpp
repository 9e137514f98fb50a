#include <algorithm>
#include <array>

#include "core/backend/window.hpp"
#include "core/layers/layer_builder.hpp"

namespace gb {
namespace {

enum class Padding { valid, same };

/// One number for both axes, or height and width.
std::array<std::int64_t, 2> both(const LayerBuilder& builder, const std::vector<int>& given, const char* field) {
  if (given.empty() || given.size() > 2)
    builder.refuse("'" + std::string(field) + "' has " + std::to_string(given.size()) + " numbers", field,
                   "one number, or two: height and width");
  return {given.front(), given.back()};
}

ParamSpec extent_spec(std::string name, std::string label, std::string help, double most) {
  return {.name = std::move(name),
          .label = std::move(label),
          .help = std::move(help),
          .valid = {1, most},
          .unit = "pixels",
          .most = 2};
}

ParamSpec padding_spec() {
  return {.name = "padding",
          .label = "Padding",
          .help = "What happens at the borders of a picture.",
          .choices = {{"valid", "Valid", "The window stays inside: pictures shrink."},
                      {"same", "Same",
                       "Zeros around the picture let the window stand on every pixel: with a stride of 1 pictures keep "
                       "their size. An odd number of zeros puts the extra one at the end, as Keras does."}}};
}

/// What everything with a sliding window has.
struct WindowFields : LayerFields {
  Padding padding = Padding::valid;
};

/// The sliding window over pictures of `height` x `width`; refused where it does not fit.
struct Slide {
  Window window;

  Slide(const LayerBuilder& builder, std::array<std::int64_t, 2> kernel, std::array<std::int64_t, 2> stride,
        std::array<std::int64_t, 2> dilation, Padding padding, const Shape& from, const char* field) {
    window.kernel = kernel;
    window.stride = stride;
    window.dilation = dilation;
    const std::array<std::int64_t, 2> extent{from[2], from[3]};
    if (padding == Padding::same) {
      for (std::size_t axis = 0; axis < 2; ++axis) {
        const std::int64_t positions = (extent[axis] + stride[axis] - 1) / stride[axis];
        const std::int64_t zeros =
            std::max<std::int64_t>((positions - 1) * stride[axis] + window.reach(axis) - extent[axis], 0);
        window.before[axis] = zeros / 2;
        window.after[axis] = zeros - zeros / 2;
      }
      return;
    }
    if (window.reach(0) <= extent[0] && window.reach(1) <= extent[1]) return;
    const bool dilated = dilation[0] > 1 || dilation[1] > 1;
    builder.refuse("its window of " + times_text(kernel[0], kernel[1]) +
                       (dilated ? ", dilated to " + times_text(window.reach(0), window.reach(1)) + "," : "") +
                       " does not fit pictures of " + times_text(extent[0], extent[1]),
                   field, "a window inside of the pictures, or padding \"same\"");
  }

  Attributes attributes() const {
    Attributes result{{"strides", Shape(window.stride.begin(), window.stride.end())},
                      {"pads", Shape{window.before[0], window.before[1], window.after[0], window.after[1]}}};
    if (window.dilation != std::array<std::int64_t, 2>{1, 1})
      result["dilations"] = Shape(window.dilation.begin(), window.dilation.end());
    return result;
  }
};

struct ConvolutionFields : WindowFields, WeightFields {
  std::vector<int> kernel_size = {3};
  std::vector<int> strides = {1};
  std::vector<int> dilation_rate = {1};
};

template <class T>
Schema<T>&& with_convolution_fields(Schema<T>&& schema) {
  ParamSpec dilation =
      extent_spec("dilation_rate", "Dilation", "Pixels from one weight of the window to the next.", 1000);
  dilation.advanced = true;
  return with_layer_fields(with_weight_fields(
      std::move(schema)
          .add(
              &ConvolutionFields::kernel_size,
              extent_spec("kernel_size", "Window", "Height and width of the window; one number stands for both.", 1000))
          .add(&ConvolutionFields::strides,
               extent_spec("strides", "Strides", "Pixels from one place of the window to the next.", 1000))
          .add(&WindowFields::padding, padding_spec())
          .add(&ConvolutionFields::dilation_rate, std::move(dilation))));
}

ParamSpec filters_spec() {
  return {.name = "filters",
          .label = "Filters",
          .help = "How many patterns to look for: channels of the output.",
          .valid = {1, 65536},
          .search = {4, 512},
          .scale = Scale::log};
}

ValueId convolved(LayerBuilder& builder, const ConvolutionFields& fields, ValueId x, std::int64_t filters,
                  std::int64_t groups) {
  const Shape from = builder.shape(x);
  const Slide slide(builder, both(builder, fields.kernel_size, "kernel_size"), both(builder, fields.strides, "strides"),
                    both(builder, fields.dilation_rate, "dilation_rate"), fields.padding, from, "kernel_size");
  const auto& kernel = slide.window.kernel;
  const Shape weights{filters, from[1] / groups, kernel[0], kernel[1]};
  const auto area = static_cast<double>(kernel[0] * kernel[1]);
  std::vector<ValueId> inputs{
      x, builder.weight(fields, weights, static_cast<double>(from[1]) / static_cast<double>(groups) * area,
                        static_cast<double>(filters) / static_cast<double>(groups) * area)};
  if (fields.use_bias) inputs.push_back(builder.parameter("bias", {filters}));
  Attributes attributes = slide.attributes();
  if (groups > 1) attributes["group"] = groups;
  return builder.activate(builder.add("Conv", inputs, attributes), fields.activation);
}

struct Conv2D : ConvolutionFields {
  int filters = 32;
  int groups = 1;
};

const Schema<Conv2D>& conv_schema() {
  static const auto s = with_convolution_fields(Schema<Conv2D>{}.add(&Conv2D::filters, filters_spec()))
                            .add(&Conv2D::groups, {.name = "groups",
                                                   .label = "Groups",
                                                   .help = "Parts into which the channels are divided; each filter "
                                                           "sees one of them.",
                                                   .valid = {1, 65536},
                                                   .advanced = true});
  return s;
}

ValueId build_conv(LayerBuilder& builder, const Conv2D& fields) {
  const ValueId x = builder.pictures(fields.input);
  const std::int64_t channels = builder.shape(x)[1];
  if (channels % fields.groups != 0 || fields.filters % fields.groups != 0)
    builder.refuse(std::to_string(fields.groups) + " groups do not divide " + std::to_string(channels) +
                       " channels and " + std::to_string(fields.filters) + " filters",
                   "groups", "a number that divides both channels and filters");
  return convolved(builder, fields, x, fields.filters, fields.groups);
}

struct DepthwiseConv2D : ConvolutionFields {
  int depth_multiplier = 1;
};

const Schema<DepthwiseConv2D>& depthwise_schema() {
  static const auto s =
      with_convolution_fields(Schema<DepthwiseConv2D>{})
          .add(&DepthwiseConv2D::depth_multiplier, {.name = "depth_multiplier",
                                                    .label = "Depth multiplier",
                                                    .help = "How many patterns to look for in each channel.",
                                                    .valid = {1, 1024},
                                                    .advanced = true});
  return s;
}

ValueId build_depthwise(LayerBuilder& builder, const DepthwiseConv2D& fields) {
  const ValueId x = builder.pictures(fields.input);
  const std::int64_t channels = builder.shape(x)[1];
  return convolved(builder, fields, x, channels * fields.depth_multiplier, channels);
}

struct Conv2DTranspose : ConvolutionFields {
  int filters = 32;
};

const Schema<Conv2DTranspose>& transpose_schema() {
  static const auto s =
      with_convolution_fields(Schema<Conv2DTranspose>{}.add(&Conv2DTranspose::filters, filters_spec()));
  return s;
}

/// Output extents as Keras makes them: with "same" padding the input's times the stride.
ValueId build_transpose(LayerBuilder& builder, const Conv2DTranspose& fields) {
  const ValueId x = builder.pictures(fields.input);
  const Shape from = builder.shape(x);
  Window window;
  window.kernel = both(builder, fields.kernel_size, "kernel_size");
  window.stride = both(builder, fields.strides, "strides");
  window.dilation = both(builder, fields.dilation_rate, "dilation_rate");
  Shape pads(4, 0), extra(2, 0);
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t surplus = window.reach(axis) - window.stride[axis];
    extra[axis] = std::max<std::int64_t>(-surplus, 0);
    if (fields.padding == Padding::valid || surplus <= 0) continue;
    pads[axis] = surplus / 2;
    pads[axis + 2] = surplus - surplus / 2;
  }
  const auto area = static_cast<double>(window.kernel[0] * window.kernel[1]);
  std::vector<ValueId> inputs{
      x, builder.weight(fields, {from[1], fields.filters, window.kernel[0], window.kernel[1]},
                        static_cast<double>(from[1]) * area, static_cast<double>(fields.filters) * area)};
  if (fields.use_bias) inputs.push_back(builder.parameter("bias", {fields.filters}));
  Attributes attributes{
      {"strides", Shape(window.stride.begin(), window.stride.end())}, {"pads", pads}, {"output_padding", extra}};
  if (window.dilation != std::array<std::int64_t, 2>{1, 1})
    attributes["dilations"] = Shape(window.dilation.begin(), window.dilation.end());
  return builder.activate(builder.add("ConvTranspose", inputs, attributes), fields.activation);
}

struct Pooling : WindowFields {
  std::vector<int> pool_size = {2};
  std::optional<std::vector<int>> strides;
};

const Schema<Pooling>& pooling_schema() {
  static const auto s = with_layer_fields(
      Schema<Pooling>{}
          .add(&Pooling::pool_size,
               extent_spec("pool_size", "Window", "Height and width of the window; one number stands for both.", 1000))
          .add(&Pooling::strides, extent_spec("strides", "Strides",
                                              "Pixels from one place of the window to the next. Automatic is the "
                                              "window's size: places do not overlap.",
                                              1000))
          .add(&WindowFields::padding, padding_spec()));
  return s;
}

ValueId pooled(LayerBuilder& builder, const Pooling& fields, const char* op) {
  const ValueId x = builder.pictures(fields.input);
  const Slide slide(builder, both(builder, fields.pool_size, "pool_size"),
                    both(builder, fields.strides.value_or(fields.pool_size), "strides"), {1, 1}, fields.padding,
                    builder.shape(x), "pool_size");
  Attributes attributes = slide.attributes();
  attributes["kernel_shape"] = Shape(slide.window.kernel.begin(), slide.window.kernel.end());
  return builder.add(op, {x}, attributes);
}

ValueId build_max_pooling(LayerBuilder& builder, const Pooling& fields) {
  return pooled(builder, fields, "MaxPool");
}

ValueId build_average_pooling(LayerBuilder& builder, const Pooling& fields) {
  return pooled(builder, fields, "AveragePool");
}

struct GlobalPooling : LayerFields {
  bool keepdims = false;
};

const Schema<GlobalPooling>& global_schema() {
  static const auto s = with_layer_fields(Schema<GlobalPooling>{}.add(
      &GlobalPooling::keepdims, {.name = "keepdims",
                                 .label = "Keep pictures",
                                 .help = "Makes pictures of 1 x 1 pixels instead of rows, for layers that want them.",
                                 .advanced = true}));
  return s;
}

ValueId build_global_pooling(LayerBuilder& builder, const GlobalPooling& fields) {
  const ValueId mean = builder.add("GlobalAveragePool", {builder.pictures(fields.input)});
  return fields.keepdims ? mean : builder.add("Flatten", {mean});
}

}  // namespace

void add_window_layers(std::vector<LayerInfo>& list) {
  list.push_back(make_layer("Conv2D", "Convolution", "Convolutions",
                            "Looks for small patterns everywhere in a picture: each filter slides over it and sums up "
                            "what it sees, with the same weights at every place (LeCun et al. 1998).",
                            conv_schema(), build_conv));
  list.push_back(make_layer("DepthwiseConv2D", "Depthwise convolution", "Convolutions",
                            "Looks for patterns in every channel by itself; a Conv2D of 1 x 1 after it mixes the "
                            "channels at an eighth of the cost of a whole convolution (Howard et al. 2017).",
                            depthwise_schema(), build_depthwise));
  list.push_back(make_layer("Conv2DTranspose", "Transposed convolution", "Convolutions",
                            "A convolution run backwards: with a stride it makes pictures larger, with learnt weights.",
                            transpose_schema(), build_transpose));
  list.push_back(make_layer("MaxPooling2D", "Maximum pooling", "Poolings",
                            "Keeps the largest number under its window: the pictures shrink, what was found stays.",
                            pooling_schema(), build_max_pooling));
  list.push_back(make_layer("AveragePooling2D", "Average pooling", "Poolings",
                            "Keeps the mean of the numbers under its window; zeros around a picture do not count.",
                            pooling_schema(), build_average_pooling));
  list.push_back(make_layer("GlobalAveragePooling2D", "Global average pooling", "Poolings",
                            "The mean of each channel over the whole picture: a row of as many numbers as channels "
                            "(Lin et al. 2013).",
                            global_schema(), build_global_pooling));
}

}  // namespace gb
