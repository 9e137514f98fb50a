#include "core/evaluate/intervals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/base/parallel.hpp"
#include "core/base/random.hpp"
#include "core/evaluate/label_metrics.hpp"
#include "core/evaluate/ranking.hpp"

namespace gb {
namespace {

constexpr std::size_t least_rows = 10;
constexpr double tail = 0.025;

/// How often each row stands in a resample.
using Counts = std::vector<std::uint32_t>;

void draw(Counts& counts, Random random) {
  std::fill(counts.begin(), counts.end(), 0U);
  for (std::size_t i = 0; i < counts.size(); ++i) ++counts[random.below(counts.size())];
}

/// As many as a second or so allows; `work` is what one of them costs.
std::size_t resamples_for(double work) {
  return static_cast<std::size_t>(std::clamp(1e8 / work, 200.0, 1000.0));
}

/// A classifier's answers to the rows whose class is known.
class Classified {
 public:
  Classified(const Target& target, const Prediction& prediction, std::span<const std::int64_t> rows)
      : classes_(target.classes.size()) {
    std::vector<std::size_t> places;
    std::vector<std::int32_t> truth;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::int32_t code = target.codes[static_cast<std::size_t>(rows[i])];
      if (code < 0 || prediction.labels[i] < 0) continue;
      places.push_back(i);
      truth.push_back(code);
      cells_.push_back(static_cast<std::size_t>(code) * classes_ + static_cast<std::size_t>(prediction.labels[i]));
    }
    const MatrixF& probabilities = prediction.probabilities;
    if (probabilities.cols() != static_cast<Eigen::Index>(classes_) || classes_ < 2 || !probabilities.allFinite())
      return;
    constexpr double resolution = std::numeric_limits<float>::epsilon();
    for (std::size_t i = 0; i < places.size(); ++i) {
      const double probability = probabilities(static_cast<Eigen::Index>(places[i]), truth[i]);
      losses_.push_back(-std::log(std::clamp(probability, resolution, 1 - resolution)));
    }
    const std::size_t first = classes_ == 2 ? 1 : 0;
    rankings_.resize(classes_ - first);
    parallel_chunks(rankings_.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
      for (std::size_t k = begin; k < end; ++k) {
        std::vector<float> scores;
        std::vector<char> positive;
        for (std::size_t i = 0; i < places.size(); ++i) {
          scores.push_back(probabilities(static_cast<Eigen::Index>(places[i]), static_cast<Eigen::Index>(first + k)));
          positive.push_back(truth[i] == static_cast<std::int32_t>(first + k));
        }
        rankings_[k] = Ranking(scores, positive);
      }
    });
  }

  std::size_t count() const { return cells_.size(); }
  double work() const { return static_cast<double>(count()) * static_cast<double>(2 + rankings_.size()); }

  Metrics metrics(const Counts& counts) const {
    std::vector<std::int64_t> cells(classes_ * classes_);
    for (std::size_t i = 0; i < count(); ++i) cells[cells_[i]] += counts[i];
    Metrics metrics = label_metrics(cells, classes_);
    if (losses_.empty()) return metrics;
    double loss = 0;
    for (std::size_t i = 0; i < count(); ++i) loss += counts[i] * losses_[i];
    metrics.emplace_back("log_loss", loss / static_cast<double>(count()));
    double roc = 0, precision = 0;
    for (const Ranking& ranking : rankings_) {
      const auto areas = ranking_areas(ranking, counts);
      if (!areas) return metrics;
      roc += areas->roc_auc / static_cast<double>(rankings_.size());
      precision += areas->average_precision / static_cast<double>(rankings_.size());
    }
    metrics.emplace_back("roc_auc", roc);
    metrics.emplace_back("average_precision", precision);
    return metrics;
  }

 private:
  std::size_t classes_;
  std::vector<std::size_t> cells_;  ///< of the confusion matrix, per row
  std::vector<double> losses_;      ///< empty without probabilities
  std::vector<Ranking> rankings_;
};

/// A regressor's answers to the rows whose value is known.
class Regressed {
 public:
  Regressed(const Target& target, const Prediction& prediction, std::span<const std::int64_t> rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const float value = target.values[static_cast<std::size_t>(rows[i])];
      if (std::isnan(value)) continue;
      truth_.push_back(value);
      errors_.push_back(static_cast<double>(value) - static_cast<double>(prediction.values[i]));
    }
  }

  std::size_t count() const { return truth_.size(); }
  double work() const { return 3 * static_cast<double>(count()); }

  Metrics metrics(const Counts& counts) const {
    const auto rows = static_cast<double>(count());
    double mean = 0, squared = 0, absolute = 0, spread = 0;
    for (std::size_t i = 0; i < count(); ++i) mean += counts[i] * truth_[i] / rows;
    for (std::size_t i = 0; i < count(); ++i) {
      squared += counts[i] * errors_[i] * errors_[i];
      absolute += counts[i] * std::abs(errors_[i]);
      spread += counts[i] * (truth_[i] - mean) * (truth_[i] - mean);
    }
    Metrics metrics;
    if (spread > 0) metrics.emplace_back("r2", 1 - squared / spread);
    metrics.emplace_back("rmse", std::sqrt(squared / rows));
    metrics.emplace_back("mae", absolute / rows);
    return metrics;
  }

 private:
  std::vector<double> truth_, errors_;
};

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double part = place - static_cast<double>(below);
  return sorted[below] + part * (sorted[above] - sorted[below]);
}

template <class Answers>
Intervals intervals_of(const Answers& answers, std::uint64_t seed) {
  if (answers.count() < least_rows) return {};
  const std::size_t resamples = resamples_for(answers.work());
  std::vector<Metrics> found(resamples);
  parallel_chunks(resamples, 1, [&](std::size_t begin, std::size_t end, std::size_t) {
    Counts counts(answers.count());
    for (std::size_t i = begin; i < end; ++i) {
      draw(counts, Random(seed, i));
      found[i] = answers.metrics(counts);
    }
  });
  std::map<std::string, std::vector<double>> values;
  std::vector<std::string> order;
  for (const Metrics& metrics : found)
    for (const auto& [name, value] : metrics) {
      if (!values.contains(name)) order.push_back(name);
      values[name].push_back(value);
    }
  Intervals intervals;
  for (const std::string& name : order) {
    auto& sorted = values[name];
    std::sort(sorted.begin(), sorted.end());
    intervals.emplace_back(name, Interval{quantile(sorted, tail), quantile(sorted, 1 - tail)});
  }
  return intervals;
}

}  // namespace

Intervals bootstrap_intervals(const ProblemSet& problem, const Prediction& prediction,
                              std::span<const std::int64_t> rows, std::uint64_t seed) {
  if (!problem.target || !is_supervised(prediction.task)) return {};
  if (prediction.task == Task::classification) return intervals_of(Classified(*problem.target, prediction, rows), seed);
  return intervals_of(Regressed(*problem.target, prediction, rows), seed);
}

}  // namespace gb
