#include "core/run/balance.hpp"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/base/random.hpp"
#include "core/run/cross_validation.hpp"
#include "core/run/refit.hpp"
#include "core/run/runner.hpp"

using namespace gb;

namespace {

class Recorder : public RunObserver {
 public:
  void on_event(const Event& event) override {
    if (const auto* points = std::get_if<std::shared_ptr<const Points>>(&event))
      if ((*points)->rows) shown.insert((*points)->rows->begin(), (*points)->rows->end());
    if (const auto* table = std::get_if<std::shared_ptr<const Table>>(&event)) tables[(*table)->view] = *table;
  }
  std::set<std::int64_t> shown;
  std::map<std::string, std::shared_ptr<const Table>> tables;
};

/// 3 numbers and a category; every `rare_every`-th row is of the rare class, and nothing tells which.
std::shared_ptr<Dataset> chance(std::size_t rows, std::size_t rare_every) {
  Random random(5);
  DataTable table;
  table.rows = rows;
  for (const char* name : {"a", "b", "c"}) {
    Column column;
    column.name = name;
    for (std::size_t i = 0; i < rows; ++i) column.numbers.push_back(random.normal());
    table.columns.push_back(std::move(column));
  }
  std::vector<std::int32_t> colours, classes;
  for (std::size_t i = 0; i < rows; ++i) {
    colours.push_back(static_cast<std::int32_t>(random.below(3)));
    classes.push_back(i % rare_every == 0 ? 1 : 0);
  }
  table.columns.push_back(categorical_column("colour", {"blue", "green", "red"}, colours));
  table.columns.push_back(categorical_column("class", {"common", "rare"}, classes));
  auto dataset = std::make_shared<Dataset>();
  dataset->name = "chance";
  dataset->content = std::move(table);
  dataset->target = "class";
  dataset->fingerprint = fingerprint_of(*dataset);
  return dataset;
}

Experiment experiment_of(const std::string& algorithm, const Json& balance, const Json& params = Json::object(),
                         const Json& more = Json::object()) {
  Json document{{"glassbench", 1},
                {"seed", 9},
                {"data", {{"source", "bundled"}, {"name", "iris"}}},
                {"algorithm", {{"id", algorithm}, {"params", params}}},
                {"balance", balance}};
  document.update(more);
  return Experiment::from_json(document, ".");
}

std::vector<std::size_t> counts(const ProblemSet& problem) {
  std::vector<std::size_t> counts(problem.target->classes.size());
  for (const auto row : problem.split.train)
    ++counts[static_cast<std::size_t>(problem.target->codes[static_cast<std::size_t>(row)])];
  return counts;
}

RunResult outcome(const PreparedRun& prepared, Recorder& recorder) {
  RunControl control;
  RunContext context(recorder, control, {.seed = prepared.experiment.seed});
  return run(prepared, context);
}

double metric(const Metrics& metrics, const std::string& name) {
  for (const auto& [known, value] : metrics)
    if (known == name) return value;
  return std::nan("");
}

/// The field that is refused; empty where nothing is.
std::string refused(const Experiment& experiment, std::shared_ptr<const Dataset> dataset = nullptr) {
  try {
    prepare_run(experiment, {}, std::move(dataset));
  } catch (const Error& error) {
    return error.field();
  }
  return {};
}

}  // namespace

class TestBalance : public QObject {
  Q_OBJECT
 private slots:
  void rowsAreRepeatedEvenly() {
    const auto prepared = prepare_run(experiment_of("knn", {{"method", "over"}}), {}, chance(200, 6));
    QVERIFY(prepared->balanced);
    const ProblemSet &before = prepared->problem, &after = *prepared->balanced;
    const auto sizes = counts(before);
    QVERIFY(sizes[1] * 3 < sizes[0]);
    QCOMPARE(counts(after), (std::vector<std::size_t>{sizes[0], sizes[0]}));
    QVERIFY(std::is_sorted(after.split.train.begin(), after.split.train.end()));
    std::map<std::int64_t, std::size_t> times;
    for (const auto row : after.split.train) ++times[row];
    // Nothing comes from elsewhere and nothing is lost.
    QCOMPARE(times.size(), before.split.train.size());
    for (const auto row : before.split.train) QVERIFY(times.contains(row));
    std::size_t least = 1000, most = 0;
    for (const auto& [row, count] : times) {
      if (before.target->codes[static_cast<std::size_t>(row)] == 0) {
        QCOMPARE(count, std::size_t{1});
        continue;
      }
      least = std::min(least, count);
      most = std::max(most, count);
    }
    QVERIFY(most - least <= 1);
    QCOMPARE(after.split.validation, before.split.validation);
    QCOMPARE(after.split.test, before.split.test);
    QCOMPARE(after.features.rows(), before.features.rows());
    QCOMPARE(own_rows(after, after.split.train), before.split.train);
  }

