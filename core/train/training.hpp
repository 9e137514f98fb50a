#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/events/run_context.hpp"
#include "core/graph/network.hpp"
#include "core/params/schema.hpp"
#include "core/train/optimizer.hpp"

namespace gb {

/// What every network trained by gradient descent lets people choose.
struct TrainingParams {
  int epochs = 20;
  int batch_size = 64;
  OptimizerKind optimizer = OptimizerKind::adam;
  double learning_rate = 1e-3;
  double momentum = 0.9;
  double l2 = 0;
  int early_stopping = 0;
  bool keep_best = true;
};

/// Adds these fields to the schema of a struct that derives from TrainingParams.
template <class T>
Schema<T>&& with_training_fields(Schema<T>&& schema) {
  return std::move(schema)
      .add(&TrainingParams::epochs, {.name = "epochs",
                                     .label = "Epochs",
                                     .help = "How many times to go through all training rows.",
                                     .valid = {1, 1e6},
                                     .search = {1, 200},
                                     .scale = Scale::log})
      .add(&TrainingParams::batch_size,
           {.name = "batch_size",
            .label = "Batch size",
            .help = "How many rows make one step. Small batches take more, noisier steps an epoch.",
            .valid = {1, 1e6},
            .search = {8, 512},
            .scale = Scale::log,
            .unit = "rows"})
      .add(&TrainingParams::optimizer,
           {.name = "optimizer",
            .label = "Optimizer",
            .help = "How a gradient becomes a step.",
            .choices = {{"adam", "Adam", "Adapts the step of every weight to its past gradients (Kingma, Ba 2015)."},
                        {"momentum", "Momentum", "Gradient descent that keeps its direction (Polyak 1964)."},
                        {"sgd", "SGD", "Plain stochastic gradient descent."}}})
      .add(
          &TrainingParams::learning_rate,
          {.name = "learning_rate",
           .label = "Learning rate",
           .help = "How long a step is. Too large diverges, too small crawls. Can be changed while the network learns.",
           .valid = {0, 1000, true},
           .search = {1e-5, 1},
           .scale = Scale::log,
           .live = true})
      .add(&TrainingParams::momentum, {.name = "momentum",
                                       .label = "Momentum",
                                       .help = "Share of the previous step that is kept.",
                                       .valid = {0, 1},
                                       .search = {0.5, 0.99},
                                       .enabled_by = EnabledBy{"optimizer", {"momentum"}}})
      .add(&TrainingParams::l2,
           {.name = "l2",
            .label = "L2 penalty",
            .help = "Pulls weights towards zero: adds l2 times the weight to its gradient. Biases are left alone.",
            .valid = {0, 1000},
            .search = {0, 0.1},
            .advanced = true,
            .live = true})
      .add(&TrainingParams::early_stopping,
           {.name = "early_stopping",
            .label = "Early stopping",
            .help = "Ends the run when the validation score has not improved for this many epochs; 0 never does.",
            .valid = {0, 1e6},
            .search = {2, 20},
            .unit = "epochs"})
      .add(&TrainingParams::keep_best,
           {.name = "keep_best",
            .label = "Keep the best epoch",
            .help = "The result is the epoch with the best validation score, not the last one.",
            .advanced = true});
}

/// What the network should answer, per dataset row; one of the two is filled.
struct TrainingTarget {
  std::span<const std::int32_t> codes;  ///< classification
  std::span<const float> values;        ///< regression, on the scale the network sees
};

/// The state of affairs after an epoch.
struct EpochReport {
  std::int64_t epoch = 0;  ///< 0-based
  std::int64_t step = 0;   ///< steps complete
  bool last = false;
  const Storage& parameters;
  /// Outputs for the validation rows: probabilities (classification) or values. Empty without validation rows.
  const MatrixF& validation;
};

/// Trains `parameters` in place by mini-batch gradient descent (backpropagation, Rumelhart et al. 1986). Emits
/// train/loss, train/accuracy per step, validation/loss, validation/accuracy per epoch, Progress and the Text view
/// "this-step". Row order of epoch e depends on seed and e alone, so that a run can be resumed anywhere. Throws Error
/// when the loss is no longer finite, naming the step. `on_epoch` may watch, but must not change anything.
void train_network(const Network& network, Storage& parameters, const ProblemSet& problem, const TrainingTarget& target,
                   const TrainingParams& params, RunContext& context,
                   const std::function<void(const EpochReport&)>& on_epoch);

}  // namespace gb
