#include "core/train/boosting_loss.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/parallel.hpp"

namespace gb {
namespace {

constexpr std::size_t block = 4096;  ///< rows that are summed up by themselves
constexpr double least_probability = 1e-7;

}  // namespace

BoostingLoss::BoostingLoss(std::size_t classes, std::vector<std::int32_t> codes, std::vector<float> values)
    : classes_(classes), scores_(classes > 2 ? classes : 1), codes_(std::move(codes)), values_(std::move(values)) {}

std::vector<double> BoostingLoss::base() const {
  if (classes_ == 0) {
    double sum = 0;
    for (const float value : values_) sum += static_cast<double>(value);
    return {sum / static_cast<double>(values_.size())};
  }
  std::vector<double> shares(classes_);
  for (const std::int32_t code : codes_) shares[static_cast<std::size_t>(code)] += 1.0;
  for (double& share : shares)
    share = std::clamp(share / static_cast<double>(codes_.size()), least_probability, 1 - least_probability);
  if (scores_ == 1) return {std::log(shares[1] / shares[0])};
  double mean = 0;
  for (double& share : shares) {
    share = std::log(share);
    mean += share / static_cast<double>(classes_);
  }
  for (double& share : shares) share -= mean;
  return shares;
}

double BoostingLoss::evaluate(std::span<const double> raw, std::span<float> answers) const {
  const std::size_t count = rows(), blocks = (count + block - 1) / block;
  std::vector<double> losses(blocks);
  parallel_chunks(blocks, 4, [&](std::size_t begin, std::size_t end, std::size_t) {
    std::vector<double> terms(scores_);
    for (std::size_t one = begin; one < end; ++one)
      for (std::size_t row = one * block; row < std::min(count, (one + 1) * block); ++row) {
        const double* score = raw.data() + row * scores_;
        float* answer = answers.empty() ? nullptr : answers.data() + row * scores_;
        if (classes_ == 0) {
          const double miss = score[0] - static_cast<double>(values_[row]);
          losses[one] += miss * miss / 2;
          if (answer) answer[0] = static_cast<float>(score[0]);
        } else if (scores_ == 1) {
          // log(1 + e^s) - y s, without overflow
          const double s = score[0];
          losses[one] += std::log1p(std::exp(-std::abs(s))) + std::max(s, 0.0) - (codes_[row] == 1 ? s : 0);
          if (answer) answer[0] = static_cast<float>(1 / (1 + std::exp(-s)));
        } else {
          const double most = *std::max_element(score, score + scores_);
          double sum = 0;
          for (std::size_t i = 0; i < scores_; ++i) sum += terms[i] = std::exp(score[i] - most);
          losses[one] += std::log(sum) + most - score[codes_[row]];
          if (answer)
            for (std::size_t i = 0; i < scores_; ++i) answer[i] = static_cast<float>(terms[i] / sum);
        }
      }
  });
  double sum = 0;
  for (const double loss : losses) sum += loss;
  return sum / static_cast<double>(count);
}

void BoostingLoss::derivatives(std::span<const float> answers, std::size_t score, std::span<float> gradients,
                               std::span<float> hessians) const {
  for (std::size_t row = 0; row < rows(); ++row) {
    const float answer = answers[row * scores_ + score];
    if (classes_ == 0) {
      gradients[row] = answer - values_[row];
      hessians[row] = 1;
      continue;
    }
    const bool own = scores_ == 1 ? codes_[row] == 1 : static_cast<std::size_t>(codes_[row]) == score;
    gradients[row] = own ? answer - 1 : answer;
    hessians[row] = answer * (1 - answer);
  }
}

double BoostingLoss::accuracy(std::span<const double> raw) const {
  const std::size_t count = rows();
  double right = 0, squares = 0, sum = 0, sum_squares = 0;
  const double shift = classes_ == 0 && count > 0 ? static_cast<double>(values_[0]) : 0;
  for (std::size_t row = 0; row < count; ++row) {
    const double* score = raw.data() + row * scores_;
    if (classes_ == 0) {
      const double truth = static_cast<double>(values_[row]), miss = score[0] - truth;
      squares += miss * miss;
      sum += truth - shift;
      sum_squares += (truth - shift) * (truth - shift);
    } else {
      const auto best = scores_ == 1 ? (score[0] > 0 ? 1 : 0) : std::max_element(score, score + scores_) - score;
      right += best == codes_[row];
    }
  }
  if (classes_ > 0) return right / static_cast<double>(count);
  const double spread = sum_squares - sum * sum / static_cast<double>(count);
  return spread > 0 ? 1 - squares / spread : 0;
}

}  // namespace gb
