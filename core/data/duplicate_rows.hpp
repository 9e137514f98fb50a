#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/data/dataset.hpp"

namespace gb {

/// Rows of `rows` (ascending groups, each ascending) that are equal in every one of `columns`, or for pictures byte by
/// byte. Only groups of two and more.
std::vector<std::vector<std::int64_t>> equal_rows(const Dataset& dataset, const std::vector<const Column*>& columns,
                                                  const std::vector<std::int64_t>& rows);

}  // namespace gb
