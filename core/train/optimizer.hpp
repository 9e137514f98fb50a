#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/events/state.hpp"
#include "core/train/segments.hpp"

namespace gb {

enum class OptimizerKind { adam, adamw, momentum, nesterov, sgd, rmsprop, adagrad, lars };

/// Which optimizer, and what of it stays as it is for a whole run.
struct OptimizerSettings {
  OptimizerKind optimizer = OptimizerKind::adam;
  double beta1 = 0.9, beta2 = 0.999;  ///< adam, adamw
  bool amsgrad = false;               ///< adam, adamw
  double rho = 0.99;                  ///< rmsprop
  bool centered = false;              ///< rmsprop
  double initial_accumulator = 0;     ///< adagrad
  double epsilon = 1e-8;              ///< adam, adamw, rmsprop, adagrad
  double trust = 0.001;               ///< lars
};

/// What may be another one at every step.
struct StepSettings {
  double learning_rate = 1e-3;
  double momentum = 0.9;  ///< momentum, nesterov, lars
  double l1 = 0, l2 = 0;  ///< added to the gradient: l1 sign(w) + l2 w
  double weight_decay =
      0;  ///< decoupled: takes learning_rate times this share of each weight (Loshchilov, Hutter 2019)
};

/// Turns gradients into steps, in one fused parallel loop over all parameters. Deterministic, whatever the number of
/// threads. l1, l2 and decay pull on the segments that say so.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// Moves the weights. Allocates nothing.
  virtual void step(std::span<float> weights, std::span<const float> gradients, const StepSettings& settings) = 0;
  /// What resuming needs.
  virtual void save(State& state) const = 0;
  /// The memory of an optimizer that remembers other things is left alone: this one begins anew. Throws Error when the
  /// state is damaged or of another size.
  virtual void restore(const State& state) = 0;
};

/// `size` numbers of memory, padding included, in which the segments lie.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerSettings& settings, std::vector<Segment> segments,
                                          std::size_t size);

/// A float array of a checkpoint, by name. Throws Error when it is missing or has another size.
std::vector<float> state_floats(const State& state, const std::string& name, std::size_t size);
StateArray float_state(std::string name, std::span<const float> values);

}  // namespace gb
