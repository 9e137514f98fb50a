#pragma once

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "core/algorithms/algorithm.hpp"
#include "core/base/parallel.hpp"
#include "core/evaluate/metrics.hpp"
#include "core/model/onnx_file.hpp"
#include "core/model/onnx_runtime_check.hpp"

/// What the tests of clusterings and decompositions share.
namespace gb {

inline const Json& clusters_reference() {
  static const Json document = Json::parse(std::ifstream(TEST_SOURCE_DIR "/tests/reference/clusters.json"));
  return document;
}

inline MatrixF matrix_of(const Json& rows) {
  MatrixF matrix(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(rows[0].size()));
  for (Eigen::Index i = 0; i < matrix.rows(); ++i)
    for (Eigen::Index j = 0; j < matrix.cols(); ++j)
      matrix(i, j) = static_cast<float>(rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)].get<double>());
  return matrix;
}

inline std::vector<std::int64_t> first_rows(std::int64_t count) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

inline ProblemSet problem_of(MatrixF values) {
  ProblemSet problem;
  problem.split.train = first_rows(values.rows());
  problem.features = Features(std::move(values));
  return problem;
}

/// One of the reference's sets of rows.
inline ProblemSet reference_problem(const std::string& name) {
  return problem_of(matrix_of(clusters_reference()["data"][name]));
}

inline MatrixF normal_rows(Eigen::Index rows, Eigen::Index features, std::uint64_t seed = 1) {
  Random random(seed);
  MatrixF values(rows, features);
  for (Eigen::Index i = 0; i < values.size(); ++i) values.data()[i] = static_cast<float>(random.normal());
  return values;
}

/// Some clumps of rows in `features` dimensions.
inline MatrixF clumps(Eigen::Index rows, Eigen::Index features, int clusters, double spread, std::uint64_t seed = 1) {
  const MatrixF middles = normal_rows(clusters, features, seed) * 5, noise = normal_rows(rows, features, seed + 1);
  MatrixF values(rows, features);
  for (Eigen::Index i = 0; i < rows; ++i)
    values.row(i) = middles.row(i % clusters) + noise.row(i) * static_cast<float>(spread);
  return values;
}

/// Pictures of 6 x 8 bytes, of three kinds.
inline ProblemSet small_pictures(std::int64_t count, std::uint64_t seed, float offset = 0) {
  Random random(seed);
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(count * 48));
  for (std::size_t i = 0; i < bytes->size(); ++i)
    (*bytes)[i] = static_cast<std::uint8_t>(random.below(i / 48 % 3 == i % 3 ? 256 : 60));
  ProblemSet problem;
  problem.split.train = first_rows(count);
  problem.features = Features(std::move(bytes), count, 48, 1 / 255.0f, offset);
  problem.channels = 1;
  problem.height = 6;
  problem.width = 8;
  return problem;
}

/// Keeps everything a run says.
struct Listener : RunObserver {
  std::vector<Event> events;
  void on_event(const Event& event) override { events.push_back(event); }

  std::vector<Scalar> series(const std::string& name) const {
    std::vector<Scalar> found;
    for (const auto& event : events)
      if (const auto* scalar = std::get_if<Scalar>(&event); scalar && scalar->series == name) found.push_back(*scalar);
    return found;
  }
  double last_of(const std::string& name) const {
    const auto found = series(name);
    return found.empty() ? std::numeric_limits<double>::quiet_NaN() : found.back().value;
  }
  /// The last event of a view.
  template <class T>
  std::shared_ptr<const T> view(const std::string& name) const {
    std::shared_ptr<const T> found;
    for (const auto& event : events)
      if (const auto* shown = std::get_if<std::shared_ptr<const T>>(&event); shown && (*shown)->view == name)
        found = *shown;
    return found;
  }
  QString last_text() const {
    QString text;
    for (const auto& event : events)
      if (const auto* found = std::get_if<Text>(&event)) text = QString::fromStdString(found->text);
    return text;
  }
};

inline Json complete_params(const AlgorithmInfo& info, const ProblemSet& problem, const Json& given) {
  Json params = validated(info.params, given, "algorithm.params");
  return info.settle ? info.settle(problem, params) : params;
}

struct Fitted {
  Listener listener;
  std::unique_ptr<Model> model;
};

inline Fitted fitted(const std::string& id, const ProblemSet& problem, const Json& given, std::uint64_t seed = 0) {
  const AlgorithmInfo& info = *find_algorithm(id);
  Fitted result;
  RunControl control;
  RunContext context(result.listener, control, {.seed = seed});
  const Json params = complete_params(info, problem, given);
  info.check(problem, params);
  result.model = info.fit(problem, params, context);
  return result;
}

