#pragma once

#include <QString>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/run/run_store.hpp"

namespace gb {

/// A setting or figure of a run that columns, searches and comparisons name by its key:
/// "metric:accuracy" (of the last part that has it: test before validation before train), "metric:train/accuracy",
/// "param:learning_rate", "setting:split.test", "run:steps", "run:seconds", "run:algorithm", "run:dataset".
struct RunField {
  std::string key;
  QString label;  ///< "Accuracy", "Learning rate"
  bool metric() const { return key.rfind("metric:", 0) == 0; }
};

using RunRefs = std::span<const std::shared_ptr<const RunSummary>>;

/// All that occur in these runs: metrics, what running took, the seed, hyperparameters, in the order they are met.
std::vector<RunField> fieldsOf(RunRefs runs);
/// What forms and tables call it. `algorithm` may be empty: then the first algorithm that knows the parameter says.
QString fieldLabel(const std::string& key, const std::string& algorithm = {});
/// Null where the run has none.
Json fieldValue(const RunSummary& run, const std::string& key);
/// Numbers, and switches as 0 and 1.
std::optional<double> numberOf(const Json& value);
/// As table cells show it; "–" where the run has none.
QString fieldText(const RunSummary& run, const std::string& key);
/// The keys that somebody may mean who types this name: "accuracy", "learning_rate", "Learning rate", "steps".
std::vector<std::string> keysNamed(const QString& typed);

/// The name of the run, or of its algorithm where it has none.
QString runLabel(const RunSummary& run);
/// The word that marks a run as a favourite, kept among its tags.
inline constexpr const char* star_tag = "star";
bool isStarred(const RunSummary& run);
/// Its tags without the star.
QStringList shownTags(const RunSummary& run);
/// "a, b, a" as tags: trimmed, each once, none empty; a star that was there stays.
std::vector<std::string> tagsFrom(const QString& typed, bool starred);

}  // namespace gb
