#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/events/events.hpp"
#include "core/model/generator.hpp"

namespace gb {

/// What people see of a generator: pictures of the same latent vectors from the first step to the last.
class GeneratorViews {
 public:
  /// `generator` and `problem` must outlive this.
  GeneratorViews(const Generator& generator, const ProblemSet& problem, std::uint64_t seed);

  /// View "samples": the wall.
  std::shared_ptr<const Images> samples(std::int64_t step) const;
  /// View "nearest": some samples, each followed by the training picture that it is nearest to, pixel by pixel: is it
  /// copying? At most 20,000 training pictures are looked through.
  std::shared_ptr<const Images> nearest(std::int64_t step) const;
  /// Mean distance between samples over that between as many training pictures: how varied they are.
  double variety() const;

 private:
  MatrixF pictures(Eigen::Index count) const;
  std::shared_ptr<Images> wall(const char* view, const char* title, std::int64_t step) const;
  /// Training pictures as 0..255.
  MatrixF real(std::span<const std::int64_t> rows) const;

  const Generator& generator_;
  const ProblemSet& problem_;
  MatrixF latents_;
  std::vector<std::int32_t> classes_;
  double real_distance_ = 0;
};

/// How a discriminator scores real and generated pictures (view "scores"): two histograms over one axis. `as_chance`:
/// scores are logits and shown as probabilities of being real.
std::shared_ptr<const Chart> scores_view(std::span<const float> real, std::span<const float> generated, bool as_chance,
                                         std::int64_t step);

/// How the game stands, in words (view "health"). `accuracy` of the discriminator, NaN where it draws no line;
/// `variety` as GeneratorViews::variety().
std::shared_ptr<const Table> health_view(double accuracy, double variety, std::int64_t step);

}  // namespace gb
