#include "core/train/training.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include "core/base/denormals.hpp"
#include "core/base/error.hpp"
#include "core/graph/passes.hpp"

namespace gb {
namespace {

using Clock = std::chrono::steady_clock;

/// Validation rows that go through the network at once.
constexpr std::int64_t forward_batch = 512;

/// The random stream of an epoch's row order; lower ones belong to initialisation.
std::uint64_t order_stream(std::int64_t epoch) {
  return 1000 + static_cast<std::uint64_t>(epoch);
}

std::int64_t steps_for(std::int64_t rows, std::int64_t batch_size) {
  return (rows + batch_size - 1) / batch_size;
}

std::vector<Segment> segments_of(const Graph& graph, const Storage& parameters) {
  std::vector<Segment> segments;
  for (const ValueId id : graph.parameters()) {
    const auto count = static_cast<std::size_t>(volume(graph.value(id).shape));
    segments.push_back({parameters.offset(id), parameters.offset(id) + count, graph.value(id).shape.size() > 1});
  }
  return segments;
}

int arg_max(const float* values, std::int64_t count) {
  return static_cast<int>(std::max_element(values, values + count) - values);
}

/// Loss and share of right answers over some rows.
struct Score {
  double loss = 0;
  double accuracy = 0;
};

class Training {
 public:
  Training(const Network& network, Storage& parameters, const ProblemSet& problem, const TrainingTarget& target,
           const TrainingParams& params, RunContext& context)
      : network_(network),
        parameters_(parameters),
        problem_(problem),
        target_(target),
        params_(params),
        context_(context),
        graph_(network.graph),
        train_rows_(problem.split.train),
        classification_(!target.codes.empty()),
        learning_rate_(params.learning_rate),
        l2_(params.l2) {
    const std::int64_t outputs = graph_.value(network.output).shape[1];
    if (classification_) {
      answer_ = graph_.labels("labels", {any_batch});
      const auto both = graph_.add_all("SoftmaxCrossEntropyLoss", {network.output, answer_});
      loss_ = both[0];
      predicted_ = both[1];
    } else {
      answer_ = graph_.input("target", {any_batch, outputs});
      loss_ = graph_.add("MeanSquaredError", {network.output, answer_});
      predicted_ = network.output;
    }
    forward_ = graph_;
    const auto weights = graph_.parameters();
    const auto gradients = differentiate(graph_, loss_, weights);
    gradients_.emplace(graph_, weights);
    bound_ = bindings(graph_, parameters_);
    forward_bound_ = bound_;
    for (std::size_t i = 0; i < weights.size(); ++i) bound_[gradients[i]] = gradients_->data(weights[i]);
    step_outputs_ = gradients;
    step_outputs_.insert(step_outputs_.end(), {loss_, predicted_});
    fuse_activations(graph_, step_outputs_);
    fuse_activations(forward_, {loss_, predicted_});
    optimizer_ =
        make_optimizer(params.optimizer, segments_of(graph_, parameters_), parameters_.size(), params.momentum);
    best_.weights.assign(parameters_.all<float>().begin(), parameters_.all<float>().end());
    batch_rows_.resize(train_rows_.size());
  }

  void run(const std::function<void(const EpochReport&)>& on_epoch) {
    const auto rows = static_cast<std::int64_t>(train_rows_.size());
    const std::int64_t size = std::min<std::int64_t>(params_.batch_size, rows);
    const std::int64_t steps_per_epoch = steps_for(rows, size);
    const std::int64_t total = steps_per_epoch * params_.epochs;
    context_.on_change([this](const std::string& name, const Json& value) { change(name, value); });
    context_.on_save([this](std::int64_t step) { return save(step); });
    std::int64_t step = 0;
    if (const State* state = context_.resume_from()) {
      restore(*state);
      step = state->step;
    }
    std::int64_t ordered_epoch = -1;
    while (step < total && !enough_ && context_.step(step)) {
      const std::int64_t epoch = step / steps_per_epoch;
      const std::int64_t index = step % steps_per_epoch;
      if (epoch != ordered_epoch) {
        std::copy(train_rows_.begin(), train_rows_.end(), batch_rows_.begin());
        context_.random(order_stream(epoch)).shuffle(std::span(batch_rows_));
        ordered_epoch = epoch;
      }
      const std::int64_t first = index * size;
      train_on(std::span(batch_rows_)
                   .subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(std::min(size, rows - first))),
               step);
      ++step;
      report_progress(step, total, std::min(size, rows - first));
      if (index + 1 == steps_per_epoch) finish_epoch(epoch, step, total, on_epoch);
    }
    if (params_.keep_best && best_epoch_ >= 0)
      std::copy(best_.weights.begin(), best_.weights.end(), parameters_.all<float>().begin());
  }

