#include "core/linalg/eigen.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "core/base/random.hpp"

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

namespace {

using Columns = Eigen::MatrixXd;

Columns orthonormal_columns(const Columns& columns) {
  const Eigen::HouseholderQR<Columns> factors(columns);
  return factors.householderQ() * Columns::Identity(columns.rows(), columns.cols());
}

/// (filtered) columns in which every part along an eigenvector below `low` is damped and every other one grows.
Columns filtered(const Columns& matrix, const Columns& columns, double low, double highest, int degree) {
  // The interval [0, low] becomes [-1, 1]; scaled so that the largest eigenvalue's part keeps its size.
  const double half = low / 2, middle = low / 2;
  double scale = half / (highest - middle);
  const double first_scale = scale;
  Columns before = columns;
  Columns now = (matrix * columns - middle * columns) * (scale / half);
  for (int i = 2; i <= degree; ++i) {
    const double next_scale = 1 / (2 / first_scale - scale);
    Columns next = (matrix * now - middle * now) * (2 * next_scale / half) - (scale * next_scale) * before;
    before = std::move(now);
    now = std::move(next);
    scale = next_scale;
  }
  return now;
}

}  // namespace

SymmetricEigen largest_eigen(const MatrixD& given, Eigen::Index count) {
  const Eigen::Index size = given.rows();
  count = std::min(count, size);
  constexpr Eigen::Index small = 160;
  const auto whole = [&] {
    SymmetricEigen all = symmetric_eigen(given);
    return SymmetricEigen{all.values.head(count), all.vectors.leftCols(count)};
  };
  if (size <= small || count > size / 5) return whole();

  Columns matrix = given.triangularView<Eigen::Lower>();
  matrix.triangularView<Eigen::StrictlyUpper>() = matrix.transpose();
  const Eigen::Index width = std::min(size, count + std::max<Eigen::Index>(10, count / 4));
  Columns basis(size, width);
  Random random(0x5eed);
  for (Eigen::Index i = 0; i < basis.size(); ++i) basis.data()[i] = random.normal();
  basis = orthonormal_columns(matrix * orthonormal_columns(basis));
  constexpr int most_iterations = 60;
  for (int iteration = 0; iteration < most_iterations; ++iteration) {
    const Columns image = matrix * basis;
    const Eigen::SelfAdjointEigenSolver<Columns> solver(Columns(basis.transpose() * image));
    const Columns turn = solver.eigenvectors().rowwise().reverse();
    const Eigen::VectorXd values = solver.eigenvalues().reverse();
    basis = basis * turn;
    const Columns residuals = image * turn.leftCols(count) - basis.leftCols(count) * values.head(count).asDiagonal();
    if (values[0] <= 0 || residuals.colwise().norm().maxCoeff() <= 1e-10 * values[0]) {
      SymmetricEigen result{values.head(count), basis.leftCols(count)};
      fix_signs(result.vectors);
      return result;
    }
    const double low = values[width - 1];
    if (low <= 1e-13 * values[0]) {
      basis = orthonormal_columns(matrix * basis);
      continue;
    }
    // Of such a degree that rounding along the largest eigenvector does not drown what else grows.
    constexpr double most_growth = 1e9;
    const int degree = std::clamp(static_cast<int>(std::log(most_growth) / std::acosh(2 * values[0] / low - 1)), 1, 12);
    basis = orthonormal_columns(filtered(matrix, basis, low, values[0], degree));
  }
  return whole();
}

MatrixD orthonormal(const MatrixD& columns) {
  return orthonormal_columns(columns);
}

MatrixD cholesky(const MatrixD& matrix) {
  const Eigen::LLT<Eigen::MatrixXd> factors{Eigen::MatrixXd(matrix)};
  if (factors.info() != Eigen::Success) return {};
  return factors.matrixL();
}

MatrixD inverse_of_lower(const MatrixD& lower) {
  return lower.triangularView<Eigen::Lower>().solve(MatrixD::Identity(lower.rows(), lower.rows()));
}

}  // namespace gb
