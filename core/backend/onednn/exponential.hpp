#pragma once

#include <bit>
#include <cstdint>

/// Functions without libm, whose own take one number at a time: 20 times slower than loops over these, which the
/// compiler turns into vector instructions. Range reductions and polynomials after Cephes (Moshier).
namespace gb::onednn {

/// Within 2 units in the last place for x from -87 to 88, and clamped there.
inline float exponential(float x) {
  constexpr float log2_e = 1.44269504088896341F;
  constexpr float ln2_high = 0.693359375F, ln2_low = -2.12194440e-4F;
  constexpr float round_to_whole = 12582912.0F;  // 1.5 * 2^23: adding it rounds to a whole number
  x = x < -87.0F ? -87.0F : x;
  x = x > 88.0F ? 88.0F : x;
  const float n = (x * log2_e + round_to_whole) - round_to_whole;
  const float r = (x - n * ln2_high) - n * ln2_low;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const float e = p * r * r + r + 1.0F;
  return e * std::bit_cast<float>((static_cast<std::int32_t>(n) + 127) << 23);
}

/// log(1 + x) for x from 0 to 1.
inline float log_of_one_plus(float x) {
  constexpr float root_2 = 1.41421356F, ln2 = 0.693147181F;
  const bool large = x > root_2 - 1.0F;
  const float r = large ? 0.5F * x - 0.5F : x;
  const float z = r * r;
  float p = 7.0376836292e-2F;
  p = p * r - 1.1514610310e-1F;
  p = p * r + 1.1676998740e-1F;
  p = p * r - 1.2420140846e-1F;
  p = p * r + 1.4249322787e-1F;
  p = p * r - 1.6668057665e-1F;
  p = p * r + 2.0000714765e-1F;
  p = p * r - 2.4999993993e-1F;
  p = p * r + 3.3333331174e-1F;
  const float log = p * r * z - 0.5F * z + r;
  return large ? log + ln2 : log;
}

}  // namespace gb::onednn
