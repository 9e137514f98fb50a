#pragma once

#include <cstdint>

namespace gb {

/// Up to so many columns multiply_transposed() is as fast with few rows as with many.
constexpr std::int64_t few_columns = 16;

/// out = a b^T: `a` is rows x depth, `b` columns x depth, `out` rows x columns, all row-major and dense. On one thread
/// when called from within parallel_chunks(). The rounding error of each entry is at most
/// depth * 2^-24 * |a row| * |b row|.
void multiply_transposed(const float* a, std::int64_t rows, const float* b, std::int64_t columns, std::int64_t depth,
                         float* out);

/// out = a^T b: `a` is rows x a_columns, `b` rows x b_columns, `out` a_columns x b_columns, all row-major and dense. On
/// one thread when called from within parallel_chunks().
void multiply_inner(const float* a, std::int64_t a_columns, const float* b, std::int64_t b_columns, std::int64_t rows,
                    float* out);

/// The lower triangle of out = a^T a (columns x columns; what lies above it is left undefined or filled as well), for
/// about 60 % of a product's work. On one thread when called from within parallel_chunks().
void multiply_self(const float* a, std::int64_t rows, std::int64_t columns, float* out);

/// out += a^T b: `a` is rows x few, `b` rows x depth, `out` few x depth, all row-major and dense; on the calling
/// thread. Meant for few rows of `out` (scores of classes), where a general product spends its time on packing.
void add_product_of_transposed(const float* a, std::int64_t rows, std::int64_t few, const float* b, std::int64_t depth,
                               float* out);

}  // namespace gb
