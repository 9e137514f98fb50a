#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/data/augment.hpp"
#include "core/params/schema.hpp"
#include "core/run/balance.hpp"

namespace gb {

/// The "record" object of an experiment: how a run is watched while it learns. Never changes what it computes.
struct RecordParams {
  double watch_share = 0.03;         ///< most of the run's time that views and checkpoints may take
  std::optional<double> history_mb;  ///< most disk that its past may take; absent: what the studio is set to, else 256
};
constexpr double usual_history_mb = 256;

/// The "evaluate" object of an experiment: how a result is judged beside its test rows.
struct EvaluateParams {
  std::optional<int> folds;           ///< cross-validation in so many folds; absent: none
  int repeats = 1;                    ///< of it, each with other folds
  std::optional<int> learning_curve;  ///< scores at so many growing shares of the training rows; absent: none
};
const Schema<EvaluateParams>& evaluate_schema();

/// One experiment: the document that anyone can run again. Round-trips through JSON.
struct Experiment {
  static constexpr int version = 1;
  static constexpr std::uint64_t most_seed = 9007199254740992;  ///< 2^53: what JSON carries exactly everywhere

  std::string name;
  std::uint64_t seed = 0;
  Json data = Json::object();  ///< validated "data" as written; defaults are not filled in
  std::optional<Json> prepare;
  std::optional<Json> split;
  std::string algorithm;                    ///< id
  Json params = Json::object();             ///< as written; complete_params() fills in the defaults
  Json augment, balance, evaluate, record;  ///< kept as written; null when absent
  std::filesystem::path folder = ".";       ///< where relative paths start; not written

  /// Throws ParamError with field paths for unknown fields, wrong kinds, impossible values, unknown algorithm or
  /// source, a newer version. Duplicate keys are refused.
  static Experiment from_json(const Json& document, const std::filesystem::path& folder);
  static Experiment parse(std::string_view text, const std::string& name, const std::filesystem::path& folder);
  static Experiment read(const std::filesystem::path& path);

  Json to_json() const;
  /// `--set path=value`: paths start at the document's root ("split.test", "prepare[0].range"); a bare name means
  /// algorithm.params.NAME, or the document's own field where the algorithm has none of that name ("seed"). Validates
  /// the result.
  void set(std::string_view path, const Json& value);
  /// Several at once: only what comes out at the end has to be valid.
  void set(std::span<const std::pair<std::string, Json>> assignments);
  /// The text of one `--set PATH=VALUE`: VALUE is JSON where it is JSON, else a string.
  static std::pair<std::string, Json> parse_assignment(std::string_view text);

  Json complete_params() const;
  RecordParams record_params() const;
  EvaluateParams evaluate_params() const;
  BalanceParams balance_params() const;
  /// The "augment" object; nothing where it is absent or leaves everything off. Throws ParamError.
  std::optional<Augmentation> augmentation() const;
};

/// The "prepare" array checked against the known steps, each with its defaults filled in. Throws ParamError.
Json validated_steps(const Json& steps, const std::string& path = "prepare");

}  // namespace gb
