#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>

#include "core/algorithms/algorithm.hpp"
#include "core/algorithms/tsne_forces.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/embedding_views.hpp"
#include "core/linalg/principal_axes.hpp"
#include "core/model/fixed_rows_model.hpp"
#include "core/params/schema.hpp"

namespace gb {
namespace {

using Eigen::Index;

enum class Start { pca, random };

struct TsneParams {
  double perplexity = 30;
  std::optional<double> learning_rate;
  double early_exaggeration = 12;
  int max_iterations = 1000;
  Start init = Start::pca;
  double angle = 0.5;
};

const Schema<TsneParams>& schema() {
  static const auto s =
      Schema<TsneParams>{}
          .add(&TsneParams::perplexity,
               {.name = "perplexity",
                .label = "Perplexity",
                .help = "About how many neighbours each row should stay near to. Small values show small groups, large "
                        "ones the whole.",
                .valid = {1, 10000},
                .search = {5, 100},
                .scale = Scale::log,
                .forkable = true})
          .add(&TsneParams::learning_rate,
               {.name = "learning_rate",
                .label = "Learning rate",
                .help = "How far points move per step. Left empty: a forty-eighth of the number of rows, 50 at least.",
                .valid = {0, 1e6, true},
                .search = {10, 1000},
                .scale = Scale::log,
                .forkable = true})
          .add(&TsneParams::early_exaggeration,
               {.name = "early_exaggeration",
                .label = "Early exaggeration",
                .help = "How much stronger neighbours attract each other in the first 250 steps. Groups find together "
                        "before they spread.",
                .valid = {1, 1000},
                .search = {4, 32},
                .scale = Scale::log,
                .advanced = true,
                .forkable = true})
          .add(&TsneParams::max_iterations, {.name = "max_iterations",
                                             .label = "Iterations at most",
                                             .help = "Ends after this many steps, settled or not.",
                                             .valid = {1, 1e6},
                                             .search = {250, 5000},
                                             .scale = Scale::log,
                                             .forkable = true})
          .add(&TsneParams::init,
               {.name = "init",
                .label = "First map",
                .help = "Where the points begin.",
                .choices = {{"pca", "Principal components", "The large-scale order of the data is kept."},
                            {"random", "Random", "A small heap, by the seed."}}})
          .add(&TsneParams::angle,
               {.name = "angle",
                .label = "Angle",
                .help = "How wide a distant group may look to count as one point. Smaller is more exact and slower.",
                .valid = {0, 1},
                .search = {0.2, 0.8},
                .advanced = true,
                .forkable = true});
  return s;
}

constexpr std::int64_t exploration_steps = 250;
/// The divergence is computed this often, and the run ends where it has not fallen for so many steps.
constexpr std::int64_t check_interval = 25;
constexpr std::int64_t patience = 300;
constexpr double least_gradient = 1e-7;

const char* const no_rule =
    "t-SNE places the rows it was given and learns no way to place others; run it again with the new rows, or use pca";

/// One run: gradient descent with momentum and a gain per number, as van der Maaten's and scikit-learn's.
class TsneRun {
 public:
  TsneRun(const ProblemSet& problem, const TsneParams& params, RunContext& context)
      : params_(params),
        context_(context),
        problem_(problem),
        count_(problem.split.train.size()),
        map_(MatrixF::Zero(static_cast<Index>(count_), 2)),
        update_(map_),
        gains_(MatrixF::Ones(static_cast<Index>(count_), 2)),
        views_(problem, 20000) {}

