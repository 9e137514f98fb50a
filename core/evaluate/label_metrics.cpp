#include "core/evaluate/label_metrics.hpp"

#include <cmath>
#include <vector>

namespace gb {
namespace {

double ratio(double numerator, double denominator) {
  return denominator > 0 ? numerator / denominator : 0;
}

/// Counts of truth, prediction and their meeting.
struct Margins {
  std::vector<double> truth, predicted, hits;
  double rows = 0;
};

Margins margins_of(std::span<const std::int64_t> counts, std::size_t classes) {
  Margins margins{std::vector<double>(classes), std::vector<double>(classes), std::vector<double>(classes), 0};
  for (std::size_t row = 0; row < classes; ++row)
    for (std::size_t column = 0; column < classes; ++column) {
      const auto count = static_cast<double>(counts[row * classes + column]);
      margins.truth[row] += count;
      margins.predicted[column] += count;
      margins.rows += count;
      if (row == column) margins.hits[row] = count;
    }
  return margins;
}

}  // namespace

Metrics label_metrics(std::span<const std::int64_t> counts, std::size_t classes) {
  const Margins margins = margins_of(counts, classes);
  Metrics metrics;
  double hits = 0, recall_present = 0, present = 0, precision = 0, recall = 0, f1 = 0, seen = 0, chance = 0,
         squared_truth = 0, squared_predicted = 0;
  for (std::size_t i = 0; i < margins.truth.size(); ++i) {
    const double hit = margins.hits[i], truth = margins.truth[i], predicted = margins.predicted[i];
    hits += hit;
    chance += truth * predicted;
    squared_truth += truth * truth;
    squared_predicted += predicted * predicted;
    if (truth > 0) {
      recall_present += hit / truth;
      ++present;
    }
    if (truth + predicted > 0) {  // a class that neither occurs nor is predicted has no part in the mean
      precision += ratio(hit, predicted);
      recall += ratio(hit, truth);
      f1 += ratio(2 * hit, truth + predicted);
      ++seen;
    }
  }
  const double rows = margins.rows;
  metrics.emplace_back("accuracy", hits / rows);
  metrics.emplace_back("balanced_accuracy", recall_present / present);
  metrics.emplace_back("precision_macro", precision / seen);
  metrics.emplace_back("recall_macro", recall / seen);
  metrics.emplace_back("f1_macro", f1 / seen);
  // Cohen (1960); undefined when one class is all there is.
  const double expected_disagreement = rows - chance / rows;
  if (expected_disagreement > 0) metrics.emplace_back("cohen_kappa", 1 - (rows - hits) / expected_disagreement);
  // Gorodkin (2004), the multi-class form of Matthews' coefficient.
  const double covariance = hits * rows - chance;
  const double spread = (rows * rows - squared_truth) * (rows * rows - squared_predicted);
  metrics.emplace_back("matthews_corrcoef", spread > 0 ? covariance / std::sqrt(spread) : 0);
  return metrics;
}

}  // namespace gb
