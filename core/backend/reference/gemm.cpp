#include <Eigen/Core>

#include "core/backend/reference/activation.hpp"
#include "core/backend/reference/kernels.hpp"

namespace gb::reference {
namespace {

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class T>
Eigen::Map<RowMajor<T>> matrix(const Operand& operand) {
  return {operand.as<T>(), operand.shape[0], operand.shape[1]};
}

/// Y = op(A) op(B) + C, C broadcast over rows; "FusedGemm" applies an activation to it.
template <class T>
void gemm(const Operation& operation) {
  const auto a = matrix<T>(operation.inputs[0]);
  const auto b = matrix<T>(operation.inputs[1]);
  auto y = matrix<T>(operation.outputs[0]);
  const bool trans_a = integer_attribute(operation.attributes, "transA", 0) != 0;
  const bool trans_b = integer_attribute(operation.attributes, "transB", 0) != 0;
  if (trans_a && trans_b)
    y.noalias() = a.transpose() * b.transpose();
  else if (trans_a)
    y.noalias() = a.transpose() * b;
  else if (trans_b)
    y.noalias() = a * b.transpose();
  else
    y.noalias() = a * b;
  if (operation.inputs.size() > 2)
    y.rowwise() += Eigen::Map<const Eigen::Matrix<T, 1, Eigen::Dynamic>>(operation.inputs[2].as<T>(), y.cols());
}

template <class T>
void fused_gemm(const Operation& operation) {
  gemm<T>(operation);
  const Operand& y = operation.outputs[0];
  apply_activation<T>(text_attribute(operation.attributes, "activation", ""),
                      static_cast<T>(activation_alpha(operation)), y.as<T>(), y.as<T>(), y.size());
}

/// Sum over the rows (axis 0): the gradient of a broadcast bias.
template <class T>
void reduce_sum_rows(const Operation& operation) {
  const auto x = matrix<T>(operation.inputs[0]);
  T* y = operation.outputs[0].as<T>();
  std::fill(y, y + x.cols(), T(0));
  for (Eigen::Index row = 0; row < x.rows(); ++row)
    for (Eigen::Index column = 0; column < x.cols(); ++column) y[column] += x(row, column);
}

/// Product of each matrix of a stack with its partner, or with the one matrix there is.
template <class T>
void matmul(const Operation& operation) {
  const Shape& a = operation.inputs[0].shape;
  const Shape& b = operation.inputs[1].shape;
  const std::int64_t k = a.back();
  const std::int64_t n = b.back();
  const bool shared = b.size() == 2;
  const std::int64_t rows = shared ? operation.inputs[0].size() / k : a[a.size() - 2];
  const std::int64_t stack = operation.inputs[0].size() / (rows * k);
  using Matrix = Eigen::Map<RowMajor<T>>;
  for (std::int64_t i = 0; i < stack; ++i)
    Matrix(operation.outputs[0].as<T>() + i * rows * n, rows, n).noalias() =
        Matrix(operation.inputs[0].as<T>() + i * rows * k, rows, k) *
        Matrix(operation.inputs[1].as<T>() + i * k * n, k, n);
}

/// Inputs A [..., K], dY [..., N]: A' dY over all rows.
template <class T>
void matmul_weight_grad(const Operation& operation) {
  const std::int64_t k = operation.outputs[0].shape[0];
  const std::int64_t n = operation.outputs[0].shape[1];
  const std::int64_t rows = operation.inputs[0].size() / k;
  using Matrix = Eigen::Map<RowMajor<T>>;
  Matrix(operation.outputs[0].as<T>(), k, n).noalias() =
      Matrix(operation.inputs[0].as<T>(), rows, k).transpose() * Matrix(operation.inputs[1].as<T>(), rows, n);
}

}  // namespace

template <class T>
void add_gemm_kernels(KernelTable<T>& table) {
  table["Gemm"] = gemm<T>;
  table["FusedGemm"] = fused_gemm<T>;
  table["ReduceSum"] = reduce_sum_rows<T>;
  table["MatMul"] = matmul<T>;
  table["MatMulWeightGrad"] = matmul_weight_grad<T>;
}
template void add_gemm_kernels<float>(KernelTable<float>&);
template void add_gemm_kernels<double>(KernelTable<double>&);

}  // namespace gb::reference
