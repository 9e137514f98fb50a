#include "core/train/row_blocks.hpp"

#include <utility>
#include <vector>

#include "core/linalg/product.hpp"

namespace gb {

using Eigen::Index;

void RowBlocks::move_to(Eigen::RowVectorXd origin) {
  origin_ = std::move(origin);
  moved_ = true;
}

Eigen::RowVectorXd RowBlocks::mean() const {
  std::vector<Eigen::RowVectorXd> sums(static_cast<std::size_t>(threads()), Eigen::RowVectorXd::Zero(columns()));
  visit(
      0, count(), [] { return false; },
      [&](std::int64_t, const float* values, std::int64_t some, std::size_t chunk) {
        for (std::int64_t row = 0; row < some; ++row)
          sums[chunk] += Eigen::Map<const Eigen::RowVectorXf>(values + row * columns(), columns()).cast<double>();
      });
  Eigen::RowVectorXd total = Eigen::RowVectorXd::Zero(columns());
  for (const auto& sum : sums) total += sum;
  return total / static_cast<double>(std::max<std::int64_t>(count(), 1));
}

void RowBlocks::load(std::int64_t first, std::int64_t some, float* out) const {
  features_.gather(rows_.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(some)), out);
  if (!moved_) return;
  for (std::int64_t row = 0; row < some; ++row) {
    Eigen::Map<Eigen::RowVectorXf> values(out + row * columns(), columns());
    values = (values.cast<double>() - origin_).cast<float>();
  }
}

MatrixF RowBlocks::dense() const {
  MatrixF all(count(), columns());
  parallel_chunks(rows_.size(), 16, [&](std::size_t begin, std::size_t end, std::size_t) {
    load(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end - begin),
         all.data() + static_cast<Index>(begin) * columns());
  });
  return all;
}

MatrixD RowBlocks::apply(const MatrixD& basis, double& squares, const std::function<bool()>& stop) const {
  const Index width = basis.cols();
  const MatrixF turned = basis.cast<float>().transpose();
  std::vector<MatrixD> sums(static_cast<std::size_t>(threads()), MatrixD::Zero(columns(), width));
  std::vector<double> squared(sums.size());
  const bool complete =
      visit(0, count(), stop, [&](std::int64_t, const float* values, std::int64_t some, std::size_t chunk) {
        MatrixF scores(some, width), part(columns(), width);
        multiply_transposed(values, some, turned.data(), width, columns(), scores.data());
        multiply_inner(values, columns(), scores.data(), width, some, part.data());
        sums[chunk] += part.cast<double>();
        for (std::int64_t row = 0; row < some; ++row)
          squared[chunk] +=
              Eigen::Map<const Eigen::RowVectorXf>(values + row * columns(), columns()).cast<double>().squaredNorm();
      });
  if (!complete) return {};
  MatrixD total = MatrixD::Zero(columns(), width);
  squares = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    total += sums[i];
    squares += squared[i];
  }
  return total;
}

}  // namespace gb
