#include "core/train/running_mean.hpp"

#include <algorithm>

#include "core/base/parallel.hpp"

namespace gb {
namespace {

constexpr std::size_t grain = 32768;

/// Moves `to` this share of the way towards `from`; a loop of its own, so that it is vectorised.
void approach_piece(float* __restrict to, const float* __restrict from, std::size_t count, float share) {
  for (std::size_t i = 0; i < count; ++i) to[i] += share * (from[i] - to[i]);
}

}  // namespace

void update_running_mean(std::span<float> mean, std::span<const float> weights, double decay, std::int64_t step) {
  const auto t = static_cast<double>(step);
  const auto share = static_cast<float>(1 - std::min(decay, (1 + t) / (10 + t)));
  parallel_chunks(mean.size(), grain, [&](std::size_t begin, std::size_t end, std::size_t) {
    approach_piece(mean.data() + begin, weights.data() + begin, end - begin, share);
  });
}

}  // namespace gb
