#pragma once

#include <Eigen/Core>
#include <functional>
#include <span>
#include <vector>

#include "core/data/features.hpp"
#include "core/linalg/matrix.hpp"

namespace gb {

/// Mean logistic loss of linear scores and its gradient, over the rows in one pass: each block of rows is expanded,
/// multiplied, differentiated and multiplied back while it is in the cache. Sums are made over a fixed partition of the
/// rows, in double: the same bits for any number of threads.
///
/// Two classes have one score (the log odds of class 1), more have one each (softmax). Weights are scores x (features +
/// 1), the last column the intercepts.
class LogisticObjective {
 public:
  /// `codes` has the class of each of `rows`, below `classes`; `class_weights` weighs the rows of each class.
  LogisticObjective(const Features& features, std::span<const std::int64_t> rows, std::vector<std::int32_t> codes,
                    int classes, std::vector<double> class_weights);

  int scores() const { return classes_ == 2 ? 1 : classes_; }
  std::int64_t columns() const { return features_.columns(); }
  /// scores() * (columns() + 1).
  Eigen::Index size() const { return static_cast<Eigen::Index>(scores()) * (columns() + 1); }
  double total_weight() const { return total_weight_; }

  /// Loss and gradient, both divided by the total weight; no penalty. False when `stop` said so.
  bool evaluate(const Eigen::VectorXd& weights, double& loss, Eigen::VectorXd& gradient,
                const std::function<bool()>& stop) const;

 private:
  struct Part {
    double loss = 0;
    Eigen::VectorXd gradient;
  };
  void take(std::size_t begin, std::size_t end, const MatrixF& weights, const Eigen::RowVectorXf& intercepts,
            Part& part) const;
  double differentiate(float* scores, std::span<const std::int32_t> codes) const;

  const Features& features_;
  std::span<const std::int64_t> rows_;
  std::vector<std::int32_t> codes_;
  int classes_;
  std::vector<double> class_weights_;
  double total_weight_ = 0;
};

}  // namespace gb
