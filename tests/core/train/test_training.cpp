#include <QtTest>
#include <fstream>
#include <numeric>

#include "core/train/training_runs.hpp"

using namespace gb;

namespace {

/// Stops a run after one of its steps.
class Stopper : public RunObserver {
 public:
  Stopper(RunControl& control, int at) : control_(control), at_(at) {}
  void on_event(const Event& event) override {
    const auto* scalar = std::get_if<Scalar>(&event);
    if (scalar && scalar->series == "train/loss" && scalar->step == at_) control_.stop();
  }

 private:
  RunControl& control_;
  int at_;
};

const Json& figures() {
  static const Json json = Json::parse(std::ifstream(TEST_SOURCE_DIR "/tests/reference/mlp.json"));
  return json;
}

/// All that has a state, at once: 3 steps an epoch, of 3, 3 and 1 batches.
void turn_on_everything(Setup& setup) {
  setup.network.graph.state("running", {5}, {Initializer::ones, 1, 1});
  auto& params = setup.params;
  params.batches_per_step = 3;
  params.average_decay = 0.9;
  params.schedule = ScheduleKind::plateau;
  params.plateau_patience = 0;
  params.plateau_threshold = 0.1;
  params.warmup_epochs = 1.5;
  params.clip_norm = 0.5;
  params.clip_value = 0.2;
  params.l1 = params.l2 = 1e-3;
  params.weight_decay = 0.1;
  params.label_smoothing = 0.1;
  params.class_weights = ClassWeights::balanced;
  params.amsgrad = true;
  params.monitor = Monitor::loss;
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
    QTest::addColumn<bool>("everything");
    for (const int step : {1, 6, 7, 20, 41}) QTest::addRow("%d", step) << step << false;
    for (const int step : {1, 2, 3, 4, 5, 11, 12, 13, 17}) QTest::addRow("everything %d", step) << step << true;
  }
  void resumesBitIdentically() {
    QFETCH(int, stopAt);
    QFETCH(bool, everything);
    Setup setup = planes();
    if (everything) turn_on_everything(setup);
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
      Stopper stopper(control, stopAt);
      RunContext context(stopper, control,
                         {.seed = 3, .keep_checkpoint = [&](State state) { kept = std::move(state); }});
      train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
      QCOMPARE(kept.step, std::int64_t{stopAt});
    }
    Storage resumed = fresh(setup);
    {
      RunControl control;
      if (stopAt < 10) control.schedule({10, "learning_rate", 0.005});
      Recorder rest;
      RunContext context(rest, control, {.seed = 3, .resume_from = &kept});
      train_network(setup.network, resumed, setup.problem, setup.target(), setup.params, context, {});
      // The rest of the run is told as it was.
      for (const char* name : {"train/loss", "train/learning_rate", "validation/loss"}) {
        const auto& whole = recorder.series[name];
        const auto& again = rest.series[name];
        QVERIFY(again.size() <= whole.size());
        QCOMPARE(again, std::vector<double>(whole.end() - static_cast<std::ptrdiff_t>(again.size()), whole.end()));
      }
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

  /// Which step, and where numbers went wrong first.
  void divergenceNamesStepAndPlace_data() {
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("text");
    QTest::newRow("loss") << "loss"
                          << "at step 1: numbers are no longer finite, first in the loss (MeanSquaredError)";
    QTest::newRow("first layer") << "first"
                                 << "at step 1: numbers are no longer finite, first in the outputs of layer one (Relu)";
    QTest::newRow("second layer")
        << "second"
        << "at step 1: numbers are no longer finite, first in the outputs of layer two (Gemm)";
    QTest::newRow("gradient") << "gradient"
                              << "at step 1: numbers are no longer finite, first in the gradient of two.weight";
    QTest::newRow("weights") << "weights"
                             << "at step 1: numbers are no longer finite, first in the weights of layer two";
    QTest::newRow("inputs") << "inputs"
                            << "at step 1: numbers are no longer finite, first in the inputs";
  }
  void divergenceNamesStepAndPlace() {
    QFETCH(QString, kind);
    QFETCH(QString, text);
    Setup setup = planes();
    setup.codes.clear();
    // What all inputs, weights and targets are; huge ones meet where the name says.
    struct Numbers {
      float input = 1, first = 1, second = 1, target = 1;
    };
    const float infinity = std::numeric_limits<float>::infinity();
    const std::map<QString, Numbers> cases{{"loss", {.target = 1e30F}},
                                           {"first", {.first = 2e38F}},
                                           {"second", {.first = 1e30F, .second = 1e30F}},
                                           {"gradient", {.input = 1e18F, .first = 100, .second = 0, .target = 1e19F}},
                                           {"weights", {.second = infinity}},
                                           {"inputs", {.input = infinity}}};
    const Numbers& numbers = cases.at(kind);
    setup.values.assign(200, numbers.target);
    setup.problem.split.validation.clear();
    setup.problem.features = Features(MatrixF(MatrixF::Constant(200, 3, numbers.input)));
    setup.network = {};
    Graph& graph = setup.network.graph;
    setup.network.input = graph.input("features", {any_batch, 3});
    const ValueId first = graph.parameter("one.weight", {3, 4});
    const ValueId second = graph.parameter("two.weight", {4, 1});
    const ValueId hidden = graph.add("Relu", {graph.add("Gemm", {setup.network.input, first})});
    setup.network.output = graph.add("Gemm", {hidden, second});
    Storage parameters(graph, graph.parameters());
    std::fill_n(static_cast<float*>(parameters.data(first)), 12, numbers.first);
    std::fill_n(static_cast<float*>(parameters.data(second)), 4, numbers.second);
    Recorder recorder;
    RunControl control;
    RunContext context(recorder, control, {});
    try {
      train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
      QFAIL("did not diverge");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains(text), error.what());
      QVERIFY(QString(error.what()).contains("learning rate"));
    }
  }

