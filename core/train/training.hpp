#pragma once

#include <cstdint>
#include <functional>

#include "core/data/problem_set.hpp"
#include "core/events/run_context.hpp"
#include "core/graph/network.hpp"
#include "core/train/forecast.hpp"
#include "core/train/objective.hpp"
#include "core/train/training_params.hpp"

namespace gb {

/// The state of affairs after an epoch.
struct EpochReport {
  std::int64_t epoch = 0;  ///< 0-based
  std::int64_t step = 0;   ///< steps complete
  bool last = false;
  const Storage& parameters;  ///< what was evaluated: the running mean where weights are averaged
  /// Outputs for the validation rows: probabilities (classification) or values. Empty without validation rows and of
  /// reconstructions.
  const MatrixF& validation;
};

/// Trains `parameters` (the network's parameters and states) in place by mini-batch gradient descent (backpropagation,
/// Rumelhart et al. 1986). Emits train/loss, train/accuracy per step, train/learning_rate, validation/loss,
/// validation/accuracy per epoch, Progress, the Text view "this-step", and, as far as the budget for watching allows,
/// the length of every layer's gradient and step ("gradient-norm/LAYER", "update-norm/LAYER"), the filters of the first
/// convolution ("filters") and, epoch by epoch, Matrix views of how each layer's weights are spread ("weights/LAYER")
/// and what it hands on for a few rows ("activations/LAYER"). Of reconstructions also the terms of the loss per step
/// ("train/TERM") and, per epoch, train/reconstruction_mse (a mean over the epoch's rows, each as the weights were at
/// its step; not told of the last epoch, after which the finished network can be asked) and what there is of both for
/// validation rows. Row order of epoch e depends on seed and e alone, so that a run can be resumed anywhere. Throws
/// Error when numbers are no longer finite, naming step and layer; no checkpoint is made of such weights. `on_epoch`
/// and `on_step` (told the steps complete and the weights that are judged) may watch, but must not change anything.
void train_network(const Network& network, Storage& parameters, const ProblemSet& problem, const TrainingTarget& target,
                   const TrainingParams& params, RunContext& context,
                   const std::function<void(const EpochReport&)>& on_epoch,
                   const std::function<void(std::int64_t step, const Storage& judged)>& on_step = {});

/// What train_network() with the same arguments would take, from its plan and from training for about `seconds` (0:
/// only the plan), which moves `parameters`. train_network() itself throws ParamError (algorithm.params.batch_size)
/// before its first step where a batch does not fit into memory.
Forecast forecast_training(const Network& network, Storage& parameters, const ProblemSet& problem,
                           const TrainingTarget& target, const TrainingParams& params, RunContext& context,
                           double seconds);

}  // namespace gb
