#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/evaluate/metrics.hpp"

namespace gb {

/// accuracy, balanced_accuracy, precision_macro, recall_macro, f1_macro, cohen_kappa and matthews_corrcoef of a
/// confusion matrix: counts of true class by row and predicted class by column, classes x classes. At least one row.
Metrics label_metrics(std::span<const std::int64_t> counts, std::size_t classes);

}  // namespace gb
