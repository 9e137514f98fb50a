#pragma once

#include <cstdint>

namespace gb {

/// This processor multiplies bytes without loss and faster than floats (VNNI).
bool multiplies_bytes();

/// Depth up to which multiply_bytes_transposed() cannot overflow.
constexpr std::int64_t most_byte_depth = 30000;

/// out = a b^T in whole numbers, exact: `a` is rows x depth, `b` columns x depth, `out` rows x columns, all row-major
/// and dense. Requires multiplies_bytes(). On one thread when called from within parallel_chunks().
void multiply_bytes_transposed(const std::uint8_t* a, std::int64_t rows, const std::int8_t* b, std::int64_t columns,
                               std::int64_t depth, std::int32_t* out);

/// The lower triangle of out = a^T (a - 128), exactly, for at most most_byte_rows rows. Requires multiplies_bytes().
void multiply_self(const std::uint8_t* a, std::int64_t rows, std::int64_t columns, std::int32_t* out);
constexpr std::int64_t most_byte_rows = 65000;

}  // namespace gb
