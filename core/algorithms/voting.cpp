#include <cmath>
#include <numeric>

#include "core/algorithms/member_fit.hpp"
#include "core/base/text.hpp"
#include "core/evaluate/model_views.hpp"
#include "core/params/schema.hpp"

namespace gb {
namespace {

enum class Vote { soft, hard };

struct VotingParams {
  NestedAlgorithms estimators{Json::array({Json{{"id", "random_forest"}, {"params", Json::object()}},
                                           Json{{"id", "extra_trees"}, {"params", Json::object()}},
                                           Json{{"id", "gradient_boosting"}, {"params", Json::object()}}})};
  Vote voting = Vote::soft;
  std::vector<double> weights;
};

const Schema<VotingParams>& schema() {
  static const auto s =
      Schema<VotingParams>{}
          .add(
              &VotingParams::estimators,
              {.name = "estimators",
               .label = "Members",
               .help = "The algorithms that vote, each with its parameters. The more they differ in kind, the better."})
          .add(&VotingParams::voting,
               {.name = "voting",
                .label = "Voting",
                .help = "What is put together. Of numbers it is always the mean.",
                .choices = {{"soft", "Soft", "The mean of the members' probabilities."},
                            {"hard", "Hard", "The number of members that find a class likeliest."}}})
          .add(&VotingParams::weights, {.name = "weights",
                                        .label = "Weights",
                                        .help = "How much each member counts, in their order. Empty: all the same.",
                                        .valid = {0, 1e9, true},
                                        .search = {0.1, 10}});
  return s;
}

/// A step is a member. Their models are in no checkpoint: a resumed run fits them again, to the same bits.
class VotingRun {
 public:
  VotingRun(const ProblemSet& problem, const VotingParams& params, RunContext& context)
      : problem_(problem),
        params_(params),
        context_(context),
        members_(read_members(problem, params.estimators, "algorithm.params.estimators")),
        views_(problem, context) {}

  std::unique_ptr<Model> run() {
    while (models_.size() < members_.size() && context_.step(static_cast<std::int64_t>(models_.size()))) {
      const std::size_t at = models_.size();
      const auto& info = *members_[at].info;
      const std::string who =
          info.label + " (" + std::to_string(at + 1) + " of " + std::to_string(members_.size()) + ")";
      auto model = fit_member(problem_, members_[at], who, at, static_cast<std::int64_t>(at), context_);
      if (!model) break;
      models_.push_back(std::move(model));
      tell();
    }
    if (models_.empty()) return nullptr;
    return combined();
  }

 private:
  std::unique_ptr<Model> combined() const {
    std::vector<double> weights = params_.weights;
    weights.resize(models_.size(), 1);
    return std::make_unique<VotingModel>(models_, weights, params_.voting == Vote::hard,
                                         problem_.target->classes.size(), picture_size(problem_));
  }

  void tell() {
    const auto step = static_cast<std::int64_t>(models_.size());
    const bool last = models_.size() == members_.size();
    const std::string metric = score_name(problem_);
    std::string sentence = members_[models_.size() - 1].info->label + " has learnt";
    const auto& rows = problem_.split.validation;
    if (!rows.empty()) {
      scores_.push_back(member_score(problem_, models_.back()->predict(problem_.features, rows), rows));
      const double together = member_score(problem_, combined()->predict(problem_.features, rows), rows);
      context_.scalar("validation/" + metric, step, together);
      sentence += ": validation " + metric + " " + short_number(scores_.back()) + ", all so far together " +
                  short_number(together);
      publish_table(step, metric, together);
    }
    context_.publish(Text{"this-step", step, sentence + "."});
    context_.progress(step, static_cast<std::int64_t>(members_.size()), 0, "members");
    views_.show(step, last, [this] { return std::shared_ptr<const Model>(combined()); });
  }

  void publish_table(std::int64_t step, const std::string& metric, double together) {
    auto table = std::make_shared<Table>();
    table->view = "members";
    table->title = "Members on the validation rows";
    table->step = step;
    table->columns = {"Member", metric};
    for (std::size_t i = 0; i < scores_.size(); ++i)
      table->rows.push_back({members_[i].info->label, short_number(scores_[i])});
    table->rows.push_back({"Together", short_number(together)});
    context_.publish(std::shared_ptr<const Table>(std::move(table)));
  }

  const ProblemSet& problem_;
  const VotingParams params_;
  RunContext& context_;
  std::vector<Member> members_;
  ModelViews views_;
  std::vector<std::shared_ptr<const Model>> models_;
  std::vector<double> scores_;
};

Json settle(const ProblemSet& problem, Json params) {
  const auto read = schema().read(params, "algorithm.params");
  Json documents = Json::array();
  for (const Member& member : read_members(problem, read.estimators, "algorithm.params.estimators"))
    documents.push_back(member_document(member));
  params["estimators"] = documents;
  return params;
}

void check(const ProblemSet& problem, const Json& json) {
  const auto params = schema().read(json, "algorithm.params");
  if (params.estimators.documents.empty())
    throw ParamError("algorithm.params.estimators is empty, so nobody votes", "algorithm.params.estimators",
                     "at least one algorithm");
  if (!params.weights.empty() && params.weights.size() != params.estimators.documents.size())
    throw ParamError("algorithm.params.weights has " + std::to_string(params.weights.size()) + " numbers for " +
                         std::to_string(params.estimators.documents.size()) + " members",
                     "algorithm.params.weights", "a weight per member, or none");
  for (const Member& member : read_members(problem, params.estimators, "algorithm.params.estimators"))
    check_member(problem, member);
}

std::unique_ptr<Model> fit(const ProblemSet& problem, const Json& params, RunContext& context) {
  return VotingRun(problem, schema().read(params, "algorithm.params"), context).run();
}

}  // namespace

AlgorithmInfo voting_algorithm() {
  AlgorithmInfo info;
  info.id = "voting";
  info.label = "Voting";
  info.family = "Trees and ensembles";
  info.help =
      "Several algorithms learn the same rows and answer together, by the mean of their probabilities or by the number "
      "of their votes. Better than each of them where they make different mistakes.";
  info.citation = "J. Kittler, M. Hatef, R. Duin, J. Matas (1998), On combining classifiers.";
  info.tasks = {Task::classification, Task::regression};
  info.params = schema().specs();
  info.headline = "accuracy";
  info.settle = settle;
  info.check = check;
  info.fit = fit;
  return info;
}

}  // namespace gb
