#include "core/train/trainer.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/data/feeds.hpp"
#include "core/graph/passes.hpp"
#include "core/train/divergence.hpp"
#include "core/train/running_mean.hpp"

namespace gb {
namespace {

constexpr std::size_t grain = 32768;

/// The random streams of a run: initialisation has 1.
constexpr std::uint64_t key_stream = 2;
std::uint64_t order_stream(std::int64_t epoch) {
  return 1000 + static_cast<std::uint64_t>(epoch);
}

std::int64_t pieces(std::int64_t count, std::int64_t size) {
  return (count + size - 1) / size;
}

LiveSettings live_settings(const TrainingParams& params) {
  LiveSettings live;
  live.learning_rate = params.learning_rate;
  live.momentum = params.momentum;
  live.l1 = params.l1;
  live.l2 = params.l2;
  live.weight_decay = params.weight_decay.value_or(params.optimizer == OptimizerKind::adamw ? 0.01 : 0);
  live.clip_norm = params.clip_norm;
  live.clip_value = params.clip_value;
  return live;
}

// Loops of their own, so that they are vectorised.

void scale_piece(float* __restrict values, std::size_t count, float factor) {
  for (std::size_t i = 0; i < count; ++i) values[i] *= factor;
}
void limit_piece(float* __restrict values, std::size_t count, float most) {
  for (std::size_t i = 0; i < count; ++i) values[i] = std::min(std::max(values[i], -most), most);
}
void add_piece(float* __restrict to, const float* __restrict from, std::size_t count, float share) {
  for (std::size_t i = 0; i < count; ++i) to[i] += share * from[i];
}
void set_piece(float* __restrict to, const float* __restrict from, std::size_t count, float share) {
  for (std::size_t i = 0; i < count; ++i) to[i] = share * from[i];
}

}  // namespace

Trainer::Trainer(const Network& network, Storage& parameters, const ProblemSet& problem, const TrainingTarget& target,
                 const TrainingParams& params, RunContext& context)
    : network_(network),
      parameters_(parameters),
      problem_(problem),
      target_(target),
      params_(params),
      context_(context),
      device_(make_device(params.mixed_precision && has_fast_bfloat16() ? DeviceKind::onednn_bfloat16
                                                                        : DeviceKind::onednn)),
      feed_(make_feed(problem, context.seed())),
      batch_size_(std::min<std::int64_t>(params.batch_size, static_cast<std::int64_t>(problem.split.train.size()))),
      batches_(pieces(static_cast<std::int64_t>(problem.split.train.size()), batch_size_)),
      batches_per_step_(std::min<std::int64_t>(params.batches_per_step, batches_)),
      steps_per_epoch_(pieces(batches_, batches_per_step_)),
      total_steps_(steps_per_epoch_ * params.epochs),
      schedule_(params, steps_per_epoch_, params.epochs),
      graph_(network.graph),
      segments_(segments_of(network.graph, parameters)),
      sums_(segments_),
      limited_sums_(segments_),
      watch_(network.graph, segments_, context),
      live_(live_settings(params)),
      order_(problem.split.train.size()) {
  objective_ = add_objective(graph_, network.output, target, params, feed_->blends());
  const std::vector<ValueId> told = objective_.outputs();
  pool_before_rectifying(graph_, told);
  const auto weights = graph_.parameters();
  std::vector<Start> starts{objective_.loss};
  for (const auto& term : objective_.terms) starts.emplace_back(term.loss, term.weight);
  outputs_ = differentiate(graph_, starts, weights);
  gradients_.emplace(graph_, weights);
  assert(std::all_of(weights.begin(), weights.end(),
                     [&](ValueId id) { return gradients_->offset(id) == parameters.offset(id); }));
  bound_ = bindings(graph_, parameters_);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    bound_[outputs_[i]] = gradients_->data(weights[i]);
    gradient_of_[outputs_[i]] = weights[i];
  }
  outputs_.insert(outputs_.end(), told.begin(), told.end());
  if (target.reconstruction)
    for (const LossTerm& term : target.reconstruction->terms) {
      factors_.push_back(term.factor);
      term_weights_.push_back(static_cast<float>(term.factor * term.scale));
    }
  terms_.resize(term_weights_.size());
  for (std::size_t i = 0; i < term_weights_.size(); ++i) bound_[objective_.terms[i].weight] = &term_weights_[i];
  if (objective_.class_weights >= 0) {
    const std::int64_t classes = graph_.value(objective_.class_weights).shape[0];
    class_weights_ = balanced_weights(target.codes, problem.split.train, classes);
    bound_[objective_.class_weights] = class_weights_.data();
  }
  if (const auto keys = graph_.of_kind(Value::Kind::key); !keys.empty()) key_ = keys.front();
  key_seed_ = static_cast<std::int32_t>(context.random(key_stream).next() >> 33);
  fuse_activations(graph_, outputs_);

