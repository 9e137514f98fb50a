#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <set>

#include "core/algorithms/algorithm.hpp"
#include "core/algorithms/svm_solver.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/model_views.hpp"
#include "core/model/svm_model.hpp"
#include "core/params/schema.hpp"
#include "core/train/class_rows.hpp"

namespace gb {
namespace {

enum class GammaRule { scale, features };

struct SvmParams {
  RowKernel::Kind kernel = RowKernel::Kind::rbf;
  double c = 1;
  std::optional<double> gamma;
  GammaRule gamma_rule = GammaRule::scale;
  int degree = 3;
  double coef0 = 0;
  ClassWeight class_weight = ClassWeight::none;
  bool probability = false;
  double epsilon = 0.1;
  double tolerance = 1e-3;
  bool shrinking = true;
  int cache_mb = 200;
  std::optional<int> max_iterations;
};

const Schema<SvmParams>& schema() {
  static const auto s =
      Schema<SvmParams>{}
          .add(&SvmParams::kernel, {.name = "kernel",
                                    .label = "Kernel",
                                    .help = "How alike two rows are. It decides which shapes a border can take.",
                                    .choices = {{"linear", "Linear", "Straight borders."},
                                                {"poly", "Polynomial", "Curves of the degree given."},
                                                {"rbf", "Gaussian (RBF)", "Any smooth border: alike is what is near."},
                                                {"sigmoid", "Sigmoid", "As a layer of a neural network."}}})
          .add(&SvmParams::c, {.name = "c",
                               .label = "C",
                               .help = "What a row on the wrong side of its margin costs. Small: wide margins; large: "
                                       "few training errors.",
                               .valid = {.min = 0, .max = 1e12, .above = true},
                               .search = {1e-2, 1e3},
                               .scale = Scale::log})
          .add(&SvmParams::gamma, {.name = "gamma",
                                   .label = "Gamma",
                                   .help = "How fast likeness ends with distance. Empty: decided by the data.",
                                   .valid = {.min = 0, .max = 1e12, .above = true},
                                   .search = {1e-4, 10},
                                   .scale = Scale::log,
                                   .enabled_by = EnabledBy{"kernel", {"poly", "rbf", "sigmoid"}}})
          .add(&SvmParams::gamma_rule,
               {.name = "gamma_rule",
                .label = "Gamma by the data",
                .help = "How gamma is decided where it is not given.",
                .choices = {{"scale", "Features and variance", "1 / (features x variance of all values)."},
                            {"auto", "Features", "1 / features."}},
                .enabled_by = EnabledBy{"kernel", {"poly", "rbf", "sigmoid"}},
                .advanced = true})
          .add(&SvmParams::degree, {.name = "degree",
                                    .label = "Degree",
                                    .help = "Of the polynomial.",
                                    .valid = {1, 20},
                                    .search = {2, 5},
                                    .enabled_by = EnabledBy{"kernel", {"poly"}}})
          .add(&SvmParams::coef0, {.name = "coef0",
                                   .label = "Constant term",
                                   .help = "Added to the product of two rows: how much low powers count.",
                                   .valid = {-1e6, 1e6},
                                   .search = {0, 2},
                                   .enabled_by = EnabledBy{"kernel", {"poly", "sigmoid"}}})
          .add(&SvmParams::class_weight, class_weight_spec())
          .add(
              &SvmParams::probability,
              {.name = "probability",
               .label = "Calibrated probabilities",
               .help = "Fits probabilities to the margins of five more machines for each pair of classes, so that they "
                       "can be trusted. Takes about six times as long.",
               .advanced = true})
          .add(&SvmParams::epsilon,
               {.name = "epsilon",
                .label = "Tube",
                .help = "Numbers (regression) that are missed by less cost nothing. In the target's units.",
                .valid = {0, 1e12},
                .search = {1e-3, 1},
                .scale = Scale::log})
          .add(
              &SvmParams::tolerance,
              {.name = "tolerance",
               .label = "Tolerance",
               .help = "Ends when no pair of rows violates the optimum by more. Smaller takes longer and changes less.",
               .valid = {1e-6, 1},
               .search = {1e-4, 1e-2},
               .scale = Scale::log,
               .advanced = true,
               .forkable = true})
          .add(
              &SvmParams::shrinking,
              {.name = "shrinking",
               .label = "Shrinking",
               .help = "Leaves out rows that seem settled, and looks at them again at the end. The result is the same.",
               .advanced = true})
          .add(&SvmParams::cache_mb, {.name = "cache_mb",
                                      .label = "Kernel memory",
                                      .help = "For kernel values that are kept. More is faster where rows are many.",
                                      .valid = {1, 1e6},
                                      .search = {50, 2000},
                                      .scale = Scale::log,
                                      .unit = "MB",
                                      .advanced = true,
                                      .forkable = true})
          .add(&SvmParams::max_iterations, {.name = "max_iterations",
                                            .label = "Iterations at most",
                                            .help = "Of each pair of classes. Empty: until the optimum is reached.",
                                            .valid = {1, 2e9},
                                            .search = {1000, 1e6},
                                            .scale = Scale::log,
                                            .advanced = true,
                                            .forkable = true});
  return s;
}

/// 1 / (features x variance), over all numbers of the training rows; 1 where nothing varies.
double gamma_of(const ProblemSet& problem, GammaRule rule) {
  const auto columns = static_cast<double>(problem.features.columns());
  if (rule == GammaRule::features) return 1 / columns;
  const auto& rows = problem.split.train;
  std::vector<float> values(static_cast<std::size_t>(problem.features.columns()));
  double sum = 0, squares = 0;
  problem.features.gather(std::span(rows).first(1), values.data());
  const auto pivot = static_cast<double>(values[0]);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    problem.features.gather(std::span(rows).subspan(i, 1), values.data());
    for (const float value : values) {
      const double moved = static_cast<double>(value) - pivot;
      sum += moved;
      squares += moved * moved;
    }
  }
  const double count = static_cast<double>(rows.size()) * columns;
  const double variance = squares / count - (sum / count) * (sum / count);
  return variance > 0 ? 1 / (columns * variance) : 1;
}

Json settle(const ProblemSet& problem, Json params) {
  const SvmParams read = schema().read(params, "algorithm.params");
  if (!read.gamma && read.kernel != RowKernel::Kind::linear) params["gamma"] = gamma_of(problem, read.gamma_rule);
  return params;
}

/// One machine per pair of classes, or one for regression. Several work at a time: the steps are the same for any
/// number of threads.
class SvmRun {
 public:
  SvmRun(const ProblemSet& problem, const SvmParams& params, RunContext& context)
      : problem_(problem),
        params_(params),
        context_(context),
        regression_(problem.target->task == Task::regression),
        views_(problem, context) {
    if (!regression_) classes_.emplace(problem);
    arrange();
    const RowKernel kernel{params.kernel, params.gamma ? *params.gamma : gamma_of(problem, params.gamma_rule),
                           params.coef0, static_cast<double>(params.degree)};
    rows_ = KernelRows(problem.features, order_, kernel);
    results_.resize(pairs_.size());
    const std::size_t most = memory() / 8;
    std::size_t largest = 1;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const std::size_t count = count_of(i);
      largest = std::max(largest, count * (count + 8) * sizeof(float));
    }
    slots_.resize(std::clamp<std::size_t>(memory() / largest, 1, std::min<std::size_t>(4, pairs_.size())));
    slot_memory_ = memory() / slots_.size();
    if (slots_.size() == 1 || most == 0) slot_memory_ = memory();
    views_.on_border([this](Points& points) { mark_support(points); });
  }

