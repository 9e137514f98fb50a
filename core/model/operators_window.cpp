#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/backend/window.hpp"
#include "core/base/parallel.hpp"
#include "core/linalg/matrix.hpp"
#include "core/model/operators.hpp"

// Operators with a window that slides over pictures [N, C, H, W], and those that make pictures smaller or larger.

namespace gb {
namespace {

using std::int64_t;
using ConstMap = Eigen::Map<const MatrixF>;
using Map = Eigen::Map<MatrixF>;

/// Larger ones are no picture's: keeps what is computed from them from overflowing.
constexpr int64_t most_pixels = int64_t{1} << 30;

template <std::size_t Size>
std::array<int64_t, Size> numbers(const NodeAttributes& given, const std::string& name, int64_t least,
                                  int64_t otherwise) {
  std::array<int64_t, Size> result;
  result.fill(otherwise);
  const auto* values = given.find<Tensor::Integers>(name);
  if (!values) return result;
  if (values->size() != Size)
    throw ModelError("attribute '" + name + "' has " + std::to_string(values->size()) +
                     " numbers where pictures need " + std::to_string(Size));
  for (const int64_t value : *values)
    if (value < least || value > most_pixels)
      throw ModelError("attribute '" + name + "' holds " + std::to_string(value));
  std::copy(values->begin(), values->end(), result.begin());
  return result;
}

/// How padding that is not written out is found: ONNX's auto_pad.
enum class AutomaticPadding { none, upper, lower };

/// A window as a file describes it; `has_kernel` tells whether its size is among the attributes.
struct Sliding {
  Window window;
  AutomaticPadding automatic = AutomaticPadding::none;
  bool has_kernel = false;

  explicit Sliding(const NodeAttributes& given) {
    window.kernel = numbers<2>(given, "kernel_shape", 1, 1);
    window.stride = numbers<2>(given, "strides", 1, 1);
    window.dilation = numbers<2>(given, "dilations", 1, 1);
    const auto pads = numbers<4>(given, "pads", 0, 0);
    window.before = {pads[0], pads[1]};
    window.after = {pads[2], pads[3]};
    window.group = given.integer("group", 1);
    if (window.group < 1 || window.group > most_pixels) throw ModelError("attribute 'group' must be at least 1");
    has_kernel = given.has("kernel_shape");
    const std::string rule = given.text("auto_pad", "NOTSET");
    if (rule == "SAME_UPPER")
      automatic = AutomaticPadding::upper;
    else if (rule == "SAME_LOWER")
      automatic = AutomaticPadding::lower;
    else if (rule != "NOTSET" && rule != "VALID")
      throw ModelError("has the unknown auto_pad '" + rule + "'");
    if (given.integer("ceil_mode", 0) != 0) throw ModelError("rounds up (ceil_mode), which is not supported");
    if (given.integer("storage_order", 0) != 0) throw ModelError("counts by columns, which is not supported");
  }

  /// The window over these pictures, padding found.
  Window over(const Shape& from) const {
    Window found = window;
    if (automatic == AutomaticPadding::none) return found;
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const int64_t positions = (from[axis + 2] + found.stride[axis] - 1) / found.stride[axis];
      const int64_t zeros =
          std::max<int64_t>((positions - 1) * found.stride[axis] + found.reach(axis) - from[axis + 2], 0);
      found.before[axis] = automatic == AutomaticPadding::upper ? zeros / 2 : zeros - zeros / 2;
      found.after[axis] = zeros - found.before[axis];
    }
    return found;
  }
};

const Shape& pictures(const Tensor& tensor) {
  if (tensor.rank() != 4) throw ModelError("takes pictures [N, C, H, W], not " + shape_text(tensor.shape));
  for (const int64_t extent : tensor.shape)
    if (extent > most_pixels) throw ModelError("takes no pictures of " + shape_text(tensor.shape));
  return tensor.shape;
}

/// The extents that the window leaves, `channels` deep.
Shape passed(const Window& window, const Shape& from, int64_t channels) {
  Shape to{from[0], channels, window.positions(0, from[2]), window.positions(1, from[3])};
  if (to[2] < 1 || to[3] < 1) throw ModelError("its window does not fit pictures of " + shape_text(from));
  return to;
}

const float* bias_of(Operands in, int64_t filters) {
  if (in.size() < 3 || !in[2]) return nullptr;
  if (in[2]->shape != Shape{filters})
    throw ModelError("has a bias of " + shape_text(in[2]->shape) + " for " + std::to_string(filters) + " filters");
  return in[2]->reals().data();
}

/// What the window sees of some channels at each of its positions: a row per channel and place in the window, a column
/// per position.
struct Patches {
  const Window& window;
  int64_t channels, height, width, rows, columns;

