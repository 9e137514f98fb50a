#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/backend/device.hpp"

namespace gb::reference {

/// An activation and its derivative, the latter as a function of the output where that is possible, so that the input
/// need not be kept, else of the input (Gelu, HardSwish).
template <class T>
struct Activation {
  const char* op;
  T (*value)(T x, T alpha);
  T (*slope)(T kept, T alpha);  ///< d value / d x, in terms of y = value(x), or of x
  double default_alpha;
};

template <class T>
std::span<const Activation<T>> activations();

/// y = activation(x), elementwise; x and y may be the same.
template <class T>
void apply_activation(const std::string& op, T alpha, const T* x, T* y, std::int64_t count);

/// ONNX attribute "alpha", else ONNX's default for the operator named by "activation" or by the operation itself.
double activation_alpha(const Operation& operation);

}  // namespace gb::reference
