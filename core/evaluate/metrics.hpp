#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/evaluate/silhouette.hpp"
#include "core/linalg/matrix.hpp"
#include "core/model/model.hpp"

namespace gb {

/// Metric name (scikit-learn's) to value, in the order they are shown.
using Metrics = std::vector<std::pair<std::string, double>>;

/// accuracy, balanced_accuracy, precision_macro, recall_macro, f1_macro, roc_auc (one-vs-rest, macro),
/// average_precision (macro), log_loss, cohen_kappa, matthews_corrcoef, as scikit-learn defines them. Rows whose truth
/// is -1 are left out; what is undefined (roc_auc with one class present) is left out.
Metrics classification_metrics(std::span<const std::int32_t> truth, std::span<const std::int32_t> predicted,
                               const MatrixF& probabilities, std::size_t classes);

/// r2, rmse, mae.
Metrics regression_metrics(std::span<const float> truth, std::span<const float> predicted);

/// adjusted_rand and normalized_mutual_info of a clustering against known classes (Hubert, Arabie 1985).
Metrics clustering_agreement(std::span<const std::int32_t> truth, std::span<const std::int32_t> clusters);

/// `count` of 0..total-1, ascending, drawn without replacement; all of them where there are no more.
std::vector<std::size_t> drawn_positions(std::size_t total, std::size_t count, std::uint64_t seed);

/// Mean silhouette coefficient (Rousseeuw 1987) of at most `most` rows, drawn with `seed`.
double silhouette(const MatrixF& rows, std::span<const std::int32_t> clusters, std::size_t most, std::uint64_t seed);

/// Counts, classes x classes: true class by row, predicted by column.
std::vector<std::int64_t> confusion_counts(std::span<const std::int32_t> truth, std::span<const std::int32_t> predicted,
                                           std::size_t classes);

/// Everything the runner reports for one part of the split, by task. For clustering `inertia` is added by the
/// algorithm. `seen` gets the silhouettes of a clustering, whose mean is among the metrics.
Metrics evaluate(const ProblemSet& problem, const Prediction& prediction, std::span<const std::int64_t> rows,
                 Silhouettes* seen = nullptr);

}  // namespace gb