  int64_t depth() const { return channels * window.kernel[0] * window.kernel[1]; }
  int64_t positions() const { return rows * columns; }
  /// The patches are the picture itself.
  bool trivial() const {
    return window.kernel[0] * window.kernel[1] == 1 && window.stride[0] * window.stride[1] == 1 &&
           window.before[0] + window.before[1] + window.after[0] + window.after[1] == 0;
  }

  /// Calls body(place in `patches`, place in the picture or -1) for every entry, row by row.
  template <class Body>
  void walk(Body body) const {
    int64_t at = 0;
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t i = 0; i < window.kernel[0]; ++i)
        for (int64_t j = 0; j < window.kernel[1]; ++j)
          for (int64_t p = 0; p < rows; ++p) {
            const int64_t h = p * window.stride[0] - window.before[0] + i * window.dilation[0];
            const bool inside = h >= 0 && h < height;
            const int64_t line = (c * height + h) * width;
            for (int64_t q = 0; q < columns; ++q, ++at) {
              const int64_t v = q * window.stride[1] - window.before[1] + j * window.dilation[1];
              body(at, inside && v >= 0 && v < width ? line + v : int64_t{-1});
            }
          }
  }
};

/// Memory for the patches of each thread. Throws ModelError where that would be too much.
std::vector<Tensor::Reals> patch_memory(const Patches& patches, std::size_t chunks) {
  std::vector<Tensor::Reals> memory(chunks);
  for (auto& one : memory) one = computed_values<float>({patches.depth(), patches.positions()});
  return memory;
}

/// X [N, C, H, W], W [M, C / group, kH, kW], B [M]: a matrix product per picture and group.
Tensor convolution(Operands in, const Sliding& sliding) {
  const Shape& from = pictures(*in[0]);
  const Shape& weights = pictures(*in[1]);
  Sliding sized = sliding;
  if (sized.has_kernel && (sized.window.kernel[0] != weights[2] || sized.window.kernel[1] != weights[3]))
    throw ModelError("has weights " + shape_text(weights) + " for another kernel_shape");
  sized.window.kernel = {weights[2], weights[3]};
  const Window window = sized.over(from);
  const int64_t groups = window.group;
  const int64_t filters = weights[0];
  if (from[1] % groups != 0 || weights[1] != from[1] / groups || filters % groups != 0 || element_count(weights) == 0)
    throw ModelError("has weights " + shape_text(weights) + " for pictures " + shape_text(from) + " in " +
                     std::to_string(groups) + " groups");
  const float* bias = bias_of(in, filters);
  const Shape shape = passed(window, from, filters);
  Tensor::Reals values = computed_values<float>(shape);
  const Patches patches{window, weights[1], from[2], from[3], shape[2], shape[3]};
  const auto count = static_cast<std::size_t>(from[0]);
  auto memory = patch_memory(patches, patches.trivial() ? 0 : chunk_count(count, 1));
  const int64_t each = filters / groups;
  const int64_t plane = from[2] * from[3];
  const float* x = in[0]->reals().data();
  const float* w = in[1]->reals().data();
  parallel_chunks(count, 1, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
    for (auto n = static_cast<int64_t>(begin); n < static_cast<int64_t>(end); ++n)
      for (int64_t g = 0; g < groups; ++g) {
        const float* picture = x + (n * from[1] + g * weights[1]) * plane;
        const float* seen = picture;
        if (!patches.trivial()) {
          float* into = memory[chunk].data();
          patches.walk([&](int64_t at, int64_t place) { into[at] = place < 0 ? 0.0F : picture[place]; });
          seen = into;
        }
        Map y(values.data() + (n * filters + g * each) * patches.positions(), each, patches.positions());
        y.noalias() = ConstMap(w + g * each * patches.depth(), each, patches.depth()) *
                      ConstMap(seen, patches.depth(), patches.positions());
        for (int64_t m = 0; bias && m < each; ++m) y.row(m).array() += bias[g * each + m];
      }
  });
  return {shape, std::move(values)};
}

