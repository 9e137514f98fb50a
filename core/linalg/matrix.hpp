#pragma once

#include <Eigen/Core>

namespace gb {

/// Rows are examples, columns are features; float32, row-major, as every kernel takes them.
using MatrixF = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixD = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace gb
