#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/events/state.hpp"
#include "core/model/kernel_rows.hpp"

namespace gb {

/// Rows of one problem's kernel matrix: all of it where it fits the memory given, else the rows used last.
class SvmKernel {
 public:
  /// The problem's rows are ranges of `rows`, one after the other. `shared(range)` may give the square block of a
  /// range, computed before (else null).
  struct Range {
    std::int64_t begin = 0, count = 0;
  };
  SvmKernel(const KernelRows& rows, std::vector<Range> ranges, std::size_t most_bytes,
            const std::function<const float*(std::size_t range)>& shared);

  std::int64_t count() const { return count_; }
  double diagonal(std::int64_t row) const;
  /// count() kernel values, then zeros up to a multiple of 8. Stays until the next but one call. `likely_next` are rows
  /// that may be asked for soon: where rows are made as they are needed, they are made together.
  const float* row(std::int64_t row, std::span<const std::int32_t> likely_next = {});
  /// The whole matrix is there: `likely_next` is of no use.
  bool complete() const { return complete_; }

 private:
  void make(std::span<const std::int32_t> rows);

  const KernelRows& rows_;
  std::vector<Range> ranges_;
  std::int64_t count_ = 0, stride_ = 0;
  bool complete_ = false;
  std::vector<float> values_;          ///< count x stride, or slots x stride
  std::vector<std::int32_t> slot_of_;  ///< of each row; -1 where it is not there
  std::vector<std::int32_t> row_of_;   ///< of each slot
  std::vector<std::int64_t> used_;     ///< of each slot: when
  std::int64_t clock_ = 0;
};

/// Minimises 1/2 b'Kb - t'b with low <= b <= high and the sum of b as it is (0), by sequential minimal optimisation:
/// second-order choice of the pair (Fan, Chen, Lin 2005), shrinking (Joachims 1999) as LIBSVM does it (Chang, Lin
/// 2011). For classes b is alpha times the sign; for epsilon regression there are two for each row.
class SvmSolver {
 public:
  struct Problem {
    std::vector<double> target, low, high;
    std::vector<std::int32_t> rows;  ///< of the kernel, for each variable
  };
  /// Borrows `kernel`.
  SvmSolver(Problem problem, SvmKernel& kernel, double tolerance, bool shrinking);

  /// So many iterations, or until no pair violates the optimum by more than the tolerance. True when that is reached.
  bool iterate(std::int64_t iterations, const std::function<bool()>& stop);

  bool finished() const { return finished_; }
  std::int64_t iterations() const { return iterations_; }
  double violation() const { return violation_; }  ///< of the worst pair, at the last iteration
  double objective() const;
  /// Of each variable.
  std::vector<double> coefficients() const;
  /// What is added to sums of kernels times coefficients.
  double intercept() const;

  void save(State& state, const std::string& prefix) const;
  void restore(const State& state, const std::string& prefix);

 private:
  std::size_t active() const { return active_.size(); }
  const float* compact_row(std::size_t at, std::vector<float>& scratch);
  std::vector<std::int32_t> likely_next() const;
  void load_active();
  void store_active();
  void shrink(double most_up, double most_low);
  void activate_all();
  void refresh_gradient();
  bool step();

  Problem problem_;
  SvmKernel& kernel_;
  double tolerance_;
  bool shrinking_;
  bool identity_;                        ///< variable k is the kernel's row k
  std::vector<double> beta_, gradient_;  ///< of all variables; those of inactive ones wait
  std::vector<std::int32_t> active_;     ///< ascending
  // Of the active variables, padded to a multiple of 8 with ones that are never chosen.
  std::vector<double> g_, b_, low_, high_;
  std::vector<float> up_, down_, diagonal_;  ///< 0 where b may rise (fall), else -infinity
  std::vector<float> row_i_, row_j_;
  double shrink_up_ = 0, shrink_low_ = 0;
  std::int64_t iterations_ = 0, until_shrink_ = 0;
  bool unshrunk_ = false, finished_ = false;
  double violation_ = 0;
};

}  // namespace gb
