#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/data/problem_set.hpp"
#include "core/events/events.hpp"
#include "core/linalg/matrix.hpp"
#include "core/model/model.hpp"

namespace gb {

/// How well each row lies in its cluster, -1 to 1 (Rousseeuw 1987): by how much its own cluster is nearer on average
/// than the nearest other one. 0 for a row that is alone in its cluster. Any number may name a cluster; -1 (noise) is a
/// group of its own. Empty unless there are at least two clusters and fewer than rows. Quadratic in the rows.
std::vector<double> silhouette_values(const MatrixF& rows, std::span<const std::int32_t> clusters);

/// The same of a part of the data, or of a sample of it: what is more than `most_rows` is drawn, always alike.
struct Silhouettes {
  static constexpr std::size_t most_rows = 2000;
  std::vector<std::int32_t> clusters;
  std::vector<double> values;  ///< empty where there are none
  std::size_t of_rows = 0;     ///< the sample was drawn from

  double mean() const;  ///< NaN where there are none
};
Silhouettes silhouettes(const ProblemSet& problem, const Prediction& prediction, std::span<const std::int64_t> rows);

/// The rows of each cluster side by side, best first (view "silhouette"). `silhouettes` has values.
std::shared_ptr<const Chart> silhouette_view(const Silhouettes& silhouettes, std::int64_t step);

}  // namespace gb
