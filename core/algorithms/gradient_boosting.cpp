#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>

#include "core/algorithms/algorithm.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/importance.hpp"
#include "core/evaluate/model_views.hpp"
#include "core/model/tree_ensemble.hpp"
#include "core/params/schema.hpp"
#include "core/train/binned_rows.hpp"
#include "core/train/boosting_loss.hpp"
#include "core/train/histogram_grower.hpp"

namespace gb {
namespace {

struct BoostingParams {
  int max_iterations = 100;
  double learning_rate = 0.1;
  std::optional<int> max_leaf_nodes = 31;
  std::optional<int> max_depth;
  int min_samples_leaf = 20;
  double l2_regularization = 0;
  int max_bins = 255;
  bool early_stopping = true;
  int patience = 10;
  double tolerance = 1e-7;
};

const Schema<BoostingParams>& schema() {
  static const auto s =
      Schema<BoostingParams>{}
          .add(&BoostingParams::max_iterations,
               {.name = "max_iterations",
                .label = "Rounds at most",
                .help = "How many trees follow each other; with more than two classes a tree per class and round.",
                .valid = {1, 1e6},
                .search = {10, 1000},
                .scale = Scale::log,
                .forkable = true})
          .add(&BoostingParams::learning_rate,
               {.name = "learning_rate",
                .label = "Learning rate",
                .help = "How much of each tree's correction is taken. Less needs more rounds and often ends better.",
                .valid = {0, 10, true},
                .search = {0.01, 0.5},
                .scale = Scale::log,
                .live = true})
          .add(&BoostingParams::max_leaf_nodes,
               {.name = "max_leaf_nodes",
                .label = "Leaves per tree",
                .help = "Leaves of a tree at most; what gains most is split first. Empty: no limit.",
                .valid = {2, 1e6},
                .search = {4, 256},
                .scale = Scale::log,
                .forkable = true})
          .add(&BoostingParams::max_depth, {.name = "max_depth",
                                            .label = "Depth at most",
                                            .help = "Questions that a tree asks of a row at most. Automatic: no limit.",
                                            .valid = {1, 10000},
                                            .search = {1, 16},
                                            .forkable = true})
          .add(&BoostingParams::min_samples_leaf, {.name = "min_samples_leaf",
                                                   .label = "Rows in a leaf",
                                                   .help = "A split must leave this many rows on either side. Fewer "
                                                           "than some dozens suit small tables only.",
                                                   .valid = {1, 1e9},
                                                   .search = {1, 100},
                                                   .scale = Scale::log,
                                                   .forkable = true})
          .add(&BoostingParams::l2_regularization,
               {.name = "l2_regularization",
                .label = "L2 regularization",
                .help = "Added to the second derivatives of each leaf: more makes corrections smaller.",
                .valid = {0, 1e9},
                .search = {1e-3, 100},
                .scale = Scale::log,
                .forkable = true})
          .add(&BoostingParams::max_bins,
               {.name = "max_bins",
                .label = "Bins at most",
                .help = "Into how many bins the values of a feature are sorted; thresholds lie between bins. Missing "
                        "values have one of their own.",
                .valid = {2, 255},
                .search = {16, 255},
                .advanced = true})
          .add(&BoostingParams::early_stopping,
               {.name = "early_stopping",
                .label = "Stop early",
                .help = "Ends when the loss on the validation rows has stopped falling, and keeps the best round's "
                        "trees. Needs validation rows.",
                .forkable = true})
          .add(&BoostingParams::patience,
               {.name = "patience",
                .label = "Patience",
                .help = "Ends after so many rounds without a better loss on the validation rows.",
                .valid = {1, 1e6},
                .search = {3, 50},
                .enabled_by = EnabledBy{"early_stopping", {"true"}},
                .unit = "rounds",
                .forkable = true})
          .add(&BoostingParams::tolerance, {.name = "tolerance",
                                            .label = "Tolerance",
                                            .help = "A loss counts as better when it is less by more than this.",
                                            .valid = {0, 1e6},
                                            .search = {1e-9, 1e-2},
                                            .scale = Scale::log,
                                            .enabled_by = EnabledBy{"early_stopping", {"true"}},
                                            .advanced = true,
                                            .forkable = true});
  return s;
}

BoostingLoss loss_of(const ProblemSet& problem, std::span<const std::int64_t> rows) {
  const Target& target = *problem.target;
  std::vector<std::int32_t> codes;
  std::vector<float> values;
  for (const std::int64_t row : rows) {
    const auto place = static_cast<std::size_t>(row);
    if (target.task == Task::classification)
      codes.push_back(target.codes[place]);
    else
      values.push_back(target.values[place]);
  }
  return {target.classes.size(), std::move(codes), std::move(values)};
}

/// Adds a round's trees to the raw scores of rows that were not learnt from.
void add_trees(const Features& features, std::span<const std::int64_t> rows,
               const std::vector<std::vector<TreeEnsemble::Split>>& trees,
               const std::vector<std::vector<float>>& values, std::vector<double>& raw) {
  constexpr std::size_t block = 128;
  const auto columns = static_cast<std::size_t>(features.columns());
  parallel_chunks(rows.size(), block, [&](std::size_t begin, std::size_t end, std::size_t) {
    std::vector<float> gathered(block * columns);
    for (std::size_t first = begin; first < end; first += block) {
      const std::size_t some = std::min(block, end - first);
      features.gather(rows.subspan(first, some), gathered.data());
      for (std::size_t i = 0; i < some; ++i) {
        const float* row = gathered.data() + i * columns;
        for (std::size_t tree = 0; tree < trees.size(); ++tree) {
          std::size_t at = 0;
          while (trees[tree][at].feature >= 0) {
            const TreeEnsemble::Split& split = trees[tree][at];
            const float value = row[split.feature];
            const bool left = std::isnan(value) ? split.missing_left : value <= split.threshold;
            at = static_cast<std::size_t>(left ? split.left : split.right);
          }
          raw[(first + i) * trees.size() + tree] += static_cast<double>(values[tree][at]);
        }
      }
    }
  });
}

class BoostingRun {
 public:
  BoostingRun(const ProblemSet& problem, const BoostingParams& params, RunContext& context)
      : problem_(problem),
        params_(params),
        context_(context),
        rows_(problem.features, problem.split.train, params.max_bins),
        loss_(loss_of(problem, problem.split.train)),
        validation_loss_(loss_of(problem, problem.split.validation)),
        scores_(loss_.scores()),
        base_(loss_.base()),
        ensemble_(std::make_shared<TreeEnsemble>(static_cast<std::int64_t>(scores_), false)),
        answers_(loss_.rows() * scores_),
        importances_(static_cast<std::size_t>(problem.features.columns())),
        views_(problem, context) {
    for (std::size_t row = 0; row < loss_.rows(); ++row) raw_.insert(raw_.end(), base_.begin(), base_.end());
    for (std::size_t row = 0; row < validation_loss_.rows(); ++row)
      validation_raw_.insert(validation_raw_.end(), base_.begin(), base_.end());
    // Trees of one round are independent of each other: where there are many, each has a thread of its own.
    by_class_ = scores_ >= static_cast<std::size_t>(threads());
    HistogramGrowth growth;
    growth.max_leaf_nodes = params.max_leaf_nodes.value_or(0);
    growth.max_depth = params.max_depth.value_or(0);
    growth.min_samples_leaf = params.min_samples_leaf;
    growth.l2 = params.l2_regularization;
    growth.parallel = !by_class_;
    const std::size_t growers = by_class_ ? chunk_count(scores_, 1) : 1;
    growth.memory /= growers;
    for (std::size_t i = 0; i < growers; ++i) growers_.emplace_back(rows_, growth);
  }

