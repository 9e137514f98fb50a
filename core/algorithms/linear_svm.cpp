#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <numeric>

#include "core/algorithms/algorithm.hpp"
#include "core/algorithms/linear_svm_dual.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/model_views.hpp"
#include "core/model/linear_model.hpp"
#include "core/params/schema.hpp"
#include "core/train/class_rows.hpp"

namespace gb {
namespace {

enum class Loss { squared_hinge, hinge };

struct LinearSvmParams {
  Loss loss = Loss::squared_hinge;
  double c = 1;
  ClassWeight class_weight = ClassWeight::none;
  bool intercept = true;
  double tolerance = 1e-3;
  int max_iterations = 1000;
};

const Schema<LinearSvmParams>& schema() {
  static const auto s =
      Schema<LinearSvmParams>{}
          .add(&LinearSvmParams::loss,
               {.name = "loss",
                .label = "Loss",
                .help = "What a row costs that is on the wrong side of its margin.",
                .choices = {{"squared_hinge", "Squared hinge", "The squared distance from the margin."},
                            {"hinge", "Hinge", "The distance: less impressed by single outliers."}}})
          .add(&LinearSvmParams::c, {.name = "c",
                                     .label = "C",
                                     .help = "How much the rows count against the width of the margin. Small: wide; "
                                             "large: few training errors.",
                                     .valid = {.min = 0, .max = 1e12, .above = true},
                                     .search = {1e-4, 1e2},
                                     .scale = Scale::log})
          .add(&LinearSvmParams::class_weight, class_weight_spec())
          .add(&LinearSvmParams::intercept, {.name = "intercept",
                                             .label = "Intercept",
                                             .help = "Lets borders pass beside zero. It is penalised like a weight.",
                                             .advanced = true})
          .add(&LinearSvmParams::tolerance,
               {.name = "tolerance",
                .label = "Tolerance",
                .help = "Ends when the objective is proven to be within this share of the best one there is.",
                .valid = {0, 1},
                .search = {1e-5, 1e-2},
                .scale = Scale::log,
                .advanced = true,
                .forkable = true})
          .add(&LinearSvmParams::max_iterations, {.name = "max_iterations",
                                                  .label = "Passes at most",
                                                  .help = "Ends after this many passes over the rows in any case.",
                                                  .valid = {1, 1e7},
                                                  .search = {50, 5000},
                                                  .scale = Scale::log,
                                                  .forkable = true});
  return s;
}

constexpr int passes_a_check = 8;
constexpr std::size_t block_rows = 64;

/// One machine per class (of two classes one for both), all of them visiting the same rows at the same time while those
/// are in the cache.
class LinearSvmRun {
 public:
  LinearSvmRun(const ProblemSet& problem, const LinearSvmParams& params, RunContext& context)
      : problem_(problem),
        params_(params),
        context_(context),
        classes_(problem),
        views_(problem, context),
        rows_(problem.features, problem.split.train, params.intercept) {
    const auto weights = classes_.weights(params.class_weight);
    const bool two = classes_.count() == 2;
    for (int k = two ? 1 : 0; k < classes_.count(); ++k) {
      std::vector<std::int8_t> signs;
      for (const std::int32_t code : classes_.codes()) signs.push_back(code == k ? 1 : -1);
      // As LIBLINEAR does it: of one class against all others only the one is weighed.
      machines_.emplace_back(rows_, std::move(signs), params.c * (two ? weights[0] : 1),
                             params.c * weights[static_cast<std::size_t>(k)], params.loss == Loss::squared_hinge);
    }
    settled_.assign(machines_.size(), 0);
  }

  std::unique_ptr<Model> run() {
    if (context_.resume_from()) restore(*context_.resume_from());
    context_.on_save([this](std::int64_t) { return save(); });
    while (step_ < params_.max_iterations && !done() && context_.step(step_)) {
      if (!pass()) break;
      ++step_;
      tell();
    }
    if (!done()) context_.all_done(step_);
    if (!context_.stopped() || step_ > 0) measure_all();
    const std::shared_ptr<const Model> last = model(true);
    views_.show(step_, true, [&] { return last; });
    return model(true);
  }

 private:
  bool done() const {
    return std::all_of(settled_.begin(), settled_.end(), [](auto one) { return one != 0; });
  }

