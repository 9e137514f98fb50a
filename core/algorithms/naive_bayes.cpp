#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "core/algorithms/algorithm.hpp"
#include "core/algorithms/naive_bayes_sums.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/model_views.hpp"
#include "core/model/gaussian_classes_model.hpp"
#include "core/model/linear_model.hpp"
#include "core/params/schema.hpp"

namespace gb {
namespace {

enum class Variant { gaussian, multinomial, bernoulli, complement };

struct NaiveBayesParams {
  Variant variant = Variant::gaussian;
  double var_smoothing = 1e-9;
  double alpha = 1;
  bool fit_prior = true;
  double binarize = 0;
  bool norm = false;
};

const Schema<NaiveBayesParams>& schema() {
  static const auto s =
      Schema<NaiveBayesParams>{}
          .add(&NaiveBayesParams::variant,
               {.name = "variant",
                .label = "Distribution",
                .help = "How a feature is spread within a class. Gaussian suits measurements, the others suit counts.",
                .choices = {{"gaussian", "Gaussian", "Each feature is a bell curve with its own mean and variance."},
                            {"multinomial", "Multinomial", "Features are counts, such as words of a text."},
                            {"bernoulli", "Bernoulli", "Features are yes or no: above the threshold or not."},
                            {"complement", "Complement",
                             "Counts again, learnt from the rows of all other classes: better when classes are of very "
                             "different sizes."}}})
          .add(&NaiveBayesParams::var_smoothing,
               {.name = "var_smoothing",
                .label = "Variance added",
                .help = "Added to all variances, as a share of the largest one. Keeps a feature that never varies "
                        "within a class from deciding alone.",
                .valid = {0, 1e6},
                .search = {1e-11, 1},
                .scale = Scale::log,
                .enabled_by = EnabledBy{"variant", {"gaussian"}}})
          .add(
              &NaiveBayesParams::alpha,
              {.name = "alpha",
               .label = "Smoothing",
               .help = "Added to every count, so that what was never seen with a class stays possible. 0 adds nothing.",
               .valid = {0, 1e6},
               .search = {1e-3, 10},
               .scale = Scale::log,
               .enabled_by = EnabledBy{"variant", {"multinomial", "bernoulli", "complement"}}})
          .add(&NaiveBayesParams::fit_prior,
               {.name = "fit_prior",
                .label = "Learn class shares",
                .help = "Expects each class as often as it occurs in training. Otherwise all classes equally often.",
                .enabled_by = EnabledBy{"variant", {"gaussian", "multinomial", "bernoulli"}}})
          .add(&NaiveBayesParams::binarize, {.name = "binarize",
                                             .label = "Threshold",
                                             .help = "Features above it count as yes, all others as no.",
                                             .valid = {-1e30, 1e30},
                                             .search = {0, 1},
                                             .enabled_by = EnabledBy{"variant", {"bernoulli"}}})
          .add(&NaiveBayesParams::norm,
               {.name = "norm",
                .label = "Normalise weights",
                .help = "Divides the weights of each class by their sum, so that no class outweighs another one.",
                .enabled_by = EnabledBy{"variant", {"complement"}},
                .advanced = true});
  return s;
}

/// One pass over the training rows in slices; after each the model of the rows so far can be seen.
class NaiveBayesRun {
 public:
  NaiveBayesRun(const ProblemSet& problem, const NaiveBayesParams& params, RunContext& context)
      : problem_(problem),
        params_(params),
        context_(context),
        views_(problem, context),
        threshold_(static_cast<float>(params.binarize)),
        sums_(problem, kind(params.variant), threshold_) {}

  std::unique_ptr<Model> run() {
    if (context_.resume_from()) restore(*context_.resume_from());
    context_.on_save([this](std::int64_t) { return save(); });
    const std::size_t rows = problem_.split.train.size();
    const std::int64_t slices = std::min<std::int64_t>(most_slices, static_cast<std::int64_t>(rows));
    const auto begin_of = [&](std::int64_t slice) {
      return rows * static_cast<std::size_t>(slice) / static_cast<std::size_t>(slices);
    };
    const auto began = std::chrono::steady_clock::now();
    const std::int64_t first = step_;
    while (step_ < slices && context_.step(step_)) {
      sums_.take(begin_of(step_), begin_of(step_ + 1));
      ++step_;
      const bool last = step_ == slices;
      describe(begin_of(step_), rows, last);
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
      context_.watch(
          "progress",
          [&]() -> Event {
            const auto done = static_cast<double>(begin_of(step_) - begin_of(first));
            return Progress{step_, slices, seconds > 0 ? done / seconds : 0, "rows"};
          },
          last);
      if (!last) views_.show(step_, false, [this] { return model(); });
    }
    const std::shared_ptr<const Model> last_model = model();
    views_.show(step_, true, [&] { return last_model; });
    return model();
  }

