#include <QtTest>
#include <fstream>
#include <numeric>

#include "core/train/training.hpp"

using namespace gb;

namespace {

/// Keeps every scalar of one series.
class Recorder : public RunObserver {
 public:
  void on_event(const Event& event) override {
    if (const auto* scalar = std::get_if<Scalar>(&event)) series[scalar->series].push_back(scalar->value);
    if (const auto* change = std::get_if<Change>(&event)) changes.push_back(*change);
  }
  std::map<std::string, std::vector<double>> series;
  std::vector<Change> changes;
};

const Json& figures() {
  static const Json json = Json::parse(std::ifstream(TEST_SOURCE_DIR "/tests/reference/mlp.json"));
  return json;
}

struct Setup {
  Network network;
  ProblemSet problem;
  std::vector<std::int32_t> codes;
  std::vector<float> values;
  TrainingParams params;

  TrainingTarget target() const { return {codes, values}; }
};

/// 200 rows of two noisy half planes, 160 of them for training, in batches with a remainder.
Setup planes() {
  Setup setup;
  Random random(4);
  MatrixF x(200, 3);
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    for (Eigen::Index j = 0; j < 3; ++j) x(i, j) = static_cast<float>(random.normal());
    setup.codes.push_back(x(i, 0) + 0.5F * x(i, 1) + 0.1F * static_cast<float>(random.normal()) > 0);
  }
  setup.problem.features = Features(x);
  setup.problem.split.train.resize(160);
  std::iota(setup.problem.split.train.begin(), setup.problem.split.train.end(), 0);
  setup.problem.split.validation.resize(40);
  std::iota(setup.problem.split.validation.begin(), setup.problem.split.validation.end(), 160);
  Graph& graph = setup.network.graph;
  setup.network.input = graph.input("features", {any_batch, 3});
  const ValueId w1 = graph.parameter("w1", {3, 8}, {Initializer::he_uniform, 3, 8});
  const ValueId b1 = graph.parameter("b1", {8});
  const ValueId w2 = graph.parameter("w2", {8, 2}, {Initializer::he_uniform, 8, 2});
  const ValueId b2 = graph.parameter("b2", {2});
  setup.network.output =
      graph.add("Gemm", {graph.add("Relu", {graph.add("Gemm", {setup.network.input, w1, b1})}), w2, b2});
  setup.params.epochs = 6;
  setup.params.batch_size = 24;
  setup.params.learning_rate = 0.02;
  return setup;
}

Storage fresh(const Setup& setup) {
  Storage parameters(setup.network.graph, setup.network.graph.parameters());
  Random random(9);
  initialize(setup.network.graph, parameters, random);
  return parameters;
}

std::vector<float> values_of(const Storage& storage) {
  return {storage.all<float>().begin(), storage.all<float>().end()};
}

}  // namespace

class TestTraining : public QObject {
  Q_OBJECT
 private slots:
  void reproducesPyTorch_data() {
    QTest::addColumn<int>("index");
    const auto& cases = figures()["cases"];
    for (int i = 0; i < static_cast<int>(cases.size()); ++i) {
      const auto& c = cases[static_cast<std::size_t>(i)];
      QTest::addRow("%s %s %s", c["optimizer"].get<std::string>().c_str(), c["activation"].get<std::string>().c_str(),
                    c["task"].get<std::string>().c_str())
          << i;
    }
  }

