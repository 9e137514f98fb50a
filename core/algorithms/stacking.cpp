#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "core/algorithms/member_fit.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/model_views.hpp"
#include "core/params/schema.hpp"

namespace gb {
namespace {

constexpr const char* members_path = "algorithm.params.estimators";
constexpr const char* final_path = "algorithm.params.final_estimator";

struct StackingParams {
  NestedAlgorithms estimators{Json::array({Json{{"id", "random_forest"}, {"params", Json::object()}},
                                           Json{{"id", "gradient_boosting"}, {"params", Json::object()}}})};
  std::optional<NestedAlgorithm> final_estimator;
  int folds = 5;
};

const Schema<StackingParams>& schema() {
  static const auto s =
      Schema<StackingParams>{}
          .add(&StackingParams::estimators,
               {.name = "estimators",
                .label = "Members",
                .help = "The algorithms whose answers are learnt from, each with its parameters."})
          .add(&StackingParams::final_estimator,
               {.name = "final_estimator",
                .label = "Final algorithm",
                .help = "What learns from the members' answers. Automatic: a linear model."})
          .add(&StackingParams::folds,
               {.name = "folds",
                .label = "Folds",
                .help = "A member's answer to a row comes from a fit that did not see it: the rows are dealt into so "
                        "many parts, each answered by a fit on the others.",
                .valid = {2, 50},
                .search = {2, 10}});
  return s;
}

/// The first of these that is registered and learns the task.
Json linear_model(const ProblemSet& problem) {
  for (const char* id : {"logistic_regression", "linear_regression"}) {
    const AlgorithmInfo* info = find_algorithm(id);
    if (info && std::find(info->tasks.begin(), info->tasks.end(), problem.target->task) != info->tasks.end())
      return Json{{"id", id}, {"params", Json::object()}};
  }
  // A network without hidden layers is one.
  return Json{{"id", "mlp"}, {"params", {{"hidden_layers", Json::array()}, {"epochs", 60}, {"learning_rate", 0.05}}}};
}

Member final_member(const ProblemSet& problem, const StackingParams& params) {
  return read_member(problem, params.final_estimator ? params.final_estimator->document : linear_model(problem),
                     final_path);
}

/// A step is a fit: of each member on all rows but one fold, for every fold, then on all; at last of the final
/// algorithm. Their models are in no checkpoint: a resumed run fits them again, to the same bits.
class StackingRun {
 public:
  StackingRun(const ProblemSet& problem, const StackingParams& params, RunContext& context)
      : problem_(problem),
        params_(params),
        context_(context),
        members_(read_members(problem, params.estimators, members_path)),
        final_(final_member(problem, params)),
        views_(problem, context),
        width_(stacked_width(problem.target->task, problem.target->classes.size())),
        answers_(MatrixF::Zero(problem.features.rows(), width_ * static_cast<Eigen::Index>(members_.size()))),
        fold_(folds()) {}

  std::unique_ptr<Model> run() {
    const std::int64_t fits = params_.folds + 1;
    const std::int64_t all = fits * static_cast<std::int64_t>(members_.size());
    for (std::int64_t step = 0; step < all; ++step) {
      if (!context_.step(step)) return nullptr;
      const auto member = static_cast<std::size_t>(step / fits);
      if (!fit_one(member, static_cast<int>(step % fits), step)) return nullptr;
      context_.progress(step + 1, all + 1, 0, "fits");
    }
    if (!context_.step(all)) return nullptr;
    return fit_final(all);
  }

 private:
  /// Deals the rows into folds, class by class, in an order drawn by chance.
  std::vector<int> folds() const {
    std::vector<std::size_t> order(problem_.split.train.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    Random random = context_.random(1);
    random.shuffle(std::span(order));
    if (problem_.target->task == Task::classification)
      std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const auto code = [&](std::size_t i) {
          return problem_.target->codes[static_cast<std::size_t>(problem_.split.train[i])];
        };
        return code(a) < code(b);
      });
    std::vector<int> fold(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) fold[order[i]] = static_cast<int>(i) % params_.folds;
    return fold;
  }

  /// Fits a member without one fold and has it answer that, or (after the last fold) fits it on all rows. False when
  /// stopped.
  bool fit_one(std::size_t member, int fold, std::int64_t step) {
    std::vector<std::int64_t> learnt, asked;
    for (std::size_t i = 0; i < fold_.size(); ++i)
      (fold_[i] == fold ? asked : learnt).push_back(problem_.split.train[i]);
    const bool whole = fold == params_.folds;
    const std::string& label = members_[member].info->label;
    const std::string who =
        label +
        (whole ? " on all rows" : ", fold " + std::to_string(fold + 1) + " of " + std::to_string(params_.folds));
    const ProblemSet part = with_training_rows(problem_, std::move(learnt));
    const auto model = fit_member(part, members_[member], who, static_cast<std::uint64_t>(step), step, context_);
    if (!model) return false;
    if (whole) asked = problem_.split.validation;
    const Prediction said = model->predict(problem_.features, asked);
    for (std::size_t i = 0; i < asked.size(); ++i)
      put_stacked(said, answers_, static_cast<Eigen::Index>(i), asked[i], width_ * static_cast<Eigen::Index>(member));
    if (whole) models_.push_back(model);
    const double score = member_score(problem_, said, asked);
    std::string sentence = who + " has learnt";
    if (!std::isnan(score))
      sentence += ": " + score_name(problem_) + " " + short_number(score) + " on the " +
                  (whole ? "validation rows" : "rows it did not see");
    context_.publish(Text{"this-step", step + 1, sentence + "."});
    return true;
  }