  /// One step makes the weights infinite; whoever stops the run then keeps no checkpoint of them.
  void noCheckpointIsMadeOfBrokenWeights() {
    Setup setup = planes();
    setup.params.optimizer = OptimizerKind::sgd;
    setup.params.learning_rate = 1000;
    setup.params.l2 = 1000;
    Storage parameters = fresh(setup);
    for (float& value : parameters.all<float>()) value *= 1e34F;
    setup.problem.features = Features(MatrixF(MatrixF::Zero(200, 3)));
    RunControl control;
    Stopper stopper(control, 1);
    int kept = 0;
    RunContext context(stopper, control, {.keep_checkpoint = [&](State) { ++kept; }});
    try {
      train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
      QFAIL("did not diverge");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what())
                   .contains("at step 1: numbers are no longer finite, first in the weights of layer hidden"),
               error.what());
    }
    QCOMPARE(kept, 0);
  }

  /// Several small batches move the weights as one large one does.
  void batchesAddUpToAStep() {
    Setup setup = planes();
    setup.params.batch_size = 60;
    setup.params.optimizer = OptimizerKind::momentum;
    std::vector<std::vector<float>> weights;
    std::vector<std::vector<double>> losses;
    for (const int batches : {1, 5}) {
      setup.params.batch_size = 60 / batches;
      setup.params.batches_per_step = batches;
      Storage parameters = fresh(setup);
      Recorder recorder;
      RunControl control;
      RunContext context(recorder, control, {.seed = 3});
      train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
      weights.push_back(values_of(parameters));
      losses.push_back(recorder.series["train/loss"]);
    }
    QCOMPARE(losses[0].size(), std::size_t{6 * 3});
    QCOMPARE(losses[1].size(), losses[0].size());
    for (std::size_t i = 0; i < losses[0].size(); ++i) QVERIFY(std::abs(losses[0][i] - losses[1][i]) <= 1e-5);
    for (std::size_t i = 0; i < weights[0].size(); ++i) QVERIFY(std::abs(weights[0][i] - weights[1][i]) <= 1e-4F);
    QVERIFY(weights[0] != weights[1]);
  }

  /// One step of plain descent is as long as the clipped gradient.
  void gradientsAreClipped() {
    const auto moved = [](double norm, double value) {
      Setup setup = planes();
      setup.params.optimizer = OptimizerKind::sgd;
      setup.params.learning_rate = 1;
      setup.params.epochs = 1;
      setup.params.batch_size = 160;
      setup.params.keep_best = false;
      setup.params.clip_norm = norm;
      setup.params.clip_value = value;
      Storage parameters = fresh(setup);
      auto before = values_of(parameters);
      Recorder recorder;
      RunControl control;
      RunContext context(recorder, control, {.seed = 3});
      train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
      const auto after = values_of(parameters);
      for (std::size_t i = 0; i < after.size(); ++i) before[i] = after[i] - before[i];
      return before;
    };
    const auto length = [](const std::vector<float>& values) {
      double total = 0;
      for (const float value : values) total += static_cast<double>(value) * static_cast<double>(value);
      return std::sqrt(total);
    };
    const auto free = moved(0, 0);
    QVERIFY(length(free) > 0.2);
    const auto shortened = moved(0.1, 0);
    QVERIFY(std::abs(length(shortened) - 0.1) <= 1e-5);
    for (std::size_t i = 0; i < free.size(); ++i)
      QVERIFY(std::abs(static_cast<double>(shortened[i]) - static_cast<double>(free[i]) * 0.1 / length(free)) <= 1e-5);
    const auto limited = moved(0, 0.02);
    for (std::size_t i = 0; i < free.size(); ++i)
      QVERIFY(std::abs(limited[i] - std::clamp(free[i], -0.02F, 0.02F)) <= 1e-6F);
    const auto both = moved(0.01, 0.02);
    QVERIFY(std::abs(length(both) - 0.01) <= 1e-6);
    QCOMPARE(moved(1e6, 1e6), free);
  }

  /// The mean that is returned, computed again from the weights of a run without it.
  void averagesWeights() {
    Setup setup = planes();
    setup.params.epochs = 8;
    setup.params.batch_size = 160;  // a step an epoch
    setup.params.keep_best = false;
    setup.params.average_decay = 0.8;
    setup.problem.split.validation.clear();
    std::vector<double> mean;
    for (int epochs = 0; epochs <= 8; ++epochs) {
      Setup plain = setup;
      plain.params.epochs = std::max(epochs, 1);
      plain.params.average_decay = 0;
      Storage parameters = fresh(plain);
      Recorder recorder;
      RunControl control;
      RunContext context(recorder, control, {.seed = 3});
      if (epochs > 0)
        train_network(plain.network, parameters, plain.problem, plain.target(), plain.params, context, {});
      const auto weights = values_of(parameters);
      if (mean.empty()) mean.assign(weights.begin(), weights.end());
      const double t = epochs - 1;
      const double decay = std::min(0.8, (1 + t) / (10 + t));
      if (epochs > 0)
        for (std::size_t i = 0; i < mean.size(); ++i)
          mean[i] = decay * mean[i] + (1 - decay) * static_cast<double>(weights[i]);
    }
    Storage parameters = fresh(setup);
    Recorder recorder;
    RunControl control;
    RunContext context(recorder, control, {.seed = 3});
    std::vector<float> reported;
    train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context,
                  [&](const EpochReport& report) { reported = values_of(report.parameters); });
    const auto averaged = values_of(parameters);
    for (std::size_t i = 0; i < mean.size(); ++i) QVERIFY(std::abs(static_cast<double>(averaged[i]) - mean[i]) <= 1e-5);
    QCOMPARE(reported, averaged);
  }

  /// Running statistics and masks go on where they were; what is judged uses the former and none of the latter.
  void networksWithStatesResumeBitIdentically_data() {
    QTest::addColumn<int>("stopAt");
    QTest::addColumn<bool>("averages");
    for (const int step : {1, 6, 7, 20}) {
      QTest::addRow("%d", step) << step << false;
      QTest::addRow("%d averaged", step) << step << true;
    }
  }
  void networksWithStatesResumeBitIdentically() {
    QFETCH(int, stopAt);
    QFETCH(bool, averages);
    Setup setup = pictures();
    setup.params.average_decay = averages ? 0.9 : 0;
    setup.params.keep_best = false;
    Storage unbroken = fresh(setup);
    const auto before = values_of(unbroken);
    Recorder recorder;
    RunControl control;
    RunContext context(recorder, control, {.seed = 3});
    train_network(setup.network, unbroken, setup.problem, setup.target(), setup.params, context, {});
    const auto states = setup.network.graph.of_kind(Value::Kind::state);
    QVERIFY(values_of(unbroken)[unbroken.offset(states[0])] != before[unbroken.offset(states[0])]);
    QVERIFY(recorder.series["validation/accuracy"].back() >= 0.7);

    State kept;
    Storage stopped = fresh(setup);
    RunControl stopping;
    Stopper stopper(stopping, stopAt);
    RunContext broken(stopper, stopping, {.seed = 3, .keep_checkpoint = [&](State state) { kept = std::move(state); }});
    train_network(setup.network, stopped, setup.problem, setup.target(), setup.params, broken, {});
    Storage resumed = fresh(setup);
    RunControl going;
    Recorder rest;
    RunContext again(rest, going, {.seed = 3, .resume_from = &kept});
    train_network(setup.network, resumed, setup.problem, setup.target(), setup.params, again, {});
    QCOMPARE(values_of(resumed), values_of(unbroken));
    QCOMPARE(rest.series["validation/loss"].back(), recorder.series["validation/loss"].back());
  }

  void divergenceIsFoundAmongPictures() {
    const Setup setup = pictures();
    Storage parameters = fresh(setup);
    const ValueId kernel = setup.network.graph.parameters().front();
    std::fill_n(static_cast<float*>(parameters.data(kernel)), 72, 3e38F);
    Recorder recorder;
    RunControl control;
    RunContext context(recorder, control, {.seed = 3});
    try {
      train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
      QFAIL("did not diverge");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what())
                   .contains("at step 1: numbers are no longer finite, first in the outputs of layer conv (Conv)"),
               error.what());
    }
  }

  /// States are kept, saved and restored, but no optimizer moves them.
  void statesAreLeftAlone() {
    Setup setup = planes();
    turn_on_everything(setup);
    const ValueId state = setup.network.graph.of_kind(Value::Kind::state).front();
    Storage parameters = fresh(setup);
    auto* values = static_cast<float*>(parameters.data(state));
    for (int i = 0; i < 5; ++i) values[i] = static_cast<float>(i) - 2;
    RunControl control;
    Stopper stopper(control, 4);
    State kept;
    RunContext context(stopper, control, {.seed = 3, .keep_checkpoint = [&](State s) { kept = std::move(s); }});
    train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
    for (int i = 0; i < 5; ++i) QCOMPARE(values[i], static_cast<float>(i) - 2);
    Storage resumed = fresh(setup);
    RunControl going;
    Recorder recorder;
    RunContext again(recorder, going, {.seed = 3, .resume_from = &kept});
    train_network(setup.network, resumed, setup.problem, setup.target(), setup.params, again, {});
    for (int i = 0; i < 5; ++i) QCOMPARE(static_cast<float*>(resumed.data(state))[i], static_cast<float>(i) - 2);
  }

  /// A live change scales the whole schedule from its step on; the rate is told at once and at every epoch.
  void liveChangesScaleTheSchedule() {
    Setup setup = planes();
    setup.params.schedule = ScheduleKind::step;
    setup.params.decay_every = 2;
    setup.params.decay_factor = 0.1;
    setup.params.keep_best = false;
    Storage parameters = fresh(setup);
    Recorder recorder;
    RunControl control;
    control.schedule({10, "learning_rate", 0.5});
    RunContext context(recorder, control, {.seed = 3});
    train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
    // 7 steps an epoch; the third epoch begins with step 14.
    QCOMPARE(recorder.steps["train/learning_rate"], (std::vector<std::int64_t>{1, 8, 11, 15, 22, 29, 36}));
    const std::vector<double> expected{0.02, 0.02, 0.5, 0.05, 0.05, 0.005, 0.005};
    for (std::size_t i = 0; i < expected.size(); ++i)
      QVERIFY(std::abs(recorder.series["train/learning_rate"][i] - expected[i]) <= 1e-12);
  }

  void everyLiveSettingActs_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<double>("value");
    QTest::newRow("learning rate") << "learning_rate" << 0.001;
    QTest::newRow("momentum") << "momentum" << 0.1;
    QTest::newRow("l1") << "l1" << 0.1;
    QTest::newRow("l2") << "l2" << 0.1;
    QTest::newRow("weight decay") << "weight_decay" << 0.5;
    QTest::newRow("clip norm") << "clip_norm" << 0.01;
    QTest::newRow("clip value") << "clip_value" << 0.001;
  }
  void everyLiveSettingActs() {
    QFETCH(QString, name);
    QFETCH(double, value);
    std::vector<std::vector<float>> weights;
    for (const bool changes : {false, true}) {
      Setup setup = planes();
      setup.params.optimizer = OptimizerKind::nesterov;
      setup.params.keep_best = false;
      Storage parameters = fresh(setup);
      Recorder recorder;
      RunControl control;
      if (changes) control.schedule({5, name.toStdString(), value});
      RunContext context(recorder, control, {.seed = 3});
      train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
      weights.push_back(values_of(parameters));
    }
    QVERIFY(weights[0] != weights[1]);
  }

  /// Each class has the same say: of 10 rows against 150 the weighted loss is as high as that of the many.
  void balancedWeightsGiveEveryClassTheSameSay() {
    const std::vector<std::int32_t> codes{0, 1, 1, 1, 2, 0, 1, 9};
    const std::vector<std::int64_t> rows{0, 1, 2, 3, 5, 6};
    const auto weights = balanced_weights(codes, rows, 3);
    QCOMPARE(weights, (std::vector<float>{1.5F, 0.75F, 0.0F}));
    // An output bias alone learns the classes' shares: even ones, when every class has the same say.
    for (const bool balanced : {false, true}) {
      Setup setup = planes();
      for (std::size_t i = 0; i < setup.codes.size(); ++i) setup.codes[i] = i % 16 == 0;
      setup.problem.features = Features(MatrixF(MatrixF::Zero(200, 3)));
      setup.problem.split.validation.clear();
      setup.params.class_weights = balanced ? ClassWeights::balanced : ClassWeights::none;
      setup.params.batch_size = 160;
      setup.params.epochs = 400;
      Storage parameters = fresh(setup);
      Recorder recorder;
      RunControl control;
      RunContext context(recorder, control, {.seed = 3});
      train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
      const auto* bias = static_cast<float*>(parameters.data(setup.network.graph.parameters().back()));
      const double share = 1 / (1 + std::exp(static_cast<double>(bias[0]) - static_cast<double>(bias[1])));
      QVERIFY2(std::abs(share - (balanced ? 0.5 : 1.0 / 16)) <= 0.01, qPrintable(QString::number(share)));
    }
  }

  /// Left open, AdamW decays weights by 0.01 and Adam by nothing; a live null means the same.
  void weightDecayFollowsTheOptimizer() {
    const auto trained = [](OptimizerKind optimizer, std::optional<double> decay, const Json& change = {}) {
      Setup setup = planes();
      setup.params.optimizer = optimizer;
      setup.params.weight_decay = decay;
      Storage parameters = fresh(setup);
      Recorder recorder;
      RunControl control;
      if (change.is_array()) control.schedule({0, "weight_decay", change[0]});
      RunContext context(recorder, control, {.seed = 3});
      train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
      return values_of(parameters);
    };
    const auto adam = trained(OptimizerKind::adam, {});
    const auto adamw = trained(OptimizerKind::adamw, {});
    QVERIFY(adam != adamw);
    QCOMPARE(adamw, trained(OptimizerKind::adam, 0.01));
    QCOMPARE(adam, trained(OptimizerKind::adamw, 0.0));
    QCOMPARE(adamw, trained(OptimizerKind::adamw, 0.5, Json::array({nullptr})));
    QCOMPARE(adam, trained(OptimizerKind::adam, 0.5, Json::array({nullptr})));
  }

  void otherLossesLearn_data() {
    QTest::addColumn<int>("classLoss");
    QTest::addColumn<int>("valueLoss");
    QTest::newRow("hinge") << 1 << -1;
    QTest::newRow("absolute error") << -1 << 1;
    QTest::newRow("huber") << -1 << 2;
  }
  void otherLossesLearn() {
    QFETCH(int, classLoss);
    QFETCH(int, valueLoss);
    Setup setup = planes();
    setup.params.epochs = 30;
    if (classLoss >= 0) setup.params.class_loss = static_cast<ClassLoss>(classLoss);
    if (valueLoss >= 0) {
      setup.params.value_loss = static_cast<ValueLoss>(valueLoss);
      for (const auto code : setup.codes) setup.values.push_back(static_cast<float>(code));
      setup.codes.clear();
      Graph& graph = setup.network.graph;
      const ValueId weight = graph.parameter("value.weight", {2, 1}, {Initializer::he_uniform, 2, 1});
      setup.network.output = graph.add("Gemm", {setup.network.output, weight});
    }
    Storage parameters = fresh(setup);
    Recorder recorder;
    RunControl control;
    RunContext context(recorder, control, {.seed = 3});
    MatrixF outputs;
    train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context,
                  [&](const EpochReport& report) { outputs = report.validation; });
    QVERIFY(recorder.series["train/loss"].back() < 0.5 * recorder.series["train/loss"].front());
    if (classLoss >= 0) {
      QVERIFY(recorder.series["validation/accuracy"].back() >= 0.9);
      // Judged by probabilities all the same.
      for (Eigen::Index row = 0; row < outputs.rows(); ++row) QVERIFY(std::abs(outputs.row(row).sum() - 1) <= 1e-5F);
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
