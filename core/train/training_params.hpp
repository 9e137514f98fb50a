#pragma once

#include <optional>
#include <utility>

#include "core/params/schema.hpp"
#include "core/train/optimizer.hpp"
#include "core/train/schedule.hpp"

namespace gb {

enum class ClassLoss { cross_entropy, hinge };
enum class ValueLoss { squared_error, absolute_error, huber };
enum class ClassWeights { none, balanced };
/// What the best epoch is best by.
enum class Monitor { score, loss };

/// What every network trained by gradient descent lets people choose.
struct TrainingParams : OptimizerSettings, ScheduleSettings {
  int epochs = 20;
  int batch_size = 64;
  double learning_rate = 1e-3;
  double momentum = 0.9;
  int early_stopping = 0;
  Monitor monitor = Monitor::score;
  bool keep_best = true;
  bool mixed_precision = false;
  ClassLoss class_loss = ClassLoss::cross_entropy;
  double label_smoothing = 0;
  ClassWeights class_weights = ClassWeights::none;
  ValueLoss value_loss = ValueLoss::squared_error;
  double huber_delta = 1;
  double l1 = 0, l2 = 0;
  std::optional<double> weight_decay;  ///< none: 0.01 for AdamW, else 0
  double clip_norm = 0, clip_value = 0;
  int batches_per_step = 1;
  double average_decay = 0;
};

namespace training_fields {

template <class T>
void add_basics(Schema<T>& schema) {
  std::move(schema)
      .add(&TrainingParams::epochs, {.name = "epochs",
                                     .label = "Epochs",
                                     .help = "How many times to go through all training rows.",
                                     .valid = {1, 1e6},
                                     .search = {1, 200},
                                     .scale = Scale::log,
                                     .forkable = true})
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
                        {"adamw", "AdamW", "Adam with weight decay of its own (Loshchilov, Hutter 2019)."},
                        {"momentum", "Momentum", "Gradient descent that keeps its direction (Polyak 1964)."},
                        {"nesterov", "Nesterov", "Momentum that looks one step ahead (Nesterov 1983)."},
                        {"sgd", "SGD", "Plain stochastic gradient descent."},
                        {"rmsprop", "RMSprop", "Divides by the recent size of each gradient (Tieleman, Hinton 2012)."},
                        {"adagrad", "Adagrad",
                         "Divides by all past gradients: frequent features slow down (Duchi et al. 2011)."},
                        {"lars", "LARS",
                         "Momentum whose rate fits each layer's size, for large batches; wants learning rates from 1 "
                         "up (You et al. 2017)."}},
            .forkable = true})
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
                                       .enabled_by = EnabledBy{"optimizer", {"momentum", "nesterov", "lars"}},
                                       .live = true})
      .add(&TrainingParams::schedule,
           {.name = "schedule",
            .label = "Learning rate schedule",
            .help = "How the learning rate changes from epoch to epoch; the learning rate above is where it is full.",
            .choices = {{"constant", "Constant", "Stays as it is."},
                        {"step", "Steps", "Falls by a factor every few epochs."},
                        {"exponential", "Exponential", "Falls by the same factor, a little at every step."},
                        {"polynomial", "Polynomial", "Falls to its end in a straight line, or a power of one."},
                        {"cosine", "Cosine",
                         "Falls along half a cosine, with restarts if wanted (Loshchilov, Hutter 2017)."},
                        {"one_cycle", "One cycle", "Rises first, then falls far (Smith 2018)."},
                        {"plateau", "On plateaus", "Falls by a factor whenever the loss no longer improves."}},
            .forkable = true});
}

template <class T>
void add_stopping(Schema<T>& schema) {
  std::move(schema).add(
      &TrainingParams::early_stopping,
      {.name = "early_stopping",
       .label = "Early stopping",
       .help = "Ends the run when the validation score has not improved for this many epochs; 0 never does.",
       .valid = {0, 1e6},
       .search = {2, 20},
       .unit = "epochs",
       .forkable = true});
}