  if (batches_per_step_ > 1) summed_.emplace(graph_, weights);
  optimizer_ = make_optimizer(params, segments_, gradients_->size());
  if (params.average_decay > 0) {
    averaged_.emplace(graph_, graph_.kept());
    std::copy_n(parameters_.all<float>().begin(), averaged_->size(), averaged_->all<float>().begin());
  }
  evaluation_.emplace(network, judged(), *device_, problem, target, params);
  layers_.emplace(network, judged(), problem, context);
  best_weights_.assign(parameters_.all<float>().begin(), parameters_.all<float>().end());
  blends_.reserve(static_cast<std::size_t>(batch_size_));
}

void Trainer::run(const OnEpoch& on_epoch, const std::function<void(std::int64_t, const Storage&)>& on_step) {
  require_room();
  context_.on_change([this](const std::string& name, const Json& value) { change(name, value); });
  context_.on_save([this](std::int64_t done) { return save(done); });
  std::int64_t done = 0;
  if (const State* state = context_.resume_from()) {
    restore(*state);
    done = state->step;
  }
  std::int64_t begun_epoch = -1;
  while (done < total_steps_ && !enough_ && context_.step(done)) {
    const std::int64_t epoch = done / steps_per_epoch_;
    const std::int64_t step_in_epoch = done % steps_per_epoch_;
    if (epoch != begun_epoch) begin_epoch(epoch, step_in_epoch);
    begun_epoch = epoch;
    step(done, step_in_epoch);
    ++done;
    if (on_step) on_step(done, judged());
    if (step_in_epoch + 1 == steps_per_epoch_) finish_epoch(epoch, done, on_epoch);
  }
  if (!enough_ && first_not_finite(graph_, parameters_).empty()) context_.all_done(done);
  const auto parameters = parameters_.all<float>();
  if (params_.keep_best && best_epoch_ >= 0)
    std::copy(best_weights_.begin(), best_weights_.end(), parameters.begin());
  else if (averaged_)
    std::copy_n(averaged_->all<float>().begin(), parameters.size(), parameters.begin());
  if (const auto what = first_not_finite(graph_, parameters_); !what.empty()) fail(done, what);
}

void Trainer::begin_epoch(std::int64_t epoch, std::int64_t step_in_epoch) {
  const auto& rows = problem_.split.train;
  std::copy(rows.begin(), rows.end(), order_.begin());
  context_.random(order_stream(epoch)).shuffle(std::span(order_));
  feed_->begin(epoch, order_, batch_size_, step_in_epoch * batches_per_step_);
  if (step_in_epoch == 0) epoch_loss_ = epoch_squared_error_ = 0;
}

Executable& Trainer::executable(std::int64_t rows) {
  const auto found = executables_.find(rows);
  if (found != executables_.end()) return found->second;
  return executables_.emplace(rows, Executable(graph_, *device_, rows, outputs_, bound_)).first->second;
}

std::span<const std::int64_t> Trainer::batch_rows(std::int64_t batch) const {
  const auto first = static_cast<std::size_t>(batch * batch_size_);
  return std::span(order_).subspan(first, std::min(static_cast<std::size_t>(batch_size_), order_.size() - first));
}

Executable& Trainer::load(std::int64_t step, std::int64_t batch) {
  const auto rows = batch_rows(batch);
  Executable& one = executable(static_cast<std::int64_t>(rows.size()));
  feed_->next(one.value<float>(network_.input).data(), blends_);
  load_answers(objective_, target_, rows, blends_, one);
  if (key_ >= 0 && one.has(key_)) {
    const auto key = one.value<std::int32_t>(key_);
    key[0] = key_seed_;
    key[1] = static_cast<std::int32_t>(step * batches_per_step_ + batch % batches_per_step_);
  }
  return one;
}

