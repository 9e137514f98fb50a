#pragma once

#include <QTemporaryDir>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "../model/onnx_runtime_check.hpp"
#include "core/algorithms/algorithm.hpp"
#include "core/base/parallel.hpp"
#include "core/data/source.hpp"
#include "core/model/evaluator.hpp"
#include "core/model/onnx_file.hpp"
#include "core/model/onnx_graph.hpp"
#include "core/run/runner.hpp"

/// What the tests of supervised algorithms share: problems from bundled data, runs, checkpoints, exported models.
namespace gb {

/// The cases of tests/reference/NAME.json.
inline Json reference_cases(const std::string& name) {
  return Json::parse(std::ifstream(TEST_SOURCE_DIR "/tests/reference/" + name + ".json"))["cases"];
}

/// Keeps everything a run says.
struct Listener : RunObserver {
  std::vector<Event> events;
  void on_event(const Event& event) override { events.push_back(event); }

  std::vector<double> series(const std::string& name) const {
    std::vector<double> values;
    for (const auto& event : events)
      if (const auto* scalar = std::get_if<Scalar>(&event); scalar && scalar->series == name)
        values.push_back(scalar->value);
    return values;
  }
  template <class T>
  std::shared_ptr<const T> last(const std::string& view) const {
    std::shared_ptr<const T> found;
    for (const auto& event : events)
      if (const auto* told = std::get_if<std::shared_ptr<const T>>(&event); told && (*told)->view == view)
        found = *told;
    return found;
  }
  std::string last_text() const {
    std::string text;
    for (const auto& event : events)
      if (const auto* found = std::get_if<Text>(&event)) text = found->text;
    return text;
  }
};

inline Json experiment_document(const std::string& algorithm, const Json& data, const Json& params) {
  return {{"glassbench", 1},
          {"data", data},
          {"split", {{"validation", 0}, {"test", 0}}},
          {"algorithm", {{"id", algorithm}, {"params", params}}}};
}

inline Json data_document(const std::string& data) {
  if (data == "digits") return {{"source", "bundled"}, {"name", "mnist-10k"}};
  if (data.starts_with("alcohol"))
    return {{"source", "table"},
            {"path", TEST_SOURCE_DIR "/resources/datasets/wine.csv"},
            {"target", "alcohol"},
            {"ignore", {"class"}}};
  return {{"source", "bundled"}, {"name", data}};
}

/// The rows of a reference case as tests/reference/margins.py makes them: tables standardized, all rows in training;
/// of the digits the first 2,000.
inline ProblemSet reference_problem(const std::string& data) {
  Json document = experiment_document("mlp", data_document(data), Json::object());
  if (data != "digits") document["prepare"] = Json::array({{{"step", "standardize"}}});
  ProblemSet problem = prepare_run(Experiment::from_json(document, "."), {}, nullptr)->problem;
  std::sort(problem.split.train.begin(), problem.split.train.end());
  if (data == "digits") problem.split.train.resize(2000);
  return problem;
}

inline std::vector<std::int64_t> all_rows(const ProblemSet& problem) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(problem.features.rows()));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

/// A problem with given rows, all of them in training.
inline ProblemSet problem_of(MatrixF values, std::vector<std::int32_t> codes, int classes) {
  ProblemSet problem;
  problem.features = Features(std::move(values));
  problem.split.train = all_rows(problem);
  problem.target.emplace();
  problem.target->name = "kind";
  problem.target->codes = std::move(codes);
  for (int k = 0; k < classes; ++k) problem.target->classes.push_back("c" + std::to_string(k));
  for (Eigen::Index i = 0; i < problem.features.columns(); ++i)
    problem.feature_names.push_back("x" + std::to_string(i + 1));
  return problem;
}
inline ProblemSet problem_of(MatrixF values, std::vector<float> targets) {
  ProblemSet problem = problem_of(std::move(values), std::vector<std::int32_t>(), 0);
  problem.target->task = Task::regression;
  problem.target->values = std::move(targets);
  return problem;
}