  void rowsAreLeftOut() {
    const auto prepared = prepare_run(experiment_of("knn", {{"method", "under"}}), {}, chance(200, 6));
    const ProblemSet &before = prepared->problem, &after = *prepared->balanced;
    const auto sizes = counts(before);
    QCOMPARE(counts(after), (std::vector<std::size_t>{sizes[1], sizes[1]}));
    const std::set<std::int64_t> all(before.split.train.begin(), before.split.train.end());
    const std::set<std::int64_t> kept(after.split.train.begin(), after.split.train.end());
    QCOMPARE(kept.size(), after.split.train.size());
    QVERIFY(std::includes(all.begin(), all.end(), kept.begin(), kept.end()));
    QCOMPARE(after.split.test, before.split.test);
    const auto half = prepare_run(experiment_of("knn", {{"method", "under"}, {"ratio", 0.5}}), {}, chance(200, 6));
    QCOMPARE(counts(*half->balanced), (std::vector<std::size_t>{2 * sizes[1], sizes[1]}));
  }

  /// Chawla and others: on the line from a row of the class to one of its k nearest of the class.
  void madeUpRowsLieBetweenNeighbours() {
    const auto prepared =
        prepare_run(experiment_of("knn", {{"method", "smote"}, {"neighbors", 3}}), {}, chance(200, 6));
    const ProblemSet &before = prepared->problem, &after = *prepared->balanced;
    const auto sizes = counts(before);
    QCOMPARE(counts(after), (std::vector<std::size_t>{sizes[0], sizes[0]}));
    const std::int64_t rows = before.features.rows();
    QCOMPARE(*after.dataset_rows, rows);
    QCOMPARE(after.features.rows(), rows + static_cast<std::int64_t>(sizes[0] - sizes[1]));
    const MatrixF &old_values = *before.features.matrix(), &values = *after.features.matrix();
    QVERIFY(values.topRows(rows) == old_values);
    QCOMPARE(own_rows(after, after.split.train), before.split.train);
    std::vector<std::int64_t> rare;
    for (const auto row : before.split.train)
      if (before.target->codes[static_cast<std::size_t>(row)] == 1) rare.push_back(row);
    const auto distance = [&](std::int64_t a, std::int64_t b) {
      return static_cast<double>((old_values.row(a) - old_values.row(b)).squaredNorm());
    };
    std::set<std::int64_t> bases;
    for (std::int64_t row = rows; row < values.rows(); ++row) {
      QCOMPARE(after.target->codes[static_cast<std::size_t>(row)], 1);
      bool found = false;
      for (const auto base : rare) {
        std::vector<std::int64_t> others = rare;
        std::erase(others, base);
        std::sort(others.begin(), others.end(), [&](auto a, auto b) { return distance(base, a) < distance(base, b); });
        for (std::size_t k = 0; k < 3 && !found; ++k) {
          // The first three features are numbers: all of them at the same place of the line.
          const auto way = old_values.row(others[k]).head(3) - old_values.row(base).head(3);
          const auto gone = values.row(row).head(3) - old_values.row(base).head(3);
          const float place = gone.dot(way) / way.squaredNorm();
          if (place < -1e-4F || place > 1.0001F || (gone - place * way).norm() > 1e-4F * way.norm()) continue;
          // The encoded category is the nearer one's.
          const auto nearer = place < 0.5F ? base : others[k];
          found = values.row(row).tail(3) == old_values.row(nearer).tail(3);
          if (found) bases.insert(base);
        }
        if (found) break;
      }
      QVERIFY2(found, std::to_string(row).c_str());
    }
    QVERIFY(bases.size() > rare.size() / 2);
  }

