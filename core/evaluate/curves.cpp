#include "core/evaluate/curves.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <vector>

#include "core/evaluate/ranking.hpp"

namespace gb {
namespace {

constexpr std::size_t most_lines = 10;
constexpr std::size_t most_points = 200;

/// One threshold's counts: rows of the class, and other rows, that are at least as probable.
struct Threshold {
  double found, wrong;
};

/// A class with its rows ordered by how probable it is said to be.
struct Ranked {
  std::string name;
  double positives = 0, negatives = 0;
  std::vector<Threshold> thresholds;  ///< from the highest score on; equal scores are one

  RankingAreas areas;
};

/// A class with the scores of the rows whose own class is known.
struct ScoredClass {
  std::string name;
  std::vector<float> scores;
  std::vector<char> positive;
  std::size_t positives = 0;
};

std::vector<ScoredClass> scored_classes(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                        const MatrixF& probabilities) {
  const Target& target = *problem.target;
  std::vector<ScoredClass> classes;
  if (probabilities.cols() != static_cast<Eigen::Index>(target.classes.size()) || !probabilities.allFinite()) return {};
  for (std::size_t k = target.classes.size() == 2 ? 1 : 0; k < target.classes.size(); ++k) {
    ScoredClass scored{target.classes[k], {}, {}, 0};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::int32_t code = target.codes[static_cast<std::size_t>(rows[i])];
      if (code < 0) continue;
      const bool positive = code == static_cast<std::int32_t>(k);
      scored.scores.push_back(probabilities(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)));
      scored.positive.push_back(positive);
      scored.positives += positive;
    }
    if (scored.positives > 0 && scored.positives < scored.scores.size()) classes.push_back(std::move(scored));
  }
  if (classes.size() > most_lines) {
    std::vector<std::size_t> order(classes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return classes[a].positives > classes[b].positives; });
    order.resize(most_lines);
    std::sort(order.begin(), order.end());
    std::vector<ScoredClass> chosen;
    for (const std::size_t k : order) chosen.push_back(std::move(classes[k]));
    classes = std::move(chosen);
  }
  return classes;
}

std::vector<Ranked> ranked_classes(const std::vector<ScoredClass>& classes) {
  std::vector<Ranked> result;
  for (const ScoredClass& scored : classes) {
    const Ranking ranking(scored.scores, scored.positive);
    Ranked ranked;
    ranked.name = scored.name;
    ranked.areas = *ranking_areas(ranking);
    Threshold now{0, 0};
    std::size_t begin = 0;
    for (const std::uint32_t end : ranking.ends) {
      for (; begin < end; ++begin) (ranking.positive[begin] ? now.found : now.wrong) += 1;
      ranked.thresholds.push_back(now);
    }
    ranked.positives = now.found;
    ranked.negatives = now.wrong;
    result.push_back(std::move(ranked));
  }
  return result;
}

std::string with_number(const std::string& name, double value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), " (%.3f)", value);
  return name + text.data();
}

/// Adds a point per threshold, or as many of them, evenly, as can be told apart.
template <class Place>
void add_thresholds(Chart::Line& line, const std::vector<Threshold>& thresholds, Place place) {
  const std::size_t count = std::min(thresholds.size(), most_points);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = count == 1 ? 0 : i * (thresholds.size() - 1) / (count - 1);
    const auto [x, y] = place(thresholds[at]);
    line.x.push_back(x);
    line.y.push_back(y);
  }
}

std::shared_ptr<Chart> chart_of(const char* view, const char* title, const char* x_label, const char* y_label,
                                std::int64_t step, const std::string& part) {
  auto chart = std::make_shared<Chart>();
  chart->view = view;
  chart->title = title;
  chart->step = step;
  chart->part = part;
  chart->x_label = x_label;
  chart->y_label = y_label;
  return chart;
}

std::shared_ptr<const Chart> roc_view(const std::vector<Ranked>& classes, std::int64_t step, const std::string& part) {
  auto chart = chart_of("roc", "ROC curve", "False positive rate", "True positive rate", step, part);
  for (const Ranked& ranked : classes) {
    Chart::Line line{with_number(ranked.name, ranked.areas.roc_auc), false, {0}, {0}};
    add_thresholds(line, ranked.thresholds, [&](const Threshold& at) {
      return std::pair{at.wrong / ranked.negatives, at.found / ranked.positives};
    });
    chart->lines.push_back(std::move(line));
  }
  chart->lines.push_back({"chance", true, {0, 1}, {0, 1}});
  return chart;
}