  std::unique_ptr<Model> run() {
    context_.on_change([this](const std::string& name, const Json& value) {
      if (name == "learning_rate") params_.learning_rate = value.get<double>();
    });
    if (context_.resume_from()) restore(*context_.resume_from());
    train_loss_ = loss_.evaluate(raw_, answers_);
    if (validation_loss_.rows() > 0 && step_ == 0) best_loss_ = validation_loss_.evaluate(validation_raw_, {});
    context_.on_save([this](std::int64_t) { return save(); });
    while (!ended_ && step_ < params_.max_iterations && context_.step(step_))
      if (!boost()) {
        context_.step(step_);  // stopped within a round, of which nothing is kept
        break;
      }
    if (!ended_) context_.all_done(step_);
    if (follows_validation() && best_step_ < step_ && !context_.stopped())
      ensemble_->keep(std::max<std::int64_t>(best_step_, 1) * static_cast<std::int64_t>(scores_));
    ensemble_->make_sums_exact();
    show(true, last_sentence_ + ending());
    return make_model();
  }

 private:
  bool follows_validation() const { return params_.early_stopping && validation_loss_.rows() > 0; }

  /// One round. False when stopped: nothing has changed.
  bool boost() {
    std::vector<HistogramTree> trees(scores_);
    std::vector<std::vector<TreeEnsemble::Split>> nodes(scores_);
    std::vector<std::vector<float>> values(scores_);
    const auto grow = [&](std::size_t score, HistogramGrower& grower) {
      std::vector<float> gradients(loss_.rows()), hessians(loss_.rows());
      loss_.derivatives(answers_, score, gradients, hessians);
      trees[score] = grower.grow(gradients, hessians, [this] { return context_.poll(); });
      for (const HistogramNode& node : trees[score].nodes) {
        nodes[score].push_back({node.feature, node.threshold, node.missing_left, node.left, node.right});
        double gradient = 0, hessian = params_.l2_regularization;
        if (node.feature < 0)
          for (std::size_t i = node.begin; i < node.end; ++i) {
            gradient += static_cast<double>(gradients[trees[score].rows[i]]);
            hessian += static_cast<double>(hessians[trees[score].rows[i]]);
          }
        constexpr double least = 1e-12;  // of classes that are certain already
        values[score].push_back(static_cast<float>(-params_.learning_rate * gradient / std::max(hessian, least)));
      }
    };
    if (by_class_)
      parallel_chunks(scores_, 1, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
        for (std::size_t score = begin; score < end; ++score) grow(score, growers_[chunk]);
      });
    else
      for (std::size_t score = 0; score < scores_; ++score) grow(score, growers_[0]);
    for (const HistogramTree& tree : trees)
      if (!tree.complete) return false;

