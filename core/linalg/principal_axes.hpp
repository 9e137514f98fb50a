#pragma once

#include <Eigen/Core>

#include "core/linalg/matrix.hpp"

namespace gb {

/// The directions in which rows vary most (Hotelling 1933).
struct PrincipalAxes {
  Eigen::RowVectorXd mean;    ///< features
  MatrixD axes;               ///< count x features, orthonormal, largest variance first
  Eigen::VectorXd variances;  ///< count, of the population
  double total_variance = 0;  ///< over all features
};

/// The first `count` axes of `rows` (n x features, at least one row). Few features: the covariance matrix in double
/// precision, decomposed; many: subspace iteration with Rayleigh-Ritz (Saad 2011, chapter 5), which never forms
/// it. Deterministic; axes beyond the rank of the data are zero.
PrincipalAxes principal_axes(MatrixF rows, Eigen::Index count);

}  // namespace gb
