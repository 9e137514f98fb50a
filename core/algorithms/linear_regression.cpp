#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <numeric>

#include "core/algorithms/algorithm.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/model_views.hpp"
#include "core/linalg/least_squares.hpp"
#include "core/model/linear_model.hpp"
#include "core/params/schema.hpp"

namespace gb {
namespace {

enum class Penalty { none, ridge, lasso, elastic_net };

struct LinearRegressionParams {
  Penalty penalty = Penalty::none;
  double alpha = 1;
  double l1_ratio = 0.5;
  bool intercept = true;
  double tolerance = 1e-4;
  int max_iterations = 1000;
};

const Schema<LinearRegressionParams>& schema() {
  static const auto s =
      Schema<LinearRegressionParams>{}
          .add(&LinearRegressionParams::penalty,
               {.name = "penalty",
                .label = "Penalty",
                .help = "What keeps weights small, so that noise is followed less.",
                .choices = {{"none", "None (least squares)", "The least squared error on the training rows."},
                            {"ridge", "Squares (ridge)", "Shrinks all weights; features that belong together share."},
                            {"lasso", "Absolute values (lasso)", "Makes the weights of useless features exactly zero."},
                            {"elastic_net", "Both (elastic net)", "Zeros, but keeps features that belong together."}}})
          .add(
              &LinearRegressionParams::alpha,
              {.name = "alpha",
               .label = "Strength",
               .help = "How much the penalty counts. Of ridge against the sum of squared errors, of the others against "
                       "half their mean.",
               .valid = {0, 1e12},
               .search = {1e-4, 1e2},
               .scale = Scale::log,
               .enabled_by = EnabledBy{"penalty", {"ridge", "lasso", "elastic_net"}}})
          .add(&LinearRegressionParams::l1_ratio, {.name = "l1_ratio",
                                                   .label = "Share of absolute values",
                                                   .help = "0 is all squares, 1 is all absolute values.",
                                                   .valid = {0, 1},
                                                   .search = {0, 1},
                                                   .enabled_by = EnabledBy{"penalty", {"elastic_net"}}})
          .add(&LinearRegressionParams::intercept,
               {.name = "intercept",
                .label = "Intercept",
                .help = "Lets values begin elsewhere than at zero. It is not penalised.",
                .advanced = true})
          .add(&LinearRegressionParams::tolerance,
               {.name = "tolerance",
                .label = "Tolerance",
                .help = "Ends when the objective is proven to be within this share of the target's own.",
                .valid = {0, 1},
                .search = {1e-8, 1e-2},
                .scale = Scale::log,
                .enabled_by = EnabledBy{"penalty", {"lasso", "elastic_net"}},
                .advanced = true,
                .forkable = true})
          .add(&LinearRegressionParams::max_iterations,
               {.name = "max_iterations",
                .label = "Rounds at most",
                .help = "Ends after so many rounds over all weights in any case.",
                .valid = {1, 1e7},
                .search = {100, 10000},
                .scale = Scale::log,
                .enabled_by = EnabledBy{"penalty", {"lasso", "elastic_net"}},
                .forkable = true});
  return s;
}

/// Everything is computed from the triangular factor of the centred rows with the target as their last column.
class LinearRegressionRun {
 public:
  LinearRegressionRun(const ProblemSet& problem, const LinearRegressionParams& params, RunContext& context)
      : problem_(problem),
        params_(params),
        context_(context),
        views_(problem, context),
        columns_(problem.features.columns()),
        weights_(Eigen::VectorXd::Zero(columns_)) {}

  std::unique_ptr<Model> run() {
    context_.on_save([this](std::int64_t) { return save(); });
    if (context_.resume_from()) restore(*context_.resume_from());
    center();
    const bool direct = params_.penalty == Penalty::none || params_.penalty == Penalty::ridge;
    const std::int64_t most = direct ? 1 : params_.max_iterations;
    while (step_ < most && !ended_ && context_.step(step_)) {
      if (!factored_ && !factorise()) break;
      if (direct)
        solve();
      else
        descend();
      ++step_;
      tell(ended_ || step_ == most);
    }
    if (!direct && !ended_) context_.all_done(step_);
    const std::shared_ptr<const Model> last = model();
    views_.show(step_, true, [&] { return last; });
    return model();
  }

 private:
  double count() const { return static_cast<double>(problem_.split.train.size()); }

  /// Means of features and target; zero without an intercept.
  void center() {
    means_ = Eigen::RowVectorXd::Zero(columns_ + 1);
    if (!params_.intercept) return;
    std::vector<float> values(static_cast<std::size_t>(columns_));
    const auto& rows = problem_.split.train;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      problem_.features.gather(std::span(rows).subspan(i, 1), values.data());
      means_.head(columns_) += Eigen::Map<const Eigen::RowVectorXf>(values.data(), columns_).cast<double>();
      means_[columns_] += static_cast<double>(problem_.target->values[static_cast<std::size_t>(rows[i])]);
    }
    means_ /= count();
  }

