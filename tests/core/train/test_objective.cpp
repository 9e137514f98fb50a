#include <QtTest>
#include <numeric>

#include "core/train/objective.hpp"

using namespace gb;

namespace {

constexpr std::int64_t classes = 3;

/// Four rows of known scores, through an objective of their own.
struct Setup {
  explicit Setup(const TrainingParams& params, bool blended, TrainingTarget answers) : target(answers) {
    const ValueId scores = graph.input("scores", {any_batch, target.classes() ? classes : 1});
    objective = add_objective(graph, scores, target, params, blended);
    std::map<ValueId, void*> bound;
    if (objective.class_weights >= 0) bound[objective.class_weights] = weights.data();
    executable.emplace(graph, *device, 4, std::vector{objective.loss, objective.predicted}, bound);
    // Row i is sure of class i modulo 3.
    const auto values = executable->value<float>(scores);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = target.classes() ? (i % 3 == i / 3 % 3 ? 2.0F : 0.0F) : static_cast<float>(i);
  }
  double loss(std::span<const Blend> blends) {
    load_answers(objective, target, rows, blends, *executable);
    executable->run();
    return static_cast<double>(executable->value<float>(objective.loss)[0]);
  }

  Graph graph;
  TrainingTarget target;
  Objective objective;
  std::unique_ptr<Device> device = make_device(DeviceKind::reference);
  std::vector<float> weights{1, 2, 3};
  std::optional<Executable> executable;
  std::vector<std::int64_t> rows{4, 3, 2, 1};
};

/// -log of the probability that a row gives to a class with score 2, and to one with 0.
const double sure = std::log(1 + 2 * std::exp(-2.0));
const double wrong = sure + 2;

}  // namespace

class TestObjective : public QObject {
  Q_OBJECT
 private slots:
  void answersAreThoseOfTheRows() {
    const std::vector<std::int32_t> codes{9, 0, 0, 1, 0};
    Setup setup({}, false, {codes, {}});
    // Scores choose 0, 1, 2, 0; the answers of rows 4, 3, 2, 1 are 0, 1, 0, 0.
    QVERIFY(std::abs(setup.loss({}) - (3 * sure + wrong) / 4) <= 1e-6);
    QCOMPARE(count_right(setup.objective, setup.target, setup.rows, {}, *setup.executable), std::int64_t{3});
  }

  void blendsShareTheAnswer() {
    const std::vector<std::int32_t> codes{2, 0, 0, 1, 0};
    Setup setup({}, true, {codes, {}});
    const std::vector<Blend> blends{{0, 0.75F}, {3, 0.25F}, {0, 0.25F}, {3, 1.0F}};
    // Row 4 is three quarters class 0 (sure), one quarter class 2; row 3 is class 1 both times; row 2 is one quarter
    // class 0, three quarters class 2 (sure); row 1 is class 0 alone (sure).
    const double expected = (0.75 * sure + 0.25 * wrong) + sure + (0.25 * wrong + 0.75 * sure) + sure;
    QVERIFY(std::abs(setup.loss(blends) - expected / 4) <= 1e-6);
    QCOMPARE(count_right(setup.objective, setup.target, setup.rows, blends, *setup.executable), std::int64_t{4});
    // The same rows, none blended.
    QVERIFY(std::abs(setup.loss({}) - (3 * sure + wrong) / 4) <= 1e-6);
  }

  void valuesAreBlendedToo() {
    const std::vector<float> values{10, 0, 4, 1, 2};
    Setup setup({}, true, {{}, values});
    const std::vector<Blend> blends{{0, 0.5F}, {3, 0.5F}, {0, 0.0F}, {3, 1.0F}};
    // Answers 6, 1, 10, 0 against 0, 1, 2, 3.
    QVERIFY(std::abs(setup.loss(blends) - (36 + 0 + 64 + 9) / 4.0) <= 1e-5);
  }

  void weightsAndSmoothingAreTheLossOnly() {
    const std::vector<std::int32_t> codes{2, 0, 0, 1, 0};
    TrainingParams params;
    params.class_weights = ClassWeights::balanced;
    params.label_smoothing = 0.3;
    Setup weighted(params, false, {codes, {}});
    // Of answers 0, 1, 0, 0 with weights 1, 2, 1, 1.
    const double own = sure + 2 * sure + wrong + sure;
    const auto spread = [](int choice) {
      double total = 0;
      for (int k = 0; k < 3; ++k) total += (k + 1) * (k == choice ? sure : wrong);
      return total;
    };
    const double all = spread(0) + spread(1) + spread(2) + spread(0);
    QVERIFY(std::abs(weighted.loss({}) - (0.7 * own + 0.1 * all) / 5) <= 1e-6);

    Graph graph;
    const ValueId scores = graph.input("scores", {any_batch, classes});
    const Objective judged = add_judgement(graph, scores, {codes, {}}, params);
    QCOMPARE(judged.class_weights, -1);
    QVERIFY(graph.nodes().front().attributes.empty());
  }

  void hingeCannotBeBlended() {
    const std::vector<std::int32_t> codes{0};
    TrainingParams params;
    params.class_loss = ClassLoss::hinge;
    Graph graph;
    const ValueId scores = graph.input("scores", {any_batch, classes});
    try {
      add_objective(graph, scores, {codes, {}}, params, true);
      QFAIL("accepted");
    } catch (const ParamError& error) {
      QCOMPARE(error.field(), std::string("algorithm.params.class_loss"));
    }
  }
};

QTEST_APPLESS_MAIN(TestObjective)
#include "test_objective.moc"
