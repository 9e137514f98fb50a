#include "core/linalg/product.hpp"

#include <oneapi/dnnl/dnnl.h>

#include <algorithm>
#include <numeric>

namespace gb {

void multiply_transposed(const float* a, std::int64_t rows, const float* b, std::int64_t columns, std::int64_t depth,
                         float* out) {
  if (rows == 0 || columns == 0) return;
  if (depth == 0) {
    std::fill_n(out, rows * columns, 0.0f);
    return;
  }
  if (dnnl_sgemm('N', 'T', rows, columns, depth, 1.0f, a, depth, b, depth, 0.0f, out, columns) == dnnl_success) return;
  // The only failure that valid sizes leave is memory for packing; this needs none.
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j)
      out[i * columns + j] = std::inner_product(a + i * depth, a + (i + 1) * depth, b + j * depth, 0.0f);
}

}  // namespace gb
