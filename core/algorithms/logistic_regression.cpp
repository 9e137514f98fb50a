#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "core/algorithms/algorithm.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/model_views.hpp"
#include "core/model/linear_model.hpp"
#include "core/params/schema.hpp"
#include "core/train/class_rows.hpp"
#include "core/train/limited_memory.hpp"
#include "core/train/linear_objective.hpp"

namespace gb {
namespace {

enum class Penalty { l2, l1, elastic_net, none };

struct LogisticRegressionParams {
  Penalty penalty = Penalty::l2;
  double c = 1;
  double l1_ratio = 0.5;
  ClassWeight class_weight = ClassWeight::none;
  bool intercept = true;
  double tolerance = 1e-4;
  int max_iterations = 1000;
};

const Schema<LogisticRegressionParams>& schema() {
  static const auto s =
      Schema<LogisticRegressionParams>{}
          .add(&LogisticRegressionParams::penalty,
               {.name = "penalty",
                .label = "Penalty",
                .help = "What keeps weights small, so that the border follows the data less closely.",
                .choices = {{"l2", "Squares (L2)", "Shrinks all weights a little."},
                            {"l1", "Absolute values (L1)", "Makes the weights of useless features exactly zero."},
                            {"elastic_net", "Both (elastic net)", "Zeros, but keeps features that belong together."},
                            {"none", "None", "Follows the training rows as closely as it can."}}})
          .add(&LogisticRegressionParams::c,
               {.name = "c",
                .label = "C",
                .help = "How much the rows count against the penalty. Small: smooth and cautious; large: close to the "
                        "training rows.",
                .valid = {.min = 0, .max = 1e12, .above = true},
                .search = {1e-3, 1e3},
                .scale = Scale::log,
                .enabled_by = EnabledBy{"penalty", {"l2", "l1", "elastic_net"}}})
          .add(&LogisticRegressionParams::l1_ratio, {.name = "l1_ratio",
                                                     .label = "Share of L1",
                                                     .help = "0 is all squares, 1 is all absolute values.",
                                                     .valid = {0, 1},
                                                     .search = {0, 1},
                                                     .enabled_by = EnabledBy{"penalty", {"elastic_net"}}})
          .add(&LogisticRegressionParams::class_weight, class_weight_spec())
          .add(&LogisticRegressionParams::intercept,
               {.name = "intercept",
                .label = "Intercept",
                .help = "Lets scores begin elsewhere than at zero. It is not penalised.",
                .advanced = true})
          .add(&LogisticRegressionParams::tolerance,
               {.name = "tolerance",
                .label = "Tolerance",
                .help = "Ends when no component of the gradient is above this. Smaller takes longer and changes less.",
                .valid = {0, 1},
                .search = {1e-6, 1e-2},
                .scale = Scale::log,
                .advanced = true,
                .forkable = true})
          .add(&LogisticRegressionParams::max_iterations, {.name = "max_iterations",
                                                           .label = "Iterations at most",
                                                           .help = "Ends after this many iterations in any case.",
                                                           .valid = {1, 1e6},
                                                           .search = {50, 2000},
                                                           .scale = Scale::log,
                                                           .forkable = true});
  return s;
}

/// Minimises the mean loss + penalty / (C * total weight), as scikit-learn does.
class LogisticRegressionRun {
 public:
  LogisticRegressionRun(const ProblemSet& problem, const LogisticRegressionParams& params, RunContext& context)
      : problem_(problem),
        params_(params),
        context_(context),
        classes_(problem),
        views_(problem, context),
        objective_(problem.features, problem.split.train, classes_.codes(), classes_.count(),
                   classes_.weights(params.class_weight)),
        search_(Eigen::VectorXd::Zero(objective_.size()), absolute(), params.tolerance) {}

  std::unique_ptr<Model> run() {
    if (context_.resume_from()) restore(*context_.resume_from());
    context_.on_save([this](std::int64_t) { return save(); });
    using Outcome = LimitedMemory::Outcome;
    Outcome outcome = Outcome::moved;
    while (!ended_ && step_ < params_.max_iterations && context_.step(step_)) {
      outcome = search_.step([this](const Eigen::VectorXd& at, double& value, Eigen::VectorXd& gradient) {
        return evaluate(at, value, gradient);
      });
      if (outcome == Outcome::interrupted) break;
      ++step_;
      ended_ = outcome != Outcome::moved;
      context_.scalar("train/objective", step_, search_.value());
      describe(ended_ || step_ == params_.max_iterations);
    }
    if (!ended_) context_.all_done(step_);
    std::shared_ptr<const Model> last = model();
    views_.show(step_, true, [&] { return last; });
    return model();
  }

