#include "core/evaluate/metrics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "core/base/parallel.hpp"
#include "core/base/random.hpp"
#include "core/evaluate/label_metrics.hpp"
#include "core/evaluate/ranking.hpp"

namespace gb {
namespace {

/// Rows of a part that a silhouette is computed of: its cost is quadratic.
constexpr std::size_t silhouette_rows = 2000;

/// Mean over the classes, or class 1 alone where there are two. Null when any of them is undefined.
std::optional<RankingAreas> mean_ranking_areas(std::span<const std::int32_t> truth,
                                               std::span<const std::size_t> known_rows, const MatrixF& probabilities) {
  const auto classes = static_cast<std::size_t>(probabilities.cols());
  if (classes < 2) return std::nullopt;
  const std::size_t first = classes == 2 ? 1 : 0;
  std::vector<std::optional<RankingAreas>> each(classes - first);
  parallel_chunks(each.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) {
      std::vector<float> scores;
      std::vector<char> positive;
      for (const std::size_t row : known_rows) {
        scores.push_back(probabilities(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(first + i)));
        positive.push_back(truth[row] == static_cast<std::int32_t>(first + i));
      }
      each[i] = ranking_areas(Ranking(scores, positive));
    }
  });
  RankingAreas mean;
  for (const auto& areas : each) {
    if (!areas) return std::nullopt;
    mean.roc_auc += areas->roc_auc / static_cast<double>(each.size());
    mean.average_precision += areas->average_precision / static_cast<double>(each.size());
  }
  return mean;
}

/// Probabilities are kept within float's resolution of 0 and 1, as scikit-learn does for float32 input.
double mean_log_loss(std::span<const std::int32_t> truth, std::span<const std::size_t> known_rows,
                     const MatrixF& probabilities) {
  constexpr double resolution = std::numeric_limits<float>::epsilon();
  double sum = 0;
  for (const std::size_t row : known_rows) {
    const double probability = probabilities(static_cast<Eigen::Index>(row), truth[row]);
    sum -= std::log(std::clamp(probability, resolution, 1 - resolution));
  }
  return sum / static_cast<double>(known_rows.size());
}

/// `count` of 0..total-1, ascending, drawn without replacement.
std::vector<std::size_t> drawn_rows(std::size_t total, std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> rows(total);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  if (count >= total) return rows;
  Random random(seed);
  for (std::size_t i = 0; i < count; ++i) std::swap(rows[i], rows[i + random.below(total - i)]);
  rows.resize(count);
  std::sort(rows.begin(), rows.end());
  return rows;
}

/// Of all the rows given. NaN unless there are at least two clusters and fewer than rows.
double whole_silhouette(const MatrixF& rows, std::span<const std::int32_t> clusters) {
  const auto count = static_cast<std::size_t>(rows.rows());
  std::vector<std::int32_t> labels(clusters.begin(), clusters.end());
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  if (labels.size() < 2 || labels.size() >= count) return std::numeric_limits<double>::quiet_NaN();
  std::vector<std::size_t> group(count);
  std::vector<double> sizes(labels.size());
  for (std::size_t i = 0; i < count; ++i) {
    group[i] = static_cast<std::size_t>(std::lower_bound(labels.begin(), labels.end(), clusters[i]) - labels.begin());
    ++sizes[group[i]];
  }
  std::vector<double> coefficient(count);
  parallel_chunks(count, 64, [&](std::size_t begin, std::size_t end, std::size_t) {
    std::vector<double> distance(labels.size());
    for (std::size_t i = begin; i < end; ++i) {
      std::fill(distance.begin(), distance.end(), 0.0);
      const auto row = rows.row(static_cast<Eigen::Index>(i));
      for (std::size_t j = 0; j < count; ++j)
        distance[group[j]] +=
            std::sqrt(static_cast<double>((row - rows.row(static_cast<Eigen::Index>(j))).squaredNorm()));
      if (sizes[group[i]] < 2) continue;  // alone in its cluster: 0 by definition
      const double within = distance[group[i]] / (sizes[group[i]] - 1);
      double nearest = std::numeric_limits<double>::infinity();
      for (std::size_t g = 0; g < labels.size(); ++g)
        if (g != group[i]) nearest = std::min(nearest, distance[g] / sizes[g]);
      const double larger = std::max(nearest, within);
      coefficient[i] = larger > 0 ? (nearest - within) / larger : 0;
    }
  });
  return std::accumulate(coefficient.begin(), coefficient.end(), 0.0) / static_cast<double>(count);
}

}  // namespace

