#include "core/data/features.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "core/base/parallel.hpp"

namespace gb {
namespace {

/// out[i] = bytes[i] * factor + offset. Blocks of constant length are what GCC vectorises at -O2 as well.
void expand(const std::uint8_t* bytes, std::int64_t count, float factor, float offset, float* out) {
  constexpr std::int64_t block = 32;
  std::int64_t i = 0;
  for (; i + block <= count; i += block)
    for (std::int64_t j = 0; j < block; ++j) out[i + j] = static_cast<float>(bytes[i + j]) * factor + offset;
  for (; i < count; ++i) out[i] = static_cast<float>(bytes[i]) * factor + offset;
}

}  // namespace

Features::Features(MatrixF values)
    : values_(std::make_shared<const MatrixF>(std::move(values))), rows_(values_->rows()), columns_(values_->cols()) {}

Features::Features(SharedBytes bytes, std::int64_t rows, std::int64_t columns, float factor, float offset)
    : bytes_(std::move(bytes)), rows_(rows), columns_(columns), factor_(factor), offset_(offset) {
  assert(bytes_ && bytes_.size() == static_cast<std::size_t>(rows * columns));
}

void Features::gather(std::span<const std::int64_t> rows, float* out) const {
  if (values_) {
    const auto bytes_a_row = static_cast<std::size_t>(columns_) * sizeof(float);
    for (const auto row : rows) {
      assert(row >= 0 && row < rows_);
      std::memcpy(out, values_->data() + row * columns_, bytes_a_row);
      out += columns_;
    }
    return;
  }
  for (const auto row : rows) {
    assert(row >= 0 && row < rows_);
    gb::expand(bytes_.data() + row * columns_, columns_, factor_, offset_, out);
    out += columns_;
  }
}

void Features::expand(std::span<const std::uint8_t> bytes, float* out) const {
  gb::expand(bytes.data(), static_cast<std::int64_t>(bytes.size()), factor_, offset_, out);
}

MatrixF Features::dense(std::span<const std::int64_t> rows) const {
  MatrixF matrix(static_cast<Eigen::Index>(rows.size()), columns_);
  const auto grain = static_cast<std::size_t>(std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(1, columns_)));
  parallel_chunks(rows.size(), grain, [&](std::size_t begin, std::size_t end, std::size_t) {
    gather(rows.subspan(begin, end - begin), matrix.data() + static_cast<std::int64_t>(begin) * columns_);
  });
  return matrix;
}

}  // namespace gb
