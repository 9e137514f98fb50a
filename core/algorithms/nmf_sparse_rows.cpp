#include "core/algorithms/nmf_sparse_rows.hpp"

#include <immintrin.h>

#include <algorithm>

namespace gb {
namespace {

constexpr std::int64_t lanes = 8;
/// Up to this share of numbers that are not zero, leaving out the others pays.
constexpr double most_filled = 0.35;

/// `Groups` times eight components of one row's product, all in registers.
template <int Groups>
void multiply_row(const float* values, const std::int32_t* columns, std::int64_t count, const float* parts,
                  std::int64_t stride, float* out) {
  // Two sums each: an addition need not wait for the one before.
  __m256 even[Groups], odd[Groups];
  for (int g = 0; g < Groups; ++g) even[g] = odd[g] = _mm256_setzero_ps();
  std::int64_t i = 0;
  for (; i + 2 <= count; i += 2) {
    const __m256 first = _mm256_broadcast_ss(values + i), second = _mm256_broadcast_ss(values + i + 1);
    const float *from = parts + columns[i] * stride, *next = parts + columns[i + 1] * stride;
    for (int g = 0; g < Groups; ++g) {
      even[g] = _mm256_fmadd_ps(first, _mm256_loadu_ps(from + g * lanes), even[g]);
      odd[g] = _mm256_fmadd_ps(second, _mm256_loadu_ps(next + g * lanes), odd[g]);
    }
  }
  if (i < count) {
    const __m256 last = _mm256_broadcast_ss(values + i);
    for (int g = 0; g < Groups; ++g)
      even[g] = _mm256_fmadd_ps(last, _mm256_loadu_ps(parts + columns[i] * stride + g * lanes), even[g]);
  }
  for (int g = 0; g < Groups; ++g) _mm256_storeu_ps(out + g * lanes, _mm256_add_ps(even[g], odd[g]));
}

template <int Groups>
void add_row(const float* values, const std::int32_t* columns, std::int64_t count, const float* weights,
             std::int64_t stride, float* out) {
  __m256 own[Groups];
  for (int g = 0; g < Groups; ++g) own[g] = _mm256_loadu_ps(weights + g * lanes);
  for (std::int64_t i = 0; i < count; ++i) {
    const __m256 value = _mm256_broadcast_ss(values + i);
    float* to = out + columns[i] * stride;
    for (int g = 0; g < Groups; ++g)
      _mm256_storeu_ps(to + g * lanes, _mm256_fmadd_ps(value, own[g], _mm256_loadu_ps(to + g * lanes)));
  }
}

/// Calls `work` with up to four groups of eight components at a time.
template <class Work>
void in_groups(std::int64_t padded, Work work) {
  for (std::int64_t component = 0; component < padded;) {
    const std::int64_t groups = std::min<std::int64_t>(4, (padded - component) / lanes);
    switch (groups) {
      case 1:
        work.template operator()<1>(component);
        break;
      case 2:
        work.template operator()<2>(component);
        break;
      case 3:
        work.template operator()<3>(component);
        break;
      default:
        work.template operator()<4>(component);
    }
    component += groups * lanes;
  }
}

}  // namespace

std::optional<NmfSparseRows> NmfSparseRows::of(const RowBlocks& blocks, const std::function<bool()>& stop) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(blocks.count()));
  const std::int64_t columns = blocks.columns();
  bool complete =
      blocks.visit(0, blocks.count(), stop, [&](std::int64_t first, const float* rows, std::int64_t some, std::size_t) {
        for (std::int64_t i = 0; i < some; ++i)
          counts[static_cast<std::size_t>(first + i)] =
              columns - std::count(rows + i * columns, rows + (i + 1) * columns, 0.0f);
      });
  NmfSparseRows sparse;
  sparse.begins_.resize(counts.size() + 1);
  for (std::size_t i = 0; i < counts.size(); ++i) sparse.begins_[i + 1] = sparse.begins_[i] + counts[i];
  const auto filled = static_cast<double>(sparse.begins_.back());
  if (!complete || filled > most_filled * static_cast<double>(blocks.count()) * static_cast<double>(columns))
    return std::nullopt;
  sparse.columns_.resize(static_cast<std::size_t>(sparse.begins_.back()));
  sparse.values_.resize(sparse.columns_.size());
  complete =
      blocks.visit(0, blocks.count(), stop, [&](std::int64_t first, const float* rows, std::int64_t some, std::size_t) {
        for (std::int64_t i = 0; i < some; ++i) {
          auto to = static_cast<std::size_t>(sparse.begins_[static_cast<std::size_t>(first + i)]);
          for (std::int64_t j = 0; j < columns; ++j) {
            if (rows[i * columns + j] == 0) continue;
            sparse.columns_[to] = static_cast<std::int32_t>(j);
            sparse.values_[to++] = rows[i * columns + j];
          }
        }
      });
  if (!complete) return std::nullopt;
  return sparse;
}

void NmfSparseRows::multiply(std::int64_t first, std::int64_t some, const float* parts, std::int64_t padded,
                             float* out) const {
  for (std::int64_t row = 0; row < some; ++row) {
    const std::int64_t begin = begins_[static_cast<std::size_t>(first + row)];
    const std::int64_t count = begins_[static_cast<std::size_t>(first + row) + 1] - begin;
    in_groups(padded, [&]<int Groups>(std::int64_t component) {
      multiply_row<Groups>(values_.data() + begin, columns_.data() + begin, count, parts + component, padded,
                           out + row * padded + component);
    });
  }
}

void NmfSparseRows::add_products(std::int64_t first, std::int64_t some, const float* weights, std::int64_t padded,
                                 float* out) const {
  for (std::int64_t row = 0; row < some; ++row) {
    const std::int64_t begin = begins_[static_cast<std::size_t>(first + row)];
    const std::int64_t count = begins_[static_cast<std::size_t>(first + row) + 1] - begin;
    in_groups(padded, [&]<int Groups>(std::int64_t component) {
      add_row<Groups>(values_.data() + begin, columns_.data() + begin, count, weights + row * padded + component,
                      padded, out + component);
    });
  }
}

}  // namespace gb
