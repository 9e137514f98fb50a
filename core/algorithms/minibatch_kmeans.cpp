#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>

#include "core/algorithms/algorithm.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/cluster_views.hpp"
#include "core/linalg/nearest.hpp"
#include "core/model/centers_model.hpp"
#include "core/params/schema.hpp"
#include "core/train/centered_rows.hpp"
#include "core/train/first_centers.hpp"

namespace gb {
namespace {

enum class Start { plus_plus, random };

struct MiniBatchParams {
  int clusters = 8;
  Start init = Start::plus_plus;
  int starts = 3;
  int batch_size = 1024;
  int max_iterations = 100;
  double tolerance = 0;
  int max_no_improvement = 10;
  double reassignment_ratio = 0.01;
};

const Schema<MiniBatchParams>& schema() {
  static const auto s =
      Schema<MiniBatchParams>{}
          .add(&MiniBatchParams::clusters, {.name = "clusters",
                                            .label = "Clusters",
                                            .help = "How many groups to look for.",
                                            .valid = {1, 1e6},
                                            .search = {2, 30},
                                            .scale = Scale::log})
          .add(&MiniBatchParams::init,
               {.name = "init",
                .label = "First centres",
                .help = "Which rows the centres begin at.",
                .choices = {{"k-means++", "k-means++", "Rows far from each other, of a sample of three batches."},
                            {"random", "Random rows", "Any rows, each set equally likely."}}})
          .add(&MiniBatchParams::starts,
               {.name = "starts",
                .label = "Starts",
                .help = "How many sets of first centres to compare. The one that suits a sample best is taken.",
                .valid = {1, 10000},
                .search = {1, 20},
                .scale = Scale::log})
          .add(&MiniBatchParams::batch_size, {.name = "batch_size",
                                              .label = "Batch",
                                              .help = "Rows that are drawn for each step.",
                                              .valid = {1, 1e7},
                                              .search = {64, 8192},
                                              .scale = Scale::log,
                                              .unit = "rows"})
          .add(&MiniBatchParams::max_iterations, {.name = "max_iterations",
                                                  .label = "Passes at most",
                                                  .help = "Ends after as many steps as pass so often over all rows.",
                                                  .valid = {1, 1e6},
                                                  .search = {1, 300},
                                                  .scale = Scale::log,
                                                  .forkable = true})
          .add(&MiniBatchParams::tolerance,
               {.name = "tolerance",
                .label = "Tolerance",
                .help = "Ends when a step moves all centres together less than this, squared, as a share of the "
                        "features' mean variance. 0 leaves this out.",
                .valid = {0, 1},
                .search = {1e-6, 1e-2},
                .advanced = true,
                .forkable = true})
          .add(
              &MiniBatchParams::max_no_improvement,
              {.name = "max_no_improvement",
               .label = "Patience",
               .help = "Ends when the smoothed inertia of batches has not fallen for so many steps. 0 leaves this out.",
               .valid = {0, 1e6},
               .search = {5, 100},
               .unit = "steps",
               .advanced = true,
               .forkable = true})
          .add(&MiniBatchParams::reassignment_ratio,
               {.name = "reassignment_ratio",
                .label = "Least share",
                .help = "A centre that has taken fewer rows than this share of what the largest has begins anew "
                        "somewhere else. 0 leaves all where they are.",
                .valid = {0, 1},
                .search = {0, 0.1},
                .advanced = true,
                .forkable = true});
  return s;
}

/// One run (Sculley 2010), with the reassignment and the stopping rules of scikit-learn.
class MiniBatchRun {
 public:
  MiniBatchRun(const ProblemSet& problem, const MiniBatchParams& params, RunContext& context)
      : params_(params),
        context_(context),
        rows_(problem.features, problem.split.train),
        k_(params.clusters),
        columns_(rows_.columns()),
        batch_(std::min<std::int64_t>(params.batch_size, rows_.count())),
        steps_((static_cast<std::int64_t>(params.max_iterations) * rows_.count()) / batch_),
        pictures_(problem.is_images()),
        labels_(problem.split.train.size(), -1),
        taken_(static_cast<std::size_t>(k_)),
        views_(problem) {}

  std::unique_ptr<Model> run() {
    if (context_.resume_from()) {
      restore(*context_.resume_from());
    } else {
      if (!context_.step(0) || !begin()) {
        centers_ = random_centers(rows_, k_, context_.random());
        return model();
      }
    }
    context_.on_save([this](std::int64_t) { return save(); });
    while (!settled_ && step_ < steps_ && context_.step(step_)) {
      iterate();
      if (context_.poll()) break;
    }
    if (!settled_) context_.all_done(step_);
    return finish();
  }

