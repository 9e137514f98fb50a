#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace gb {

/// xoshiro256** (Blackman, Vigna 2018), seeded through splitmix64. Its distributions are our own, so that a seed
/// gives the same numbers with every standard library.
class Random {
 public:
  using State = std::array<std::uint64_t, 4>;

  /// Streams of one seed are independent: one per purpose ("epoch 3's order"), so that a run can start in its middle.
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0);

  std::uint64_t next();
  /// Uniform in [0, 1).
  double uniform();
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Standard normal (Marsaglia's polar method; keeps no second value, so that the state is all there is).
  double normal();
  /// Uniform in 0..count-1 without bias; `count` > 0.
  std::uint64_t below(std::uint64_t count);

  template <class T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  State state_;
};

}  // namespace gb