/// Some clumps of rows, one per class, in turn.
inline MatrixF clumps(Eigen::Index rows, Eigen::Index features, int classes, double spread, std::uint64_t seed = 1) {
  Random random(seed);
  MatrixF middles(classes, features), values(rows, features);
  for (Eigen::Index i = 0; i < middles.size(); ++i) middles.data()[i] = static_cast<float>(random.normal() * 2);
  for (Eigen::Index i = 0; i < rows; ++i)
    for (Eigen::Index j = 0; j < features; ++j)
      values(i, j) = middles(i % classes, j) + static_cast<float>(random.normal() * spread);
  return values;
}
inline std::vector<std::int32_t> in_turn(Eigen::Index rows, int classes) {
  std::vector<std::int32_t> codes;
  for (Eigen::Index i = 0; i < rows; ++i) codes.push_back(static_cast<std::int32_t>(i % classes));
  return codes;
}
inline ProblemSet clump_problem(Eigen::Index rows, Eigen::Index features, int classes, double spread,
                                std::uint64_t seed = 1) {
  return problem_of(clumps(rows, features, classes, spread, seed), in_turn(rows, classes), classes);
}
/// Values that are a noisy sum of features.
inline ProblemSet sum_problem(Eigen::Index rows, Eigen::Index features, double noise, std::uint64_t seed = 1) {
  MatrixF values = clumps(rows, features, 3, 1, seed);
  Random random(seed + 7);
  std::vector<float> targets;
  for (Eigen::Index i = 0; i < rows; ++i) {
    double sum = 3;
    for (Eigen::Index j = 0; j < features; ++j)
      sum += (static_cast<double>(j % 5) - 2) * static_cast<double>(values(i, j));
    targets.push_back(static_cast<float>(sum + noise * random.normal()));
  }
  return problem_of(std::move(values), std::move(targets));
}

struct Fitted {
  Listener listener;
  std::shared_ptr<Model> model;
};

inline Json complete_params(const std::string& algorithm, const Json& given) {
  return validated(find_algorithm(algorithm)->params, given, "algorithm.params");
}

inline Json settled_params(const std::string& algorithm, const ProblemSet& problem, const Json& given) {
  const AlgorithmInfo& info = *find_algorithm(algorithm);
  Json params = complete_params(algorithm, given);
  return info.settle ? info.settle(problem, std::move(params)) : params;
}

inline Fitted fitted(const std::string& algorithm, const ProblemSet& problem, const Json& given,
                     std::uint64_t seed = 0) {
  Fitted result;
  RunControl control;
  RunContext context(result.listener, control, {.seed = seed});
  const Json params = settled_params(algorithm, problem, given);
  if (find_algorithm(algorithm)->check) find_algorithm(algorithm)->check(problem, params);
  result.model = find_algorithm(algorithm)->fit(problem, params, context);
  return result;
}

inline std::string label_text(const std::vector<std::int32_t>& labels) {
  std::string text;
  for (const auto label : labels) text += static_cast<char>('0' + label);
  return text;
}

/// The share of equal characters.
inline double agreement(const std::string& a, const std::string& b) {
  if (a.size() != b.size() || a.empty()) return 0;
  std::size_t equal = 0;
  for (std::size_t i = 0; i < a.size(); ++i) equal += a[i] == b[i];
  return static_cast<double>(equal) / static_cast<double>(a.size());
}

/// The largest difference of the first rows' probabilities from given ones.
inline double largest_gap(const MatrixF& probabilities, const Json& expected) {
  double gap = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    for (std::size_t k = 0; k < expected[i].size(); ++k)
      gap = std::max(
          gap, std::abs(static_cast<double>(probabilities(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k))) -
                        expected[i][k].get<double>()));
  return gap;
}

inline bool near(double value, double expected, double relative) {
  return std::abs(value - expected) <= relative * std::max(1e-12, std::abs(expected));
}

inline bool same_arrays(const Model& a, const Model& b) {
  const auto left = a.arrays(), right = b.arrays();
  if (left.size() != right.size() || left.empty()) return false;
  for (std::size_t i = 0; i < left.size(); ++i)
    if (left[i].name != right[i].name || left[i].shape != right[i].shape ||
        !std::ranges::equal(left[i].values, right[i].values))
      return false;
  return true;
}

/// Runs to the end, keeping a checkpoint at every step, then once from each of some of them: empty when all end in the
/// same bits.
inline std::string resume_difference(const std::string& algorithm, const ProblemSet& problem, const Json& given,
                                     std::size_t at_least) {
  const Json params = settled_params(algorithm, problem, given);
  const AlgorithmInfo& info = *find_algorithm(algorithm);
  std::vector<State> states;
  Listener listener;
  RunControl control;
  RunContext whole(listener, control,
                   {.seed = 3,
                    .keep_checkpoint = [&](State state) { states.push_back(std::move(state)); },
                    .checkpoint_seconds = 0,
                    .watch_share = 1e9});
  const auto expected = info.fit(problem, params, whole);
  if (states.size() < at_least) return "only " + std::to_string(states.size()) + " checkpoints";
  const std::size_t stride = std::max<std::size_t>(1, states.size() / 7);
  for (std::size_t i = 0; i < states.size(); i += stride) {
    Listener again;
    RunControl unsteered;
    RunContext resumed(again, unsteered, {.seed = 3, .resume_from = &states[i]});
    const auto model = info.fit(problem, params, resumed);
    if (!same_arrays(*model, *expected)) return "other numbers after step " + std::to_string(states[i].step);
  }
  // What is missing is said.
  State damaged = states.front();
  damaged.arrays.clear();
  damaged.header = Json::object();
  try {
    RunContext resumed(listener, control, {.seed = 3, .resume_from = &damaged});
    info.fit(problem, params, resumed);
    return "an empty checkpoint was taken";
  } catch (const Error& error) {
    if (std::string(error.what()).find("does not fit") == std::string::npos) return error.what();
  }
  return {};
}

