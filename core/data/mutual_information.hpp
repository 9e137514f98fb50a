#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gb {

// Mutual information in nats, never below 0. Estimates by the nearest neighbours of points need no bins; equal values
// are told apart by noise of 1e-10 deviations, the same at every call.

/// Of two columns of codes from 0: from how often each pair occurs.
double information_of_codes(std::span<const std::int32_t> a, std::span<const std::int32_t> b);
/// Of numbers and classes, by `neighbors` nearest of the same class (Ross 2014, Mutual Information between Discrete and
/// Continuous Data Sets).
double information_of_classes(std::span<const double> numbers, std::span<const std::int32_t> classes, int neighbors);
/// Of two columns of numbers, by the nearest points of the plane (Kraskov, Stoegbauer, Grassberger 2004, Estimating
/// mutual information, equation 8).
double information_of_numbers(std::span<const double> x, std::span<const double> y, int neighbors);

}  // namespace gb
