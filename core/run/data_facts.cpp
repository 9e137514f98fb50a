#include "core/run/data_facts.hpp"

namespace gb {
namespace {

constexpr std::size_t most_told = 20;

Json problems_json(const PreparedRun& prepared) {
  Json list = Json::array();
  for (const auto* problems : {&prepared.dataset->report.problems, &prepared.preparation.problems()})
    for (const auto& problem : *problems) {
      if (list.size() == most_told) return list;
      list.push_back({{"row", problem.row}, {"field", problem.field}, {"message", problem.message}});
    }
  return list;
}

}  // namespace

Json data_sizes(const PreparedRun& prepared) {
  const ProblemSet& problem = prepared.problem;
  Json data{{"name", prepared.dataset->name},
            {"rows", prepared.dataset->rows()},
            {"features", problem.features.columns()},
            {"train", problem.split.train.size()},
            {"validation", problem.split.validation.size()},
            {"test", problem.split.test.size()}};
  if (prepared.balanced) data["learnt"] = prepared.balanced->split.train.size();
  if (problem.target && problem.target->task == Task::classification) data["classes"] = problem.target->classes;
  return data;
}

Json data_facts(const PreparedRun& prepared, bool search) {
  Json facts = data_sizes(prepared);
  if (prepared.problem.target) facts["target"] = prepared.problem.target->name;
  facts["skipped"] = prepared.dataset->report.rows_skipped;
  facts["problems"] = problems_json(prepared);
  if (!search) return facts;
  facts["warnings"] = Json::array();
  for (const auto& warning : run_warnings(prepared)) {
    if (facts["warnings"].size() == most_told) break;
    facts["warnings"].push_back(warning.message);
  }
  return facts;
}

}  // namespace gb
