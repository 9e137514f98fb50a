#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <vector>

#include "core/algorithms/algorithm.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/cluster_views.hpp"
#include "core/model/fixed_rows_model.hpp"
#include "core/params/schema.hpp"

namespace gb {
namespace {

using Eigen::Index;

enum class Linkage { ward, complete, average, single };

struct HierarchicalParams {
  int clusters = 2;
  Linkage linkage = Linkage::ward;
};

const Schema<HierarchicalParams>& schema() {
  static const auto s =
      Schema<HierarchicalParams>{}
          .add(&HierarchicalParams::clusters, {.name = "clusters",
                                               .label = "Clusters",
                                               .help = "At how many clusters to cut the tree.",
                                               .valid = {1, 1e6},
                                               .search = {2, 30},
                                               .scale = Scale::log})
          .add(&HierarchicalParams::linkage,
               {.name = "linkage",
                .label = "Distance of clusters",
                .help = "Which two clusters count as nearest and are merged next.",
                .choices = {{"ward", "Ward", "Those whose union spreads least: round clusters of similar size."},
                            {"complete", "Farthest rows", "By their two farthest rows: compact clusters."},
                            {"average", "Mean", "By the mean distance of their rows."},
                            {"single", "Nearest rows", "By their two nearest rows: chains of any shape."}}});
  return s;
}

/// Distances between all rows take up to so many bytes (complete and average linkage).
constexpr double most_bytes = 4e9;
/// Leaves of the drawn tree.
constexpr std::size_t most_leaves = 60;

const char* const no_rule =
    "a tree of merges says how the rows it was given belong together, not where another row belongs; use kmeans or "
    "dbscan";

/// Two clusters become one. Rows are clusters 0 to n - 1, the i-th merge in order of height makes cluster n + i.
struct Merge {
  std::int64_t first = 0, second = 0;
  double height = 0;
};

/// One run: finds all merges, then joins clusters in the order of their heights.
class HierarchicalRun {
 public:
  HierarchicalRun(const ProblemSet& problem, const HierarchicalParams& params, RunContext& context)
      : params_(params),
        context_(context),
        problem_(problem),
        rows_(problem.features.dense(problem.split.train)),
        count_(rows_.rows()),
        views_(problem) {}

  std::unique_ptr<Model> run() {
    if (context_.resume_from()) resumed_at_ = context_.resume_from()->step;
    // Nothing but the step: the merges are found again, and joined again up to it.
    context_.on_save([](std::int64_t) { return State{}; });
    if (resumed_at_ == 0 && !context_.step(0)) return alone();
    context_.watch("this-step", [&]() -> Event {
      return Text{"this-step", 0, "Looking for the nearest neighbours of " + grouped(count_) + " rows."};
    });
    if (!find_merges()) return alone();
    sort_merges();
    join();
    return finish();
  }

 private:
  // Finding merges.

  bool find_merges() {
    if (params_.linkage == Linkage::single) return span_tree();
    if (params_.linkage == Linkage::ward) return chain_of_centers();
    return chain_of_distances();
  }

  double squared_distance(const float* a, const float* b) const {
    // Four sums, in a fixed order: fast without asking the compiler to reorder.
    double sums[4] = {0, 0, 0, 0};
    const Index columns = rows_.cols();
    Index i = 0;
    for (; i + 4 <= columns; i += 4)
      for (Index lane = 0; lane < 4; ++lane) {
        const double difference = static_cast<double>(a[i + lane]) - static_cast<double>(b[i + lane]);
        sums[lane] += difference * difference;
      }
    for (; i < columns; ++i) {
      const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
      sums[0] += difference * difference;
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }

  /// Single linkage: the merges are the edges of the shortest tree over all rows (Gower, Ross 1969), by Prim's way.
  bool span_tree() {
    std::vector<double> nearest(static_cast<std::size_t>(count_), std::numeric_limits<double>::infinity());
    std::vector<Index> from(static_cast<std::size_t>(count_), 0), outside(static_cast<std::size_t>(count_));
    std::iota(outside.begin(), outside.end(), 0);
    outside.erase(outside.begin());
    Index last = 0;
    std::vector<std::pair<double, std::size_t>> best(static_cast<std::size_t>(threads()));
    while (!outside.empty()) {
      if (outside.size() % 64 == 0 && context_.poll()) return false;
      parallel_chunks(outside.size(), grain(), [&](std::size_t begin, std::size_t end, std::size_t chunk) {
        std::pair<double, std::size_t> least{std::numeric_limits<double>::infinity(), 0};
        for (std::size_t i = begin; i < end; ++i) {
          const auto row = static_cast<std::size_t>(outside[i]);
          const double distance = squared_distance(row_of(last), row_of(outside[i]));
          if (distance < nearest[row]) {
            nearest[row] = distance;
            from[row] = last;
          }
          if (nearest[row] < least.first || i == begin) least = {nearest[row], i};
        }
        best[chunk] = least;
      });
      std::size_t place = 0;
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t chunk = 0; chunk < chunk_count(outside.size(), grain()); ++chunk)
        if (best[chunk].first < least) {
          least = best[chunk].first;
          place = best[chunk].second;
        }
      last = outside[place];
      merges_.push_back({from[static_cast<std::size_t>(last)], last, std::sqrt(least)});
      // In order, so that ties are the same for any number of threads.
      outside.erase(outside.begin() + static_cast<std::ptrdiff_t>(place));
    }
    return true;
  }

