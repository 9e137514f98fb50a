#include <algorithm>
#include <cmath>

#include "core/backend/reference/kernels.hpp"
#include "core/linalg/matrix.hpp"

namespace gb::reference {
namespace {

template <class T>
using Rows = Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
template <class T>
using Column = Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, 1>>;

template <class T>
Rows<T> matrix(const Operand& operand) {
  const std::int64_t rows = operand.shape[0];
  return {operand.as<T>(), rows, operand.size() / std::max<std::int64_t>(rows, 1)};
}
template <class T>
Column<T> column(const Operand& operand) {
  return {operand.as<T>(), operand.size()};
}

/// To length 1; what is all zeros stays so.
template <class Vector>
void shorten(Vector& vector) {
  const auto length = vector.norm();
  if (length > 0) vector /= length;
}

/// Miyato et al. 2018, algorithm 1. "iterations" of the power method, 1 by default: weights move little in a step; 0
/// goes by the vector as it is.
template <class T>
void spectral_normalization(const Operation& operation) {
  const auto w = matrix<T>(operation.inputs[0]);
  auto left = column<T>(operation.outputs[2]);
  auto right = column<T>(operation.outputs[3]);
  left = column<T>(operation.inputs[1]);
  shorten(left);
  const std::int64_t iterations = integer_attribute(operation.attributes, "iterations", 1);
  for (std::int64_t i = 0; i < iterations; ++i) {
    right.noalias() = w.transpose() * left;
    shorten(right);
    left.noalias() = w * right;
    shorten(left);
  }
  if (iterations == 0) {
    right.noalias() = w.transpose() * left;
    shorten(right);
  }
  const T largest = left.dot(w * right);
  *operation.outputs[4].as<T>() = largest;
  column<T>(operation.outputs[1]) = left;
  matrix<T>(operation.outputs[0]) = w * (largest > 0 ? 1 / largest : T(0));
}

/// Inputs dY, Y and what was kept: (dY - <dY, Y> left right') / value.
template <class T>
void spectral_normalization_grad(const Operation& operation) {
  const auto dy = matrix<T>(operation.inputs[0]);
  const auto y = matrix<T>(operation.inputs[1]);
  const auto left = column<T>(operation.inputs[2]);
  const auto right = column<T>(operation.inputs[3]);
  const T largest = *operation.inputs[4].as<T>();
  auto dw = matrix<T>(operation.outputs[0]);
  if (!(largest > 0)) {
    dw.setZero();
    return;
  }
  const T along = dy.cwiseProduct(y).sum();
  for (Eigen::Index row = 0; row < dw.rows(); ++row)
    dw.row(row) = (dy.row(row) - along * left(row) * right.transpose()) / largest;
}

}  // namespace

template <class T>
void add_spectral_kernels(KernelTable<T>& table) {
  table["SpectralNormalization"] = spectral_normalization<T>;
  table["SpectralNormalizationGrad"] = spectral_normalization_grad<T>;
}
template void add_spectral_kernels<float>(KernelTable<float>&);
template void add_spectral_kernels<double>(KernelTable<double>&);

}  // namespace gb::reference
