#include "core/algorithms/forest_fit.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/importance.hpp"
#include "core/evaluate/model_views.hpp"

namespace gb {
namespace {

/// What a forest said so far of some rows: sums over the trees that were asked about each.
class Votes {
 public:
  Votes(std::size_t rows, std::size_t width) : width_(width), sums_(rows * width), counts_(rows) {}

  void add(std::size_t row, const float* values) {
    double* to = sums_.data() + row * width_;
    for (std::size_t i = 0; i < width_; ++i) to[i] += static_cast<double>(values[i]);
    ++counts_[row];
  }

  /// Accuracy or r2 over the rows that some tree was asked about; NaN without any.
  double score(const TreeTarget& target) const {
    double right = 0, asked = 0, squares = 0, sum = 0, sum_squares = 0;
    for (std::size_t row = 0; row < counts_.size(); ++row) {
      if (counts_[row] == 0) continue;
      const double* votes = sums_.data() + row * width_;
      ++asked;
      if (target.classes > 0) {
        right += static_cast<std::size_t>(std::max_element(votes, votes + width_) - votes) == target.codes[row];
        continue;
      }
      const double truth = target.values[row], miss = truth - votes[0] / counts_[row];
      squares += miss * miss;
      sum += truth;
      sum_squares += truth * truth;
    }
    if (asked == 0) return std::numeric_limits<double>::quiet_NaN();
    if (target.classes > 0) return right / asked;
    const double spread = sum_squares - sum * sum / asked;
    return spread > 0 ? 1 - squares / spread : std::numeric_limits<double>::quiet_NaN();
  }

  void save(State& state, const std::string& name) const {
    const auto rows = static_cast<std::int64_t>(counts_.size());
    state.arrays.push_back(
        state_array(name + "_sums", "F64", {rows, static_cast<std::int64_t>(width_)}, sums_.data(), sums_.size()));
    state.arrays.push_back(state_array(name + "_counts", "I32", {rows}, counts_.data(), counts_.size()));
  }
  void restore(const State& state, const std::string& name) {
    read_array(state, name + "_sums", sums_.data(), sums_.size());
    read_array(state, name + "_counts", counts_.data(), counts_.size());
  }

 private:
  std::size_t width_;
  std::vector<double> sums_;
  std::vector<std::int32_t> counts_;
};

/// A tree that has grown, and which leaf the rows it did not learn from come to.
struct GrownTree {
  std::unique_ptr<TreeGrower> grower;
  std::vector<std::pair<std::uint32_t, std::int32_t>> out_of_bag, validation;  ///< row, node
  bool complete = false;
};

std::int32_t leaf_of(const TreeGrower& grower, const TreeColumns& columns, std::size_t row) {
  const auto& nodes = grower.nodes();
  std::int32_t at = 0;
  while (nodes[static_cast<std::size_t>(at)].left >= 0) {
    const GrownNode& node = nodes[static_cast<std::size_t>(at)];
    at = columns.value(static_cast<std::size_t>(node.feature), row) <= node.threshold ? node.left : node.right;
  }
  return at;
}

/// Validation rows that have a class or a value.
TreeTarget target_of(const ProblemSet& problem, std::span<const std::int64_t> rows, double mean) {
  TreeTarget target;
  target.classes = problem.target->classes.size();
  for (const std::int64_t row : rows) {
    const auto place = static_cast<std::size_t>(row);
    if (target.classes > 0)
      target.codes.push_back(static_cast<std::uint16_t>(problem.target->codes[place]));
    else
      target.values.push_back(static_cast<double>(problem.target->values[place]) - mean);
  }
  return target;
}

class ForestRun {
 public:
  ForestRun(const ProblemSet& problem, const ForestParams& params, bool random_thresholds, RunContext& context)
      : problem_(problem),
        params_(params),
        context_(context),
        columns_(problem.features, problem.split.train),
        validation_columns_(problem.features, problem.split.validation),
        learnt_(problem, params),
        validation_target_(target_of(problem, problem.split.validation, learnt_.mean)),
        growth_(growth_of(problem, params, learnt_.target.classes > 0 ? FeatureChoice::sqrt : FeatureChoice::all)),
        width_(std::max<std::size_t>(learnt_.target.classes, 1)),
        out_of_bag_(scores_out_of_bag() ? columns_.rows() : 0, width_),
        validation_(validation_columns_.rows(), width_),
        ensemble_(std::make_shared<TreeEnsemble>(static_cast<std::int64_t>(width_), learnt_.target.classes > 0)),
        importances_(columns_.columns()),
        views_(problem, context) {
    growth_.random_thresholds = random_thresholds;
  }

