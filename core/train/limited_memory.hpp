#pragma once

#include <Eigen/Core>
#include <deque>
#include <functional>
#include <vector>

#include "core/events/state.hpp"

namespace gb {

/// Minimises a convex function of many numbers by L-BFGS (Liu, Nocedal 1989), with a weak Wolfe line search (Lewis,
/// Overton 2013); where absolute values are penalised, by OWL-QN (Andrew, Gao 2007). One step() is one iteration.
class LimitedMemory {
 public:
  /// Writes value and gradient of the smooth part at `at`. False when it was interrupted.
  using Evaluate = std::function<bool(const Eigen::VectorXd& at, double& value, Eigen::VectorXd& gradient)>;
  enum class Outcome { moved, converged, stuck, interrupted };

  /// `absolute` weighs the absolute value of each number in the function; empty for none of them.
  LimitedMemory(Eigen::VectorXd start, Eigen::VectorXd absolute, double tolerance);

  /// One iteration; interrupted, it changes nothing. Converged: no component of the gradient is above the tolerance.
  /// Stuck: float's resolution allows no further descent.
  Outcome step(const Evaluate& evaluate);

  const Eigen::VectorXd& position() const { return position_; }
  double value() const { return value_; }          ///< absolute values included; after the first step
  double largest_slope() const { return slope_; }  ///< largest component of the gradient
  std::int64_t evaluations() const { return evaluations_; }

  /// Everything that step() depends on, for checkpoints.
  void save(State& state) const;
  void restore(const State& state);

 private:
  bool measure(const Evaluate& evaluate, const Eigen::VectorXd& at, double& value, Eigen::VectorXd& gradient);
  Eigen::VectorXd pseudo_gradient() const;
  Eigen::VectorXd direction(const Eigen::VectorXd& slope) const;

  static constexpr std::size_t memory = 10;

  Eigen::VectorXd position_, absolute_, gradient_;
  double tolerance_;
  double value_ = 0, slope_ = 0;
  bool measured_ = false;
  std::int64_t evaluations_ = 0;
  std::deque<Eigen::VectorXd> steps_, changes_;  ///< of position and gradient, oldest first
};

}  // namespace gb
