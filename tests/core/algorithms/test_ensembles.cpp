#include "tree_problems.hpp"

using namespace gb;

namespace {

Json member(const std::string& id, const Json& params = Json::object()) {
  return Json{{"id", id}, {"params", params}};
}

const Json& small_forest() {
  static const Json document = member("random_forest", Json{{"estimators", 10}, {"permutation_repeats", 0}});
  return document;
}
const Json& small_boosting() {
  static const Json document = member("gradient_boosting", Json{{"max_iterations", 10}});
  return document;
}
const Json& small_network() {
  static const Json document = member("mlp", Json{{"hidden_layers", {8}}, {"epochs", 5}});
  return document;
}

}  // namespace

/// Bagging, voting and stacking over other algorithms.
class TestEnsembles : public QObject {
  Q_OBJECT
 private slots:
  void baggedTreesBeatOneTree() {
    const ProblemSet problem = made_problem(1500, 8, 4);
    const auto one = fitted("decision_tree", problem, Json::object());
    const auto run = fitted("bagging", problem, Json{{"estimators", 20}});
    const double alone = metric(problem, *one.model, problem.split.validation, "accuracy");
    const double together = metric(problem, *run.model, problem.split.validation, "accuracy");
    QVERIFY2(together > alone + 0.05, std::to_string(together - alone).c_str());
    const auto bag = run.listener.series("oob/accuracy");
    QCOMPARE(bag.size(), std::size_t{20});
    QVERIFY(std::abs(bag.back() - together) < 0.06);
    QCOMPARE(run.listener.series("validation/accuracy").back(), together);
    // Nothing of the members but their sentences is told.
    QVERIFY(run.listener.series("train/impurity").empty());
    QVERIFY(!run.listener.last<Tree>("tree"));
    QVERIFY(run.listener.last<Points>("border"));
  }

  void baggingNumbers() {
    const ProblemSet problem = made_problem(800, 4, 0);
    const auto run = fitted("bagging", problem, Json{{"estimators", 12}, {"max_samples", 0.5}, {"bootstrap", false}});
    QVERIFY(metric(problem, *run.model, problem.split.validation, "r2") >
            metric(problem, *fitted("decision_tree", problem, Json::object()).model, problem.split.validation, "r2"));
    QCOMPARE(run.listener.series("oob/r2").size(), std::size_t{12});
  }

  /// The mean of what the members say by themselves, weighted.
  void softVotesAreMeans() {
    const ProblemSet problem = made_problem(600, 5, 3);
    const Json estimators{small_forest(), small_boosting(), small_network()};
    const auto run = fitted("voting", problem, Json{{"estimators", estimators}, {"weights", {1, 2, 1}}});
    const MatrixF said = run.model->predict(problem.features, problem.split.validation).probabilities;
    for (Eigen::Index row = 0; row < said.rows(); ++row) QVERIFY(std::abs(said.row(row).sum() - 1) < 1e-5F);
    const auto hard = fitted("voting", problem, Json{{"estimators", estimators}, {"voting", "hard"}});
    const MatrixF votes = hard.model->predict(problem.features, problem.split.validation).probabilities;
    for (Eigen::Index i = 0; i < votes.size(); ++i) {
      const float thirds = votes.data()[i] * 3;
      QVERIFY(std::abs(thirds - std::round(thirds)) < 1e-5F);
    }
    const auto table = run.listener.last<Table>("members");
    QVERIFY(table);
    QCOMPARE(table->rows.size(), std::size_t{4});
    QCOMPARE(run.listener.series("validation/accuracy").size(), std::size_t{3});
  }

  void votingOnNumbers() {
    const ProblemSet problem = made_problem(500, 3, 0);
    const auto run = fitted("voting", problem, Json{{"estimators", {small_forest(), small_boosting()}}});
    QVERIFY(metric(problem, *run.model, problem.split.validation, "r2") > 0.3);
  }

  /// A member that knows nothing is left aside by the model above, which an even vote cannot do.
  void stackingFindsOutWhomToTrust() {
    const ProblemSet problem = made_problem(1200, 6, 3);
    const Json blind = member("gradient_boosting", Json{{"max_iterations", 1}, {"learning_rate", 1e-6}});
    const Json estimators{small_forest(), blind, blind};
    const auto forest = fitted("random_forest", problem, small_forest()["params"]);
    const auto run = fitted("stacking", problem, Json{{"estimators", estimators}, {"folds", 3}});
    const double alone = metric(problem, *forest.model, problem.split.validation, "accuracy");
    const double stacked = metric(problem, *run.model, problem.split.validation, "accuracy");
    QVERIFY2(stacked > alone - 0.03, std::to_string(stacked - alone).c_str());
    const auto numbers = made_problem(600, 3, 0);
    const auto values = fitted("stacking", numbers,
                               Json{{"estimators", {small_forest(), small_boosting()}},
                                    {"final_estimator", "gradient_boosting"},
                                    {"folds", 3}});
    QVERIFY(metric(numbers, *values.model, numbers.split.validation, "r2") > 0.3);
  }

  void nestedParametersAreSettledAndRecorded() {
    const ProblemSet problem = made_problem(300, 3, 2);
    const Json params = complete("stacking", Json{{"estimators", {"random_forest"}}});
    const Json settled = find_algorithm("stacking")->settle(problem, params);
    QCOMPARE(settled["estimators"][0]["id"].get<std::string>(), std::string("random_forest"));
    QCOMPARE(settled["estimators"][0]["params"]["estimators"].get<int>(), 100);
    QVERIFY(settled["final_estimator"]["id"].is_string());
    QCOMPARE(find_algorithm("stacking")->settle(problem, settled), settled);
  }

