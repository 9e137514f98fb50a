#include <algorithm>
#include <cmath>

#include "core/backend/reference/kernels.hpp"

namespace gb::reference {
namespace {

/// ONNX SoftmaxCrossEntropyLoss, mean over the batch: inputs logits [N, K], labels int32 [N]; outputs loss [1] and
/// probabilities [N, K] (ONNX has their logarithm; probabilities are what everybody wants to see).
template <class T>
void cross_entropy(const Operation& operation) {
  const std::int64_t rows = operation.inputs[0].shape[0];
  const std::int64_t columns = operation.inputs[0].shape[1];
  const std::int32_t* labels = operation.inputs[1].as<std::int32_t>();
  double total = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const T* x = operation.inputs[0].as<T>() + row * columns;
    T* y = operation.outputs[1].as<T>() + row * columns;
    const T top = *std::max_element(x, x + columns);
    T sum = 0;
    for (std::int64_t i = 0; i < columns; ++i) sum += y[i] = std::exp(x[i] - top);
    for (std::int64_t i = 0; i < columns; ++i) y[i] /= sum;
    total += std::log(static_cast<double>(sum)) + static_cast<double>(top) - static_cast<double>(x[labels[row]]);
  }
  *operation.outputs[0].as<T>() = static_cast<T>(total / static_cast<double>(rows));
}

/// Inputs probabilities, labels: (p - onehot) / N.
template <class T>
void cross_entropy_grad(const Operation& operation) {
  const std::int64_t rows = operation.inputs[0].shape[0];
  const std::int64_t columns = operation.inputs[0].shape[1];
  const T* probabilities = operation.inputs[0].as<T>();
  const std::int32_t* labels = operation.inputs[1].as<std::int32_t>();
  T* dx = operation.outputs[0].as<T>();
  const T scale = T(1) / static_cast<T>(rows);
  for (std::int64_t i = 0; i < rows * columns; ++i) dx[i] = probabilities[i] * scale;
  for (std::int64_t row = 0; row < rows; ++row) dx[row * columns + labels[row]] -= scale;
}

/// Mean over all elements of (x - target)^2.
template <class T>
void mean_squared_error(const Operation& operation) {
  const T* x = operation.inputs[0].as<T>();
  const T* target = operation.inputs[1].as<T>();
  double total = 0;
  for (std::int64_t i = 0; i < operation.inputs[0].size(); ++i) {
    const double difference = static_cast<double>(x[i]) - static_cast<double>(target[i]);
    total += difference * difference;
  }
  *operation.outputs[0].as<T>() = static_cast<T>(total / static_cast<double>(operation.inputs[0].size()));
}

template <class T>
void mean_squared_error_grad(const Operation& operation) {
  const T* x = operation.inputs[0].as<T>();
  const T* target = operation.inputs[1].as<T>();
  T* dx = operation.outputs[0].as<T>();
  const T scale = T(2) / static_cast<T>(operation.inputs[0].size());
  for (std::int64_t i = 0; i < operation.inputs[0].size(); ++i) dx[i] = scale * (x[i] - target[i]);
}

}  // namespace

template <class T>
void add_loss_kernels(KernelTable<T>& table) {
  table["SoftmaxCrossEntropyLoss"] = cross_entropy<T>;
  table["SoftmaxCrossEntropyLossGrad"] = cross_entropy_grad<T>;
  table["MeanSquaredError"] = mean_squared_error<T>;
  table["MeanSquaredErrorGrad"] = mean_squared_error_grad<T>;
}
template void add_loss_kernels<float>(KernelTable<float>&);
template void add_loss_kernels<double>(KernelTable<double>&);

}  // namespace gb::reference