  /// Some parts of the rows on their own, then their factors together: the same for any number of threads. False when
  /// it was interrupted.
  bool factorise() {
    const auto& rows = problem_.split.train;
    const auto block = static_cast<std::size_t>(std::clamp<std::int64_t>(4 * columns_, 256, 4096));
    const std::size_t parts = std::clamp<std::size_t>(rows.size() / (2 * block), 1, 4);
    std::vector<TriangularFactor> factors(parts, TriangularFactor(columns_ + 1));
    parallel_chunks(parts, 1, [&](std::size_t first, std::size_t last, std::size_t) {
      for (std::size_t part = first; part < last; ++part) {
        const std::size_t end = rows.size() * (part + 1) / parts;
        for (std::size_t begin = rows.size() * part / parts; begin < end && !context_.poll(); begin += block) {
          const std::size_t some = std::min(block, end - begin);
          MatrixD values(static_cast<Eigen::Index>(some), columns_ + 1);
          MatrixF gathered(static_cast<Eigen::Index>(some), columns_);
          problem_.features.gather(std::span(rows).subspan(begin, some), gathered.data());
          values.leftCols(columns_) = gathered.cast<double>();
          for (std::size_t i = 0; i < some; ++i)
            values(static_cast<Eigen::Index>(i), columns_) =
                static_cast<double>(problem_.target->values[static_cast<std::size_t>(rows[begin + i])]);
          values.rowwise() -= means_;
          factors[part].add(values);
        }
      }
    });
    for (std::size_t part = 1; part < parts && !context_.poll(); ++part) factors[0].add(factors[part].factor());
    if (context_.poll()) return false;
    const MatrixD& whole = factors[0].factor();
    // By columns: coordinate descent goes along them.
    factor_ = whole.leftCols(columns_);
    answer_ = whole.col(columns_);
    target_squares_ = answer_.squaredNorm();
    residual_ = answer_ - factor_ * weights_;
    factored_ = true;
    return true;
  }

  void solve() {
    Eigen::Index rank = 0;
    if (params_.penalty == Penalty::none || params_.alpha == 0) {
      weights_ = least_squares(factor_, answer_, &rank);
    } else {
      // Rows of sqrt(alpha) times the identity below the factor.
      MatrixD rows(factor_.rows() + columns_, columns_);
      rows << factor_, MatrixD(std::sqrt(params_.alpha) * MatrixD::Identity(columns_, columns_));
      Eigen::VectorXd answer(rows.rows());
      answer << answer_, Eigen::VectorXd::Zero(columns_);
      weights_ = least_squares(rows, answer, &rank);
    }
    residual_ = answer_ - factor_ * weights_;
    objective_ = residual_.squaredNorm();
    if (params_.penalty == Penalty::ridge) objective_ += params_.alpha * weights_.squaredNorm();
    rank_ = rank;
    ended_ = true;
  }

  /// One round of coordinate descent (Friedman, Hastie, Tibshirani 2010, equation 5) on
  /// |y - Xw|^2 / 2n + alpha * (ratio * |w|_1 + (1 - ratio) / 2 * |w|^2).
  void descend() {
    const double ratio = params_.penalty == Penalty::lasso ? 1 : params_.l1_ratio;
    const double absolute = params_.alpha * ratio * count(), squares = params_.alpha * (1 - ratio) * count();
    for (Eigen::Index j = 0; j < columns_; ++j) {
      const double curve = factor_.col(j).squaredNorm();
      if (curve == 0) {
        weights_[j] = 0;
        continue;
      }
      const double old = weights_[j];
      const double pull = factor_.col(j).dot(residual_) + curve * old;
      const double shrunk = std::copysign(std::max(std::abs(pull) - absolute, 0.0), pull);
      weights_[j] = shrunk / (curve + squares);
      if (weights_[j] != old) residual_ -= (weights_[j] - old) * factor_.col(j);
    }
    // The dual point is the residual, shortened until no column pulls more than the penalty.
    const double errors = residual_.squaredNorm(), lengths = weights_.squaredNorm();
    const double sizes = weights_.lpNorm<1>();
    const Eigen::VectorXd pulls = factor_.transpose() * residual_ - squares * weights_;
    const double most = columns_ > 0 ? pulls.cwiseAbs().maxCoeff() : 0;
    const double scale = most > absolute ? absolute / most : 1;
    gap_ = 0.5 * errors * (1 + scale * scale) + absolute * sizes - scale * residual_.dot(answer_) +
           0.5 * squares * (1 + scale * scale) * lengths;
    objective_ = (0.5 * errors + absolute * sizes + 0.5 * squares * lengths) / count();
    ended_ = gap_ <= params_.tolerance * target_squares_;
  }

  std::int64_t zeros() const { return (weights_.array() == 0).count(); }