std::vector<std::int64_t> confusion_counts(std::span<const std::int32_t> truth, std::span<const std::int32_t> predicted,
                                           std::size_t classes) {
  assert(truth.size() == predicted.size());
  std::vector<std::int64_t> counts(classes * classes);
  const auto known = [&](std::int32_t code) { return code >= 0 && static_cast<std::size_t>(code) < classes; };
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (known(truth[i]) && known(predicted[i]))
      ++counts[static_cast<std::size_t>(truth[i]) * classes + static_cast<std::size_t>(predicted[i])];
  return counts;
}

Metrics classification_metrics(std::span<const std::int32_t> truth, std::span<const std::int32_t> predicted,
                               const MatrixF& probabilities, std::size_t classes) {
  std::vector<std::size_t> known_rows;
  for (std::size_t row = 0; row < truth.size(); ++row)
    if (truth[row] >= 0) known_rows.push_back(row);
  Metrics metrics;
  if (known_rows.empty()) return metrics;
  metrics = label_metrics(confusion_counts(truth, predicted, classes), classes);

  const bool usable = probabilities.rows() == static_cast<Eigen::Index>(truth.size()) &&
                      probabilities.cols() == static_cast<Eigen::Index>(classes) && classes > 1 &&
                      probabilities.allFinite();
  if (!usable) return metrics;
  // Shown after the label metrics that people look at first, before the two agreement coefficients.
  auto place = std::find_if(metrics.begin(), metrics.end(), [](const auto& metric) {
    return metric.first == "cohen_kappa" || metric.first == "matthews_corrcoef";
  });
  Metrics ranked;
  if (const auto areas = mean_ranking_areas(truth, known_rows, probabilities)) {
    ranked.emplace_back("roc_auc", areas->roc_auc);
    ranked.emplace_back("average_precision", areas->average_precision);
  }
  ranked.emplace_back("log_loss", mean_log_loss(truth, known_rows, probabilities));
  metrics.insert(place, ranked.begin(), ranked.end());
  return metrics;
}

Metrics regression_metrics(std::span<const float> truth, std::span<const float> predicted) {
  assert(truth.size() == predicted.size());
  double rows = 0, mean = 0;
  for (const float value : truth)
    if (!std::isnan(value)) {
      ++rows;
      mean += value;
    }
  if (rows == 0) return {};
  mean /= rows;
  double squared = 0, absolute = 0, spread = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (std::isnan(truth[i])) continue;
    const double error = static_cast<double>(truth[i]) - static_cast<double>(predicted[i]);
    squared += error * error;
    absolute += std::abs(error);
    spread += (truth[i] - mean) * (truth[i] - mean);
  }
  Metrics metrics;
  // A constant truth is explained fully or, by scikit-learn's convention, not at all.
  if (rows >= 2) metrics.emplace_back("r2", spread > 0 ? 1 - squared / spread : (squared == 0 ? 1 : 0));
  metrics.emplace_back("rmse", std::sqrt(squared / rows));
  metrics.emplace_back("mae", absolute / rows);
  return metrics;
}