  void theSeedDecides() {
    const auto made = [](int seed) {
      Experiment experiment = experiment_of("knn", {{"method", "smote"}});
      experiment.set("seed", seed);
      experiment.set("split.test", 0);
      return *prepare_run(experiment, {}, chance(120, 6))->balanced->features.matrix();
    };
    QVERIFY(made(1) == made(1));
    QVERIFY(made(1).rows() != made(2).rows() || !(made(1) == made(2)));
  }

  /// Judged by the same rows, told as before, and no view names a row that there is not.
  void runsJudgeRealRows() {
    const auto dataset = chance(300, 5);
    for (const char* method : {"over", "under", "smote"})
      for (const char* algorithm : {"knn", "svm", "decision_tree", "random_forest", "gradient_boosting", "mlp"}) {
        const Json params = algorithm == std::string("mlp") ? Json{{"epochs", 3}} : Json::object();
        const Json split{{"split", {{"validation", 0}}}};
        const auto prepared = prepare_run(experiment_of(algorithm, {{"method", method}}, params, split), {}, dataset);
        Recorder recorder;
        const auto result = outcome(*prepared, recorder);
        QVERIFY2(result.state == RunState::finished, result.message.c_str());
        for (const auto row : recorder.shown) QVERIFY2(row < 300, algorithm);
        const auto& table = *recorder.tables.at("balance");
        QCOMPARE(table.rows.size(), std::size_t{2});
        QCOMPARE(table.rows[0][2], table.rows[1][2]);
        // The whole document runs again to the same bits.
        const auto again = prepare_run(Experiment::from_json(prepared->document, "."), {}, dataset);
        Recorder other;
        QCOMPARE(outcome(*again, other).weights_sha256, result.weights_sha256);
      }
  }

  /// Balanced before folding, copies of the rare rows would be learnt from in every fold, and the nearest neighbour
  /// would know each of them. There is nothing to be known here.
  void foldsAreBalancedByThemselves() {
    for (const char* method : {"over", "smote"}) {
      const auto prepared = prepare_run(experiment_of("knn", {{"method", method}, {"neighbors", 1}}, {{"neighbors", 1}},
                                                      {{"evaluate", {{"folds", 5}}}}),
                                        {}, chance(600, 6));
      Recorder recorder;
      const auto result = outcome(*prepared, recorder);
      QVERIFY2(result.cross_validation, result.message.c_str());
      const double score = result.cross_validation->score("balanced_accuracy").mean;
      QVERIFY2(score < 0.65, (method + std::to_string(score)).c_str());
      // What is judged is every row once.
      QCOMPARE(
          result.cross_validation->test_rows * 5,
          static_cast<std::int64_t>(prepared->problem.split.train.size() + prepared->problem.split.validation.size()));
      for (const Split& split : validation_splits(*prepared, 9)) {
        Observers nobody({});
        RunControl control;
        RunContext context(nobody, control, {.seed = 9});
        const Refit made = refit(*prepared, split, context);
        QVERIFY(!made.problem.dataset_rows);
        QCOMPARE(made.problem.split.train, split.train);
        const auto even = balanced(made.problem, prepared->experiment.balance_params(), 9);
        QCOMPARE(own_rows(*even, even->split.train), split.train);
      }
    }
  }

  void weightsAreTheAlgorithms() {
    const auto dataset = chance(200, 6);
    const auto prepared = prepare_run(experiment_of("logistic_regression", {{"method", "weights"}}), {}, dataset);
    QVERIFY(!prepared->balanced);
    QCOMPARE(prepared->document["algorithm"]["params"]["class_weight"], Json("balanced"));
    Recorder recorder;
    const auto weighed = outcome(*prepared, recorder);
    const auto plain =
        outcome(*prepare_run(experiment_of("logistic_regression", Json::object()), {}, dataset), recorder);
    // Without weights nothing is ever taken for the rare class.
    QCOMPARE(metric(plain.metrics[0].second, "recall_macro"), 0.5);
    QVERIFY(metric(weighed.metrics[0].second, "recall_macro") > 0.5);
    QCOMPARE(refused(experiment_of("knn", {{"method", "weights"}}), dataset), std::string("balance.method"));
  }