  std::unique_ptr<Model> run() {
    if (context_.resume_from()) restore(*context_.resume_from());
    context_.on_save([this](std::int64_t) { return save(); });
    while (!done() && context_.step(step_)) {
      if (!advance()) break;
      ++step_;
      tell();
    }
    const std::shared_ptr<const Model> last = model();
    views_.show(step_, true, [&] { return last; });
    return model();
  }

 private:
  struct Result {
    std::vector<double> coefficients;  ///< of the pair's rows; regression: differences of the two of each row
    double intercept = 0, objective = 0;
    MarginSigmoid sigmoid;
    bool finished = false;
  };
  struct Slot {
    std::size_t pair = 0;
    std::unique_ptr<SvmKernel> kernel;
    std::unique_ptr<SvmSolver> solver;
    MarginSigmoid sigmoid;
  };

  std::size_t memory() const { return static_cast<std::size_t>(params_.cache_mb) << 20; }

  /// Rows by class, and the pairs of classes.
  void arrange() {
    if (regression_) {
      order_ = problem_.split.train;
      begins_ = {0, static_cast<std::int64_t>(order_.size())};
      pairs_ = {{0, 0}};
      return;
    }
    begins_ = {0};
    for (const auto& members : classes_->members()) {
      for (const std::int64_t position : members)
        order_.push_back(problem_.split.train[static_cast<std::size_t>(position)]);
      begins_.push_back(static_cast<std::int64_t>(order_.size()));
    }
    for (int i = 0; i < classes_->count(); ++i)
      for (int j = i + 1; j < classes_->count(); ++j) pairs_.emplace_back(i, j);
  }