 private:
  double strength() const { return params_.penalty == Penalty::none ? 0 : 1 / (params_.c * objective_.total_weight()); }
  double l1_share() const {
    return params_.penalty == Penalty::l1 ? 1 : params_.penalty == Penalty::elastic_net ? params_.l1_ratio : 0;
  }

  Eigen::VectorXd absolute() const {
    if (l1_share() == 0 || params_.penalty == Penalty::none) return {};
    const Eigen::Index d = objective_.columns();
    Eigen::VectorXd weights = Eigen::VectorXd::Constant(objective_.size(), strength() * l1_share());
    Eigen::Map<MatrixD>(weights.data(), objective_.scores(), d + 1).col(d).setZero();
    return weights;
  }

  bool evaluate(const Eigen::VectorXd& at, double& value, Eigen::VectorXd& gradient) {
    if (!objective_.evaluate(at, value, gradient, [this] { return context_.poll(); })) return false;
    const Eigen::Index k = objective_.scores(), d = objective_.columns();
    const double squares = strength() * (1 - l1_share());
    const Eigen::Map<const MatrixD> weights(at.data(), k, d + 1);
    Eigen::Map<MatrixD> slopes(gradient.data(), k, d + 1);
    value += 0.5 * squares * weights.leftCols(d).squaredNorm();
    slopes.leftCols(d) += squares * weights.leftCols(d);
    if (!params_.intercept) slopes.col(d).setZero();
    return true;
  }

  void describe(bool last) {
    context_.watch(
        "this-step",
        [&]() -> Event {
          const Eigen::Map<const MatrixD> weights(search_.position().data(), objective_.scores(),
                                                  objective_.columns() + 1);
          std::string text = "Iteration " + std::to_string(step_) + ": objective " + short_number(search_.value()) +
                             ", steepest slope " + short_number(search_.largest_slope()) + " (ends at " +
                             short_number(params_.tolerance) + ").";
          if (l1_share() > 0) {
            const auto zeros = (weights.leftCols(objective_.columns()).array() == 0).count();
            text +=
                " " + grouped(zeros) + " of " + grouped(weights.rows() * objective_.columns()) + " weights are zero.";
          }
          if (last && step_ == params_.max_iterations && search_.largest_slope() > params_.tolerance)
            text += " The iterations are used up before it has settled: more of them, or scaled features, would help.";
          return Text{"this-step", step_, text};
        },
        last);
    context_.watch(
        "progress",
        [&]() -> Event {
          const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
          const auto rows = static_cast<double>(problem_.split.train.size() * static_cast<std::size_t>(step_ - first_));
          return Progress{step_, last ? step_ : params_.max_iterations, seconds > 0 ? rows / seconds : 0, "rows"};
        },
        last);
    if (!last) views_.show(step_, false, [this] { return model(); });
  }

  std::unique_ptr<Model> model() const {
    const Eigen::Index d = objective_.columns();
    const Eigen::Map<const MatrixD> found(search_.position().data(), objective_.scores(), d + 1);
    return linear_class_model(classes_.present(), classes_.all(), found.leftCols(d), found.col(d));
  }

  State save() const {
    State state;
    state.header["ended"] = ended_;
    search_.save(state);
    return state;
  }

  void restore(const State& state) {
    step_ = first_ = state.step;
    ended_ = header_field(state, "ended").get<bool>();
    search_.restore(state);
  }

  const ProblemSet& problem_;
  const LogisticRegressionParams params_;
  RunContext& context_;
  ClassRows classes_;
  ModelViews views_;
  LogisticObjective objective_;
  LimitedMemory search_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::int64_t step_ = 0, first_ = 0;
  bool ended_ = false;
};

void check(const ProblemSet& problem, const Json& params) {
  schema().read(params, "algorithm.params");
  require_finite(problem);
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return LogisticRegressionRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo logistic_regression_algorithm() {
  AlgorithmInfo info;
  info.id = "logistic_regression";
  info.label = "Logistic regression";
  info.family = "Linear models";
  info.help =
      "Gives every feature a weight for every class and turns the sums into probabilities. Straight borders, weights "
      "that can be read, probabilities that can be trusted: where to begin with most tables.";
  info.citation =
      "D. R. Cox (1958), The regression analysis of binary sequences. D. C. Liu, J. Nocedal (1989), On the limited "
      "memory BFGS method. G. Andrew, J. Gao (2007), Scalable training of L1-regularized log-linear models.";
  info.tasks = {Task::classification};
  info.params = schema().specs();
  info.headline = "accuracy";
  info.check = check;
  info.fit = fit;
  info.table_step = "standardize";
  return info;
}

}  // namespace gb