template <class T>
void add_optimizer_fields(Schema<T>& schema) {
  std::move(schema)
      .add(&TrainingParams::beta1, {.name = "beta1",
                                    .label = "Beta 1",
                                    .help = "How much of the gradients' running mean is kept at each step.",
                                    .valid = {0, 0.999999},
                                    .search = {0.5, 0.99},
                                    .enabled_by = EnabledBy{"optimizer", {"adam", "adamw"}},
                                    .advanced = true,
                                    .forkable = true})
      .add(&TrainingParams::beta2, {.name = "beta2",
                                    .label = "Beta 2",
                                    .help = "How much of the squared gradients' running mean is kept at each step.",
                                    .valid = {0, 0.999999},
                                    .search = {0.9, 0.9999},
                                    .enabled_by = EnabledBy{"optimizer", {"adam", "adamw"}},
                                    .advanced = true,
                                    .forkable = true})
      .add(&TrainingParams::amsgrad,
           {.name = "amsgrad",
            .label = "AMSGrad",
            .help = "Divides by the largest squared mean so far instead of the present one (Reddi et al. 2018).",
            .enabled_by = EnabledBy{"optimizer", {"adam", "adamw"}},
            .advanced = true,
            .forkable = true})
      .add(&TrainingParams::rho, {.name = "rho",
                                  .label = "Rho",
                                  .help = "How much of the squared gradients' running mean is kept at each step.",
                                  .valid = {0, 0.999999},
                                  .search = {0.8, 0.999},
                                  .enabled_by = EnabledBy{"optimizer", {"rmsprop"}},
                                  .advanced = true,
                                  .forkable = true})
      .add(&TrainingParams::centered,
           {.name = "centered",
            .label = "Centred",
            .help = "Divides by the spread of the gradients rather than by their size (Graves 2013).",
            .enabled_by = EnabledBy{"optimizer", {"rmsprop"}},
            .advanced = true,
            .forkable = true})
      .add(&TrainingParams::initial_accumulator,
           {.name = "initial_accumulator",
            .label = "Initial accumulator",
            .help = "What the sum of squared gradients starts from; more makes the first steps smaller.",
            .valid = {0, 1e6},
            .search = {0, 1},
            .enabled_by = EnabledBy{"optimizer", {"adagrad"}},
            .advanced = true,
            .forkable = true})
      .add(&TrainingParams::epsilon,
           {.name = "epsilon",
            .label = "Epsilon",
            .help = "Added to what steps are divided by; more keeps rare, small gradients from making large steps.",
            .valid = {0, 1, true},
            .search = {1e-10, 1e-2},
            .scale = Scale::log,
            .enabled_by = EnabledBy{"optimizer", {"adam", "adamw", "rmsprop", "adagrad"}},
            .advanced = true,
            .forkable = true})
      .add(&TrainingParams::trust, {.name = "trust",
                                    .label = "Trust",
                                    .help = "How far a layer may move in one step, as a share of its weights' size.",
                                    .valid = {0, 1, true},
                                    .search = {1e-4, 0.1},
                                    .scale = Scale::log,
                                    .enabled_by = EnabledBy{"optimizer", {"lars"}},
                                    .advanced = true,
                                    .forkable = true});
}

