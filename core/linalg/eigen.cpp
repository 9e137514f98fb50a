#include "core/linalg/eigen.hpp"

#include <Eigen/Eigenvalues>

namespace gb {

void fix_signs(MatrixD& columns) {
  for (Eigen::Index column = 0; column < columns.cols(); ++column) {
    Eigen::Index largest = 0;
    for (Eigen::Index row = 1; row < columns.rows(); ++row)
      if (std::abs(columns(row, column)) > std::abs(columns(largest, column))) largest = row;
    if (columns.rows() > 0 && columns(largest, column) < 0) columns.col(column) = -columns.col(column);
  }
}

SymmetricEigen symmetric_eigen(const MatrixD& matrix) {
  if (matrix.rows() == 0) return {};
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver{Eigen::MatrixXd(matrix)};
  SymmetricEigen result{solver.eigenvalues().reverse(), solver.eigenvectors().rowwise().reverse()};
  fix_signs(result.vectors);
  return result;
}

}  // namespace gb
