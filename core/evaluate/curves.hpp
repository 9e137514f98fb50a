#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/events/events.hpp"
#include "core/linalg/matrix.hpp"

namespace gb {

/// What a classifier's probabilities are worth, a chart for each view below, in this order; one line per class against
/// the rest (of two classes only the second), what it is to be compared with dashed; of more than ten classes the ten
/// with most rows. `probabilities` has a row per row. Classes without a row, or with all, are left out.
/// - "roc": true against false positive rate, with the area under it in the name (Fawcett 2006);
/// - "precision-recall": with the average precision in the name;
/// - "calibration": how often a class came true against how probable it was said to be, in ten bins of equal width;
/// - "gain": the share of a class found among the rows most probably of it, against their share of all rows;
/// - "lift": how many times as many those are as by chance.
std::vector<std::shared_ptr<const Chart>> classifier_charts(const ProblemSet& problem,
                                                            std::span<const std::int64_t> rows,
                                                            const MatrixF& probabilities, std::int64_t step,
                                                            const std::string& part);

/// What a regressor missed (truth less prediction) against what it said. View "residuals".
std::shared_ptr<const Points> residuals_view(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                             std::span<const float> predicted, std::int64_t step,
                                             const std::string& part);

}  // namespace gb