  /// The chain of nearest neighbours (Murtagh 1983): whoever is nearest to one another merges, in any order. `distance`
  /// is of two living clusters, `merge(a, b)` puts both into b.
  template <class Distance, class MergeInto>
  bool follow_chain(Distance distance, MergeInto merge) {
    std::vector<Index> living(static_cast<std::size_t>(count_)), chain;
    std::iota(living.begin(), living.end(), 0);
    std::vector<std::pair<double, Index>> best(static_cast<std::size_t>(threads()));
    std::int64_t looks = 0;
    while (living.size() > 1) {
      if (++looks % 64 == 0 && context_.poll()) return false;
      if (chain.empty()) chain.push_back(living.front());
      const Index end = chain.back();
      const Index before = chain.size() > 1 ? chain[chain.size() - 2] : -1;
      parallel_chunks(living.size(), grain(), [&](std::size_t from, std::size_t to, std::size_t chunk) {
        std::pair<double, Index> least{std::numeric_limits<double>::infinity(), -1};
        for (std::size_t i = from; i < to; ++i) {
          if (living[i] == end) continue;
          const double between = distance(end, living[i]);
          if (between < least.first || least.second < 0) least = {between, living[i]};
        }
        best[chunk] = least;
      });
      // The one before in the chain, where it is as near as any: else equal distances could lead in a circle.
      std::pair<double, Index> nearest{std::numeric_limits<double>::infinity(), -1};
      if (before >= 0) nearest = {distance(end, before), before};
      for (std::size_t chunk = 0; chunk < chunk_count(living.size(), grain()); ++chunk)
        if (best[chunk].second >= 0 && (best[chunk].first < nearest.first || nearest.second < 0)) nearest = best[chunk];
      if (nearest.second != before) {
        chain.push_back(nearest.second);
        continue;
      }
      chain.resize(chain.size() - 2);
      const Index gone = std::min(end, before), kept = std::max(end, before);
      merges_.push_back({gone, kept, nearest.first});
      merge(gone, kept);
      living.erase(std::lower_bound(living.begin(), living.end(), gone));
    }
    return true;
  }

  /// Ward (1963): the growth of the squares about the means, from the means alone; no distances are kept.
  bool chain_of_centers() {
    MatrixD centers = rows_.cast<double>();
    std::vector<double> sizes(static_cast<std::size_t>(count_), 1);
    const Index columns = rows_.cols();
    const bool complete = follow_chain(
        [&](Index a, Index b) {
          const double *from = centers.data() + a * columns, *to = centers.data() + b * columns;
          double sums[4] = {0, 0, 0, 0};
          Index i = 0;
          for (; i + 4 <= columns; i += 4)
            for (Index lane = 0; lane < 4; ++lane) {
              const double difference = from[i + lane] - to[i + lane];
              sums[lane] += difference * difference;
            }
          for (; i < columns; ++i) sums[0] += (from[i] - to[i]) * (from[i] - to[i]);
          const double size_a = sizes[static_cast<std::size_t>(a)], size_b = sizes[static_cast<std::size_t>(b)];
          return ((sums[0] + sums[1]) + (sums[2] + sums[3])) * 2 * size_a * size_b / (size_a + size_b);
        },
        [&](Index gone, Index kept) {
          double &size_a = sizes[static_cast<std::size_t>(gone)], &size_b = sizes[static_cast<std::size_t>(kept)];
          centers.row(kept) = (centers.row(gone) * size_a + centers.row(kept) * size_b) / (size_a + size_b);
          size_b += size_a;
        });
    for (Merge& merge : merges_) merge.height = std::sqrt(merge.height);
    return complete;
  }

