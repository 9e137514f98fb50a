#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numbers>
#include <utility>

#include "core/algorithms/algorithm.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/cluster_views.hpp"
#include "core/linalg/eigen.hpp"
#include "core/model/mixture_model.hpp"
#include "core/params/schema.hpp"
#include "core/train/first_centers.hpp"
#include "core/train/lloyd.hpp"
#include "core/train/row_blocks.hpp"

namespace gb {
namespace {

using Eigen::Index;

enum class Shape { full, tied, diagonal, spherical };
enum class Start { kmeans, random };

struct MixtureParams {
  int components = 3;
  Shape covariance = Shape::full;
  Start init = Start::kmeans;
  int starts = 1;
  double tolerance = 1e-3;
  double reg_covar = 1e-6;
  int max_iterations = 100;
};

const Schema<MixtureParams>& schema() {
  static const auto s =
      Schema<MixtureParams>{}
          .add(&MixtureParams::components, {.name = "components",
                                            .label = "Components",
                                            .help = "How many normal distributions to mix.",
                                            .valid = {1, 1e5},
                                            .search = {1, 20},
                                            .scale = Scale::log})
          .add(&MixtureParams::covariance,
               {.name = "covariance",
                .label = "Shape",
                .help = "What form each distribution may take.",
                .choices = {{"full", "Any ellipse", "Each its own."},
                            {"tied", "One ellipse", "The same for all."},
                            {"diag", "Upright ellipses", "Each its own spread along every feature."},
                            {"spherical", "Circles", "Each its own spread, the same in all directions."}}})
          .add(&MixtureParams::init,
               {.name = "init",
                .label = "First guess",
                .help = "What the first distributions are made from.",
                .choices = {{"kmeans", "k-means", "The clusters that k-means finds."},
                            {"random", "Random", "Every row belongs to every component by chance."}}})
          .add(&MixtureParams::starts, {.name = "starts",
                                        .label = "Starts",
                                        .help = "How often to begin anew. The likeliest result is kept.",
                                        .valid = {1, 10000},
                                        .search = {1, 20},
                                        .scale = Scale::log,
                                        .forkable = true})
          .add(&MixtureParams::tolerance,
               {.name = "tolerance",
                .label = "Tolerance",
                .help = "A start has settled when the mean log-likelihood of a row grows by less than this.",
                .valid = {0, 1e6},
                .search = {1e-6, 1e-1},
                .scale = Scale::log,
                .advanced = true,
                .forkable = true})
          .add(&MixtureParams::reg_covar,
               {.name = "reg_covar",
                .label = "Least variance",
                .help = "Added to every variance, so that no distribution collapses onto some rows.",
                .valid = {0, 1e30},
                .search = {1e-9, 1e-1},
                .scale = Scale::log,
                .advanced = true,
                .forkable = true})
          .add(&MixtureParams::max_iterations, {.name = "max_iterations",
                                                .label = "Iterations at most",
                                                .help = "A start ends after this many iterations, settled or not.",
                                                .valid = {1, 1e6},
                                                .search = {10, 1000},
                                                .scale = Scale::log,
                                                .forkable = true});
  return s;
}

/// Numbers in all covariances of a mixture, at most.
constexpr double most_numbers = 2e8;

struct Mixture {
  Eigen::VectorXd weights;
  MatrixD means;                     ///< k x features, about the origin
  std::vector<MatrixD> covariances;  ///< features x features, or 1 x features where diagonal; one for all if tied
};

/// One run of expectation and maximisation (Dempster, Laird, Rubin 1977), from several starts.
class MixtureRun {
 public:
  MixtureRun(const ProblemSet& problem, const MixtureParams& params, RunContext& context)
      : params_(params),
        context_(context),
        problem_(problem),
        blocks_(problem.features, problem.split.train),
        k_(params.components),
        labels_(problem.split.train.size(), -1),
        views_(problem) {
    origin_ = blocks_.mean().cast<float>();
    blocks_.move_to(origin_.cast<double>());
    responsibilities_ = MatrixD::Zero(blocks_.count(), k_);
  }

  std::unique_ptr<Model> run() {
    if (context_.resume_from()) restore(*context_.resume_from());
    context_.on_save([this](std::int64_t) { return save(); });
    while (start_ < params_.starts && context_.step(step_))
      if (!iterate()) break;
    return finish();
  }