/// A run that is stopped before its first step and one that is stopped after some events still give a model.
inline bool stops_well(const std::string& algorithm, const ProblemSet& problem, const Json& given) {
  const Json params = settled_params(algorithm, problem, given);
  const AlgorithmInfo& info = *find_algorithm(algorithm);
  const auto rows = std::span(problem.split.train).first(std::min<std::size_t>(5, problem.split.train.size()));
  RunControl stopped;
  stopped.stop();
  Listener listener;
  RunContext context(listener, stopped, {});
  const auto early = info.fit(problem, params, context);
  if (!early) return false;
  early->predict(problem.features, rows);
  struct Stopper : Listener {
    RunControl* control = nullptr;
    void on_event(const Event& event) override {
      Listener::on_event(event);
      if (std::holds_alternative<Text>(event)) control->stop();
    }
  } stopper;
  RunControl control;
  stopper.control = &control;
  RunContext later(stopper, control, {});
  const auto model = info.fit(problem, params, later);
  if (!model) return false;
  const Prediction prediction = model->predict(problem.features, rows);
  for (Eigen::Index i = 0; i < prediction.probabilities.size(); ++i)
    if (!std::isfinite(prediction.probabilities.data()[i])) return false;
  return std::ranges::all_of(prediction.values, [](float value) { return std::isfinite(value); });
}

/// Models as ONNX over plain features: what our evaluator and onnxruntime say of rows.
class ExportCheck {
 public:
  /// The largest difference of the evaluator's answers from the model's own.
  double add(const std::string& name, const Model& model, const ProblemSet& problem, std::span<const std::int64_t> rows,
             double tolerance = 1e-4) {
    OnnxGraph graph;
    const std::int64_t columns = problem.features.columns();
    const std::string features = graph.add_input("x", TensorType::real, {-1, columns});
    const bool classes = model.task() == Task::classification;
    const Prediction own = model.predict(problem.features, rows);
    const Shape shape{static_cast<std::int64_t>(rows.size()), classes ? own.probabilities.cols() : 1};
    graph.add_output(model.write_onnx(graph, features), "y", TensorType::real, {-1, shape[1]});
    const std::string bytes = graph.bytes({{"task", "none"}});
    const MatrixF values = problem.features.dense(rows);
    const Tensor input{{values.rows(), columns}, Tensor::Reals(values.data(), values.data() + values.size())};
    const auto outputs = Evaluator(read_onnx(bytes, name)).run(std::span(&input, 1));
    if (outputs[0].shape != shape) throw std::runtime_error(name + ": shape " + shape_text(outputs[0].shape));
    Tensor::Reals expected = own.values;
    if (classes) expected.assign(own.probabilities.data(), own.probabilities.data() + own.probabilities.size());
    double gap = 0;
    for (std::size_t i = 0; i < expected.size(); ++i)
      gap = std::max(gap, static_cast<double>(std::abs(expected[i] - outputs[0].reals()[i])) /
                              std::max(1.0, static_cast<double>(std::abs(expected[i]))));
    check_.add(name, bytes, {{"x", input}}, {{"y", {shape, expected}}}, tolerance);
    return gap;
  }
  /// Empty, what differs in onnxruntime, or "skip: ..." where there is none.
  std::string onnxruntime() {
    if (const QString why = check_.unavailable(); !why.isEmpty()) return "skip: " + why.toStdString();
    bool agrees = false;
    const QString output = check_.run(agrees);
    return agrees ? std::string() : output.toStdString();
  }

 private:
  OnnxRuntimeCheck check_;
};

/// A whole run on bundled data, prepared by default, exported with proof: the largest difference.
inline double proven_export(const std::string& algorithm, const std::string& data, const Json& params) {
  Json document = experiment_document(algorithm, data_document(data), params);
  document.erase("split");
  const auto prepared = prepare_run(Experiment::from_json(document, "."), {}, nullptr);
  Listener listener;
  RunControl control;
  RunContext context(listener, control, {});
  const auto model = find_algorithm(algorithm)->fit(prepared->problem, prepared->experiment.complete_params(), context);
  QTemporaryDir folder;
  const Target& target = *prepared->problem.target;
  return export_with_proof({.model = *model,
                            .preparation = prepared->preparation,
                            .dataset = *prepared->dataset,
                            .target = &target,
                            .experiment = "{}"},
                           std::filesystem::path(folder.path().toStdString()) / "model.onnx");
}

}  // namespace gb
