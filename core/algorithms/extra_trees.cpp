#include "core/algorithms/algorithm.hpp"
#include "core/algorithms/forest_fit.hpp"

namespace gb {
namespace {

struct ExtraTreesParams : ForestParams {
  ExtraTreesParams() { bootstrap = false; }
};

const Schema<ExtraTreesParams>& schema() {
  static const auto s = with_forest_fields(Schema<ExtraTreesParams>{});
  return s;
}

void check(const ProblemSet& problem, const Json& params) {
  check_forest(problem, schema().read(params, "algorithm.params"));
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return fit_forest(problem, schema().read(params, "algorithm.params"), true, context);
}

}  // namespace

AlgorithmInfo extra_trees_algorithm() {
  AlgorithmInfo info;
  info.id = "extra_trees";
  info.label = "Extra trees";
  info.family = "Trees and ensembles";
  info.help =
      "Many decision trees whose thresholds are drawn by chance too: of some features, the best of one random "
      "threshold "
      "each. Quicker to grow and smoother than a random forest, often as good.";
  info.citation = "P. Geurts, D. Ernst, L. Wehenkel (2006), Extremely randomized trees.";
  info.tasks = {Task::classification, Task::regression};
  info.params = schema().specs();
  info.headline = "accuracy";
  info.check = check;
  info.holds_back_param = "oob_score";
  info.fit = fit;
  return info;
}

}  // namespace gb
