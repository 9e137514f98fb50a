#include "core/train/lloyd.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/parallel.hpp"
#include "core/linalg/product.hpp"

namespace gb {
namespace {

/// Rows whose scores are computed at a time. With few centres they should stay in the first-level cache with them; a
/// general matrix product wants more, and with 1,000 columns these fill half of a common second-level cache.
std::int64_t block_rows(std::int64_t clusters) {
  return clusters <= few_columns ? 8 : 128;
}
/// Multiplications that are worth waking another thread for.
constexpr std::int64_t worthwhile = std::int64_t{1} << 19;
/// Lower bounds take no more memory than this.
constexpr std::int64_t most_bounds = std::int64_t{1} << 25;
/// From here on it pays to look which centres a row could change to before computing all distances.
constexpr std::int64_t many_clusters = 24;
constexpr float infinity = std::numeric_limits<float>::infinity();

}  // namespace

/// What one chunk of rows needs while it is assigned. But for the bounds nothing is written to the shared state before
/// all chunks are done.
struct Lloyd::Worker {
  Worker(std::int64_t clusters, std::int64_t columns)
      : block(static_cast<std::size_t>(block_rows(clusters))),
        values(block * static_cast<std::size_t>(columns)),
        scores(block * static_cast<std::size_t>(clusters)) {
    pending.reserve(block);
  }

  std::size_t block;                  ///< rows looked at together
  std::vector<std::int64_t> pending;  ///< rows to be looked at
  std::vector<float> values;          ///< pending x columns
  std::vector<float> scores;          ///< pending x clusters
  std::vector<std::int32_t> candidates;
  std::vector<std::pair<std::int64_t, std::int32_t>> changes;  ///< row and new label, in row order
  MatrixD sums;                                                ///< what the changes add to each cluster
  std::vector<char> touched;                                   ///< clusters whose sums change
  std::int64_t computed = 0;
};

Lloyd::Lloyd(const CenteredRows& rows, std::int64_t clusters, bool accelerated)
    : rows_(rows),
      clusters_(clusters),
      groups_(0),
      grain_(static_cast<std::size_t>(
          std::max(std::int64_t{128}, worthwhile / std::max<std::int64_t>(1, clusters * rows.columns())))) {
  if (accelerated && clusters > 1)
    groups_ = std::clamp<std::int64_t>(most_bounds / std::max<std::int64_t>(rows.count(), 1), 1, clusters);
  const auto count = static_cast<std::size_t>(rows.count());
  if (groups_ > 0) {
    upper_.resize(count);
    lower_.resize(count * static_cast<std::size_t>(groups_));
    for (std::int64_t row = 0; row < rows.count(); ++row) largest_row_ = std::max(largest_row_, rows.norm(row));
  }
}

void Lloyd::start(MatrixD centers) {
  sums_ = MatrixD::Zero(clusters_, rows_.columns());
  restore(std::move(centers), std::move(sums_), std::vector<std::int32_t>(static_cast<std::size_t>(rows_.count()), -1));
}

void Lloyd::restore(MatrixD centers, MatrixD sums, std::vector<std::int32_t> labels) {
  nearest_ = NearestCenters(std::move(centers));
  sums_ = std::move(sums);
  labels_ = std::move(labels);
  sizes_.assign(static_cast<std::size_t>(clusters_), 0);
  for (const std::int32_t label : labels_)
    if (label >= 0) ++sizes_[static_cast<std::size_t>(label)];
  bounds_valid_ = false;
  travelled_.assign(static_cast<std::size_t>(clusters_), 0);
  group_travelled_.assign(static_cast<std::size_t>(groups_), 0);
  computed_ = possible_ = 0;
}

std::optional<std::int64_t> Lloyd::assign(const std::function<bool()>& stop) {
  const auto count = static_cast<std::size_t>(rows_.count());
  own_path_.assign(travelled_.begin(), travelled_.end());
  path_.assign(group_travelled_.begin(), group_travelled_.end());
  // Every number in the arithmetic on bounds is below the sum of these; 2^-18 of it is dozens of roundings.
  double largest = static_cast<double>(largest_row_);
  for (std::size_t i = 0; i < travelled_.size(); ++i)
    largest = std::max(largest, travelled_[i] + 2 * nearest_.centers().row(static_cast<Eigen::Index>(i)).norm());
  slack_ = static_cast<float>(std::ldexp(largest + static_cast<double>(largest_row_), -18));

  std::vector<Worker> workers;
  const std::size_t chunks = chunk_count(count, grain_);
  workers.reserve(chunks);
  for (std::size_t i = 0; i < chunks; ++i) workers.emplace_back(clusters_, rows_.columns());
  std::atomic<bool> stopped = false;
  parallel_chunks(count, grain_, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
    Worker& worker = workers[chunk];
    for (std::size_t row = begin; row < end; ++row) {
      if (!bounds_valid_ || may_change(static_cast<std::int64_t>(row))) {
        worker.pending.push_back(static_cast<std::int64_t>(row));
        rows_.prefetch(static_cast<std::int64_t>(row));
      }
      if (worker.pending.size() < worker.block && row + 1 < end) continue;
      if (stop()) {
        stopped = true;
        return;
      }
      settle(worker);
    }
    add_changes(worker, stop);
  });
  if (stopped || stop()) {
    bounds_valid_ = false;  // some speak of labels that are not given
    return std::nullopt;
  }