 private:
  /// Several sets of first centres, compared on a sample.
  bool begin() {
    const std::int64_t sample = std::clamp<std::int64_t>(3 * batch_, std::min(3 * k_, rows_.count()), rows_.count());
    const auto validation = drawn(sample, 1);
    double least = 0;
    for (int start = 0; start < params_.starts; ++start) {
      MatrixD centers;
      const Random random = context_.random(16 + static_cast<std::uint64_t>(start));
      if (params_.init == Start::random) {
        centers = random_centers(rows_, k_, random);
      } else {
        auto found = plus_plus(drawn(sample, 1000000 + static_cast<std::uint64_t>(start)), random);
        if (!found) return false;
        centers = std::move(*found);
      }
      const double inertia = assign(NearestCenters(centers), validation, nullptr);
      if (context_.poll()) return false;
      if (start == 0 || inertia < least) {
        least = inertia;
        centers_ = std::move(centers);
      }
    }
    return true;
  }

  /// k-means++ among the given rows (Arthur, Vassilvitskii 2007): the best of 2 + ln(k) draws each time.
  std::optional<MatrixD> plus_plus(const std::vector<std::int64_t>& sample, Random random) const {
    const auto count = sample.size();
    MatrixF values(static_cast<Eigen::Index>(count), columns_);
    for (std::size_t i = 0; i < count; ++i)
      rows_.load(sample[i], values.data() + static_cast<Eigen::Index>(i) * columns_);
    MatrixD centers(k_, columns_);
    std::vector<double> nearest(count, std::numeric_limits<double>::infinity());
    const int draws = 2 + static_cast<int>(std::log(static_cast<double>(k_)));
    const auto distances_to = [&](std::size_t chosen) {
      std::vector<double> distances(count);
      const Eigen::RowVectorXf center = values.row(static_cast<Eigen::Index>(chosen));
      parallel_chunks(count, 256, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t i = begin; i < end; ++i)
          distances[i] = std::min(
              nearest[i], static_cast<double>((values.row(static_cast<Eigen::Index>(i)) - center).squaredNorm()));
      });
      return distances;
    };
    std::size_t chosen = random.below(count);
    for (std::int64_t k = 0; k < k_; ++k) {
      if (context_.poll()) return std::nullopt;
      if (k > 0) {
        const double total = std::accumulate(nearest.begin(), nearest.end(), 0.0);
        double least = std::numeric_limits<double>::infinity();
        std::vector<double> best = nearest;
        for (int draw = 0; draw < draws; ++draw) {
          double target = random.uniform() * total;
          std::size_t candidate = 0;
          while (candidate + 1 < count && (target -= nearest[candidate]) >= 0) ++candidate;
          auto distances = distances_to(candidate);
          const double sum = std::accumulate(distances.begin(), distances.end(), 0.0);
          if (sum >= least) continue;
          least = sum;
          chosen = candidate;
          best = std::move(distances);
        }
        nearest = std::move(best);
      } else {
        nearest = distances_to(chosen);
      }
      centers.row(k) = values.row(static_cast<Eigen::Index>(chosen)).cast<double>();
    }
    return centers;
  }