Metrics clustering_agreement(std::span<const std::int32_t> truth, std::span<const std::int32_t> clusters) {
  assert(truth.size() == clusters.size());
  std::vector<std::pair<std::int32_t, std::int32_t>> pairs;
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (truth[i] >= 0) pairs.emplace_back(truth[i], clusters[i]);
  if (pairs.empty()) return {};
  const double rows = static_cast<double>(pairs.size());

  // A cluster's label may be any number: -1 (noise) is a group of its own.
  std::map<std::pair<std::int32_t, std::int32_t>, double> counted;
  std::map<std::int32_t, double> class_sizes, cluster_sizes;
  for (const auto& pair : pairs) {
    ++counted[pair];
    ++class_sizes[pair.first];
    ++cluster_sizes[pair.second];
  }
  double together = 0, together_in_class = 0, together_in_cluster = 0, information = 0;
  for (const auto& [pair, count] : counted) {
    together += count * (count - 1) / 2;
    information += count / rows * std::log(count * rows / (class_sizes[pair.first] * cluster_sizes[pair.second]));
  }
  const auto entropy_and_pairs = [&](const std::map<std::int32_t, double>& sizes, double& same) {
    double entropy = 0;
    for (const auto& [label, count] : sizes) {
      same += count * (count - 1) / 2;
      entropy -= count / rows * std::log(count / rows);
    }
    return entropy;
  };
  const double class_entropy = entropy_and_pairs(class_sizes, together_in_class);
  const double cluster_entropy = entropy_and_pairs(cluster_sizes, together_in_cluster);

  // Hubert and Arabie (1985), equation 5.
  const double all_pairs = rows * (rows - 1) / 2;
  const double expected = all_pairs > 0 ? together_in_class * together_in_cluster / all_pairs : 0;
  const double most = (together_in_class + together_in_cluster) / 2;
  const bool same = together == together_in_class && together == together_in_cluster;
  const double adjusted_rand = same ? 1 : (together - expected) / (most - expected);

  double mutual = 0;
  if (class_sizes.size() == 1 && cluster_sizes.size() == 1)
    mutual = 1;
  else if (information > std::numeric_limits<double>::epsilon())
    mutual = information / ((class_entropy + cluster_entropy) / 2);
  return {{"adjusted_rand", adjusted_rand}, {"normalized_mutual_info", mutual}};
}

double silhouette(const MatrixF& rows, std::span<const std::int32_t> clusters, std::size_t most, std::uint64_t seed) {
  assert(static_cast<std::size_t>(rows.rows()) == clusters.size());
  if (clusters.size() <= most) return whole_silhouette(rows, clusters);
  const auto drawn = drawn_rows(clusters.size(), most, seed);
  MatrixF sample(static_cast<Eigen::Index>(drawn.size()), rows.cols());
  std::vector<std::int32_t> labels(drawn.size());
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    sample.row(static_cast<Eigen::Index>(i)) = rows.row(static_cast<Eigen::Index>(drawn[i]));
    labels[i] = clusters[drawn[i]];
  }
  return whole_silhouette(sample, labels);
}

Metrics evaluate(const ProblemSet& problem, const Prediction& prediction, std::span<const std::int64_t> rows) {
  if (rows.empty()) return {};
  const auto gathered = [&](const auto& values) {
    std::remove_cvref_t<decltype(values)> picked;
    for (const std::int64_t row : rows) picked.push_back(values[static_cast<std::size_t>(row)]);
    return picked;
  };
  switch (prediction.task) {
    case Task::classification:
      if (!problem.target) return {};
      return classification_metrics(gathered(problem.target->codes), prediction.labels, prediction.probabilities,
                                    problem.target->classes.size());
    case Task::regression:
      if (!problem.target) return {};
      return regression_metrics(gathered(problem.target->values), prediction.values);
    case Task::decomposition:
      if (std::isnan(prediction.reconstruction_mse)) return {};
      return {{"reconstruction_mse", prediction.reconstruction_mse}};
    case Task::generation:
      return {};
    case Task::clustering:
      break;
  }
  Metrics metrics;
  if (problem.target && problem.target->task == Task::classification)
    metrics = clustering_agreement(gathered(problem.target->codes), prediction.labels);
  // Only the drawn rows are gathered: all of them may be many times the memory of the data.
  std::vector<std::int64_t> drawn_in_data;
  std::vector<std::int32_t> labels;
  for (const std::size_t i : drawn_rows(rows.size(), silhouette_rows, 0)) {
    drawn_in_data.push_back(rows[i]);
    labels.push_back(prediction.labels[i]);
  }
  const double mean_silhouette = whole_silhouette(problem.features.dense(drawn_in_data), labels);
  if (std::isfinite(mean_silhouette)) metrics.emplace_back("silhouette", mean_silhouette);
  return metrics;
}

}  // namespace gb
