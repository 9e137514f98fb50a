#include <cmath>

#include "core/backend/reference/activation.hpp"
#include "core/backend/reference/kernels.hpp"
#include "core/base/parallel.hpp"

namespace gb::reference {
namespace {

/// Below this many elements a second thread costs more than it saves.
constexpr std::size_t grain = 32768;

// Selu's constants (Klambauer et al. 2017).
constexpr double selu_alpha = 1.6732632423543772;
constexpr double selu_gamma = 1.0507009873554805;

constexpr double root_half = 0.70710678118654752;     // sqrt(1 / 2)
constexpr double density_at_0 = 0.39894228040143268;  // 1 / sqrt(2 pi)

template <class T>
constexpr Activation<T> table[] = {
    {"Relu", [](T x, T) { return x > 0 ? x : T(0); }, [](T y, T) { return y > 0 ? T(1) : T(0); }, 0},
    {"LeakyRelu", [](T x, T alpha) { return x > 0 ? x : alpha * x; }, [](T y, T alpha) { return y > 0 ? T(1) : alpha; },
     0.01},
    {"Elu", [](T x, T alpha) { return x > 0 ? x : alpha * std::expm1(x); },
     [](T y, T alpha) { return y > 0 ? T(1) : y + alpha; }, 1.0},
    {"Selu", [](T x, T) { return T(selu_gamma) * (x > 0 ? x : T(selu_alpha) * std::expm1(x)); },
     [](T y, T) { return y > 0 ? T(selu_gamma) : y + T(selu_gamma * selu_alpha); }, 0},
    {"Sigmoid", [](T x, T) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); },
     [](T y, T) { return y * (1 - y); }, 0},
    {"Tanh", [](T x, T) { return std::tanh(x); }, [](T y, T) { return 1 - y * y; }, 0},
    {"Softplus", [](T x, T) { return std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x))); },
     [](T y, T) { return -std::expm1(-y); }, 0},
    // Hendrycks, Gimpel 2016: x times the normal distribution function.
    {"Gelu", [](T x, T) { return x * T(0.5) * (1 + std::erf(x * T(root_half))); },
     [](T x, T) { return T(0.5) * (1 + std::erf(x * T(root_half))) + x * T(density_at_0) * std::exp(T(-0.5) * x * x); },
     0},
    // Howard et al. 2019.
    {"HardSwish", [](T x, T) { return x * std::clamp(x / 6 + T(0.5), T(0), T(1)); },
     [](T x, T) { return x <= -3  ? T(0)
                         : x >= 3 ? T(1)
                                  : x / 3 + T(0.5); }, 0},
};

template <class T, int Index>
void forward(const Operation& operation) {
  const T alpha = static_cast<T>(activation_alpha(operation));
  const T* x = operation.inputs[0].as<T>();
  T* y = operation.outputs[0].as<T>();
  parallel_chunks(static_cast<std::size_t>(operation.outputs[0].size()), grain,
                  [&](std::size_t begin, std::size_t end, std::size_t) {
#pragma GCC ivdep  // x and y may be the same
                    for (std::size_t i = begin; i < end; ++i) y[i] = table<T>[Index].value(x[i], alpha);
                  });
}

/// dX = dY * slope(Y); inputs dY, Y.
template <class T, int Index>
void backward(const Operation& operation) {
  const T alpha = static_cast<T>(activation_alpha(operation));
  const T* dy = operation.inputs[0].as<T>();
  const T* y = operation.inputs[1].as<T>();
  T* dx = operation.outputs[0].as<T>();
  parallel_chunks(static_cast<std::size_t>(operation.outputs[0].size()), grain,
                  [&](std::size_t begin, std::size_t end, std::size_t) {
#pragma GCC ivdep  // dX and dY may be the same
                    for (std::size_t i = begin; i < end; ++i) dx[i] = dy[i] * table<T>[Index].slope(y[i], alpha);
                  });
}

template <class T, int Index>
void add_activation(KernelTable<T>& kernels) {
  kernels[table<T>[Index].op] = forward<T, Index>;
  kernels[std::string(table<T>[Index].op) + "Grad"] = backward<T, Index>;
  if constexpr (Index + 1 < static_cast<int>(std::size(table<T>))) add_activation<T, Index + 1>(kernels);
}

/// Distances in memory between neighbours along each axis of `out`, for an operand that is stretched to it.
std::vector<std::int64_t> stretched_strides(const Shape& shape, const Shape& out) {
  std::vector<std::int64_t> strides(out.size(), 0);
  std::int64_t stride = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::size_t from_end = shape.size() - 1 - i;
    if (shape[from_end] != 1) strides[out.size() - 1 - i] = stride;
    stride *= shape[from_end];
  }
  return strides;
}