 private:
  /// One iteration: how likely each row is to come from each component, then the components that suit. False when it
  /// was interrupted, and nothing that counts has changed.
  bool iterate() {
    if (!begun_ && !begin()) return false;
    double likelihood = 0;
    if (!expect(likelihood)) return false;
    Mixture next;
    if (!maximise(next)) return false;
    const double growth = iteration_ == 0 ? std::numeric_limits<double>::infinity() : likelihood - likelihood_;
    mixture_ = std::move(next);
    likelihood_ = likelihood;
    ++iteration_;
    ++step_;
    context_.scalar("train/log_likelihood", step_, likelihood_);
    const bool settled = std::abs(growth) < params_.tolerance;
    const bool ended = settled || iteration_ == params_.max_iterations;
    if (!ended || start_ + 1 < params_.starts) show(sentence(growth), false);
    if (ended) end_start(settled);
    return true;
  }

  bool begin() {
    if (params_.init == Start::random) {
      Random random = context_.random(static_cast<std::uint64_t>(start_) + 1);
      for (Index row = 0; row < responsibilities_.rows(); ++row) {
        for (Index k = 0; k < k_; ++k) responsibilities_(row, k) = random.uniform();
        responsibilities_.row(row) /= responsibilities_.row(row).sum();
      }
    } else if (!cluster()) {
      return false;
    }
    Mixture first;
    if (!maximise(first)) return false;
    mixture_ = std::move(first);
    begun_ = true;
    iteration_ = 0;
    return true;
  }

  /// The responsibilities that k-means gives: one for the own cluster, none for others.
  bool cluster() {
    const CenteredRows rows(problem_.features, problem_.split.train);
    auto centers = plus_plus_centers(rows, k_, context_.random(static_cast<std::uint64_t>(start_) + 1), stop_);
    if (!centers) return false;
    Lloyd lloyd(rows, k_, true);
    lloyd.start(std::move(*centers));
    const double tolerance = 1e-4 * rows.mean_variance();
    constexpr int most_iterations = 300;
    for (int i = 0; i < most_iterations; ++i) {
      const auto changed = lloyd.assign(stop_);
      if (!changed) return false;
      const auto movement = lloyd.update();
      if (*changed == 0 || movement.squared <= tolerance) break;
    }
    if (!lloyd.assign(stop_)) return false;
    responsibilities_.setZero();
    for (std::size_t row = 0; row < lloyd.labels().size(); ++row)
      responsibilities_(static_cast<Index>(row), lloyd.labels()[row]) = 1;
    return true;
  }

  bool expect(double& likelihood) {
    const auto model = made(mixture_);
    std::vector<double> sums(static_cast<std::size_t>(threads()));
    const bool complete = blocks_.visit(
        0, blocks_.count(), stop_, [&](std::int64_t first, const float* rows, std::int64_t some, std::size_t chunk) {
          MatrixD densities;
          const MatrixD values = Eigen::Map<const MatrixF>(rows, some, blocks_.columns()).cast<double>();
          model->log_densities(values, densities);
          for (Index i = 0; i < some; ++i) {
            Index best = 0;
            const double largest = densities.row(i).maxCoeff(&best);
            const double total = largest + std::log((densities.row(i).array() - largest).exp().sum());
            responsibilities_.row(first + i) = (densities.row(i).array() - total).exp();
            labels_[static_cast<std::size_t>(first + i)] = static_cast<std::int32_t>(best);
            sums[chunk] += total;
          }
        });
    likelihood = 0;
    for (const double sum : sums) likelihood += sum;
    likelihood /= static_cast<double>(blocks_.count());
    return complete;
  }

