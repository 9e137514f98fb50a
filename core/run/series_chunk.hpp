#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Curves as bytes, for the store: chunks of points, each with an envelope of minima and maxima.
namespace gb {

constexpr std::size_t chunk_points = 4096;   ///< points of a full chunk
constexpr std::size_t envelope_points = 64;  ///< points that one envelope entry sums up

/// Smallest and largest value among consecutive points, with their steps. All NaN where every value is.
struct Extremes {
  std::int64_t low_step = 0, high_step = 0;
  double low = 0, high = 0;
};
Extremes extremes(std::span<const std::int64_t> steps, std::span<const double> values);

/// Step differences as variable-length integers, then values byte plane by byte plane, compressed.
std::string encode_points(std::span<const std::int64_t> steps, std::span<const double> values);
/// Appends `count` points. Throws Error for damaged bytes.
void decode_points(std::string_view bytes, std::size_t count, std::vector<std::int64_t>& steps,
                   std::vector<double>& values);

/// One entry per `envelope_points` points.
std::string encode_envelope(std::span<const std::int64_t> steps, std::span<const double> values);
/// Appends the entries. Throws Error for damaged bytes.
void decode_envelope(std::string_view bytes, std::size_t count, std::vector<Extremes>& entries);

/// Joins neighbours until at most `most` (at least 1) entries are left.
std::vector<Extremes> coarser(const std::vector<Extremes>& entries, std::size_t most);

}  // namespace gb