  /// Out-of-bag rows and inner folds would hold copies of what was learnt from.
  void whatJudgesItselfIsKeptFromCopies() {
    const auto dataset = chance(200, 6);
    const Json over{{"method", "over"}}, asked{{"oob_score", true}};
    const auto forest = prepare_run(experiment_of("random_forest", over), {}, dataset);
    QCOMPARE(forest->document["algorithm"]["params"]["oob_score"], Json(false));
    QCOMPARE(refused(experiment_of("random_forest", over, asked), dataset), std::string("algorithm.params.oob_score"));
    QCOMPARE(refused(experiment_of("svm", over, {{"probability", true}}), dataset),
             std::string("algorithm.params.probability"));
    QCOMPARE(refused(experiment_of("stacking", over), dataset), std::string("balance.method"));
    QCOMPARE(refused(experiment_of("random_forest", {{"method", "under"}}, asked), dataset), std::string());
    QCOMPARE(refused(experiment_of("stacking", {{"method", "under"}}), dataset), std::string());
  }

  void whatCannotBeBalancedIsRefused() {
    const Json smote{{"method", "smote"}};
    QCOMPARE(refused(experiment_of("kmeans", smote)), std::string("balance.method"));
    QCOMPARE(refused(experiment_of("linear_regression", smote)), std::string("balance.method"));
    QCOMPARE(refused(experiment_of("knn", smote, Json::object(),
                                   {{"data", {{"source", "synthetic"}, {"name", "swiss_roll"}}}})),
             std::string("balance.method"));
    const Json digits{{"data", {{"source", "bundled"}, {"name", "mnist-10k"}}}};
    QCOMPARE(refused(experiment_of("knn", smote, Json::object(), digits)), std::string("balance.method"));
    QCOMPARE(refused(experiment_of("knn", {{"method", "over"}}, Json::object(), digits)), std::string());
    // One rare row to learn from.
    const Json all{{"split", {{"validation", 0}, {"test", 0}}}};
    QCOMPARE(refused(experiment_of("naive_bayes", smote, Json::object(), all), chance(40, 40)),
             std::string("balance.method"));
    QCOMPARE(refused(experiment_of("naive_bayes", {{"method", "over"}}, Json::object(), all), chance(40, 40)),
             std::string());
    // Two make a line.
    QCOMPARE(refused(experiment_of("naive_bayes", smote, Json::object(), all), chance(40, 20)), std::string());
    auto holes = chance(60, 6);
    std::get<DataTable>(holes->content).columns[0].numbers[6] = std::nan("");
    Json keep = all;
    keep["prepare"] = Json::array({{{"step", "keep_missing"}}});
    QCOMPARE(refused(experiment_of("gradient_boosting", smote, Json::object(), keep), holes),
             std::string("balance.method"));
    QCOMPARE(refused(experiment_of("gradient_boosting", {{"method", "over"}}, Json::object(), keep), holes),
             std::string());
    QVERIFY_EXCEPTION_THROWN(experiment_of("knn", {{"method", "somehow"}}), ParamError);
    QVERIFY_EXCEPTION_THROWN(experiment_of("knn", {{"method", "over"}, {"ratio", 0}}), ParamError);
    QVERIFY_EXCEPTION_THROWN(experiment_of("knn", {{"methods", "over"}}), ParamError);
  }

  /// Not balancing is no part of a recorded document.
  void noneIsNothing() {
    const auto prepared = prepare_run(experiment_of("knn", {{"method", "none"}}));
    QVERIFY(!prepared->balanced && !prepared->document.contains("balance"));
    QCOMPARE(&prepared->learnt(), &prepared->problem);
  }
};

QTEST_APPLESS_MAIN(TestBalance)
#include "test_balance.moc"
