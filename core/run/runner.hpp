#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/data/prepare.hpp"
#include "core/data/source.hpp"
#include "core/data/warnings.hpp"
#include "core/evaluate/intervals.hpp"
#include "core/evaluate/metrics.hpp"
#include "core/evaluate/significance.hpp"
#include "core/events/run_context.hpp"
#include "core/model/model.hpp"
#include "core/run/experiment.hpp"
#include "core/train/forecast.hpp"

namespace gb {

/// How and where a run was made: the same bits need the same environment.
struct Environment {
  std::string version;    ///< Glassbench's
  std::string processor;  ///< name and instruction set
  int threads = 0;
  Json to_json() const;
  static Environment from_json(const Json& json);
};
Environment environment();

/// What is known before step 1: data loaded, split made, preparation fitted, parameters checked against the data.
/// Shared, because views (confusion cells, images in Inspect) look at the data after the run has ended.
struct PreparedRun {
  Experiment experiment;
  std::shared_ptr<const Dataset> dataset;
  Preparation preparation;
  ProblemSet problem;                  ///< what the model is judged by
  std::optional<ProblemSet> balanced;  ///< what it learns from instead, where the experiment balances classes
  Json document;                       ///< the experiment as recorded: defaults, chosen steps and split filled in
  double load_seconds = 0;

  const ProblemSet& learnt() const { return balanced ? *balanced : problem; }
};

/// Loads and prepares. Everything wrong with the request is thrown here (DataError, ParamError, FileError): exit
/// status 2.
std::shared_ptr<const PreparedRun> prepare_run(const Experiment& experiment, const LoadProgress& progress = {},
                                               std::shared_ptr<const Dataset> dataset = nullptr);

/// What data_warnings() finds in what this run learns from: the columns that its preparation uses, its split, and its
/// target where the algorithm predicts one.
std::vector<DataWarning> run_warnings(const PreparedRun& prepared);

enum class RunState { running, finished, stopped, failed };
std::string_view run_state_name(RunState state);

/// Scores of the splits of a cross-validation.
struct CrossValidation {
  int folds = 0, repeats = 1;
  std::string splits_sha256;                      ///< over the test rows of all splits
  std::int64_t test_rows = 0, training_rows = 0;  ///< of one of them
  std::vector<Metrics> splits;

  MeanScore score(const std::string& metric) const;
  /// The above, with "scores", "mean" and "interval" by metric.
  Json to_json() const;
};

/// Scores of models that learnt from growing shares of the training rows.
struct LearningCurve {
  struct Point {
    std::int64_t rows = 0;       ///< learnt from; a mean over the folds
    double train = 0, held = 0;  ///< scores on these rows and on those held back
  };
  std::string metric;
  int folds = 0;  ///< the points are means over so many; 0: scored on the validation rows
  std::vector<Point> points;

  /// {"metric", "folds", "rows", "train", "validation"}
  Json to_json() const;
};

/// How long a model takes to answer, in microseconds a row.
struct PredictionTime {
  double single = 0;            ///< asked row by row: median
  double batch = 0;             ///< asked for many at a time: median
  std::int64_t batch_rows = 0;  ///< how many
};

struct RunResult {
  RunState state = RunState::finished;
  std::unique_ptr<Model> model;                              ///< null when failed
  std::vector<std::pair<std::string, Metrics>> metrics;      ///< per part: "train", "validation", "test"
  std::vector<std::pair<std::string, Intervals>> intervals;  ///< of the parts that were held back
  std::optional<CrossValidation> cross_validation;
  std::optional<LearningCurve> learning_curve;
  std::optional<PredictionTime> prediction_time;
  /// What the processors took while learning and while predicting the parts; nothing where the system does not tell.
  std::optional<double> fit_joules, predict_joules;
  double fit_seconds = 0, evaluate_seconds = 0;
  double peak_rss_mb = 0;
  std::string weights_sha256;
  std::int64_t steps = 0;
  std::string message;  ///< of a failure
  std::string field, allowed;
  bool before_first_step = false;  ///< the failure was found before step 1: the request was wrong
};

/// Fits and evaluates on the calling thread. Never throws for what the algorithm throws: a failure is a result.
/// `context` brings observer, control, seed and checkpoint.
RunResult run(const PreparedRun& prepared, RunContext& context);

/// What a run of this will need, from its plan and from about `seconds` of it; nothing where the algorithm cannot say.
/// `control` can end it.
std::optional<Forecast> forecast_run(const PreparedRun& prepared, RunControl& control, double seconds);

/// What is told of a finished run, for the store and the command line: "metrics", "seconds", "peak_rss_mb",
/// "weights_sha256", "steps", "prediction_microseconds", "energy_joules" (null where the system does not tell), and
/// what was asked for besides ("intervals", "cross_validation", "learning_curve"); of a failed one "message", "field",
/// "allowed". Numbers that are not finite become null.
Json result_json(const RunResult& result, double load_seconds);

/// "k-means on iris": what a run is called whose experiment has no name.
std::string run_title(const PreparedRun& prepared);

/// SHA-256 over every fitted array, preparation included, little-endian, in name order.
std::string weights_hash(const Model& model, const Preparation& preparation);

}  // namespace gb
