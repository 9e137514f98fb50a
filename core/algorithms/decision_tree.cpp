#include <memory>

#include "core/algorithms/algorithm.hpp"
#include "core/algorithms/tree_fit.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/importance.hpp"
#include "core/evaluate/model_views.hpp"

namespace gb {
namespace {

struct DecisionTreeParams : TreeParams {
  double ccp_alpha = 0;
};

const Schema<DecisionTreeParams>& schema() {
  static const auto s = with_tree_fields(Schema<DecisionTreeParams>{}, "Automatic: all of them.")
                            .add(&DecisionTreeParams::ccp_alpha,
                                 {.name = "ccp_alpha",
                                  .label = "Pruning",
                                  .help = "What a leaf costs. When the tree is grown, branches that gain less than "
                                          "their leaves cost are cut off; 0 cuts nothing.",
                                  .valid = {0, 1e300},
                                  .search = {0, 0.05}});
  return s;
}

TreeGrowth growth(const ProblemSet& problem, const TreeParams& params) {
  TreeGrowth result = growth_of(problem, params, FeatureChoice::all);
  // The same tree as depth first, but what matters most is to be seen first.
  result.best_first = true;
  result.parallel = true;
  return result;
}

/// One tree, grown split by split.
class DecisionTreeRun {
 public:
  DecisionTreeRun(const ProblemSet& problem, const DecisionTreeParams& params, RunContext& context)
      : problem_(problem),
        params_(params),
        context_(context),
        columns_(problem.features, problem.split.train),
        learnt_(problem, params),
        growth_(growth(problem, params)),
        grower_(columns_, learnt_.target, growth_, all_rows(learnt_.target, columns_.rows()), context.random(1),
                [&context] { return context.poll(); }),
        views_(problem, context) {}

  std::unique_ptr<Model> run() {
    bool begun = context_.resume_from() ? restore(*context_.resume_from()) : grower_.begin();
    context_.on_save([this](std::int64_t) { return save(); });
    while (begun && context_.step(step_)) {
      const double before = grower_.impurity();
      const auto node = grower_.split();
      if (node && *node < 0) break;
      ++step_;
      if (node) tell(*node, before);
    }
    if (!context_.stopped()) prune();
    show(true, "Leaves: " + grouped(static_cast<std::int64_t>(grower_.leaves())) + ", depth " +
                   std::to_string(depth()) + ", impurity left " + short_number(grower_.impurity()) + "." + pruned_);
    return model();
  }

 private:
  void tell(std::int32_t node, double before) {
    context_.scalar("train/impurity", step_, grower_.impurity());
    context_.scalar("train/leaves", step_, static_cast<double>(grower_.leaves()));
    const GrownNode& split = grower_.nodes()[static_cast<std::size_t>(node)];
    const auto rows_of = [&](std::int32_t child) {
      return grouped(grower_.nodes()[static_cast<std::size_t>(child)].rows);
    };
    context_.watch("progress", [&]() -> Event { return Progress{step_, 0, 0, "splits"}; });
    show(false, "Split " + grouped(step_) + ": " + question_text(problem_, split.feature, split.threshold) + " parts " +
                    grouped(split.rows) + " rows into " + rows_of(split.left) + " and " + rows_of(split.right) +
                    "; the tree's impurity falls from " + short_number(before) + " to " +
                    short_number(grower_.impurity()) + ".");
  }

  void show(bool last, const std::string& sentence) {
    context_.watch(
        "this-step",
        [&]() -> Event {
          return Text{"this-step", step_, sentence};
        },
        last);
    context_.watch(
        "tree", [&]() -> Event { return tree_view(problem_, grower_, learnt_.mean, step_, "The tree so far"); }, last);
    context_.watch(
        "importance", [&] { return importance_view(problem_, shares(), step_); }, last);
    views_.show(step_, last, [this] { return std::shared_ptr<const Model>(model()); });
    if (last) context_.progress(step_, step_, 0, "splits");
  }