  /// The rows of this pass: blocks in random order, shuffled within.
  std::vector<std::int32_t> order() const {
    Random random = context_.random(static_cast<std::uint64_t>(step_) + 1);
    const auto count = static_cast<std::size_t>(rows_.count());
    std::vector<std::size_t> blocks((count + block_rows - 1) / block_rows);
    std::iota(blocks.begin(), blocks.end(), std::size_t{0});
    random.shuffle(std::span(blocks));
    std::vector<std::int32_t> rows;
    rows.reserve(count);
    for (const std::size_t block : blocks) {
      const std::size_t begin = rows.size();
      for (std::size_t row = block * block_rows; row < std::min(count, (block + 1) * block_rows); ++row)
        rows.push_back(static_cast<std::int32_t>(row));
      random.shuffle(std::span(rows).subspan(begin));
    }
    return rows;
  }

  /// False when it was interrupted.
  bool pass() {
    const std::vector<std::int32_t> rows = order();
    parallel_chunks(machines_.size(), 1, [&](std::size_t first, std::size_t last, std::size_t) {
      for (std::size_t k = first; k < last; ++k)
        if (!settled_[k]) machines_[k].begin_epoch();
      for (std::size_t begin = 0; begin < rows.size() && !context_.poll(); begin += block_rows)
        for (std::size_t k = first; k < last; ++k)
          if (!settled_[k])
            machines_[k].visit(std::span(rows).subspan(begin, std::min(block_rows, rows.size() - begin)));
      for (std::size_t k = first; k < last; ++k)
        if (!settled_[k]) machines_[k].end_epoch();
    });
    if (context_.poll()) return false;
    const std::int64_t passes = step_ + 1;
    if (passes % passes_a_check == 0 || passes == 1 || passes == params_.max_iterations) measure_all();
    return true;
  }

  void measure_all() {
    parallel_chunks(machines_.size(), 1, [&](std::size_t first, std::size_t last, std::size_t) {
      for (std::size_t k = first; k < last; ++k) {
        if (settled_[k]) continue;
        machines_[k].measure();
        settled_[k] = machines_[k].gap() <= params_.tolerance;
      }
    });
  }

  void tell() {
    double dual = 0, primal = 0, gap = 0;
    std::int64_t support = 0;
    for (const LinearSvmDual& machine : machines_) {
      dual += machine.dual();
      primal += machine.primal();
      gap = std::max(gap, machine.gap());
      support += machine.support_count();
    }
    const bool last = done() || step_ == params_.max_iterations;
    context_.scalar("train/dual_objective", step_, dual);
    if (step_ == 1 || step_ % passes_a_check == 0 || last) context_.scalar("train/objective", step_, primal);
    context_.watch(
        "this-step",
        [&]() -> Event {
          std::string text = "Pass " + grouped(step_) + ": objective " + short_number(primal) +
                             ", proven to be at most " + short_number(100 * gap) + " % above the best one there is";
          if (machines_.size() > 1) {
            const auto settled = std::count_if(settled_.begin(), settled_.end(), [](auto one) { return one != 0; });
            text += " for any class; " + grouped(settled) + " of " +
                    grouped(static_cast<std::int64_t>(machines_.size())) + " classes are settled";
          }
          text += ". " + grouped(support) + " rows touch a margin.";
          if (last && !done())
            text += " The passes are used up: more of them, a smaller C or scaled features would help.";
          return Text{"this-step", step_, text};
        },
        last);
    context_.watch(
        "progress",
        [&]() -> Event {
          const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
          const auto visited = static_cast<double>((step_ - first_) * rows_.count());
          return Progress{step_, last ? step_ : params_.max_iterations, seconds > 0 ? visited / seconds : 0, "rows"};
        },
        last);
    if (!last) views_.show(step_, false, [this] { return model(false); });
  }

  /// `calibrated`: the sharpness of the softmax is fitted to the training rows.
  std::unique_ptr<Model> model(bool calibrated) const {
    const auto k = static_cast<Eigen::Index>(machines_.size());
    MatrixD weights(k, rows_.columns());
    Eigen::VectorXd intercepts(k);
    for (Eigen::Index i = 0; i < k; ++i) {
      const auto& best = machines_[static_cast<std::size_t>(i)].best_weights();
      for (std::int64_t j = 0; j < rows_.columns(); ++j)
        weights(i, j) = static_cast<double>(best[static_cast<std::size_t>(j)]);
      intercepts[i] = static_cast<double>(best.back());
    }
    const auto sharpness = static_cast<float>(calibrated ? best_sharpness(weights, intercepts) : 1);
    return linear_class_model(classes_.present(), classes_.all(), weights, intercepts, sharpness);
  }

