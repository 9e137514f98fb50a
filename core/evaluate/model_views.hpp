#pragma once

#include <functional>
#include <memory>

#include "core/data/problem_set.hpp"
#include "core/evaluate/views.hpp"
#include "core/events/run_context.hpp"
#include "core/model/model.hpp"

namespace gb {

/// Shows a classifier or regressor while it learns, as far as the time budget for watching allows, by asking the model
/// as it stands: the border in the plane ("border"; of more than two features in the plane of their first two principal
/// axes), the confusion matrix ("confusion") and the worst mistakes among pictures ("mistakes"), or predictions against
/// the truth ("fit"). The rows asked are those of validation, else of training; at most 2,000 of them.
class ModelViews {
 public:
  /// Everything is borrowed.
  ModelViews(const ProblemSet& problem, RunContext& context);

  /// After a step; `make` makes the model as it stands and is called only when some view is due. `last` shows whatever
  /// it costs.
  void show(std::int64_t step, bool last, const std::function<std::shared_ptr<const Model>()>& make);

  /// The plane of the border view, for what an algorithm adds to it (support vectors, ellipses). Null for regression.
  const PlaneView* plane() const { return plane_.get(); }
  /// Called with the border view before it is told.
  void on_border(std::function<void(Points&)> add) { add_to_border_ = std::move(add); }

 private:
  Event border(std::int64_t step, const Model& model) const;

  const ProblemSet& problem_;
  RunContext& context_;
  std::vector<std::int64_t> rows_;  ///< asked
  std::string part_;                ///< theirs
  std::unique_ptr<PlaneView> plane_;
  std::function<void(Points&)> add_to_border_;
};

}  // namespace gb
