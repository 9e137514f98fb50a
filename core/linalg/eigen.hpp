#pragma once

#include <Eigen/Core>

#include "core/linalg/matrix.hpp"

namespace gb {

/// Eigenvalues, largest first, and unit eigenvectors in the columns of `vectors`, in the same order. The component of
/// largest magnitude of each vector is positive, so that equal input gives equal pictures.
struct SymmetricEigen {
  Eigen::VectorXd values;
  MatrixD vectors;
};

/// Of a symmetric matrix; only its lower triangle is read.
SymmetricEigen symmetric_eigen(const MatrixD& matrix);

/// The `count` largest eigenvalues of a positive semidefinite matrix and their vectors, to about ten digits. Where few
/// of many are asked for: subspace iteration filtered by Chebyshev polynomials (Zhou, Saad, Tiago, Chelikowsky 2006).
SymmetricEigen largest_eigen(const MatrixD& matrix, Eigen::Index count);

/// Orthonormal columns that span those of `columns` (at most as many as rows), by Householder reflections.
MatrixD orthonormal(const MatrixD& columns);

/// The lower triangular L with L L^T = matrix; empty when the matrix is not positive definite.
MatrixD cholesky(const MatrixD& matrix);
/// The inverse of a lower triangular matrix without zeros on its diagonal.
MatrixD inverse_of_lower(const MatrixD& lower);

/// Makes the component of largest magnitude of each column positive.
void fix_signs(MatrixD& columns);

}  // namespace gb