  void errorsNameThePath_data() {
    QTest::addColumn<QString>("id");
    QTest::addColumn<QByteArray>("params");
    QTest::addColumn<QString>("field");
    QTest::newRow("value")
        << "voting"
        << QByteArray(R"({"estimators":["random_forest",{"id":"gradient_boosting","params":{"learning_rate":-1}}]})")
        << "algorithm.params.estimators[1].params.learning_rate";
    QTest::newRow("name") << "voting" << QByteArray(R"({"estimators":[{"id":"random_forest","params":{"tres":3}}]})")
                          << "algorithm.params.estimators[0].params.tres";
    QTest::newRow("id") << "voting" << QByteArray(R"({"estimators":["random_forrest"]})")
                        << "algorithm.params.estimators[0].id";
    QTest::newRow("task") << "bagging" << QByteArray(R"({"estimator":"kmeans"})") << "algorithm.params.estimator.id";
    QTest::newRow("check") << "stacking"
                           << QByteArray(
                                  R"({"estimators":[{"id":"decision_tree","params":{"criterion":"squared_error"}}]})")
                           << "algorithm.params.estimators[0].params.criterion";
    QTest::newRow("nested twice")
        << "voting"
        << QByteArray(
               R"({"estimators":[{"id":"bagging","params":{"estimator":{"id":"decision_tree","params":{"max_depth":0}}}}]})")
        << "algorithm.params.estimators[0].params.estimator.params.max_depth";
    QTest::newRow("checked twice")
        << "voting"
        << QByteArray(
               R"({"estimators":[{"id":"bagging","params":{"estimator":{"id":"decision_tree","params":{"criterion":"squared_error"}}}}]})")
        << "algorithm.params.estimators[0].params.estimator.params.criterion";
    QTest::newRow("nobody") << "voting" << QByteArray(R"({"estimators":[]})") << "algorithm.params.estimators";
    QTest::newRow("weights") << "voting" << QByteArray(R"({"weights":[1,2]})") << "algorithm.params.weights";
    QTest::newRow("unknown field") << "voting" << QByteArray(R"({"estimators":[{"id":"mlp","weight":2}]})")
                                   << "algorithm.params.estimators[0].weight";
    QTest::newRow("folds") << "stacking" << QByteArray(R"({"folds":50})") << "algorithm.params.folds";
  }
  void errorsNameThePath() {
    QFETCH(QString, id);
    QFETCH(QByteArray, params);
    QFETCH(QString, field);
    std::string found;
    const std::string text =
        refusal(id.toStdString(), made_problem(40, 3, 2), Json::parse(params.toStdString()), &found);
    QVERIFY(!text.empty());
    QCOMPARE(QString::fromStdString(found), field);
  }

  void sameSeedSameBits() {
    const ProblemSet problem = made_problem(300, 4, 3);
    for (const char* id : {"bagging", "voting", "stacking"}) {
      Json params{{"estimators", {small_forest(), small_boosting()}}};
      if (id == std::string("bagging")) params = Json{{"estimators", 3}};
      QCOMPARE(fitted_numbers(*fitted(id, problem, params, 4).model),
               fitted_numbers(*fitted(id, problem, params, 4).model));
      QVERIFY(fitted_numbers(*fitted(id, problem, params, 4).model) !=
              fitted_numbers(*fitted(id, problem, params, 5).model));
    }
  }

  /// Members stop with their ensemble; what is complete is kept.
  void membersStopWithTheRun() {
    const ProblemSet problem = made_problem(400, 4, 3);
    struct TextStopper : Listener {
      RunControl control;
      int after = 0;
      void on_event(const Event& event) override {
        Listener::on_event(event);
        if (std::holds_alternative<Text>(event) && --after == 0) control.stop();
      }
    };
    TextStopper stopper;
    stopper.after = 1;  // within the first member
    RunContext context(stopper, stopper.control, {});
    const Json params = complete("voting", Json{{"estimators", {small_forest(), small_boosting()}}});
    QVERIFY(!find_algorithm("voting")->fit(problem, params, context));
    Stopper later;
    later.after = 1;  // when the first member is complete
    RunContext second(later, later.control, {});
    QVERIFY(find_algorithm("voting")->fit(problem, params, second));
  }

  void exportedEnsemblesAgree() {
    OnnxRuntimeCheck check;
    const QString unavailable = check.unavailable();
    const bool runtime = unavailable.isEmpty();
    const Json estimators{small_forest(), small_boosting(), small_network()};
    const std::vector<std::pair<std::string, Json>> kinds{
        {"bagging", Json{{"estimators", 4}}},
        {"voting", Json{{"estimators", estimators}, {"weights", {1, 2, 1.5}}}},
        {"voting", Json{{"estimators", estimators}, {"voting", "hard"}}},
        {"stacking", Json{{"estimators", {small_forest(), small_boosting()}}, {"folds", 3}}}};
    for (const char* name : {"iris", "breast_cancer", "proline"}) {
      const TableProblem table = reference_problem(name);
      int number = 0;
      for (const auto& [id, params] : kinds)
        check_export(table, *fitted(id, table.problem, params).model, runtime ? &check : nullptr,
                     std::string(name) + "-" + std::to_string(number++));
    }
    if (!runtime) QSKIP(qPrintable(unavailable));
    bool agrees = false;
    const QString output = check.run(agrees);
    QVERIFY2(agrees, qPrintable(output));
  }
};

QTEST_APPLESS_MAIN(TestEnsembles)
#include "test_ensembles.moc"