  SvmKernel::Range range(int c) const {
    const auto at = static_cast<std::size_t>(c);
    return {begins_[at], begins_[at + 1] - begins_[at]};
  }
  std::size_t count_of(std::size_t pair) const {
    if (regression_) return order_.size();
    return static_cast<std::size_t>(range(pairs_[pair].first).count + range(pairs_[pair].second).count);
  }
  bool done() const { return finished_ == pairs_.size(); }

  /// The kernel matrix within each class enters the problems of all its pairs: computed once where memory allows.
  void make_class_blocks() {
    if (regression_ || pairs_.size() < 3 || slots_.size() < 2) return;
    std::size_t bytes = 0;
    for (int c = 0; c < classes_->count(); ++c) {
      const auto count = static_cast<std::size_t>(range(c).count);
      bytes += count * count * sizeof(float);
    }
    if (bytes > memory() / 2) return;
    blocks_.resize(static_cast<std::size_t>(classes_->count()));
    parallel_chunks(blocks_.size(), 1, [&](std::size_t first, std::size_t last, std::size_t) {
      for (std::size_t c = first; c < last; ++c) {
        const auto [begin, count] = range(static_cast<int>(c));
        blocks_[c].resize(static_cast<std::size_t>(count * count));
        rows_.block(begin, count, begin, count, blocks_[c].data(), count);
      }
    });
  }

  void open(Slot& slot, std::size_t pair) {
    slot.pair = pair;
    const auto [i, j] = pairs_[pair];
    SvmSolver::Problem problem;
    if (regression_) {
      const auto count = static_cast<std::int32_t>(order_.size());
      for (const int side : {1, -1})
        for (std::int32_t k = 0; k < count; ++k) {
          const auto value = static_cast<double>(
              problem_.target->values[static_cast<std::size_t>(order_[static_cast<std::size_t>(k)])]);
          problem.target.push_back(value - side * params_.epsilon);
          problem.low.push_back(side > 0 ? 0 : -params_.c);
          problem.high.push_back(side > 0 ? params_.c : 0);
          problem.rows.push_back(k);
        }
      slot.kernel = std::make_unique<SvmKernel>(rows_, std::vector<SvmKernel::Range>{range(0)}, slot_memory_,
                                                [](std::size_t) { return nullptr; });
    } else {
      std::vector<std::int32_t> rows(count_of(pair));
      std::iota(rows.begin(), rows.end(), 0);
      problem = pair_problem(pair, rows);
      slot.kernel = std::make_unique<SvmKernel>(
          rows_, std::vector<SvmKernel::Range>{range(i), range(j)}, slot_memory_, [&, i = i, j = j](std::size_t which) {
            return blocks_.empty() ? nullptr : blocks_[static_cast<std::size_t>(which == 0 ? i : j)].data();
          });
    }
    slot.solver = std::make_unique<SvmSolver>(std::move(problem), *slot.kernel, params_.tolerance, params_.shrinking);
  }

