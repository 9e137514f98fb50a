#pragma once

#include <cstdint>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/params/param_spec.hpp"

namespace gb {

/// How much the rows of a class count.
enum class ClassWeight { none, balanced };
/// The parameter "class_weight" that chooses between them.
ParamSpec class_weight_spec();

/// The training rows by their classes, of which only those that occur are counted: a class of the target may have no
/// row in training.
class ClassRows {
 public:
  explicit ClassRows(const ProblemSet& problem);

  /// Classes that occur.
  int count() const { return static_cast<int>(present_.size()); }
  /// Their codes in the target, ascending.
  const std::vector<std::int32_t>& present() const { return present_; }
  /// Classes of the target.
  std::size_t all() const { return all_; }
  /// Of each training row its place in present().
  const std::vector<std::int32_t>& codes() const { return codes_; }
  /// Of each place the positions among the training rows, ascending.
  const std::vector<std::vector<std::int64_t>>& members() const { return members_; }
  /// Of each place: 1, or rows / (classes * rows of the class).
  std::vector<double> weights(ClassWeight weight) const;

 private:
  std::size_t all_;
  std::vector<std::int32_t> present_, codes_;
  std::vector<std::vector<std::int64_t>> members_;
};

}  // namespace gb