  bool maximise(Mixture& next) const {
    const Index columns = blocks_.columns();
    // As scikit-learn: an empty component divides by next to nothing, not by zero.
    Eigen::VectorXd sizes = responsibilities_.colwise().sum().transpose();
    sizes.array() += 10 * std::numeric_limits<double>::epsilon();
    const auto slots = static_cast<std::size_t>(threads());
    std::vector<MatrixD> sums(slots, MatrixD::Zero(k_, columns));
    bool complete = blocks_.visit(
        0, blocks_.count(), stop_, [&](std::int64_t first, const float* rows, std::int64_t some, std::size_t chunk) {
          sums[chunk].noalias() += responsibilities_.middleRows(first, some).transpose() *
                                   Eigen::Map<const MatrixF>(rows, some, columns).cast<double>();
        });
    if (!complete) return false;
    next.weights = sizes / sizes.sum();
    next.means = sums[0];
    for (std::size_t i = 1; i < slots; ++i) next.means += sums[i];
    next.means.array().colwise() /= sizes.array();

    const bool whole = params_.covariance == Shape::full || params_.covariance == Shape::tied;
    const Index matrices = params_.covariance == Shape::tied ? 1 : k_;
    std::vector<std::vector<MatrixD>> parts(
        slots, std::vector<MatrixD>(static_cast<std::size_t>(matrices), MatrixD::Zero(whole ? columns : 1, columns)));
    complete = blocks_.visit(0, blocks_.count(), stop_,
                             [&](std::int64_t first, const float* rows, std::int64_t some, std::size_t chunk) {
                               const MatrixD values = Eigen::Map<const MatrixF>(rows, some, columns).cast<double>();
                               MatrixD differences, weighted;
                               for (Index k = 0; k < k_; ++k) {
                                 const auto shares = responsibilities_.col(k).segment(first, some).array();
                                 differences = values.rowwise() - next.means.row(k);
                                 MatrixD& sum = parts[chunk][static_cast<std::size_t>(matrices == 1 ? 0 : k)];
                                 if (whole) {
                                   weighted = differences.array().colwise() * shares;
                                   sum.noalias() += weighted.transpose() * differences;
                                 } else {
                                   sum += (differences.array().square().colwise() * shares).matrix().colwise().sum();
                                 }
                               }
                             });
    if (!complete) return false;
    next.covariances = std::move(parts[0]);
    for (std::size_t i = 1; i < slots; ++i)
      for (std::size_t k = 0; k < next.covariances.size(); ++k) next.covariances[k] += parts[i][k];
    for (std::size_t k = 0; k < next.covariances.size(); ++k) {
      MatrixD& covariance = next.covariances[k];
      covariance /= params_.covariance == Shape::tied ? sizes.sum() : sizes[static_cast<Index>(k)];
      if (whole)
        covariance.diagonal().array() += params_.reg_covar;
      else
        covariance.array() += params_.reg_covar;
      if (params_.covariance == Shape::spherical) covariance.setConstant(covariance.mean());
    }
    return true;
  }

  std::unique_ptr<MixtureModel> made(const Mixture& mixture) const {
    std::vector<MatrixD> factors;
    for (std::size_t k = 0; k < mixture.covariances.size(); ++k) {
      const MatrixD& covariance = mixture.covariances[k];
      const auto refuse = [&] {
        throw Error("The covariance of component " + std::to_string(k) +
                        " is singular: some features say the same of its rows, or they are too few for so many "
                        "features. A larger least variance, another shape or fewer components help",
                    "algorithm.params.reg_covar", "a larger number, in the squared units of the features");
      };
      if (covariance.rows() == 1) {
        if (!(covariance.minCoeff() > 0)) refuse();
        factors.push_back(covariance.cwiseSqrt().cwiseInverse());
      } else {
        const MatrixD lower = cholesky(covariance);
        if (lower.size() == 0) refuse();
        factors.push_back(inverse_of_lower(lower).transpose());
      }
    }
    return std::make_unique<MixtureModel>(origin_, mixture.weights, mixture.means, std::move(factors));
  }

  void end_start(bool settled) {
    if (best_start_ < 0 || likelihood_ > best_likelihood_) {
      best_start_ = start_;
      best_likelihood_ = likelihood_;
      best_settled_ = settled;
      best_ = mixture_;
    }
    ++start_;
    begun_ = false;
  }

  // What people see.

  std::string sentence(double growth) const {
    std::string text;
    if (params_.starts > 1)
      text = "Start " + std::to_string(start_ + 1) + " of " + std::to_string(params_.starts) + ", iteration ";
    else
      text = "Iteration ";
    text += std::to_string(iteration_) + ": the mean log-likelihood of a row is " + short_number(likelihood_);
    if (std::isfinite(growth)) text += ", up by " + short_number(growth);
    return text + ".";
  }

  void show(const std::string& text, bool last) {
    context_.watch(
        "this-step",
        [&]() -> Event {
          return Text{"this-step", step_, text};
        },
        last);
    context_.watch(
        "clusters", [&]() -> Event { return points(); }, last);
  }