template <class T>
void add_schedule_fields(Schema<T>& schema) {
  std::move(schema)
      .add(&TrainingParams::warmup_epochs,
           {.name = "warmup_epochs",
            .label = "Warm-up",
            .help = "The learning rate rises in a straight line for so long before its schedule begins.",
            .valid = {0, 1e6},
            .search = {0, 10},
            .unit = "epochs",
            .advanced = true,
            .forkable = true})
      .add(&TrainingParams::decay_every, {.name = "decay_every",
                                          .label = "Decay every",
                                          .help = "After so many epochs the rate has fallen by the decay factor.",
                                          .valid = {0, 1e6, true},
                                          .search = {1, 50},
                                          .scale = Scale::log,
                                          .enabled_by = EnabledBy{"schedule", {"step", "exponential"}},
                                          .unit = "epochs",
                                          .advanced = true,
                                          .forkable = true})
      .add(&TrainingParams::decay_factor, {.name = "decay_factor",
                                           .label = "Decay factor",
                                           .help = "What the learning rate is multiplied with.",
                                           .valid = {0, 1, true},
                                           .search = {0.1, 0.9},
                                           .enabled_by = EnabledBy{"schedule", {"step", "exponential", "plateau"}},
                                           .advanced = true,
                                           .forkable = true})
      .add(&TrainingParams::polynomial_power, {.name = "polynomial_power",
                                               .label = "Power",
                                               .help = "1 falls in a straight line, more falls faster at first.",
                                               .valid = {0, 100, true},
                                               .search = {0.5, 4},
                                               .enabled_by = EnabledBy{"schedule", {"polynomial"}},
                                               .advanced = true,
                                               .forkable = true})
      .add(
          &TrainingParams::restart_epochs,
          {.name = "restart_epochs",
           .label = "Restart after",
           .help = "Length of the first cycle, after which the rate is full again; 0 makes one cycle of the whole run.",
           .valid = {0, 1e6},
           .search = {0, 50},
           .enabled_by = EnabledBy{"schedule", {"cosine"}},
           .unit = "epochs",
           .advanced = true,
           .forkable = true})
      .add(&TrainingParams::restart_factor, {.name = "restart_factor",
                                             .label = "Longer cycles",
                                             .help = "Each cycle is so many times as long as the one before.",
                                             .valid = {1, 100},
                                             .search = {1, 4},
                                             .enabled_by = EnabledBy{"schedule", {"cosine"}},
                                             .advanced = true,
                                             .forkable = true})
      .add(&TrainingParams::cycle_rise, {.name = "cycle_rise",
                                         .label = "Rise",
                                         .help = "Share of the steps during which the learning rate rises.",
                                         .valid = {0, 1},
                                         .search = {0.1, 0.5},
                                         .enabled_by = EnabledBy{"schedule", {"one_cycle"}},
                                         .advanced = true,
                                         .forkable = true})
      .add(&TrainingParams::cycle_start, {.name = "cycle_start",
                                          .label = "Start",
                                          .help = "Share of the learning rate that the cycle begins with.",
                                          .valid = {0, 1},
                                          .search = {0.01, 0.5},
                                          .enabled_by = EnabledBy{"schedule", {"one_cycle"}},
                                          .advanced = true,
                                          .forkable = true})
      .add(&TrainingParams::final_share, {.name = "final_share",
                                          .label = "End",
                                          .help = "Share of the learning rate that is left at the end.",
                                          .valid = {0, 1},
                                          .search = {0, 0.1},
                                          .enabled_by = EnabledBy{"schedule", {"polynomial", "cosine", "one_cycle"}},
                                          .advanced = true,
                                          .forkable = true})
      .add(
          &TrainingParams::plateau_patience,
          {.name = "plateau_patience",
           .label = "Patience",
           .help = "Epochs without a better validation loss (training loss without validation rows) that are accepted.",
           .valid = {0, 1e6},
           .search = {1, 20},
           .enabled_by = EnabledBy{"schedule", {"plateau"}},
           .unit = "epochs",
           .advanced = true,
           .forkable = true})
      .add(&TrainingParams::plateau_threshold, {.name = "plateau_threshold",
                                                .label = "Least improvement",
                                                .help = "Share by which a loss must be less to count as better.",
                                                .valid = {0, 1},
                                                .search = {0, 0.01},
                                                .enabled_by = EnabledBy{"schedule", {"plateau"}},
                                                .advanced = true,
                                                .forkable = true});
}

template <class T>
void add_loss_fields(Schema<T>& schema) {
  std::move(schema)
      .add(&TrainingParams::class_loss,
           {.name = "class_loss",
            .label = "Loss for classes",
            .help = "What is made small when classes are learnt.",
            .choices = {{"cross_entropy", "Cross-entropy", "Surprise at the true class: gives good probabilities."},
                        {"hinge", "Hinge", "How far wrong classes come within a margin of the true one."}},
            .advanced = true,
            .forkable = true})
      .add(
          &TrainingParams::label_smoothing,
          {.name = "label_smoothing",
           .label = "Label smoothing",
           .help = "Spreads this share of every answer over all classes, against overconfidence (Szegedy et al. 2016).",
           .valid = {0, 1},
           .search = {0, 0.2},
           .enabled_by = EnabledBy{"class_loss", {"cross_entropy"}},
           .advanced = true,
           .forkable = true})
      .add(&TrainingParams::class_weights,
           {.name = "class_weights",
            .label = "Class weights",
            .help = "How much the rows of each class count while learning.",
            .choices = {{"none", "All rows alike", "Frequent classes have more say."},
                        {"balanced", "Balanced", "Every class has the same say, however rare it is."}},
            .advanced = true,
            .forkable = true})
      .add(&TrainingParams::value_loss,
           {.name = "value_loss",
            .label = "Loss for numbers",
            .help = "What is made small when numbers are learnt.",
            .choices = {{"squared_error", "Squared error", "Aims at the mean."},
                        {"absolute_error", "Absolute error", "Aims at the median: outliers have little say."},
                        {"huber", "Huber", "Squared for small errors, straight for large ones (Huber 1964)."}},
            .advanced = true,
            .forkable = true})
      .add(&TrainingParams::huber_delta,
           {.name = "huber_delta",
            .label = "Huber's delta",
            .help = "Error from which on the loss is straight, in standard deviations of the target.",
            .valid = {0, 1000, true},
            .search = {0.1, 10},
            .scale = Scale::log,
            .enabled_by = EnabledBy{"value_loss", {"huber"}},
            .advanced = true,
            .forkable = true});
}