  std::unique_ptr<Model> fit_final(std::int64_t step) {
    ProblemSet above;
    above.features = Features(std::move(answers_));
    above.target = problem_.target;
    above.split.train = problem_.split.train;
    above.split.validation = problem_.split.validation;
    for (const Member& member : members_)
      for (Eigen::Index i = 0; i < width_; ++i) {
        const auto& classes = problem_.target->classes;
        const auto column = static_cast<std::size_t>(width_ == 1 ? 1 : i);
        above.feature_names.push_back(member.info->label + (classes.empty() ? "" : ": " + classes[column]));
      }
    check_member(above, final_);
    auto last =
        fit_member(above, final_, "Final: " + final_.info->label, static_cast<std::uint64_t>(step), step, context_);
    if (!last) return nullptr;
    auto model = std::make_unique<StackedModel>(models_, std::move(last), problem_.target->classes.size(),
                                                picture_size(problem_));
    const auto& rows = problem_.split.validation;
    std::string sentence = final_.info->label + " has learnt what the members' answers are worth";
    if (!rows.empty()) {
      const double score = member_score(problem_, model->predict(problem_.features, rows), rows);
      context_.scalar("validation/" + score_name(problem_), step + 1, score);
      sentence += ": validation " + score_name(problem_) + " " + short_number(score);
    }
    context_.publish(Text{"this-step", step + 1, sentence + "."});
    context_.progress(step + 1, step + 1, 0, "fits");
    const std::shared_ptr<const Model> shared = std::move(model);
    views_.show(step + 1, true, [&] { return shared; });
    return std::make_unique<StackedModel>(static_cast<const StackedModel&>(*shared));
  }

  const ProblemSet& problem_;
  const StackingParams params_;
  RunContext& context_;
  std::vector<Member> members_;
  Member final_;
  ModelViews views_;
  Eigen::Index width_;
  MatrixF answers_;  ///< rows of the dataset x (members x width_); only those of training and validation are filled
  std::vector<int> fold_;  ///< of each training row
  std::vector<std::shared_ptr<const Model>> models_;
};

Json settle(const ProblemSet& problem, Json params) {
  const auto read = schema().read(params, "algorithm.params");
  Json documents = Json::array();
  for (const Member& member : read_members(problem, read.estimators, members_path))
    documents.push_back(member_document(member));
  params["estimators"] = documents;
  params["final_estimator"] = member_document(final_member(problem, read));
  return params;
}

void check(const ProblemSet& problem, const Json& json) {
  const auto params = schema().read(json, "algorithm.params");
  if (params.estimators.documents.empty())
    throw ParamError(std::string(members_path) + " is empty, so there is nothing to learn from", members_path,
                     "at least one algorithm");
  const auto rows = static_cast<std::int64_t>(problem.split.train.size());
  if (params.folds > rows)
    throw ParamError(
        "folds is " + std::to_string(params.folds) + ", but there are only " + std::to_string(rows) + " training rows",
        "algorithm.params.folds", "a whole number from 2 to " + std::to_string(rows));
  if (problem.target->task == Task::classification) {
    // Without each fold, two classes must be left to tell apart.
    std::vector<std::int64_t> counts(problem.target->classes.size());
    for (const std::int64_t row : problem.split.train)
      ++counts[static_cast<std::size_t>(problem.target->codes[static_cast<std::size_t>(row)])];
    if (std::count_if(counts.begin(), counts.end(), [](std::int64_t count) { return count > 1; }) < 2)
      throw ParamError("Fewer than two classes have two training rows, so no fold can be left out", "split",
                       "a split that leaves more rows to train on");
  }
  for (const Member& member : read_members(problem, params.estimators, members_path)) check_member(problem, member);
  final_member(problem, params);
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return StackingRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo stacking_algorithm() {
  AlgorithmInfo info;
  info.id = "stacking";
  info.label = "Stacking";
  info.family = "Trees and ensembles";
  info.help =
      "Several algorithms learn the rows, and one more learns from what they say of rows that they have not seen. It "
      "finds out by itself whom to trust in what.";
  info.citation = "D. Wolpert (1992), Stacked generalization.";
  info.tasks = {Task::classification, Task::regression};
  info.params = schema().specs();
  info.headline = "accuracy";
  info.settle = settle;
  info.check = check;
  info.holds_rows_back = true;
  info.fit = fit;
  return info;
}

}  // namespace gb