std::shared_ptr<const Chart> precision_recall_view(const std::vector<Ranked>& classes, std::int64_t step,
                                                   const std::string& part) {
  auto chart = chart_of("precision-recall", "Precision and recall", "Recall", "Precision", step, part);
  for (const Ranked& ranked : classes) {
    Chart::Line line{with_number(ranked.name, ranked.areas.average_precision), false, {}, {}};
    add_thresholds(line, ranked.thresholds, [&](const Threshold& at) {
      return std::pair{at.found / ranked.positives, at.found / (at.found + at.wrong)};
    });
    chart->lines.push_back(std::move(line));
  }
  return chart;
}

std::shared_ptr<const Chart> calibration_view(const std::vector<ScoredClass>& classes, std::int64_t step,
                                              const std::string& part) {
  constexpr std::size_t bins = 10;
  auto chart = chart_of("calibration", "Calibration", "Predicted probability", "Share that came true", step, part);
  for (const ScoredClass& scored : classes) {
    std::array<double, bins> said{}, true_count{}, count{};
    for (std::size_t i = 0; i < scored.scores.size(); ++i) {
      const float score = scored.scores[i];
      const auto bin = std::min(bins - 1, static_cast<std::size_t>(std::max(0.0F, score) * float{bins}));
      said[bin] += static_cast<double>(score);
      true_count[bin] += scored.positive[i];
      ++count[bin];
    }
    Chart::Line line{scored.name, false, {}, {}};
    for (std::size_t bin = 0; bin < bins; ++bin) {
      if (count[bin] == 0) continue;
      line.x.push_back(said[bin] / count[bin]);
      line.y.push_back(true_count[bin] / count[bin]);
    }
    chart->lines.push_back(std::move(line));
  }
  chart->lines.push_back({"perfect", true, {0, 1}, {0, 1}});
  return chart;
}

std::shared_ptr<const Chart> gain_view(const std::vector<Ranked>& classes, std::int64_t step, const std::string& part) {
  auto chart = chart_of("gain", "Cumulative gain", "Share of rows", "Share of the class found", step, part);
  for (const Ranked& ranked : classes) {
    const double all = ranked.positives + ranked.negatives;
    Chart::Line line{ranked.name, false, {0}, {0}};
    add_thresholds(line, ranked.thresholds, [&](const Threshold& at) {
      return std::pair{(at.found + at.wrong) / all, at.found / ranked.positives};
    });
    chart->lines.push_back(std::move(line));
  }
  chart->lines.push_back({"chance", true, {0, 1}, {0, 1}});
  return chart;
}

std::shared_ptr<const Chart> lift_view(const std::vector<Ranked>& classes, std::int64_t step, const std::string& part) {
  auto chart = chart_of("lift", "Lift", "Share of rows", "Times as many as by chance", step, part);
  for (const Ranked& ranked : classes) {
    const double all = ranked.positives + ranked.negatives;
    Chart::Line line{ranked.name, false, {}, {}};
    add_thresholds(line, ranked.thresholds, [&](const Threshold& at) {
      const double share = (at.found + at.wrong) / all;
      return std::pair{share, at.found / ranked.positives / share};
    });
    chart->lines.push_back(std::move(line));
  }
  chart->lines.push_back({"chance", true, {0, 1}, {1, 1}});
  return chart;
}

}  // namespace

std::vector<std::shared_ptr<const Chart>> classifier_charts(const ProblemSet& problem,
                                                            std::span<const std::int64_t> rows,
                                                            const MatrixF& probabilities, std::int64_t step,
                                                            const std::string& part) {
  const auto scored = scored_classes(problem, rows, probabilities);
  const auto ranked = ranked_classes(scored);
  return {roc_view(ranked, step, part), precision_recall_view(ranked, step, part), calibration_view(scored, step, part),
          gain_view(ranked, step, part), lift_view(ranked, step, part)};
}

std::shared_ptr<const Points> residuals_view(const ProblemSet& problem, std::span<const std::int64_t> rows,
                                             std::span<const float> predicted, std::int64_t step,
                                             const std::string& part) {
  auto xy = std::make_shared<std::vector<float>>();
  auto shown = std::make_shared<std::vector<std::int64_t>>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float truth = problem.target->values[static_cast<std::size_t>(rows[i])];
    if (std::isnan(truth)) continue;
    xy->push_back(predicted[i]);
    xy->push_back(truth - predicted[i]);
    shown->push_back(rows[i]);
  }
  auto points = std::make_shared<Points>();
  points->view = "residuals";
  points->title = "Residuals";
  points->step = step;
  points->x_label = "predicted";
  points->y_label = "true less predicted";
  points->group.assign(shown->size(), 0);
  points->group_names = {part};
  points->xy = std::move(xy);
  points->rows = std::move(shown);
  return points;
}

}  // namespace gb