  /// Complete and average linkage, from the distances of all clusters (Lance, Williams 1967).
  bool chain_of_distances() {
    // Below the diagonal, row by row.
    std::vector<float> distances(static_cast<std::size_t>(count_) * static_cast<std::size_t>(count_ - 1) / 2);
    const auto place = [](Index a, Index b) {
      const auto high = static_cast<std::size_t>(std::max(a, b)), low = static_cast<std::size_t>(std::min(a, b));
      return high * (high - 1) / 2 + low;
    };
    constexpr Index piece = 256;
    for (Index first = 0; first < count_; first += piece) {
      if (context_.poll()) return false;
      const auto some = static_cast<std::size_t>(std::min(piece, count_ - first));
      parallel_chunks(some, 8, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (Index row = first + static_cast<Index>(begin); row < first + static_cast<Index>(end); ++row)
          for (Index other = 0; other < row; ++other)
            distances[place(row, other)] = static_cast<float>(std::sqrt(squared_distance(row_of(row), row_of(other))));
      });
    }
    std::vector<double> sizes(static_cast<std::size_t>(count_), 1);
    std::vector<std::uint8_t> gone_already(static_cast<std::size_t>(count_));
    const bool complete = params_.linkage == Linkage::complete;
    return follow_chain([&](Index a, Index b) { return static_cast<double>(distances[place(a, b)]); },
                        [&](Index gone, Index kept) {
                          gone_already[static_cast<std::size_t>(gone)] = 1;
                          const double size_a = sizes[static_cast<std::size_t>(gone)],
                                       size_b = sizes[static_cast<std::size_t>(kept)];
                          for (Index other = 0; other < count_; ++other) {
                            if (gone_already[static_cast<std::size_t>(other)] || other == kept) continue;
                            float& to_kept = distances[place(other, kept)];
                            const float to_gone = distances[place(other, gone)];
                            to_kept = complete ? std::max(to_kept, to_gone)
                                               : static_cast<float>((static_cast<double>(to_gone) * size_a +
                                                                     static_cast<double>(to_kept) * size_b) /
                                                                    (size_a + size_b));
                          }
                          sizes[static_cast<std::size_t>(kept)] += size_a;
                        });
  }

  const float* row_of(Index row) const { return rows_.data() + row * rows_.cols(); }
  std::size_t grain() const {
    return std::max<std::size_t>(64, 65536 / static_cast<std::size_t>(std::max<Index>(rows_.cols(), 1)));
  }

  /// By height, with clusters named as Merge says. Merges name rows of their clusters so far.
  void sort_merges() {
    std::stable_sort(merges_.begin(), merges_.end(),
                     [](const Merge& a, const Merge& b) { return a.height < b.height; });
    std::vector<std::int64_t> parent(static_cast<std::size_t>(count_)), cluster(static_cast<std::size_t>(count_));
    std::iota(parent.begin(), parent.end(), 0);
    std::iota(cluster.begin(), cluster.end(), 0);
    const auto root = [&](std::int64_t row) {
      while (parent[static_cast<std::size_t>(row)] != row) {
        auto& up = parent[static_cast<std::size_t>(row)];
        row = up = parent[static_cast<std::size_t>(up)];
      }
      return row;
    };
    for (std::size_t i = 0; i < merges_.size(); ++i) {
      const std::int64_t a = root(merges_[i].first), b = root(merges_[i].second);
      merges_[i].first = std::min(cluster[static_cast<std::size_t>(a)], cluster[static_cast<std::size_t>(b)]);
      merges_[i].second = std::max(cluster[static_cast<std::size_t>(a)], cluster[static_cast<std::size_t>(b)]);
      parent[static_cast<std::size_t>(a)] = b;
      cluster[static_cast<std::size_t>(b)] = count_ + static_cast<std::int64_t>(i);
    }
  }

  // Joining them, lowest first, for people to see.

