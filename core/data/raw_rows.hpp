#pragma once

#include <cstdint>
#include <span>

#include "core/data/dataset.hpp"

namespace gb {

/// The given rows of a dataset, in that order, as a dataset of their own: what a model file is asked about. Labels and
/// parts stay behind.
Dataset raw_rows(const Dataset& dataset, std::span<const std::int64_t> rows);

}  // namespace gb
