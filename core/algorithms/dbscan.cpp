#include <algorithm>
#include <limits>
#include <memory>

#include "core/algorithms/algorithm.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/cluster_views.hpp"
#include "core/linalg/radius_index.hpp"
#include "core/model/core_points_model.hpp"
#include "core/params/schema.hpp"

namespace gb {
namespace {

struct DbscanParams {
  double eps = 0.5;
  int min_samples = 5;
};

const Schema<DbscanParams>& schema() {
  static const auto s =
      Schema<DbscanParams>{}
          .add(&DbscanParams::eps,
               {.name = "eps",
                .label = "Radius",
                .help = "How near two rows must be to be neighbours, in the units of the prepared features. The one "
                        "parameter that matters: too small and all is noise, too large and all is one cluster.",
                .valid = {0, 1e30, true},
                .search = {0.01, 10},
                .scale = Scale::log})
          .add(&DbscanParams::min_samples,
               {.name = "min_samples",
                .label = "Rows for a core",
                .help = "A row with so many rows within the radius, itself among them, is a core that clusters grow "
                        "from. More of them: denser clusters and more noise.",
                .valid = {1, 1e6},
                .search = {2, 50},
                .scale = Scale::log});
  return s;
}

constexpr std::int32_t unlabelled = -1;

/// One run: finds the cores, then grows one cluster after another, layer by layer.
class DbscanRun {
 public:
  DbscanRun(const ProblemSet& problem, const DbscanParams& params, RunContext& context)
      : params_(params),
        context_(context),
        problem_(problem),
        rows_(problem.split.train),
        index_(problem.features.dense(rows_), params.eps),
        labels_(rows_.size(), unlabelled),
        views_(problem),
        layer_(std::clamp<std::size_t>(rows_.size() / 300, 1, 1024)) {}

  std::unique_ptr<Model> run() {
    // A checkpoint holds no more than its step: growing again up to there takes less time than reading it would.
    if (context_.resume_from()) resumed_at_ = context_.resume_from()->step;
    context_.on_save([](std::int64_t) { return State{}; });
    if (resumed_at_ == 0 && !context_.step(0)) return model();
    cores_ = index_.crowded(params_.min_samples, [&] { return context_.poll(); });
    if (cores_.empty()) cores_.assign(rows_.size(), 0);
    core_count_ = std::count(cores_.begin(), cores_.end(), 1);
    end_step(grouped(core_count_) + " of " + grouped(static_cast<std::int64_t>(rows_.size())) + " rows are cores.");
    while (go_on() && grow()) {
    }
    return finish();
  }

 private:
  bool go_on() { return step_ < resumed_at_ ? !context_.poll() : context_.step(step_); }

  /// Some layers of one cluster. False when no core is left without a cluster.
  bool grow() {
    added_.clear();
    if (front_.empty() && !begin_cluster()) return false;
    // A layer at a time where they are large; small ones together, so that steps are worth a look.
    while (!front_.empty() && added_.size() < layer_) {
      const std::size_t before = added_.size();
      index_.take_around(front_, added_);
      front_.clear();
      for (std::size_t i = before; i < added_.size(); ++i) {
        const auto row = static_cast<std::size_t>(added_[i]);
        labels_[row] = clusters_ - 1;
        if (cores_[row]) front_.push_back(added_[i]);
      }
      labelled_ += static_cast<std::int64_t>(added_.size() - before);
    }
    end_step("Cluster " + std::to_string(clusters_ - 1) + " took " + grouped(static_cast<std::int64_t>(added_.size())) +
             (added_.size() == 1 ? " row" : " rows") +
             (front_.empty()
                  ? " and is complete."
                  : " and has " + grouped(static_cast<std::int64_t>(front_.size())) + " cores to grow from."));
    return true;
  }

  /// The next core in row order that no cluster has: numbers are those of scikit-learn, and a row on the border of
  /// several clusters belongs to the first.
  bool begin_cluster() {
    while (next_ < labels_.size() && (labels_[next_] != unlabelled || !cores_[next_])) ++next_;
    if (next_ == labels_.size()) return false;
    ++clusters_;
    front_.push_back(static_cast<std::int64_t>(next_));
    return true;
  }