/// Calls body(position in the large operand, position in the stretched one) for every element of the large one.
template <class Body>
void for_stretched(const Shape& large, const Shape& small, Body body) {
  const auto strides = stretched_strides(small, large);
  std::vector<std::int64_t> index(large.size(), 0);
  std::int64_t position = 0;
  const std::int64_t count = volume(large);
  for (std::int64_t i = 0; i < count; ++i) {
    body(i, position);
    for (std::size_t axis = large.size(); axis-- > 0;) {
      position += strides[axis];
      if (++index[axis] < large[axis]) break;
      position -= strides[axis] * large[axis];
      index[axis] = 0;
    }
  }
}

/// y = combine(a, b), both stretched to y's shape.
template <class T, class Combine>
void combine(const Operation& operation, Combine with) {
  const Operand& out = operation.outputs[0];
  const T* a = operation.inputs[0].as<T>();
  const T* b = operation.inputs[1].as<T>();
  T* y = out.as<T>();
  if (operation.inputs[0].shape == operation.inputs[1].shape) {
    parallel_chunks(static_cast<std::size_t>(out.size()), grain, [&](std::size_t begin, std::size_t end, std::size_t) {
      for (std::size_t i = begin; i < end; ++i) y[i] = with(a[i], b[i]);
    });
    return;
  }
  std::vector<std::int64_t> places(static_cast<std::size_t>(out.size()));
  for_stretched(out.shape, operation.inputs[0].shape,
                [&](std::int64_t i, std::int64_t from) { places[static_cast<std::size_t>(i)] = from; });
  for_stretched(out.shape, operation.inputs[1].shape, [&](std::int64_t i, std::int64_t from) {
    y[i] = with(a[places[static_cast<std::size_t>(i)]], b[from]);
  });
}

template <class T>
void add(const Operation& operation) {
  combine<T>(operation, [](T a, T b) { return a + b; });
}

template <class T>
void multiply(const Operation& operation) {
  combine<T>(operation, [](T a, T b) { return a * b; });
}

/// The sum over all axes along which the output is 1 (or which it lacks).
template <class T>
void reduce_sum_to(const Operation& operation) {
  const Operand& in = operation.inputs[0];
  const Operand& out = operation.outputs[0];
  std::vector<double> sums(static_cast<std::size_t>(out.size()), 0.0);
  const T* x = in.as<T>();
  for_stretched(in.shape, out.shape, [&](std::int64_t i, std::int64_t to) {
    sums[static_cast<std::size_t>(to)] += static_cast<double>(x[i]);
  });
  for (std::size_t i = 0; i < sums.size(); ++i) out.as<T>()[i] = static_cast<T>(sums[i]);
}

/// Inputs X, slope (stretched to X); He et al. 2015.
template <class T>
void prelu(const Operation& operation) {
  const T* x = operation.inputs[0].as<T>();
  const T* slope = operation.inputs[1].as<T>();
  T* y = operation.outputs[0].as<T>();
  for_stretched(operation.inputs[0].shape, operation.inputs[1].shape,
                [&](std::int64_t i, std::int64_t from) { y[i] = x[i] > 0 ? x[i] : slope[from] * x[i]; });
}

/// Inputs dY, X, slope; outputs dX and, not yet summed up, what each element says of its slope.
template <class T>
void prelu_grad(const Operation& operation) {
  const T* dy = operation.inputs[0].as<T>();
  const T* x = operation.inputs[1].as<T>();
  const T* slope = operation.inputs[2].as<T>();
  T* dx = operation.outputs[0].as<T>();
  T* dslope = operation.outputs[1].as<T>();
  for_stretched(operation.inputs[1].shape, operation.inputs[2].shape, [&](std::int64_t i, std::int64_t from) {
    dx[i] = x[i] > 0 ? dy[i] : slope[from] * dy[i];
    dslope[i] = x[i] > 0 ? T(0) : x[i] * dy[i];
  });
}

/// Over the last axis.
template <class T>
void log_softmax(const Operation& operation) {
  const std::int64_t columns = operation.inputs[0].shape.back();
  const std::int64_t rows = operation.inputs[0].size() / columns;
  for (std::int64_t row = 0; row < rows; ++row) {
    const T* x = operation.inputs[0].as<T>() + row * columns;
    T* y = operation.outputs[0].as<T>() + row * columns;
    const T top = *std::max_element(x, x + columns);
    double sum = 0;
    for (std::int64_t i = 0; i < columns; ++i) sum += std::exp(static_cast<double>(x[i] - top));
    const T shift = top + static_cast<T>(std::log(sum));
    for (std::int64_t i = 0; i < columns; ++i) y[i] = x[i] - shift;
  }
}

