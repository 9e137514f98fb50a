#include "core/evaluate/silhouette.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <map>
#include <numeric>

#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/metrics.hpp"

namespace gb {
namespace {

std::string two_digits(double value) {
  char text[16];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

}  // namespace

std::vector<double> silhouette_values(const MatrixF& rows, std::span<const std::int32_t> clusters) {
  const auto count = static_cast<std::size_t>(rows.rows());
  std::vector<std::int32_t> labels(clusters.begin(), clusters.end());
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  if (labels.size() < 2 || labels.size() >= count) return {};
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
  return coefficient;
}

double Silhouettes::mean() const {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Silhouettes silhouettes(const ProblemSet& problem, const Prediction& prediction, std::span<const std::int64_t> rows) {
  Silhouettes found;
  found.of_rows = rows.size();
  // Only the drawn rows are gathered: all of them may be many times the memory of the data.
  std::vector<std::int64_t> drawn;
  for (const std::size_t i : drawn_positions(rows.size(), Silhouettes::most_rows, 0)) {
    drawn.push_back(rows[i]);
    found.clusters.push_back(prediction.labels[i]);
  }
  found.values = silhouette_values(problem.features.dense(drawn), found.clusters);
  return found;
}

std::shared_ptr<const Chart> silhouette_view(const Silhouettes& silhouettes, std::int64_t step) {
  auto chart = std::make_shared<Chart>();
  chart->view = "silhouette";
  chart->title = "Silhouette, mean " + two_digits(silhouettes.mean());
  if (silhouettes.values.size() < silhouettes.of_rows)
    chart->title += " (" + grouped(static_cast<std::int64_t>(silhouettes.values.size())) + " of " +
                    grouped(static_cast<std::int64_t>(silhouettes.of_rows)) + " rows)";
  chart->step = step;
  chart->kind = Chart::Kind::bars;
  chart->x_label = "Rows by cluster";
  chart->y_label = "Silhouette";
  std::map<std::int32_t, std::vector<double>> clusters;
  for (std::size_t i = 0; i < silhouettes.values.size(); ++i)
    clusters[silhouettes.clusters[i]].push_back(silhouettes.values[i]);
  // A line per cluster number, so that colours are those of other views; what is no cluster comes last.
  const std::int32_t last = clusters.rbegin()->first;
  chart->lines.resize(static_cast<std::size_t>(last) + 1);
  const double gap = std::max(1.0, static_cast<double>(silhouettes.values.size()) / 60);
  double x = 0;
  const auto add = [&](Chart::Line& line, const std::string& name, std::vector<double>& values) {
    std::sort(values.begin(), values.end(), std::greater<>());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    line.name = name + ": " + two_digits(mean);
    for (const double value : values) {
      line.x.push_back(x++);
      line.y.push_back(value);
    }
    x += std::floor(gap);
  };
  for (auto& [cluster, values] : clusters)
    if (cluster >= 0)
      add(chart->lines[static_cast<std::size_t>(cluster)], "Cluster " + std::to_string(cluster), values);
  if (clusters.contains(-1)) {
    chart->lines.emplace_back();
    add(chart->lines.back(), "Noise", clusters[-1]);
  }
  return chart;
}

}  // namespace gb
