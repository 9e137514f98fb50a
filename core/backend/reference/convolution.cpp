#include <algorithm>
#include <vector>

#include "core/backend/reference/activation.hpp"
#include "core/backend/reference/kernels.hpp"
#include "core/backend/window.hpp"

namespace gb::reference {
namespace {

/// The extents of a convolution: pictures x [N, C, H, W] and y [N, M, P, Q], weights [M, C / group, kH, kW].
struct Convolution {
  Window window;
  std::int64_t count, channels, height, width, filters, rows, columns;

  Convolution(const Operation& operation, const Shape& x, const Shape& w, const Shape& y)
      : window(Window::from(operation.attributes)),
        count(x[0]),
        channels(x[1]),
        height(x[2]),
        width(x[3]),
        filters(y[1]),
        rows(y[2]),
        columns(y[3]) {
    window.kernel = {w[2], w[3]};
  }

  /// Calls body(place in x, place in w, place in y) for every product that the convolution sums up.
  template <class Body>
  void for_products(Body body) const {
    const std::int64_t group_channels = channels / window.group;
    const std::int64_t group_filters = filters / window.group;
    for (std::int64_t n = 0; n < count; ++n)
      for (std::int64_t m = 0; m < filters; ++m)
        for (std::int64_t c = 0; c < group_channels; ++c) {
          const std::int64_t x_plane = (n * channels + m / group_filters * group_channels + c) * height * width;
          const std::int64_t w_plane = (m * group_channels + c) * window.kernel[0] * window.kernel[1];
          const std::int64_t y_plane = (n * filters + m) * rows * columns;
          for_plane(x_plane, w_plane, y_plane, body);
        }
  }

 private:
  template <class Body>
  void for_plane(std::int64_t x_plane, std::int64_t w_plane, std::int64_t y_plane, Body body) const {
    for (std::int64_t i = 0; i < window.kernel[0]; ++i)
      for (std::int64_t j = 0; j < window.kernel[1]; ++j)
        for (std::int64_t p = 0; p < rows; ++p) {
          const std::int64_t h = p * window.stride[0] - window.before[0] + i * window.dilation[0];
          if (h < 0 || h >= height) continue;
          for (std::int64_t q = 0; q < columns; ++q) {
            const std::int64_t v = q * window.stride[1] - window.before[1] + j * window.dilation[1];
            if (v < 0 || v >= width) continue;
            body(x_plane + h * width + v, w_plane + i * window.kernel[1] + j, y_plane + p * columns + q);
          }
        }
  }
};

template <class T>
void fill_channels(const Operation& operation) {
  const Operand& y = operation.outputs[0];
  const std::int64_t plane = y.shape[2] * y.shape[3];
  const T* bias = operation.inputs.size() > 2 ? operation.inputs[2].as<T>() : nullptr;
  for (std::int64_t i = 0; i < y.shape[0] * y.shape[1]; ++i)
    std::fill_n(y.as<T>() + i * plane, plane, bias ? bias[i % y.shape[1]] : T(0));
}

template <class T>
void conv(const Operation& operation) {
  fill_channels<T>(operation);
  const T* x = operation.inputs[0].as<T>();
  const T* w = operation.inputs[1].as<T>();
  T* y = operation.outputs[0].as<T>();
  Convolution(operation, operation.inputs[0].shape, operation.inputs[1].shape, operation.outputs[0].shape)
      .for_products([&](std::int64_t i, std::int64_t j, std::int64_t k) { y[k] += x[i] * w[j]; });
}

template <class T>
void fused_conv(const Operation& operation) {
  conv<T>(operation);
  const Operand& y = operation.outputs[0];
  apply_activation<T>(text_attribute(operation.attributes, "activation", ""),
                      static_cast<T>(activation_alpha(operation)), y.as<T>(), y.as<T>(), y.size());
}

/// Inputs dY, W.
template <class T>
void conv_input_grad(const Operation& operation) {
  const T* dy = operation.inputs[0].as<T>();
  const T* w = operation.inputs[1].as<T>();
  const Operand& dx = operation.outputs[0];
  std::fill_n(dx.as<T>(), dx.size(), T(0));
  Convolution(operation, dx.shape, operation.inputs[1].shape, operation.inputs[0].shape)
      .for_products([&](std::int64_t i, std::int64_t j, std::int64_t k) { dx.as<T>()[i] += dy[k] * w[j]; });
}

template <class T>
void sum_channels(const Operand& x, T* sums) {
  const std::int64_t channels = x.shape[1];
  const std::int64_t plane = x.size() / (x.shape[0] * channels);
  std::vector<double> totals(static_cast<std::size_t>(channels), 0.0);
  for (std::int64_t i = 0; i < x.shape[0] * channels; ++i)
    for (std::int64_t j = 0; j < plane; ++j)
      totals[static_cast<std::size_t>(i % channels)] += static_cast<double>(x.as<T>()[i * plane + j]);
  std::transform(totals.begin(), totals.end(), sums, [](double total) { return static_cast<T>(total); });
}

/// Inputs dY, X; outputs dW and, where there is a bias, its gradient.
template <class T>
void conv_weight_grad(const Operation& operation) {
  const T* dy = operation.inputs[0].as<T>();
  const T* x = operation.inputs[1].as<T>();
  const Operand& dw = operation.outputs[0];
  std::fill_n(dw.as<T>(), dw.size(), T(0));
  Convolution(operation, operation.inputs[1].shape, dw.shape, operation.inputs[0].shape)
      .for_products([&](std::int64_t i, std::int64_t j, std::int64_t k) { dw.as<T>()[j] += dy[k] * x[i]; });
  if (operation.outputs.size() > 1) sum_channels(operation.inputs[0], operation.outputs[1].as<T>());
}

template <class T>
void conv_transpose(const Operation& operation) {
  fill_channels<T>(operation);
  const T* x = operation.inputs[0].as<T>();
  const T* w = operation.inputs[1].as<T>();
  T* y = operation.outputs[0].as<T>();
  Convolution(operation, operation.outputs[0].shape, operation.inputs[1].shape, operation.inputs[0].shape)
      .for_products([&](std::int64_t i, std::int64_t j, std::int64_t k) { y[i] += x[k] * w[j]; });
}

template <class T>
void channel_sum(const Operation& operation) {
  sum_channels(operation.inputs[0], operation.outputs[0].as<T>());
}

}  // namespace

template <class T>
void add_convolution_kernels(KernelTable<T>& table) {
  table["Conv"] = conv<T>;
  table["FusedConv"] = fused_conv<T>;
  table["ConvInputGrad"] = conv_input_grad<T>;
  table["ConvWeightGrad"] = conv_weight_grad<T>;
  table["ConvTranspose"] = conv_transpose<T>;
  table["ChannelSum"] = channel_sum<T>;
}
template void add_convolution_kernels<float>(KernelTable<float>&);
template void add_convolution_kernels<double>(KernelTable<double>&);

}  // namespace gb::reference