 private:
  Executable& executable(std::map<std::int64_t, Executable>& made, const Graph& graph,
                         const std::vector<ValueId>& outputs, const std::map<ValueId, void*>& bound,
                         std::int64_t rows) {
    const auto found = made.find(rows);
    if (found != made.end()) return found->second;
    return made.emplace(rows, Executable(graph, *device_, rows, outputs, bound)).first->second;
  }

  void load(Executable& into, std::span<const std::int64_t> rows) {
    problem_.features.gather(rows, into.value<float>(network_.input).data());
    if (classification_) {
      auto answers = into.value<std::int32_t>(answer_);
      for (std::size_t i = 0; i < rows.size(); ++i) answers[i] = target_.codes[static_cast<std::size_t>(rows[i])];
    } else {
      auto answers = into.value<float>(answer_);
      for (std::size_t i = 0; i < rows.size(); ++i) answers[i] = target_.values[static_cast<std::size_t>(rows[i])];
    }
  }

  double accuracy_of(const Executable& done, std::span<const std::int64_t> rows) const {
    const auto outputs = done.value<float>(predicted_);
    const auto columns = static_cast<std::int64_t>(outputs.size() / rows.size());
    std::int64_t right = 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
      right += arg_max(outputs.data() + static_cast<std::int64_t>(i) * columns, columns) ==
               target_.codes[static_cast<std::size_t>(rows[i])];
    return static_cast<double>(right) / static_cast<double>(rows.size());
  }

  void train_on(std::span<const std::int64_t> rows, std::int64_t step) {
    Executable& one = executable(steps_, graph_, step_outputs_, bound_, static_cast<std::int64_t>(rows.size()));
    load(one, rows);
    one.run();
    const double loss = static_cast<double>(one.value<float>(loss_)[0]);
    if (!std::isfinite(loss))
      throw Error("Training diverged: the loss is no longer a finite number at step " + std::to_string(step + 1) +
                  ". Try a smaller learning rate than " + Json(learning_rate_).dump());
    optimizer_->step(parameters_.all<float>(), gradients_->all<float>(), learning_rate_, l2_);
    context_.scalar("train/loss", step + 1, loss);
    if (classification_) context_.scalar("train/accuracy", step + 1, accuracy_of(one, rows));
    context_.watch("this-step", [&]() -> Event { return describe(step + 1); });
  }

  Event describe(std::int64_t step) const {
    double squares = 0;
    for (const float gradient : gradients_->all<float>())
      squares += static_cast<double>(gradient) * static_cast<double>(gradient);
    std::int64_t count = 0;
    for (const ValueId id : graph_.parameters()) count += volume(graph_.value(id).shape);
    char text[200];
    std::snprintf(text, sizeof text, "Moved %lld weights: mean step %.2g, gradient norm %.3g, learning rate %.3g.",
                  static_cast<long long>(count), optimizer_->mean_step(gradients_->all<float>(), learning_rate_),
                  std::sqrt(squares), learning_rate_);
    return Text{"this-step", step, text};
  }

  void report_progress(std::int64_t step, std::int64_t total, std::int64_t rows) {
    rows_done_ += rows;
    const auto now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - progress_at_).count();
    if (seconds < 0.05 && step < total) return;
    const double speed = static_cast<double>(rows_done_) / std::max(seconds, 1e-9);
    speed_ = speed_ == 0 ? speed : 0.7 * speed_ + 0.3 * speed;
    context_.progress(step, total, speed_, problem_.is_images() ? "images" : "rows");
    rows_done_ = 0;
    progress_at_ = now;
  }

  /// Validation loss, and the network's outputs for the validation rows.
  Score validate(MatrixF& outputs) {
    const auto& rows = problem_.split.validation;
    Score score;
    outputs.resize(static_cast<Eigen::Index>(rows.size()), graph_.value(network_.output).shape[1]);
    for (std::size_t first = 0; first < rows.size(); first += forward_batch) {
      const auto piece = std::span(rows).subspan(first, std::min<std::size_t>(forward_batch, rows.size() - first));
      Executable& one =
          executable(checks_, forward_, {loss_, predicted_}, forward_bound_, static_cast<std::int64_t>(piece.size()));
      load(one, piece);
      one.run();
      const double share = static_cast<double>(piece.size()) / static_cast<double>(rows.size());
      score.loss += share * static_cast<double>(one.value<float>(loss_)[0]);
      if (classification_) score.accuracy += share * accuracy_of(one, piece);
      const auto values = one.value<float>(predicted_);
      std::copy(values.begin(), values.end(), outputs.data() + static_cast<Eigen::Index>(first) * outputs.cols());
    }
    return score;
  }