  std::int64_t changed = 0;
  for (const Worker& worker : workers) {
    for (std::size_t i = 0; i < worker.touched.size(); ++i)
      if (worker.touched[i]) sums_.row(static_cast<Eigen::Index>(i)) += worker.sums.row(static_cast<Eigen::Index>(i));
    for (const auto& [row, label] : worker.changes) {
      std::int32_t& own = labels_[static_cast<std::size_t>(row)];
      if (own >= 0) --sizes_[static_cast<std::size_t>(own)];
      ++sizes_[static_cast<std::size_t>(label)];
      own = label;
    }
    changed += static_cast<std::int64_t>(worker.changes.size());
    computed_ += worker.computed;
  }
  possible_ += rows_.count() * clusters_;
  bounds_valid_ = groups_ > 0;
  return changed;
}

/// Whether another centre could be as near as the row's own, as far as the bounds tell.
bool Lloyd::may_change(std::int64_t row) const {
  const auto label = static_cast<std::size_t>(labels_[static_cast<std::size_t>(row)]);
  const float upper = upper_[static_cast<std::size_t>(row)] + own_path_[label] + slack_;
  const float* lower = lower_.data() + row * groups_;
  unsigned may = 0;
  for (std::int64_t group = 0; group < groups_; ++group)
    may |= lower[group] - path_[static_cast<std::size_t>(group)] <= upper;
  return may != 0;
}

/// Error of a squared distance made of a score and the row's norm.
float Lloyd::distance_error(std::int64_t row) const {
  const float norm = rows_.norm(row);
  return nearest_.score_error(norm) + 0x1.0p-21f * norm * norm;
}

/// Gives the pending rows to their nearest centres and renews their bounds.
void Lloyd::settle(Worker& worker) {
  const std::int64_t columns = rows_.columns();
  for (std::size_t i = 0; i < worker.pending.size(); ++i)
    rows_.load(worker.pending[i], worker.values.data() + static_cast<std::int64_t>(i) * columns);
  if (bounds_valid_ && clusters_ >= many_clusters) narrow(worker);
  const auto some = static_cast<std::int64_t>(worker.pending.size());
  nearest_.scores(worker.values.data(), some, worker.scores.data());
  worker.computed += some * clusters_;
  for (std::int64_t i = 0; i < some; ++i) {
    const std::int64_t row = worker.pending[static_cast<std::size_t>(i)];
    const float norm = rows_.norm(row);
    const float* scores = worker.scores.data() + i * clusters_;
    const std::int32_t label = nearest_.nearest(worker.values.data() + i * columns, norm, scores);
    set_label(worker, row, label);
    if (groups_ == 0) continue;
    const float squared = norm * norm, error = distance_error(row);
    upper_[static_cast<std::size_t>(row)] =
        std::sqrt(std::max(0.0f, scores[label] + squared + error)) - own_path_[static_cast<std::size_t>(label)];
    float* lower = lower_.data() + row * groups_;
    if (groups_ == clusters_) {
      for (std::int64_t j = 0; j < clusters_; ++j)
        lower[j] = std::sqrt(std::max(0.0f, scores[j] + squared - error)) + path_[static_cast<std::size_t>(j)];
      lower[label] = infinity;
      continue;
    }
    for (std::int64_t group = 0; group < groups_; ++group) {
      float lowest = infinity;
      for (std::int64_t j = first_of(group); j < first_of(group + 1); ++j)
        if (j != label) lowest = std::min(lowest, scores[j]);
      lower[group] = std::sqrt(std::max(0.0f, lowest + squared - error)) + path_[static_cast<std::size_t>(group)];
    }
  }
  worker.pending.clear();
}

