#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/train/evaluation.hpp"
#include "core/train/forecast.hpp"
#include "core/train/layer_watch.hpp"
#include "core/train/optimizer.hpp"
#include "core/train/schedule.hpp"
#include "core/train/step_watch.hpp"
#include "core/train/training.hpp"

namespace gb {

/// What may change while a network learns.
struct LiveSettings : StepSettings {
  double clip_norm = 0, clip_value = 0;  ///< 0: none
};

/// One run of train_network(): the graph with its backward pass, all memory of it, and the loop. A step is one move of
/// the weights, made from the gradients of one batch or of several.
class Trainer {
 public:
  Trainer(const Network& network, Storage& parameters, const ProblemSet& problem, const TrainingTarget& target,
          const TrainingParams& params, RunContext& context);

  void run(const std::function<void(const EpochReport&)>& on_epoch,
           const std::function<void(std::int64_t step, const Storage& judged)>& on_step);
  /// What run() would take. Trains for about `seconds`, which moves the weights; 0, or a batch that does not fit,
  /// measures no time.
  Forecast forecast(double seconds);

 private:
  using Clock = std::chrono::steady_clock;
  using OnEpoch = std::function<void(const EpochReport&)>;

  // trainer.cpp: the loop.
  void begin_epoch(std::int64_t epoch, std::int64_t step_in_epoch);
  void step(std::int64_t step, std::int64_t step_in_epoch);
  void finish_epoch(std::int64_t epoch, std::int64_t step, const OnEpoch& on_epoch);
  Executable& executable(std::int64_t rows);
  std::span<const std::int64_t> batch_rows(std::int64_t batch) const;
  /// Writes inputs, answers and key of the feed's next batch.
  Executable& load(std::int64_t step, std::int64_t batch);
  /// Everything that the newest batch's loss consists of, summed up; `share` of it goes into the step's sums.
  double loss_of(const Executable& done, double share);
  /// What the terms add to a loss.
  double weighed(std::span<const double> terms) const;
  void tell_terms(const char* part, std::int64_t step, std::span<const double> terms);
  /// Adds a share of the newest gradients to the step's sum.
  void accumulate(double share, bool first);
  /// Shortens the step's gradients as the settings say; `length` is their norm.
  void clip(std::span<float> gradients, double length);
  void tell_rate(std::int64_t step, double rate, bool first_of_epoch);
  void report_progress(std::int64_t step, std::int64_t rows);
  bool better(const Score& score) const;
  /// What is judged and kept: the running mean where there is one.
  Storage& judged() { return averaged_ ? *averaged_ : parameters_; }
  [[noreturn]] void diverge(std::int64_t step, std::int64_t step_in_epoch);
  [[noreturn]] void fail(std::int64_t step, const std::string& what) const;

  // trainer_state.cpp: live changes and checkpoints.
  void change(const std::string& name, const Json& value);
  State save(std::int64_t step) const;
  void restore(const State& state);

  // trainer_forecast.cpp: what a run needs.
  /// Bytes that the steps and the evaluation take with batches of this size, beside what the constructor took.
  std::int64_t step_bytes(std::int64_t batch) const;
  /// The forecast without its time.
  Forecast plan() const;
  /// Throws ParamError (algorithm.params.batch_size) when the memory for a batch is not there, naming a size that fits.
  void require_room() const;

  const Network& network_;
  Storage& parameters_;
  const ProblemSet& problem_;
  const TrainingTarget& target_;
  const TrainingParams& params_;
  RunContext& context_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<BatchFeed> feed_;

  std::int64_t batch_size_, batches_, batches_per_step_, steps_per_epoch_, total_steps_;
  Schedule schedule_;

  Graph graph_;  ///< forward, loss and backward
  Objective objective_;
  std::optional<Storage> gradients_, summed_;  ///< summed_: where a step has several batches
  std::optional<Storage> averaged_;            ///< running mean of the weights
  std::map<ValueId, ValueId> gradient_of_;     ///< gradient -> its parameter
  std::vector<float> class_weights_;
  std::vector<double> factors_;      ///< of the terms of the loss, as their fields say
  std::vector<float> term_weights_;  ///< factors as the gradients count them
  std::map<ValueId, void*> bound_;
  std::vector<ValueId> outputs_;
  ValueId key_ = -1;
  std::int32_t key_seed_ = 0;
  std::map<std::int64_t, Executable> executables_;  ///< by batch size: whole ones and the remainder

  std::vector<Segment> segments_;
  std::unique_ptr<Optimizer> optimizer_;
  SegmentSums sums_, limited_sums_;  ///< of gradients as they are, and after limiting their values
  std::optional<Evaluation> evaluation_;
  StepWatch watch_;
  std::optional<LayerWatch> layers_;

  LiveSettings live_;
  Plateau plateau_;
  double told_rate_ = std::numeric_limits<double>::quiet_NaN();  ///< NaN: has to be told again
  double epoch_loss_ = 0, epoch_squared_error_ = 0;              ///< sums over the running epoch's rows
  double squared_error_ = 0;                                     ///< of the newest step
  std::vector<double> terms_;                                    ///< of the newest step, unweighed
  std::int64_t best_epoch_ = -1;
  Score best_score_;
  std::vector<float> best_weights_;
  bool enough_ = false;

  std::vector<std::int64_t> order_;  ///< the running epoch's rows
  std::vector<Blend> blends_;        ///< of the newest batch
  MatrixF validation_;
  Clock::time_point progress_at_ = Clock::now();
  std::int64_t rows_done_ = 0;
  double speed_ = 0;
};

}  // namespace gb