  std::int64_t iterations_of(const Slot& slot) const {
    const auto rows = static_cast<std::int64_t>(count_of(slot.pair));
    std::int64_t some = std::clamp<std::int64_t>(rows / 10, 5, 1000);
    if (params_.max_iterations)
      some = std::min<std::int64_t>(some, *params_.max_iterations - slot.solver->iterations());
    return some;
  }

  bool calibrates() const { return params_.probability && !regression_; }
  bool spent(const Slot& slot) const {
    return params_.max_iterations && slot.solver->iterations() >= *params_.max_iterations;
  }
  bool ends(const Slot& slot) const { return slot.solver->finished() || spent(slot); }

  /// The problem of a pair with some of its rows only.
  SvmSolver::Problem pair_problem(std::size_t pair, std::span<const std::int32_t> rows) const {
    const auto weights = classes_->weights(params_.class_weight);
    const auto [i, j] = pairs_[pair];
    SvmSolver::Problem problem;
    for (const std::int32_t row : rows) {
      const bool first = row < range(i).count;
      const double most = params_.c * weights[static_cast<std::size_t>(first ? i : j)];
      problem.target.push_back(first ? 1 : -1);
      problem.low.push_back(first ? 0 : -most);
      problem.high.push_back(first ? most : 0);
      problem.rows.push_back(row);
    }
    return problem;
  }

  /// Each fifth of the pair's rows is judged by a machine that has learnt from the others.
  MarginSigmoid cross_validated_sigmoid(Slot& slot) const {
    constexpr std::size_t folds = 5;
    const auto count = static_cast<std::size_t>(slot.kernel->count());
    std::vector<std::int32_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    context_.random(slot.pair + 1).shuffle(std::span(order));
    std::vector<double> margins(count);
    std::vector<std::uint8_t> positive(count);
    for (std::size_t k = 0; k < count; ++k)
      positive[k] = static_cast<std::int64_t>(k) < range(pairs_[slot.pair].first).count;
    for (std::size_t fold = 0; fold < folds; ++fold) {
      const std::size_t begin = count * fold / folds, end = count * (fold + 1) / folds;
      std::vector<std::int32_t> learnt(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(begin));
      learnt.insert(learnt.end(), order.begin() + static_cast<std::ptrdiff_t>(end), order.end());
      std::sort(learnt.begin(), learnt.end());
      std::size_t firsts = 0;
      for (const std::int32_t row : learnt) firsts += positive[static_cast<std::size_t>(row)];
      std::vector<double> sums(count);
      double intercept = 0;
      if (firsts == 0 || firsts == learnt.size()) {
        // Only one class to learn from: all margins are its own.
        intercept = learnt.empty() ? 0 : firsts > 0 ? 1 : -1;
      } else {
        SvmSolver solver(pair_problem(slot.pair, learnt), *slot.kernel, params_.tolerance, params_.shrinking);
        solver.iterate(params_.max_iterations ? *params_.max_iterations : std::numeric_limits<std::int64_t>::max(),
                       [this] { return context_.poll(); });
        intercept = solver.intercept();
        const auto coefficients = solver.coefficients();
        for (std::size_t s = 0; s < learnt.size(); ++s) {
          if (coefficients[s] == 0) continue;
          const float* row = slot.kernel->row(learnt[s]);
          for (std::size_t k = begin; k < end; ++k) {
            const auto at = static_cast<std::size_t>(order[k]);
            sums[at] += coefficients[s] * static_cast<double>(row[at]);
          }
        }
      }
      for (std::size_t k = begin; k < end; ++k) {
        const auto at = static_cast<std::size_t>(order[k]);
        margins[at] = sums[at] + intercept;
      }
    }
    return fit_margin_sigmoid(margins, positive);
  }

