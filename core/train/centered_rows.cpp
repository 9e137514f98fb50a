#include "core/train/centered_rows.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/parallel.hpp"

namespace gb {
namespace {

/// Rows that are worth a thread of their own.
std::size_t grain_of(std::size_t columns) {
  return std::max<std::size_t>(256, (std::size_t{1} << 18) / std::max<std::size_t>(columns, 1));
}

/// The sum of what `add(row, sums)` adds for every row, reduced in chunk order.
template <class Number, class Add>
std::vector<double> column_sums(std::size_t rows, std::size_t columns, Add add) {
  const std::size_t grain = grain_of(columns);
  std::vector<std::vector<double>> sums(chunk_count(rows, grain), std::vector<double>(columns));
  parallel_chunks(rows, grain, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
    std::vector<Number> some(columns);
    // Pieces so short that 32 bits hold the sums of bytes.
    for (std::size_t first = begin; first < end; first += 65536) {
      std::fill(some.begin(), some.end(), Number{0});
      for (std::size_t row = first; row < std::min(end, first + 65536); ++row) add(row, some.data());
      for (std::size_t i = 0; i < columns; ++i) sums[chunk][i] += static_cast<double>(some[i]);
    }
  });
  std::vector<double> total(columns);
  for (const auto& sum : sums)
    for (std::size_t i = 0; i < columns; ++i) total[i] += sum[i];
  return total;
}

double squared_sum(const float* row, std::size_t columns) {
  double sums[4] = {0, 0, 0, 0};
  std::size_t i = 0;
  for (; i + 4 <= columns; i += 4)
    for (std::size_t lane = 0; lane < 4; ++lane) {
      const double value = row[i + lane];
      sums[lane] += value * value;
    }
  for (; i < columns; ++i) sums[0] += static_cast<double>(row[i]) * static_cast<double>(row[i]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

CenteredRows::CenteredRows(const Features& features, std::span<const std::int64_t> rows)
    : rows_(rows),
      columns_(features.columns()),
      bytes_(features.bytes()),
      origin_(static_cast<std::size_t>(columns_)),
      norms_(rows.size()) {
  if (bytes_)
    center_bytes(features);
  else
    center_floats(features);

  const auto columns = static_cast<std::size_t>(columns_);
  const std::size_t grain = grain_of(columns);
  std::vector<double> squares(chunk_count(rows_.size(), grain));
  parallel_chunks(rows_.size(), grain, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
    std::vector<float> row(columns);
    for (std::size_t i = begin; i < end; ++i) {
      load(static_cast<std::int64_t>(i), row.data());
      const double squared = squared_sum(row.data(), columns);
      norms_[i] = static_cast<float>(std::sqrt(squared));
      squares[chunk] += squared;
    }
  });
  for (const double sum : squares) squared_norms_ += sum;
  // mean_variance_ holds the squared distance of the true mean from this space's zero.
  const double about_mean = squared_norms_ / static_cast<double>(count()) - mean_variance_;
  mean_variance_ = columns_ > 0 ? std::max(0.0, about_mean) / static_cast<double>(columns_) : 0;
}

void CenteredRows::center_bytes(const Features& features) {
  const auto columns = static_cast<std::size_t>(columns_);
  const auto sums = column_sums<std::uint32_t>(rows_.size(), columns, [&](std::size_t row, std::uint32_t* sum) {
    const std::uint8_t* from = bytes_ + rows_[row] * columns_;
    for (std::size_t i = 0; i < columns; ++i) sum[i] += from[i];
  });
  unit_ = static_cast<double>(features.factor());
  shift_.resize(columns);
  for (std::size_t i = 0; i < columns; ++i) {
    const double mean = sums[i] / static_cast<double>(count());
    shift_[i] = static_cast<float>(std::round(mean));
    const double rest = mean - static_cast<double>(shift_[i]);
    mean_variance_ += rest * rest;
    origin_[i] = static_cast<double>(shift_[i]) * unit_ + static_cast<double>(features.offset());
  }
}

void CenteredRows::center_floats(const Features& features) {
  const auto columns = static_cast<std::size_t>(columns_);
  const float* values = features.matrix()->data();
  const auto row_of = [&](std::size_t row) { return values + rows_[row] * columns_; };
  origin_ = column_sums<double>(rows_.size(), columns, [&](std::size_t row, double* sum) {
    const float* from = row_of(row);
    for (std::size_t i = 0; i < columns; ++i) sum[i] += static_cast<double>(from[i]);
  });
  for (double& mean : origin_) mean /= static_cast<double>(count());
  const std::size_t grain = grain_of(columns);
  std::vector<double> widest(chunk_count(rows_.size(), grain));
  parallel_chunks(rows_.size(), grain, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
    for (std::size_t row = begin; row < end; ++row)
      for (std::size_t i = 0; i < columns; ++i)
        widest[chunk] = std::max(widest[chunk], std::abs(static_cast<double>(row_of(row)[i]) - origin_[i]));
  });
  const double largest = widest.empty() ? 0 : *std::max_element(widest.begin(), widest.end());
  // A power of two: scaling by it loses nothing.
  if (largest > 0) unit_ = std::ldexp(1.0, std::ilogb(largest));
  values_.resize(count(), columns_);
  parallel_chunks(rows_.size(), grain, [&](std::size_t begin, std::size_t end, std::size_t) {
    const double factor = 1 / unit_;
    for (std::size_t row = begin; row < end; ++row) {
      float* to = values_.data() + row * columns;
      for (std::size_t i = 0; i < columns; ++i)
        to[i] = static_cast<float>((static_cast<double>(row_of(row)[i]) - origin_[i]) * factor);
    }
  });
}

void CenteredRows::load(std::int64_t row, float* out) const {
  if (!bytes_) {
    std::copy_n(values_.data() + row * columns_, columns_, out);
    return;
  }
  const std::uint8_t* __restrict from = bytes_ + rows_[static_cast<std::size_t>(row)] * columns_;
  const float* __restrict shift = shift_.data();
  float* __restrict to = out;
  // Blocks of constant length are what GCC vectorises at -O2 as well.
  constexpr std::int64_t block = 16;
  std::int64_t i = 0;
  for (; i + block <= columns_; i += block)
    for (std::int64_t j = 0; j < block; ++j) to[i + j] = static_cast<float>(from[i + j]) - shift[i + j];
  for (; i < columns_; ++i) to[i] = static_cast<float>(from[i]) - shift[i];
}

MatrixF CenteredRows::to_features(const MatrixD& points) const {
  const Eigen::Map<const Eigen::RowVectorXd> origin(origin_.data(), columns_);
  return ((points * unit_).rowwise() + origin).cast<float>();
}

}  // namespace gb