  std::shared_ptr<const Points> points() const {
    auto points = views_.rows(step_, labels_, static_cast<std::size_t>(k_));
    const MatrixF means = (mixture_.means.rowwise() + origin_.cast<double>()).cast<float>();
    points->centers = views_.plane().project(means);
    for (Index k = 0; k < k_; ++k) points->outlines.push_back(ellipse(k, points->centers));
    if (views_.plane().is_plane()) {
      constexpr int width = ClusterViews::region_width, height = ClusterViews::region_height;
      std::vector<float> probability;
      const auto groups = made(mixture_)->regions(views_.plane().grid(width, height), probability);
      points->region = views_.plane().region(width, height, groups, probability);
    }
    return points;
  }

  /// Two standard deviations of a component, as the plane sees them.
  Outline ellipse(Index k, const std::vector<float>& centers) const {
    const MatrixD axes = views_.plane().axes().cast<double>();
    const MatrixD& covariance =
        mixture_.covariances[mixture_.covariances.size() == 1 ? 0 : static_cast<std::size_t>(k)];
    MatrixD plane;
    if (covariance.rows() == 1 && blocks_.columns() != 1)
      plane = axes * covariance.row(0).asDiagonal() * axes.transpose();
    else
      plane = axes * covariance * axes.transpose();
    const SymmetricEigen spread = symmetric_eigen(plane);
    Outline outline;
    outline.group = static_cast<std::int32_t>(k);
    constexpr int corners = 72;
    for (int i = 0; i <= corners; ++i) {
      const double angle = 2 * std::numbers::pi * (i % corners) / corners;
      const double along[2] = {2 * std::cos(angle) * std::sqrt(std::max(0.0, spread.values[0])),
                               2 * std::sin(angle) * std::sqrt(std::max(0.0, spread.values[1]))};
      for (Index axis = 0; axis < 2; ++axis)
        outline.xy.push_back(
            centers[static_cast<std::size_t>(2 * k + axis)] +
            static_cast<float>(along[0] * spread.vectors(axis, 0) + along[1] * spread.vectors(axis, 1)));
    }
    return outline;
  }

  std::unique_ptr<Model> finish() {
    if (best_start_ < 0 && !begun_) {
      // Stopped before the first iteration: one distribution around all rows is all there is.
      responsibilities_.setConstant(1 / static_cast<double>(k_));
      params_.reg_covar = std::max(params_.reg_covar, 1e-6);
      const std::function<bool()> stop = std::exchange(stop_, [] { return false; });
      maximise(mixture_);
      stop_ = stop;
      return made(mixture_);
    }
    bool settled = false;
    if (best_start_ >= 0 && (!begun_ || iteration_ == 0 || likelihood_ <= best_likelihood_)) {
      mixture_ = best_;
      likelihood_ = best_likelihood_;
      settled = best_settled_;
    }
    auto model = made(mixture_);
    if (iteration_ == 0 && best_start_ < 0) return model;
    labels_ = model->predict(problem_.features, problem_.split.train).labels;
    context_.scalar("train/log_likelihood", step_, likelihood_);
    const double rows = static_cast<double>(blocks_.count());
    const double bic = -2 * likelihood_ * rows + parameters() * std::log(rows);
    context_.scalar("train/bic", step_, bic);
    std::string text = "The mean log-likelihood of a row is " + short_number(likelihood_) + " with " +
                       grouped(static_cast<std::int64_t>(parameters())) + " parameters (BIC " + short_number(bic) +
                       ").";
    if (params_.starts > 1 && best_start_ >= 0) text += " Start " + std::to_string(best_start_ + 1) + " was the best.";
    if (!settled) text += " It had not settled yet.";
    show(text, true);
    return model;
  }

  /// Numbers that were free to choose.
  double parameters() const {
    const auto k = static_cast<double>(k_), d = static_cast<double>(blocks_.columns());
    double covariances = k;
    if (params_.covariance == Shape::full) covariances = k * d * (d + 1) / 2;
    if (params_.covariance == Shape::tied) covariances = d * (d + 1) / 2;
    if (params_.covariance == Shape::diagonal) covariances = k * d;
    return covariances + k * d + k - 1;
  }

  // Checkpoints.

  static void add_arrays(State& state, const std::string& prefix, const Mixture& mixture) {
    const auto add = [&](const std::string& name, const MatrixD& matrix) {
      state.arrays.push_back(state_array(prefix + name, "F64", {matrix.rows(), matrix.cols()}, matrix.data(),
                                         static_cast<std::size_t>(matrix.size())));
    };
    add("weights", mixture.weights);
    add("means", mixture.means);
    for (std::size_t k = 0; k < mixture.covariances.size(); ++k)
      add("covariance" + std::to_string(k), mixture.covariances[k]);
  }

