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
};

template <class T, int Index>
void forward(const Operation& operation) {
  const T alpha = static_cast<T>(activation_alpha(operation));
  const T* x = operation.inputs[0].as<T>();
  T* y = operation.outputs[0].as<T>();
  parallel_chunks(static_cast<std::size_t>(operation.outputs[0].size()), grain,
                  [&](std::size_t begin, std::size_t end, std::size_t) {
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
                    for (std::size_t i = begin; i < end; ++i) dx[i] = dy[i] * table<T>[Index].slope(y[i], alpha);
                  });
}

template <class T, int Index>
void add_activation(KernelTable<T>& kernels) {
  kernels[table<T>[Index].op] = forward<T, Index>;
  kernels[std::string(table<T>[Index].op) + "Grad"] = backward<T, Index>;
  if constexpr (Index + 1 < static_cast<int>(std::size(table<T>))) add_activation<T, Index + 1>(kernels);
}

template <class T>
void add(const Operation& operation) {
  const T* a = operation.inputs[0].as<T>();
  const T* b = operation.inputs[1].as<T>();
  T* y = operation.outputs[0].as<T>();
  for (std::int64_t i = 0; i < operation.outputs[0].size(); ++i) y[i] = a[i] + b[i];
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
  kernels["Softmax"] = softmax<T>;
  kernels["SoftmaxGrad"] = softmax_grad<T>;
}
template void add_elementwise_kernels<float>(KernelTable<float>&);
template void add_elementwise_kernels<double>(KernelTable<double>&);

}  // namespace gb::reference