  void finish_epoch(std::int64_t epoch, std::int64_t step, std::int64_t total,
                    const std::function<void(const EpochReport&)>& on_epoch) {
    MatrixF outputs;
    if (!problem_.split.validation.empty()) {
      const Score score = validate(outputs);
      context_.scalar("validation/loss", step, score.loss);
      if (classification_) context_.scalar("validation/accuracy", step, score.accuracy);
      const bool better = best_epoch_ < 0 || score.accuracy > best_.score.accuracy ||
                          (score.accuracy == best_.score.accuracy && score.loss < best_.score.loss);
      if (better) {
        best_epoch_ = epoch;
        best_.score = score;
        if (params_.keep_best)
          std::copy(parameters_.all<float>().begin(), parameters_.all<float>().end(), best_.weights.begin());
      }
      enough_ = params_.early_stopping > 0 && epoch - best_epoch_ >= params_.early_stopping;
    }
    if (on_epoch) on_epoch({epoch, step, step == total || enough_, parameters_, outputs});
  }

  void change(const std::string& name, const Json& value) {
    if (name == "learning_rate") learning_rate_ = value.get<double>();
    if (name == "l2") l2_ = value.get<double>();
  }

  State save(std::int64_t step) const {
    State state;
    state.step = step;
    state.header = {{"learning_rate", learning_rate_},
                    {"l2", l2_},
                    {"best_epoch", best_epoch_},
                    {"best_loss", best_.score.loss},
                    {"best_accuracy", best_.score.accuracy},
                    {"enough", enough_}};
    state.arrays.push_back(float_state("weights", parameters_.all<float>()));
    if (params_.keep_best) state.arrays.push_back(float_state("best_weights", best_.weights));
    optimizer_->save(state);
    return state;
  }

  void restore(const State& state) {
    const auto weights = state_floats(state, "weights", parameters_.size());
    std::copy(weights.begin(), weights.end(), parameters_.all<float>().begin());
    if (params_.keep_best) best_.weights = state_floats(state, "best_weights", parameters_.size());
    optimizer_->restore(state);
    learning_rate_ = state.header.at("learning_rate").get<double>();
    l2_ = state.header.at("l2").get<double>();
    best_epoch_ = state.header.at("best_epoch").get<std::int64_t>();
    best_.score.loss = state.header.at("best_loss").get<double>();
    best_.score.accuracy = state.header.at("best_accuracy").get<double>();
    enough_ = state.header.at("enough").get<bool>();
  }

  /// Weights and score of the best epoch so far.
  struct Best {
    Score score;
    std::vector<float> weights;
  };

  const Network& network_;
  Storage& parameters_;
  const ProblemSet& problem_;
  const TrainingTarget& target_;
  const TrainingParams& params_;
  RunContext& context_;
  std::unique_ptr<Device> device_ = make_device(DeviceKind::onednn);
  Graph graph_;    ///< forward, loss and backward
  Graph forward_;  ///< forward and loss
  const std::vector<std::int64_t>& train_rows_;
  bool classification_;
  ValueId answer_ = -1, loss_ = -1, predicted_ = -1;
  std::optional<Storage> gradients_;
  std::map<ValueId, void*> bound_, forward_bound_;
  std::vector<ValueId> step_outputs_;
  std::map<std::int64_t, Executable> steps_, checks_;  ///< by batch size: whole ones and the remainder
  std::unique_ptr<Optimizer> optimizer_;
  std::vector<std::int64_t> batch_rows_;
  double learning_rate_, l2_;
  Best best_;
  std::int64_t best_epoch_ = -1;
  bool enough_ = false;
  Clock::time_point progress_at_ = Clock::now();
  std::int64_t rows_done_ = 0;
  double speed_ = 0;
};

}  // namespace

void train_network(const Network& network, Storage& parameters, const ProblemSet& problem, const TrainingTarget& target,
                   const TrainingParams& params, RunContext& context,
                   const std::function<void(const EpochReport&)>& on_epoch) {
  const FlushDenormals flush;
  Training(network, parameters, problem, target, params, context).run(on_epoch);
}

}  // namespace gb