  void tell(bool last) {
    context_.scalar("train/objective", step_, objective_);
    context_.watch(
        "this-step",
        [&]() -> Event {
          std::string text;
          if (rank_ >= 0) {
            text = "Solved at once: objective " + short_number(objective_) + ".";
            if (params_.penalty == Penalty::none && rank_ < columns_)
              text += " Only " + grouped(rank_) + " of the " + grouped(columns_) +
                      " features say something of their own: of all equally good weights these are the smallest.";
          } else {
            text = "Round " + grouped(step_) + ": objective " + short_number(objective_) + ", " + grouped(zeros()) +
                   " of " + grouped(columns_) + " weights are zero.";
            if (last && !ended_) text += " The rounds are used up before it has settled.";
          }
          return Text{"this-step", step_, text};
        },
        last);
    context_.watch(
        "weights", [&]() -> Event { return chart(); }, last);
    context_.watch(
        "progress",
        [&]() -> Event {
          const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
          const auto done = static_cast<double>(step_ - first_);
          return Progress{step_, last ? step_ : params_.max_iterations, seconds > 0 ? done / seconds : 0, "rounds"};
        },
        last);
    if (!last) views_.show(step_, false, [this] { return model(); });
  }

  /// The weights that matter most, as bars.
  std::shared_ptr<const Chart> chart() const {
    std::vector<Eigen::Index> order(static_cast<std::size_t>(columns_));
    std::iota(order.begin(), order.end(), Eigen::Index{0});
    const std::size_t most = std::min<std::size_t>(order.size(), 20);
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(most), order.end(),
                      [&](Eigen::Index a, Eigen::Index b) {
                        const double left = std::abs(weights_[a]), right = std::abs(weights_[b]);
                        return left != right ? left > right : a < b;
                      });
    auto chart = std::make_shared<Chart>();
    chart->view = "weights";
    chart->title = "Weights of the features";
    chart->step = step_;
    chart->kind = Chart::Kind::bars;
    chart->x_label = "feature";
    chart->y_label = "weight";
    chart->lines.emplace_back().name = "weight";
    for (std::size_t i = 0; i < most; ++i) {
      const auto j = static_cast<std::size_t>(order[i]);
      chart->names.push_back(j < problem_.feature_names.size() ? problem_.feature_names[j] : std::to_string(j + 1));
      chart->lines[0].x.push_back(static_cast<double>(i));
      chart->lines[0].y.push_back(weights_[order[i]]);
    }
    return chart;
  }

  std::unique_ptr<Model> model() const {
    const double intercept = means_[columns_] - means_.head(columns_).dot(weights_.transpose());
    return std::make_unique<LinearModel>(Task::regression, MatrixF(weights_.transpose().cast<float>()),
                                         std::vector<float>{static_cast<float>(intercept)});
  }

  State save() const {
    State state;
    state.header = {{"ended", ended_}, {"objective", objective_}};
    state.arrays.push_back(
        state_array("weights", "F64", {columns_}, weights_.data(), static_cast<std::size_t>(columns_)));
    if (factored_)
      state.arrays.push_back(state_array("residual", "F64", {residual_.size()}, residual_.data(),
                                         static_cast<std::size_t>(residual_.size())));
    return state;
  }

  void restore(const State& state) {
    step_ = first_ = state.step;
    ended_ = header_field(state, "ended").get<bool>();
    objective_ = header_field(state, "objective").get<double>();
    read_array(state, "weights", weights_.data(), static_cast<std::size_t>(columns_));
    center();
    // The factor is made anew; the residual is the one that rounding has left.
    if (!factorise()) return;
    read_array(state, "residual", residual_.data(), static_cast<std::size_t>(residual_.size()));
  }

  const ProblemSet& problem_;
  const LinearRegressionParams params_;
  RunContext& context_;
  ModelViews views_;
  Eigen::Index columns_;
  Eigen::RowVectorXd means_;  ///< of the features, and of the target
  Eigen::MatrixXd factor_;    ///< triangular
  Eigen::VectorXd answer_, residual_;
  double target_squares_ = 0;
  bool factored_ = false;
  Eigen::VectorXd weights_;
  double objective_ = 0, gap_ = 0;
  Eigen::Index rank_ = -1;
  std::int64_t step_ = 0, first_ = 0;
  bool ended_ = false;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

void check(const ProblemSet& problem, const Json& params) {
  schema().read(params, "algorithm.params");
  require_finite(problem);
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return LinearRegressionRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo linear_regression_algorithm() {
  AlgorithmInfo info;
  info.id = "linear_regression";
  info.label = "Linear regression";
  info.family = "Linear models";
  info.help =
      "Predicts a number as a sum of weighted features, with the least squared error on the training rows. Penalties "
      "keep the weights small or set those of useless features to zero.";
  info.citation =
      "A. Hoerl, R. Kennard (1970), Ridge regression. R. Tibshirani (1996), Regression shrinkage and selection via the "
      "lasso. H. Zou, T. Hastie (2005), Regularization and variable selection via the elastic net.";
  info.tasks = {Task::regression};
  info.params = schema().specs();
  info.headline = "r2";
  info.check = check;
  info.fit = fit;
  info.table_step = "standardize";
  return info;
}

}  // namespace gb
