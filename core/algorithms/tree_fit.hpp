#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/events/events.hpp"
#include "core/model/tree_ensemble.hpp"
#include "core/params/schema.hpp"
#include "core/train/class_rows.hpp"
#include "core/train/tree_grower.hpp"

// What a single tree and forests have in common.

namespace gb {

enum class FeatureChoice { all, sqrt, log2, share };
struct TreeParams {
  std::optional<Impurity> criterion;
  std::optional<int> max_depth;
  int min_samples_split = 2;
  int min_samples_leaf = 1;
  std::optional<int> max_leaf_nodes;
  double min_impurity_decrease = 0;
  std::optional<FeatureChoice> max_features;
  double max_features_share = 0.5;
  ClassWeight class_weight = ClassWeight::none;
};

/// Adds the fields of TreeParams. `automatic_features` says what max_features is by itself.
template <class T>
Schema<T> with_tree_fields(Schema<T>&& schema, const std::string& automatic_features) {
  return std::move(schema)
      .add(&TreeParams::criterion,
           {.name = "criterion",
            .label = "Criterion",
            .help = "What a split is to lessen. Automatic: gini for classes, squared error for numbers.",
            .choices = {{"gini", "Gini", "How often two rows of a node would differ in class."},
                        {"entropy", "Entropy", "The bits needed to tell a row's class."},
                        {"squared_error", "Squared error", "The variance of the numbers in a node."}}})
      .add(&TreeParams::max_depth, {.name = "max_depth",
                                    .label = "Depth at most",
                                    .help = "Questions asked of a row at most. Automatic: as many as it takes; fewer "
                                            "keep the tree from learning rows by heart.",
                                    .valid = {1, 10000},
                                    .search = {1, 30},
                                    .scale = Scale::log})
      .add(&TreeParams::min_samples_split, {.name = "min_samples_split",
                                            .label = "Rows to split",
                                            .help = "A node of fewer rows stays a leaf. More make a simpler tree.",
                                            .valid = {2, 1e9},
                                            .search = {2, 100},
                                            .scale = Scale::log})
      .add(&TreeParams::min_samples_leaf, {.name = "min_samples_leaf",
                                           .label = "Rows in a leaf",
                                           .help = "A split must leave this many rows on either side. More make a "
                                                   "smoother, simpler tree.",
                                           .valid = {1, 1e9},
                                           .search = {1, 50},
                                           .scale = Scale::log})
      .add(&TreeParams::max_leaf_nodes, {.name = "max_leaf_nodes",
                                         .label = "Leaves at most",
                                         .help = "The splits that gain most are made first, until there are this many "
                                                 "leaves. Automatic: no limit.",
                                         .valid = {2, 1e8},
                                         .search = {2, 1000},
                                         .scale = Scale::log,
                                         .advanced = true})
      .add(&TreeParams::min_impurity_decrease,
           {.name = "min_impurity_decrease",
            .label = "Least gain",
            .help = "A split must lessen the whole tree's impurity by this much. 0 takes every split.",
            .valid = {0, 1e300},
            .search = {0, 0.05},
            .advanced = true})
      .add(&TreeParams::max_features,
           {.name = "max_features",
            .label = "Features per split",
            .help = "How many features, drawn anew, a split chooses from. " + automatic_features,
            .choices = {{"all", "All", ""},
                        {"sqrt", "Square root", "The square root of their number."},
                        {"log2", "Logarithm", "The binary logarithm of their number."},
                        {"share", "A share", "The share given below."}}})
      .add(&TreeParams::max_features_share, {.name = "max_features_share",
                                             .label = "Share of features",
                                             .help = "The share of the features that a split chooses from.",
                                             .valid = {0, 1, true},
                                             .search = {0.05, 1},
                                             .enabled_by = EnabledBy{"max_features", {"share"}}})
      .add(&TreeParams::class_weight,
           {.name = "class_weight",
            .label = "Class weights",
            .help = "Whether rare classes count more. Balanced gives every class the same weight in all.",
            .choices = {{"none", "None", "Every row counts the same."},
                        {"balanced", "Balanced", "A row counts the more, the rarer its class."}},
            .advanced = true});
}

/// Throws ParamError where criterion or class weights do not suit the target, and DataError where a row holds no
/// finite number.
void check_tree_params(const ProblemSet& problem, const TreeParams& params);

/// What trees learn of the training rows. Numbers are taken about `mean`.
struct TreeProblem {
  TreeProblem(const ProblemSet& problem, const TreeParams& params);
  TreeTarget target;
  double mean = 0;
};

/// The growth that the parameters ask for; `automatic` stands for absent max_features.
TreeGrowth growth_of(const ProblemSet& problem, const TreeParams& params, FeatureChoice automatic);

/// Every training row once.
std::vector<TreeRow> all_rows(const TreeTarget& target, std::size_t rows);

/// Appends a grown tree. `shift` is added to its values.
void add_tree(TreeEnsemble& ensemble, const TreeGrower& grown, double shift);

/// The tree as people look at it (view "tree"): at most some hundred nodes, those split first.
std::shared_ptr<const Tree> tree_view(const ProblemSet& problem, const TreeGrower& grown, double mean,
                                      std::int64_t step, const std::string& title);

/// "petal length <= 2.45"
std::string question_text(const ProblemSet& problem, std::int32_t feature, float threshold);

}  // namespace gb
