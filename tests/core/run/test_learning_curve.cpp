#include "core/run/learning_curve.hpp"

#include <QtTest>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include "core/run/runner.hpp"

using namespace gb;

namespace {

class Recorder : public RunObserver {
 public:
  void on_event(const Event& event) override {
    if (const auto* chart = std::get_if<std::shared_ptr<const Chart>>(&event))
      if ((*chart)->view == "learning-curve") {
        charts.push_back(*chart);
        if (on_point) on_point();
      }
    scalars += std::holds_alternative<Scalar>(event);
  }
  std::vector<std::shared_ptr<const Chart>> charts;
  std::function<void()> on_point;
  int scalars = 0;
};

Experiment iris(const std::string& algorithm, const Json& evaluate, const Json& more = Json::object()) {
  Json document{{"glassbench", 1},
                {"seed", 4},
                {"data", {{"source", "bundled"}, {"name", "iris"}}},
                {"algorithm", {{"id", algorithm}}},
                {"evaluate", evaluate}};
  document.update(more);
  return Experiment::from_json(document, ".");
}

RunResult outcome(const Experiment& experiment, Recorder& recorder) {
  RunControl control;
  RunContext context(recorder, control, {.seed = experiment.seed});
  return run(*prepare_run(experiment), context);
}

double metric(const RunResult& result, const std::string& part, const std::string& name) {
  for (const auto& [known, metrics] : result.metrics)
    if (known == part)
      for (const auto& [each, value] : metrics)
        if (each == name) return value;
  return std::nan("");
}

}  // namespace

class TestLearningCurve : public QObject {
  Q_OBJECT
 private slots:
  void beginningsAreEven() {
    Target target;
    target.classes = {"a", "b", "c"};
    for (int i = 0; i < 200; ++i) target.codes.push_back(i % 10 == 0 ? 0 : i % 10 < 4 ? 1 : 2);
    std::vector<std::int64_t> rows(200);
    std::iota(rows.begin(), rows.end(), 0);
    const auto order = growing_order(target, rows, 3);
    QCOMPARE(std::set<std::int64_t>(order.begin(), order.end()), std::set<std::int64_t>(rows.begin(), rows.end()));
    const std::vector<double> shares{0.1, 0.3, 0.6};
    std::vector<double> met(3);
    for (std::size_t i = 0; i < order.size(); ++i) {
      ++met[static_cast<std::size_t>(target.codes[static_cast<std::size_t>(order[i])])];
      for (std::size_t k = 0; k < 3; ++k) QVERIFY(std::abs(met[k] - shares[k] * static_cast<double>(i + 1)) <= 1.001);
    }
    QCOMPARE(growing_order(target, rows, 3), order);
    QVERIFY(growing_order(target, rows, 4) != order);
  }

  void theLastPointIsTheRun() {
    Recorder recorder;
    const auto result = outcome(iris("logistic_regression", {{"learning_curve", 5}}), recorder);
    QVERIFY2(result.state == RunState::finished, result.message.c_str());
    QVERIFY(result.learning_curve);
    const LearningCurve& curve = *result.learning_curve;
    QCOMPARE(curve.metric, std::string("accuracy"));
    QCOMPARE(curve.points.size(), std::size_t{5});
    QCOMPARE(curve.points.back().rows, std::int64_t{105});
    QCOMPARE(curve.points.front().rows, std::int64_t{21});
    QCOMPARE(curve.points.back().train, metric(result, "train", "accuracy"));
    QCOMPARE(curve.points.back().held, metric(result, "validation", "accuracy"));
    QCOMPARE(recorder.charts.size(), std::size_t{5});
    const Chart& chart = *recorder.charts.back();
    QCOMPARE(chart.lines.size(), std::size_t{2});
    for (std::size_t i = 0; i < 5; ++i) {
      QCOMPARE(chart.lines[0].x[i], static_cast<double>(curve.points[i].rows));
      QCOMPARE(chart.lines[0].y[i], curve.points[i].train);
      QCOMPARE(chart.lines[1].y[i], curve.points[i].held);
    }
    const Json json = result_json(result, 0)["learning_curve"];
    QCOMPARE(json["metric"], Json("accuracy"));
    QVERIFY(json["folds"].is_null());
    QCOMPARE(json["validation"].size(), std::size_t{5});
    // The run itself is the same with and without, and what is learnt besides tells no series.
    Recorder plain;
    QCOMPARE(outcome(iris("logistic_regression", Json::object()), plain).weights_sha256, result.weights_sha256);
    QCOMPARE(plain.scalars, recorder.scalars);
  }

