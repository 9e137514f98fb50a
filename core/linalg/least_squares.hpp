#pragma once

#include <Eigen/Core>

#include "core/linalg/matrix.hpp"

namespace gb {

/// Rows taken in block by block, of which only what least squares needs is kept: the triangular factor R of their QR
/// decomposition, min(rows, columns) x columns, in double. |Ax - b|^2 and |Rx - Q'b|^2 differ by a constant, and no
/// digits are lost to A'A.
class TriangularFactor {
 public:
  explicit TriangularFactor(Eigen::Index columns) : factor_(0, columns) {}

  void add(const MatrixD& rows);
  /// Upper triangular (trapezoidal where there were fewer rows than columns).
  const MatrixD& factor() const { return factor_; }

 private:
  MatrixD factor_;
};

/// The x of least norm among those with least |Ax - b| (complete orthogonal decomposition). A column of which all but
/// 1e-11 is a sum of others says nothing of its own; `rank` is how many do.
Eigen::VectorXd least_squares(const MatrixD& a, const Eigen::VectorXd& b, Eigen::Index* rank = nullptr);

}  // namespace gb
