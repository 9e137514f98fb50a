#include <QtTest>
#include <cmath>
#include <set>

#include "core/base/random.hpp"
#include "core/run/cross_validation.hpp"

using namespace gb;

namespace {

class Recorder : public RunObserver {
 public:
  void on_event(const Event& event) override {
    if (const auto* table = std::get_if<std::shared_ptr<const Table>>(&event))
      if ((*table)->view == "cross-validation") tables.push_back(*table);
    if (const auto* scalar = std::get_if<Scalar>(&event)) series.insert(scalar->series);
  }
  std::vector<std::shared_ptr<const Table>> tables;
  std::set<std::string> series;
};

Experiment iris(const std::string& algorithm, const Json& evaluate, const Json& params = Json::object()) {
  return Experiment::from_json({{"glassbench", 1},
                                {"seed", 4},
                                {"data", {{"source", "bundled"}, {"name", "iris"}}},
                                {"algorithm", {{"id", algorithm}, {"params", params}}},
                                {"evaluate", evaluate}},
                               ".");
}

RunResult outcome(const Experiment& experiment, Recorder& recorder) {
  RunControl control;
  RunContext context(recorder, control, {.seed = experiment.seed});
  return run(*prepare_run(experiment), context);
}

Json recorded(const Experiment& experiment) {
  Recorder recorder;
  return result_json(outcome(experiment, recorder), 0);
}

}  // namespace

class TestCrossValidation : public QObject {
  Q_OBJECT
 private slots:
  void everySplitIsScored() {
    Recorder recorder;
    const auto result = outcome(iris("naive_bayes", {{"folds", 5}, {"repeats", 2}}), recorder);
    QVERIFY2(result.state == RunState::finished, result.message.c_str());
    QVERIFY(result.cross_validation);
    const auto& found = *result.cross_validation;
    QCOMPARE(found.splits.size(), std::size_t{10});
    QCOMPARE(recorder.tables.size(), std::size_t{10});
    // 30 of 150 rows are the test set, which stays apart.
    QCOMPARE(found.test_rows + found.training_rows, std::int64_t{120});
    const MeanScore accuracy = found.score("accuracy");
    QVERIFY(accuracy.mean > 0.9 && accuracy.mean <= 1);
    QVERIFY(accuracy.interval.low < accuracy.mean && accuracy.mean < accuracy.interval.high);
    const Json json = result_json(result, 0)["cross_validation"];
    QCOMPARE(json["scores"]["accuracy"].size(), std::size_t{10});
    QCOMPARE(json["mean"]["accuracy"].get<double>(), accuracy.mean);
  }

  /// The run itself is the same with and without.
  void theModelIsTheSame() {
    Recorder recorder;
    const auto with = outcome(iris("logistic_regression", {{"folds", 3}}), recorder);
    const auto without = outcome(iris("logistic_regression", Json::object()), recorder);
    QVERIFY(with.cross_validation && !without.cross_validation);
    QCOMPARE(with.weights_sha256, without.weights_sha256);
  }

  void runsOverTheSameSplitsAreCompared() {
    const Json evaluate{{"folds", 5}, {"repeats", 2}};
    const Json good = recorded(iris("logistic_regression", evaluate));
    const Json bad = recorded(iris("knn", evaluate, {{"neighbors", 70}}));
    const auto comparisons = compare_runs(good, bad, "same", "same");
    const auto accuracy = std::find_if(comparisons.begin(), comparisons.end(),
                                       [](const auto& each) { return each.metric == "accuracy"; });
    QVERIFY(accuracy != comparisons.end());
    QVERIFY(accuracy->difference.mean > 0.02);
    QVERIFY2(accuracy->difference.is_evident(), accuracy->sentence().c_str());
    QVERIFY(accuracy->sentence().ends_with("this is evidence of a difference."));
    const auto same = compare_runs(good, good, "same", "same");
    QVERIFY(!same.empty());
    QVERIFY(same.front().sentence().ends_with("this is no evidence of a difference."));
    QVERIFY(compare_runs(good, bad, "same", "another").empty());
    const Json others = recorded(iris("knn", {{"folds", 4}}));
    QVERIFY(compare_runs(good, others, "same", "same").empty());
    QVERIFY(compare_runs(good, recorded(iris("knn", Json::object())), "same", "same").empty());
  }

