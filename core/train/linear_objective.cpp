#include "core/train/linear_objective.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "core/base/parallel.hpp"
#include "core/linalg/product.hpp"

namespace gb {

LogisticObjective::LogisticObjective(const Features& features, std::span<const std::int64_t> rows,
                                     std::vector<std::int32_t> codes, int classes, std::vector<double> class_weights)
    : features_(features),
      rows_(rows),
      codes_(std::move(codes)),
      classes_(classes),
      class_weights_(std::move(class_weights)) {
  for (const std::int32_t code : codes_) total_weight_ += class_weights_[static_cast<std::size_t>(code)];
}

bool LogisticObjective::evaluate(const Eigen::VectorXd& weights, double& loss, Eigen::VectorXd& gradient,
                                 const std::function<bool()>& stop) const {
  const Eigen::Index k = scores(), d = columns();
  const Eigen::Map<const MatrixD> all(weights.data(), k, d + 1);
  const MatrixF rounded = all.leftCols(d).cast<float>();
  const Eigen::RowVectorXf intercepts = all.col(d).transpose().cast<float>();
  // Fixed whatever the number of threads; fewer where gradients are so large that their sums would fill the memory.
  const auto most_parts = static_cast<std::size_t>(std::clamp<Eigen::Index>((Eigen::Index{1} << 22) / size(), 2, 16));
  std::vector<Part> parts(std::clamp<std::size_t>(rows_.size() / 32, 1, most_parts));
  std::atomic<bool> stopped = false;
  parallel_chunks(parts.size(), 1, [&](std::size_t first, std::size_t last, std::size_t) {
    for (std::size_t i = first; i < last; ++i) {
      if (stopped || stop()) {
        stopped = true;
        return;
      }
      parts[i].gradient = Eigen::VectorXd::Zero(size());
      take(rows_.size() * i / parts.size(), rows_.size() * (i + 1) / parts.size(), rounded, intercepts, parts[i]);
    }
  });
  if (stopped) return false;
  loss = 0;
  gradient.setZero(size());
  for (const Part& part : parts) {
    loss += part.loss;
    gradient += part.gradient;
  }
  loss /= total_weight_;
  gradient /= total_weight_;
  return true;
}

void LogisticObjective::take(std::size_t begin, std::size_t end, const MatrixF& weights,
                             const Eigen::RowVectorXf& intercepts, Part& part) const {
  const Eigen::Index k = scores(), d = columns();
  // As many rows as stay in the second cache, and so few that float sums of them keep their digits.
  const auto block = static_cast<std::size_t>(std::clamp<Eigen::Index>((Eigen::Index{1} << 16) / (d + 1), 8, 256));
  MatrixF values(static_cast<Eigen::Index>(block), d), block_scores(static_cast<Eigen::Index>(block), k);
  MatrixF sums(k, d);
  Eigen::Map<MatrixD> gradient(part.gradient.data(), k, d + 1);
  for (std::size_t first = begin; first < end; first += block) {
    const std::size_t some = std::min(block, end - first);
    const auto count = static_cast<std::int64_t>(some);
    features_.gather(rows_.subspan(first, some), values.data());
    multiply_transposed(values.data(), count, weights.data(), k, d, block_scores.data());
    block_scores.topRows(count).rowwise() += intercepts;
    part.loss += differentiate(block_scores.data(), std::span(codes_).subspan(first, some));
    sums.setZero();
    add_product_of_transposed(block_scores.data(), count, k, values.data(), d, sums.data());
    gradient.leftCols(d) += sums.cast<double>();
    gradient.col(d) += block_scores.topRows(count).colwise().sum().transpose().cast<double>();
  }
}

/// Turns scores into the loss's derivatives by them; returns the loss.
double LogisticObjective::differentiate(float* scores, std::span<const std::int32_t> codes) const {
  double loss = 0;
  if (classes_ == 2) {
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const double weight = class_weights_[static_cast<std::size_t>(codes[i])];
      const double score = static_cast<double>(scores[i]);
      const double power = std::exp(-std::abs(score));
      const double probability = score >= 0 ? 1 / (1 + power) : power / (1 + power);
      loss += weight * (std::log1p(power) + std::max(score, 0.0) - (codes[i] == 1 ? score : 0.0));
      scores[i] = static_cast<float>(weight * (probability - (codes[i] == 1 ? 1.0 : 0.0)));
    }
    return loss;
  }
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const double weight = class_weights_[static_cast<std::size_t>(codes[i])];
    Eigen::Map<Eigen::ArrayXf> line(scores + i * static_cast<std::size_t>(classes_), classes_);
    const float own = line[codes[i]], largest = line.maxCoeff();
    line = (line - largest).exp();
    const float sum = line.sum();
    loss += weight * (std::log(static_cast<double>(sum)) + static_cast<double>(largest) - static_cast<double>(own));
    line *= static_cast<float>(weight) / sum;
    line[codes[i]] -= static_cast<float>(weight);
  }
  return loss;
}

}  // namespace gb