  void end_step(const std::string& sentence) {
    ++step_;
    if (step_ <= resumed_at_) return;
    context_.scalar("train/clusters", step_, clusters_);
    context_.scalar("train/clustered", step_, static_cast<double>(labelled_) / static_cast<double>(labels_.size()));
    show(sentence, false);
    context_.watch("progress", [&]() -> Event {
      return Progress{labelled_, static_cast<std::int64_t>(labels_.size()), 0, "rows"};
    });
  }

  void show(const std::string& sentence, bool last) {
    context_.watch(
        "this-step",
        [&]() -> Event {
          return Text{"this-step", step_, sentence};
        },
        last);
    context_.watch(
        "clusters", [&]() -> Event { return points(last); }, last);
  }

  /// The rows that came last have rings; at the end, the cores' regions where the data is a plane.
  std::shared_ptr<const Points> points(bool last) {
    auto points = views_.rows(step_, labels_, static_cast<std::size_t>(clusters_));
    if (!last) {
      std::vector<std::uint8_t> fresh(labels_.size());
      for (const std::int64_t row : added_) fresh[static_cast<std::size_t>(row)] = 1;
      for (const std::size_t place : views_.places()) points->marked.push_back(fresh[place]);
    } else if (views_.plane().is_plane()) {
      constexpr int width = ClusterViews::region_width, height = ClusterViews::region_height;
      const auto groups = model_->clusters_of(views_.plane().grid(width, height));
      points->region = views_.plane().region(width, height, groups, std::vector<float>(groups.size(), 1.0f));
    }
    return points;
  }

  std::unique_ptr<CorePointsModel> model() const {
    std::vector<std::int64_t> cores;
    std::vector<std::int32_t> clusters;
    for (std::size_t row = 0; row < cores_.size(); ++row) {
      if (!cores_[row] || labels_[row] == unlabelled) continue;
      cores.push_back(rows_[row]);
      clusters.push_back(labels_[row]);
    }
    return std::make_unique<CorePointsModel>(problem_.features.dense(cores), std::move(clusters), params_.eps);
  }

  std::unique_ptr<Model> finish() {
    model_ = model();
    const std::int64_t noise = static_cast<std::int64_t>(labels_.size()) - labelled_;
    context_.scalar("train/clusters", step_, clusters_);
    context_.scalar("train/clustered", step_, static_cast<double>(labelled_) / static_cast<double>(labels_.size()));
    std::string sentence = std::to_string(clusters_) + (clusters_ == 1 ? " cluster; " : " clusters; ") +
                           grouped(noise) + (noise == 1 ? " row is noise." : " rows are noise.");
    if (clusters_ == 0)
      sentence += " No row has enough neighbours: a larger radius or fewer rows for a core find more.";
    show(sentence, true);
    return std::move(model_);
  }

  const DbscanParams params_;
  RunContext& context_;
  const ProblemSet& problem_;
  std::span<const std::int64_t> rows_;
  RadiusIndex index_;
  std::vector<std::uint8_t> cores_;
  std::vector<std::int32_t> labels_;
  ClusterViews views_;
  std::size_t layer_;  ///< rows that make a step
  std::unique_ptr<CorePointsModel> model_;

  std::int64_t step_ = 0, resumed_at_ = 0;
  std::int64_t core_count_ = 0, labelled_ = 0;
  std::int32_t clusters_ = 0;
  std::size_t next_ = 0;             ///< rows before it are no cores or have a cluster
  std::vector<std::int64_t> front_;  ///< cores whose neighbours are to be taken
  std::vector<std::int64_t> added_;  ///< rows that this step gave a cluster
};

void check(const ProblemSet& problem, const Json&) {
  require_finite(problem);
  if (problem.split.train.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    throw DataError("DBSCAN takes at most 2,147,483,647 rows");
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return DbscanRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo dbscan_algorithm() {
  AlgorithmInfo info;
  info.id = "dbscan";
  info.label = "DBSCAN";
  info.family = "Clustering";
  info.help =
      "Grows clusters of any shape from rows that have many neighbours, and calls what no cluster reaches noise (-1). "
      "Finds the number of clusters by itself; a new row belongs to the nearest core within the radius.";
  info.citation =
      "M. Ester, H.-P. Kriegel, J. Sander, X. Xu (1996), A density-based algorithm for discovering clusters in large "
      "spatial databases with noise.";
  info.tasks = {Task::clustering};
  info.params = schema().specs();
  info.headline = "silhouette";
  info.check = check;
  info.fit = fit;
  info.table_step = "standardize";
  return info;
}

}  // namespace gb
