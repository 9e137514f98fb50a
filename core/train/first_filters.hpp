#pragma once

#include <cstdint>
#include <memory>

#include "core/events/events.hpp"
#include "core/graph/executable.hpp"

namespace gb {

/// What the filters of a network's first convolution look like (view "filters"): those of three channels in colour, all
/// others a grey picture per input channel. Each filter is scaled by its largest weight alone: middle grey is zero,
/// bright is positive.
class FirstFilters {
 public:
  explicit FirstFilters(const Graph& graph);

  /// Whether there is a convolution whose filters are more than a pixel.
  bool any() const { return weight_ >= 0; }
  std::shared_ptr<const Images> look(std::int64_t step, const Storage& kept) const;

 private:
  std::string layer_;
  ValueId weight_ = -1;
  Shape shape_;  ///< [filters, channels, height, width]
};

}  // namespace gb