inline std::vector<float> all_numbers(const Model& model) {
  std::vector<float> numbers;
  for (const auto& array : model.arrays()) numbers.insert(numbers.end(), array.values.begin(), array.values.end());
  return numbers;
}

inline std::vector<std::int32_t> labels_of(const Model& model, const ProblemSet& problem) {
  return model.predict(problem.features, problem.split.train).labels;
}

/// Share of the rows on which two clusterings agree, whatever their numbers: each cluster of one takes the other's
/// cluster that it shares most rows with.
inline double agreement(const std::vector<std::int32_t>& mine, const std::vector<std::int32_t>& theirs) {
  std::map<std::int32_t, std::map<std::int32_t, int>> together;
  for (std::size_t i = 0; i < mine.size(); ++i) ++together[mine[i]][theirs[i]];
  int agreeing = 0;
  for (const auto& [label, others] : together) {
    int most = 0;
    for (const auto& [other, count] : others) most = std::max(most, count);
    agreeing += most;
  }
  return static_cast<double>(agreeing) / static_cast<double>(mine.size());
}

inline bool near(double value, double expected, double relative) {
  return std::abs(value - expected) <= relative * std::max(1e-12, std::abs(expected));
}

/// Runs unbroken, keeps every checkpoint, and goes on from some of them: model and last figures must be the same bits.
inline void check_resuming(const std::string& id, const ProblemSet& problem, const Json& given,
                           const std::string& series, std::size_t least_states = 3) {
  const AlgorithmInfo& info = *find_algorithm(id);
  const Json params = complete_params(info, problem, given);
  std::vector<State> states;
  Listener listener;
  RunControl control;
  RunContext whole(listener, control,
                   {.seed = 9,
                    .keep_checkpoint = [&](State state) { states.push_back(std::move(state)); },
                    .checkpoint_seconds = 0,
                    .watch_share = 1e9});
  const auto expected = info.fit(problem, params, whole);
  QVERIFY2(states.size() >= least_states, qPrintable(QString::number(states.size())));
  const std::size_t stride = std::max<std::size_t>(1, states.size() / 6);
  for (std::size_t i = 0; i < states.size(); i += stride) {
    Listener again;
    RunControl unsteered;
    RunContext resumed(again, unsteered, {.seed = 9, .resume_from = &states[i]});
    const auto model = info.fit(problem, params, resumed);
    QVERIFY2(all_numbers(*model) == all_numbers(*expected), qPrintable(QString("from state %1").arg(i)));
    QCOMPARE(again.series(series).back().value, listener.series(series).back().value);
    QCOMPARE(again.series(series).back().step, listener.series(series).back().step);
    QVERIFY(again.series(series).front().step >= states[i].step);
    QCOMPARE(model->predict(problem.features, problem.split.train).labels,
             expected->predict(problem.features, problem.split.train).labels);
  }
}

/// Stops before the first step, and after some: each time a model comes back that can predict.
inline void check_stopping(const std::string& id, const ProblemSet& problem, const Json& given) {
  const AlgorithmInfo& info = *find_algorithm(id);
  const Json params = complete_params(info, problem, given);
  struct Stopper : Listener {
    RunControl* control = nullptr;
    int after = 0;
    void on_event(const Event& event) override {
      Listener::on_event(event);
      if (std::holds_alternative<Scalar>(event) && --after == 0) control->stop();
    }
  };
  for (const int after : {0, 1, 3}) {
    RunControl control;
    Stopper stopper;
    stopper.control = &control;
    stopper.after = after;
    if (after == 0) control.stop();
    RunContext context(stopper, control, {});
    const auto model = info.fit(problem, params, context);
    QVERIFY(model);
    const Prediction prediction = model->predict(problem.features, problem.split.train);
    if (model->task() == Task::clustering) {
      QCOMPARE(prediction.labels.size(), problem.split.train.size());
    } else {
      QCOMPARE(prediction.embedding.rows(), static_cast<Eigen::Index>(problem.split.train.size()));
      QVERIFY(prediction.embedding.allFinite());
    }
  }
}

/// Every parameter refuses what it must.
inline void check_bad_params(const std::string& id) {
  for (const auto& spec : find_algorithm(id)->params)
    for (const auto& bad : bad_values(spec)) {
      const Json object{{spec.name, bad}};
      QVERIFY_EXCEPTION_THROWN(validated(find_algorithm(id)->params, object, "algorithm.params"), ParamError);
    }
}

