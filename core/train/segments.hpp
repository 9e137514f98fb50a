#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/graph/executable.hpp"

namespace gb {

/// One parameter's stretch of the memory that all of them share, and whether regularisation pulls on it (weights: yes,
/// biases: no).
struct Segment {
  std::size_t begin, end;
  bool decays;
};

/// A stretch for each parameter of the graph, in their order.
std::vector<Segment> segments_of(const Graph& graph, const Storage& parameters);

/// Parameters that people see as one: "dense1.weight" and "dense1.bias" make the layer "dense1".
struct Layer {
  std::string name;
  std::vector<std::size_t> segments;  ///< positions in segments_of()
};
std::vector<Layer> layers_of(const Graph& graph);

/// Sums of squares of each segment, reduced in blocks of fixed size: the same bits whatever the number of threads.
class SegmentSums {
 public:
  explicit SegmentSums(const std::vector<Segment>& segments);
  /// One sum per segment, of memory laid out as the segments say. Not finite exactly where a number is not. Valid until
  /// the next call; allocates nothing.
  std::span<const double> squares(const float* values);

 private:
  struct Block {
    std::size_t begin, end, segment;
  };
  std::vector<Block> blocks_;
  std::vector<double> of_blocks_, of_segments_;
};

}  // namespace gb