/// X [N, C, H, W], W [C, M / group, kH, kW], B [M]: each number of X spreads the weights over a patch of Y.
Tensor transposed_convolution(Operands in, const Sliding& sliding, const std::array<int64_t, 2>& extra) {
  const Shape& from = pictures(*in[0]);
  const Shape& weights = pictures(*in[1]);
  if (sliding.automatic != AutomaticPadding::none) throw ModelError("has an auto_pad, which is not supported here");
  Window window = sliding.window;
  window.kernel = {weights[2], weights[3]};
  const int64_t groups = window.group;
  if (weights[0] != from[1] || from[1] % groups != 0 || element_count(weights) == 0 || element_count(from) == 0)
    throw ModelError("has weights " + shape_text(weights) + " for pictures " + shape_text(from) + " in " +
                     std::to_string(groups) + " groups");
  const int64_t each = weights[1];
  const int64_t filters = each * groups;
  const float* bias = bias_of(in, filters);
  Shape shape{from[0], filters, 0, 0};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    shape[axis + 2] = (from[axis + 2] - 1) * window.stride[axis] + extra[axis] + window.reach(axis) -
                      window.before[axis] - window.after[axis];
    if (shape[axis + 2] < 1) throw ModelError("its padding leaves nothing of pictures " + shape_text(from));
  }
  Tensor::Reals values = computed_values<float>(shape);
  const Patches patches{window, each, shape[2], shape[3], from[2], from[3]};
  const auto count = static_cast<std::size_t>(from[0]);
  auto memory = patch_memory(patches, chunk_count(count, 1));
  const int64_t channels = from[1] / groups;
  const int64_t plane = shape[2] * shape[3];
  const float* x = in[0]->reals().data();
  const float* w = in[1]->reals().data();
  parallel_chunks(count, 1, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
    for (auto n = static_cast<int64_t>(begin); n < static_cast<int64_t>(end); ++n)
      for (int64_t g = 0; g < groups; ++g) {
        Map spread(memory[chunk].data(), patches.depth(), patches.positions());
        spread.noalias() =
            ConstMap(w + g * channels * patches.depth(), channels, patches.depth()).transpose() *
            ConstMap(x + (n * from[1] + g * channels) * patches.positions(), channels, patches.positions());
        float* y = values.data() + (n * filters + g * each) * plane;
        for (int64_t m = 0; m < each; ++m) std::fill_n(y + m * plane, plane, bias ? bias[g * each + m] : 0.0F);
        patches.walk([&](int64_t at, int64_t place) {
          if (place >= 0) y[place] += spread.data()[at];
        });
      }
  });
  return {shape, std::move(values)};
}

/// Calls body(values of the window inside of the picture) per position, plane by plane; `body` takes a visitor.
template <class Start, class Take, class Finish>
Tensor pooled(const Tensor& x, const Sliding& sliding, Start start, Take take, Finish finish) {
  const Shape& from = pictures(x);
  const Window window = sliding.over(from);
  if (!sliding.has_kernel) throw ModelError("has no attribute 'kernel_shape'");
  for (std::size_t axis = 0; axis < 2; ++axis)
    if (std::max(window.before[axis], window.after[axis]) >= window.reach(axis))
      throw ModelError("pads by more than its window");
  const Shape shape = passed(window, from, from[1]);
  Tensor::Reals values = computed_values<float>(shape);
  const float* source = x.reals().data();
  std::size_t to = 0;
  for (int64_t plane = 0; plane < from[0] * from[1]; ++plane, source += from[2] * from[3])
    for (int64_t p = 0; p < shape[2]; ++p)
      for (int64_t q = 0; q < shape[3]; ++q) {
        auto sum = start;
        int64_t seen = 0;
        for (int64_t i = 0; i < window.kernel[0]; ++i) {
          const int64_t h = p * window.stride[0] - window.before[0] + i * window.dilation[0];
          if (h < 0 || h >= from[2]) continue;
          for (int64_t j = 0; j < window.kernel[1]; ++j) {
            const int64_t v = q * window.stride[1] - window.before[1] + j * window.dilation[1];
            if (v < 0 || v >= from[3]) continue;
            sum = take(sum, source[h * from[3] + v]);
            ++seen;
          }
        }
        values[to++] = finish(sum, seen, window);
      }
  return {shape, std::move(values)};
}

