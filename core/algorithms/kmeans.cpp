#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <numeric>

#include "core/algorithms/algorithm.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/cluster_views.hpp"
#include "core/model/centers_model.hpp"
#include "core/params/schema.hpp"
#include "core/train/first_centers.hpp"
#include "core/train/lloyd.hpp"

namespace gb {
namespace {

enum class Start { plus_plus, random };
enum class Variant { elkan, lloyd };

struct KMeansParams {
  int clusters = 8;
  Start init = Start::plus_plus;
  int starts = 10;
  int max_iterations = 300;
  double tolerance = 1e-4;
  Variant variant = Variant::elkan;
};

const Schema<KMeansParams>& schema() {
  static const auto s =
      Schema<KMeansParams>{}
          .add(&KMeansParams::clusters, {.name = "clusters",
                                         .label = "Clusters",
                                         .help = "How many groups to look for.",
                                         .valid = {1, 1e6},
                                         .search = {2, 30},
                                         .scale = Scale::log})
          .add(&KMeansParams::init,
               {.name = "init",
                .label = "First centres",
                .help = "Which rows the centres begin at.",
                .choices = {{"k-means++", "k-means++", "Rows far from each other: fewer iterations, better clusters."},
                            {"random", "Random rows", "Any rows, each set equally likely."}}})
          .add(&KMeansParams::starts,
               {.name = "starts",
                .label = "Starts",
                .help = "How often to begin anew from other centres. The tightest result is kept.",
                .valid = {1, 10000},
                .search = {1, 20},
                .scale = Scale::log,
                .forkable = true})
          .add(&KMeansParams::max_iterations, {.name = "max_iterations",
                                               .label = "Iterations at most",
                                               .help = "A start ends after this many iterations, settled or not.",
                                               .valid = {1, 1e6},
                                               .search = {10, 1000},
                                               .scale = Scale::log,
                                               .forkable = true})
          .add(&KMeansParams::tolerance,
               {.name = "tolerance",
                .label = "Tolerance",
                .help = "A start has settled when all centres together move less than this, squared, as a share of the "
                        "features' mean variance. 0 waits until no row changes its cluster.",
                .valid = {0, 1},
                .search = {1e-6, 1e-2},
                .scale = Scale::log,
                .advanced = true,
                .forkable = true})
          .add(&KMeansParams::variant,
               {.name = "variant",
                .label = "Computation",
                .help = "Both give exactly the same clusters.",
                .choices = {{"elkan", "Bounded (Elkan)", "Leaves out distances that cannot matter."},
                            {"lloyd", "Plain (Lloyd)", "Computes every distance in every iteration."}},
                .advanced = true});
  return s;
}

StateArray matrix_array(std::string name, const MatrixD& matrix) {
  return state_array(std::move(name), "F64", {matrix.rows(), matrix.cols()}, matrix.data(),
                     static_cast<std::size_t>(matrix.size()));
}

/// One run: several starts, each iterated until it settles; the tightest is kept.
class KMeansRun {
 public:
  KMeansRun(const ProblemSet& problem, const KMeansParams& params, RunContext& context)
      : params_(params),
        context_(context),
        rows_(problem.features, problem.split.train),
        lloyd_(rows_, params.clusters, params.variant == Variant::elkan),
        pictures_(problem.is_images()),
        views_(problem),
        tolerance_(params.tolerance * rows_.mean_variance()) {}

  std::unique_ptr<Model> run() {
    if (context_.resume_from()) restore(*context_.resume_from());
    context_.on_save([this](std::int64_t) { return save(); });
    while (start_ < params_.starts && context_.step(step_))
      if (!iterate()) break;
    return finish();
  }

 private:
  /// One iteration. False when it was interrupted, and nothing has changed.
  bool iterate() {
    const auto stop = [this] { return context_.poll(); };
    if (settled_) return settle(stop);
    if (!begun_ && !begin(stop)) return false;
    const auto changed = lloyd_.assign(stop);
    if (!changed) return false;
    const auto movement = lloyd_.update();
    ++iteration_;
    ++step_;
    inertia_ = lloyd_.inertia() * rows_.squared_unit();
    context_.scalar("train/inertia", step_, inertia_);
    describe(*changed, movement);

    const bool unchanged = *changed == 0 && movement.refilled == 0;
    if (unchanged)
      end_start();
    else
      settled_ = movement.squared <= tolerance_ || iteration_ == params_.max_iterations;
    const bool complete = !settled_ || settle(stop);
    report_progress();
    return complete;
  }

