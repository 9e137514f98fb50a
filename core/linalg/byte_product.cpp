#include "core/linalg/byte_product.hpp"

#include <oneapi/dnnl/dnnl.h>

#include <algorithm>
#include <vector>

namespace gb {
namespace {

/// Strips of columns wide enough for a product to be fast, narrow enough to leave out much of the upper triangle.
constexpr std::int64_t strip = 160;

}  // namespace

bool multiplies_bytes() {
  // Others add pairs of products in 16 bits, which overflow.
  static const bool exact = [] {
    const dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
    return isa == dnnl_cpu_isa_avx512_core_vnni || isa == dnnl_cpu_isa_avx512_core_bf16 ||
           isa == dnnl_cpu_isa_avx2_vnni || isa == dnnl_cpu_isa_avx512_core_amx;
  }();
  return exact;
}

void multiply_self(const std::uint8_t* a, std::int64_t rows, std::int64_t columns, std::int32_t* out) {
  std::vector<std::int8_t> shifted(static_cast<std::size_t>(rows * columns));
  for (std::size_t i = 0; i < shifted.size(); ++i) shifted[i] = static_cast<std::int8_t>(a[i] ^ 0x80);
  const std::int32_t offset = 0;
  for (std::int64_t first = 0; first < columns; first += strip) {
    const std::int64_t some = std::min(strip, columns - first);
    if (dnnl_gemm_u8s8s32('T', 'N', 'F', columns - first, some, rows, 1.0f, a + first, columns, 0,
                          shifted.data() + first, columns, 0, 0.0f, out + first * columns + first, columns,
                          &offset) == dnnl_success)
      continue;
    // The only failure that valid sizes leave is memory for packing; this needs none.
    for (std::int64_t i = first; i < columns; ++i)
      for (std::int64_t j = first; j < first + some; ++j) {
        std::int32_t sum = 0;
        for (std::int64_t row = 0; row < rows; ++row)
          sum += a[row * columns + i] * shifted[static_cast<std::size_t>(row * columns + j)];
        out[i * columns + j] = sum;
      }
  }
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
