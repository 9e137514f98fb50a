#include "core/algorithms/tree_fit.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/base/text.hpp"
#include "core/evaluate/importance.hpp"

namespace gb {
namespace {

constexpr std::size_t most_shown_nodes = 511;
constexpr std::size_t most_told_classes = 5;

std::string criterion_name(Impurity impurity) {
  return impurity == Impurity::gini ? "gini" : impurity == Impurity::entropy ? "entropy" : "squared error";
}

std::size_t majority(std::span<const float> shares) {
  return static_cast<std::size_t>(std::max_element(shares.begin(), shares.end()) - shares.begin());
}

std::string class_shares(const Target& target, std::span<const float> shares) {
  std::vector<std::size_t> order(shares.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return shares[a] > shares[b]; });
  std::string text;
  for (std::size_t i = 0; i < std::min(order.size(), most_told_classes) && shares[order[i]] > 0; ++i)
    text += (i ? ", " : "") + target.classes[order[i]] + " " +
            short_number(100 * static_cast<double>(shares[order[i]])) + " %";
  return text;
}

}  // namespace

void check_tree_params(const ProblemSet& problem, const TreeParams& params) {
  const bool classes = problem.target->task == Task::classification;
  if (params.criterion && (*params.criterion == Impurity::squared_error) == classes)
    throw ParamError("criterion is " + criterion_name(*params.criterion) + ", but the target '" + problem.target->name +
                         "' " + (classes ? "has classes" : "is a number"),
                     "algorithm.params.criterion", classes ? "gini, entropy, or null" : "squared_error, or null");
  if (!classes && params.class_weight != ClassWeight::none)
    throw ParamError("class_weight is balanced, but the target '" + problem.target->name + "' is a number",
                     "algorithm.params.class_weight", "none");
  constexpr std::size_t most_classes = 65535;
  if (problem.target->classes.size() > most_classes)
    throw ParamError("The target '" + problem.target->name + "' has more than 65535 classes", "data.target",
                     "a column with fewer classes");
  require_finite(problem);
}

TreeProblem::TreeProblem(const ProblemSet& problem, const TreeParams& params) {
  const auto& rows = problem.split.train;
  const Target& from = *problem.target;
  if (from.task == Task::regression) {
    for (const std::int64_t row : rows) mean += static_cast<double>(from.values[static_cast<std::size_t>(row)]);
    mean /= static_cast<double>(rows.size());
    for (const std::int64_t row : rows)
      target.values.push_back(static_cast<double>(from.values[static_cast<std::size_t>(row)]) - mean);
    return;
  }
  target.classes = from.classes.size();
  target.class_weights.assign(target.classes, 1.0);
  std::vector<double> counts(target.classes);
  for (const std::int64_t row : rows) {
    target.codes.push_back(static_cast<std::uint16_t>(from.codes[static_cast<std::size_t>(row)]));
    ++counts[target.codes.back()];
  }
  if (params.class_weight == ClassWeight::none) return;
  const auto present = static_cast<double>(std::count_if(counts.begin(), counts.end(), [](double n) { return n > 0; }));
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0) target.class_weights[i] = static_cast<double>(rows.size()) / (present * counts[i]);
}

TreeGrowth growth_of(const ProblemSet& problem, const TreeParams& params, FeatureChoice automatic) {
  TreeGrowth growth;
  const bool classes = problem.target->task == Task::classification;
  growth.impurity = params.criterion.value_or(classes ? Impurity::gini : Impurity::squared_error);
  growth.max_depth = params.max_depth.value_or(0);
  growth.min_samples_split = params.min_samples_split;
  growth.min_samples_leaf = params.min_samples_leaf;
  growth.max_leaf_nodes = params.max_leaf_nodes.value_or(0);
  growth.min_impurity_decrease = params.min_impurity_decrease;
  const auto count = static_cast<double>(problem.features.columns());
  double drawn = count;
  switch (params.max_features.value_or(automatic)) {
    case FeatureChoice::all:
      break;
    case FeatureChoice::sqrt:
      drawn = std::sqrt(count);
      break;
    case FeatureChoice::log2:
      drawn = std::log2(count);
      break;
    case FeatureChoice::share:
      drawn = count * params.max_features_share;
      break;
  }
  growth.features = static_cast<std::size_t>(std::max(1.0, drawn));
  growth.best_first = growth.max_leaf_nodes > 0;
  return growth;
}

std::vector<TreeRow> all_rows(const TreeTarget& target, std::size_t rows) {
  std::vector<TreeRow> list(rows);
  for (std::size_t i = 0; i < rows; ++i)
    list[i] = {static_cast<std::uint32_t>(i), 1, target.classes > 0 ? target.codes[i] : std::uint16_t{0}};
  return list;
}

void add_tree(TreeEnsemble& ensemble, const TreeGrower& grown, double shift) {
  std::vector<TreeEnsemble::Split> nodes;
  nodes.reserve(grown.nodes().size());
  for (const GrownNode& node : grown.nodes()) {
    TreeEnsemble::Split split;
    if (node.left >= 0) {
      const auto& left = grown.nodes()[static_cast<std::size_t>(node.left)];
      split = {node.feature, node.threshold, 2 * left.rows > node.rows, node.left, node.right};
    }
    nodes.push_back(split);
  }
  if (shift == 0) {
    ensemble.add(nodes, grown.values());
    return;
  }
  std::vector<float> values(grown.values().begin(), grown.values().end());
  for (float& value : values) value = static_cast<float>(static_cast<double>(value) + shift);
  ensemble.add(nodes, values);
}

std::string question_text(const ProblemSet& problem, std::int32_t feature, float threshold) {
  return feature_name(problem, static_cast<std::size_t>(feature)) +
         " <= " + short_number(static_cast<double>(threshold));
}

std::shared_ptr<const Tree> tree_view(const ProblemSet& problem, const TreeGrower& grown, double mean,
                                      std::int64_t step, const std::string& title) {
  const Target& target = *problem.target;
  const bool classes = target.task == Task::classification;
  auto view = std::make_shared<Tree>();
  view->view = "tree";
  view->title = title;
  view->step = step;
  if (classes) view->group_names = target.classes;
  // Nodes are numbered in the order of their splits, children in pairs: the first ones are a tree of their own.
  const std::size_t count = std::min(grown.nodes().size(), most_shown_nodes);
  const double root_impurity = grown.nodes()[0].impurity;
  for (std::size_t i = 0; i < count; ++i) {
    const GrownNode& node = grown.nodes()[i];
    const auto values = grown.values(static_cast<std::int32_t>(i));
    Tree::Node shown;
    shown.parent = node.parent;
    shown.rows = node.rows;
    const std::string answer =
        classes ? target.classes[majority(values)] : short_number(static_cast<double>(values[0]) + mean);
    shown.label = node.left >= 0 ? question_text(problem, node.feature, node.threshold) : answer;
    shown.detail = grouped(node.rows) + (node.rows == 1 ? " row: " : " rows: ") +
                   (classes ? class_shares(target, values) : "mean " + answer) + "; impurity " +
                   short_number(node.impurity);
    if (classes) {
      shown.group = static_cast<std::int32_t>(majority(values));
      const float even = 1 / static_cast<float>(values.size());
      shown.purity = values.size() > 1 ? (values[majority(values)] - even) / (1 - even) : 1;
    } else {
      shown.purity =
          root_impurity > 0 ? static_cast<float>(std::clamp(1 - node.impurity / root_impurity, 0.0, 1.0)) : 1;
    }
    view->nodes.push_back(std::move(shown));
  }
  return view;
}

}  // namespace gb