/// dX = dY - exp(Y) * sum(dY); inputs dY, Y.
template <class T>
void log_softmax_grad(const Operation& operation) {
  const std::int64_t columns = operation.inputs[0].shape.back();
  const std::int64_t rows = operation.inputs[0].size() / columns;
  for (std::int64_t row = 0; row < rows; ++row) {
    const T* dy = operation.inputs[0].as<T>() + row * columns;
    const T* y = operation.inputs[1].as<T>() + row * columns;
    T* dx = operation.outputs[0].as<T>() + row * columns;
    T sum = 0;
    for (std::int64_t i = 0; i < columns; ++i) sum += dy[i];
    for (std::int64_t i = 0; i < columns; ++i) dx[i] = dy[i] - std::exp(y[i]) * sum;
  }
}

/// Over the last axis, shifted by the row's maximum.
template <class T>
void softmax(const Operation& operation) {
  const std::int64_t columns = operation.inputs[0].shape.back();
  const std::int64_t rows = operation.inputs[0].size() / columns;
  for (std::int64_t row = 0; row < rows; ++row) {
    const T* x = operation.inputs[0].as<T>() + row * columns;
    T* y = operation.outputs[0].as<T>() + row * columns;
    const T top = *std::max_element(x, x + columns);
    T sum = 0;
    for (std::int64_t i = 0; i < columns; ++i) sum += y[i] = std::exp(x[i] - top);
    for (std::int64_t i = 0; i < columns; ++i) y[i] /= sum;
  }
}

/// dX = Y * (dY - sum(dY * Y)); inputs dY, Y.
template <class T>
void softmax_grad(const Operation& operation) {
  const std::int64_t columns = operation.inputs[0].shape.back();
  const std::int64_t rows = operation.inputs[0].size() / columns;
  for (std::int64_t row = 0; row < rows; ++row) {
    const T* dy = operation.inputs[0].as<T>() + row * columns;
    const T* y = operation.inputs[1].as<T>() + row * columns;
    T* dx = operation.outputs[0].as<T>() + row * columns;
    T dot = 0;
    for (std::int64_t i = 0; i < columns; ++i) dot += dy[i] * y[i];
    for (std::int64_t i = 0; i < columns; ++i) dx[i] = y[i] * (dy[i] - dot);
  }
}

}  // namespace

template <class T>
std::span<const Activation<T>> activations() {
  return table<T>;
}
template std::span<const Activation<float>> activations<float>();
template std::span<const Activation<double>> activations<double>();

template <class T>
void apply_activation(const std::string& op, T alpha, const T* x, T* y, std::int64_t count) {
  for (const auto& activation : table<T>) {
    if (op != activation.op) continue;
    for (std::int64_t i = 0; i < count; ++i) y[i] = activation.value(x[i], alpha);
    return;
  }
  throw GraphError("Unknown activation " + op);
}
template void apply_activation<float>(const std::string&, float, const float*, float*, std::int64_t);
template void apply_activation<double>(const std::string&, double, const double*, double*, std::int64_t);

double activation_alpha(const Operation& operation) {
  std::string op = text_attribute(operation.attributes, "activation", operation.op);
  if (op.ends_with("Grad")) op.resize(op.size() - 4);
  for (const auto& activation : table<double>)
    if (op == activation.op) return real_attribute(operation.attributes, "alpha", activation.default_alpha);
  return 0;
}

template <class T>
void add_elementwise_kernels(KernelTable<T>& kernels) {
  add_activation<T, 0>(kernels);
  kernels["Add"] = add<T>;
  kernels["Mul"] = multiply<T>;
  kernels["ReduceSumTo"] = reduce_sum_to<T>;
  kernels["PRelu"] = prelu<T>;
  kernels["PReluGrad"] = prelu_grad<T>;
  kernels["LogSoftmax"] = log_softmax<T>;
  kernels["LogSoftmaxGrad"] = log_softmax_grad<T>;
  kernels["Softmax"] = softmax<T>;
  kernels["SoftmaxGrad"] = softmax_grad<T>;
}
template void add_elementwise_kernels<float>(KernelTable<float>&);
template void add_elementwise_kernels<double>(KernelTable<double>&);

}  // namespace gb::reference
