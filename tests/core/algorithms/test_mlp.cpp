#include <QtTest>
#include <numeric>

#include "core/algorithms/algorithm.hpp"
#include "core/model/onnx_file.hpp"
#include "core/model/onnx_runtime_check.hpp"
#include "core/run/runner.hpp"

using namespace gb;

namespace {

class Recorder : public RunObserver {
 public:
  void on_event(const Event& event) override { events.push_back(event); }
  template <class T>
  int count(const std::string& view) const {
    int found = 0;
    for (const auto& event : events)
      if (const auto* picture = std::get_if<std::shared_ptr<const T>>(&event)) found += (*picture)->view == view;
    return found;
  }
  std::vector<Event> events;
};

struct Outcome {
  std::shared_ptr<const PreparedRun> prepared;
  RunResult result;
  Recorder recorder;

  double metric(const std::string& part, const std::string& name) const {
    for (const auto& [of, metrics] : result.metrics)
      for (const auto& [metric, value] : metrics)
        if (of == part && metric == name) return value;
    return std::nan("");
  }
};

Outcome outcome_of(const Json& data, const std::string& algorithm, const Json& params) {
  Outcome outcome;
  const Json document{
      {"glassbench", 1}, {"seed", 3}, {"data", data}, {"algorithm", {{"id", algorithm}, {"params", params}}}};
  outcome.prepared = prepare_run(Experiment::from_json(document, "."));
  RunControl control;
  RunContext context(outcome.recorder, control, {.seed = 3});
  outcome.result = run(*outcome.prepared, context);
  return outcome;
}

/// The first `count` rows as onnxruntime takes them.
OnnxRuntimeCheck::Named raw_inputs(const Dataset& dataset, std::int64_t count) {
  OnnxRuntimeCheck::Named inputs;
  if (const ImageSet* images = dataset.images()) {
    Tensor::Reals pixels(images->image(0), images->image(static_cast<std::size_t>(count)));
    const Shape shape{count, static_cast<std::int64_t>(images->channels), static_cast<std::int64_t>(images->height),
                      static_cast<std::int64_t>(images->width)};
    inputs.emplace_back("image", Tensor{shape, pixels});
    return inputs;
  }
  for (const Column& column : dataset.table()->columns) {
    if (&column == dataset.target_column()) continue;
    Tensor::Reals values;
    for (std::int64_t row = 0; row < count; ++row)
      values.push_back(static_cast<float>(column.numbers[static_cast<std::size_t>(row)]));
    inputs.emplace_back(column.name, Tensor{{count, 1}, values});
  }
  return inputs;
}

/// What our own predictor says of the first `count` rows, as the file's outputs.
OnnxRuntimeCheck::Named native_outputs(const Outcome& outcome, std::int64_t count) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  const Prediction said = outcome.result.model->predict(outcome.prepared->problem.features, rows);
  if (said.task == Task::regression) return {{"value", Tensor{{count, 1}, said.values}}};
  if (said.task == Task::clustering)
    return {{"cluster", Tensor{{count}, Tensor::Integers(said.labels.begin(), said.labels.end())}}};
  const Target& target = *outcome.prepared->problem.target;
  Tensor labels{{count}, {}};
  if (target.integer_classes) {
    Tensor::Integers numbers;
    for (const auto code : said.labels) numbers.push_back(std::stoll(target.classes[static_cast<std::size_t>(code)]));
    labels.values = numbers;
  } else {
    Tensor::Texts names;
    for (const auto code : said.labels) names.push_back(target.classes[static_cast<std::size_t>(code)]);
    labels.values = names;
  }
  const auto& probabilities = said.probabilities;
  return {{"label", labels},
          {"probabilities", Tensor{{count, probabilities.cols()},
                                   Tensor::Reals(probabilities.data(), probabilities.data() + probabilities.size())}}};
}

}  // namespace

