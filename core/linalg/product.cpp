#include "core/linalg/product.hpp"

#include <immintrin.h>
#include <oneapi/dnnl/dnnl.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace gb {
namespace {

/// Products of `Rows` rows of a with `Columns` rows of b, all in registers: 16 sums fit beside what they are made of.
template <int Rows, int Columns>
void multiply_tile(const float* a, const float* b, std::int64_t depth, float* out, std::int64_t stride) {
  __m256 sums[Rows][Columns];
  for (auto& row : sums)
    for (auto& sum : row) sum = _mm256_setzero_ps();
  std::int64_t i = 0;
  for (; i + 8 <= depth; i += 8) {
    __m256 right[Columns];
    for (int column = 0; column < Columns; ++column) right[column] = _mm256_loadu_ps(b + column * depth + i);
    for (int row = 0; row < Rows; ++row) {
      const __m256 left = _mm256_loadu_ps(a + row * depth + i);
      for (int column = 0; column < Columns; ++column)
        sums[row][column] = _mm256_fmadd_ps(left, right[column], sums[row][column]);
    }
  }
  for (int row = 0; row < Rows; ++row)
    for (int column = 0; column < Columns; ++column) {
      const __m256 sum = sums[row][column];
      __m128 four = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
      four = _mm_add_ps(four, _mm_movehl_ps(four, four));
      float total = _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
      for (std::int64_t j = i; j < depth; ++j) total += a[row * depth + j] * b[column * depth + j];
      out[row * stride + column] = total;
    }
}

template <int Rows>
void multiply_rows(const float* a, const float* b, std::int64_t columns, std::int64_t depth, float* out) {
  std::int64_t column = 0;
  for (; column + 3 <= columns; column += 3)
    multiply_tile<Rows, 3>(a, b + column * depth, depth, out + column, columns);
  if (columns - column == 2)
    multiply_tile<Rows, 2>(a, b + column * depth, depth, out + column, columns);
  else if (columns - column == 1)
    multiply_tile<Rows, 1>(a, b + column * depth, depth, out + column, columns);
}

/// Adds to `Few` rows of `out`, at 8 * Vectors columns.
template <int Few, int Vectors>
void add_tile(const float* a, std::int64_t rows, std::int64_t few, const float* b, std::int64_t depth, float* out) {
  __m256 sums[Few][Vectors];
  for (auto& row : sums)
    for (auto& sum : row) sum = _mm256_setzero_ps();
  for (std::int64_t row = 0; row < rows; ++row) {
    __m256 right[Vectors];
    for (int i = 0; i < Vectors; ++i) right[i] = _mm256_loadu_ps(b + row * depth + 8 * i);
    for (int k = 0; k < Few; ++k) {
      const __m256 left = _mm256_broadcast_ss(a + row * few + k);
      for (int i = 0; i < Vectors; ++i) sums[k][i] = _mm256_fmadd_ps(left, right[i], sums[k][i]);
    }
  }
  for (int k = 0; k < Few; ++k)
    for (int i = 0; i < Vectors; ++i) {
      float* const at = out + k * depth + 8 * i;
      _mm256_storeu_ps(at, _mm256_add_ps(_mm256_loadu_ps(at), sums[k][i]));
    }
}

template <int Few>
void add_rows(const float* a, std::int64_t rows, std::int64_t few, const float* b, std::int64_t depth, float* out) {
  std::int64_t column = 0;
  for (; column + 24 <= depth; column += 24) add_tile<Few, 3>(a, rows, few, b + column, depth, out + column);
  for (; column + 8 <= depth; column += 8) add_tile<Few, 1>(a, rows, few, b + column, depth, out + column);
  for (; column < depth; ++column)
    for (int k = 0; k < Few; ++k) {
      float sum = 0;
      for (std::int64_t row = 0; row < rows; ++row) sum += a[row * few + k] * b[row * depth + column];
      out[k * depth + column] += sum;
    }
}

}  // namespace

void add_product_of_transposed(const float* a, std::int64_t rows, std::int64_t few, const float* b, std::int64_t depth,
                               float* out) {
  // Some rows at a time, which stay in the first cache while all of `few` go over them.
  constexpr std::int64_t group = 8;
  for (std::int64_t row = 0; row < rows; row += group, a += group * few, b += group * depth) {
    const std::int64_t some = std::min(group, rows - row);
    std::int64_t k = 0;
    for (; k + 4 <= few; k += 4) add_rows<4>(a + k, some, few, b, depth, out + k * depth);
    switch (few - k) {
      case 3:
        add_rows<3>(a + k, some, few, b, depth, out + k * depth);
        break;
      case 2:
        add_rows<2>(a + k, some, few, b, depth, out + k * depth);
        break;
      case 1:
        add_rows<1>(a + k, some, few, b, depth, out + k * depth);
        break;
      default:
        break;
    }
  }
}

void multiply_transposed(const float* a, std::int64_t rows, const float* b, std::int64_t columns, std::int64_t depth,
                         float* out) {
  if (rows == 0 || columns == 0) return;
  if (columns <= few_columns) {
    // Few columns: packing, which a general product begins with, would cost more than the product.
    std::int64_t row = 0;
    for (; row + 4 <= rows; row += 4) multiply_rows<4>(a + row * depth, b, columns, depth, out + row * columns);
    for (; row < rows; ++row) multiply_rows<1>(a + row * depth, b, columns, depth, out + row * columns);
    return;
  }
  if (depth > 0 &&
      dnnl_sgemm('N', 'T', rows, columns, depth, 1.0f, a, depth, b, depth, 0.0f, out, columns) == dnnl_success)
    return;
  // The only failure that valid sizes leave is memory for packing; this needs none.
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j)
      out[i * columns + j] = std::inner_product(a + i * depth, a + (i + 1) * depth, b + j * depth, 0.0f);
}

namespace {

/// Columns `first` and on of a against `some` columns of b, both rows x their stride; out has b's stride.
void multiply_inner_part(const float* a, std::int64_t a_stride, std::int64_t a_columns, const float* b,
                         std::int64_t b_stride, std::int64_t b_columns, std::int64_t rows, float* out,
                         std::int64_t out_stride) {
  if (a_columns == 0 || b_columns == 0) return;
  if (rows > 0 && dnnl_sgemm('T', 'N', a_columns, b_columns, rows, 1.0f, a, a_stride, b, b_stride, 0.0f, out,
                             out_stride) == dnnl_success)
    return;
  for (std::int64_t i = 0; i < a_columns; ++i)
    for (std::int64_t j = 0; j < b_columns; ++j) {
      float sum = 0;
      for (std::int64_t row = 0; row < rows; ++row) sum += a[row * a_stride + i] * b[row * b_stride + j];
      out[i * out_stride + j] = sum;
    }
}

}  // namespace

void multiply_inner(const float* a, std::int64_t a_columns, const float* b, std::int64_t b_columns, std::int64_t rows,
                    float* out) {
  multiply_inner_part(a, a_columns, a_columns, b, b_columns, b_columns, rows, out, b_columns);
}

/// Strips of columns wide enough for a product to be fast, narrow enough to leave out much of the upper triangle.
constexpr std::int64_t strip = 160;

void multiply_self(const float* a, std::int64_t rows, std::int64_t columns, float* out) {
  for (std::int64_t first = 0; first < columns; first += strip) {
    const std::int64_t some = std::min(strip, columns - first);
    multiply_inner_part(a + first, columns, columns - first, a + first, columns, some, rows,
                        out + first * columns + first, columns);
  }
}

}  // namespace gb
