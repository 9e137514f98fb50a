#pragma once

#include <optional>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/events/run_context.hpp"
#include "core/graph/layer_probe.hpp"
#include "core/train/first_filters.hpp"
#include "core/train/spread_history.hpp"

namespace gb {

/// Shows what a network's layers have become, as often as the budget for watching allows: the filters of the first
/// convolution (view "filters") after steps, and after epochs how what each layer hands on is spread ("activations/
/// LAYER"), seen on a few rows that stay the same throughout the run. Changes nothing.
class LayerWatch {
 public:
  /// Everything is borrowed; `kept` is looked at as it is at each call.
  LayerWatch(const Network& network, const Storage& kept, const ProblemSet& problem, RunContext& context);

  void after_step(std::int64_t step);
  void after_epoch(std::int64_t step, bool force);
  /// Whose activations are shown: of validation, else of training.
  const std::vector<std::int64_t>& rows() const { return rows_; }

 private:
  void look(std::int64_t step);

  const Network& network_;
  const Storage& kept_;
  const ProblemSet& problem_;
  RunContext& context_;
  FirstFilters filters_;
  std::vector<std::int64_t> rows_;
  std::optional<LayerProbe> probe_;  ///< made when it is first needed
  std::vector<SpreadHistory> histories_;
};

}  // namespace gb
