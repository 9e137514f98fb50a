#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/events/state.hpp"

namespace gb {

enum class OptimizerKind { adam, momentum, sgd };

/// A stretch of the parameter memory and whether L2 regularisation pulls on it (weights: yes, biases: no).
struct Segment {
  std::size_t begin, end;
  bool decays;
};

/// Turns gradients into steps, in one fused parallel loop over all parameters. Deterministic: elementwise.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// weights -= step(gradient + l2 * weight).
  virtual void step(std::span<float> weights, std::span<const float> gradients, double learning_rate, double l2) = 0;
  /// Mean absolute change of the last step, for people to see.
  virtual double mean_step(std::span<const float> gradients, double learning_rate) const = 0;
  /// What resuming needs.
  virtual void save(State& state) const = 0;
  /// Throws Error when the state is not of this optimizer and size.
  virtual void restore(const State& state) = 0;
};

std::unique_ptr<Optimizer> make_optimizer(OptimizerKind kind, std::vector<Segment> segments, std::size_t size,
                                          double momentum);

/// A float array of a checkpoint, by name. Throws Error when it is missing or has another size.
std::vector<float> state_floats(const State& state, const std::string& name, std::size_t size);
StateArray float_state(std::string name, std::span<const float> values);

}  // namespace gb
