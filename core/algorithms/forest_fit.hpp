#pragma once

#include <memory>
#include <utility>

#include "core/algorithms/tree_fit.hpp"
#include "core/events/run_context.hpp"

// What random forests and extremely randomized trees have in common.

namespace gb {

struct ForestParams : TreeParams {
  int estimators = 100;
  bool bootstrap = true;
  bool oob_score = true;
  int permutation_repeats = 5;
};

/// Adds the fields of ForestParams.
template <class T>
Schema<T> with_forest_fields(Schema<T>&& schema) {
  return with_tree_fields(std::move(schema).add(&ForestParams::estimators,
                                                {.name = "estimators",
                                                 .label = "Trees",
                                                 .help = "How many trees vote. More never harm, but cost time.",
                                                 .valid = {1, 100000},
                                                 .search = {10, 500},
                                                 .scale = Scale::log,
                                                 .forkable = true}),
                          "Automatic: the square root of their number for classes, all of them for numbers.")
      .add(&ForestParams::bootstrap,
           {.name = "bootstrap",
            .label = "Draw rows",
            .help = "Every tree learns from as many rows as there are, drawn with repetition; else from all of them."})
      .add(&ForestParams::oob_score,
           {.name = "oob_score",
            .label = "Out-of-bag score",
            .help = "Asks about every row the trees that did not learn from it: an honest score without a test set.",
            .enabled_by = EnabledBy{"bootstrap", {"true"}}})
      .add(&ForestParams::permutation_repeats,
           {.name = "permutation_repeats",
            .label = "Permutation repeats",
            .help = "How often each of the 20 most used features is shuffled to see what that costs. 0 leaves it out.",
            .valid = {0, 1000},
            .search = {0, 20},
            .advanced = true,
            .forkable = true});
}

void check_forest(const ProblemSet& problem, const ForestParams& params);

/// Grows the forest, trees side by side on all threads; the bits are the same for any number of them. A step is a tree.
std::unique_ptr<Model> fit_forest(const ProblemSet& problem, const ForestParams& params, bool random_thresholds,
                                  RunContext& context);

}  // namespace gb
