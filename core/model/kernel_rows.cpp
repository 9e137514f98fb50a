#include "core/model/kernel_rows.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/parallel.hpp"
#include "core/linalg/byte_product.hpp"
#include "core/linalg/product.hpp"

namespace gb {
namespace {

/// Up to so many pixels sums of squared distances stay within 32 bits.
constexpr std::int64_t most_pixels = 8192;

/// So many values are computed at a time, the last ones padded: whole vectors always, so that a value has the same bits
/// wherever it lies in memory.
constexpr std::int64_t block_size = 64;
using Block = Eigen::Array<float, block_size, 1>;
using WholeBlock = Eigen::Array<std::int32_t, block_size, 1>;

template <class Values>
Values loaded(const typename Values::Scalar* from, std::int64_t count) {
  Values values = Values::Zero();
  std::copy_n(from, count, values.data());
  return values;
}

/// compute(first, count) for all blocks; what it returns is stored.
template <class Compute>
void in_blocks(float* out, std::int64_t count, const Compute& compute) {
  for (std::int64_t first = 0; first < count; first += block_size) {
    const std::int64_t some = std::min(block_size, count - first);
    const Block values = compute(first, some);
    std::copy_n(values.data(), some, out + first);
  }
}

/// Kernel values of products, or of squared distances.
Block kernel_values(const RowKernel& kernel, const Block& values) {
  const auto g = static_cast<float>(kernel.gamma), c = static_cast<float>(kernel.coef0);
  switch (kernel.kind) {
    case RowKernel::Kind::linear:
      return values;
    case RowKernel::Kind::rbf:
      return (values * -g).exp();
    case RowKernel::Kind::sigmoid:
      return (values * g + c).tanh();
    case RowKernel::Kind::poly: {
      const Block base = values * g + c;
      Block power = Block::Ones();
      for (int i = 0; i < static_cast<int>(kernel.degree); ++i) power *= base;
      return power;
    }
  }
  return values;
}

}  // namespace

void RowKernel::apply(float* values, std::int64_t count) const {
  in_blocks(values, count, [&](std::int64_t first, std::int64_t some) {
    return kernel_values(*this, loaded<Block>(values + first, some));
  });
}

KernelRows::KernelRows(const Features& features, std::span<const std::int64_t> rows, const RowKernel& kernel)
    : kernel_(kernel), count_(static_cast<std::int64_t>(rows.size())), columns_(features.columns()) {
  bytes_used_ = features.bytes() && multiplies_bytes() && columns_ <= most_pixels;
  if (bytes_used_) {
    factor_ = features.factor();
    offset_ = features.offset();
    bytes_.resize(static_cast<std::size_t>(count_ * columns_));
    byte_norms_.resize(rows.size());
    byte_sums_.resize(rows.size());
    parallel_chunks(rows.size(), 64, [&](std::size_t begin, std::size_t end, std::size_t) {
      for (std::size_t i = begin; i < end; ++i) {
        const std::uint8_t* from = features.bytes() + rows[i] * columns_;
        std::int8_t* to = bytes_.data() + static_cast<std::int64_t>(i) * columns_;
        std::int32_t norm = 0, sum = 0;
        for (std::int64_t j = 0; j < columns_; ++j) {
          to[j] = static_cast<std::int8_t>(from[j] - 128);
          norm += from[j] * from[j];
          sum += from[j];
        }
        byte_norms_[i] = norm;
        byte_sums_[i] = sum;
      }
    });
    return;
  }
  values_ = features.dense(rows);
  origin_ = Eigen::RowVectorXf::Zero(columns_);
  if (kernel_.by_distance() && count_ > 0) {
    Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(columns_);
    for (Eigen::Index i = 0; i < count_; ++i) mean += values_.row(i).cast<double>();
    origin_ = (mean / static_cast<double>(count_)).cast<float>();
    values_.rowwise() -= origin_;
  }
  norms_.resize(count_);
  for (Eigen::Index i = 0; i < count_; ++i) norms_[i] = static_cast<float>(values_.row(i).cast<double>().squaredNorm());
}

/// Products with the kept rows from `begin` on become kernel values; `norm` is the left row's, squared.
void KernelRows::finish(float* values, std::int64_t begin, std::int64_t width, double norm) const {
  const auto own = static_cast<float>(norm);
  in_blocks(values, width, [&](std::int64_t first, std::int64_t some) {
    Block block = loaded<Block>(values + first, some);
    if (kernel_.by_distance())
      block = (loaded<Block>(norms_.data() + begin + first, some) - 2.0f * block + own).max(0.0f);
    return kernel_values(kernel_, block);
  });
}

/// The same for products of a left row's bytes with bytes less 128.
void KernelRows::finish_bytes(const std::int32_t* products, std::int64_t begin, std::int64_t width, std::int32_t norm,
                              std::int32_t sum, float* out) const {
  const float squared = factor_ * factor_, cross = factor_ * offset_;
  const float constant = cross * static_cast<float>(sum) + static_cast<float>(columns_) * offset_ * offset_;
  in_blocks(out, width, [&](std::int64_t first, std::int64_t some) {
    const auto plain = loaded<WholeBlock>(products + first, some);
    if (kernel_.by_distance()) {
      // |a - b|^2 = |a|^2 + |b|^2 - 2 (a.(b - 128) + 128 sum(a))
      const auto norms = loaded<WholeBlock>(byte_norms_.data() + begin + first, some);
      const WholeBlock distances = norms - 2 * plain + (norm - 256 * sum);
      return kernel_values(kernel_, distances.cast<float>() * squared);
    }
    const auto sums = loaded<WholeBlock>(byte_sums_.data() + begin + first, some);
    const WholeBlock whole = plain + 128 * sum;
    return kernel_values(kernel_, whole.cast<float>() * squared + sums.cast<float>() * cross + constant);
  });
}

void KernelRows::block(std::int64_t first, std::int64_t some, std::int64_t begin, std::int64_t width, float* out,
                       std::int64_t stride) const {
  constexpr std::int64_t height = 256;
  std::vector<std::uint8_t> left(bytes_used_ ? static_cast<std::size_t>(std::min(height, some) * columns_) : 0);
  std::vector<std::int32_t> whole(bytes_used_ ? static_cast<std::size_t>(std::min(height, some) * width) : 0);
  std::vector<float> products(bytes_used_ ? 0 : static_cast<std::size_t>(std::min(height, some) * width));
  for (std::int64_t row = 0; row < some; row += height) {
    const std::int64_t rows = std::min(height, some - row);
    if (bytes_used_) {
      const std::int8_t* from = bytes_.data() + (first + row) * columns_;
      for (std::int64_t i = 0; i < rows * columns_; ++i)
        left[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(from[i] + 128);
      multiply_bytes_transposed(left.data(), rows, bytes_.data() + begin * columns_, width, columns_, whole.data());
    } else {
      multiply_transposed(values_.row(first + row).data(), rows, values_.row(begin).data(), width, columns_,
                          products.data());
    }
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int64_t own = first + row + i;
      float* const to = out + (row + i) * stride;
      if (bytes_used_) {
        finish_bytes(whole.data() + i * width, begin, width, byte_norms_[static_cast<std::size_t>(own)],
                     byte_sums_[static_cast<std::size_t>(own)], to);
      } else {
        std::copy_n(products.data() + i * width, width, to);
        finish(to, begin, width, static_cast<double>(norms_[own]));
      }
    }
  }
}

void KernelRows::few(std::span<const std::int32_t> rows, float* const* out) const {
  const auto some = static_cast<std::int64_t>(rows.size());
  const auto size = static_cast<std::size_t>(some * columns_);
  std::vector<std::uint8_t> left(bytes_used_ ? size : 0);
  std::vector<float> queries(bytes_used_ ? 0 : size);
  for (std::int64_t i = 0; i < some; ++i) {
    const std::int64_t from = rows[static_cast<std::size_t>(i)] * columns_;
    for (std::int64_t j = 0; j < columns_; ++j)
      if (bytes_used_)
        left[static_cast<std::size_t>(i * columns_ + j)] =
            static_cast<std::uint8_t>(bytes_[static_cast<std::size_t>(from + j)] + 128);
      else
        queries[static_cast<std::size_t>(i * columns_ + j)] = values_.data()[from + j];
  }
  constexpr std::int64_t width = 1024;
  parallel_chunks(static_cast<std::size_t>(count_), width, [&](std::size_t begin, std::size_t end, std::size_t) {
    std::vector<std::int32_t> whole(bytes_used_ ? static_cast<std::size_t>(width * some) : 0);
    MatrixF products(bytes_used_ ? 0 : width, some);
    for (auto row = static_cast<std::int64_t>(begin); row < static_cast<std::int64_t>(end); row += width) {
      const std::int64_t count = std::min(width, static_cast<std::int64_t>(end) - row);
      if (bytes_used_)
        multiply_bytes_transposed(left.data(), some, bytes_.data() + row * columns_, count, columns_, whole.data());
      else
        multiply_transposed(values_.row(row).data(), count, queries.data(), some, columns_, products.data());
      for (std::int64_t i = 0; i < some; ++i) {
        const std::int32_t own = rows[static_cast<std::size_t>(i)];
        float* const to = out[i] + row;
        if (bytes_used_) {
          finish_bytes(whole.data() + i * count, row, count, byte_norms_[static_cast<std::size_t>(own)],
                       byte_sums_[static_cast<std::size_t>(own)], to);
        } else {
          for (std::int64_t j = 0; j < count; ++j) to[j] = products.data()[j * some + i];
          finish(to, row, count, static_cast<double>(norms_[own]));
        }
      }
    }
  });
}

void KernelRows::against(const Features& features, std::span<const std::int64_t> rows, float* out) const {
  const auto some = static_cast<std::int64_t>(rows.size());
  constexpr std::int64_t width = 1024;
  const bool same_bytes =
      bytes_used_ && features.bytes() && features.factor() == factor_ && features.offset() == offset_;
  if (same_bytes) {
    std::vector<std::uint8_t> left(static_cast<std::size_t>(some * columns_));
    std::vector<std::int32_t> whole(static_cast<std::size_t>(some * width)), norms(rows.size()), sums(rows.size());
    for (std::int64_t i = 0; i < some; ++i) {
      const std::uint8_t* from = features.bytes() + rows[static_cast<std::size_t>(i)] * columns_;
      std::copy_n(from, columns_, left.data() + i * columns_);
      std::int32_t norm = 0, sum = 0;
      for (std::int64_t j = 0; j < columns_; ++j) {
        norm += from[j] * from[j];
        sum += from[j];
      }
      norms[static_cast<std::size_t>(i)] = norm;
      sums[static_cast<std::size_t>(i)] = sum;
    }
    for (std::int64_t row = 0; row < count_; row += width) {
      const std::int64_t count = std::min(width, count_ - row);
      multiply_bytes_transposed(left.data(), some, bytes_.data() + row * columns_, count, columns_, whole.data());
      for (std::int64_t i = 0; i < some; ++i)
        finish_bytes(whole.data() + i * count, row, count, norms[static_cast<std::size_t>(i)],
                     sums[static_cast<std::size_t>(i)], out + i * count_ + row);
    }
    return;
  }
  // Queries that are no such bytes: everything in float.
  MatrixF queries(some, columns_);
  features.gather(rows, queries.data());
  if (!bytes_used_) queries.rowwise() -= origin_;
  Eigen::ArrayXd query_norms(some);
  for (Eigen::Index i = 0; i < some; ++i) query_norms[i] = queries.row(i).cast<double>().squaredNorm();
  MatrixF products(some, width), expanded(bytes_used_ ? width : 0, columns_);
  for (std::int64_t row = 0; row < count_; row += width) {
    const std::int64_t count = std::min(width, count_ - row);
    if (bytes_used_)
      for (std::int64_t i = 0; i < count * columns_; ++i)
        expanded.data()[i] =
            static_cast<float>(bytes_[static_cast<std::size_t>(row * columns_ + i)] + 128) * factor_ + offset_;
    multiply_transposed(queries.data(), some, bytes_used_ ? expanded.data() : values_.row(row).data(), count, columns_,
                        products.data());
    Eigen::ArrayXf norms;
    if (bytes_used_) norms = expanded.topRows(count).rowwise().squaredNorm();
    for (std::int64_t i = 0; i < some; ++i) {
      float* const to = out + i * count_ + row;
      std::copy_n(products.data() + i * count, count, to);
      if (bytes_used_) {
        Eigen::Map<Eigen::ArrayXf> line(to, count);
        if (kernel_.by_distance()) line = (norms - 2.0f * line + static_cast<float>(query_norms[i])).max(0.0f);
        kernel_.apply(to, count);
      } else {
        finish(to, row, count, query_norms[i]);
      }
    }
  }
}

double KernelRows::diagonal(std::int64_t row) const {
  if (kernel_.kind == RowKernel::Kind::rbf) return 1;
  float value = 0;
  if (bytes_used_) {
    const auto at = static_cast<std::size_t>(row);
    const double f = static_cast<double>(factor_), o = static_cast<double>(offset_);
    value = static_cast<float>(f * f * byte_norms_[at] + 2 * f * o * byte_sums_[at] +
                               static_cast<double>(columns_) * o * o);
  } else {
    value = norms_[row];
  }
  kernel_.apply(&value, 1);
  return static_cast<double>(value);
}

MatrixF KernelRows::values() const {
  if (!bytes_used_) return values_.rowwise() + origin_;
  MatrixF result(count_, columns_);
  for (Eigen::Index i = 0; i < result.size(); ++i)
    result.data()[i] = static_cast<float>(bytes_[static_cast<std::size_t>(i)] + 128) * factor_ + offset_;
  return result;
}

KernelRows KernelRows::subset(std::span<const std::int32_t> rows) const {
  KernelRows result;
  result.kernel_ = kernel_;
  result.count_ = static_cast<std::int64_t>(rows.size());
  result.columns_ = columns_;
  result.bytes_used_ = bytes_used_;
  result.factor_ = factor_;
  result.offset_ = offset_;
  result.origin_ = origin_;
  if (!bytes_used_) {
    result.values_.resize(result.count_, columns_);
    result.norms_.resize(result.count_);
  }
  for (std::int64_t i = 0; i < result.count_; ++i) {
    const std::int64_t row = rows[static_cast<std::size_t>(i)];
    const auto at = static_cast<std::size_t>(row);
    if (bytes_used_) {
      const auto from = bytes_.begin() + row * columns_;
      result.bytes_.insert(result.bytes_.end(), from, from + columns_);
      result.byte_norms_.push_back(byte_norms_[at]);
      result.byte_sums_.push_back(byte_sums_[at]);
    } else {
      result.values_.row(i) = values_.row(row);
      result.norms_[i] = norms_[row];
    }
  }
  return result;
}

}  // namespace gb