Tensor max_pooled(const Tensor& x, const Sliding& sliding) {
  return pooled(
      x, sliding, -std::numeric_limits<float>::infinity(),
      [](float most, float value) { return value > most ? value : most; },
      [](float most, int64_t, const Window&) { return most; });
}

Tensor average_pooled(const Tensor& x, const Sliding& sliding, bool counts_padding) {
  return pooled(
      x, sliding, 0.0, [](double sum, float value) { return sum + static_cast<double>(value); },
      [counts_padding](double sum, int64_t seen, const Window& window) {
        const int64_t count = counts_padding ? window.kernel[0] * window.kernel[1] : seen;
        return static_cast<float>(count > 0 ? sum / static_cast<double>(count) : 0);
      });
}

Tensor global_average(Operands in) {
  const Shape& from = pictures(*in[0]);
  const int64_t plane = from[2] * from[3];
  const Shape shape{from[0], from[1], 1, 1};
  Tensor::Reals values = computed_values<float>(shape);
  const float* source = in[0]->reals().data();
  for (float& value : values) {
    double sum = 0;
    for (int64_t i = 0; i < plane; ++i) sum += static_cast<double>(*source++);
    value = static_cast<float>(sum / static_cast<double>(plane));
  }
  return {shape, std::move(values)};
}

/// Where a coordinate of the result lies in the source: ONNX's coordinate_transformation_mode.
enum class Coordinates { half_pixel, asymmetric };

struct Resize {
  bool linear;
  Coordinates coordinates;

  /// Two neighbours and the weight of the second.
  struct Blend {
    int64_t low, high;
    float weight;
  };

  Blend blend(int64_t place, int64_t in, double scale) const {
    const double at = coordinates == Coordinates::asymmetric ? static_cast<double>(place) / scale
                                                             : (static_cast<double>(place) + 0.5) / scale - 0.5;
    if (!linear) {
      // nearest_mode floor; a hair above absorbs the rounding of the scale.
      const auto nearest = static_cast<int64_t>(std::floor(at + 1e-6));
      const int64_t kept = std::clamp<int64_t>(nearest, 0, in - 1);
      return {kept, kept, 0};
    }
    const double inside = std::clamp(at, 0.0, static_cast<double>(in - 1));
    const auto low = static_cast<int64_t>(inside);
    return {low, std::min(low + 1, in - 1), static_cast<float>(inside - static_cast<double>(low))};
  }

