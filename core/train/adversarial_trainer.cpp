#include "core/train/adversarial_trainer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/memory.hpp"
#include "core/base/text.hpp"
#include "core/data/feeds.hpp"
#include "core/train/divergence.hpp"
#include "core/train/running_mean.hpp"

namespace gb {
namespace {

/// The random streams of a run: initialisation has 1.
constexpr std::uint64_t key_stream = 2;
constexpr std::uint64_t first_order_stream = 1000;
constexpr std::uint64_t first_latent_stream = std::uint64_t{1} << 40;

/// Scores above this count as real; NaN where a loss draws no such line.
double line_of(AdversarialLoss loss) {
  switch (loss) {
    case AdversarialLoss::non_saturating:
    case AdversarialLoss::hinge:
      return 0;
    case AdversarialLoss::least_squares:
      return 0.5;
    case AdversarialLoss::wasserstein:
      break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

std::int64_t count_above(std::span<const float> scores, double line) {
  return std::count_if(scores.begin(), scores.end(), [&](float score) { return static_cast<double>(score) > line; });
}

double mean_of(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value);
  return sum / static_cast<double>(std::max<std::size_t>(values.size(), 1));
}

void save_player(State& state, const std::string& name, const Storage& weights, const Optimizer& optimizer) {
  state.arrays.push_back(float_state(name + "/weights", weights.all<float>()));
  State inner;
  optimizer.save(inner);
  state.header[name] = inner.header;
  for (StateArray& array : inner.arrays) {
    array.name = name + "/" + array.name;
    state.arrays.push_back(std::move(array));
  }
}

void load(const State& state, const std::string& name, std::span<float> into) {
  const auto values = state_floats(state, name, into.size());
  std::copy(values.begin(), values.end(), into.begin());
}

void load_optimizer(const State& state, const std::string& name, Optimizer& optimizer) {
  State inner;
  inner.step = state.step;
  inner.header = header_field(state, name);
  for (const StateArray& array : state.arrays)
    if (array.name.starts_with(name + "/")) {
      inner.arrays.push_back(array);
      inner.arrays.back().name.erase(0, name.size() + 1);
    }
  optimizer.restore(inner);
}

}  // namespace

PictureScale::PictureScale(const Features& features) {
  if (!features.bytes())
    throw ParamError("Pictures are wanted as bytes, but their preparation has made other numbers of them", "prepare",
                     "nothing, or {\"step\": \"scale\"}");
  factor = 1 / (127.5F * features.factor());
  offset = -features.offset() * factor - 1;
}

void PictureScale::apply(std::span<float> values) const {
  float* const v = values.data();
  const float a = factor, b = offset;
  for (std::size_t i = 0; i < values.size(); ++i) v[i] = a * v[i] + b;
}

AdversarialTrainer::Player::Player(const Network& given, Storage& kept_weights, const AdversarialParams& params)
    : network(given),
      weights(kept_weights),
      gradients(given.graph, given.graph.parameters()),
      segments(segments_of(given.graph, kept_weights)),
      sums(segments),
      optimizer(make_optimizer(params, segments, gradients.size())) {}

AdversarialTrainer::AdversarialTrainer(const Adversaries& networks, const ProblemSet& problem,
                                       const AdversarialParams& params, RunContext& context)
    : networks_(networks),
      problem_(problem),
      params_(params),
      context_(context),
      device_(make_device(params.mixed_precision && has_fast_bfloat16() ? DeviceKind::onednn_bfloat16
                                                                        : DeviceKind::onednn)),
      feed_(make_feed(problem, context.seed())),
      scale_(problem.features),
      batch_size_(std::min<std::int64_t>(params.batch_size, static_cast<std::int64_t>(problem.split.train.size()))),
      batches_(static_cast<std::int64_t>(problem.split.train.size()) / batch_size_),
      cycles_(std::max<std::int64_t>(1, batches_ / params.discriminator_steps)),
      steps_per_epoch_(cycles_ * (params.discriminator_steps + params.generator_steps)),
      total_steps_(steps_per_epoch_ * params.epochs),
      schedule_(params, steps_per_epoch_, params.epochs),
      generator_(networks.generator, networks.generator_weights, params),
      discriminator_(networks.discriminator, networks.discriminator_weights, params),
      order_(problem.split.train.begin(), problem.split.train.end()) {
  live_.learning_rate = params.learning_rate;
  live_.momentum = params.momentum;
  live_.weight_decay = params.weight_decay.value_or(params.optimizer == OptimizerKind::adamw ? 0.01 : 0);
  discriminator_rate_ = params.discriminator_learning_rate.value_or(std::numeric_limits<double>::quiet_NaN());
  key_seed_ = static_cast<std::int32_t>(context.random(key_stream).next() >> 33);
  if (params.average_decay > 0) {
    const auto weights = generator_.weights.all<float>();
    averaged_.emplace(networks.generator.graph, networks.generator.graph.kept());
    std::copy(weights.begin(), weights.end(), averaged_->all<float>().begin());
  }
  if (networks.classes > 0)
    for (const auto row : problem.split.train)
      if (problem.target->codes[static_cast<std::size_t>(row)] >= 0) label_rows_.push_back(row);
  build();
}

Executable& AdversarialTrainer::whole() {
  if (whole_) return *whole_;
  std::vector<ValueId> first = discriminator_.made;
  first.insert(first.end(), discriminator_losses_.begin(), discriminator_losses_.end());
  first.insert(first.end(), {real_score_, generated_score_});
  std::vector<ValueId> outputs = first;
  outputs.insert(outputs.end(), generator_.made.begin(), generator_.made.end());
  outputs.insert(outputs.end(), {generator_loss_, judged_score_});
  if (key_ >= 0) outputs.push_back(key_);
  whole_.emplace(graph_, *device_, batch_size_, outputs, bound_);
  stage_end_ = whole_->end_of(first);
  return *whole_;
}

Executable& AdversarialTrainer::generator_alone() {
  if (alone_) return *alone_;
  std::vector<ValueId> outputs = generator_.made;
  outputs.insert(outputs.end(), {generator_loss_, judged_score_});
  alone_.emplace(graph_, *device_, batch_size_, outputs, bound_);
  return *alone_;
}

AdversarialTrainer::Place AdversarialTrainer::place_of(std::int64_t step) const {
  const std::int64_t cycle_steps = params_.discriminator_steps + params_.generator_steps;
  Place place{};
  place.epoch = step / steps_per_epoch_;
  place.step_in_epoch = step % steps_per_epoch_;
  const std::int64_t phase = place.step_in_epoch % cycle_steps;
  const std::int64_t cycle = place.step_in_epoch / cycle_steps;
  place.discriminator = phase < params_.discriminator_steps;
  place.follows_discriminator = phase == params_.discriminator_steps;
  place.batch = cycle * params_.discriminator_steps + std::min<std::int64_t>(phase, params_.discriminator_steps);
  return place;
}

void AdversarialTrainer::run(const OnStep& on_step) {
  context_.on_change([this](const std::string& name, const Json& value) { change(name, value); });
  context_.on_save([this](std::int64_t done) {
    State state = save(done);
    state.step = done;
    return state;
  });
  std::int64_t done = 0;
  if (const State* state = context_.resume_from()) {
    restore(*state);
    done = state->step;
    const Place place = place_of(done);
    if (place.follows_discriminator) {
      // The pictures of the step before are needed again, to the bit: normalization sums up relative to its running
      // means, so these are as they were. What that step moved is put back afterwards.
      const Place before = place_of(done - 1);
      const auto statistics = generator_statistics();
      load(*state, "generator/statistics_before", statistics);
      begin_epoch(before);
      load_latents(done - 1, whole());
      load_real(before);
      whole().run(0, stage_end_);
      restore(*state);
    } else if (place.step_in_epoch > 0) {
      begin_epoch(place);
    }
  }
  while (done < total_steps_ && context_.step(done)) {
    const Place place = place_of(done);
    if (place.step_in_epoch == 0) begin_epoch(place);
    if (place.discriminator)
      discriminator_step(done, place);
    else
      generator_step(done, place);
    ++done;
    report_progress(done, place.discriminator ? batch_size_ : 0);
    const bool ended = place.step_in_epoch + 1 == steps_per_epoch_;
    if (ended) require_finite_weights(done);
    const auto scores = [&](ValueId id) -> std::span<const float> { return whole().value<float>(id); };
    if (on_step)
      on_step({done, place.discriminator, done == total_steps_, ended, averaged_ ? *averaged_ : generator_.weights,
               scores(real_score_), scores(generated_score_), accuracy_});
  }
  require_finite_weights(done);
  if (averaged_) {
    const auto mean = averaged_->all<float>();
    std::copy(mean.begin(), mean.end(), generator_.weights.all<float>().begin());
  }
}

void AdversarialTrainer::begin_epoch(const Place& place) {
  const auto& rows = problem_.split.train;
  order_.assign(rows.begin(), rows.end());
  context_.random(first_order_stream + static_cast<std::uint64_t>(place.epoch)).shuffle(std::span(order_));
  order_.resize(static_cast<std::size_t>(batches_ * batch_size_));
  if (place.batch < batches_) feed_->begin(place.epoch, order_, batch_size_, place.batch);
}

void AdversarialTrainer::load_latents(std::int64_t step, Executable& into) {
  Random random = context_.random(first_latent_stream + static_cast<std::uint64_t>(step));
  const auto codes = into.value<float>(latent_);
  const std::int64_t width = networks_.latent + networks_.classes;
  std::fill(codes.begin(), codes.end(), 0.0F);
  for (std::int64_t row = 0; row < batch_size_; ++row)
    for (std::int64_t i = 0; i < networks_.latent; ++i)
      codes[static_cast<std::size_t>(row * width + i)] = static_cast<float>(random.normal());
  if (networks_.classes > 0) {
    // As frequent as in the data: the score of a class is learnt from both.
    const auto chosen = into.value<float>(generated_class_);
    std::fill(chosen.begin(), chosen.end(), 0.0F);
    for (std::int64_t row = 0; row < batch_size_; ++row) {
      const auto of = label_rows_[static_cast<std::size_t>(random.below(label_rows_.size()))];
      const std::int64_t code = problem_.target->codes[static_cast<std::size_t>(of)];
      codes[static_cast<std::size_t>(row * width + networks_.latent + code)] = 1;
      chosen[static_cast<std::size_t>(row * (1 + networks_.classes))] = 1;
      chosen[static_cast<std::size_t>(row * (1 + networks_.classes) + 1 + code)] = 1;
    }
  }
  if (mix_ >= 0 && into.has(mix_)) {
    const auto mix = into.value<float>(mix_), rest = into.value<float>(rest_);
    for (std::size_t row = 0; row < mix.size(); ++row) {
      mix[row] = static_cast<float>(random.uniform());
      rest[row] = 1 - mix[row];
    }
  }
  if (key_ >= 0 && into.has(key_)) {
    into.value<std::int32_t>(key_)[0] = key_seed_;
    into.value<std::int32_t>(key_)[1] = static_cast<std::int32_t>(step);
  }
}

void AdversarialTrainer::load_real(const Place& place) {
  const auto real = whole().value<float>(real_);
  feed_->next(real.data(), blends_);
  scale_.apply(real);
  if (networks_.classes == 0) return;
  const auto chosen = whole().value<float>(real_class_);
  std::fill(chosen.begin(), chosen.end(), 0.0F);
  for (std::int64_t row = 0; row < batch_size_; ++row) {
    const std::int64_t of = order_[static_cast<std::size_t>(place.batch * batch_size_ + row)];
    const std::int64_t code = problem_.target->codes[static_cast<std::size_t>(of)];
    chosen[static_cast<std::size_t>(row * (1 + networks_.classes))] = 1;
    if (code >= 0) chosen[static_cast<std::size_t>(row * (1 + networks_.classes) + 1 + code)] = 1;
  }
}

void AdversarialTrainer::discriminator_step(std::int64_t step, const Place& place) {
  Executable& one = whole();
  load_latents(step, one);
  load_real(place);
  const auto statistics = generator_statistics();
  statistics_before_.assign(statistics.begin(), statistics.end());
  one.run(0, stage_end_);
  double loss = 0;
  for (const ValueId id : discriminator_losses_) loss += static_cast<double>(one.value<float>(id)[0]);
  if (!std::isfinite(loss)) fail(step + 1, "the discriminator's loss");
  const auto real = one.value<float>(real_score_), generated = one.value<float>(generated_score_);
  context_.scalar("train/discriminator_loss", step + 1, loss);
  const double line = line_of(params_.loss);
  const std::int64_t taken = count_above(real, line);
  const std::int64_t seen = batch_size_ - count_above(generated, line);
  accuracy_ = std::isnan(line) ? line : static_cast<double>(taken + seen) / static_cast<double>(2 * batch_size_);
  if (!std::isnan(line)) context_.scalar("train/discriminator_accuracy", step + 1, accuracy_);
  move(discriminator_, rate_of(true, step), step);
  context_.watch("this-step", [&] {
    std::string text = "Discriminator step: ";
    text += std::isnan(line) ? "real pictures scored " + short_number(mean_of(real)) + " on average, generated ones " +
                                   short_number(mean_of(generated)) + "."
                             : "took " + grouped(taken) + " of " + grouped(batch_size_) +
                                   " real pictures for real and saw through " + grouped(seen) + " of " +
                                   grouped(batch_size_) + " generated ones.";
    return Text{"this-step", step + 1, text};
  });
}

void AdversarialTrainer::generator_step(std::int64_t step, const Place& place) {
  Executable& one = place.follows_discriminator ? whole() : generator_alone();
  if (place.follows_discriminator) {
    one.run(stage_end_, one.end());
  } else {
    load_latents(step, one);
    one.run();
  }
  const auto loss = static_cast<double>(one.value<float>(generator_loss_)[0]);
  if (!std::isfinite(loss)) fail(step + 1, "the generator's loss");
  context_.scalar("train/generator_loss", step + 1, loss);
  move(generator_, rate_of(false, step), step);
  if (averaged_)
    update_running_mean(averaged_->all<float>(), generator_.weights.all<float>(), params_.average_decay, step);
  context_.watch("this-step", [&] {
    const auto scores = one.value<float>(judged_score_);
    const double line = line_of(params_.loss);
    std::string text = "Generator step: ";
    text += std::isnan(line) ? "its pictures scored " + short_number(mean_of(scores)) + " on average."
                             : grouped(count_above(scores, line)) + " of " + grouped(batch_size_) +
                                   " of its pictures passed for real before it moved.";
    return Text{"this-step", step + 1, text};
  });
}

std::span<float> AdversarialTrainer::generator_statistics() {
  return generator_.weights.all<float>().subspan(generator_.gradients.size());
}

double AdversarialTrainer::rate_of(bool discriminator, std::int64_t step) const {
  const bool own = discriminator && !std::isnan(discriminator_rate_);
  return (own ? discriminator_rate_ : live_.learning_rate) * schedule_.factor(step);
}

void AdversarialTrainer::move(Player& player, double learning_rate, std::int64_t step) {
  const auto gradients = player.gradients.all<float>();
  double length = 0;
  for (const double of_segment : player.sums.squares(gradients.data())) length += of_segment;
  if (!std::isfinite(length))
    fail(step + 1, &player == &generator_ ? "the generator's gradients" : "the discriminator's gradients");
  StepSettings settings = live_;
  settings.learning_rate = learning_rate;
  player.optimizer->step(player.weights.all<float>().first(gradients.size()), gradients, settings);
}

void AdversarialTrainer::require_finite_weights(std::int64_t step) const {
  for (const Player* player : {&generator_, &discriminator_})
    if (const auto what = first_not_finite(player->network.graph, player->weights); !what.empty())
      fail(step, what + " of the " + (player == &generator_ ? "generator" : "discriminator"));
}

void AdversarialTrainer::fail(std::int64_t step, const std::string& what) const {
  throw Error("Training diverged at step " + std::to_string(step) + ": numbers are no longer finite, first in " + what +
              ". Try a smaller learning rate than " + Json(live_.learning_rate).dump() +
              ", or spectral normalization of the discriminator");
}

void AdversarialTrainer::report_progress(std::int64_t step, std::int64_t pictures) {
  pictures_done_ += pictures;
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - progress_at_).count();
  if (seconds < 0.05 && step < total_steps_) return;
  const double speed = static_cast<double>(pictures_done_) / std::max(seconds, 1e-9);
  speed_ = speed_ == 0 ? speed : 0.7 * speed_ + 0.3 * speed;
  context_.progress(step, total_steps_, speed_, "images");
  pictures_done_ = 0;
  progress_at_ = now;
}

void AdversarialTrainer::change(const std::string& name, const Json& value) {
  if (name == "learning_rate") live_.learning_rate = value.get<double>();
  if (name == "momentum") live_.momentum = value.get<double>();
  if (name == "discriminator_learning_rate")
    discriminator_rate_ = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

State AdversarialTrainer::save(std::int64_t step) const {
  require_finite_weights(step);  // the last good checkpoint stays
  State state;
  state.header["learning_rate"] = live_.learning_rate;
  state.header["momentum"] = live_.momentum;
  state.header["discriminator_rate"] = discriminator_rate_;  // null where it is the generator's
  save_player(state, "generator", generator_.weights, *generator_.optimizer);
  if (place_of(step).follows_discriminator)
    state.arrays.push_back(float_state("generator/statistics_before", statistics_before_));
  save_player(state, "discriminator", discriminator_.weights, *discriminator_.optimizer);
  if (averaged_) state.arrays.push_back(float_state("averaged_weights", averaged_->all<float>()));
  return state;
}

void AdversarialTrainer::restore(const State& state) {
  load(state, "generator/weights", generator_.weights.all<float>());
  load(state, "discriminator/weights", discriminator_.weights.all<float>());
  load_optimizer(state, "generator", *generator_.optimizer);
  load_optimizer(state, "discriminator", *discriminator_.optimizer);
  if (averaged_) load(state, "averaged_weights", averaged_->all<float>());
  live_.learning_rate = header_field(state, "learning_rate").get<double>();
  live_.momentum = header_field(state, "momentum").get<double>();
  const Json& rate = header_field(state, "discriminator_rate");
  discriminator_rate_ = rate.is_null() ? std::numeric_limits<double>::quiet_NaN() : rate.get<double>();
}

Forecast AdversarialTrainer::plan() const {
  Forecast forecast;
  forecast.batch_size = forecast.fitting_batch_size = batch_size_;
  forecast.epochs = params_.epochs;
  std::vector<ValueId> outputs = discriminator_.made;
  outputs.insert(outputs.end(), generator_.made.begin(), generator_.made.end());
  const auto arena =
      static_cast<std::int64_t>(Executable::planned_bytes(graph_, *device_, batch_size_, outputs, bound_));
  // Weights, gradients and two moments of both, and the running mean.
  const std::size_t kept = generator_.weights.size() + discriminator_.weights.size() +
                           3 * (generator_.gradients.size() + discriminator_.gradients.size()) +
                           (averaged_ ? averaged_->size() : 0);
  forecast.memory_bytes = arena + static_cast<std::int64_t>(kept * sizeof(float));
  forecast.available_bytes = available_memory().value_or(0);
  // What a batch takes is nearly all its own.
  const double room = 0.9 * static_cast<double>(forecast.available_bytes);
  while (room > 0 && forecast.fitting_batch_size > 0 &&
         static_cast<double>(arena) * static_cast<double>(forecast.fitting_batch_size) >
             room * static_cast<double>(batch_size_))
    forecast.fitting_batch_size /= 2;
  return forecast;
}

Forecast AdversarialTrainer::forecast(double seconds) {
  Forecast forecast = plan();
  if (seconds <= 0 || !forecast.fits() || !context_.step(0)) return forecast;
  const std::int64_t cycle = params_.discriminator_steps + params_.generator_steps;
  const std::int64_t most = steps_per_epoch_ - steps_per_epoch_ % cycle;
  std::int64_t done = 0, timed = 0;
  begin_epoch(place_of(0));
  const auto begun = Clock::now();
  auto start = begun;
  const auto elapsed = [](Clock::time_point since) {
    return std::chrono::duration<double>(Clock::now() - since).count();
  };
  while (done < most && !context_.poll() && (done <= cycle || elapsed(begun) < seconds)) {
    if (done == cycle) start = Clock::now();  // the first cycle makes the kernels
    const Place place = place_of(done);
    if (place.discriminator)
      discriminator_step(done, place);
    else
      generator_step(done, place);
    ++done;
    if (done % cycle == 0) timed = done - cycle;
    if (timed > 0 && done % cycle == 0) forecast.seconds_per_epoch = elapsed(start) / static_cast<double>(timed);
  }
  forecast.seconds_per_epoch = timed > 0 ? forecast.seconds_per_epoch * static_cast<double>(steps_per_epoch_)
                                         : elapsed(begun) * static_cast<double>(steps_per_epoch_) /
                                               static_cast<double>(std::max<std::int64_t>(done, 1));
  return forecast;
}

void train_adversaries(const Adversaries& networks, const ProblemSet& problem, const AdversarialParams& params,
                       RunContext& context, const std::function<void(const AdversarialReport&)>& on_step) {
  AdversarialTrainer(networks, problem, params, context).run(on_step);
}

Forecast forecast_adversaries(const Adversaries& networks, const ProblemSet& problem, const AdversarialParams& params,
                              RunContext& context, double seconds) {
  return AdversarialTrainer(networks, problem, params, context).forecast(seconds);
}

}  // namespace gb
