#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/data/target_scale.hpp"
#include "core/evaluate/views.hpp"
#include "core/events/run_context.hpp"
#include "core/graph/layer_probe.hpp"

namespace gb {

/// Shows a network while it learns, as far as the time budget for watching allows: of classes the confusion matrix
/// ("confusion"), the worst mistakes among pictures ("mistakes") and the border in plane data ("border"), of numbers
/// predictions against the truth ("fit"); and of a row that somebody looks at what the network, as it stands, makes of
/// it: feature maps and probabilities.
class NetworkViews {
 public:
  /// Everything is borrowed; `learning` holds the parameters and states that are being learnt. `scale` is that of a
  /// numeric target.
  NetworkViews(const Network& network, const Storage& learning, const ProblemSet& problem, const TargetScale& scale,
               RunContext& context);
  ~NetworkViews();
  NetworkViews(const NetworkViews&) = delete;
  NetworkViews& operator=(const NetworkViews&) = delete;

  /// After an epoch. `validation` is what the network says of the validation rows, probabilities or scaled values;
  /// empty without such rows. `last` shows whatever it costs.
  void show(std::int64_t step, bool last, const Storage& parameters, const MatrixF& validation);

 private:
  Event border(std::int64_t step, const Storage& parameters) const;
  Event confusion(std::int64_t step, const MatrixF& validation) const;
  Event fit(std::int64_t step, const MatrixF& validation) const;
  std::vector<Event> look(std::int64_t row, std::int64_t step);

  const Network& network_;
  const Storage& learning_;
  const ProblemSet& problem_;
  TargetScale scale_;
  RunContext& context_;
  std::unique_ptr<PlaneView> plane_;
  std::optional<LayerProbe> probe_;  ///< of one row; made when somebody first looks
};

}  // namespace gb