  /// Rows drawn with replacement, by a stream of their own: a resumed run needs no random state.
  std::vector<std::int64_t> drawn(std::int64_t count, std::uint64_t stream) const {
    Random random = context_.random(stream);
    std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
    for (auto& row : rows) row = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(rows_.count())));
    return rows;
  }

  /// Sum of squared distances to the nearest centres, whose numbers go to `labels` where it is given.
  double assign(const NearestCenters& nearest, const std::vector<std::int64_t>& rows, std::int32_t* labels) const {
    constexpr std::size_t block = 128;
    std::vector<double> distances(rows.size());
    parallel_chunks(rows.size(), block, [&](std::size_t begin, std::size_t end, std::size_t) {
      MatrixF values(static_cast<Eigen::Index>(block), columns_), scores(static_cast<Eigen::Index>(block), k_);
      for (std::size_t first = begin; first < end && !context_.poll(); first += block) {
        const std::size_t some = std::min(block, end - first);
        for (std::size_t i = 0; i < some; ++i)
          rows_.load(rows[first + i], values.data() + static_cast<Eigen::Index>(i) * columns_);
        nearest.scores(values.data(), static_cast<std::int64_t>(some), scores.data());
        for (std::size_t i = 0; i < some; ++i) {
          const float* row = values.data() + static_cast<Eigen::Index>(i) * columns_;
          const std::int32_t label =
              nearest.nearest(row, rows_.norm(rows[first + i]), scores.data() + static_cast<Eigen::Index>(i) * k_);
          distances[first + i] = nearest.squared_distance(row, label);
          if (labels) labels[first + i] = label;
        }
      }
    });
    return std::accumulate(distances.begin(), distances.end(), 0.0);
  }

  void iterate() {
    const auto batch = drawn(batch_, 2000000 + static_cast<std::uint64_t>(step_));
    std::vector<std::int32_t> labels(batch.size());
    const double inertia = assign(NearestCenters(centers_), batch, labels.data());
    if (context_.poll()) return;
    const MatrixD before = centers_;
    // Each centre moves to the mean of all rows it has ever taken.
    MatrixD sums = MatrixD::Zero(k_, columns_);
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(k_));
    std::vector<float> row(static_cast<std::size_t>(columns_));
    for (std::size_t i = 0; i < batch.size(); ++i) {
      rows_.load(batch[i], row.data());
      sums.row(labels[i]) += Eigen::Map<const Eigen::RowVectorXf>(row.data(), columns_).cast<double>();
      ++sizes[static_cast<std::size_t>(labels[i])];
      labels_[static_cast<std::size_t>(batch[i])] = labels[i];
    }
    for (Eigen::Index k = 0; k < k_; ++k) {
      const auto size = static_cast<double>(sizes[static_cast<std::size_t>(k)]);
      if (size == 0) continue;
      double& taken = taken_[static_cast<std::size_t>(k)];
      centers_.row(k) = (centers_.row(k) * taken + sums.row(k)) / (taken + size);
      taken += size;
    }
    seen_since_ += batch_;
    const std::int64_t moved = reassign(batch);
    ++step_;
    judge(inertia * rows_.squared_unit() / static_cast<double>(batch_), (centers_ - before).squaredNorm());
    std::string sentence = "Step " + grouped(step_) + ": " + grouped(batch_) + " rows, " +
                           short_number(inertia * rows_.squared_unit() / static_cast<double>(batch_)) +
                           " away from their centres on average, squared.";
    if (moved > 0) sentence += " " + grouped(moved) + (moved == 1 ? " centre begins" : " centres begin") + " anew.";
    show(sentence, false);
    context_.watch("progress", [&]() -> Event { return Progress{step_, steps_, 0, "steps"}; });
  }

  /// Centres that took few rows are put onto rows of this batch.
  std::int64_t reassign(const std::vector<std::int64_t>& batch) {
    const bool unused = std::find(taken_.begin(), taken_.end(), 0.0) != taken_.end();
    // A second look only after each centre could have taken ten rows.
    if (params_.reassignment_ratio == 0 || (!unused && seen_since_ < 10 * k_)) return 0;
    seen_since_ = 0;
    const double largest = *std::max_element(taken_.begin(), taken_.end());
    std::vector<std::size_t> poor;
    for (std::size_t k = 0; k < taken_.size(); ++k)
      if (taken_[k] < params_.reassignment_ratio * largest) poor.push_back(k);
    // At most half of the batch's rows: the poorest ones.
    const std::size_t most = batch.size() / 2;
    if (poor.size() > most) {
      std::stable_sort(poor.begin(), poor.end(), [&](std::size_t a, std::size_t b) { return taken_[a] < taken_[b]; });
      poor.resize(most);
    }
    if (poor.empty()) return 0;
    double least = largest;
    for (std::size_t k = 0; k < taken_.size(); ++k)
      if (std::find(poor.begin(), poor.end(), k) == poor.end()) least = std::min(least, taken_[k]);
    Random random = context_.random(3000000 + static_cast<std::uint64_t>(step_));
    std::vector<std::size_t> places(batch.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::vector<float> row(static_cast<std::size_t>(columns_));
    for (std::size_t i = 0; i < poor.size(); ++i) {
      std::swap(places[i], places[i + random.below(places.size() - i)]);
      rows_.load(batch[places[i]], row.data());
      centers_.row(static_cast<Eigen::Index>(poor[i])) =
          Eigen::Map<const Eigen::RowVectorXf>(row.data(), columns_).cast<double>();
      taken_[poor[i]] = least;
    }
    return static_cast<std::int64_t>(poor.size());
  }

  /// Decides whether to go on, by the smoothed inertia per row of batches and the centres' movement.
  void judge(double inertia, double movement) {
    // The first step only tells how well the first centres are placed.
    if (step_ == 1) return;
    if (!smoothed_) {
      smoothed_ = inertia;
    } else {
      const double alpha = std::min(1.0, 2.0 * static_cast<double>(batch_) / (static_cast<double>(rows_.count()) + 1));
      *smoothed_ = *smoothed_ * (1 - alpha) + inertia * alpha;
    }
    context_.scalar("train/batch_inertia", step_, *smoothed_);
    if (params_.tolerance > 0 && movement <= params_.tolerance * rows_.mean_variance()) settled_ = true;
    if (!least_smoothed_ || *smoothed_ < *least_smoothed_) {
      without_gain_ = 0;
      least_smoothed_ = smoothed_;
    } else {
      ++without_gain_;
    }
    if (params_.max_no_improvement > 0 && without_gain_ >= params_.max_no_improvement) settled_ = true;
  }

  void show(const std::string& sentence, bool last) {
    context_.watch(
        "this-step",
        [&]() -> Event {
          return Text{"this-step", step_, sentence};
        },
        last);
    context_.watch(
        "clusters", [&]() -> Event { return views_.points(step_, rows_.to_features(centers_), labels_); }, last);
    if (pictures_)
      context_.watch(
          "centers",
          [&]() -> Event {
            const std::vector<std::int64_t> sizes(taken_.begin(), taken_.end());
            return views_.pictures(step_, rows_.to_features(centers_), sizes);
          },
          last);
  }

  std::unique_ptr<Model> model() const { return std::make_unique<CentersModel>(rows_.to_features(centers_)); }

  std::unique_ptr<Model> finish() {
    if (context_.poll()) return model();
    std::vector<std::int64_t> all(labels_.size());
    std::iota(all.begin(), all.end(), std::int64_t{0});
    const double inertia = assign(NearestCenters(centers_), all, labels_.data()) * rows_.squared_unit();
    if (context_.poll()) return model();
    std::vector<double> sizes(static_cast<std::size_t>(k_));
    for (const std::int32_t label : labels_) ++sizes[static_cast<std::size_t>(label)];
    taken_ = sizes;
    context_.scalar("train/inertia", step_, inertia);
    show("Inertia " + short_number(inertia) + " after " + grouped(step_) + " steps" +
             (settled_ ? ": it has settled." : "."),
         true);
    return model();
  }

  State save() const {
    State state;
    state.header = {{"settled", settled_}, {"without_gain", without_gain_}, {"seen_since", seen_since_}};
    const double none = -1;
    const double numbers[] = {smoothed_.value_or(none), least_smoothed_.value_or(none)};
    state.arrays = {
        state_array("centers", "F64", {k_, columns_}, centers_.data(), static_cast<std::size_t>(centers_.size())),
        state_array("taken", "F64", {k_}, taken_.data(), taken_.size()),
        state_array("smoothed", "F64", {2}, numbers, 2)};
    return state;
  }

  void restore(const State& state) {
    step_ = state.step;
    settled_ = header_field(state, "settled").get<bool>();
    without_gain_ = header_field(state, "without_gain").get<int>();
    seen_since_ = header_field(state, "seen_since").get<std::int64_t>();
    double numbers[2];
    read_array(state, "smoothed", numbers, 2);
    if (numbers[0] >= 0) smoothed_ = numbers[0];
    if (numbers[1] >= 0) least_smoothed_ = numbers[1];
    centers_.resize(k_, columns_);
    read_array(state, "centers", centers_.data(), static_cast<std::size_t>(centers_.size()));
    read_array(state, "taken", taken_.data(), taken_.size());
  }

  const MiniBatchParams params_;
  RunContext& context_;
  CenteredRows rows_;
  std::int64_t k_, columns_;
  std::int64_t batch_, steps_;
  bool pictures_;
  std::vector<std::int32_t> labels_;  ///< of rows when they were last drawn
  MatrixD centers_;
  std::vector<double> taken_;  ///< rows that each centre is the mean of
  ClusterViews views_;

  std::int64_t step_ = 0;
  std::int64_t seen_since_ = 0;  ///< rows drawn since poor centres were looked for
  bool settled_ = false;
  std::optional<double> smoothed_, least_smoothed_;
  int without_gain_ = 0;
};

void check(const ProblemSet& problem, const Json& params) {
  const auto clusters = schema().read(params, "algorithm.params").clusters;
  const auto rows = problem.split.train.size();
  if (static_cast<std::size_t>(clusters) > rows)
    throw ParamError(
        "clusters is " + std::to_string(clusters) + ", but there are only " + std::to_string(rows) + " training rows",
        "algorithm.params.clusters", "a whole number from 1 to " + std::to_string(rows));
  require_finite(problem);
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return MiniBatchRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo minibatch_kmeans_algorithm() {
  AlgorithmInfo info;
  info.id = "minibatch_kmeans";
  info.label = "Mini-batch k-means";
  info.family = "Clustering";
  info.help =
      "k-means that looks at a few rows at a time: each step moves the centres a little towards the rows it drew. A "
      "little less tight than k-means, but far sooner done where rows are many.";
  info.citation = "D. Sculley (2010), Web-scale k-means clustering.";
  info.tasks = {Task::clustering};
  info.params = schema().specs();
  info.headline = "inertia";
  info.check = check;
  info.fit = fit;
  return info;
}

}  // namespace gb
