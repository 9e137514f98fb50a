#pragma once

#include <QtTest>
#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "core/algorithms/algorithm.hpp"
#include "core/base/parallel.hpp"
#include "core/data/source.hpp"
#include "core/evaluate/metrics.hpp"
#include "core/model/onnx_file.hpp"
#include "core/model/onnx_runtime_check.hpp"

/// What the tests of trees and of ensembles share.
namespace gb {

inline const Json& tree_reference() {
  static const Json document = Json::parse(std::ifstream(TEST_SOURCE_DIR "/tests/reference/trees.json"));
  return document;
}

/// A table with its preparation, even rows to learn and odd ones to ask, as tests/reference/trees.py has it.
struct TableProblem {
  Dataset dataset;
  Preparation preparation;
  ProblemSet problem;
};

inline TableProblem reference_problem(const std::string& name) {
  TableProblem result;
  const bool numbers = name == "proline";
  result.dataset = load_dataset(Json{{"source", "bundled"}, {"name", numbers ? "wine" : name}}, ".", 0);
  if (numbers) {
    auto& columns = std::get<DataTable>(result.dataset.content).columns;
    std::erase_if(columns, [](const Column& column) { return column.name == "class"; });
    result.dataset.target = "proline";
  }
  Split split;
  for (std::size_t row = 0; row < result.dataset.rows(); ++row)
    (row % 2 == 0 ? split.train : split.test).push_back(static_cast<std::int64_t>(row));
  result.preparation = Preparation::fit(result.dataset, Json::array(), split);
  result.problem = make_problem(result.dataset, result.preparation, split);
  return result;
}

/// The same problem with the holes that trees.py makes.
inline ProblemSet with_holes(const ProblemSet& problem) {
  MatrixF values = *problem.features.matrix();
  for (Eigen::Index row = 0; row < values.rows(); ++row)
    for (Eigen::Index column = 0; column < values.cols(); ++column)
      if ((row * 7 + column * 3) % 11 == 0) values(row, column) = std::numeric_limits<float>::quiet_NaN();
  ProblemSet result = problem;
  result.features = Features(std::move(values));
  return result;
}

/// Rows in clumps of several classes, or values of a wavy surface, in `columns` dimensions.
inline ProblemSet made_problem(std::int64_t rows, std::int64_t columns, int classes, std::uint64_t seed = 1) {
  Random random(seed);
  MatrixF values(rows, columns);
  ProblemSet problem;
  Target target;
  target.name = "target";
  target.task = classes > 0 ? Task::classification : Task::regression;
  for (int i = 0; i < classes; ++i) target.classes.push_back("c" + std::to_string(i));
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto code = classes > 0 ? static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(classes))) : 0;
    double sum = 0;
    for (std::int64_t column = 0; column < columns; ++column) {
      const double x = random.normal() + (classes > 0 && column % classes == code ? 1.5 : 0);
      values(row, column) = static_cast<float>(x);
      sum += std::sin(x * static_cast<double>(column + 1));
    }
    if (classes > 0)
      target.codes.push_back(code);
    else
      target.values.push_back(static_cast<float>(sum + 0.1 * random.normal()));
    (row % 4 == 3 ? problem.split.validation : problem.split.train).push_back(row);
  }
  problem.features = Features(std::move(values));
  problem.target = std::move(target);
  return problem;
}

/// Pictures whose class is where they are bright.
inline ProblemSet made_pictures(std::int64_t count, std::uint64_t seed = 1) {
  constexpr std::int64_t pixels = 48;
  Random random(seed);
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(count * pixels));
  ProblemSet problem;
  Target target;
  target.classes = {"left", "middle", "right"};
  for (std::int64_t row = 0; row < count; ++row) {
    const auto code = static_cast<std::int32_t>(random.below(3));
    target.codes.push_back(code);
    for (std::int64_t pixel = 0; pixel < pixels; ++pixel)
      if (random.below(10) < (pixel * 3 / pixels == code ? 5u : 3u))
        (*bytes)[static_cast<std::size_t>(row * pixels + pixel)] = static_cast<std::uint8_t>(random.below(256));
    (row % 4 == 3 ? problem.split.validation : problem.split.train).push_back(row);
  }
  problem.features = Features(std::move(bytes), count, pixels, 1 / 255.0f, 0);
  problem.channels = 1;
  problem.height = 6;
  problem.width = 8;
  problem.target = std::move(target);
  return problem;
}

/// Keeps everything a run says.
struct Listener : RunObserver {
  std::vector<Event> events;
  void on_event(const Event& event) override { events.push_back(event); }

  template <class T>
  std::shared_ptr<const T> last(const std::string& view) const {
    std::shared_ptr<const T> found;
    for (const auto& event : events)
      if (const auto* shown = std::get_if<std::shared_ptr<const T>>(&event); shown && (*shown)->view == view)
        found = *shown;
    return found;
  }
  std::vector<double> series(const std::string& name) const {
    std::vector<double> values;
    for (const auto& event : events)
      if (const auto* scalar = std::get_if<Scalar>(&event); scalar && scalar->series == name)
        values.push_back(scalar->value);
    return values;
  }
  std::string last_text() const {
    std::string text;
    for (const auto& event : events)
      if (const auto* found = std::get_if<Text>(&event)) text = found->text;
    return text;
  }
};

