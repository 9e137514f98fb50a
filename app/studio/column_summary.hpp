#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/data/dataset.hpp"

namespace gb {

/// One column at a glance: how full it is and how its values are spread.
struct ColumnSummary {
  std::string name;
  ColumnType type = ColumnType::numeric;
  std::size_t rows = 0, missing = 0;
  double least = 0, mean = 0, most = 0;                     ///< numeric and date
  std::vector<std::size_t> bins;                            ///< numeric and date: equal widths from least to most
  std::size_t distinct = 0;                                 ///< categorical
  std::vector<std::pair<std::string, std::size_t>> levels;  ///< categorical: the most frequent ones, in level order
};

ColumnSummary summaryOf(const Column& column);

}  // namespace gb
