#include <algorithm>
#include <bit>

#include "core/base/error.hpp"
#include "core/base/memory.hpp"
#include "core/base/text.hpp"
#include "core/train/trainer.hpp"

namespace gb {
namespace {

/// The kernels have memory of their own, and others want some too.
constexpr double usable_share = 0.9;

}  // namespace

std::int64_t Trainer::step_bytes(std::int64_t batch) const {
  const auto rows = static_cast<std::int64_t>(order_.size());
  auto bytes = static_cast<std::int64_t>(Executable::planned_bytes(graph_, *device_, batch, outputs_, bound_));
  if (const std::int64_t remainder = rows % batch)
    bytes += static_cast<std::int64_t>(Executable::planned_bytes(graph_, *device_, remainder, outputs_, bound_));
  return bytes + evaluation_->planned_bytes(problem_.split.validation.size());
}

Forecast Trainer::plan() const {
  Forecast forecast;
  forecast.batch_size = forecast.fitting_batch_size = batch_size_;
  forecast.epochs = params_.epochs;
  // Weights, gradients, the best weights and two moments.
  const std::size_t kept = parameters_.size() * 2 + gradients_->size() * 3 + (averaged_ ? averaged_->size() : 0) +
                           (summed_ ? summed_->size() : 0);
  const std::int64_t steps = step_bytes(batch_size_);
  forecast.memory_bytes = steps + static_cast<std::int64_t>(kept * sizeof(float));
  forecast.available_bytes = available_memory().value_or(0);
  const auto room = static_cast<std::int64_t>(usable_share * static_cast<double>(forecast.available_bytes));
  if (room == 0 || steps <= room) return forecast;
  auto fitting = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(batch_size_)));
  while (fitting > 0 && (fitting == batch_size_ || step_bytes(fitting) > room)) fitting /= 2;
  forecast.fitting_batch_size = fitting;
  return forecast;
}

void Trainer::require_room() const {
  const Forecast forecast = plan();
  if (forecast.fits()) return;
  const std::string what = "A batch of " + grouped(batch_size_) + " takes " + memory_text(forecast.memory_bytes) +
                           " in this network, but only " + memory_text(forecast.available_bytes) +
                           " of memory are free";
  const std::string field = "algorithm.params.batch_size";
  if (forecast.fitting_batch_size == 0)
    throw ParamError(what + ", which is too little for any batch", field, "a smaller network");
  throw ParamError(what + "; a batch of " + grouped(forecast.fitting_batch_size) + " fits", field,
                   "at most " + std::to_string(forecast.fitting_batch_size));
}

Forecast Trainer::forecast(double seconds) {
  Forecast forecast = plan();
  if (seconds <= 0 || !forecast.fits() || !context_.step(0)) return forecast;

  const auto elapsed = [](Clock::time_point since) {
    return std::chrono::duration<double>(Clock::now() - since).count();
  };
  // Evaluation is measured on one batch of it, after one that makes its kernels.
  double evaluating = 0;
  const auto& validation = problem_.split.validation;
  const auto begun = Clock::now();
  if (!validation.empty()) {
    const auto some = std::span(validation).first(std::min<std::size_t>(validation.size(), 512));
    evaluation_->score(some, validation_);
    const auto start = Clock::now();
    evaluation_->score(some, validation_);
    evaluating = elapsed(start) * static_cast<double>(validation.size()) / static_cast<double>(some.size());
  }
  begin_epoch(0, 0);
  step(0, 0);  // makes the kernels
  const auto start = Clock::now();
  std::int64_t steps = 0;
  // The last step of an epoch may be a smaller one.
  const std::int64_t most = std::max<std::int64_t>(1, steps_per_epoch_ - 2);
  while (steps < most && !context_.poll() && (steps == 0 || elapsed(begun) < seconds)) {
    if (steps + 1 == steps_per_epoch_) begin_epoch(0, 0);
    step(1 + steps, steps + 1 == steps_per_epoch_ ? 0 : steps + 1);
    ++steps;
  }
  forecast.seconds_per_epoch =
      elapsed(start) / static_cast<double>(std::max<std::int64_t>(steps, 1)) * static_cast<double>(steps_per_epoch_) +
      evaluating;
  return forecast;
}

}  // namespace gb
