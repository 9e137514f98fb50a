#include <algorithm>
#include <cmath>
#include <limits>

#include "core/algorithms/member_fit.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/model_views.hpp"
#include "core/params/schema.hpp"

namespace gb {
namespace {

constexpr const char* member_path = "algorithm.params.estimator";

struct BaggingParams {
  NestedAlgorithm estimator{Json{{"id", "decision_tree"}, {"params", Json::object()}}};
  int estimators = 10;
  double max_samples = 1;
  bool bootstrap = true;
  bool oob_score = true;
};

const Schema<BaggingParams>& schema() {
  static const auto s =
      Schema<BaggingParams>{}
          .add(&BaggingParams::estimator,
               {.name = "estimator",
                .label = "Member",
                .help = "The algorithm that learns again and again, with its parameters. Those gain most that change "
                        "much with their rows, as trees do."})
          .add(&BaggingParams::estimators, {.name = "estimators",
                                            .label = "Members",
                                            .help = "How many of them answer together. More never harm, but cost time.",
                                            .valid = {1, 10000},
                                            .search = {5, 100},
                                            .scale = Scale::log})
          .add(&BaggingParams::max_samples, {.name = "max_samples",
                                             .label = "Share of rows",
                                             .help = "How many rows are drawn for a member, as a share of all.",
                                             .valid = {0, 1, true},
                                             .search = {0.1, 1}})
          .add(&BaggingParams::bootstrap,
               {.name = "bootstrap",
                .label = "With repetition",
                .help = "A row may be drawn more than once for the same member; else every row once at most."})
          .add(&BaggingParams::oob_score,
               {.name = "oob_score",
                .label = "Out-of-bag score",
                .help = "Asks about every row the members that did not learn from it: an honest score without a test "
                        "set."});
  return s;
}

/// A step is a member. Their models are in no checkpoint: a resumed run fits them again, to the same bits.
class BaggingRun {
 public:
  BaggingRun(const ProblemSet& problem, const BaggingParams& params, RunContext& context)
      : problem_(problem),
        params_(params),
        context_(context),
        member_(read_member(problem, params.estimator.document, member_path)),
        views_(problem, context) {
    if (params.oob_score) sums_.resize(problem.split.train.size() * width());
    if (params.oob_score) asked_.resize(problem.split.train.size());
  }

  std::unique_ptr<Model> run() {
    const auto count = static_cast<std::size_t>(params_.estimators);
    while (models_.size() < count && context_.step(static_cast<std::int64_t>(models_.size()))) {
      const std::size_t at = models_.size();
      const std::vector<std::uint16_t> drawn = draw(at);
      std::vector<std::int64_t> rows;
      for (std::size_t i = 0; i < drawn.size(); ++i) rows.insert(rows.end(), drawn[i], problem_.split.train[i]);
      const std::string who =
          member_.info->label + " (" + std::to_string(at + 1) + " of " + std::to_string(count) + ")";
      const ProblemSet part = with_training_rows(problem_, std::move(rows));
      auto model = fit_member(part, member_, who, at, static_cast<std::int64_t>(at), context_);
      if (!model) break;
      if (params_.oob_score) ask_out_of_bag(*model, drawn);
      models_.push_back(std::move(model));
      tell();
    }
    if (models_.empty()) return nullptr;
    return combined();
  }

 private:
  std::size_t width() const { return std::max<std::size_t>(1, problem_.target->classes.size()); }

  /// How often each training row is drawn. A draw that misses all classes but one is of no use: it is made again.
  std::vector<std::uint16_t> draw(std::size_t member) const {
    const std::size_t count = problem_.split.train.size();
    const auto wanted = std::max<std::size_t>(
        1, static_cast<std::size_t>(std::llround(params_.max_samples * static_cast<double>(count))));
    Random random = context_.random(member + 1);
    constexpr int trials = 100;
    std::vector<std::uint16_t> drawn;
    for (int trial = 0; trial < trials; ++trial) {
      drawn.assign(count, 0);
      if (params_.bootstrap) {
        for (std::size_t i = 0; i < wanted; ++i) ++drawn[random.below(count)];
      } else {
        // Selection sampling (Knuth, volume 2, algorithm S).
        std::size_t left = wanted;
        for (std::size_t i = 0; i < count && left > 0; ++i)
          if (random.below(count - i) < left) {
            drawn[i] = 1;
            --left;
          }
      }
      if (tells_apart(drawn)) return drawn;
    }
    throw ParamError("algorithm.params.max_samples is " + short_number(params_.max_samples) +
                         ", so few rows that they are all alike in the target",
                     "algorithm.params.max_samples", "a greater share");
  }