  void join() {
    const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(0, count_ - params_.clusters));
    // About a hundred steps; the last ones, where large clusters meet, one merge each.
    const std::size_t slow = 40;
    while (joined_ < wanted) {
      if (step_ >= resumed_at_ && !context_.step(step_)) return;
      if (step_ < resumed_at_ && context_.poll()) return;
      const std::size_t left = wanted - joined_;
      joined_ += left <= slow ? 1 : std::min(left - slow, std::max<std::size_t>(1, wanted / 60));
      ++step_;
      if (step_ <= resumed_at_) continue;
      const double height = merges_[joined_ - 1].height;
      context_.scalar("train/merge_distance", step_, height);
      const std::int64_t clusters = count_ - static_cast<std::int64_t>(joined_);
      if (joined_ < wanted) {
        label(clusters);
        show("Merged up to a distance of " + short_number(height) + ": " + grouped(clusters) + " clusters are left.",
             false);
      }
      context_.watch("progress", [&]() -> Event {
        return Progress{static_cast<std::int64_t>(joined_), static_cast<std::int64_t>(wanted), 0, "merges"};
      });
    }
  }

  /// Cuts the tree at so many clusters, numbered in the order of their first rows.
  void label(std::int64_t clusters) {
    labels_.assign(static_cast<std::size_t>(count_), -1);
    std::vector<std::int64_t> parent(static_cast<std::size_t>(count_) + merges_.size(), -1);
    const auto done = static_cast<std::size_t>(count_ - clusters);
    for (std::size_t i = 0; i < done; ++i)
      parent[static_cast<std::size_t>(merges_[i].first)] = parent[static_cast<std::size_t>(merges_[i].second)] =
          count_ + static_cast<std::int64_t>(i);
    std::vector<std::int32_t> number(parent.size(), -1);
    std::int32_t next = 0;
    for (std::int64_t row = 0; row < count_; ++row) {
      std::int64_t top = row;
      while (parent[static_cast<std::size_t>(top)] >= 0) {
        auto& up = parent[static_cast<std::size_t>(top)];
        if (parent[static_cast<std::size_t>(up)] >= 0) up = parent[static_cast<std::size_t>(up)];
        top = up;
      }
      if (number[static_cast<std::size_t>(top)] < 0) number[static_cast<std::size_t>(top)] = next++;
      labels_[static_cast<std::size_t>(row)] = number[static_cast<std::size_t>(top)];
    }
    clusters_ = next;
  }

  void show(const std::string& text, bool last) {
    context_.watch(
        "this-step",
        [&]() -> Event {
          return Text{"this-step", step_, text};
        },
        last);
    context_.watch(
        "clusters",
        [&]() -> Event {
          return std::shared_ptr<const Points>(views_.rows(step_, labels_, static_cast<std::size_t>(clusters_)));
        },
        last);
  }

  /// The upper part of the tree of merges; what lies below its leaves is counted, and coloured where a leaf's rows are
  /// of one cluster.
  std::shared_ptr<const Tree> dendrogram() const {
    auto tree = std::make_shared<Tree>();
    tree->view = "dendrogram";
    tree->title = "Tree of merges";
    tree->step = step_;
    tree->heights = true;
    for (std::int32_t i = 0; i < clusters_; ++i) tree->group_names.push_back("Cluster " + std::to_string(i));
    const auto all = static_cast<std::size_t>(count_);
    std::vector<std::int64_t> sizes(all + merges_.size(), 1), first_row(all + merges_.size());
    std::iota(first_row.begin(), first_row.begin() + static_cast<std::ptrdiff_t>(all), 0);
    for (std::size_t i = 0; i < merges_.size(); ++i) {
      const auto a = static_cast<std::size_t>(merges_[i].first), b = static_cast<std::size_t>(merges_[i].second);
      sizes[all + i] = sizes[a] + sizes[b];
      first_row[all + i] = std::min(first_row[a], first_row[b]);
    }
    // Merges that are drawn: the highest ones.
    const std::size_t drawn = std::min(merges_.size(), most_leaves - 1);
    const std::size_t cut = merges_.size() - drawn;
    const std::size_t separate = all - static_cast<std::size_t>(clusters_);
    struct Place {
      std::size_t cluster;
      std::int32_t parent;
    };
    std::vector<Place> waiting{{all + merges_.size() - 1, -1}};
    if (merges_.empty()) waiting = {{0, -1}};
    while (!waiting.empty()) {
      const Place place = waiting.back();
      waiting.pop_back();
      Tree::Node node;
      node.parent = place.parent;
      node.rows = sizes[place.cluster];
      const bool merged = place.cluster >= all;
      const std::size_t merge = merged ? place.cluster - all : 0;
      // Merged before the cut: all of its rows are of one cluster.
      if (!merged || merge < separate) node.group = labels_[static_cast<std::size_t>(first_row[place.cluster])];
      const bool inner = merged && merge >= cut;
      if (inner) {
        node.height = merges_[merge].height;
        node.detail = grouped(node.rows) + " rows, merged at " + short_number(node.height);
      } else if (merged) {
        node.label = grouped(node.rows) + " rows";
        node.detail = "merged at " + short_number(merges_[merge].height);
      } else {
        const std::int64_t row = problem_.split.train[static_cast<std::size_t>(first_row[place.cluster])];
        node.label = "row " + std::to_string(row + 1);
      }
      const auto here = static_cast<std::int32_t>(tree->nodes.size());
      tree->nodes.push_back(std::move(node));
      if (!inner) continue;
      waiting.push_back({static_cast<std::size_t>(merges_[merge].second), here});
      waiting.push_back({static_cast<std::size_t>(merges_[merge].first), here});
    }
    return tree;
  }

