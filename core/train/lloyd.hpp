#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/linalg/nearest.hpp"
#include "core/train/centered_rows.hpp"

namespace gb {

/// Lloyd's iteration (1982) on one set of centres, plain or with Elkan's bounds (2003), which leave out distances that
/// cannot matter. Both give the same bits: an assignment is always the nearest centre as NearestCenters decides it, and
/// sums of rows change in row order.
class Lloyd {
 public:
  /// `rows` must outlive this.
  Lloyd(const CenteredRows& rows, std::int64_t clusters, bool accelerated);

  /// Begins anew from these centres; no row belongs to one yet.
  void start(MatrixD centers);
  /// Goes on from a checkpoint.
  void restore(MatrixD centers, MatrixD sums, std::vector<std::int32_t> labels);

  /// Gives every row to its nearest centre. Returns how many rows changed, or nothing (and changes nothing) when `stop`
  /// said so on the way.
  std::optional<std::int64_t> assign(const std::function<bool()>& stop);

  struct Movement {
    double squared = 0;         ///< of all centres together
    double largest = 0;         ///< of one centre
    std::int64_t refilled = 0;  ///< empty clusters that were given a row
  };
  /// Moves every centre to the mean of its rows. An empty cluster takes the row farthest from its centre, as
  /// scikit-learn does; where no row is away from its centre it stays where it is.
  Movement update();

  /// Sum of squared distances of all rows to the centres they belong to.
  double inertia() const;
  /// The same from differences in double: slower, without cancellation.
  double exact_inertia() const;

  const MatrixD& centers() const { return nearest_.centers(); }
  const MatrixD& sums() const { return sums_; }
  const std::vector<std::int32_t>& labels() const { return labels_; }
  const std::vector<std::int64_t>& sizes() const { return sizes_; }
  /// Distances computed since start(), as a share of what the plain iteration computes.
  double computed_share() const;

 private:
  struct Worker;
  bool may_change(std::int64_t row) const;
  void narrow(Worker& worker);
  void settle(Worker& worker);
  void settle_among(Worker& worker, std::int64_t row, const float* values, float own_score);
  void set_label(Worker& worker, std::int64_t row, std::int32_t label) const;
  void add_changes(Worker& worker, const std::function<bool()>& stop) const;
  float distance_error(std::int64_t row) const;
  std::int64_t refill_empty();
  std::int64_t first_of(std::int64_t group) const { return (group * clusters_ + groups_ - 1) / groups_; }
  std::int64_t group_of(std::int64_t center) const { return center * groups_ / clusters_; }

  const CenteredRows& rows_;
  std::int64_t clusters_;
  std::int64_t groups_;  ///< of centres that share a lower bound; 0 without bounds
  std::size_t grain_;    ///< rows that are worth a thread of their own
  NearestCenters nearest_;
  MatrixD sums_;  ///< of each cluster's rows
  std::vector<std::int64_t> sizes_;
  std::vector<std::int32_t> labels_;

  // Bounds are kept relative to how far centres have come since start(), so that a row's own need no update when they
  // move: upper + travelled(own centre) >= distance to the own centre, lower - travelled(group) <= distance to any
  // other centre of the group.
  bool bounds_valid_ = false;
  std::vector<float> upper_;             ///< count
  std::vector<float> lower_;             ///< count x groups
  std::vector<double> travelled_;        ///< k: the sum of a centre's movements
  std::vector<double> group_travelled_;  ///< groups: the sum of the largest movement in the group
  std::vector<float> own_path_, path_;   ///< both as floats, for the loops
  float largest_row_ = 0;                ///< norm
  float slack_ = 0;                      ///< what float arithmetic on bounds may lose
  std::int64_t computed_ = 0, possible_ = 0;
};

}  // namespace gb
