#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/backend/device.hpp"
#include "core/base/parallel.hpp"

/// Loops over pictures with their channels last, and over rows of numbers: a matrix of places (N x H x W, or N) by
/// channels, so that the inner loop runs over neighbours in memory.
namespace gb::onednn {

inline constexpr std::int64_t worth_a_thread = 16384;  ///< numbers

/// A kernel as a function object; buffers it needs are made with it.
class Loop : public Kernel {
 public:
  explicit Loop(std::function<void()> body) : body_(std::move(body)) {}
  void run() override { body_(); }

 private:
  std::function<void()> body_;
};

struct ChannelMatrix {
  std::int64_t places, channels;
  explicit ChannelMatrix(const Operand& pictures)
      : places(pictures.size() / pictures.shape[1]), channels(pictures.shape[1]) {}
  std::size_t grain() const { return static_cast<std::size_t>(std::max<std::int64_t>(1, worth_a_thread / channels)); }
  std::size_t pieces() const { return chunk_count(static_cast<std::size_t>(places), grain()); }
  template <class Body>
  void for_pieces(Body body) const {
    parallel_chunks(static_cast<std::size_t>(places), grain(),
                    [&](std::size_t begin, std::size_t end, std::size_t piece) {
                      body(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end), piece);
                    });
  }
};

/// Two sums per channel over places, `rows(place, a, b)` adding one place's share to float sums; every so many places
/// those go into doubles, so that precision does not depend on how many there are.
inline constexpr std::int64_t places_at_once = 256;

struct ChannelSums {
  explicit ChannelSums(const ChannelMatrix& matrix)
      : channels(static_cast<std::size_t>(matrix.channels)),
        partial(std::max<std::size_t>(matrix.pieces(), 1) * 2 * channels),
        block(partial.size()),
        total(2 * channels) {}

  template <class Add>
  void over(const ChannelMatrix& matrix, Add add) {
    std::fill(partial.begin(), partial.end(), 0.0);
    matrix.for_pieces([&](std::int64_t begin, std::int64_t end, std::size_t piece) {
      double* sums = partial.data() + piece * 2 * channels;
      float* a = block.data() + piece * 2 * channels;
      float* b = a + channels;
      for (std::int64_t first = begin; first < end; first += places_at_once) {
        std::fill_n(a, 2 * channels, 0.0F);
        const std::int64_t stop = std::min(first + places_at_once, end);
        add(first, stop, a, b);
        for (std::size_t c = 0; c < 2 * channels; ++c) sums[c] += static_cast<double>(a[c]);
      }
    });
    std::fill(total.begin(), total.end(), 0.0);
    for (std::size_t i = 0; i < partial.size(); ++i) total[i % (2 * channels)] += partial[i];
  }
  double first(std::int64_t channel) const { return total[static_cast<std::size_t>(channel)]; }
  double second(std::int64_t channel) const { return total[channels + static_cast<std::size_t>(channel)]; }

  std::size_t channels;
  std::vector<double> partial;
  std::vector<float> block;
  std::vector<double> total;
};

/// Something done to every channel that rests on two sums of it: `add(place, channel, count, a, b)` adds one place's
/// share of so many channels, `settle(channel, first sum, second sum)` draws the conclusion, `apply(place, channel,
/// count)` does it. Pictures are shared out by their places, rows of many numbers by their channels.
class ChannelPass {
 public:
  explicit ChannelPass(const Operand& x) : matrix_(x), by_channel_(matrix_.channels > matrix_.places) {
    if (!by_channel_) sums_.emplace(matrix_);
  }

  template <class Add, class Settle, class Apply>
  void run(bool with_sums, Add add, Settle settle, Apply apply) {
    if (by_channel_) return run_by_channel(with_sums, add, settle, apply);
    if (with_sums)
      sums_->over(matrix_, [&](std::int64_t begin, std::int64_t end, float* a, float* b) {
        for (std::int64_t p = begin; p < end; ++p) add(p, std::int64_t{0}, matrix_.channels, a, b);
      });
    for (std::int64_t c = 0; c < matrix_.channels; ++c)
      settle(c, with_sums ? sums_->first(c) : 0.0, with_sums ? sums_->second(c) : 0.0);
    matrix_.for_pieces([&](std::int64_t begin, std::int64_t end, std::size_t) {
      for (std::int64_t p = begin; p < end; ++p) apply(p, std::int64_t{0}, matrix_.channels);
    });
  }

  const ChannelMatrix& matrix() const { return matrix_; }

 private:
  template <class Add, class Settle, class Apply>
  void run_by_channel(bool with_sums, Add& add, Settle& settle, Apply& apply) {
    constexpr std::int64_t stretch = 256;
    const std::int64_t stretches = (matrix_.channels + stretch - 1) / stretch;
    const auto grain = static_cast<std::size_t>(
        std::max<std::int64_t>(1, worth_a_thread / (stretch * std::max<std::int64_t>(1, matrix_.places))));
    parallel_chunks(static_cast<std::size_t>(stretches), grain, [&](std::size_t begin, std::size_t end, std::size_t) {
      for (auto i = static_cast<std::int64_t>(begin); i < static_cast<std::int64_t>(end); ++i) {
        const std::int64_t first = i * stretch, count = std::min(stretch, matrix_.channels - first);
        std::array<double, stretch> one{}, two{};
        for (std::int64_t place = 0; with_sums && place < matrix_.places; place += places_at_once) {
          std::array<float, stretch> a{}, b{};
          const std::int64_t stop = std::min(place + places_at_once, matrix_.places);
          for (std::int64_t p = place; p < stop; ++p) add(p, first, count, a.data(), b.data());
          for (std::size_t c = 0; c < stretch; ++c) {
            one[c] += static_cast<double>(a[c]);
            two[c] += static_cast<double>(b[c]);
          }
        }
        for (std::int64_t c = 0; c < count; ++c)
          settle(first + c, one[static_cast<std::size_t>(c)], two[static_cast<std::size_t>(c)]);
        for (std::int64_t p = 0; p < matrix_.places; ++p) apply(p, first, count);
      }
    });
  }

  ChannelMatrix matrix_;
  bool by_channel_;
  std::optional<ChannelSums> sums_;
};

}  // namespace gb::onednn
