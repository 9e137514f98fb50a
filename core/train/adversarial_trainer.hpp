#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "core/data/batch_feed.hpp"
#include "core/train/adversarial.hpp"
#include "core/train/optimizer.hpp"
#include "core/train/schedule.hpp"
#include "core/train/segments.hpp"

namespace gb {

/// One run of train_adversaries(). Both networks stand in one graph, which a cycle runs through in stages: pictures are
/// generated and the discriminator's gradients follow from them and from real ones; when it has moved, the same
/// pictures are judged anew and give the generator's gradients. So a picture is generated once for both.
class AdversarialTrainer {
 public:
  using OnStep = std::function<void(const AdversarialReport&)>;

  AdversarialTrainer(const Adversaries& networks, const ProblemSet& problem, const AdversarialParams& params,
                     RunContext& context);

  void run(const OnStep& on_step);
  Forecast forecast(double seconds);

 private:
  using Clock = std::chrono::steady_clock;

  /// A network with what moves it.
  struct Player {
    Player(const Network& network, Storage& weights, const AdversarialParams& params);

    const Network& network;
    Storage& weights;
    Storage gradients;
    std::vector<Segment> segments;
    SegmentSums sums;
    std::unique_ptr<Optimizer> optimizer;
    std::map<ValueId, ValueId> kept;  ///< its parameters and states -> those of the common graph
    std::vector<ValueId> made;        ///< gradients in the common graph
  };

  // adversarial_graph.cpp
  void build();
  /// One score per picture.
  ValueId score(ValueId pictures, ValueId chosen);
  void add_discriminator_losses(ValueId real, ValueId generated);
  void add_penalty(ValueId real, ValueId generated);
  ValueId add_loss(ValueId score, ValueId answer);
  void bind(Player& player);

  // adversarial_trainer.cpp
  struct Place {
    std::int64_t epoch, step_in_epoch, batch;
    bool discriminator, follows_discriminator;
  };
  Place place_of(std::int64_t step) const;
  void begin_epoch(const Place& place);
  void discriminator_step(std::int64_t step, const Place& place);
  void generator_step(std::int64_t step, const Place& place);
  /// Draws latent vectors and classes and writes answers.
  void load_latents(std::int64_t step, Executable& into);
  void load_real(const Place& place);
  /// The generator's running statistics: they stand behind its parameters.
  std::span<float> generator_statistics();
  void move(Player& player, double learning_rate, std::int64_t step);
  double rate_of(bool discriminator, std::int64_t step) const;
  [[noreturn]] void fail(std::int64_t step, const std::string& what) const;
  void require_finite_weights(std::int64_t step) const;
  void report_progress(std::int64_t step, std::int64_t pictures);
  void change(const std::string& name, const Json& value);
  State save(std::int64_t step) const;
  void restore(const State& state);
  Executable& whole();
  Executable& generator_alone();
  Forecast plan() const;

  const Adversaries& networks_;
  const ProblemSet& problem_;
  const AdversarialParams& params_;
  RunContext& context_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<BatchFeed> feed_;
  PictureScale scale_;
  std::int64_t batch_size_, batches_, cycles_, steps_per_epoch_, total_steps_;
  Schedule schedule_;

  Player generator_, discriminator_;
  std::optional<Storage> averaged_;  ///< running mean of the generator
  Graph graph_;
  ValueId latent_ = -1, real_ = -1, real_class_ = -1, generated_class_ = -1, mix_ = -1, rest_ = -1, key_ = -1;
  ValueId real_score_ = -1, generated_score_ = -1, judged_score_ = -1;
  ValueId real_answer_ = -1, generated_answer_ = -1, wanted_answer_ = -1, ones_ = -1, class_ones_ = -1;
  std::vector<ValueId> discriminator_losses_;
  ValueId generator_loss_ = -1;
  std::map<ValueId, void*> bound_;
  std::map<ValueId, std::vector<float>> constants_;
  std::int32_t key_seed_ = 0;

  std::optional<Executable> whole_, alone_;
  std::size_t stage_end_ = 0;  ///< of the discriminator's part of whole_

  StepSettings live_;
  double discriminator_rate_;  ///< NaN: the generator's
  std::vector<std::int64_t> order_, label_rows_;
  double accuracy_ = 0;                   ///< of the newest step of the discriminator; NaN where there is no line
  std::vector<float> statistics_before_;  ///< generator_statistics() before the newest step of the discriminator
  std::vector<Blend> blends_;
  Clock::time_point progress_at_ = Clock::now();
  std::int64_t pictures_done_ = 0;
  double speed_ = 0;
};

}  // namespace gb
