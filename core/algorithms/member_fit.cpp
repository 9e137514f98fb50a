#include "core/algorithms/member_fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gb {
namespace {

constexpr const char* own_path = "algorithm.params";
const std::string step_view = "this-step";

/// Errors of a member speak of "algorithm.params": that is elsewhere here.
template <class Action>
auto with_path(const std::string& path, const Action& action) {
  try {
    return action();
  } catch (const ParamError& error) {
    const std::string prefix = own_path, wanted = path + ".params";
    if (!error.field().starts_with(prefix)) throw;
    std::string text = error.what();
    for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos; at += wanted.size())
      text.replace(at, prefix.size(), wanted);
    throw ParamError(text, wanted + error.field().substr(prefix.size()), error.allowed());
  }
}

/// Passes on a member's sentences, with its name before them.
class Herald : public RunObserver {
 public:
  Herald(RunContext& context, std::string who, std::int64_t step)
      : context_(context), who_(std::move(who)), step_(step) {}

  void on_event(const Event& event) override {
    const auto* text = std::get_if<Text>(&event);
    if (text && text->view == step_view) context_.publish(Text{step_view, step_, who_ + ": " + text->text});
  }

 private:
  RunContext& context_;
  std::string who_;
  std::int64_t step_;
};

}  // namespace

Member read_member(const ProblemSet& problem, const Json& document, const std::string& path) {
  const auto id = document.value("id", std::string());
  Member member;
  member.info = find_algorithm(id);
  member.path = path;
  std::vector<std::string> known;
  std::string allowed;
  for (const AlgorithmInfo& info : algorithms())
    if (std::find(info.tasks.begin(), info.tasks.end(), problem.target->task) != info.tasks.end()) {
      known.push_back(info.id);
      allowed += (allowed.empty() ? "" : ", ") + info.id;
    }
  if (!member.info) {
    std::string message = path + ".id: there is no algorithm '" + id + "'";
    if (const auto near = nearest_name(id, known); !near.empty()) message += "; did you mean '" + near + "'?";
    throw ParamError(message, path + ".id", allowed);
  }
  if (std::find(known.begin(), known.end(), id) == known.end())
    throw ParamError(path + ".id: " + member.info->label + " does no " + std::string(task_name(problem.target->task)) +
                         ", which the target '" + problem.target->name + "' asks for",
                     path + ".id", allowed);
  member.params = validated(member.info->params, document.value("params", Json::object()), path + ".params");
  if (member.info->settle) member.params = with_path(path, [&] { return member.info->settle(problem, member.params); });
  return member;
}

std::vector<Member> read_members(const ProblemSet& problem, const NestedAlgorithms& list, const std::string& path) {
  std::vector<Member> members;
  for (std::size_t i = 0; i < list.documents.size(); ++i)
    members.push_back(read_member(problem, list.documents[i], path + "[" + std::to_string(i) + "]"));
  return members;
}

Json member_document(const Member& member) {
  return Json{{"id", member.info->id}, {"params", member.params}};
}

void check_member(const ProblemSet& problem, const Member& member) {
  if (member.info->check) with_path(member.path, [&] { member.info->check(problem, member.params); });
}

std::shared_ptr<const Model> fit_member(const ProblemSet& problem, const Member& member, const std::string& who,
                                        std::uint64_t stream, std::int64_t step, RunContext& context) {
  Herald herald(context, who, step);
  RunContext::Options options;
  constexpr std::uint64_t most_seed = (std::uint64_t{1} << 53) - 1;
  options.seed = context.random((std::uint64_t{1} << 40) + stream).next() & most_seed;
  // Views of a part would replace those of the whole.
  options.watches = [](std::string_view view) { return view == step_view; };
  RunContext child(context, herald, options);
  auto model = with_path(member.path, [&] { return member.info->fit(problem, member.params, child); });
  if (context.stopped()) return nullptr;
  if (!model) throw Error(who + " ended without a model");
  return model;
}

ProblemSet with_training_rows(const ProblemSet& problem, std::vector<std::int64_t> rows) {
  ProblemSet part = problem;
  part.split.train = std::move(rows);
  return part;
}

PictureSize picture_size(const ProblemSet& problem) {
  return {problem.channels, problem.height, problem.width};
}

double member_score(const ProblemSet& problem, const Prediction& prediction, std::span<const std::int64_t> rows) {
  const Target& target = *problem.target;
  const auto count = static_cast<double>(rows.size());
  if (rows.empty()) return std::numeric_limits<double>::quiet_NaN();
  if (target.task == Task::classification) {
    double right = 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
      right += prediction.labels[i] == target.codes[static_cast<std::size_t>(rows[i])];
    return right / count;
  }
  double mean = 0, spread = 0, squares = 0;
  for (const std::int64_t row : rows) mean += static_cast<double>(target.values[static_cast<std::size_t>(row)]) / count;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto truth = static_cast<double>(target.values[static_cast<std::size_t>(rows[i])]);
    const double miss = truth - static_cast<double>(prediction.values[i]);
    spread += (truth - mean) * (truth - mean);
    squares += miss * miss;
  }
  return spread > 0 ? 1 - squares / spread : std::numeric_limits<double>::quiet_NaN();
}

std::string score_name(const ProblemSet& problem) {
  return problem.target->task == Task::classification ? "accuracy" : "r2";
}

}  // namespace gb
