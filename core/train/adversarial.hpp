#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "core/data/problem_set.hpp"
#include "core/events/run_context.hpp"
#include "core/graph/network.hpp"
#include "core/train/forecast.hpp"
#include "core/train/training_params.hpp"

namespace gb {

/// What the two networks play for. The discriminator's score is a real number s, large for what looks real; of
/// generated pictures s'. Means over a batch:
/// - non_saturating (Goodfellow et al. 2014, section 3): -log sigmoid(s) - log(1 - sigmoid(s')) against -log
/// sigmoid(s');
/// - least_squares (Mao et al. 2017): (s - 1)^2 + s'^2 against (s' - 1)^2;
/// - hinge (Miyato et al. 2018, equations 16 and 17): max(0, 1 - s) + max(0, 1 + s') against -s';
/// - wasserstein (Gulrajani et al. 2017, algorithm 1): s' - s + penalty against -s', the penalty being
///   gradient_penalty (|ds/dx| - 1)^2 at points x between real and generated pictures.
enum class AdversarialLoss { non_saturating, least_squares, hinge, wasserstein };

struct AdversarialParams : TrainingParams {
  AdversarialParams() {
    batch_size = 64;
    learning_rate = 2e-4;
    beta1 = 0.5;
    average_decay = 0.999;
    label_smoothing = 0.1;  // non_saturating, least_squares: a real picture's answer is 1 less this
  }
  std::optional<double> discriminator_learning_rate;  ///< none: the generator's
  int discriminator_steps = 1, generator_steps = 1;   ///< in turn
  AdversarialLoss loss = AdversarialLoss::non_saturating;
  double gradient_penalty = 10;  ///< wasserstein
};

/// The two networks and what they are made of. Pictures are numbers in -1..1, [N, channels, height, width].
struct Adversaries {
  const Network& generator;  ///< from latent vectors [N, latent + classes] to pictures
  Storage& generator_weights;
  const Network& discriminator;  ///< from pictures to scores [N, 1 + classes]
  Storage& discriminator_weights;
  std::int64_t latent = 0;
  /// Number of classes the generator is told, after the latent numbers, as one-hot numbers; 0: none. The score is then
  /// the discriminator's first output plus that of the class (Miyato, Koyama 2018: a projection, the class's weights of
  /// the last layer being its embedding).
  std::int64_t classes = 0;
};

/// What has just been done.
struct AdversarialReport {
  std::int64_t step = 0;       ///< steps complete: one of them moves one of the networks
  bool discriminator = false;  ///< which one
  bool last = false;           ///< of the run
  bool epoch_ended = false;
  const Storage& generator_weights;  ///< what makes pictures: the running mean where weights are averaged
  std::span<const float> real_scores, generated_scores;  ///< of the newest discriminator step's batch
  double accuracy = 0;  ///< of the discriminator on them; NaN where the loss draws no line
};

/// Trains both in turn by mini-batch gradient descent: `discriminator_steps` with a batch of training rows each, then
/// `generator_steps`; an epoch uses every training row once (rows that do not fill a last batch sit it out). Emits
/// train/discriminator_loss, train/discriminator_accuracy (where the loss draws a line between real and generated),
/// train/generator_loss, Progress and the Text view "this-step". Latent vectors, classes and row order depend on seed
/// and step alone, so that a run can be resumed anywhere. At its end the generator's weights are the running mean
/// where there is one. Throws Error when numbers are no longer finite, naming step and network; no checkpoint is made
/// of such weights. `on_step` may watch, but must not change anything. Throws ParamError where a loss needs a
/// derivative that a layer of the discriminator does not have.
void train_adversaries(const Adversaries& networks, const ProblemSet& problem, const AdversarialParams& params,
                       RunContext& context, const std::function<void(const AdversarialReport&)>& on_step);

/// What train_adversaries() would take, from its plan and from training for about `seconds` (0: only the plan), which
/// moves the weights.
Forecast forecast_adversaries(const Adversaries& networks, const ProblemSet& problem, const AdversarialParams& params,
                              RunContext& context, double seconds);

/// How bytes of pictures become the numbers that both networks see: byte / 127.5 - 1. Throws ParamError where the
/// features are no bytes.
struct PictureScale {
  explicit PictureScale(const Features& features);
  void apply(std::span<float> values) const;  ///< of prepared features
  float factor, offset;
};

}  // namespace gb