  std::unique_ptr<Model> model() const {
    return std::make_unique<FixedRowsModel>(problem_.split.train, labels_, no_rule);
  }

  /// Stopped before any merge was known: every row stands alone.
  std::unique_ptr<Model> alone() {
    labels_.resize(static_cast<std::size_t>(count_));
    std::iota(labels_.begin(), labels_.end(), 0);
    return model();
  }

  std::unique_ptr<Model> finish() {
    label(count_ - static_cast<std::int64_t>(joined_));
    context_.scalar("train/merge_distance", step_, joined_ > 0 ? merges_[joined_ - 1].height : 0);
    std::string text = std::to_string(clusters_) + (clusters_ == 1 ? " cluster" : " clusters");
    if (joined_ > 0) text += "; the last merge was at a distance of " + short_number(merges_[joined_ - 1].height);
    if (joined_ < merges_.size()) text += ", the next would be at " + short_number(merges_[joined_].height);
    show(text + ".", true);
    context_.watch(
        "dendrogram", [&]() -> Event { return dendrogram(); }, true);
    return model();
  }

  const HierarchicalParams params_;
  RunContext& context_;
  const ProblemSet& problem_;
  MatrixF rows_;
  Index count_;
  ClusterViews views_;
  std::vector<Merge> merges_;
  std::vector<std::int32_t> labels_;
  std::int32_t clusters_ = 0;
  std::size_t joined_ = 0;  ///< merges done
  std::int64_t step_ = 0, resumed_at_ = 0;
};

void check(const ProblemSet& problem, const Json& json) {
  const HierarchicalParams params = schema().read(json, "algorithm.params");
  const auto rows = static_cast<std::int64_t>(problem.split.train.size());
  if (params.clusters > rows)
    throw ParamError("clusters is " + std::to_string(params.clusters) + ", but there are only " + std::to_string(rows) +
                         " training rows",
                     "algorithm.params.clusters", "a whole number from 1 to " + std::to_string(rows));
  const double bytes = static_cast<double>(rows) * static_cast<double>(rows) * sizeof(float) / 2;
  if ((params.linkage == Linkage::complete || params.linkage == Linkage::average) && bytes > most_bytes)
    throw ParamError("The distances between " + grouped(rows) + " rows would take " + short_number(bytes / 1e9) +
                         " GB; this linkage takes at most " +
                         grouped(static_cast<std::int64_t>(std::sqrt(2 * most_bytes / sizeof(float)))) + " rows",
                     "algorithm.params.linkage", "ward or single, or fewer rows");
  require_finite(problem);
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return HierarchicalRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo hierarchical_algorithm() {
  AlgorithmInfo info;
  info.id = "hierarchical";
  info.label = "Hierarchical";
  info.family = "Clustering";
  info.help =
      "Merges the two nearest clusters again and again, from single rows up to one, and draws the tree of it. Cut the "
      "tree where you like; a row that comes later has no place in it.";
  info.citation =
      "J. H. Ward (1963), Hierarchical grouping to optimize an objective function. F. Murtagh (1983), A survey of "
      "recent "
      "advances in hierarchical clustering algorithms. J. C. Gower, G. J. S. Ross (1969), Minimum spanning trees and "
      "single linkage cluster analysis.";
  info.tasks = {Task::clustering};
  info.params = schema().specs();
  info.headline = "silhouette";
  info.check = check;
  info.fit = fit;
  info.table_step = "standardize";
  return info;
}

}  // namespace gb
