#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/algorithms/algorithm.hpp"
#include "core/model/combined_model.hpp"

// What ensembles of other algorithms have in common. They know none of them: the registry is the factory.

namespace gb {

/// An algorithm within an ensemble.
struct Member {
  const AlgorithmInfo* info = nullptr;
  Json params;       ///< complete and validated
  std::string path;  ///< of its document, for errors: "algorithm.params.estimators[1]"
};

/// Reads a document {"id", "params"}; defaults are filled in. Throws ParamError naming the path where there is no such
/// algorithm, where it does not learn the problem's task, or where a parameter is wrong.
Member read_member(const ProblemSet& problem, const Json& document, const std::string& path);
std::vector<Member> read_members(const ProblemSet& problem, const NestedAlgorithms& list, const std::string& path);
/// The member's document, complete: for the record of a run.
Json member_document(const Member& member);
/// What the member has to say against the data, its errors below its path.
void check_member(const ProblemSet& problem, const Member& member);

/// Fits a member on a problem within the run of `context`: it pauses, steps and stops with it, and its sentences are
/// told with `who` before them. Null when stopped. `stream` numbers the fits, so that each has random numbers of its
/// own.
std::shared_ptr<const Model> fit_member(const ProblemSet& problem, const Member& member, const std::string& who,
                                        std::uint64_t stream, std::int64_t step, RunContext& context);

/// The same problem with other training rows; everything else is shared or copied.
ProblemSet with_training_rows(const ProblemSet& problem, std::vector<std::int64_t> rows);

PictureSize picture_size(const ProblemSet& problem);

/// Accuracy or r2 of a prediction; NaN where there are no rows.
double member_score(const ProblemSet& problem, const Prediction& prediction, std::span<const std::int64_t> rows);
/// Its name in series: "accuracy" or "r2".
std::string score_name(const ProblemSet& problem);

}  // namespace gb