template <class T>
void add_restraints(Schema<T>& schema) {
  std::move(schema)
      .add(&TrainingParams::l2,
           {.name = "l2",
            .label = "L2 penalty",
            .help = "Pulls weights towards zero: adds l2 times the weight to its gradient. Biases are left alone.",
            .valid = {0, 1000},
            .search = {0, 0.1},
            .advanced = true,
            .live = true})
      .add(&TrainingParams::l1,
           {.name = "l1",
            .label = "L1 penalty",
            .help = "Pulls weights to zero at an even pace, so that many vanish. Biases are left alone.",
            .valid = {0, 1000},
            .search = {0, 0.01},
            .advanced = true,
            .live = true})
      .add(&TrainingParams::weight_decay,
           {.name = "weight_decay",
            .label = "Weight decay",
            .help = "Each step takes this share, times the learning rate, off every weight, apart from the gradient. "
                    "Left open: 0.01 with AdamW, else 0.",
            .valid = {0, 1000},
            .search = {0, 0.1},
            .advanced = true,
            .live = true})
      .add(&TrainingParams::clip_norm,
           {.name = "clip_norm",
            .label = "Clip gradient norm",
            .help = "Shortens the whole gradient to this length where it is longer; 0 does not.",
            .valid = {0, 1e6},
            .search = {0, 10},
            .advanced = true,
            .live = true})
      .add(&TrainingParams::clip_value,
           {.name = "clip_value",
            .label = "Clip gradient values",
            .help = "Limits every number of the gradient to plus or minus this; 0 does not.",
            .valid = {0, 1e6},
            .search = {0, 10},
            .advanced = true,
            .live = true})
      .add(&TrainingParams::batches_per_step,
           {.name = "batches_per_step",
            .label = "Batches per step",
            .help = "Gradients of so many batches make one step: large batches in little memory.",
            .valid = {1, 1e6},
            .search = {1, 16},
            .advanced = true});
}

template <class T>
void add_averaging(Schema<T>& schema) {
  std::move(schema).add(
      &TrainingParams::average_decay,
      {.name = "average_decay",
       .label = "Weight averaging",
       .help = "Judges and keeps a running mean of the weights, of which each step keeps this share; 0 does not.",
       .valid = {0, 0.999999},
       .search = {0.9, 0.9999},
       .advanced = true});
}

template <class T>
void add_monitor(Schema<T>& schema) {
  std::move(schema).add(&TrainingParams::monitor,
                        {.name = "monitor",
                         .label = "Best by",
                         .help = "What early stopping and the best epoch go by, on the validation rows.",
                         .choices = {{"score", "Score", "Accuracy, ties settled by the loss; of numbers the loss."},
                                     {"loss", "Loss", "The loss alone."}},
                         .advanced = true,
                         .forkable = true});
}

template <class T>
void add_keep_best(Schema<T>& schema) {
  std::move(schema).add(&TrainingParams::keep_best,
                        {.name = "keep_best",
                         .label = "Keep the best epoch",
                         .help = "The result is the epoch with the best validation score, not the last one.",
                         .advanced = true,
                         .forkable = true});
}

template <class T>
void add_precision(Schema<T>& schema) {
  std::move(schema).add(
      &TrainingParams::mixed_precision,
      {.name = "mixed_precision",
       .label = "Mixed precision",
       .help = "Rounds the factors of products and convolutions to bfloat16 and sums up in float32 (Micikevicius et "
               "al. 2018): faster where the processor has instructions for it, without effect elsewhere.",
       .advanced = true,
       .forkable = true});
}

}  // namespace training_fields

/// Adds these fields to the schema of a struct that derives from TrainingParams: what everybody sets first, then the
/// advanced ones.
template <class T>
Schema<T>&& with_training_fields(Schema<T>&& schema) {
  training_fields::add_basics(schema);
  training_fields::add_stopping(schema);
  training_fields::add_optimizer_fields(schema);
  training_fields::add_schedule_fields(schema);
  training_fields::add_loss_fields(schema);
  training_fields::add_restraints(schema);
  training_fields::add_averaging(schema);
  training_fields::add_monitor(schema);
  training_fields::add_keep_best(schema);
  training_fields::add_precision(schema);
  return std::move(schema);
}

/// The same without what speaks of answers: for networks that learn to give back what they are given.
template <class T>
Schema<T>&& with_reconstruction_training_fields(Schema<T>&& schema) {
  training_fields::add_basics(schema);
  training_fields::add_stopping(schema);
  training_fields::add_optimizer_fields(schema);
  training_fields::add_schedule_fields(schema);
  training_fields::add_restraints(schema);
  training_fields::add_averaging(schema);
  training_fields::add_keep_best(schema);
  training_fields::add_precision(schema);
  return std::move(schema);
}

}  // namespace gb
