#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/events/run_context.hpp"
#include "core/model/model.hpp"
#include "core/params/param_spec.hpp"
#include "core/train/forecast.hpp"

namespace gb {

struct NetworkPart;

/// What an algorithm says of itself, once. Forms, help, command line, tuner and store are made from it.
struct AlgorithmInfo {
  std::string id;        ///< field's name in snake case: "kmeans"
  std::string label;     ///< "k-means"
  std::string family;    ///< "Clustering", "Neural networks"
  std::string help;      ///< two sentences
  std::string citation;  ///< the paper
  std::vector<Task> tasks;
  std::span<const ParamSpec> params;
  /// The metric by which runs of this algorithm are ranked in tables: "accuracy", "inertia".
  /// What no task brings by itself ("inertia", "reconstruction_mse") is taken from the series "train/<headline>".
  std::string headline;
  /// Generation: the metrics of a run, as the last values of the series "train/MEASURE".
  std::vector<std::string> measures = {};
  /// Decides what the parameters leave to the data (null: "automatic"), so that the recorded document says it. `params`
  /// is complete and validated, and so must be what it returns; check and fit get that. May be empty.
  Json (*settle)(const ProblemSet& problem, Json params) = nullptr;
  /// Checks what the schema cannot: parameters against data ("clusters is 500, but there are 150 rows"). Throws
  /// ParamError with fields below "algorithm.params". May be empty.
  void (*check)(const ProblemSet& problem, const Json& params) = nullptr;
  /// Learns. `params` is complete and validated. Emits events, obeys the context; stopped early it returns the model
  /// as it stands. Deterministic given problem, params, seed and thread count.
  std::unique_ptr<Model> (*fit)(const ProblemSet& problem, const Json& params, RunContext& context) = nullptr;

  /// What fit() will need: memory from the plan, time from learning for about `seconds` and forgetting it again; 0
  /// plans only. May be empty: nothing can be said.
  Forecast (*forecast)(const ProblemSet& problem, const Json& params, RunContext& context, double seconds) = nullptr;

  /// The networks that are put together from layers, one per parameter that holds some, in the order of the parameters.
  /// `params` may be incomplete or wrong; `example` is [channels, height, width] of the pictures to learn from, or
  /// empty where that is not known; `classes` is 0 without any. May be empty: there are none.
  std::vector<NetworkPart> (*networks)(const Json& params, const std::vector<std::int64_t>& example,
                                       std::int64_t classes) = nullptr;

  /// The step ("standardize", "scale") that a table gets where its experiment does not say how to prepare it: for what
  /// learns badly from columns of very different sizes. Null: none.
  const char* table_step = nullptr;

  /// Learns from missing numbers: where an experiment does not say how to prepare a table, they are left as they are.
  bool takes_missing = false;

  /// Holds training rows back by itself (out-of-bag scores, inner folds): always, or where this boolean parameter says
  /// so. Rows that are copies of others would then stand on both sides.
  bool holds_rows_back = false;
  const char* holds_back_param = nullptr;

  /// Trains on batches of make_feed(), so that pictures can be varied as the experiment's "augment" says.
  bool augments = false;

  bool supervised() const { return tasks.empty() || is_supervised(tasks.front()); }
};

/// Every algorithm, in the order of menus.
std::span<const AlgorithmInfo> algorithms();
/// Null when there is none of that id.
const AlgorithmInfo* find_algorithm(std::string_view id);

}  // namespace gb
