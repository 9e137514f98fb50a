#include "core/run/series_chunk.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/base/error.hpp"
#include "core/run/event_codec.hpp"

namespace gb {
namespace {

constexpr std::size_t longest_varint = 10;

[[noreturn]] void damaged() {
  throw Error("A recorded curve is damaged");
}

void join(Extremes& into, const Extremes& other) {
  // Comparisons are written so that a NaN never wins against a number.
  if (!(into.low <= other.low) && !std::isnan(other.low)) {
    into.low = other.low;
    into.low_step = other.low_step;
  }
  if (!(into.high >= other.high) && !std::isnan(other.high)) {
    into.high = other.high;
    into.high_step = other.high_step;
  }
}

}  // namespace

Extremes extremes(std::span<const std::int64_t> steps, std::span<const double> values) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  Extremes found{steps.empty() ? 0 : steps.front(), steps.empty() ? 0 : steps.front(), nan, nan};
  for (std::size_t i = 0; i < values.size(); ++i) join(found, {steps[i], steps[i], values[i], values[i]});
  return found;
}

std::string encode_points(std::span<const std::int64_t> steps, std::span<const double> values) {
  std::string bytes;
  std::uint64_t previous = 0;
  for (const auto step : steps) {
    // Unsigned arithmetic wraps, so that any two steps have a difference.
    const std::uint64_t difference = static_cast<std::uint64_t>(step) - previous;
    previous = static_cast<std::uint64_t>(step);
    std::uint64_t zigzag = (difference << 1) ^ (difference >> 63 ? ~std::uint64_t{0} : 0);
    for (; zigzag >= 0x80; zigzag >>= 7) bytes += static_cast<char>((zigzag & 0x7f) | 0x80);
    bytes += static_cast<char>(zigzag);
  }
  const std::size_t begin = bytes.size();
  bytes.resize(begin + values.size() * sizeof(double));
  for (std::size_t i = 0; i < values.size(); ++i) {
    char plain[sizeof(double)];
    std::memcpy(plain, &values[i], sizeof plain);
    for (std::size_t plane = 0; plane < sizeof plain; ++plane) bytes[begin + plane * values.size() + i] = plain[plane];
  }
  const std::uint32_t size = static_cast<std::uint32_t>(bytes.size());
  return std::string(reinterpret_cast<const char*>(&size), sizeof size) + compress(bytes);
}

void decode_points(std::string_view bytes, std::size_t count, std::vector<std::int64_t>& steps,
                   std::vector<double>& values) {
  std::uint32_t size = 0;
  if (bytes.size() < sizeof size) damaged();
  std::memcpy(&size, bytes.data(), sizeof size);
  if (count > chunk_points || size > count * (longest_varint + sizeof(double))) damaged();
  const std::string plain = decompress(bytes.substr(sizeof size), size);
  std::size_t at = 0;
  std::uint64_t previous = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t zigzag = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (at >= plain.size() || shift > 63) damaged();
      const auto byte = static_cast<unsigned char>(plain[at++]);
      zigzag |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    previous += (zigzag >> 1) ^ (zigzag & 1 ? ~std::uint64_t{0} : 0);
    steps.push_back(static_cast<std::int64_t>(previous));
  }
  if (plain.size() - at != count * sizeof(double)) damaged();
  for (std::size_t i = 0; i < count; ++i) {
    char number[sizeof(double)];
    for (std::size_t plane = 0; plane < sizeof number; ++plane) number[plane] = plain[at + plane * count + i];
    double value = 0;
    std::memcpy(&value, number, sizeof value);
    values.push_back(value);
  }
}

std::string encode_envelope(std::span<const std::int64_t> steps, std::span<const double> values) {
  std::string bytes;
  for (std::size_t begin = 0; begin < values.size(); begin += envelope_points) {
    const std::size_t count = std::min(envelope_points, values.size() - begin);
    const Extremes entry = extremes(steps.subspan(begin, count), values.subspan(begin, count));
    bytes.append(reinterpret_cast<const char*>(&entry), sizeof entry);
  }
  return compress(bytes);
}

void decode_envelope(std::string_view bytes, std::size_t count, std::vector<Extremes>& entries) {
  if (count > chunk_points) damaged();
  const std::size_t size = (count + envelope_points - 1) / envelope_points;
  const std::string plain = decompress(bytes, size * sizeof(Extremes));
  const std::size_t before = entries.size();
  entries.resize(before + size);
  if (size) std::memcpy(entries.data() + before, plain.data(), plain.size());
}

std::vector<Extremes> coarser(const std::vector<Extremes>& entries, std::size_t most) {
  most = std::max<std::size_t>(most, 1);
  if (entries.size() <= most) return entries;
  const std::size_t each = (entries.size() + most - 1) / most;
  std::vector<Extremes> joined;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i % each == 0)
      joined.push_back(entries[i]);
    else
      join(joined.back(), entries[i]);
  }
  return joined;
}

}  // namespace gb
