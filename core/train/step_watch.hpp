#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/events/run_context.hpp"
#include "core/train/segments.hpp"
#include "core/train/spread_history.hpp"

namespace gb {

/// Shows what steps do to weights, as often as the budget for watching allows: the sentence "this-step" and, for each
/// layer, the length of gradient and step; after epochs how weights are spread. Changes nothing; allocates only when
/// something is due.
class StepWatch {
 public:
  StepWatch(const Graph& graph, const std::vector<Segment>& segments, RunContext& context);

  /// Before the weights move.
  void before(std::span<const float> weights);
  /// After they have moved. `gradient_squares`: of each segment, before clipping.
  void after(std::int64_t step, std::span<const float> weights, std::span<const double> gradient_squares,
             double learning_rate);
  /// How weights are spread.
  void spread(std::int64_t step, std::span<const float> weights, bool force);

 private:
  void tell(std::int64_t step, std::span<const double> gradient_squares, double learning_rate);

  RunContext& context_;
  const std::vector<Segment>& segments_;
  std::vector<Layer> layers_;
  struct History {
    std::vector<Segment> parts;  ///< the layer's weights
    SpreadHistory spread;
  };
  std::vector<History> histories_;
  SegmentSums sums_;
  std::int64_t count_ = 0;  ///< weights
  bool looking_ = false;
  std::chrono::steady_clock::duration spent_{};
  std::vector<float> moved_;  ///< the weights before a step, then what it changed
};

}  // namespace gb