  std::unique_ptr<Model> run() {
    if (context_.resume_from()) restore(*context_.resume_from());
    if (!context_.resume_from()) {
      if (!context_.step(0)) return model();
      tell("Looking for the neighbours of every row.", false);
      begin();
    }
    const auto affinities = tsne_affinities(problem_.features.dense(problem_.split.train), params_.perplexity,
                                            [this] { return context_.poll(); });
    if (affinities.first.empty()) return model();
    TsneForces forces(affinities);
    context_.on_save([this](std::int64_t) { return save(); });
    MatrixF gradient(static_cast<Index>(count_), 2);
    while (!settled_ && step_ < params_.max_iterations && context_.step(step_)) {
      const bool exploring = step_ < exploration_steps;
      forces.gradient(map_.data(), exploring ? static_cast<float>(params_.early_exaggeration) : 1.0f,
                      static_cast<float>(params_.angle), gradient.data());
      ++step_;
      if (step_ % check_interval == 0 || step_ == 1) judge(forces.divergence(map_.data()), gradient);
      descend(gradient, exploring ? 0.5f : 0.8f);
      if (step_ < params_.max_iterations && !settled_) show(sentence(), false);
      report_progress();
    }
    if (!settled_) context_.all_done(step_);
    if (step_ > 0) {
      // Of the last map.
      forces.gradient(map_.data(), 1, static_cast<float>(params_.angle), gradient.data());
      divergence_ = forces.divergence(map_.data());
      context_.scalar("train/kl_divergence", step_, divergence_);
      show(sentence() + (settled_ ? " It has settled." : ""), true);
    }
    return model();
  }

 private:
  /// A map so small that all points feel one another.
  void begin() {
    constexpr double size = 1e-4;
    if (params_.init == Start::random) {
      Random random = context_.random();
      for (Index i = 0; i < map_.size(); ++i) map_.data()[i] = static_cast<float>(size * random.normal());
      return;
    }
    const MatrixF rows = problem_.features.dense(problem_.split.train);
    const PrincipalAxes axes = principal_axes(rows, 2);
    MatrixD placed = (rows.cast<double>().rowwise() - axes.mean) * axes.axes.transpose();
    const double mean = placed.col(0).mean();
    const double deviation = std::sqrt((placed.col(0).array() - mean).square().mean());
    map_ = (deviation > 0 ? MatrixD(placed * (size / deviation)) : placed).cast<float>();
    if (deviation > 0) return;
    // All rows alike: any direction will do.
    Random random = context_.random();
    for (Index i = 0; i < map_.size(); ++i) map_.data()[i] = static_cast<float>(size * random.normal());
  }

  double rate() const {
    return params_.learning_rate.value_or(std::max(static_cast<double>(count_) / params_.early_exaggeration / 4, 50.0));
  }

  void descend(const MatrixF& gradient, float momentum) {
    const auto rate = static_cast<float>(this->rate());
    const float* from = gradient.data();
    float *map = map_.data(), *update = update_.data(), *gains = gains_.data();
    for (std::size_t i = 0; i < 2 * count_; ++i) {
      const float gain = update[i] * from[i] < 0 ? gains[i] + 0.2f : gains[i] * 0.8f;
      gains[i] = std::max(gain, 0.01f);
      update[i] = momentum * update[i] - rate * gains[i] * from[i];
      map[i] += update[i];
    }
    // What rounding makes out of a sum of zero would carry the whole map away.
    map_.rowwise() -= Eigen::RowVectorXf(map_.cast<double>().colwise().mean().cast<float>());
  }

  void judge(double divergence, const MatrixF& gradient) {
    divergence_ = divergence;
    context_.scalar("train/kl_divergence", step_, divergence_);
    if (step_ <= exploration_steps) return;
    if (best_step_ == 0 || divergence < best_) {
      best_ = divergence;
      best_step_ = step_;
    }
    settled_ = step_ - best_step_ > patience || static_cast<double>(gradient.norm()) <= least_gradient;
  }

  std::string sentence() const {
    return "Step " + grouped(step_) + (step_ <= exploration_steps ? ", finding groups" : "") + ": the divergence is " +
           short_number(divergence_) + ".";
  }

  void tell(const std::string& text, bool last) {
    context_.watch(
        "this-step",
        [&]() -> Event {
          return Text{"this-step", step_, text};
        },
        last);
  }

