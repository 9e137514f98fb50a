#include <algorithm>
#include <cmath>
#include <limits>

#include "core/backend/reference/kernels.hpp"
#include "core/backend/window.hpp"

namespace gb::reference {
namespace {

/// One position of the window, cut to the picture.
struct Span {
  std::int64_t begin, end;
};
Span span_of(const Window& window, std::size_t axis, std::int64_t position, std::int64_t extent) {
  const std::int64_t first = position * window.stride[axis] - window.before[axis];
  return {std::max<std::int64_t>(first, 0), std::min(first + window.kernel[axis], extent)};
}

/// Calls body(plane, place in y's plane, rows seen, columns seen) for every output of a pooling from x to y.
template <class Body>
void for_windows(const Window& window, const Shape& x, const Shape& y, Body body) {
  for (std::int64_t plane = 0; plane < y[0] * y[1]; ++plane)
    for (std::int64_t p = 0; p < y[2]; ++p)
      for (std::int64_t q = 0; q < y[3]; ++q)
        body(plane, p * y[3] + q, span_of(window, 0, p, x[2]), span_of(window, 1, q, x[3]));
}

/// Outputs Y and, as int32, the place of each maximum in its plane of X.
template <class T>
void max_pool(const Operation& operation) {
  const Shape& in = operation.inputs[0].shape;
  const Shape& out = operation.outputs[0].shape;
  T* y = operation.outputs[0].as<T>();
  auto* places = operation.outputs.size() > 1 ? operation.outputs[1].as<std::int32_t>() : nullptr;
  const Window window = Window::from(operation.attributes);
  for_windows(window, in, out, [&](std::int64_t plane, std::int64_t place, Span rows, Span columns) {
    const T* x = operation.inputs[0].as<T>() + plane * in[2] * in[3];
    T best = -std::numeric_limits<T>::infinity();
    std::int64_t found = rows.begin * in[3] + columns.begin;
    for (std::int64_t i = rows.begin; i < rows.end; ++i)
      for (std::int64_t j = columns.begin; j < columns.end; ++j)
        if (const T value = x[i * in[3] + j]; value > best) {
          best = value;
          found = i * in[3] + j;
        }
    y[plane * out[2] * out[3] + place] = best;
    if (places) places[plane * out[2] * out[3] + place] = static_cast<std::int32_t>(found);
  });
}

/// Inputs dY, places.
template <class T>
void max_pool_grad(const Operation& operation) {
  const Operand& dx = operation.outputs[0];
  const Shape& from = operation.inputs[0].shape;
  const T* dy = operation.inputs[0].as<T>();
  const auto* places = operation.inputs[1].as<std::int32_t>();
  std::fill_n(dx.as<T>(), dx.size(), T(0));
  const std::int64_t in_plane = from[2] * from[3];
  const std::int64_t out_plane = dx.shape[2] * dx.shape[3];
  for (std::int64_t i = 0; i < operation.inputs[0].size(); ++i)
    dx.as<T>()[i / in_plane * out_plane + places[i]] += dy[i];
}

/// How many numbers an average divides by: those seen, or (count_include_pad) all that the window covers.
std::int64_t divisor(const Operation& operation, const Window& window, Span rows, Span columns) {
  if (integer_attribute(operation.attributes, "count_include_pad", 0) != 0) return window.kernel[0] * window.kernel[1];
  return (rows.end - rows.begin) * (columns.end - columns.begin);
}

template <class T>
void average_pool(const Operation& operation) {
  const Shape& in = operation.inputs[0].shape;
  const Shape& out = operation.outputs[0].shape;
  const Window window = Window::from(operation.attributes);
  for_windows(window, in, out, [&](std::int64_t plane, std::int64_t place, Span rows, Span columns) {
    const T* x = operation.inputs[0].as<T>() + plane * in[2] * in[3];
    double sum = 0;
    for (std::int64_t i = rows.begin; i < rows.end; ++i)
      for (std::int64_t j = columns.begin; j < columns.end; ++j) sum += static_cast<double>(x[i * in[3] + j]);
    operation.outputs[0].as<T>()[plane * out[2] * out[3] + place] =
        static_cast<T>(sum / static_cast<double>(divisor(operation, window, rows, columns)));
  });
}

template <class T>
void average_pool_grad(const Operation& operation) {
  const Operand& dx = operation.outputs[0];
  const Shape& out = operation.inputs[0].shape;
  const Shape& in = dx.shape;
  std::fill_n(dx.as<T>(), dx.size(), T(0));
  const Window window = Window::from(operation.attributes);
  for_windows(window, in, out, [&](std::int64_t plane, std::int64_t place, Span rows, Span columns) {
    const T share = operation.inputs[0].as<T>()[plane * out[2] * out[3] + place] /
                    static_cast<T>(divisor(operation, window, rows, columns));
    T* to = dx.as<T>() + plane * in[2] * in[3];
    for (std::int64_t i = rows.begin; i < rows.end; ++i)
      for (std::int64_t j = columns.begin; j < columns.end; ++j) to[i * in[3] + j] += share;
  });
}

template <class T>
void global_average_pool(const Operation& operation) {
  const Operand& x = operation.inputs[0];
  const std::int64_t plane = x.shape[2] * x.shape[3];
  for (std::int64_t i = 0; i < x.shape[0] * x.shape[1]; ++i) {
    double sum = 0;
    for (std::int64_t j = 0; j < plane; ++j) sum += static_cast<double>(x.as<T>()[i * plane + j]);
    operation.outputs[0].as<T>()[i] = static_cast<T>(sum / static_cast<double>(plane));
  }
}

/// What one output coordinate of a resize is made of: two neighbours and the weight of the second.
struct Blend {
  std::int64_t low, high;
  double weight;
};
Blend blend_of(bool linear, std::int64_t place, std::int64_t in, std::int64_t out) {
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  if (!linear) {
    const auto nearest = std::min(static_cast<std::int64_t>(std::floor(static_cast<double>(place) * scale)), in - 1);
    return {nearest, nearest, 0};
  }
  const double at = std::clamp((static_cast<double>(place) + 0.5) * scale - 0.5, 0.0, static_cast<double>(in - 1));
  const auto low = static_cast<std::int64_t>(at);
  return {low, std::min(low + 1, in - 1), at - static_cast<double>(low)};
}

/// Calls body(place in the large shape `out`, place in `in`, weight) for all that a resize sums up.
template <class Body>
void for_blends(const Operation& operation, const Shape& in, const Shape& out, Body body) {
  const bool linear = text_attribute(operation.attributes, "mode", "nearest") == "linear";
  for (std::int64_t plane = 0; plane < out[0] * out[1]; ++plane)
    for (std::int64_t p = 0; p < out[2]; ++p) {
      const Blend row = blend_of(linear, p, in[2], out[2]);
      for (std::int64_t q = 0; q < out[3]; ++q) {
        const Blend column = blend_of(linear, q, in[3], out[3]);
        const std::int64_t to = (plane * out[2] + p) * out[3] + q;
        const std::int64_t low = (plane * in[2] + row.low) * in[3];
        const std::int64_t high = (plane * in[2] + row.high) * in[3];
        body(to, low + column.low, (1 - row.weight) * (1 - column.weight));
        if (!linear) continue;
        body(to, low + column.high, (1 - row.weight) * column.weight);
        body(to, high + column.low, row.weight * (1 - column.weight));
        body(to, high + column.high, row.weight * column.weight);
      }
    }
}

template <class T>
void resize(const Operation& operation) {
  const T* x = operation.inputs[0].as<T>();
  const Operand& y = operation.outputs[0];
  std::fill_n(y.as<T>(), y.size(), T(0));
  for_blends(operation, operation.inputs[0].shape, y.shape, [&](std::int64_t to, std::int64_t from, double weight) {
    y.as<T>()[to] += static_cast<T>(weight) * x[from];
  });
}

template <class T>
void resize_grad(const Operation& operation) {
  const T* dy = operation.inputs[0].as<T>();
  const Operand& dx = operation.outputs[0];
  std::fill_n(dx.as<T>(), dx.size(), T(0));
  for_blends(operation, dx.shape, operation.inputs[0].shape, [&](std::int64_t to, std::int64_t from, double weight) {
    dx.as<T>()[from] += static_cast<T>(weight) * dy[to];
  });
}

}  // namespace

template <class T>
void add_pooling_kernels(KernelTable<T>& table) {
  table["MaxPool"] = max_pool<T>;
  table["MaxPoolGrad"] = max_pool_grad<T>;
  table["AveragePool"] = average_pool<T>;
  table["AveragePoolGrad"] = average_pool_grad<T>;
  table["GlobalAveragePool"] = global_average_pool<T>;
  table["Resize"] = resize<T>;
  table["ResizeGrad"] = resize_grad<T>;
}
template void add_pooling_kernels<float>(KernelTable<float>&);
template void add_pooling_kernels<double>(KernelTable<double>&);

}  // namespace gb::reference