  void reproducesPyTorch() {
    QFETCH(int, index);
    const Json& c = figures()["cases"][static_cast<std::size_t>(index)];
    const auto rows = figures()["rows"].get<std::int64_t>();
    const auto features = figures()["features"].get<std::int64_t>();
    const auto hidden = figures()["hidden"].get<std::int64_t>();
    const bool classification = c["task"] == "classification";
    const auto outputs = classification ? figures()["classes"].get<std::int64_t>() : 1;

    Setup setup;
    const auto x = c["x"].get<std::vector<float>>();
    setup.problem.features = Features(MatrixF(Eigen::Map<const MatrixF>(x.data(), rows, features)));
    setup.problem.split.train.resize(static_cast<std::size_t>(rows));
    std::iota(setup.problem.split.train.begin(), setup.problem.split.train.end(), 0);
    if (classification)
      setup.codes = c["labels"].get<std::vector<std::int32_t>>();
    else
      setup.values = c["values"].get<std::vector<float>>();
    Graph& graph = setup.network.graph;
    setup.network.input = graph.input("features", {any_batch, features});
    const ValueId w1 = graph.parameter("w1", {features, hidden});
    const ValueId b1 = graph.parameter("b1", {hidden});
    const ValueId w2 = graph.parameter("w2", {hidden, outputs});
    const ValueId b2 = graph.parameter("b2", {outputs});
    const ValueId h = graph.add(c["activation"].get<std::string>(), {graph.add("Gemm", {setup.network.input, w1, b1})});
    setup.network.output = graph.add("Gemm", {h, w2, b2});
    Storage parameters(graph, graph.parameters());
    for (std::size_t i = 0; i < 4; ++i) {
      const auto initial = c["initial"][i].get<std::vector<float>>();
      std::copy(initial.begin(), initial.end(), static_cast<float*>(parameters.data(graph.parameters()[i])));
    }
    const auto expected = c["losses"].get<std::vector<double>>();
    setup.params.epochs = static_cast<int>(expected.size());
    setup.params.batch_size = static_cast<int>(rows);
    setup.params.learning_rate = c["learning_rate"].get<double>();
    setup.params.l2 = c["l2"].get<double>();
    const std::map<std::string, OptimizerKind> kinds{
        {"adam", OptimizerKind::adam}, {"momentum", OptimizerKind::momentum}, {"sgd", OptimizerKind::sgd}};
    setup.params.optimizer = kinds.at(c["optimizer"].get<std::string>());

    Recorder recorder;
    RunControl control;
    RunContext context(recorder, control, {});
    train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});

    const auto& losses = recorder.series["train/loss"];
    QCOMPARE(losses.size(), expected.size());
    for (std::size_t i = 0; i < losses.size(); ++i)
      QVERIFY2(std::abs(losses[i] - expected[i]) <= 2e-5 * std::abs(expected[i]),
               qPrintable(QString("step %1: %2 against %3").arg(i).arg(losses[i]).arg(expected[i])));
    for (std::size_t i = 0; i < 4; ++i) {
      const auto final = c["final"][i].get<std::vector<float>>();
      const auto* learnt = static_cast<float*>(parameters.data(graph.parameters()[i]));
      for (std::size_t k = 0; k < final.size(); ++k) QVERIFY(std::abs(learnt[k] - final[k]) <= 5e-5F);
    }
  }

  void learnsAndIsDeterministic() {
    const Setup setup = planes();
    std::vector<std::vector<float>> weights;
    for (int i = 0; i < 2; ++i) {
      Storage parameters = fresh(setup);
      Recorder recorder;
      RunControl control;
      RunContext context(recorder, control, {.seed = 3});
      train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
      QVERIFY(recorder.series["validation/accuracy"].back() >= 0.9);
      QCOMPARE(recorder.series["validation/accuracy"].size(), std::size_t{6});
      QCOMPARE(recorder.series["train/loss"].size(), std::size_t{6 * 7});
      weights.push_back(values_of(parameters));
    }
    QCOMPARE(weights[0], weights[1]);
  }

  /// Stopped before any step, the checkpoint carries on to the same bits.
  void resumesBitIdentically_data() {
    QTest::addColumn<int>("stopAt");
    for (const int step : {1, 6, 7, 20, 41}) QTest::addRow("%d", step) << step;
  }
  void resumesBitIdentically() {
    QFETCH(int, stopAt);
    const Setup setup = planes();
    Recorder recorder;
    Storage unbroken = fresh(setup);
    {
      RunControl control;
      control.schedule({10, "learning_rate", 0.005});
      RunContext context(recorder, control, {.seed = 3});
      train_network(setup.network, unbroken, setup.problem, setup.target(), setup.params, context, {});
    }
    State kept;
    Storage parameters = fresh(setup);
    {
      RunControl control;
      control.schedule({10, "learning_rate", 0.005});
      class Stopper : public RunObserver {
       public:
        Stopper(RunControl& c, int at) : control_(c), at_(at) {}
        void on_event(const Event& event) override {
          const auto* scalar = std::get_if<Scalar>(&event);
          if (scalar && scalar->series == "train/loss" && scalar->step == at_) control_.stop();
        }

       private:
        RunControl& control_;
        int at_;
      } stopper(control, stopAt);
      RunContext context(stopper, control,
                         {.seed = 3, .keep_checkpoint = [&](State state) { kept = std::move(state); }});
      train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
      QCOMPARE(kept.step, std::int64_t{stopAt});
    }
    Storage resumed = fresh(setup);
    {
      RunControl control;
      if (stopAt < 10) control.schedule({10, "learning_rate", 0.005});
      RunContext context(recorder, control, {.seed = 3, .resume_from = &kept});
      train_network(setup.network, resumed, setup.problem, setup.target(), setup.params, context, {});
    }
    QCOMPARE(values_of(resumed), values_of(unbroken));
  }

  void aStateThatDoesNotFitIsRefused() {
    const Setup setup = planes();
    Storage parameters = fresh(setup);
    Recorder recorder;
    RunControl control;
    State wrong;
    wrong.arrays.push_back(float_state("weights", std::vector<float>(3)));
    RunContext context(recorder, control, {.resume_from = &wrong});
    QVERIFY_EXCEPTION_THROWN(
        train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {}), Error);
  }

  void divergenceNamesTheStep() {
    Setup setup = planes();
    setup.codes.clear();
    setup.values.assign(200, 1e30F);
    Graph graph;
    setup.network = {};
    setup.network.input = setup.network.graph.input("features", {any_batch, 3});
    const ValueId w = setup.network.graph.parameter("w", {3, 1});
    setup.network.output = setup.network.graph.add("Gemm", {setup.network.input, w});
    setup.params.learning_rate = 1000;
    Storage parameters(setup.network.graph, setup.network.graph.parameters());
    Recorder recorder;
    RunControl control;
    RunContext context(recorder, control, {});
    try {
      train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
      QFAIL("did not diverge");
    } catch (const Error& error) {
      QVERIFY(QString(error.what()).contains("at step 1"));
    }
  }

  void earlyStoppingKeepsTheBestEpoch() {
    Setup setup = planes();
    setup.params.epochs = 200;
    setup.params.early_stopping = 3;
    setup.params.learning_rate = 0.2;
    Storage parameters = fresh(setup);
    Recorder recorder;
    RunControl control;
    RunContext context(recorder, control, {.seed = 3});
    std::vector<std::vector<float>> at_epoch;
    train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context,
                  [&](const EpochReport& report) { at_epoch.push_back(values_of(report.parameters)); });
    const auto& accuracy = recorder.series["validation/accuracy"];
    const auto& loss = recorder.series["validation/loss"];
    QVERIFY(accuracy.size() < 200);
    std::size_t best = 0;
    for (std::size_t i = 1; i < accuracy.size(); ++i)
      if (accuracy[i] > accuracy[best] || (accuracy[i] == accuracy[best] && loss[i] < loss[best])) best = i;
    QCOMPARE(best, accuracy.size() - 4);
    QCOMPARE(values_of(parameters), at_epoch[best]);
  }
};

QTEST_APPLESS_MAIN(TestTraining)
#include "test_training.moc"