  std::unique_ptr<Model> run() {
    if (context_.resume_from()) restore(*context_.resume_from());
    context_.on_save([this](std::int64_t) { return save(); });
    while (step_ < params_.estimators && context_.step(step_)) {
      if (waiting_.empty()) grow_some();
      GrownTree tree = std::move(waiting_.front());
      waiting_.erase(waiting_.begin());
      if (!tree.complete) {
        // Stopped while it grew. step() keeps the checkpoint.
        waiting_.clear();
        context_.step(step_);
        break;
      }
      take(tree);
    }
    if (step_ == 0) return nullptr;
    context_.all_done(step_);
    waiting_.clear();
    ensemble_->make_sums_exact();
    auto model = make_model();
    if (!context_.stopped()) permute(*model);
    show(true, last_sentence_);
    return model;
  }

 private:
  bool scores_out_of_bag() const { return params_.bootstrap && params_.oob_score; }

  /// The rows that a tree learns from.
  std::vector<TreeRow> rows_of(std::int64_t tree) const {
    if (!params_.bootstrap) return all_rows(learnt_.target, columns_.rows());
    Random random = context_.random(2 * static_cast<std::uint64_t>(tree) + 1);
    std::vector<std::uint16_t> drawn(columns_.rows());
    for (std::size_t i = 0; i < drawn.size(); ++i) ++drawn[random.below(drawn.size())];
    std::vector<TreeRow> rows;
    rows.reserve(drawn.size() * 2 / 3);
    for (std::size_t i = 0; i < drawn.size(); ++i)
      if (drawn[i] > 0)
        rows.push_back({static_cast<std::uint32_t>(i), drawn[i],
                        learnt_.target.classes > 0 ? learnt_.target.codes[i] : std::uint16_t{0}});
    return rows;
  }

  /// A tree per thread; they are told of one by one.
  void grow_some() {
    const auto some = std::min<std::int64_t>(threads(), params_.estimators - step_);
    waiting_.resize(static_cast<std::size_t>(some));
    parallel_chunks(waiting_.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
      for (std::size_t i = begin; i < end; ++i) grow(step_ + static_cast<std::int64_t>(i), waiting_[i]);
    });
  }

  void grow(std::int64_t number, GrownTree& tree) {
    auto rows = rows_of(number);
    std::vector<std::uint8_t> learnt;
    if (scores_out_of_bag()) {
      learnt.resize(columns_.rows());
      for (const TreeRow& row : rows) learnt[row.position] = 1;
    }
    tree.grower = std::make_unique<TreeGrower>(columns_, learnt_.target, growth_, std::move(rows),
                                               context_.random(2 * static_cast<std::uint64_t>(number) + 2),
                                               [this] { return context_.poll(); });
    tree.complete = tree.grower->grow();
    if (!tree.complete) return;
    for (std::size_t row = 0; row < learnt.size(); ++row)
      if (!learnt[row]) tree.out_of_bag.emplace_back(row, leaf_of(*tree.grower, columns_, row));
    for (std::size_t row = 0; row < validation_columns_.rows(); ++row)
      tree.validation.emplace_back(row, leaf_of(*tree.grower, validation_columns_, row));
  }

  void take(const GrownTree& tree) {
    const TreeGrower& grower = *tree.grower;
    add_tree(*ensemble_, grower, 0);
    std::vector<double> found = grower.importances();
    double sum = 0;
    for (const double importance : found) sum += importance;
    for (std::size_t i = 0; i < found.size() && sum > 0; ++i) importances_[i] += found[i] / sum;
    for (const auto& [row, node] : tree.out_of_bag) out_of_bag_.add(row, grower.values(node).data());
    for (const auto& [row, node] : tree.validation) validation_.add(row, grower.values(node).data());
    ++step_;
    tell(grower);
  }