/// Settles the pending rows that few centres come into question for, one distance at a time; the others stay pending.
void Lloyd::narrow(Worker& worker) {
  const std::int64_t columns = rows_.columns();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < worker.pending.size(); ++i) {
    const std::int64_t row = worker.pending[i];
    const float* values = worker.values.data() + static_cast<std::int64_t>(i) * columns;
    const std::int32_t own = labels_[static_cast<std::size_t>(row)];
    const float score = nearest_.score(values, own);
    ++worker.computed;
    const float squared = rows_.norm(row) * rows_.norm(row);
    const float upper = std::sqrt(std::max(0.0f, score + squared + distance_error(row)));
    upper_[static_cast<std::size_t>(row)] = upper - own_path_[static_cast<std::size_t>(own)];
    // All centres of the groups in question, ascending.
    worker.candidates.clear();
    const float* lower = lower_.data() + row * groups_;
    for (std::int64_t group = 0; group < groups_; ++group) {
      if (lower[group] - path_[static_cast<std::size_t>(group)] > upper + slack_) continue;
      for (std::int64_t j = first_of(group); j < first_of(group + 1); ++j)
        worker.candidates.push_back(static_cast<std::int32_t>(j));
    }
    if (worker.candidates.empty()) continue;
    // A product over all centres costs about as much per centre as a third of a single distance.
    if (static_cast<std::int64_t>(worker.candidates.size()) * 3 <= clusters_) {
      settle_among(worker, row, values, score);
      continue;
    }
    if (kept != i) std::copy_n(values, columns, worker.values.data() + static_cast<std::int64_t>(kept) * columns);
    worker.pending[kept++] = row;
  }
  worker.pending.resize(kept);
}

/// The nearest of the candidates and the own centre; renews the bounds of the candidates' groups.
void Lloyd::settle_among(Worker& worker, std::int64_t row, const float* values, float own_score) {
  const std::int32_t own = labels_[static_cast<std::size_t>(row)];
  const auto place = std::lower_bound(worker.candidates.begin(), worker.candidates.end(), own);
  const bool own_group_in_question = place != worker.candidates.end() && *place == own;
  if (!own_group_in_question) worker.candidates.insert(place, own);
  const std::size_t some = worker.candidates.size();
  float* scores = worker.scores.data();
  for (std::size_t i = 0; i < some; ++i)
    scores[i] = worker.candidates[i] == own ? own_score : nearest_.score(values, worker.candidates[i]);
  worker.computed += static_cast<std::int64_t>(some) - 1;
  const float norm = rows_.norm(row);
  const std::int32_t label = nearest_.nearest(values, norm, worker.candidates, scores);
  set_label(worker, row, label);

  const float squared = norm * norm, error = distance_error(row);
  float* lower = lower_.data() + row * groups_;
  std::int64_t group = -1;
  for (std::size_t i = 0; i < some; ++i) {
    const std::int32_t center = worker.candidates[i];
    const auto path = path_[static_cast<std::size_t>(group_of(center))];
    if (center == label)
      upper_[static_cast<std::size_t>(row)] =
          std::sqrt(std::max(0.0f, scores[i] + squared + error)) - own_path_[static_cast<std::size_t>(label)];
    // The own centre may stand here without the others of its group: their bound goes on to hold.
    const bool whole_group = center != own || own_group_in_question;
    if (group_of(center) != group) {
      group = group_of(center);
      if (whole_group) lower[group] = infinity;
    }
    if (center != label)
      lower[group] = std::min(lower[group], std::sqrt(std::max(0.0f, scores[i] + squared - error)) + path);
  }
}

void Lloyd::set_label(Worker& worker, std::int64_t row, std::int32_t label) const {
  if (labels_[static_cast<std::size_t>(row)] != label) worker.changes.emplace_back(row, label);
}

void Lloyd::add_changes(Worker& worker, const std::function<bool()>& stop) const {
  if (worker.changes.empty()) return;
  const std::int64_t columns = rows_.columns();
  worker.sums = MatrixD::Zero(clusters_, columns);
  worker.touched.assign(static_cast<std::size_t>(clusters_), 0);
  // Single distances were settled before the products of their block.
  std::sort(worker.changes.begin(), worker.changes.end());
  float* values = worker.values.data();
  std::size_t done = 0;
  for (const auto& [row, label] : worker.changes) {
    if (++done % 4096 == 0 && stop()) return;
    rows_.load(row, values);
    double* to = worker.sums.row(label).data();
    for (std::int64_t i = 0; i < columns; ++i) to[i] += static_cast<double>(values[i]);
    worker.touched[static_cast<std::size_t>(label)] = 1;
    const std::int32_t own = labels_[static_cast<std::size_t>(row)];
    if (own < 0) continue;
    double* from = worker.sums.row(own).data();
    for (std::int64_t i = 0; i < columns; ++i) from[i] -= static_cast<double>(values[i]);
    worker.touched[static_cast<std::size_t>(own)] = 1;
  }
}