struct FittedRun {
  Listener listener;
  std::shared_ptr<const Model> model;
};

inline Json complete(const std::string& id, const Json& given) {
  return validated(find_algorithm(id)->params, given, "algorithm.params");
}

/// Settles, checks and fits.
inline FittedRun fitted(const std::string& id, const ProblemSet& problem, const Json& given, std::uint64_t seed = 0) {
  const AlgorithmInfo& info = *find_algorithm(id);
  FittedRun result;
  RunControl control;
  RunContext context(result.listener, control, {.seed = seed});
  Json params = complete(id, given);
  if (info.settle) params = info.settle(problem, params);
  if (info.check) info.check(problem, params);
  result.model = info.fit(problem, params, context);
  return result;
}

inline std::vector<float> fitted_numbers(const Model& model) {
  std::vector<float> all;
  for (const auto& array : model.arrays()) all.insert(all.end(), array.values.begin(), array.values.end());
  return all;
}

inline double metric(const ProblemSet& problem, const Model& model, const std::vector<std::int64_t>& rows,
                     const std::string& name) {
  for (const auto& [known, value] : evaluate(problem, model.predict(problem.features, rows), rows))
    if (known == name) return value;
  return std::nan("");
}

/// What goes wrong when a problem is checked and fitted; empty when nothing does.
inline std::string refusal(const std::string& id, const ProblemSet& problem, const Json& given,
                           std::string* field = nullptr) {
  try {
    fitted(id, problem, given);
  } catch (const Error& error) {
    if (field) *field = error.field();
    return error.what();
  }
  return {};
}

/// Fits with a checkpoint after every step and again from some of them: all end in the same numbers.
inline void check_resuming(const std::string& id, const ProblemSet& problem, const Json& given, std::size_t stride) {
  const AlgorithmInfo& info = *find_algorithm(id);
  const Json params = complete(id, given);
  std::vector<State> states;
  Listener listener;
  RunControl control;
  RunContext whole(listener, control,
                   {.seed = 9,
                    .keep_checkpoint = [&](State state) { states.push_back(std::move(state)); },
                    .checkpoint_seconds = 0,
                    .watch_share = 1e9});
  const auto expected = fitted_numbers(*info.fit(problem, params, whole));
  QVERIFY(states.size() >= 3);
  for (std::size_t i = 0; i < states.size(); i += stride) {
    Listener again;
    RunControl unsteered;
    RunContext resumed(again, unsteered, {.seed = 9, .resume_from = &states[i]});
    QVERIFY(fitted_numbers(*info.fit(problem, params, resumed)) == expected);
    // A checkpoint of another problem.
    State damaged = states[i];
    for (auto& array : damaged.arrays)
      if (!array.bytes.empty()) array.bytes.resize(array.bytes.size() / 2);
    RunContext refused(again, unsteered, {.seed = 9, .resume_from = &damaged});
    QVERIFY_EXCEPTION_THROWN(info.fit(problem, params, refused), Error);
  }
}

/// Stops a run after some scalars.
struct Stopper : Listener {
  RunControl control;
  int after = 0;
  void on_event(const Event& event) override {
    Listener::on_event(event);
    if (std::holds_alternative<Scalar>(event) && --after == 0) control.stop();
  }
};

/// The same bits for one, two and three threads.
inline void check_threads(const std::string& id, const ProblemSet& problem, const Json& given) {
  const int before = threads();
  set_threads(1);
  const auto expected = fitted_numbers(*fitted(id, problem, given, 5).model);
  for (const int count : {2, 3}) {
    set_threads(count);
    const bool same = fitted_numbers(*fitted(id, problem, given, 5).model) == expected;
    set_threads(before);
    QVERIFY2(same, std::to_string(count).c_str());
  }
  set_threads(before);
}

/// Exports with proof and returns the largest difference; adds the file to what onnxruntime is to compute.
inline void check_export(const TableProblem& table, const Model& model, OnnxRuntimeCheck* check,
                         const std::string& name) {
  const OnnxExport what{model, table.preparation, table.dataset, &*table.problem.target, "{}"};
  QTemporaryDir folder;
  const double difference = export_with_proof(what, folder.path().toStdString() + "/model.onnx");
  QVERIFY(difference < 1e-5);
  if (!check) return;
  const auto count = static_cast<std::int64_t>(table.dataset.rows());
  std::vector<std::int64_t> rows(table.dataset.rows());
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  const Prediction said = model.predict(table.problem.features, rows);
  OnnxRuntimeCheck::Named inputs, outputs;
  for (const Column& column : table.dataset.table()->columns)
    if (&column != table.dataset.target_column())
      inputs.emplace_back(column.name, Tensor{{count, 1}, Tensor::Reals(column.numbers.begin(), column.numbers.end())});
  if (said.task == Task::regression) {
    outputs = {{"value", Tensor{{count, 1}, said.values}}};
  } else {
    Tensor::Texts labels;
    for (const std::int32_t code : said.labels)
      labels.push_back(table.problem.target->classes[static_cast<std::size_t>(code)]);
    outputs = {{"label", Tensor{{count}, labels}},
               {"probabilities", Tensor{{count, said.probabilities.cols()},
                                        Tensor::Reals(said.probabilities.data(),
                                                      said.probabilities.data() + said.probabilities.size())}}};
  }
  check->add(name, to_onnx(what), inputs, outputs);
}

}  // namespace gb
