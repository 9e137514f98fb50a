#include <QtTest>
#include <fstream>

#include "core/base/parallel.hpp"
#include "core/base/random.hpp"
#include "core/params/param_spec.hpp"
#include "core/train/optimizer.hpp"

using namespace gb;

namespace {

const Json& figures() {
  static const Json json = Json::parse(std::ifstream(TEST_SOURCE_DIR "/tests/reference/optimizers.json"));
  return json;
}

const std::map<std::string, OptimizerKind> kinds{
    {"adam", OptimizerKind::adam},         {"adamw", OptimizerKind::adamw}, {"momentum", OptimizerKind::momentum},
    {"nesterov", OptimizerKind::nesterov}, {"sgd", OptimizerKind::sgd},     {"rmsprop", OptimizerKind::rmsprop},
    {"adagrad", OptimizerKind::adagrad},   {"lars", OptimizerKind::lars}};

/// Every kind with everything that pulls.
struct Case {
  OptimizerSettings settings;
  StepSettings step;
};
std::vector<std::pair<std::string, Case>> all_kinds() {
  std::vector<std::pair<std::string, Case>> list;
  for (const auto& [name, kind] : kinds) {
    Case c;
    c.settings.optimizer = kind;
    c.step = {.learning_rate = 0.01, .momentum = 0.9, .l1 = 0.001, .l2 = 0.01, .weight_decay = 0.1};
    list.emplace_back(name, c);
    c.settings.amsgrad = c.settings.centered = true;
    c.step.l1 = c.step.weight_decay = 0;
    list.emplace_back(name + " variant", c);
  }
  return list;
}

std::vector<float> random_floats(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

/// Weights after `steps` steps from fixed numbers; saved and restored into another optimizer after `broken` of them.
std::vector<float> trained(const Case& c, int steps, int broken = -1) {
  constexpr std::size_t weights = 100'000, biases = 1000;
  const std::vector<Segment> segments{{0, weights, true}, {weights + 16, weights + 16 + biases, false}};
  const std::size_t size = weights + 16 + biases;
  auto values = random_floats(size, 1);
  auto optimizer = make_optimizer(c.settings, segments, size);
  for (int step = 0; step < steps; ++step) {
    if (step == broken) {
      State state;
      optimizer->save(state);
      optimizer = make_optimizer(c.settings, segments, size);
      optimizer->restore(state);
    }
    optimizer->step(values, random_floats(size, 10 + static_cast<std::uint64_t>(step)), c.step);
  }
  return values;
}

}  // namespace

class TestOptimizer : public QObject {
  Q_OBJECT
 private slots:
  void reproducesPyTorch_data() {
    QTest::addColumn<int>("index");
    const auto& cases = figures()["cases"];
    for (std::size_t i = 0; i < cases.size(); ++i)
      QTest::addRow("%s %s %d", cases[i]["kind"].get<std::string>().c_str(), cases[i]["settings"].dump().c_str(),
                    static_cast<int>(i))
          << static_cast<int>(i);
  }
  void reproducesPyTorch() {
    QFETCH(int, index);
    const Json& c = figures()["cases"][static_cast<std::size_t>(index)];
    const Json& given = c["settings"];
    OptimizerSettings settings;
    settings.optimizer = kinds.at(c["kind"].get<std::string>());
    settings.beta1 = given.value("beta1", settings.beta1);
    settings.beta2 = given.value("beta2", settings.beta2);
    settings.amsgrad = given.value("amsgrad", false);
    settings.rho = given.value("rho", settings.rho);
    settings.centered = given.value("centered", false);
    settings.initial_accumulator = given.value("initial_accumulator", 0.0);
    settings.epsilon = given.value("epsilon", settings.epsilon);
    StepSettings step;
    step.learning_rate = given["learning_rate"].get<double>();
    step.momentum = given.value("momentum", 0.0);
    step.weight_decay = given.value("weight_decay", 0.0);
    step.l1 = c["l1"].get<double>();
    step.l2 = c["l2"].get<double>();

    auto values = figures()["initial"].get<std::vector<float>>();
    const auto weights = figures()["weights"].get<std::size_t>();
    const auto optimizer =
        make_optimizer(settings, {{0, weights, true}, {weights, values.size(), false}}, values.size());
    for (std::size_t i = 0; i < figures()["gradients"].size(); ++i) {
      optimizer->step(values, figures()["gradients"][i].get<std::vector<float>>(), step);
      const auto expected = c["after"][i].get<std::vector<float>>();
      for (std::size_t k = 0; k < values.size(); ++k)
        QVERIFY2(std::abs(values[k] - expected[k]) <= 2e-6F * std::max(1.0F, std::abs(expected[k])),
                 qPrintable(QString("step %1, %2: %3 against %4").arg(i).arg(k).arg(values[k]).arg(expected[k])));
    }
  }

