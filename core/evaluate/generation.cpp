#include "core/evaluate/generation.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/parallel.hpp"
#include "core/linalg/eigen.hpp"
#include "core/linalg/product.hpp"

namespace gb {
namespace {

using Eigen::Index;

struct Moments {
  explicit Moments(const MatrixF& rows) {
    const MatrixD values = rows.cast<double>();
    mean = values.colwise().mean();
    const MatrixD centered = values.rowwise() - mean;
    covariance = centered.transpose() * centered / static_cast<double>(std::max<Index>(rows.rows() - 1, 1));
  }
  Eigen::RowVectorXd mean;
  MatrixD covariance;
};

/// Of a symmetric matrix without negative eigenvalues but for those that rounding makes.
MatrixD square_root(const MatrixD& matrix) {
  const SymmetricEigen parts = symmetric_eigen(matrix);
  const Eigen::VectorXd roots = parts.values.cwiseMax(0.0).cwiseSqrt();
  return parts.vectors * roots.asDiagonal() * parts.vectors.transpose();
}

/// Squared distances of some rows to all of `others`.
MatrixF squared_distances(const MatrixF& rows, const MatrixF& others) {
  MatrixF products(rows.rows(), others.rows());
  multiply_transposed(rows.data(), rows.rows(), others.data(), others.rows(), rows.cols(), products.data());
  products *= -2;
  products.colwise() += rows.rowwise().squaredNorm();
  products.rowwise() += others.rowwise().squaredNorm().transpose();
  return products.cwiseMax(0.0F);
}

/// Squared distance of each row to its k-th neighbour.
std::vector<float> radii(const MatrixF& rows, int neighbors) {
  MatrixF distances = squared_distances(rows, rows);
  std::vector<float> result(static_cast<std::size_t>(rows.rows()));
  parallel_chunks(result.size(), 16, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) {
      float* const row = distances.row(static_cast<Index>(i)).data();
      row[i] = -1;  // itself stands first
      std::nth_element(row, row + neighbors, row + distances.cols());
      result[i] = row[neighbors];
    }
  });
  return result;
}

/// Share of `rows` that lie within the radius of one of `others`.
double covered(const MatrixF& rows, const MatrixF& others, const std::vector<float>& radius) {
  const MatrixF distances = squared_distances(rows, others);
  Index count = 0;
  for (Index i = 0; i < rows.rows(); ++i) {
    const float* const row = distances.row(i).data();
    for (std::size_t j = 0; j < radius.size(); ++j)
      if (row[j] <= radius[j]) {
        ++count;
        break;
      }
  }
  return static_cast<double>(count) / static_cast<double>(std::max<Index>(rows.rows(), 1));
}

}  // namespace

double frechet_distance(const MatrixF& real, const MatrixF& generated) {
  const Moments a(real), b(generated);
  // tr (C C')^1/2 = tr (R C' R)^1/2 with R = C^1/2, whose inside is symmetric.
  const MatrixD root = square_root(a.covariance);
  const double middle = square_root(root * b.covariance * root).trace();
  return std::max(0.0, (a.mean - b.mean).squaredNorm() + a.covariance.trace() + b.covariance.trace() - 2 * middle);
}

Coverage coverage(const MatrixF& real, const MatrixF& generated, int neighbors) {
  return {covered(generated, real, radii(real, neighbors)), covered(real, generated, radii(generated, neighbors))};
}

double mean_distance(const MatrixF& rows) {
  const Index count = std::min<Index>(rows.rows(), 256);
  if (count < 2) return 0;
  MatrixF some(count, rows.cols());
  for (Index i = 0; i < count; ++i) some.row(i) = rows.row(i * rows.rows() / count);
  const MatrixF distances = squared_distances(some, some);
  double sum = 0;
  for (Index i = 0; i < count; ++i)
    for (Index j = 0; j < i; ++j) sum += std::sqrt(static_cast<double>(distances(i, j)));
  return sum / (static_cast<double>(count) * static_cast<double>(count - 1) / 2);
}

}  // namespace gb