inline void check_refuses_infinite(const std::string& id) {
  MatrixF values = clumps(60, 3, 2, 1).cwiseAbs();
  values(17, 1) = std::numeric_limits<float>::infinity();
  ProblemSet problem = problem_of(values);
  problem.feature_names = {"length", "width", "height"};
  try {
    const AlgorithmInfo& info = *find_algorithm(id);
    info.check(problem, complete_params(info, problem, Json::object()));
    QFAIL("an infinite value was accepted");
  } catch (const DataError& error) {
    QVERIFY2(QString(error.what()).contains("Row 18") && QString(error.what()).contains("width"), error.what());
  }
}

inline QString refusal(const std::string& id, const ProblemSet& problem, const Json& given) {
  const AlgorithmInfo& info = *find_algorithm(id);
  try {
    info.check(problem, complete_params(info, problem, given));
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

/// A nameless table of these rows and its empty preparation.
struct TableScene {
  Dataset dataset;
  Preparation preparation;
  ProblemSet problem;

  explicit TableScene(const MatrixF& values) {
    DataTable table;
    table.rows = static_cast<std::size_t>(values.rows());
    for (Eigen::Index j = 0; j < values.cols(); ++j) {
      Column column;
      column.name = "x" + std::to_string(j + 1);
      for (Eigen::Index i = 0; i < values.rows(); ++i) column.numbers.push_back(static_cast<double>(values(i, j)));
      table.columns.push_back(std::move(column));
    }
    dataset.name = "rows";
    dataset.content = std::move(table);
    dataset.report.format = "NPY";
    Split split;
    split.train = first_rows(values.rows());
    preparation = Preparation::fit(dataset, Json::array(), split);
    problem = make_problem(dataset, preparation, std::move(split));
  }

  OnnxExport request(const Model& model) const { return {model, preparation, dataset, nullptr, "{}"}; }
};

/// Exports with proof, reads the file back and, where it can be had, asks onnxruntime too.
inline void check_export(const Model& model, const TableScene& scene, double tolerance = 1e-4) {
  QTemporaryDir folder;
  const auto path = std::filesystem::path(folder.path().toStdString()) / "model.onnx";
  QVERIFY(export_with_proof(scene.request(model), path) <= tolerance);
  const OnnxModel file = OnnxModel::read(path);
  const auto result = file.predict(scene.dataset);
  const Prediction expected = model.predict(scene.problem.features, scene.problem.split.train);
  const auto rows = static_cast<std::int64_t>(scene.dataset.rows());
  OnnxRuntimeCheck::Named outputs;
  if (model.task() == Task::clustering) {
    QCOMPARE(file.output_names(), std::vector<std::string>{"cluster"});
    QCOMPARE(result.labels.size(), expected.labels.size());
    outputs = {{"cluster", {{rows}, Tensor::Integers(expected.labels.begin(), expected.labels.end())}}};
  } else {
    QCOMPARE(file.output_names(), std::vector<std::string>{"embedding"});
    QCOMPARE(result.output, std::string("embedding"));
    QCOMPARE(result.embedding.rows(), expected.embedding.rows());
    QVERIFY((result.embedding - expected.embedding).cwiseAbs().maxCoeff() <=
            1e-4f * std::max(1.0f, expected.embedding.cwiseAbs().maxCoeff()));
    outputs = {{"embedding",
                {{rows, expected.embedding.cols()},
                 Tensor::Reals(expected.embedding.data(), expected.embedding.data() + expected.embedding.size())}}};
  }
  OnnxRuntimeCheck check;
  if (!check.unavailable().isEmpty()) return;
  OnnxRuntimeCheck::Named inputs;
  for (const auto& input : file.inputs()) {
    const MatrixF values = *scene.problem.features.matrix();
    if (input.name == "features") {
      inputs.emplace_back(input.name,
                          Tensor{{rows, values.cols()}, Tensor::Reals(values.data(), values.data() + values.size())});
    } else {
      const auto column = static_cast<Eigen::Index>(std::stoi(input.name.substr(1)) - 1);
      Tensor::Reals numbers;
      for (Eigen::Index i = 0; i < values.rows(); ++i) numbers.push_back(values(i, column));
      inputs.emplace_back(input.name, Tensor{{rows, 1}, numbers});
    }
  }
  check.add("model", to_onnx(scene.request(model)), inputs, outputs, tolerance);
  bool agrees = false;
  const QString output = check.run(agrees);
  QVERIFY2(agrees, qPrintable(output));
}

}  // namespace gb
