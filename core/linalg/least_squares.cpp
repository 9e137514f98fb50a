#include "core/linalg/least_squares.hpp"

#include <Eigen/QR>
#include <algorithm>

namespace gb {

void TriangularFactor::add(const MatrixD& rows) {
  Eigen::MatrixXd stacked(factor_.rows() + rows.rows(), factor_.cols());
  stacked << factor_, rows;
  const Eigen::Index kept = std::min(stacked.rows(), stacked.cols());
  if (stacked.rows() <= 1) {
    factor_ = stacked;
    return;
  }
  const Eigen::HouseholderQR<Eigen::Ref<Eigen::MatrixXd>> decomposition(stacked);
  factor_ = stacked.topRows(kept).triangularView<Eigen::Upper>();
}

Eigen::VectorXd least_squares(const MatrixD& a, const Eigen::VectorXd& b, Eigen::Index* rank) {
  // What depends on other columns is told apart on columns of equal size; units may differ by any factor.
  const Eigen::RowVectorXd norms = a.colwise().norm();
  const Eigen::RowVectorXd sizes = (norms.array() > 0).select(norms, 1.0);
  Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> decomposition;
  decomposition.setThreshold(1e-11);
  decomposition.compute(a.array().rowwise() / sizes.array());
  if (rank) *rank = decomposition.rank();
  if (decomposition.rank() == (norms.array() > 0).count())
    return decomposition.solve(b).cwiseQuotient(sizes.transpose());
  // The least norm is meant in the columns' own units.
  decomposition.setThreshold(1e-13);
  decomposition.compute(a);
  return decomposition.solve(b);
}

}  // namespace gb
