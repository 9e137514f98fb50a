#include "core/run/refit.hpp"

#include <utility>

#include "core/algorithms/algorithm.hpp"

namespace gb {

Refit refit(const PreparedRun& prepared, Split split, RunContext& context) {
  const AlgorithmInfo& info = *find_algorithm(prepared.experiment.algorithm);
  const Preparation preparation = Preparation::fit(*prepared.dataset, prepared.preparation.completed_steps(), split);
  Refit made{make_problem(*prepared.dataset, preparation, std::move(split)), nullptr};
  made.problem.augmentation = prepared.problem.augmentation;
  const auto even = balanced(made.problem, prepared.experiment.balance_params(), prepared.experiment.seed);
  // What is told of a part of the work is not the whole run's.
  Observers nobody({});
  RunContext::Options options;
  options.seed = context.seed();
  options.watches = [](std::string_view) { return false; };
  RunContext child(context, nobody, options);
  made.model = info.fit(even ? *even : made.problem, prepared.experiment.complete_params(), child);
  if (context.stopped()) made.model.reset();
  return made;
}

}  // namespace gb