    std::int64_t leaves = 0;
    for (std::size_t score = 0; score < scores_; ++score) {
      ensemble_->add(nodes[score], values[score], static_cast<std::int64_t>(score));
      for (std::size_t i = 0; i < nodes[score].size(); ++i) {
        const HistogramNode& node = trees[score].nodes[i];
        if (node.feature >= 0) {
          importances_[static_cast<std::size_t>(node.feature)] += node.gain;
          continue;
        }
        ++leaves;
        for (std::size_t at = node.begin; at < node.end; ++at)
          raw_[trees[score].rows[at] * scores_ + score] += static_cast<double>(values[score][i]);
      }
    }
    add_trees(problem_.features, problem_.split.validation, nodes, values, validation_raw_);
    ++step_;
    tell(leaves);
    return true;
  }

  void tell(std::int64_t leaves) {
    train_loss_ = loss_.evaluate(raw_, answers_);
    context_.scalar("train/loss", step_, train_loss_);
    last_sentence_ = "Round " + grouped(step_) + ": " +
                     (scores_ > 1 ? grouped(static_cast<std::int64_t>(scores_)) + " trees" : std::string("a tree")) +
                     " of " + grouped(leaves) + " leaves " + (scores_ > 1 ? "together" : "") +
                     (scores_ > 1 ? " correct" : "corrects") + " what was left; training loss " +
                     short_number(train_loss_);
    if (validation_loss_.rows() > 0) {
      const double loss = validation_loss_.evaluate(validation_raw_, {});
      context_.scalar("validation/loss", step_, loss);
      context_.scalar(problem_.target->task == Task::classification ? "validation/accuracy" : "validation/r2", step_,
                      validation_loss_.accuracy(validation_raw_));
      last_sentence_ += ", validation loss " + short_number(loss);
      if (loss < best_loss_ - params_.tolerance) {
        best_loss_ = loss;
        best_step_ = step_;
      }
      ended_ = params_.early_stopping && step_ - best_step_ >= params_.patience;
    }
    last_sentence_ += ".";
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    const bool last = ended_ || step_ == params_.max_iterations;
    context_.watch(
        "progress",
        [&]() -> Event {
          const double speed = seconds > 0 ? static_cast<double>(step_ - first_step_) / seconds : 0;
          return Progress{step_, last ? step_ : params_.max_iterations, speed, "rounds"};
        },
        last);
    show(false, last_sentence_);
  }

