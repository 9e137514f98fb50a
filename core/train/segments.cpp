#include "core/train/segments.hpp"

#include <cmath>
#include <cstring>

#include "core/base/parallel.hpp"
#include "core/graph/layer_probe.hpp"

namespace gb {
namespace {

constexpr std::size_t block_size = 8192;
constexpr std::size_t grain = 4;  // blocks

using Lanes = float __attribute__((vector_size(32)));

/// Of at most block_size numbers. Single precision in 32 partial sums is accurate to some 1e-6; where it would overflow
/// or lose small numbers, double precision decides.
double block_squares(const float* values, std::size_t count) {
  Lanes sums[4] = {};
  std::size_t i = 0;
  for (; i + 32 <= count; i += 32)
    for (std::size_t k = 0; k < 4; ++k) {
      Lanes value;
      std::memcpy(&value, values + i + 8 * k, sizeof value);
      sums[k] += value * value;
    }
  const Lanes all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  double total = 0;
  for (int lane = 0; lane < 8; ++lane) total += static_cast<double>(all[lane]);
  for (; i < count; ++i) total += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  if (total > 1e-20 && total < 1e30) return total;
  total = 0;
  for (i = 0; i < count; ++i) total += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  return total;
}

}  // namespace

std::vector<Segment> segments_of(const Graph& graph, const Storage& parameters) {
  std::vector<Segment> segments;
  for (const ValueId id : graph.parameters()) {
    const auto count = static_cast<std::size_t>(volume(graph.value(id).shape));
    segments.push_back({parameters.offset(id), parameters.offset(id) + count, graph.value(id).shape.size() > 1});
  }
  return segments;
}

std::vector<Layer> layers_of(const Graph& graph) {
  std::vector<Layer> layers;
  const auto parameters = graph.parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string name = layer_name(graph.value(parameters[i]).name);
    if (layers.empty() || layers.back().name != name) layers.push_back({name, {}});
    layers.back().segments.push_back(i);
  }
  return layers;
}

SegmentSums::SegmentSums(const std::vector<Segment>& segments) : of_segments_(segments.size()) {
  for (std::size_t i = 0; i < segments.size(); ++i)
    for (std::size_t at = segments[i].begin; at < segments[i].end; at += block_size)
      blocks_.push_back({at, std::min(segments[i].end, at + block_size), i});
  of_blocks_.resize(blocks_.size());
}

std::span<const double> SegmentSums::squares(const float* values) {
  parallel_chunks(blocks_.size(), grain, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i)
      of_blocks_[i] = block_squares(values + blocks_[i].begin, blocks_[i].end - blocks_[i].begin);
  });
  std::fill(of_segments_.begin(), of_segments_.end(), 0.0);
  for (std::size_t i = 0; i < blocks_.size(); ++i) of_segments_[blocks_[i].segment] += of_blocks_[i];
  return of_segments_;
}

}  // namespace gb