Lloyd::Movement Lloyd::update() {
  Movement movement;
  movement.refilled = refill_empty();
  MatrixD centers = nearest_.centers();
  for (Eigen::Index i = 0; i < clusters_; ++i) {
    const auto cluster = static_cast<std::size_t>(i);
    if (sizes_[cluster] == 0) continue;
    const Eigen::RowVectorXd center = sums_.row(i) / static_cast<double>(sizes_[cluster]);
    const double squared = (center - centers.row(i)).squaredNorm();
    centers.row(i) = center;
    const double distance = std::sqrt(squared) * (1 + 1e-12);
    movement.squared += squared;
    movement.largest = std::max(movement.largest, distance);
    travelled_[cluster] += distance;
  }
  for (std::int64_t group = 0; group < groups_; ++group) {
    double largest = 0;
    for (std::int64_t j = first_of(group); j < first_of(group + 1); ++j)
      largest = std::max(largest, (centers.row(j) - nearest_.centers().row(j)).norm() * (1 + 1e-12));
    group_travelled_[static_cast<std::size_t>(group)] += largest;
  }
  nearest_ = NearestCenters(std::move(centers));
  return movement;
}

std::int64_t Lloyd::refill_empty() {
  std::vector<std::size_t> empty;
  for (std::size_t i = 0; i < sizes_.size(); ++i)
    if (sizes_[i] == 0) empty.push_back(i);
  if (empty.empty()) return 0;
  const auto count = static_cast<std::size_t>(rows_.count());
  std::vector<double> distances(count);
  parallel_chunks(count, grain_, [&](std::size_t begin, std::size_t end, std::size_t) {
    std::vector<float> values(static_cast<std::size_t>(rows_.columns()));
    for (std::size_t row = begin; row < end; ++row) {
      rows_.load(static_cast<std::int64_t>(row), values.data());
      distances[row] = nearest_.squared_distance(values.data(), labels_[row]);
    }
  });
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return distances[a] > distances[b]; });
  std::vector<float> values(static_cast<std::size_t>(rows_.columns()));
  std::int64_t refilled = 0;
  auto next = empty.begin();
  for (const std::size_t row : order) {
    if (next == empty.end() || distances[row] <= 0) break;
    const auto from = static_cast<std::size_t>(labels_[row]);
    if (sizes_[from] < 2) continue;  // taking its only row would empty another cluster
    rows_.load(static_cast<std::int64_t>(row), values.data());
    const auto point = Eigen::Map<const Eigen::RowVectorXf>(values.data(), rows_.columns()).cast<double>();
    sums_.row(static_cast<Eigen::Index>(from)) -= point;
    sums_.row(static_cast<Eigen::Index>(*next)) = point;
    --sizes_[from];
    sizes_[*next] = 1;
    labels_[row] = static_cast<std::int32_t>(*next);
    // No bound holds any more.
    if (groups_ > 0) {
      upper_[row] = infinity;
      std::fill_n(lower_.begin() + static_cast<std::ptrdiff_t>(row) * groups_, groups_, -infinity);
    }
    ++next;
    ++refilled;
  }
  return refilled;
}

double Lloyd::inertia() const {
  double sum = rows_.squared_norms();
  for (Eigen::Index i = 0; i < clusters_; ++i) {
    const auto center = nearest_.centers().row(i);
    sum +=
        static_cast<double>(sizes_[static_cast<std::size_t>(i)]) * center.squaredNorm() - 2 * sums_.row(i).dot(center);
  }
  return std::max(0.0, sum);
}

double Lloyd::exact_inertia() const {
  const auto count = static_cast<std::size_t>(rows_.count());
  std::vector<double> sums(chunk_count(count, grain_));
  parallel_chunks(count, grain_, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
    std::vector<float> values(static_cast<std::size_t>(rows_.columns()));
    for (std::size_t row = begin; row < end; ++row) {
      rows_.load(static_cast<std::int64_t>(row), values.data());
      sums[chunk] += nearest_.squared_distance(values.data(), labels_[row]);
    }
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

double Lloyd::computed_share() const {
  return possible_ > 0 ? static_cast<double>(computed_) / static_cast<double>(possible_) : 1;
}

}  // namespace gb