double Trainer::weighed(std::span<const double> terms) const {
  double sum = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) sum += static_cast<double>(term_weights_[i]) * terms[i];
  return sum;
}

double Trainer::loss_of(const Executable& done, double share) {
  const auto number = [&](ValueId id) { return static_cast<double>(done.value<float>(id)[0]); };
  double loss = number(objective_.loss);
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    const double term = number(objective_.terms[i].loss);
    loss += static_cast<double>(term_weights_[i]) * term;
    terms_[i] += share * term;
  }
  if (objective_.squared_error >= 0) squared_error_ += share * number(objective_.squared_error);
  return loss;
}

void Trainer::tell_terms(const char* part, std::int64_t step, std::span<const double> terms) {
  for (std::size_t i = 0; i < terms.size(); ++i)
    context_.scalar(part + target_.reconstruction->terms[i].name, step, terms[i]);
}

void Trainer::step(std::int64_t step, std::int64_t step_in_epoch) {
  const std::int64_t first = step_in_epoch * batches_per_step_;
  const std::int64_t end = std::min(first + batches_per_step_, batches_);
  const auto all_rows = static_cast<std::int64_t>(order_.size());
  const std::int64_t rows = std::min(end * batch_size_, all_rows) - first * batch_size_;
  const bool several = end - first > 1;
  double loss = 0;
  std::int64_t right = 0;
  squared_error_ = 0;
  std::fill(terms_.begin(), terms_.end(), 0.0);
  for (std::int64_t batch = first; batch < end; ++batch) {
    const auto of_batch = batch_rows(batch);
    Executable& one = load(step, batch);
    one.run();
    const double share = static_cast<double>(of_batch.size()) / static_cast<double>(rows);
    loss += share * loss_of(one, share);
    if (!std::isfinite(loss)) diverge(step, step_in_epoch);
    if (several) accumulate(share, batch == first);
    if (target_.classes()) right += count_right(objective_, target_, of_batch, blends_, one);
  }
  const auto weights = parameters_.all<float>();
  const auto gradients = several ? summed_->all<float>() : gradients_->all<float>();
  const auto squares = sums_.squares(gradients.data());
  double length = 0;
  for (const double of_segment : squares) length += of_segment;
  if (!std::isfinite(length)) diverge(step, step_in_epoch);
  clip(gradients, std::sqrt(length));

  StepSettings settings = live_;
  settings.learning_rate *= schedule_.factor(step) * plateau_.factor;
  // States stand behind the parameters and are none of the optimizer's business.
  const auto moved = weights.first(gradients.size());
  watch_.before(moved);
  optimizer_->step(moved, gradients, settings);
  if (averaged_) update_running_mean(averaged_->all<float>(), weights, params_.average_decay, step);

  epoch_loss_ += loss * static_cast<double>(rows);
  epoch_squared_error_ += squared_error_ * static_cast<double>(rows);
  context_.scalar("train/loss", step + 1, loss);
  tell_terms("train/", step + 1, terms_);
  if (target_.classes())
    context_.scalar("train/accuracy", step + 1, static_cast<double>(right) / static_cast<double>(rows));
  tell_rate(step + 1, settings.learning_rate, step_in_epoch == 0);
  watch_.after(step + 1, moved, squares, settings.learning_rate);
  layers_->after_step(step + 1);
  report_progress(step + 1, rows);
}

void Trainer::accumulate(double share, bool first) {
  const auto from = gradients_->all<float>();
  const auto to = summed_->all<float>();
  parallel_chunks(to.size(), grain, [&](std::size_t begin, std::size_t end, std::size_t) {
    const auto piece = first ? set_piece : add_piece;
    piece(to.data() + begin, from.data() + begin, end - begin, static_cast<float>(share));
  });
}