 private:
  static constexpr std::int64_t most_slices = 16;

  static NaiveBayesSums::Kind kind(Variant variant) {
    switch (variant) {
      case Variant::gaussian:
        return NaiveBayesSums::Kind::moments;
      case Variant::bernoulli:
        return NaiveBayesSums::Kind::counts;
      default:
        return NaiveBayesSums::Kind::sums;
    }
  }

  void describe(std::size_t done, std::size_t rows, bool last) {
    context_.watch(
        "this-step",
        [&]() -> Event {
          std::string text = "Took in " + grouped(static_cast<std::int64_t>(done)) + " of " +
                             grouped(static_cast<std::int64_t>(rows)) + " rows; ";
          const auto& counts = sums_.counts();
          const auto most = std::max_element(counts.begin(), counts.end());
          text += "so far \"" + problem_.target->classes[static_cast<std::size_t>(most - counts.begin())] +
                  "\" is the most frequent class with " + grouped(static_cast<std::int64_t>(*most)) + " of them.";
          return Text{"this-step", step_, text};
        },
        last);
  }

  std::unique_ptr<Model> model() const {
    switch (params_.variant) {
      case Variant::gaussian:
        return gaussian();
      case Variant::multinomial:
        return multinomial();
      case Variant::bernoulli:
        return bernoulli();
      case Variant::complement:
        return complement();
    }
    return nullptr;
  }

  /// Log of each class' share; of a class without rows the score that rules it out.
  std::vector<double> log_priors() const {
    double rows = 0, present = 0;
    for (const double count : sums_.counts()) {
      rows += count;
      present += count > 0;
    }
    std::vector<double> logs;
    for (const double count : sums_.counts()) {
      const double share = params_.fit_prior ? count / std::max(rows, 1.0) : 1 / std::max(present, 1.0);
      logs.push_back(count > 0 ? std::log(share) : rows > 0 ? static_cast<double>(absent_class_score) : 0.0);
    }
    return logs;
  }

  std::unique_ptr<Model> gaussian() const {
    // Where nothing varies at all any positive number gives the priors.
    const double added = std::max(params_.var_smoothing * sums_.largest_variance(), 1e-300);
    MatrixD variances = sums_.variances();
    for (Eigen::Index k = 0; k < variances.rows(); ++k)
      if (sums_.counts()[static_cast<std::size_t>(k)] > 0)
        variances.row(k).array() += added;
      else
        variances.row(k).setOnes();
    return std::make_unique<GaussianClassesModel>(sums_.means(), variances.cwiseMax(1e-30), log_priors());
  }

  /// Linear scores; what all classes have in common is taken off, so that float keeps the digits that decide.
  std::unique_ptr<Model> linear(MatrixD weights, const std::vector<double>& constants, LinearModel::Link link) const {
    Eigen::RowVectorXd common = Eigen::RowVectorXd::Zero(weights.cols());
    double present = 0, shift = -1e300;
    for (Eigen::Index k = 0; k < weights.rows(); ++k) {
      if (sums_.counts()[static_cast<std::size_t>(k)] == 0) continue;
      common += weights.row(k);
      shift = std::max(shift, constants[static_cast<std::size_t>(k)]);
      ++present;
    }
    std::vector<float> intercepts;
    for (Eigen::Index k = 0; k < weights.rows(); ++k) {
      if (sums_.counts()[static_cast<std::size_t>(k)] == 0) {
        weights.row(k).setZero();
        intercepts.push_back(present > 0 ? absent_class_score : 0.0f);
        continue;
      }
      weights.row(k) -= common / present;
      intercepts.push_back(static_cast<float>(constants[static_cast<std::size_t>(k)] - shift));
    }
    return std::make_unique<LinearModel>(Task::classification, weights.cast<float>(), std::move(intercepts), link);
  }

  double alpha() const { return std::max(params_.alpha, 1e-10); }

  std::unique_ptr<Model> multinomial() const {
    MatrixD weights = sums_.sums().array() + alpha();
    for (Eigen::Index k = 0; k < weights.rows(); ++k)
      weights.row(k) = (weights.row(k) / weights.row(k).sum()).array().log().matrix();
    return linear(std::move(weights), log_priors(), {});
  }

  /// log p(x) = sum of x log p + (1 - x) log(1 - p).
  std::unique_ptr<Model> bernoulli() const {
    MatrixD weights = sums_.sums().array() + alpha();
    std::vector<double> constants = log_priors();
    for (Eigen::Index k = 0; k < weights.rows(); ++k) {
      const double rows = sums_.counts()[static_cast<std::size_t>(k)] + 2 * alpha();
      const Eigen::ArrayXd share = weights.row(k).transpose().array() / rows;
      const Eigen::ArrayXd no = (1 - share).log();
      weights.row(k) = (share.log() - no).matrix().transpose();
      constants[static_cast<std::size_t>(k)] += no.sum();
    }
    return linear(std::move(weights), constants, {.threshold = threshold_});
  }

