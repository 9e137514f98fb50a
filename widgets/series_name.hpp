#pragma once

#include "core/events/series_name.hpp"

namespace gb {

/// series_name() as this side of the house spells it.
inline SeriesName seriesName(const std::string& series) {
  return series_name(series);
}

}  // namespace gb
