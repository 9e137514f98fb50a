#include "core/linalg/byte_product.hpp"

#include <oneapi/dnnl/dnnl.h>

#include <algorithm>

namespace gb {

bool multiplies_bytes() {
  // Without VNNI oneDNN adds pairs of products in 16 bits, which saturate.
  static const bool able = __builtin_cpu_supports("avx512vnni") != 0;
  return able;
}

void multiply_bytes_transposed(const std::uint8_t* a, std::int64_t rows, const std::int8_t* b, std::int64_t columns,
                               std::int64_t depth, std::int32_t* out) {
  if (rows == 0 || columns == 0) return;
  const std::int32_t no_offset = 0;
  if (depth > 0 && dnnl_gemm_u8s8s32('N', 'T', 'F', rows, columns, depth, 1.0f, a, depth, 0, b, depth, 0, 0.0f, out,
                                     columns, &no_offset) == dnnl_success)
    return;
  // The only failure that valid sizes leave is memory for packing; this needs none.
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) {
      std::int32_t sum = 0;
      for (std::int64_t k = 0; k < depth; ++k) sum += a[i * depth + k] * b[j * depth + k];
      out[i * columns + j] = sum;
    }
}

}  // namespace gb