  /// Algorithm 1 of You, Gitman, Ginsburg (2017), written out in double.
  void larsFollowsThePaper() {
    OptimizerSettings settings;
    settings.optimizer = OptimizerKind::lars;
    settings.trust = 0.02;
    const StepSettings step{.learning_rate = 2, .momentum = 0.9, .l2 = 0.05};
    const std::vector<Segment> layers{{0, 300, true}, {304, 400, true}};
    auto values = random_floats(400, 3);
    for (std::size_t i = 304; i < 400; ++i) values[i] *= 30;
    std::vector<double> expected(values.begin(), values.end()), velocity(400);
    const auto optimizer = make_optimizer(settings, layers, 400);
    for (int t = 0; t < 6; ++t) {
      const auto gradients = random_floats(400, 20 + static_cast<std::uint64_t>(t));
      for (const Segment& layer : layers) {
        double w = 0, g = 0;
        for (std::size_t i = layer.begin; i < layer.end; ++i) {
          w += expected[i] * expected[i];
          g += static_cast<double>(gradients[i]) * static_cast<double>(gradients[i]);
        }
        const double rate = 2 * 0.02 * std::sqrt(w) / (std::sqrt(g) + 0.05 * std::sqrt(w));
        for (std::size_t i = layer.begin; i < layer.end; ++i) {
          velocity[i] = 0.9 * velocity[i] + rate * (static_cast<double>(gradients[i]) + 0.05 * expected[i]);
          expected[i] -= velocity[i];
        }
      }
      const float between = values[302];
      optimizer->step(values, gradients, step);
      QCOMPARE(values[302], between);
      for (const Segment& layer : layers)
        for (std::size_t i = layer.begin; i < layer.end; ++i)
          QVERIFY(std::abs(static_cast<double>(values[i]) - expected[i]) <=
                  1e-5 * std::max(1.0, std::abs(expected[i])));
    }
  }

  void larsTakesPlainStepsForBiases() {
    OptimizerSettings settings;
    settings.optimizer = OptimizerKind::lars;
    std::vector<float> values{1, 2};
    make_optimizer(settings, {{0, 2, false}}, 2)->step(values, std::vector<float>{1, -1}, {.learning_rate = 0.5});
    QCOMPARE(values, (std::vector<float>{0.5F, 2.5F}));
  }

  void anyNumberOfThreadsGivesTheSameBits_data() { addKinds(); }
  void anyNumberOfThreadsGivesTheSameBits() {
    QFETCH(int, index);
    const auto c = all_kinds()[static_cast<std::size_t>(index)].second;
    const int before = threads();
    set_threads(1);
    const auto one = trained(c, 3);
    set_threads(3);
    const auto three = trained(c, 3);
    set_threads(before);
    QVERIFY(one == three);
  }

  void goesOnAfterSaving_data() { addKinds(); }
  void goesOnAfterSaving() {
    QFETCH(int, index);
    const auto c = all_kinds()[static_cast<std::size_t>(index)].second;
    QVERIFY(trained(c, 5) == trained(c, 5, 3));
  }

  void otherStatesAreRefused() {
    OptimizerSettings adam, momentum;
    momentum.optimizer = OptimizerKind::momentum;
    State state;
    make_optimizer(momentum, {{0, 4, true}}, 4)->save(state);
    QVERIFY_EXCEPTION_THROWN(make_optimizer(momentum, {{0, 5, true}}, 5)->restore(state), Error);
    state.arrays.clear();
    QVERIFY_EXCEPTION_THROWN(make_optimizer(momentum, {{0, 4, true}}, 4)->restore(state), Error);
  }

  void anotherOptimizerBeginsToRemember() {
    OptimizerSettings adam, momentum, lars;
    momentum.optimizer = OptimizerKind::momentum;
    lars.optimizer = OptimizerKind::lars;
    const std::vector<float> gradients{1, 2, 3, 4};
    const auto moved = [&](const OptimizerSettings& settings, const State* state) {
      const auto optimizer = make_optimizer(settings, {{0, 4, true}}, 4);
      if (state) optimizer->restore(*state);
      std::vector<float> weights{1, 1, 1, 1};
      optimizer->step(weights, gradients, {});
      return weights;
    };
    const auto old = make_optimizer(momentum, {{0, 4, true}}, 4);
    std::vector<float> weights{1, 1, 1, 1};
    old->step(weights, gradients, {});
    State state;
    old->save(state);
    QVERIFY(moved(momentum, &state) != moved(momentum, nullptr));
    QCOMPARE(moved(adam, &state), moved(adam, nullptr));
    // Its velocity has the same name, but counts in other units.
    QCOMPARE(moved(lars, &state), moved(lars, nullptr));
  }

  void sumsOfSquaresSeeEverything() {
    auto values = random_floats(50'000, 4);
    const std::vector<Segment> segments{{0, 10, true}, {16, 40'000, true}, {40'000, 50'000, false}};
    SegmentSums sums(segments);
    const auto expected = [&](const Segment& segment) {
      double total = 0;
      for (std::size_t i = segment.begin; i < segment.end; ++i)
        total += static_cast<double>(values[i]) * static_cast<double>(values[i]);
      return total;
    };
    for (const float scale : {1.0F, 1e-25F, 1e25F}) {
      for (float& value : values) value *= scale;
      const auto squares = sums.squares(values.data());
      for (std::size_t i = 0; i < segments.size(); ++i)
        QVERIFY(std::abs(squares[i] / expected(segments[i]) - 1) <= 1e-6);
      for (float& value : values) value /= scale;
    }
    for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
      const float kept = std::exchange(values[39'999], bad);
      const auto squares = sums.squares(values.data());
      QVERIFY(std::isfinite(squares[0]) && !std::isfinite(squares[1]) && std::isfinite(squares[2]));
      values[39'999] = kept;
    }
    values[12] = std::numeric_limits<float>::quiet_NaN();  // between segments
    for (const double square : sums.squares(values.data())) QVERIFY(std::isfinite(square));
  }

 private:
  static void addKinds() {
    QTest::addColumn<int>("index");
    int index = 0;
    for (const auto& [name, c] : all_kinds()) QTest::newRow(name.c_str()) << index++;
  }
};

QTEST_APPLESS_MAIN(TestOptimizer)
#include "test_optimizer.moc"