  /// Follows the centres' last movement: the start has ended, but some rows may have become nearer to another one.
  bool settle(const std::function<bool()>& stop) {
    if (!lloyd_.assign(stop)) return false;
    inertia_ = lloyd_.inertia() * rows_.squared_unit();
    end_start();
    return true;
  }

  bool begin(const std::function<bool()>& stop) {
    // One stream per start: a resumed run needs no random state.
    const Random random = context_.random(static_cast<std::uint64_t>(start_) + 1);
    if (params_.init == Start::random) {
      lloyd_.start(random_centers(rows_, params_.clusters, random));
    } else {
      auto centers = plus_plus_centers(rows_, params_.clusters, random, stop);
      if (!centers) return false;
      lloyd_.start(std::move(*centers));
    }
    begun_ = true;
    iteration_ = 0;
    return true;
  }

  void end_start() {
    if (best_start_ < 0 || inertia_ < best_inertia_) {
      best_start_ = start_;
      best_inertia_ = inertia_;
      best_centers_ = lloyd_.centers();
    }
    ++start_;
    begun_ = settled_ = false;
  }

  void describe(std::int64_t changed, const Lloyd::Movement& movement) {
    std::string sentence;
    if (params_.starts > 1)
      sentence = "Start " + std::to_string(start_ + 1) + " of " + std::to_string(params_.starts) + ", iteration " +
                 std::to_string(iteration_) + ": ";
    else
      sentence = "Iteration " + std::to_string(iteration_) + ": ";
    sentence += grouped(changed) + (changed == 1 ? " row" : " rows") +
                " changed cluster, the centres moved by at most " +
                short_number(movement.largest * std::sqrt(rows_.squared_unit())) + ".";
    if (movement.refilled > 0) sentence += " Refilled " + grouped(movement.refilled) + " empty clusters.";
    if (params_.variant == Variant::elkan)
      sentence += " " + short_number(100 * lloyd_.computed_share()) + " % of all distances were computed so far.";
    show(sentence, false);
  }

  void show(const std::string& sentence, bool last) {
    const auto centers = [this] { return rows_.to_features(lloyd_.centers()); };
    context_.watch(
        "this-step",
        [&]() -> Event {
          return Text{"this-step", step_, sentence};
        },
        last);
    context_.watch(
        "clusters", [&]() -> Event { return views_.points(step_, centers(), lloyd_.labels()); }, last);
    if (pictures_)
      context_.watch(
          "centers", [&]() -> Event { return views_.pictures(step_, centers(), lloyd_.sizes()); }, last);
  }

  void report_progress() {
    const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    const auto done = static_cast<double>(step_ - first_step_);
    // Unknown until a start has settled; then the others are taken to need as many iterations.
    std::int64_t total = 0;
    if (start_ == params_.starts)
      total = step_;
    else if (start_ > 0)
      total = std::max(step_ + 1, ended_step_per_start() * params_.starts);
    const double speed = seconds > 0 ? done * static_cast<double>(rows_.count()) / seconds : 0;
    context_.watch(
        "progress",
        [&]() -> Event {
          return Progress{step_, total, speed, "rows"};
        },
        total == step_);
  }

  std::int64_t ended_step_per_start() const { return (step_ - (begun_ ? iteration_ : 0)) / start_; }

  std::unique_ptr<Model> finish() {
    const auto go_on = [] { return false; };
    if (!begun_ && best_start_ < 0) {
      // Stopped before the first iteration: some rows are all there is.
      lloyd_.start(random_centers(rows_, params_.clusters, context_.random()));
      return std::make_unique<CentersModel>(rows_.to_features(lloyd_.centers()));
    }
    const bool current_is_best = begun_ && (best_start_ < 0 || inertia_ < best_inertia_);
    if (!current_is_best) {
      lloyd_.start(best_centers_);
      lloyd_.assign(go_on);
    }
    const double inertia = lloyd_.exact_inertia() * rows_.squared_unit();
    context_.scalar("train/inertia", step_, inertia);
    show(summary(inertia, current_is_best), true);
    return std::make_unique<CentersModel>(rows_.to_features(lloyd_.centers()));
  }

