#pragma once

#include <cstdint>
#include <limits>

namespace gb {

enum class ScheduleKind { constant, step, exponential, polynomial, cosine, one_cycle, plateau };

/// How the learning rate changes while a network learns. Times are epochs and count from the end of the warm-up; rates
/// are shares of the base rate.
struct ScheduleSettings {
  ScheduleKind schedule = ScheduleKind::constant;
  double warmup_epochs = 0;         ///< the rate rises from near zero in a straight line
  double decay_every = 10;          ///< step: a jump every so many; exponential: the same decay, spread evenly
  double decay_factor = 0.5;        ///< step, exponential, plateau
  double polynomial_power = 1;      ///< polynomial
  double restart_epochs = 0;        ///< cosine: length of the first cycle; 0: one cycle
  double restart_factor = 2;        ///< cosine: each cycle is this much longer than the one before
  double cycle_rise = 0.3;          ///< one_cycle: share of the steps that the rate rises
  double cycle_start = 0.04;        ///< one_cycle: where it starts
  double final_share = 0;           ///< polynomial, cosine, one_cycle: where it ends
  int plateau_patience = 5;         ///< plateau: epochs without a better loss that are accepted
  double plateau_threshold = 1e-4;  ///< plateau: a loss counts as better when it is less by this share
};

/// What reduce-on-plateau remembers from epoch to epoch.
struct Plateau {
  double best = std::numeric_limits<double>::infinity();
  std::int64_t waited = 0;  ///< epochs since `best`
  double factor = 1;        ///< what the rate is multiplied with
};

/// Pure functions of the step. Sources: cosine with warm restarts, Loshchilov, Hutter (2017), equation 5; one cycle,
/// Smith (2018) with cosines as in PyTorch.
class Schedule {
 public:
  Schedule(const ScheduleSettings& settings, std::int64_t steps_per_epoch, std::int64_t epochs);
  /// What the base rate is multiplied with at a step (0-based), a plateau's factor apart.
  double factor(std::int64_t step) const;
  /// What is remembered after an epoch whose loss was this.
  Plateau after_epoch(const Plateau& before, double loss) const;

 private:
  ScheduleSettings settings_;
  std::int64_t steps_per_epoch_, warmup_, total_;  ///< total_: steps after the warm-up
};

}  // namespace gb
