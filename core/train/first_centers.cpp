#include "core/train/first_centers.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>

#include "core/base/parallel.hpp"
#include "core/linalg/nearest.hpp"

namespace gb {
namespace {

/// Rows loaded at a time: with the few candidates of a round they stay in the first-level cache.
constexpr std::int64_t block_rows = 8;

MatrixD rows_as_points(const CenteredRows& rows, std::span<const std::int64_t> picks) {
  MatrixF values(static_cast<Eigen::Index>(picks.size()), rows.columns());
  for (std::size_t i = 0; i < picks.size(); ++i)
    rows.load(picks[i], values.data() + static_cast<std::int64_t>(i) * rows.columns());
  return values.cast<double>();
}

/// For every candidate, each row's squared distance to the candidate or, where that is shorter, `closest` (count), and
/// their sums. `distances` is candidates x count. False when stopped.
bool try_candidates(const CenteredRows& rows, const NearestCenters& candidates, std::span<const float> closest,
                    std::vector<float>& distances, std::vector<double>& potentials, const std::function<bool()>& stop) {
  const auto count = static_cast<std::size_t>(rows.count());
  const auto trials = static_cast<std::size_t>(candidates.count());
  // Rows that are worth a thread of their own.
  const std::size_t grain = std::max<std::size_t>(
      block_rows, (std::size_t{1} << 18) / (trials * static_cast<std::size_t>(rows.columns()) + 1));
  std::vector<std::vector<double>> sums(chunk_count(count, grain), std::vector<double>(trials));
  std::atomic<bool> stopped = false;
  parallel_chunks(count, grain, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
    std::vector<float> values(static_cast<std::size_t>(block_rows * rows.columns()));
    std::vector<float> scores(static_cast<std::size_t>(block_rows) * trials);
    for (std::size_t first = begin; first < end; first += block_rows) {
      if (stop()) {
        stopped = true;
        return;
      }
      const std::size_t some = std::min(end - first, static_cast<std::size_t>(block_rows));
      rows.load(static_cast<std::int64_t>(first), static_cast<std::int64_t>(some), values.data());
      candidates.scores(values.data(), static_cast<std::int64_t>(some), scores.data());
      for (std::size_t i = 0; i < some; ++i) {
        const float norm = rows.norm(static_cast<std::int64_t>(first + i));
        const float error = candidates.score_error(norm);
        for (std::size_t trial = 0; trial < trials; ++trial) {
          float distance = scores[i * trials + trial] + norm * norm;
          // A row that lies on the candidate must have distance 0: it may not be drawn again.
          if (distance <= 4 * error)
            distance = static_cast<float>(candidates.squared_distance(
                values.data() + static_cast<std::int64_t>(i) * rows.columns(), static_cast<std::int64_t>(trial)));
          distance = std::min(distance, closest[first + i]);
          distances[trial * count + first + i] = distance;
          sums[chunk][trial] += static_cast<double>(distance);
        }
      }
    }
  });
  potentials.assign(trials, 0);
  for (const auto& sum : sums)
    for (std::size_t trial = 0; trial < trials; ++trial) potentials[trial] += sum[trial];
  return !stopped;
}

/// A row drawn with probability proportional to its weight; any row when all weights are 0.
std::int64_t drawn_by_weight(std::span<const float> weights, double total, Random& random) {
  if (!(total > 0)) return static_cast<std::int64_t>(random.below(weights.size()));
  double left = random.uniform() * total;
  std::size_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] > 0)) continue;
    last = i;
    left -= static_cast<double>(weights[i]);
    if (left < 0) break;
  }
  return static_cast<std::int64_t>(last);
}

}  // namespace

MatrixD random_centers(const CenteredRows& rows, std::int64_t clusters, Random random) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows.count()));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = 0; i < static_cast<std::size_t>(clusters); ++i)
    std::swap(order[i], order[i + random.below(order.size() - i)]);
  return rows_as_points(rows, std::span(order).first(static_cast<std::size_t>(clusters)));
}

std::optional<MatrixD> plus_plus_centers(const CenteredRows& rows, std::int64_t clusters, Random random,
                                         const std::function<bool()>& stop) {
  const auto count = static_cast<std::size_t>(rows.count());
  const auto trials = static_cast<std::size_t>(2 + std::log(static_cast<double>(clusters)));
  std::vector<std::int64_t> chosen{static_cast<std::int64_t>(random.below(count))};
  std::vector<float> closest(count, std::numeric_limits<float>::infinity());
  std::vector<float> distances(count * trials);
  std::vector<double> potentials;
  if (!try_candidates(rows, NearestCenters(rows_as_points(rows, chosen)), closest, distances, potentials, stop))
    return std::nullopt;
  std::copy_n(distances.begin(), count, closest.begin());
  double potential = potentials[0];
  while (static_cast<std::int64_t>(chosen.size()) < clusters) {
    std::vector<std::int64_t> drawn(trials);
    for (auto& row : drawn) row = drawn_by_weight(closest, potential, random);
    if (!try_candidates(rows, NearestCenters(rows_as_points(rows, drawn)), closest, distances, potentials, stop))
      return std::nullopt;
    const auto best =
        static_cast<std::size_t>(std::min_element(potentials.begin(), potentials.end()) - potentials.begin());
    chosen.push_back(drawn[best]);
    potential = potentials[best];
    std::copy_n(distances.begin() + static_cast<std::ptrdiff_t>(best * count), count, closest.begin());
  }
  return rows_as_points(rows, chosen);
}

}  // namespace gb