void Trainer::clip(std::span<float> gradients, double length) {
  if (live_.clip_value > 0) {
    parallel_chunks(gradients.size(), grain, [&](std::size_t begin, std::size_t end, std::size_t) {
      limit_piece(gradients.data() + begin, end - begin, static_cast<float>(live_.clip_value));
    });
    if (live_.clip_norm > 0) {
      // What the norm is shortened from has changed; the watch still gets the one before.
      length = 0;
      for (const double of_segment : limited_sums_.squares(gradients.data())) length += of_segment;
      length = std::sqrt(length);
    }
  }
  if (live_.clip_norm <= 0 || length <= live_.clip_norm) return;
  const auto factor = static_cast<float>(live_.clip_norm / length);
  parallel_chunks(gradients.size(), grain, [&](std::size_t begin, std::size_t end, std::size_t) {
    scale_piece(gradients.data() + begin, end - begin, factor);
  });
}

void Trainer::tell_rate(std::int64_t step, double rate, bool first_of_epoch) {
  // Hundredths of the base rate are enough for a curve of schedules that move at every step.
  if (!first_of_epoch && std::abs(rate - told_rate_) <= 0.01 * live_.learning_rate) return;
  told_rate_ = rate;
  context_.scalar("train/learning_rate", step, rate);
}

void Trainer::report_progress(std::int64_t step, std::int64_t rows) {
  rows_done_ += rows;
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - progress_at_).count();
  if (seconds < 0.05 && step < total_steps_) return;
  const double speed = static_cast<double>(rows_done_) / std::max(seconds, 1e-9);
  speed_ = speed_ == 0 ? speed : 0.7 * speed_ + 0.3 * speed;
  context_.progress(step, total_steps_, speed_, problem_.is_images() ? "images" : "rows");
  rows_done_ = 0;
  progress_at_ = now;
}

bool Trainer::better(const Score& score) const {
  if (best_epoch_ < 0) return true;
  if (params_.monitor == Monitor::score && score.accuracy != best_score_.accuracy)
    return score.accuracy > best_score_.accuracy;
  return score.loss < best_score_.loss;
}

void Trainer::finish_epoch(std::int64_t epoch, std::int64_t step, const OnEpoch& on_epoch) {
  if (const auto what = first_not_finite(graph_, parameters_); !what.empty()) fail(step, what);
  const auto& rows = problem_.split.validation;
  double watched_loss = epoch_loss_ / static_cast<double>(order_.size());
  if (!rows.empty()) {
    Score score = evaluation_->score(rows, validation_);
    score.loss += weighed(score.terms);
    context_.scalar("validation/loss", step, score.loss);
    tell_terms("validation/", step, score.terms);
    if (target_.reconstruction) context_.scalar("validation/reconstruction_mse", step, score.squared_error);
    if (target_.classes()) context_.scalar("validation/accuracy", step, score.accuracy);
    watched_loss = score.loss;
    if (better(score)) {
      best_epoch_ = epoch;
      best_score_ = score;
      const auto judged_weights = judged().all<float>();
      if (params_.keep_best) std::copy_n(judged_weights.begin(), best_weights_.size(), best_weights_.begin());
    }
    enough_ = params_.early_stopping > 0 && epoch - best_epoch_ >= params_.early_stopping;
  }
  plateau_ = schedule_.after_epoch(plateau_, watched_loss);
  const bool last = step == total_steps_ || enough_;
  if (target_.reconstruction && !last)
    context_.scalar("train/reconstruction_mse", step, epoch_squared_error_ / static_cast<double>(order_.size()));
  if (on_epoch) on_epoch({epoch, step, last, judged(), validation_});
  watch_.spread(step, judged().all<float>(), last);
  layers_->after_epoch(step, last);
}

void Trainer::diverge(std::int64_t step, std::int64_t step_in_epoch) {
  // The weights have not moved since: the same batches give the same numbers, one node at a time now.
  const std::int64_t first = step_in_epoch * batches_per_step_;
  const std::int64_t end = std::min(first + batches_per_step_, batches_);
  feed_->begin(step / steps_per_epoch_, order_, batch_size_, first);
  std::string what;
  for (std::int64_t batch = first; batch < end && what.empty(); ++batch)
    what = first_not_finite(graph_, parameters_, network_.input, objective_.loss, gradient_of_, load(step, batch));
  fail(step + 1, what.empty() ? "the sum of the batches' gradients" : what);
}

void Trainer::fail(std::int64_t step, const std::string& what) const {
  throw Error("Training diverged at step " + std::to_string(step) + ": numbers are no longer finite, first in " + what +
              ". Try a smaller learning rate than " + Json(live_.learning_rate).dump() + ", or clip gradients");
}

}  // namespace gb
