#include "core/run/runner.hpp"
#include "tree_problems.hpp"

using namespace gb;

namespace {

constexpr const char* id = "gradient_boosting";

Json without_stopping(Json params) {
  params["early_stopping"] = false;
  return params;
}

}  // namespace

class TestGradientBoosting : public QObject {
  Q_OBJECT
 private slots:
  void asInScikitLearn_data() {
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < tree_reference()["boosting"].size(); ++i) {
      const Json& entry = tree_reference()["boosting"][i];
      QTest::newRow((entry["data"].get<std::string>() + (entry["holes"].get<bool>() ? " with holes " : " ") +
                     entry["params"].dump())
                        .c_str())
          << static_cast<int>(i);
    }
  }
  void asInScikitLearn() {
    QFETCH(int, index);
    const Json& entry = tree_reference()["boosting"][static_cast<std::size_t>(index)];
    const TableProblem table = reference_problem(entry["data"].get<std::string>());
    ProblemSet problem = entry["holes"].get<bool>() ? with_holes(table.problem) : table.problem;
    Json params = without_stopping(entry["params"]);
    params["max_iterations"] = params["max_iter"];
    params.erase("max_iter");
    const auto run = fitted(id, problem, params);
    const bool classes = problem.target->task == Task::classification;
    const double loss = run.listener.series("train/loss").back();
    const auto expected = entry["train_loss"].get<double>();
    QVERIFY2(std::abs(loss / expected - 1) < 0.1, (std::to_string(loss) + " " + std::to_string(expected)).c_str());
    const double score = metric(problem, *run.model, problem.split.test, classes ? "accuracy" : "r2");
    QVERIFY2(std::abs(score - entry["score"].get<double>()) < 0.03, std::to_string(score).c_str());
    if (classes) {
      const double asked = metric(problem, *run.model, problem.split.test, "log_loss");
      QVERIFY2(std::abs(asked / entry["loss"].get<double>() - 1) < 0.15, std::to_string(asked).c_str());
    }
  }

  void lossFallsRoundByRound() {
    for (const int classes : {2, 4, 0}) {
      const ProblemSet problem = made_problem(1200, 6, classes);
      const auto run = fitted(id, problem, without_stopping(Json{{"max_iterations", 30}}));
      const auto loss = run.listener.series("train/loss");
      QCOMPARE(loss.size(), std::size_t{30});
      for (std::size_t i = 1; i < loss.size(); ++i) QVERIFY(loss[i] < loss[i - 1]);
      const auto asked = run.listener.series("validation/loss");
      QCOMPARE(asked.size(), std::size_t{30});
      if (classes > 0)
        QVERIFY(std::abs(asked.back() - metric(problem, *run.model, problem.split.validation, "log_loss")) < 1e-5);
      QVERIFY(run.listener.last<Chart>("residuals") || run.listener.last<Points>("residuals"));
    }
  }

  void stopsEarlyAndKeepsTheBestRound() {
    const ProblemSet problem = made_problem(600, 4, 3);
    const Json params{{"max_iterations", 400}, {"learning_rate", 0.5}, {"patience", 5}, {"min_samples_leaf", 3}};
    const auto run = fitted(id, problem, params);
    const auto loss = run.listener.series("validation/loss");
    QVERIFY(loss.size() < 100);
    const auto best = std::min_element(loss.begin(), loss.end());
    QCOMPARE(static_cast<std::size_t>(loss.end() - best), std::size_t{6});
    QVERIFY(std::abs(metric(problem, *run.model, problem.split.validation, "log_loss") - *best) < 1e-5);
    QVERIFY(QString::fromStdString(run.listener.last_text()).contains("Ended early"));
  }

  /// Which rows miss a value may say all there is to know.
  void missingValuesAreLearntFrom() {
    for (const bool missing_is_second : {false, true}) {
      ProblemSet problem = made_problem(800, 3, 2);
      MatrixF values = MatrixF::Zero(800, 3);
      Random random(3);
      for (Eigen::Index row = 0; row < 800; ++row)
        for (Eigen::Index column = 0; column < 3; ++column) {
          values(row, column) = static_cast<float>(random.normal());
          const bool second = problem.target->codes[static_cast<std::size_t>(row)] == 1;
          if (column == 1 && second == missing_is_second) values(row, column) = std::numeric_limits<float>::quiet_NaN();
        }
      problem.features = Features(values);
      const auto run = fitted(id, problem, Json{{"max_iterations", 10}});
      QCOMPARE(metric(problem, *run.model, problem.split.validation, "accuracy"), 1.0);
    }
  }

  /// The direction of missing values lies in the middle of others: they are right where large values are, or left.
  void missingValuesGoWhereTheyBelong() {
    for (const float like : {-1.0F, 1.0F}) {
      ProblemSet problem = made_problem(800, 1, 2);
      MatrixF values(800, 1);
      for (Eigen::Index row = 0; row < 800; ++row) {
        const float side = problem.target->codes[static_cast<std::size_t>(row)] == 1 ? 1.0F : -1.0F;
        values(row, 0) = side == like && row % 3 == 0 ? std::numeric_limits<float>::quiet_NaN()
                                                      : side * (1 + static_cast<float>(row % 7));
      }
      problem.features = Features(values);
      const auto run = fitted(id, problem, Json{{"max_iterations", 5}});
      QCOMPARE(metric(problem, *run.model, problem.split.validation, "accuracy"), 1.0);
    }
  }

  /// From a table with empty cells to a file that takes them.
  void missingCellsGoAllTheWay() {
    QTemporaryDir folder;
    const std::string path = folder.path().toStdString() + "/holes.csv";
    std::ofstream file(path);
    file << "a,b,kind\n";
    Random random(6);
    for (int row = 0; row < 400; ++row) {
      const bool second = row % 3 == 0;
      file << (second && row % 2 ? std::string() : std::to_string(random.normal() + (second ? 2 : 0))) << ','
           << random.normal() << ',' << (second ? "yes" : "no") << '\n';
    }
    file.close();
    const Json document{{"glassbench", 1},
                        {"data", {{"source", "table"}, {"path", path}, {"target", "kind"}}},
                        {"algorithm", {{"id", id}}}};
    const auto prepared = prepare_run(Experiment::from_json(document, "."));
    QCOMPARE(prepared->document["prepare"][0]["step"].get<std::string>(), std::string("keep_missing"));
    Listener listener;
    RunControl control;
    RunContext context(listener, control, {});
    const RunResult result = run(*prepared, context);
    QVERIFY2(result.state == RunState::finished, result.message.c_str());
    const OnnxExport what{*result.model, prepared->preparation, *prepared->dataset, &*prepared->problem.target, "{}"};
    QVERIFY(export_with_proof(what, folder.path().toStdString() + "/model.onnx") < 1e-5);
    // Others refuse what they cannot learn from, and fill the holes when nothing is said.
    Json other = document;
    other["algorithm"]["id"] = "decision_tree";
    QCOMPARE(prepare_run(Experiment::from_json(other, "."))->document["prepare"][0]["step"].get<std::string>(),
             std::string("impute"));
    other["prepare"] = Json::array({{{"step", "keep_missing"}}});
    try {
      prepare_run(Experiment::from_json(other, "."));
      QFAIL("accepted");
    } catch (const ParamError& error) {
      QCOMPARE(error.field(), std::string("prepare[0].step"));
    }
  }

  void manyValuesAreBinnedEvenly() {
    // 20,000 different values, 8 bins: the border between classes is found to within a bin.
    ProblemSet problem = made_problem(20000, 1, 2);
    MatrixF values(20000, 1);
    Random random(2);
    for (Eigen::Index row = 0; row < values.rows(); ++row) {
      values(row, 0) = static_cast<float>(std::exp(3 * random.normal()));
      problem.target->codes[static_cast<std::size_t>(row)] = values(row, 0) > 1;
    }
    problem.features = Features(values);
    const auto run = fitted(id, problem, Json{{"max_bins", 8}, {"max_iterations", 20}});
    QVERIFY(metric(problem, *run.model, problem.split.validation, "accuracy") > 0.97);
  }

  void resumedRunsEndInTheSameBits() {
    check_resuming(id, made_problem(400, 5, 3), Json{{"max_iterations", 8}, {"min_samples_leaf", 5}}, 3);
    check_resuming(id, made_problem(400, 5, 0), Json{{"max_iterations", 8}}, 3);
    check_resuming(id, made_pictures(300), Json{{"max_iterations", 5}}, 2);
  }

  void anyNumberOfThreadsGivesTheSameBits() {
    check_threads(id, made_problem(3000, 9, 3), Json{{"max_iterations", 6}});
    check_threads(id, made_problem(9000, 20, 2), Json{{"max_iterations", 6}});
    check_threads(id, made_problem(3000, 9, 0), Json{{"max_iterations", 6}});
    check_threads(id, made_pictures(900), Json{{"max_iterations", 4}});
  }

  /// Pixels, mostly dark, are stored sparsely; floats densely.
  void picturesLearnAsTheirFloats() {
    const ProblemSet pictures = made_pictures(900);
    ProblemSet floats = pictures;
    std::vector<std::int64_t> all(900);
    std::iota(all.begin(), all.end(), 0);
    floats.features = Features(pictures.features.dense(all));
    floats.channels = floats.height = floats.width = 0;
    const Json params{{"max_iterations", 6}};
    QCOMPARE(fitted_numbers(*fitted(id, pictures, params).model), fitted_numbers(*fitted(id, floats, params).model));
  }

  void learningRateMayChangeInFlight() {
    const ProblemSet problem = made_problem(400, 3, 2);
    Listener listener;
    RunControl control;
    control.schedule({3, "learning_rate", 0.01});
    RunContext context(listener, control, {});
    find_algorithm(id)->fit(problem, complete(id, without_stopping(Json{{"max_iterations", 6}})), context);
    const auto loss = listener.series("train/loss");
    QVERIFY(loss[2] - loss[3] < (loss[1] - loss[2]) / 4);
    QVERIFY(find_spec(find_algorithm(id)->params, "learning_rate")->live);
  }

  void stopsWithTheRoundsThereAre() {
    const ProblemSet problem = made_problem(400, 4, 3);
    Stopper stopper;
    stopper.after = 7;  // three scalars a round
    std::vector<State> states;
    RunContext context(stopper, stopper.control,
                       {.keep_checkpoint = [&](State state) { states.push_back(std::move(state)); }});
    const auto model = find_algorithm(id)->fit(problem, complete(id, Json::object()), context);
    QVERIFY(model);
    QVERIFY(!states.empty());
    QCOMPARE(states.back().step, std::int64_t{3});
    QVERIFY(metric(problem, *model, problem.split.train, "accuracy") > 0.5);
  }

  void oddData() {
    ProblemSet constant = made_problem(60, 3, 2);
    constant.features = Features(MatrixF::Constant(60, 3, 4.0F));
    const auto run = fitted(id, constant, Json{{"max_iterations", 3}});
    const auto shares = run.model->predict(constant.features, constant.split.train).probabilities;
    QVERIFY(shares(0, 0) > 0.2F && shares(0, 0) < 0.8F);
    QVERIFY(fitted(id, made_problem(20, 3000, 2), Json{{"max_iterations", 3}}).model);
    ProblemSet empty = made_problem(60, 3, 3);
    empty.features = Features(MatrixF::Constant(60, 3, std::numeric_limits<float>::quiet_NaN()));
    QVERIFY(fitted(id, empty, Json{{"max_iterations", 3}}).model);
    ProblemSet one = made_problem(4, 2, 2);
    one.split = {};
    one.split.train = {0};
    QVERIFY(fitted(id, one, Json{{"max_iterations", 3}}).model);
    ProblemSet broken = made_problem(60, 3, 2);
    MatrixF values = *broken.features.matrix();
    values(4, 1) = std::numeric_limits<float>::infinity();
    broken.features = Features(values);
    QVERIFY(QString::fromStdString(refusal(id, broken, Json::object())).contains("Row 5 has an infinite"));
    ProblemSet huge = made_problem(200, 3, 0);
    for (float& value : huge.target->values) value *= 1e30F;
    const auto large = fitted(id, huge, Json{{"max_iterations", 20}});
    QVERIFY(metric(huge, *large.model, huge.split.train, "r2") > 0.2);
  }

  void exportedModelsAgree() {
    OnnxRuntimeCheck check;
    const QString unavailable = check.unavailable();
    const bool runtime = unavailable.isEmpty();
    for (const char* name : {"iris", "breast_cancer", "proline"}) {
      const TableProblem table = reference_problem(name);
      check_export(table, *fitted(id, table.problem, Json{{"max_iterations", 30}}).model, runtime ? &check : nullptr,
                   name);
    }
    if (!runtime) QSKIP(qPrintable(unavailable));
    bool agrees = false;
    const QString output = check.run(agrees);
    QVERIFY2(agrees, qPrintable(output));
  }
};

QTEST_APPLESS_MAIN(TestGradientBoosting)
#include "test_gradient_boosting.moc"
