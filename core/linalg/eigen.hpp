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

/// Makes the component of largest magnitude of each column positive.
void fix_signs(MatrixD& columns);

}  // namespace gb