  /// As many folds of as many rows are not the same folds.
  void runsOverOtherSplitsAreNotCompared() {
    Experiment stratified = iris("naive_bayes", {{"folds", 5}}), drawn = stratified;
    drawn.split = Json{{"stratified", false}};
    const Json first = recorded(stratified), second = recorded(drawn);
    for (const char* field : {"folds", "repeats", "test_rows", "training_rows"})
      QCOMPARE(first["cross_validation"][field].get<int>(), second["cross_validation"][field].get<int>());
    QVERIFY(compare_runs(first, second, "same", "same").empty());
    QVERIFY(!compare_runs(first, first, "same", "same").empty());
  }

  /// The best of 300 columns of noise look telling where they are chosen by all rows, and tell nothing where each fold
  /// chooses for itself.
  void everyFoldPreparesForItself() {
    const QTemporaryDir folder;
    QFile file(folder.filePath("noise.csv"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    Random random(3);
    for (int column = 0; column < 300; ++column) file.write("x" + QByteArray::number(column) + ",");
    file.write("id,y\n");
    for (int row = 0; row < 80; ++row) {
      for (int column = 0; column < 300; ++column) file.write(QByteArray::number(random.normal()) + ",");
      file.write(QByteArray("k") + QByteArray::number(row / 4) + (row % 2 ? ",yes\n" : ",no\n"));
    }
    file.close();
    Experiment noise = iris("logistic_regression", {{"folds", 5}, {"repeats", 3}});
    noise.folder = folder.path().toStdString();
    noise.data = Json{{"source", "table"}, {"path", "noise.csv"}, {"target", "y"}};
    for (const char* steps : {R"([{"step":"one_hot"},{"step":"select_information","keep":8}])",
                              R"([{"step":"target"},{"step":"select_recursive","keep":8}])"}) {
      noise.prepare = Json::parse(steps);
      Recorder recorder;
      const auto result = outcome(noise, recorder);
      QVERIFY2(result.cross_validation, result.message.c_str());
      const double accuracy = result.cross_validation->score("accuracy").mean;
      QVERIFY2(accuracy < 0.65, QByteArray::number(accuracy));
      for (const auto& [name, value] : result.cross_validation->splits.front()) QVERIFY(std::isfinite(value));
    }
  }

  /// What learns without answers must not get them through the preparation.
  void answersAreForThoseThatLearnFromThem() {
    Experiment clusters = iris("kmeans", Json::object());
    for (const char* step : {"target", "select_information", "select_chi2", "select_recursive"}) {
      clusters.prepare = Json::array({Json{{"step", "impute"}}, Json{{"step", step}}});
      try {
        prepare_run(clusters);
        QFAIL("was not refused");
      } catch (const ParamError& error) {
        QCOMPARE(QString::fromStdString(error.field()), QString("prepare[1].step"));
        QVERIFY(QString(error.what()).contains("learns without one"));
      }
    }
  }

  /// Where a fold lacks a class its areas are undefined: then they have no mean, and every score has its pair.
  void metricsThatAFoldLacksAreLeftOut() {
    const Json json = recorded(iris("naive_bayes", {{"folds", 60}}))["cross_validation"];
    QCOMPARE(json["scores"]["accuracy"].size(), std::size_t{60});
    QVERIFY(!json["scores"].contains("roc_auc"));
    QVERIFY(!json["mean"].contains("roc_auc"));
    for (const auto& [metric, scores] : json["scores"].items()) QCOMPARE(scores.size(), std::size_t{60});
  }

  void whatCannotBeValidatedIsRefused() {
    try {
      prepare_run(iris("kmeans", {{"folds", 5}}));
      QFAIL("accepted");
    } catch (const ParamError& error) {
      QCOMPARE(error.field(), std::string("evaluate.folds"));
    }
    QVERIFY_EXCEPTION_THROWN(iris("knn", {{"folds", 1}}), ParamError);
    QVERIFY_EXCEPTION_THROWN(iris("knn", {{"fold", 5}}), ParamError);
  }
};

QTEST_APPLESS_MAIN(TestCrossValidation)
#include "test_cross_validation.moc"
