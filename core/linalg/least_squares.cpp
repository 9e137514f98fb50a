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
  Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> decomposition;
  decomposition.setThreshold(1e-11);
  decomposition.compute(a);
  if (rank) *rank = decomposition.rank();
  return decomposition.solve(b);
}

}  // namespace gb