  /// The factor before the softmax with the least log loss on training rows (at most 5,000), between 1/16 and 16.
  double best_sharpness(const MatrixD& weights, const Eigen::VectorXd& intercepts) const {
    const std::size_t count = std::min<std::size_t>(classes_.codes().size(), 5000);
    const bool odds = weights.rows() == 1;
    MatrixD scores(static_cast<Eigen::Index>(count), odds ? 2 : weights.rows());
    std::vector<std::int32_t> codes;
    std::vector<float> values(static_cast<std::size_t>(rows_.columns()));
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = i * classes_.codes().size() / count;
      problem_.features.gather(std::span(problem_.split.train).subspan(at, 1), values.data());
      const Eigen::VectorXd row = Eigen::Map<const Eigen::VectorXf>(values.data(), rows_.columns()).cast<double>();
      const Eigen::VectorXd own = weights * row + intercepts;
      if (odds)
        scores.row(static_cast<Eigen::Index>(i)) << 0, own[0];
      else
        scores.row(static_cast<Eigen::Index>(i)) = own.transpose();
      codes.push_back(classes_.codes()[at]);
    }
    const auto loss = [&](double log_sharpness) {
      const double sharpness = std::exp2(log_sharpness);
      double sum = 0;
      for (Eigen::Index i = 0; i < scores.rows(); ++i) {
        const Eigen::ArrayXd line = scores.row(i).transpose().array() * sharpness;
        const double largest = line.maxCoeff();
        sum += std::log((line - largest).exp().sum()) + largest - line[codes[static_cast<std::size_t>(i)]];
      }
      return sum;
    };
    // The loss is convex in the sharpness: golden section.
    double low = -4, high = 4;
    const double ratio = (std::sqrt(5.0) - 1) / 2;
    for (int i = 0; i < 24; ++i) {
      const double a = high - ratio * (high - low), b = low + ratio * (high - low);
      if (loss(a) <= loss(b))
        high = b;
      else
        low = a;
    }
    return std::exp2((low + high) / 2);
  }

  State save() const {
    State state;
    state.header["settled"] = settled_;
    for (std::size_t k = 0; k < machines_.size(); ++k) machines_[k].save(state, "machine" + std::to_string(k) + "/");
    return state;
  }

  void restore(const State& state) {
    step_ = first_ = state.step;
    const auto settled = header_field(state, "settled").get<std::vector<std::uint8_t>>();
    if (settled.size() != settled_.size())
      throw Error("The checkpoint does not fit this experiment: it has another number of classes");
    settled_ = settled;
    for (std::size_t k = 0; k < machines_.size(); ++k) machines_[k].restore(state, "machine" + std::to_string(k) + "/");
  }

  const ProblemSet& problem_;
  const LinearSvmParams params_;
  RunContext& context_;
  ClassRows classes_;
  ModelViews views_;
  LinearSvmRows rows_;
  std::vector<LinearSvmDual> machines_;
  std::vector<std::uint8_t> settled_;
  std::int64_t step_ = 0, first_ = 0;  ///< passes over the rows; those before this session
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

void check(const ProblemSet& problem, const Json& params) {
  schema().read(params, "algorithm.params");
  require_finite(problem);
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return LinearSvmRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo linear_svm_algorithm() {
  AlgorithmInfo info;
  info.id = "linear_svm";
  info.label = "Linear support vector machine";
  info.family = "Margins";
  info.help =
      "Looks for the straight border with the widest margin between each class and all others. Made for many rows and "
      "many columns, where kernels would take too long.";
  info.citation =
      "C.-J. Hsieh, K.-W. Chang, C.-J. Lin, S. S. Keerthi, S. Sundararajan (2008), A dual coordinate descent method "
      "for "
      "large-scale linear SVM. S. S. Keerthi, D. DeCoste (2005), A modified finite Newton method for fast "
      "solution of large scale linear SVMs.";
  info.tasks = {Task::classification};
  info.params = schema().specs();
  info.headline = "accuracy";
  info.check = check;
  info.fit = fit;
  info.table_step = "standardize";
  return info;
}

}  // namespace gb