  std::vector<double> shares() const {
    std::vector<double> importances = grower_.importances();
    double sum = 0;
    for (const double importance : importances) sum += importance;
    if (sum > 0)
      for (double& importance : importances) importance /= sum;
    return importances;
  }

  void prune() {
    if (params_.ccp_alpha <= 0) return;
    const auto leaves = static_cast<std::int64_t>(grower_.leaves());
    grower_.prune(params_.ccp_alpha);
    pruned_ = " Pruning took the tree from " + grouped(leaves) + " leaves to these.";
    context_.scalar("train/impurity", step_, grower_.impurity());
    context_.scalar("train/leaves", step_, static_cast<double>(grower_.leaves()));
  }

  int depth() const {
    int deepest = 0;
    for (const GrownNode& node : grower_.nodes()) deepest = std::max(deepest, node.depth);
    return deepest;
  }

  std::unique_ptr<Model> model() const {
    auto ensemble = std::make_shared<TreeEnsemble>(static_cast<std::int64_t>(grower_.width()), true);
    add_tree(*ensemble, grower_, learnt_.mean);
    return std::make_unique<TreeModel>(problem_.target->task, std::move(ensemble), TreeModel::Combine::average);
  }

  State save() const {
    std::vector<std::int32_t> features, lefts;
    std::vector<float> thresholds;
    for (const GrownNode& node : grower_.nodes()) {
      features.push_back(node.feature);
      lefts.push_back(node.left);
      thresholds.push_back(node.threshold);
    }
    const auto count = static_cast<std::int64_t>(features.size());
    State state;
    state.header = {{"nodes", count}};
    state.arrays = {state_array("features", "I32", {count}, features.data(), features.size()),
                    state_array("lefts", "I32", {count}, lefts.data(), lefts.size()),
                    state_array("thresholds", "F32", {count}, thresholds.data(), thresholds.size())};
    return state;
  }

  bool restore(const State& state) {
    const auto count = header_field(state, "nodes").get<std::int64_t>();
    // A tree has fewer than two nodes per row.
    if (count < 1 || count > 2 * static_cast<std::int64_t>(columns_.rows()))
      throw Error("The checkpoint does not fit this experiment: it has " + std::to_string(count) + " nodes");
    const auto size = static_cast<std::size_t>(count);
    std::vector<std::int32_t> features(size), lefts(size);
    std::vector<float> thresholds(size);
    read_array(state, "features", features.data(), size);
    read_array(state, "lefts", lefts.data(), size);
    read_array(state, "thresholds", thresholds.data(), size);
    std::vector<GrownNode> nodes(size);
    for (std::size_t i = 0; i < size; ++i) {
      nodes[i].feature = features[i];
      nodes[i].left = lefts[i];
      nodes[i].threshold = thresholds[i];
    }
    step_ = state.step;
    return grower_.replay(nodes);
  }

  const ProblemSet& problem_;
  const DecisionTreeParams params_;
  RunContext& context_;
  TreeColumns columns_;
  TreeProblem learnt_;
  TreeGrowth growth_;
  TreeGrower grower_;
  ModelViews views_;
  std::int64_t step_ = 0;
  std::string pruned_;
};

void check(const ProblemSet& problem, const Json& params) {
  check_tree_params(problem, schema().read(params, "algorithm.params"));
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return DecisionTreeRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo decision_tree_algorithm() {
  AlgorithmInfo info;
  info.id = "decision_tree";
  info.label = "Decision tree";
  info.family = "Trees and ensembles";
  info.help =
      "Asks one question after the other, each whether a feature is at most some number, and answers with what the "
      "rows "
      "were that came the same way. Easy to read, needs no scaling; a deep tree learns rows by heart.";
  info.citation =
      "L. Breiman, J. Friedman, R. Olshen, C. Stone (1984), Classification and regression trees. J. R. Quinlan (1986), "
      "Induction of decision trees.";
  info.tasks = {Task::classification, Task::regression};
  info.params = schema().specs();
  info.headline = "accuracy";
  info.check = check;
  info.fit = fit;
  return info;
}

}  // namespace gb