class TestMlp : public QObject {
  Q_OBJECT
 private slots:
  void learnsAClassification() {
    const auto outcome = outcome_of({{"source", "bundled"}, {"name", "breast_cancer"}}, "mlp", {{"epochs", 20}});
    QCOMPARE(outcome.result.state, RunState::finished);
    QVERIFY(outcome.metric("test", "accuracy") >= 0.93);
    QVERIFY(outcome.recorder.count<Matrix>("confusion") >= 2);
  }

  void learnsARegression() {
    const auto outcome = outcome_of({{"source", "synthetic"}, {"name", "swiss_roll"}, {"rows", 1500}}, "mlp",
                                    {{"epochs", 60}, {"learning_rate", 0.005}});
    QCOMPARE(outcome.result.state, RunState::finished);
    QVERIFY(outcome.metric("test", "r2") >= 0.95);
    QVERIFY(outcome.recorder.count<Points>("fit") >= 1);
  }

  void drawsTheBorderOfPlaneData() {
    const auto outcome =
        outcome_of({{"source", "synthetic"}, {"name", "two_moons"}, {"rows", 300}}, "mlp", {{"epochs", 3}});
    std::shared_ptr<const Points> last;
    for (const auto& event : outcome.recorder.events)
      if (const auto* points = std::get_if<std::shared_ptr<const Points>>(&event)) last = *points;
    QVERIFY(last);
    QVERIFY(last->region);
    QCOMPARE(last->region->group.size(), static_cast<std::size_t>(last->region->width * last->region->height));
    QCOMPARE(last->group.size(), last->rows->size());
  }

  void anEmptyListOfHiddenLayersIsALinearModel() {
    const auto outcome =
        outcome_of({{"source", "bundled"}, {"name", "iris"}}, "mlp", {{"epochs", 5}, {"hidden_layers", Json::array()}});
    QCOMPARE(outcome.result.model->arrays().size(), std::size_t{2});
  }

  void impossibleSizesAreRefusedBeforehand() {
    try {
      outcome_of({{"source", "bundled"}, {"name", "iris"}}, "mlp", {{"hidden_layers", {65536, 65536}}});
      QFAIL("accepted");
    } catch (const ParamError& error) {
      QCOMPARE(error.field(), std::string("algorithm.params.hidden_layers"));
    }
  }

  /// The files of real runs, raw rows in, in another runtime.
  void exportedModelsAgreeInOnnxruntime() {
    OnnxRuntimeCheck check;
    if (const QString why = check.unavailable(); !why.isEmpty()) QSKIP(qPrintable(why));
    const Json digits{{"source", "bundled"}, {"name", "mnist-10k"}};
    const auto add = [&](const std::string& name, const Outcome& outcome) {
      const auto& prepared = *outcome.prepared;
      const Target* target = prepared.problem.target ? &*prepared.problem.target : nullptr;
      const auto count = std::min<std::int64_t>(1000, static_cast<std::int64_t>(prepared.dataset->rows()));
      check.add(
          name,
          to_onnx({*outcome.result.model, prepared.preparation, *prepared.dataset, target, prepared.document.dump()}),
          raw_inputs(*prepared.dataset, count), native_outputs(outcome, count));
    };
    add("digits", outcome_of(digits, "mlp", {{"epochs", 2}}));
    for (const char* activation : {"relu", "leaky_relu", "elu", "selu", "tanh", "sigmoid", "softplus"})
      add(std::string("wine-") + activation,
          outcome_of({{"source", "bundled"}, {"name", "wine"}}, "mlp", {{"epochs", 5}, {"activation", activation}}));
    add("roll", outcome_of({{"source", "synthetic"}, {"name", "swiss_roll"}, {"rows", 1000}}, "mlp", {{"epochs", 5}}));
    add("digit-clusters", outcome_of(digits, "kmeans", {{"clusters", 10}, {"starts", 1}}));
    add("blobs", outcome_of({{"source", "synthetic"}, {"name", "blobs"}, {"rows", 1000}}, "kmeans", {{"clusters", 5}}));
    bool agrees = false;
    const QString output = check.run(agrees);
    QVERIFY2(agrees, qPrintable(output));
  }
};

QTEST_GUILESS_MAIN(TestMlp)
#include "test_mlp.moc"
