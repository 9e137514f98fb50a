#include "core/algorithms/algorithm.hpp"
#include "core/algorithms/forest_fit.hpp"

namespace gb {
namespace {

const Schema<ForestParams>& schema() {
  static const auto s = with_forest_fields(Schema<ForestParams>{});
  return s;
}

void check(const ProblemSet& problem, const Json& params) {
  check_forest(problem, schema().read(params, "algorithm.params"));
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return fit_forest(problem, schema().read(params, "algorithm.params"), false, context);
}

}  // namespace

AlgorithmInfo random_forest_algorithm() {
  AlgorithmInfo info;
  info.id = "random_forest";
  info.label = "Random forest";
  info.family = "Trees and ensembles";
  info.help =
      "Many decision trees, each grown on rows drawn by chance and choosing every split among features drawn by "
      "chance; "
      "they vote. Hard to beat on tables without any tuning, and the rows a tree did not see tell how good it is.";
  info.citation = "L. Breiman (2001), Random forests.";
  info.tasks = {Task::classification, Task::regression};
  info.params = schema().specs();
  info.headline = "accuracy";
  info.check = check;
  info.holds_back_param = "oob_score";
  info.fit = fit;
  return info;
}

}  // namespace gb