  /// X, roi (not used), scales [4] or sizes [4].
  Tensor operator()(Operands in) const {
    const Shape& from = pictures(*in[0]);
    if (element_count(from) == 0) throw ModelError("resizes " + shape_text(from) + ", which has no pixels");
    const bool has_sizes = in.size() > 3 && in[3];
    Shape shape = from;
    std::array<double, 2> scale{1, 1};
    if (has_sizes) {
      const auto& sizes = in[3]->integers();
      if (sizes.size() != 4 || sizes[0] != from[0] || sizes[1] != from[1] || sizes[2] < 1 || sizes[3] < 1)
        throw ModelError("resizes " + shape_text(from) + " to " + shape_text(sizes) + "; height and width may change");
      shape = sizes;
      for (std::size_t axis = 0; axis < 2; ++axis)
        scale[axis] = static_cast<double>(shape[axis + 2]) / static_cast<double>(from[axis + 2]);
    } else {
      if (in.size() < 3 || !in[2]) throw ModelError("has neither scales nor sizes");
      const auto& scales = in[2]->reals();
      if (scales.size() != 4 || scales[0] != 1 || scales[1] != 1)
        throw ModelError("has scales other than of height and width");
      for (std::size_t axis = 0; axis < 2; ++axis) {
        scale[axis] = static_cast<double>(scales[axis + 2]);
        const double extent = std::floor(static_cast<double>(from[axis + 2]) * scale[axis]);
        if (!(extent >= 1 && extent <= static_cast<double>(most_pixels)))
          throw ModelError("has the scale " + std::to_string(scale[axis]));
        shape[axis + 2] = static_cast<int64_t>(extent);
      }
    }
    Tensor::Reals values = computed_values<float>(shape);
    std::vector<Blend> columns;
    for (int64_t q = 0; q < shape[3]; ++q) columns.push_back(blend(q, from[3], scale[1]));
    const float* source = in[0]->reals().data();
    std::size_t to = 0;
    for (int64_t plane = 0; plane < from[0] * from[1]; ++plane, source += from[2] * from[3])
      for (int64_t p = 0; p < shape[2]; ++p) {
        const Blend row = blend(p, from[2], scale[0]);
        const float* low = source + row.low * from[3];
        const float* high = source + row.high * from[3];
        for (const Blend& column : columns) {
          const float top = low[column.low] + column.weight * (low[column.high] - low[column.low]);
          const float bottom = high[column.low] + column.weight * (high[column.high] - high[column.low]);
          values[to++] = top + row.weight * (bottom - top);
        }
      }
    return {shape, std::move(values)};
  }
};

NodeKernel make_resize(const NodeAttributes& given) {
  const std::string mode = given.text("mode", "nearest");
  const std::string coordinates = given.text("coordinate_transformation_mode", "half_pixel");
  if (mode != "nearest" && mode != "linear") throw ModelError("has the mode '" + mode + "', which is not supported");
  if (coordinates != "half_pixel" && coordinates != "asymmetric")
    throw ModelError("has the coordinates '" + coordinates + "', which are not supported");
  if (mode == "nearest" && given.text("nearest_mode", "round_prefer_floor") != "floor")
    throw ModelError("rounds to the nearest pixel otherwise than down, which is not supported");
  return Resize{mode == "linear", coordinates == "asymmetric" ? Coordinates::asymmetric : Coordinates::half_pixel};
}

const std::vector<OnnxOperator>& table() {
  static const std::vector<OnnxOperator> operators{
      {"",
       "Conv",
       2,
       3,
       {"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"},
       [](const NodeAttributes& given) -> NodeKernel {
         return [sliding = Sliding(given)](Operands in) { return convolution(in, sliding); };
       }},
      {"",
       "ConvTranspose",
       2,
       3,
       {"auto_pad", "dilations", "group", "kernel_shape", "output_padding", "pads", "strides"},
       [](const NodeAttributes& given) -> NodeKernel {
         return [sliding = Sliding(given), extra = numbers<2>(given, "output_padding", 0, 0)](Operands in) {
           return transposed_convolution(in, sliding, extra);
         };
       }},
      {"",
       "MaxPool",
       1,
       1,
       {"auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"},
       [](const NodeAttributes& given) -> NodeKernel {
         return [sliding = Sliding(given)](Operands in) { return max_pooled(*in[0], sliding); };
       }},
      {"",
       "AveragePool",
       1,
       1,
       {"auto_pad", "ceil_mode", "count_include_pad", "kernel_shape", "pads", "strides"},
       [](const NodeAttributes& given) -> NodeKernel {
         return [sliding = Sliding(given), counts = given.integer("count_include_pad", 0) != 0](Operands in) {
           return average_pooled(*in[0], sliding, counts);
         };
       }},
      {"", "GlobalAveragePool", 1, 1, {}, [](const NodeAttributes&) -> NodeKernel { return global_average; }},
      {"", "Resize", 1, 4, {"mode", "coordinate_transformation_mode", "nearest_mode"}, make_resize},
  };
  return operators;
}

}  // namespace

std::span<const OnnxOperator> window_operators() {
  return table();
}

}  // namespace gb
