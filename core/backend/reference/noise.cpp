#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/backend/reference/kernels.hpp"
#include "core/base/parallel.hpp"

// Random numbers follow from key, site and position alone: the same key draws the same ones again, in whatever order.
namespace gb::reference {
namespace {

/// Below this many elements a second thread costs more than it saves.
constexpr std::size_t grain = 32768;
constexpr std::size_t normal_grain = 2048;

/// A good 32-bit mixture (C. Wellons' lowbias32): every input bit flips every output bit with probability near 1/2.
std::uint32_t mixed(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  x ^= x >> 16;
  return x;
}

/// Attribute "site" tells the random operators of one graph apart.
std::uint32_t seed_of(const Operation& operation, const Operand& key_operand) {
  const std::int32_t* key = key_operand.as<std::int32_t>();
  const auto site = static_cast<std::uint32_t>(integer_attribute(operation.attributes, "site", 0));
  return mixed(static_cast<std::uint32_t>(key[0]) + mixed(static_cast<std::uint32_t>(key[1]) + mixed(site)));
}

/// The i-th number of a standard normal distribution under this seed (Box, Muller 1958).
double normal_at(std::size_t i, std::uint32_t seed) {
  const std::uint32_t first = mixed(static_cast<std::uint32_t>(i) ^ seed);
  const std::uint32_t second = mixed(first + 0x9e3779b9U);
  const double radius = std::sqrt(-2 * std::log((static_cast<double>(first) + 0.5) / 4294967296.0));
  return radius * std::cos(2 * std::numbers::pi * (static_cast<double>(second) / 4294967296.0));
}

template <class T>
void dropout_piece(const T* x, T* y, std::size_t begin, std::size_t end, std::uint32_t seed, std::uint32_t threshold,
                   T scale) {
#pragma GCC ivdep  // x and y may be the same
  for (std::size_t i = begin; i < end; ++i)
    y[i] = mixed(static_cast<std::uint32_t>(i) ^ seed) >= threshold ? x[i] * scale : T(0);
}

/// Inputs X and a key; keeps each number with probability 1 - ratio, scaled so that the expectation stays
/// (Srivastava et al. 2014).
template <class T>
void dropout(const Operation& operation) {
  const double ratio = real_attribute(operation.attributes, "ratio", 0.5);
  const std::uint32_t seed = seed_of(operation, operation.inputs[1]);
  const auto threshold = static_cast<std::uint32_t>(std::min(ratio * 4294967296.0, 4294967295.0));
  const T scale = ratio < 1 ? static_cast<T>(1 / (1 - ratio)) : T(0);
  parallel_chunks(static_cast<std::size_t>(operation.outputs[0].size()), grain,
                  [&](std::size_t begin, std::size_t end, std::size_t) {
                    dropout_piece(operation.inputs[0].as<T>(), operation.outputs[0].as<T>(), begin, end, seed,
                                  threshold, scale);
                  });
}

/// X + deviation * N(0, 1); inputs X and a key.
template <class T>
void gaussian_noise(const Operation& operation) {
  const std::uint32_t seed = seed_of(operation, operation.inputs[1]);
  const double deviation = real_attribute(operation.attributes, "deviation", 1);
  const T* x = operation.inputs[0].as<T>();
  T* y = operation.outputs[0].as<T>();
  parallel_chunks(static_cast<std::size_t>(operation.outputs[0].size()), normal_grain,
                  [&](std::size_t begin, std::size_t end, std::size_t) {
                    for (std::size_t i = begin; i < end; ++i)
                      y[i] = x[i] + static_cast<T>(deviation * normal_at(i, seed));
                  });
}

/// A draw from N(mean, exp(log_variance)), so that both can be learnt (Kingma, Welling 2014, section 2.4). Inputs mean,
/// log_variance and a key.
template <class T>
void gaussian_sample(const Operation& operation) {
  const std::uint32_t seed = seed_of(operation, operation.inputs[2]);
  const T* mean = operation.inputs[0].as<T>();
  const T* log_variance = operation.inputs[1].as<T>();
  T* y = operation.outputs[0].as<T>();
  for (std::int64_t i = 0; i < operation.outputs[0].size(); ++i)
    y[i] = mean[i] + std::exp(log_variance[i] / 2) * static_cast<T>(normal_at(static_cast<std::size_t>(i), seed));
}

/// By log_variance; inputs dY, log_variance and the key.
template <class T>
void gaussian_sample_grad(const Operation& operation) {
  const std::uint32_t seed = seed_of(operation, operation.inputs[2]);
  const T* dy = operation.inputs[0].as<T>();
  const T* log_variance = operation.inputs[1].as<T>();
  T* dx = operation.outputs[0].as<T>();
  for (std::int64_t i = 0; i < operation.outputs[0].size(); ++i)
    dx[i] = dy[i] / 2 * std::exp(log_variance[i] / 2) * static_cast<T>(normal_at(static_cast<std::size_t>(i), seed));
}

}  // namespace

template <class T>
void add_noise_kernels(KernelTable<T>& table) {
  table["Dropout"] = dropout<T>;
  table["GaussianNoise"] = gaussian_noise<T>;
  table["GaussianSample"] = gaussian_sample<T>;
  table["GaussianSampleGrad"] = gaussian_sample_grad<T>;
}
template void add_noise_kernels<float>(KernelTable<float>&);
template void add_noise_kernels<double>(KernelTable<double>&);

}  // namespace gb::reference