  std::string ending() const {
    if (!ended_) return {};
    return " Ended early: the validation loss has not fallen for " + std::to_string(params_.patience) +
           " rounds; the trees of the first " + grouped(std::max<std::int64_t>(best_step_, 1)) + " are kept.";
  }

  void show(bool last, const std::string& sentence) {
    context_.watch(
        "this-step",
        [&]() -> Event {
          return Text{"this-step", step_, sentence};
        },
        last);
    context_.watch(
        "residuals", [&] { return residuals(); }, last);
    context_.watch(
        "importance", [&] { return importance_view(problem_, shares(), step_); }, last);
    views_.show(step_, last, [this] { return std::shared_ptr<const Model>(make_model()); });
  }

  /// What the trees so far have left unexplained, of the training rows: the next tree's task.
  Event residuals() const {
    if (problem_.target->task == Task::classification) return left_probabilities();
    constexpr std::size_t most = 2000;
    const auto& rows = problem_.split.train;
    auto points = std::make_shared<Points>();
    auto xy = std::make_shared<std::vector<float>>();
    auto shown = std::make_shared<std::vector<std::int64_t>>();
    const std::size_t count = std::min(most, rows.size());
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = i * rows.size() / count;
      shown->push_back(rows[at]);
      xy->push_back(static_cast<float>(raw_[at]));
      xy->push_back(static_cast<float>(
          static_cast<double>(problem_.target->values[static_cast<std::size_t>(rows[at])]) - raw_[at]));
    }
    points->view = "residuals";
    points->title = "Residuals of the training rows";
    points->step = step_;
    points->x_label = "predicted";
    points->y_label = "true minus predicted";
    points->group.assign(count, 0);
    points->group_names = {"train"};
    points->xy = std::move(xy);
    points->rows = std::move(shown);
    return std::shared_ptr<const Points>(std::move(points));
  }

  Event left_probabilities() const {
    constexpr std::size_t bins = 20;
    auto chart = std::make_shared<Chart>();
    chart->view = "residuals";
    chart->title = "What is left to learn";
    chart->step = step_;
    chart->part = "train";
    chart->kind = Chart::Kind::bars;
    chart->x_label = "1 - probability of the true class";
    chart->y_label = "Share of the rows";
    Chart::Line line;
    line.name = "rows";
    std::vector<double> counts(bins);
    for (std::size_t row = 0; row < loss_.rows(); ++row) {
      const auto code =
          static_cast<std::size_t>(problem_.target->codes[static_cast<std::size_t>(problem_.split.train[row])]);
      const float own = scores_ > 1 ? answers_[row * scores_ + code] : code == 1 ? answers_[row] : 1 - answers_[row];
      ++counts[std::min(bins - 1, static_cast<std::size_t>(static_cast<float>(bins) * std::max(0.0F, 1 - own)))];
    }
    for (std::size_t i = 0; i < bins; ++i) {
      line.x.push_back((static_cast<double>(i) + 0.5) / bins);
      line.y.push_back(counts[i] / static_cast<double>(loss_.rows()));
    }
    chart->lines.push_back(std::move(line));
    return std::shared_ptr<const Chart>(std::move(chart));
  }

  std::vector<double> shares() const {
    std::vector<double> result = importances_;
    double sum = 0;
    for (const double share : result) sum += share;
    if (sum > 0)
      for (double& share : result) share /= sum;
    return result;
  }

  std::unique_ptr<Model> make_model() const {
    return std::make_unique<TreeModel>(problem_.target->task, ensemble_, TreeModel::Combine::scores,
                                       std::vector<float>(base_.begin(), base_.end()));
  }

