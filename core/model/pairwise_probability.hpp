#pragma once

#include <cstdint>
#include <span>

namespace gb {

/// Platt's map from a margin to a probability: 1 / (1 + exp(a * margin + b)).
struct MarginSigmoid {
  double a = -1, b = 0;

  double operator()(double margin) const;
};

/// The map with the greatest likelihood for rows with these margins, `positive` where they are of the first class, by
/// Newton's method with Platt's smoothed targets (Lin, Lin, Weng 2007, algorithm 1).
MarginSigmoid fit_margin_sigmoid(std::span<const double> margins, std::span<const std::uint8_t> positive);

/// Probabilities of all classes from those of pairs: `pairs` is classes x classes, pairs[i * classes + j] the
/// probability of i among i and j. The second method of Wu, Lin, Weng (2004), algorithm 2.
void couple_pairs(std::span<const double> pairs, std::int64_t classes, double* probabilities);

}  // namespace gb