  /// Rennie et al. 2003, table 4: weights are minus the logs of the features' shares in all other classes.
  std::unique_ptr<Model> complement() const {
    const MatrixD sums = sums_.sums();
    MatrixD weights = (-sums).rowwise() + sums.colwise().sum();
    weights.array() += alpha();
    for (Eigen::Index k = 0; k < weights.rows(); ++k) {
      weights.row(k) = (weights.row(k) / weights.row(k).sum()).array().log().matrix();
      if (params_.norm)
        weights.row(k) /= weights.row(k).sum();
      else
        weights.row(k) *= -1;
    }
    return linear(std::move(weights), std::vector<double>(sums_.counts().size(), 0.0), {});
  }

  State save() const {
    State state;
    state.header = {{"slices", most_slices}};
    const auto add = [&](const char* name, const MatrixD& matrix) {
      state.arrays.push_back(state_array(name, "F64", {matrix.rows(), matrix.cols()}, matrix.data(),
                                         static_cast<std::size_t>(matrix.size())));
    };
    state.arrays.push_back(
        state_array("counts", "F64", {sums_.classes()}, sums_.counts().data(), sums_.counts().size()));
    add("sums", sums_.raw_sums());
    add("squares", sums_.raw_squares());
    return state;
  }

  void restore(const State& state) {
    if (header_field(state, "slices") != most_slices)
      throw Error("The checkpoint does not fit this experiment: it divides the rows in another way");
    step_ = state.step;
    std::vector<double> counts(sums_.counts().size());
    MatrixD sums = sums_.raw_sums(), squares = sums_.raw_squares();
    read_array(state, "counts", counts.data(), counts.size());
    read_array(state, "sums", sums.data(), static_cast<std::size_t>(sums.size()));
    read_array(state, "squares", squares.data(), static_cast<std::size_t>(squares.size()));
    sums_.restore(std::move(counts), std::move(sums), std::move(squares));
  }

  const ProblemSet& problem_;
  const NaiveBayesParams params_;
  RunContext& context_;
  ModelViews views_;
  float threshold_;
  NaiveBayesSums sums_;
  std::int64_t step_ = 0;  ///< slices taken in
};

/// Counts cannot be negative: names the row and feature where one is.
void require_counts(const ProblemSet& problem, const std::string& variant) {
  std::vector<float> values(static_cast<std::size_t>(problem.features.columns()));
  if (problem.features.bytes() && problem.features.offset() >= 0 && problem.features.factor() >= 0) return;
  for (const std::int64_t row : problem.split.train) {
    problem.features.gather(std::span(&row, 1), values.data());
    const auto negative = std::find_if(values.begin(), values.end(), [](float value) { return value < 0; });
    if (negative == values.end()) continue;
    const auto column = static_cast<std::size_t>(negative - values.begin());
    const std::string name =
        column < problem.feature_names.size() ? problem.feature_names[column] : std::to_string(column + 1);
    throw DataError("Row " + std::to_string(row + 1) + " has " + short_number(static_cast<double>(*negative)) +
                        " in feature \"" + name + "\", but " + variant +
                        " naive Bayes counts, and counts cannot be negative: choose the Gaussian variant, or scale the "
                        "columns to 0..1",
                    "algorithm.params.variant", "gaussian or bernoulli for negative numbers");
  }
}

void check(const ProblemSet& problem, const Json& params) {
  require_finite(problem);
  const auto variant = schema().read(params, "algorithm.params").variant;
  if (variant == Variant::multinomial) require_counts(problem, "multinomial");
  if (variant == Variant::complement) require_counts(problem, "complement");
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return NaiveBayesRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo naive_bayes_algorithm() {
  AlgorithmInfo info;
  info.id = "naive_bayes";
  info.label = "Naive Bayes";
  info.family = "Probabilities";
  info.help =
      "Learns how each feature is spread within each class and multiplies these probabilities as if the features had "
      "nothing to do with each other. One pass over the rows: the fastest of all, and a good first yardstick.";
  info.citation =
      "H. Zhang (2004), The optimality of naive Bayes. J. Rennie, L. Shih, J. Teevan, D. Karger (2003), Tackling the "
      "poor assumptions of naive Bayes text classifiers.";
  info.tasks = {Task::classification};
  info.params = schema().specs();
  info.headline = "accuracy";
  info.check = check;
  info.fit = fit;
  return info;
}

}  // namespace gb
