#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gb {

/// What boosting lessens, with its first and second derivatives by the raw scores: squared error for numbers, log loss
/// for two classes (one score, the second class's log-odds) and for more (a score per class, softmax). Sums are made
/// over blocks of rows in their order: the same bits for any number of threads.
class BoostingLoss {
 public:
  /// Classes per row, or values where there are no classes.
  BoostingLoss(std::size_t classes, std::vector<std::int32_t> codes, std::vector<float> values);

  std::size_t rows() const { return classes_ > 0 ? codes_.size() : values_.size(); }
  /// Scores per row.
  std::size_t scores() const { return scores_; }
  /// The constant scores that are best without any tree.
  std::vector<double> base() const;

  /// Mean loss of raw scores (rows x scores), and where `answers` is not empty what they say: the probability of each
  /// score's class, or the value (rows x scores).
  double evaluate(std::span<const double> raw, std::span<float> answers) const;
  /// Derivatives of one score's loss in every row, from those answers.
  void derivatives(std::span<const float> answers, std::size_t score, std::span<float> gradients,
                   std::span<float> hessians) const;
  /// Share of rows whose likeliest class is theirs, or r2.
  double accuracy(std::span<const double> raw) const;

 private:
  std::size_t classes_, scores_;
  std::vector<std::int32_t> codes_;
  std::vector<float> values_;
};

}  // namespace gb