  void show(const std::string& text, bool last) {
    tell(text, last);
    context_.watch(
        "map",
        [&]() -> Event {
          MatrixF shown(static_cast<Index>(views_.places().size()), 2);
          for (std::size_t i = 0; i < views_.places().size(); ++i)
            shown.row(static_cast<Index>(i)) = map_.row(static_cast<Index>(views_.places()[i]));
          return views_.map(step_, "t-SNE map", shown, "", "");
        },
        last);
  }

  void report_progress() {
    const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    const double speed = seconds > 0 ? static_cast<double>(step_ - first_step_) / seconds : 0;
    const std::int64_t total = settled_ ? step_ : params_.max_iterations;
    context_.watch(
        "progress",
        [&]() -> Event {
          return Progress{step_, total, speed, "steps"};
        },
        step_ == total);
  }

  std::unique_ptr<Model> model() const { return std::make_unique<FixedRowsModel>(problem_.split.train, map_, no_rule); }

  State save() const {
    State state;
    state.header = {{"settled", settled_}, {"divergence", divergence_}, {"best", best_}, {"best_step", best_step_}};
    const auto array = [](const char* name, const MatrixF& values) {
      return state_array(name, "F32", {values.rows(), values.cols()}, values.data(),
                         static_cast<std::size_t>(values.size()));
    };
    state.arrays = {array("map", map_), array("update", update_), array("gains", gains_)};
    return state;
  }

  void restore(const State& state) {
    step_ = first_step_ = state.step;
    settled_ = header_field(state, "settled").get<bool>();
    divergence_ = header_field(state, "divergence").get<double>();
    best_ = header_field(state, "best").get<double>();
    best_step_ = header_field(state, "best_step").get<std::int64_t>();
    read_array(state, "map", map_.data(), static_cast<std::size_t>(map_.size()));
    read_array(state, "update", update_.data(), static_cast<std::size_t>(update_.size()));
    read_array(state, "gains", gains_.data(), static_cast<std::size_t>(gains_.size()));
  }

  using Clock = std::chrono::steady_clock;

  const TsneParams params_;
  RunContext& context_;
  const ProblemSet& problem_;
  std::size_t count_;
  MatrixF map_, update_, gains_;  ///< rows x 2
  EmbeddingViews views_;
  Clock::time_point began_ = Clock::now();

  std::int64_t step_ = 0, first_step_ = 0;
  bool settled_ = false;
  double divergence_ = 0;
  double best_ = 0;  ///< since exploration
  std::int64_t best_step_ = 0;
};

void check(const ProblemSet& problem, const Json& json) {
  const TsneParams params = schema().read(json, "algorithm.params");
  const auto rows = static_cast<std::int64_t>(problem.split.train.size());
  if (static_cast<double>(rows) <= params.perplexity)
    throw ParamError("perplexity is " + short_number(params.perplexity) + ", but there are only " + grouped(rows) +
                         (rows == 1 ? " training row" : " training rows"),
                     "algorithm.params.perplexity",
                     rows > 1 ? "a number from 1 to below " + std::to_string(rows) : "more rows");
  constexpr std::int64_t most_rows = 2000000;
  if (rows > most_rows)
    throw DataError("t-SNE compares every row with every other one; at most " + grouped(most_rows) +
                    " rows are supported");
  require_finite(problem);
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return TsneRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo tsne_algorithm() {
  AlgorithmInfo info;
  info.id = "tsne";
  info.label = "t-SNE";
  info.family = "Decomposition";
  info.help =
      "Draws a map on which rows that are alike lie together: groups become islands. Distances between islands and "
      "their sizes mean little; rows that come later have no place on it.";
  info.citation =
      "L. van der Maaten, G. Hinton (2008), Visualizing data using t-SNE. L. van der Maaten (2014), Accelerating t-SNE "
      "using tree-based algorithms.";
  info.tasks = {Task::decomposition};
  info.params = schema().specs();
  info.headline = "kl_divergence";
  info.check = check;
  info.fit = fit;
  info.table_step = "standardize";
  return info;
}

}  // namespace gb