  Mixture read_arrays(const State& state, const std::string& prefix) const {
    Mixture mixture;
    const Index columns = blocks_.columns();
    const bool whole = params_.covariance == Shape::full || params_.covariance == Shape::tied;
    const auto read = [&](const std::string& name, auto& matrix) {
      read_array(state, prefix + name, matrix.data(), static_cast<std::size_t>(matrix.size()));
    };
    mixture.weights.resize(k_);
    mixture.means.resize(k_, columns);
    read("weights", mixture.weights);
    read("means", mixture.means);
    const Index matrices = params_.covariance == Shape::tied ? 1 : k_;
    for (Index k = 0; k < matrices; ++k) {
      mixture.covariances.emplace_back(whole ? columns : 1, columns);
      read("covariance" + std::to_string(k), mixture.covariances.back());
    }
    return mixture;
  }

  State save() const {
    State state;
    state.header = {{"start", start_},
                    {"begun", begun_},
                    {"iteration", iteration_},
                    {"likelihood", likelihood_},
                    {"best_start", best_start_},
                    {"best_settled", best_settled_},
                    {"best_likelihood", best_likelihood_}};
    if (begun_) add_arrays(state, "", mixture_);
    if (best_start_ >= 0) add_arrays(state, "best_", best_);
    return state;
  }

  void restore(const State& state) {
    step_ = state.step;
    start_ = header_field(state, "start").get<int>();
    begun_ = header_field(state, "begun").get<bool>();
    iteration_ = header_field(state, "iteration").get<int>();
    likelihood_ = header_field(state, "likelihood").get<double>();
    best_start_ = header_field(state, "best_start").get<int>();
    best_settled_ = header_field(state, "best_settled").get<bool>();
    best_likelihood_ = header_field(state, "best_likelihood").get<double>();
    if (begun_) mixture_ = read_arrays(state, "");
    if (best_start_ >= 0) best_ = read_arrays(state, "best_");
  }

  MixtureParams params_;
  RunContext& context_;
  const ProblemSet& problem_;
  RowBlocks blocks_;  ///< about the origin
  Index k_;
  Eigen::RowVectorXf origin_;  ///< the rows' mean, as a model holds it
  MatrixD responsibilities_;   ///< rows x k
  std::vector<std::int32_t> labels_;
  ClusterViews views_;
  std::function<bool()> stop_ = [this] { return context_.poll(); };

  Mixture mixture_, best_;
  std::int64_t step_ = 0;
  int start_ = 0;       ///< starts that have ended
  bool begun_ = false;  ///< a start is under way
  int iteration_ = 0;   ///< of it
  double likelihood_ = 0;
  int best_start_ = -1;
  bool best_settled_ = false;
  double best_likelihood_ = 0;
};

void check(const ProblemSet& problem, const Json& json) {
  const MixtureParams params = schema().read(json, "algorithm.params");
  const std::size_t rows = problem.split.train.size();
  if (static_cast<std::size_t>(params.components) > rows)
    throw ParamError("components is " + std::to_string(params.components) + ", but there are only " +
                         std::to_string(rows) + " training rows",
                     "algorithm.params.components", "a whole number from 1 to " + std::to_string(rows));
  const double features = static_cast<double>(problem.features.columns());
  const double matrices = params.covariance == Shape::full ? params.components : 1;
  if ((params.covariance == Shape::full || params.covariance == Shape::tied) &&
      features * features * matrices > most_numbers)
    throw ParamError("Ellipses of " + grouped(problem.features.columns()) + " features have " +
                         short_number(features * features * matrices) + " numbers; at most " +
                         short_number(most_numbers) + " are supported",
                     "algorithm.params.covariance", "diag or spherical, or fewer features");
  require_finite(problem);
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return MixtureRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo gaussian_mixture_algorithm() {
  AlgorithmInfo info;
  info.id = "gaussian_mixture";
  info.label = "Gaussian mixture";
  info.family = "Clustering";
  info.help =
      "Takes the rows to come from several normal distributions and finds those that make them likeliest. Its clusters "
      "may be long and overlap; every row belongs to the likeliest one.";
  info.citation =
      "A. P. Dempster, N. M. Laird, D. B. Rubin (1977), Maximum likelihood from incomplete data via the EM algorithm.";
  info.tasks = {Task::clustering};
  info.params = schema().specs();
  info.headline = "log_likelihood";
  info.check = check;
  info.fit = fit;
  return info;
}

}  // namespace gb
