#pragma once

#include <xmmintrin.h>

namespace gb {

/// While it lives, this thread treats numbers too small for full precision (below 1.2e-38) as zero. Gradients of dead
/// units decay into that range, where each operation would take a hundred times longer (measured: training ten
/// times).
class FlushDenormals {
 public:
  FlushDenormals() : kept_(_mm_getcsr()) { _mm_setcsr(kept_ | flush_to_zero | denormals_are_zero); }
  ~FlushDenormals() { _mm_setcsr(kept_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  static constexpr unsigned flush_to_zero = 0x8000;
  static constexpr unsigned denormals_are_zero = 0x0040;
  unsigned kept_;
};

}  // namespace gb
