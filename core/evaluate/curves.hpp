#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/data/problem_set.hpp"
#include "core/events/events.hpp"
#include "core/linalg/matrix.hpp"

namespace gb {

/// What a classifier's probabilities are worth, one line per class against the rest (of two classes only the second),
/// with the chance line dashed; of more than ten classes the ten with most rows. `probabilities` has a row per row.
/// Classes without a row, or with all, are left out.

/// True against false positive rate, with the area under it in the name (Fawcett 2006). View "roc".
std::shared_ptr<const Chart> roc_view(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                      const MatrixF& probabilities, std::int64_t step, const std::string& part);
/// Precision against recall, with the average precision in the name. View "precision-recall".
std::shared_ptr<const Chart> precision_recall_view(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                                   const MatrixF& probabilities, std::int64_t step,
                                                   const std::string& part);
/// How often a class came true against how probable it was said to be, in ten bins of equal width; empty bins are left
/// out. View "calibration".
std::shared_ptr<const Chart> calibration_view(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                              const MatrixF& probabilities, std::int64_t step, const std::string& part);
/// The share of a class that is found among the rows most probably of it, against their share of all rows. View
/// "gain"; "lift" is how many times as many as by chance.
std::shared_ptr<const Chart> gain_view(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                       const MatrixF& probabilities, std::int64_t step, const std::string& part);
std::shared_ptr<const Chart> lift_view(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                       const MatrixF& probabilities, std::int64_t step, const std::string& part);

/// What a regressor missed (truth less prediction) against what it said. View "residuals".
std::shared_ptr<const Points> residuals_view(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                             std::span<const float> predicted, std::int64_t step,
                                             const std::string& part);

}  // namespace gb
