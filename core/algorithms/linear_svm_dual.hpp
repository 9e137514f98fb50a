#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "core/data/features.hpp"
#include "core/events/state.hpp"

namespace gb {

/// The training rows as coordinate descent reads them: one after the other, bytes as bytes, with a 1 after the features
/// where there is an intercept.
class LinearSvmRows {
 public:
  LinearSvmRows(const Features& features, std::span<const std::int64_t> rows, bool intercept);

  std::int64_t count() const { return static_cast<std::int64_t>(rows_.size()); }
  std::int64_t columns() const { return columns_; }
  bool intercept() const { return intercept_; }
  double squared_norm(std::int64_t row) const { return norms_[static_cast<std::size_t>(row)]; }

  /// Sum of weight x feature. `weights` has columns() + 1 numbers, the last one the intercept; `weight_sum` is the sum
  /// of the others (bytes with an offset need it).
  double product(std::int64_t row, const float* weights, double weight_sum) const;
  /// weights += factor x features; returns what the sum of the weights grows by.
  double add(std::int64_t row, double factor, float* weights) const;
  /// The same into double, without the sum.
  void add(std::int64_t row, double factor, double* weights) const;
  /// The features of a row and the intercept's 1 (0 without one).
  void load(std::int64_t row, double* out) const;

 private:
  const Features& features_;
  std::span<const std::int64_t> rows_;
  std::int64_t columns_;
  bool intercept_;
  std::vector<double> norms_, sums_;
};

/// One class against the others: minimises 1/2 |w|^2 + sum of C_i * loss(1 - y_i w.x_i) by coordinate descent in the
/// dual (Hsieh, Chang, Lin, Keerthi, Sundararajan 2008); the intercept is a weight like the others. The gap between
/// primal and dual objective bounds how far it is from the optimum. With few features, where coordinates take very long
/// to settle, the squared loss is finished by Newton's method in the primal (Keerthi, DeCoste 2005), whose missed
/// margins are the dual's optimum too.
class LinearSvmDual {
 public:
  /// `signs` has +1 or -1 for each row, `costs` is C_i of the negative and of the positive rows.
  LinearSvmDual(const LinearSvmRows& rows, std::vector<std::int8_t> signs, double negative_cost, double positive_cost,
                bool squared);

  /// Starts an epoch; then come its rows, in any order, each once; then end_epoch().
  void begin_epoch();
  void visit(std::span<const std::int32_t> rows);
  void end_epoch();
  /// Computes both objectives exactly, keeps the best weights so far, looks at all rows again in the next epoch.
  void measure();

  double dual() const;                       ///< objective, to be maximised
  double primal() const { return primal_; }  ///< least one measured
  /// How far the best weights may be from the optimum, as a share of the objective.
  double gap() const;
  const std::vector<float>& best_weights() const { return best_; }
  std::int64_t support_count() const;

  void save(State& state, const std::string& prefix) const;
  void restore(const State& state, const std::string& prefix);

 private:
  void finish_by_newton();
  double cost(std::int64_t row) const { return signs_[static_cast<std::size_t>(row)] > 0 ? positive_ : negative_; }

  const LinearSvmRows& rows_;
  std::vector<std::int8_t> signs_;
  double negative_, positive_;
  bool squared_;
  std::vector<double> alphas_;
  std::vector<std::uint8_t> left_out_;
  std::vector<float> weights_, best_;
  double weight_sum_ = 0;
  double most_ = 0, least_ = 0;            ///< projected gradients of this epoch
  double limit_high_ = 0, limit_low_ = 0;  ///< of the epoch before: beyond them rows are left out
  double primal_ = 0;
};

}  // namespace gb
