#pragma once

#include <cstdint>
#include <span>

namespace gb {

/// Moves a running mean of weights on by one step (Polyak, Juditsky 1992). The first of them count more, so that the
/// mean does not keep the initial weights for long: min(decay, (1 + step) / (10 + step)) of it stays.
void update_running_mean(std::span<float> mean, std::span<const float> weights, double decay, std::int64_t step);

}  // namespace gb