  State save() const {
    State state;
    ensemble_->save(state);
    state.header["learning_rate"] = params_.learning_rate;
    state.header["best_step"] = best_step_;
    state.header["best_loss"] = std::isfinite(best_loss_) ? Json(best_loss_) : Json();
    state.header["ended"] = ended_;
    const auto add = [&](const char* name, const std::vector<double>& numbers) {
      state.arrays.push_back(
          state_array(name, "F64", {static_cast<std::int64_t>(numbers.size())}, numbers.data(), numbers.size()));
    };
    add("raw", raw_);
    add("validation_raw", validation_raw_);
    add("importances", importances_);
    return state;
  }

  void restore(const State& state) {
    ensemble_->restore(state, problem_.features.columns());
    if (ensemble_->trees() != state.step * static_cast<std::int64_t>(scores_))
      throw Error("The checkpoint does not fit this experiment: it has " + std::to_string(ensemble_->trees()) +
                  " trees after round " + std::to_string(state.step));
    params_.learning_rate = header_field(state, "learning_rate").get<double>();
    best_step_ = header_field(state, "best_step").get<std::int64_t>();
    const Json& best = header_field(state, "best_loss");
    best_loss_ = best.is_null() ? std::numeric_limits<double>::infinity() : best.get<double>();
    ended_ = header_field(state, "ended").get<bool>();
    if (best_step_ < 0 || best_step_ > state.step)
      throw Error("The checkpoint does not fit this experiment: its best round is " + std::to_string(best_step_));
    read_array(state, "raw", raw_.data(), raw_.size());
    read_array(state, "validation_raw", validation_raw_.data(), validation_raw_.size());
    read_array(state, "importances", importances_.data(), importances_.size());
    step_ = first_step_ = state.step;
  }

  const ProblemSet& problem_;
  BoostingParams params_;
  RunContext& context_;
  BinnedRows rows_;
  BoostingLoss loss_, validation_loss_;
  std::size_t scores_;
  std::vector<double> base_;
  std::shared_ptr<TreeEnsemble> ensemble_;
  std::vector<HistogramGrower> growers_;  ///< one per thread that grows whole trees
  bool by_class_ = false;
  std::vector<double> raw_, validation_raw_;  ///< rows x scores
  std::vector<float> answers_;                ///< of raw_: probabilities or values
  std::vector<double> importances_;           ///< sum of the gains
  ModelViews views_;
  double train_loss_ = 0;
  double best_loss_ = std::numeric_limits<double>::infinity();  ///< of the validation rows
  std::int64_t best_step_ = 0;
  bool ended_ = false;
  std::string last_sentence_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::int64_t step_ = 0, first_step_ = 0;  ///< rounds; those before this session
};

void check(const ProblemSet& problem, const Json&) {
  constexpr std::size_t most_rows = std::size_t{1} << 26;
  if (problem.split.train.size() >= most_rows)
    throw ParamError("There are " + std::to_string(problem.split.train.size()) +
                         " training rows, more than gradient boosting counts with; train on fewer",
                     "split", "at most " + std::to_string(most_rows - 1) + " training rows");
  const MatrixF* values = problem.features.matrix();
  if (!values) return;
  for (const std::int64_t row : problem.split.train)
    for (Eigen::Index column = 0; column < values->cols(); ++column)
      if (std::isinf((*values)(row, column)))
        throw DataError("Row " + std::to_string(row + 1) + " has an infinite number in feature \"" +
                        feature_name(problem, static_cast<std::size_t>(column)) +
                        "\": correct it, or leave it empty, as missing values can be learnt from");
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return BoostingRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo gradient_boosting_algorithm() {
  AlgorithmInfo info;
  info.id = "gradient_boosting";
  info.label = "Gradient boosting";
  info.family = "Trees and ensembles";
  info.help =
      "Small trees that follow each other, each correcting what those before it got wrong. Often the best there is for "
      "tables; takes missing values as they are and stops by itself when it no longer improves.";
  info.citation =
      "J. Friedman (2001), Greedy function approximation: a gradient boosting machine. G. Ke et al. (2017), LightGBM: "
      "a "
      "highly efficient gradient boosting decision tree.";
  info.tasks = {Task::classification, Task::regression};
  info.params = schema().specs();
  info.headline = "accuracy";
  info.check = check;
  info.fit = fit;
  info.takes_missing = true;
  return info;
}

}  // namespace gb