  /// A tree that has room learns everything by heart: what is left is what the held-back rows say.
  void foldsAreMeans() {
    Recorder recorder;
    const auto result = outcome(iris("decision_tree", {{"learning_curve", 3}, {"folds", 4}, {"repeats", 2}}), recorder);
    QVERIFY(result.learning_curve && result.cross_validation);
    const LearningCurve& curve = *result.learning_curve;
    QCOMPARE(curve.folds, 4);
    QCOMPARE(curve.points.back().train, 1.0);
    // The whole share of the first repeat is its cross-validation.
    double mean = 0;
    for (std::size_t i = 0; i < 4; ++i)
      for (const auto& [name, value] : result.cross_validation->splits[i])
        if (name == "accuracy") mean += value / 4;
    QVERIFY(std::abs(curve.points.back().held - mean) < 1e-12);
    QCOMPARE(recorder.charts.back()->part, std::string("mean of 4 folds"));
  }

  void numbersHaveTheirOwnMetric() {
    Recorder recorder;
    const auto result = outcome(iris("linear_regression", {{"learning_curve", 2}},
                                     {{"data", {{"source", "synthetic"}, {"name", "swiss_roll"}}}}),
                                recorder);
    QVERIFY2(result.learning_curve, result.message.c_str());
    QCOMPARE(result.learning_curve->metric, std::string("r2"));
  }

  void sharesThatAreTooSmallAreLeftOut() {
    Recorder recorder;
    // Two of 105 rows hold two classes at most, one of them a single one.
    const auto result = outcome(iris("naive_bayes", {{"learning_curve", 50}}), recorder);
    QVERIFY2(result.state == RunState::finished, result.message.c_str());
    QVERIFY(result.learning_curve->points.size() >= 45);
    const auto narrow = outcome(iris("pca", Json::object()), recorder);
    QVERIFY(!narrow.learning_curve);
  }

  void itStopsBetweenPoints() {
    RunControl control;
    Recorder recorder;
    recorder.on_point = [&] {
      if (recorder.charts.size() == 3) control.stop();
    };
    const auto experiment = iris("naive_bayes", {{"learning_curve", 20}});
    RunContext context(recorder, control, {.seed = 4});
    const auto result = run(*prepare_run(experiment), context);
    QCOMPARE(recorder.charts.size(), std::size_t{3});
    QVERIFY(result.state != RunState::failed);
    QCOMPARE(result.learning_curve->points.size(), std::size_t{3});
  }

  void whatHasNoCurveIsRefused() {
    const auto field = [](const Experiment& experiment) {
      try {
        prepare_run(experiment);
      } catch (const ParamError& error) {
        return error.field();
      }
      return std::string();
    };
    QCOMPARE(field(iris("kmeans", {{"learning_curve", 5}})), std::string("evaluate.learning_curve"));
    const Json none{{"split", {{"validation", 0}}}};
    QCOMPARE(field(iris("knn", {{"learning_curve", 5}}, none)), std::string("evaluate.learning_curve"));
    QCOMPARE(field(iris("knn", {{"learning_curve", 5}, {"folds", 3}}, none)), std::string());
    QVERIFY_EXCEPTION_THROWN(iris("knn", {{"learning_curve", 1}}), ParamError);
    QVERIFY_EXCEPTION_THROWN(iris("knn", {{"learning_curve", true}}), ParamError);
  }
};

QTEST_APPLESS_MAIN(TestLearningCurve)
#include "test_learning_curve.moc"
