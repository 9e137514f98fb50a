#include "core/linalg/principal_axes.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/base/parallel.hpp"
#include "core/base/random.hpp"
#include "core/linalg/eigen.hpp"

namespace gb {
namespace {

using Eigen::Index;

/// Up to here the whole covariance matrix is decomposed: some milliseconds.
constexpr Index few_features = 96;
/// Rows whose products are summed in float before they are added in double.
constexpr Index block_rows = 512;

/// The sum of `part(first_row, row_count)` over blocks of rows, in double, in an order that depends on the thread count
/// alone.
template <class PartSum>
MatrixD sum_over_rows(Index rows, Index out_rows, Index out_columns, PartSum part) {
  const auto count = static_cast<std::size_t>(rows);
  std::vector<MatrixD> sums(chunk_count(count, block_rows), MatrixD::Zero(out_rows, out_columns));
  parallel_chunks(count, block_rows, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
    for (auto row = static_cast<Index>(begin); row < static_cast<Index>(end); row += block_rows)
      sums[chunk] += part(row, std::min(block_rows, static_cast<Index>(end) - row));
  });
  MatrixD total = MatrixD::Zero(out_rows, out_columns);
  for (const auto& sum : sums) total += sum;
  return total;
}

/// Gram-Schmidt, twice for full precision. A column that depends on the earlier ones becomes zero.
void orthonormalise(MatrixD& columns) {
  for (Index column = 0; column < columns.cols(); ++column) {
    const double before = columns.col(column).norm();
    for (int pass = 0; pass < 2; ++pass)
      for (Index earlier = 0; earlier < column; ++earlier)
        columns.col(column) -= columns.col(earlier).dot(columns.col(column)) * columns.col(earlier);
    const double norm = columns.col(column).norm();
    if (norm > 1e-12 * before && norm > 0)
      columns.col(column) /= norm;
    else
      columns.col(column).setZero();
  }
}

/// The largest eigenvalues and eigenvectors of centered^T centered / n.
SymmetricEigen largest_by_iteration(const MatrixF& centered, Index count) {
  const Index features = centered.cols();
  const double rows = static_cast<double>(centered.rows());
  const Index width = std::min(count + 6, std::min(features, centered.rows()));
  MatrixD basis(features, width);
  Random random(0x5eed);
  for (Index i = 0; i < basis.size(); ++i) basis.data()[i] = random.normal();
  orthonormalise(basis);

  SymmetricEigen result;
  constexpr int most_iterations = 200;
  for (int iteration = 0; iteration < most_iterations; ++iteration) {
    const MatrixF directions = basis.cast<float>();
    const MatrixD image = sum_over_rows(centered.rows(), features, width,
                                        [&](Index first, Index some) -> MatrixD {
                                          const MatrixF scores = centered.middleRows(first, some) * directions;
                                          const MatrixF product = centered.middleRows(first, some).transpose() * scores;
                                          return product.cast<double>();
                                        }) /
                          rows;
    const MatrixD projected = basis.transpose() * image;
    const SymmetricEigen small = symmetric_eigen((projected + projected.transpose()) / 2);
    const MatrixD vectors = basis * small.vectors;
    MatrixD next = image * small.vectors;
    result = {small.values, vectors};
    double residual = 0;
    for (Index i = 0; i < std::min(count, width); ++i)
      residual = std::max(residual, (next.col(i) - small.values[i] * vectors.col(i)).norm());
    // Float products carry about 1e-6 of the largest eigenvalue; a residual near that is all there is to gain.
    if (residual <= 1e-5 * std::abs(small.values[0])) break;
    basis = std::move(next);
    orthonormalise(basis);
  }
  return result;
}

}  // namespace

PrincipalAxes principal_axes(MatrixF rows, Index count) {
  const Index features = rows.cols();
  const double n = static_cast<double>(std::max<Index>(rows.rows(), 1));
  PrincipalAxes result;
  result.mean = sum_over_rows(rows.rows(), 1, features,
                              [&](Index first, Index some) -> MatrixD {
                                return rows.middleRows(first, some).cast<double>().colwise().sum();
                              }) /
                n;
  const Eigen::RowVectorXf mean = result.mean.cast<float>();
  parallel_chunks(static_cast<std::size_t>(rows.rows()), block_rows,
                  [&](std::size_t begin, std::size_t end, std::size_t) {
                    rows.middleRows(static_cast<Index>(begin), static_cast<Index>(end - begin)).rowwise() -= mean;
                  });
  result.total_variance =
      sum_over_rows(rows.rows(), 1, 1,
                    [&](Index first, Index some) -> MatrixD {
                      return MatrixD::Constant(1, 1, static_cast<double>(rows.middleRows(first, some).squaredNorm()));
                    })(0, 0) /
      n;

  result.axes = MatrixD::Zero(count, features);
  result.variances = Eigen::VectorXd::Zero(count);
  if (result.total_variance <= 0) return result;
  SymmetricEigen found;
  if (features <= few_features) {
    const MatrixD covariance = sum_over_rows(rows.rows(), features, features,
                                             [&](Index first, Index some) -> MatrixD {
                                               const MatrixD block = rows.middleRows(first, some).cast<double>();
                                               return block.transpose() * block;
                                             }) /
                               n;
    found = symmetric_eigen(covariance);
  } else {
    found = largest_by_iteration(rows, count);
  }
  fix_signs(found.vectors);
  for (Index i = 0; i < std::min(count, found.values.size()); ++i) {
    if (found.values[i] <= 1e-12 * result.total_variance) break;
    result.axes.row(i) = found.vectors.col(i).transpose();
    result.variances[i] = found.values[i];
  }
  return result;
}

}  // namespace gb