  /// One step of all slots. False when it was interrupted: then the model is the one as it stands, but no checkpoint.
  bool advance() {
    if (blocks_.empty() && !blocks_made_) {
      make_class_blocks();
      blocks_made_ = true;
    }
    // Which pair goes where is decided before anything runs, whatever the number of threads.
    std::vector<std::size_t> opening(slots_.size(), pairs_.size());
    for (std::size_t s = 0; s < slots_.size(); ++s)
      if (!slots_[s].solver && next_ < pairs_.size()) opening[s] = next_++;
    parallel_chunks(slots_.size(), 1, [&](std::size_t first, std::size_t last, std::size_t) {
      for (std::size_t s = first; s < last; ++s) {
        Slot& slot = slots_[s];
        if (opening[s] < pairs_.size()) open(slot, opening[s]);
        if (slot.solver) slot.solver->iterate(iterations_of(slot), [this] { return context_.poll(); });
        if (slot.solver && calibrates() && ends(slot)) slot.sigmoid = cross_validated_sigmoid(slot);
      }
    });
    for (Slot& slot : slots_) {
      if (!slot.solver) continue;
      take(slot);
      if (!ends(slot)) continue;
      cut_short_ = cut_short_ || !slot.solver->finished();
      results_[slot.pair].sigmoid = slot.sigmoid;
      results_[slot.pair].finished = true;
      ++finished_;
      iterations_ += slot.solver->iterations();
      slot = Slot();
    }
    return !context_.poll();
  }

  /// The solver's numbers become the pair's result so far.
  void take(const Slot& slot) {
    Result& result = results_[slot.pair];
    result.coefficients = slot.solver->coefficients();
    if (regression_) {
      const std::size_t rows = order_.size();
      for (std::size_t k = 0; k < rows; ++k) result.coefficients[k] += result.coefficients[rows + k];
      result.coefficients.resize(rows);
    }
    result.intercept = slot.solver->intercept();
    result.objective = slot.solver->objective();
  }