  std::string summary(double inertia, bool current_is_best) const {
    std::string sentence = "Inertia " + short_number(inertia);
    if (params_.starts > 1)
      sentence += ", the least of " + std::to_string(start_ + (begun_ ? 1 : 0)) + " starts (number " +
                  std::to_string((current_is_best ? start_ : best_start_) + 1) + ")";
    sentence += ".";
    const MatrixD& centers = lloyd_.centers();
    std::vector<Eigen::Index> order(static_cast<std::size_t>(centers.rows()));
    std::iota(order.begin(), order.end(), 0);
    const auto less = [&](Eigen::Index a, Eigen::Index b) {
      return std::lexicographical_compare(centers.row(a).begin(), centers.row(a).end(), centers.row(b).begin(),
                                          centers.row(b).end());
    };
    std::sort(order.begin(), order.end(), less);
    std::int64_t distinct = 1;
    for (std::size_t i = 1; i < order.size(); ++i) distinct += less(order[i - 1], order[i]);
    if (distinct < centers.rows())
      sentence += " Only " + grouped(distinct) + " of the " + grouped(centers.rows()) +
                  " centres differ: the data has too few different rows for more clusters.";
    return sentence;
  }

  State save() const {
    State state;
    state.header = {
        {"start", start_},     {"begun", begun_},           {"settled", settled_},          {"iteration", iteration_},
        {"inertia", inertia_}, {"best_start", best_start_}, {"best_inertia", best_inertia_}};
    if (begun_) {
      state.arrays.push_back(matrix_array("centers", lloyd_.centers()));
      state.arrays.push_back(matrix_array("sums", lloyd_.sums()));
      state.arrays.push_back(
          state_array("labels", "I32", {rows_.count()}, lloyd_.labels().data(), lloyd_.labels().size()));
    }
    if (best_start_ >= 0) state.arrays.push_back(matrix_array("best_centers", best_centers_));
    return state;
  }

  void restore(const State& state) {
    const auto field = [&](const char* name) -> const Json& { return header_field(state, name); };
    step_ = first_step_ = state.step;
    start_ = field("start").get<int>();
    begun_ = field("begun").get<bool>();
    settled_ = field("settled").get<bool>();
    iteration_ = field("iteration").get<int>();
    inertia_ = field("inertia").get<double>();
    best_start_ = field("best_start").get<int>();
    best_inertia_ = field("best_inertia").get<double>();
    const auto size = static_cast<std::size_t>(params_.clusters * rows_.columns());
    if (begun_) {
      MatrixD centers(params_.clusters, rows_.columns()), sums(params_.clusters, rows_.columns());
      std::vector<std::int32_t> labels(static_cast<std::size_t>(rows_.count()));
      read_array(state, "centers", centers.data(), size);
      read_array(state, "sums", sums.data(), size);
      read_array(state, "labels", labels.data(), labels.size());
      for (const std::int32_t label : labels)
        if (label < 0 || label >= params_.clusters)
          throw Error("The checkpoint does not fit this experiment: a row is in cluster " + std::to_string(label));
      lloyd_.restore(std::move(centers), std::move(sums), std::move(labels));
    }
    if (best_start_ >= 0) {
      best_centers_.resize(params_.clusters, rows_.columns());
      read_array(state, "best_centers", best_centers_.data(), size);
    }
  }

  using Clock = std::chrono::steady_clock;

  const KMeansParams params_;
  RunContext& context_;
  CenteredRows rows_;
  Lloyd lloyd_;
  bool pictures_;  ///< the rows are pictures, the centres too
  ClusterViews views_;
  double tolerance_;
  Clock::time_point began_ = Clock::now();

  std::int64_t step_ = 0, first_step_ = 0;  ///< iterations of all starts; those before this session
  int start_ = 0;                           ///< starts that have ended
  bool begun_ = false;                      ///< a start is under way
  bool settled_ = false;                    ///< it only lacks the last assignment
  int iteration_ = 0;                       ///< of it
  double inertia_ = 0;                      ///< of it, in the features' units
  int best_start_ = -1;
  double best_inertia_ = 0;
  MatrixD best_centers_;
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
  return KMeansRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo kmeans_algorithm() {
  AlgorithmInfo info;
  info.id = "kmeans";
  info.label = "k-means";
  info.family = "Clustering";
  info.help =
      "Looks for groups of rows around centres: every row belongs to its nearest centre, every centre is the mean of "
      "its "
      "rows. Finds round groups of similar size; the number of groups is yours to choose.";
  info.citation =
      "S. P. Lloyd (1982), Least squares quantization in PCM. D. Arthur, S. Vassilvitskii (2007), k-means++: the "
      "advantages of careful seeding. C. Elkan (2003), Using the triangle inequality to accelerate k-means.";
  info.tasks = {Task::clustering};
  info.params = schema().specs();
  info.headline = "inertia";
  info.check = check;
  info.fit = fit;
  return info;
}

}  // namespace gb