  void tell(const TreeGrower& grower) {
    int depth = 0;
    for (const GrownNode& node : grower.nodes()) depth = std::max(depth, node.depth);
    last_sentence_ = "Tree " + grouped(step_) + " of " + grouped(params_.estimators) + ": " +
                     grouped(static_cast<std::int64_t>(grower.leaves())) + " leaves, depth " + std::to_string(depth) +
                     ".";
    const std::string metric = learnt_.target.classes > 0 ? "accuracy" : "r2";
    const auto score = [&](const Votes& votes, const TreeTarget& target, const std::string& part,
                           const std::string& words) {
      const double value = votes.score(target);
      if (std::isnan(value)) return;
      context_.scalar(part + "/" + metric, step_, value);
      last_sentence_ += " " + words + " " + metric + " of all so far: " + short_number(value) + ".";
    };
    if (scores_out_of_bag()) score(out_of_bag_, learnt_.target, "oob", "Out-of-bag");
    score(validation_, validation_target_, "validation", "Validation");
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    context_.watch(
        "progress",
        [&]() -> Event {
          const double speed = seconds > 0 ? static_cast<double>(step_ - first_step_) / seconds : 0;
          return Progress{step_, params_.estimators, speed, "trees"};
        },
        step_ == params_.estimators);
    context_.watch(
        "tree", [&]() -> Event { return tree_view(problem_, grower, learnt_.mean, step_, "Tree " + grouped(step_)); });
    show(false, last_sentence_);
  }

  void show(bool last, const std::string& sentence) {
    context_.watch(
        "this-step",
        [&]() -> Event {
          return Text{"this-step", step_, sentence};
        },
        last);
    context_.watch(
        "importance", [&] { return importance_view(problem_, shares(), step_); }, last);
    views_.show(step_, last, [this] { return std::shared_ptr<const Model>(make_model()); });
  }

  std::vector<double> shares() const {
    std::vector<double> result = importances_;
    for (double& share : result) share /= static_cast<double>(std::max<std::int64_t>(step_, 1));
    return result;
  }

  void permute(const Model& model) {
    if (params_.permutation_repeats == 0) return;
    const auto features = most_important(importances_);
    const auto losses = permutation_importance(model, problem_, features, params_.permutation_repeats, context_.seed(),
                                               [this] { return context_.poll(); });
    if (!losses.empty()) context_.publish(permutation_view(problem_, features, losses, step_));
  }

  std::unique_ptr<Model> make_model() const {
    std::vector<float> base;
    if (learnt_.target.classes == 0) base = {static_cast<float>(learnt_.mean)};
    return std::make_unique<TreeModel>(problem_.target->task, ensemble_, TreeModel::Combine::average, std::move(base));
  }

  State save() const {
    State state;
    ensemble_->save(state);
    state.arrays.push_back(state_array("importances", "F64", {static_cast<std::int64_t>(importances_.size())},
                                       importances_.data(), importances_.size()));
    out_of_bag_.save(state, "out_of_bag");
    validation_.save(state, "validation");
    return state;
  }

  void restore(const State& state) {
    ensemble_->restore(state, problem_.features.columns());
    if (ensemble_->trees() != state.step || state.step > params_.estimators)
      throw Error("The checkpoint does not fit this experiment: it has " + std::to_string(ensemble_->trees()) +
                  " trees after step " + std::to_string(state.step));
    read_array(state, "importances", importances_.data(), importances_.size());
    out_of_bag_.restore(state, "out_of_bag");
    validation_.restore(state, "validation");
    step_ = first_step_ = state.step;
  }

  const ProblemSet& problem_;
  const ForestParams params_;
  RunContext& context_;
  TreeColumns columns_, validation_columns_;
  TreeProblem learnt_;
  TreeTarget validation_target_;
  TreeGrowth growth_;
  std::size_t width_;
  Votes out_of_bag_, validation_;
  std::shared_ptr<TreeEnsemble> ensemble_;
  std::vector<double> importances_;  ///< sum over the trees of their shares
  ModelViews views_;
  std::vector<GrownTree> waiting_;  ///< grown ahead, not told of yet
  std::string last_sentence_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::int64_t step_ = 0, first_step_ = 0;  ///< trees; those before this session
};

}  // namespace

void check_forest(const ProblemSet& problem, const ForestParams& params) {
  check_tree_params(problem, params);
}

std::unique_ptr<Model> fit_forest(const ProblemSet& problem, const ForestParams& params, bool random_thresholds,
                                  RunContext& context) {
  return ForestRun(problem, params, random_thresholds, context).run();
}

}  // namespace gb