  /// Rows, in order_, that have a coefficient in some pair.
  std::vector<std::int32_t> support() const {
    std::vector<bool> used(order_.size());
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      std::size_t at = 0;
      for_rows(p, [&](std::size_t row) {
        if (at < results_[p].coefficients.size() && results_[p].coefficients[at] != 0) used[row] = true;
        ++at;
      });
    }
    std::vector<std::int32_t> rows;
    for (std::size_t row = 0; row < used.size(); ++row)
      if (used[row]) rows.push_back(static_cast<std::int32_t>(row));
    return rows;
  }

  template <class Each>
  void for_rows(std::size_t pair, const Each& each) const {
    const auto go = [&](int c) {
      const auto [begin, count] = range(c);
      for (std::int64_t k = 0; k < count; ++k) each(static_cast<std::size_t>(begin + k));
    };
    go(pairs_[pair].first);
    if (!regression_) go(pairs_[pair].second);
  }

  std::unique_ptr<Model> model() const {
    const std::vector<std::int32_t> rows = support();
    std::vector<std::int32_t> place(order_.size(), -1);
    for (std::size_t i = 0; i < rows.size(); ++i)
      place[static_cast<std::size_t>(rows[i])] = static_cast<std::int32_t>(i);
    SvmModel::Parts parts;
    parts.support = rows_.subset(rows);
    const std::int64_t width = regression_ ? 1 : std::max(classes_->count() - 1, 1);
    parts.coefficients = MatrixF::Zero(static_cast<Eigen::Index>(rows.size()), width);
    for (const std::int64_t begin : begins_)
      parts.begins.push_back(std::lower_bound(rows.begin(), rows.end(), static_cast<std::int32_t>(begin)) -
                             rows.begin());
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      const Result& result = results_[p];
      const auto [i, j] = pairs_[p];
      std::size_t at = 0;
      for_rows(p, [&](std::size_t row) {
        const double value = at < result.coefficients.size() ? result.coefficients[at] : 0;
        ++at;
        if (value == 0) return;
        const bool first = static_cast<std::int64_t>(row) < range(i).begin + range(i).count;
        parts.coefficients(place[row], regression_ ? 0 : first ? j - 1 : i) = static_cast<float>(value);
      });
      parts.intercepts.push_back(static_cast<float>(result.intercept));
      if (calibrates()) parts.sigmoids.push_back(result.sigmoid);
    }
    if (!regression_) {
      parts.present = classes_->present();
      parts.all = classes_->all();
    }
    return std::make_unique<SvmModel>(std::move(parts));
  }

  void mark_support(Points& points) const {
    std::set<std::int64_t> rows;
    for (const std::int32_t row : support()) rows.insert(order_[static_cast<std::size_t>(row)]);
    points.marked.clear();
    for (const std::int64_t row : *points.rows) points.marked.push_back(rows.contains(row));
  }

  void tell() {
    double objective = 0, violation = 0;
    std::int64_t iterations = iterations_;
    for (const Result& result : results_) objective += result.objective;
    for (const Slot& slot : slots_) {
      if (!slot.solver) continue;
      if (std::isfinite(slot.solver->violation())) violation = std::max(violation, slot.solver->violation());
      iterations += slot.solver->iterations();
    }
    context_.scalar("train/dual_objective", step_, objective);
    if (!done()) context_.scalar("train/violation", step_, violation);
    const bool last = done();
    context_.watch(
        "this-step",
        [&]() -> Event {
          const auto vectors = static_cast<std::int64_t>(support().size());
          std::string text = grouped(iterations) + " iterations: " + grouped(vectors) + " of " +
                             grouped(static_cast<std::int64_t>(order_.size())) + " rows are support vectors";
          if (!regression_ && pairs_.size() > 1)
            text += ", " + grouped(static_cast<std::int64_t>(finished_)) + " of " +
                    grouped(static_cast<std::int64_t>(pairs_.size())) + " pairs of classes are settled";
          if (last)
            text += ". Dual objective " + short_number(objective) + ".";
          else
            text += "; the worst pair of rows violates the optimum by " + short_number(violation) + " (ends at " +
                    short_number(params_.tolerance) + ").";
          if (last && cut_short_) text += " The iterations were used up before the optimum was reached.";
          return Text{"this-step", step_, text};
        },
        last);
    context_.watch(
        "progress",
        [&]() -> Event {
          const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
          const double speed = seconds > 0 ? static_cast<double>(iterations - first_iterations_) / seconds : 0;
          std::int64_t total = last ? step_ : 0;
          if (!last && finished_ > 0 && pairs_.size() > 1)
            total = std::max<std::int64_t>(
                step_ + 1, step_ * static_cast<std::int64_t>(pairs_.size()) / static_cast<std::int64_t>(finished_));
          return Progress{step_, total, speed, "iterations"};
        },
        last);
    if (!last) views_.show(step_, false, [this] { return model(); });
  }

  State save() const {
    State state;
    Json open = Json::array();
    for (std::size_t s = 0; s < slots_.size(); ++s) {
      open.push_back(slots_[s].solver ? static_cast<std::int64_t>(slots_[s].pair) : -1);
      if (slots_[s].solver) slots_[s].solver->save(state, "slot" + std::to_string(s));
    }
    Json settled = Json::array();
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      const Result& result = results_[p];
      if (!result.finished) continue;
      settled.push_back({p, result.intercept, result.objective, result.sigmoid.a, result.sigmoid.b});
      state.arrays.push_back(state_array("pair" + std::to_string(p), "F64",
                                         {static_cast<std::int64_t>(result.coefficients.size())},
                                         result.coefficients.data(), result.coefficients.size()));
    }
    state.header["next"] = next_;
    state.header["iterations"] = iterations_;
    state.header["cut_short"] = cut_short_;
    state.header["open"] = open;
    state.header["settled"] = settled;
    return state;
  }

  void restore(const State& state) {
    const auto refuse = [] {
      throw Error("The checkpoint does not fit this experiment: it has other pairs of classes");
    };
    step_ = state.step;
    next_ = header_field(state, "next").get<std::size_t>();
    iterations_ = first_iterations_ = header_field(state, "iterations").get<std::int64_t>();
    cut_short_ = header_field(state, "cut_short").get<bool>();
    const Json& open_pairs = header_field(state, "open");
    if (open_pairs.size() != slots_.size() || next_ > pairs_.size()) refuse();
    for (const Json& one : header_field(state, "settled")) {
      const auto p = one.at(0).get<std::size_t>();
      if (p >= pairs_.size()) refuse();
      Result& result = results_[p];
      result.intercept = one.at(1).get<double>();
      result.objective = one.at(2).get<double>();
      result.sigmoid = {one.at(3).get<double>(), one.at(4).get<double>()};
      result.finished = true;
      result.coefficients.resize(count_of(p));
      read_array(state, "pair" + std::to_string(p), result.coefficients.data(), result.coefficients.size());
      ++finished_;
    }
    make_class_blocks();
    blocks_made_ = true;
    for (std::size_t s = 0; s < slots_.size(); ++s) {
      const auto p = open_pairs[s].get<std::int64_t>();
      if (p < 0) continue;
      if (static_cast<std::size_t>(p) >= pairs_.size()) refuse();
      open(slots_[s], static_cast<std::size_t>(p));
      slots_[s].solver->restore(state, "slot" + std::to_string(s));
      take(slots_[s]);
    }
  }

  const ProblemSet& problem_;
  const SvmParams params_;
  RunContext& context_;
  bool regression_;
  ModelViews views_;
  std::optional<ClassRows> classes_;
  std::vector<std::int64_t> order_;   ///< dataset rows, by class
  std::vector<std::int64_t> begins_;  ///< of the classes in it
  std::vector<std::pair<int, int>> pairs_;
  KernelRows rows_;
  std::vector<std::vector<float>> blocks_;  ///< kernels within each class
  bool blocks_made_ = false;
  std::vector<Result> results_;
  std::vector<Slot> slots_;
  std::size_t slot_memory_ = 0;
  std::size_t next_ = 0, finished_ = 0;  ///< pairs begun; through
  std::int64_t step_ = 0, iterations_ = 0, first_iterations_ = 0;
  bool cut_short_ = false;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

void check(const ProblemSet& problem, const Json& params) {
  schema().read(params, "algorithm.params");
  require_finite(problem);
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return SvmRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo svm_algorithm() {
  AlgorithmInfo info;
  info.id = "svm";
  info.label = "Support vector machine";
  info.family = "Margins";
  info.help =
      "Looks for the border with the widest margin between two classes; only the rows at the margin, the support "
      "vectors, decide where it runs. Kernels bend the border; several classes are told apart pair by pair.";
  info.citation =
      "C. Cortes, V. Vapnik (1995), Support-vector networks. R.-E. Fan, P.-H. Chen, C.-J. Lin (2005), Working set "
      "selection using second order information for training SVM. H.-T. Lin, C.-J. Lin, R. C. Weng (2007), A note on "
      "Platt's probabilistic outputs. T.-F. Wu, C.-J. Lin, R. C. Weng (2004), Probability estimates for multi-class "
      "classification by pairwise coupling.";
  info.tasks = {Task::classification, Task::regression};
  info.params = schema().specs();
  info.headline = "accuracy";
  info.settle = settle;
  info.check = check;
  info.holds_back_param = "probability";
  info.fit = fit;
  info.table_step = "standardize";
  return info;
}

}  // namespace gb