  bool tells_apart(const std::vector<std::uint16_t>& drawn) const {
    const Target& target = *problem_.target;
    const bool classes = target.task == Task::classification;
    double first = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      if (drawn[i] == 0) continue;
      const auto row = static_cast<std::size_t>(problem_.split.train[i]);
      const double value = classes ? target.codes[row] : static_cast<double>(target.values[row]);
      if (std::isnan(first)) first = value;
      if (value != first) return true;
    }
    return false;
  }

  void ask_out_of_bag(const Model& model, const std::vector<std::uint16_t>& drawn) {
    std::vector<std::size_t> places;
    std::vector<std::int64_t> rows;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      if (drawn[i] > 0) continue;
      places.push_back(i);
      rows.push_back(problem_.split.train[i]);
    }
    const Prediction said = model.predict(problem_.features, rows);
    for (std::size_t i = 0; i < places.size(); ++i) {
      ++asked_[places[i]];
      double* sums = sums_.data() + places[i] * width();
      if (said.task == Task::regression)
        sums[0] += static_cast<double>(said.values[i]);
      else
        for (std::size_t j = 0; j < width(); ++j)
          sums[j] +=
              static_cast<double>(said.probabilities(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)));
    }
  }

  double out_of_bag_score() const {
    Prediction said;
    std::vector<std::int64_t> rows;
    for (std::size_t i = 0; i < asked_.size(); ++i) {
      if (asked_[i] == 0) continue;
      rows.push_back(problem_.split.train[i]);
      const double* sums = sums_.data() + i * width();
      said.labels.push_back(static_cast<std::int32_t>(std::max_element(sums, sums + width()) - sums));
      said.values.push_back(static_cast<float>(sums[0] / asked_[i]));
    }
    return member_score(problem_, said, rows);
  }

  std::unique_ptr<Model> combined() const {
    return std::make_unique<VotingModel>(models_, std::vector<double>(models_.size(), 1.0), false,
                                         problem_.target->classes.size(), picture_size(problem_));
  }

  void tell() {
    const auto step = static_cast<std::int64_t>(models_.size());
    const bool last = step == params_.estimators;
    const std::string metric = score_name(problem_);
    std::string sentence = "Member " + grouped(step) + " of " + grouped(params_.estimators) + " has learnt.";
    const auto told = [&](const std::string& part, const std::string& words, double score) {
      if (std::isnan(score)) return;
      context_.scalar(part + "/" + metric, step, score);
      sentence += " " + words + " " + metric + " of all so far: " + short_number(score) + ".";
    };
    if (params_.oob_score) told("oob", "Out-of-bag", out_of_bag_score());
    const auto& rows = problem_.split.validation;
    if (!rows.empty())
      told("validation", "Validation", member_score(problem_, combined()->predict(problem_.features, rows), rows));
    context_.publish(Text{"this-step", step, sentence});
    context_.progress(step, params_.estimators, 0, "members");
    views_.show(step, last, [this] { return std::shared_ptr<const Model>(combined()); });
  }

  const ProblemSet& problem_;
  const BaggingParams params_;
  RunContext& context_;
  Member member_;
  ModelViews views_;
  std::vector<std::shared_ptr<const Model>> models_;
  std::vector<double> sums_;         ///< what was said of each training row out of the bag
  std::vector<std::int32_t> asked_;  ///< by how many members
};

Json settle(const ProblemSet& problem, Json params) {
  const auto read = schema().read(params, "algorithm.params");
  params["estimator"] = member_document(read_member(problem, read.estimator.document, member_path));
  return params;
}

void check(const ProblemSet& problem, const Json& json) {
  const auto params = schema().read(json, "algorithm.params");
  check_member(problem, read_member(problem, params.estimator.document, member_path));
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return BaggingRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo bagging_algorithm() {
  AlgorithmInfo info;
  info.id = "bagging";
  info.label = "Bagging";
  info.family = "Trees and ensembles";
  info.help =
      "The same algorithm learns several times from rows drawn by chance, and the mean of its answers is taken. That "
      "steadies what changes much with its rows, and the rows left out tell how good it is.";
  info.citation = "L. Breiman (1996), Bagging predictors.";
  info.tasks = {Task::classification, Task::regression};
  info.params = schema().specs();
  info.headline = "accuracy";
  info.settle = settle;
  info.check = check;
  info.holds_back_param = "oob_score";
  info.fit = fit;
  return info;
}

}  // namespace gb
