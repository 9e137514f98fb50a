#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/events/events.hpp"
#include "core/train/segments.hpp"

namespace gb {

/// How the weights of one layer were spread, over time: a column per look, the newest at the right, old ones thinned
/// out. All columns share one range about zero, which doubles (merging cells in pairs) when weights grow out of it.
class WeightHistory {
 public:
  /// `parts` lie in the memory that all parameters share.
  WeightHistory(std::string layer, std::vector<Segment> parts) : layer_(std::move(layer)), parts_(std::move(parts)) {}

  /// Looks at the weights and returns the whole picture: rows are ranges of weights, the largest first; columns are
  /// steps; values are shares of the weights.
  std::shared_ptr<const Matrix> look(std::int64_t step, const float* parameters);

 private:
  struct Column {
    std::int64_t step = 0;
    std::vector<double> shares;  ///< from -reach_ to reach_
  };
  void reach(double largest);
  void keep(Column column);

  std::string layer_;
  std::vector<Segment> parts_;
  double reach_ = 0;
  std::vector<Column> columns_;
  std::int64_t gap_ = 0;  ///< columns are at least so many steps apart
};

}  // namespace gb
