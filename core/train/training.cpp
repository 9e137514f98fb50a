#include "core/train/training.hpp"

#include "core/base/denormals.hpp"
#include "core/train/trainer.hpp"

namespace gb {

void train_network(const Network& network, Storage& parameters, const ProblemSet& problem, const TrainingTarget& target,
                   const TrainingParams& params, RunContext& context,
                   const std::function<void(const EpochReport&)>& on_epoch,
                   const std::function<void(std::int64_t, const Storage&)>& on_step) {
  const FlushDenormals flush;
  Trainer(network, parameters, problem, target, params, context).run(on_epoch, on_step);
}

Forecast forecast_training(const Network& network, Storage& parameters, const ProblemSet& problem,
                           const TrainingTarget& target, const TrainingParams& params, RunContext& context,
                           double seconds) {
  const FlushDenormals flush;
  return Trainer(network, parameters, problem, target, params, context).forecast(seconds);
}

}  // namespace gb
