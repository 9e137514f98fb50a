#include <QtTest>

#include "margin_runs.hpp"

using namespace gb;

class TestLogisticRegression : public QObject {
  Q_OBJECT
 private slots:
  void asScikitLearn() {
    for (const Json& one : reference_cases("logistic_regression")) {
      const ProblemSet problem = reference_problem(one["data"]);
      Json params = one["params"];
      params["tolerance"] = 1e-6;
      params["max_iterations"] = 5000;
      const Fitted run = fitted("logistic_regression", problem, params);
      const Prediction prediction = run.model->predict(problem.features, all_rows(problem));
      const std::string what = one["data"].get<std::string>() + one["params"].dump();
      const double objective = run.listener.series("train/objective").back();
      QVERIFY2(near(objective, one["objective"].get<double>(), 1e-4), (what + " " + std::to_string(objective)).c_str());
      const double agrees = agreement(label_text(prediction.labels), one["labels"]);
      QVERIFY2(agrees >= 0.999, (what + " " + std::to_string(agrees)).c_str());
      const double gap = largest_gap(prediction.probabilities, one["probabilities"]);
      QVERIFY2(gap < 1e-3, (what + " " + std::to_string(gap)).c_str());
    }
  }

  void absoluteValuesMakeZeros() {
    const ProblemSet problem = reference_problem("breast_cancer");
    const auto zeros = [&](const Json& params) {
      const Fitted run = fitted("logistic_regression", problem, params);
      return std::ranges::count(run.model->arrays()[0].values, 0.0f);
    };
    // One row of zeros is the class that the other one is compared with.
    QCOMPARE(zeros({{"penalty", "l2"}}), 30);
    QVERIFY(zeros({{"penalty", "l1"}, {"c", 0.1}}) > 45);
  }

  void sameBitsForAnyNumberOfThreads() {
    const ProblemSet problem = clump_problem(700, 37, 4, 2);
    const int before = threads();
    set_threads(1);
    const Fitted one = fitted("logistic_regression", problem, Json::object());
    set_threads(3);
    const Fitted three = fitted("logistic_regression", problem, Json::object());
    set_threads(before);
    QVERIFY(same_arrays(*one.model, *three.model));
  }

  void resumesInTheSameBits() {
    for (const char* penalty : {"l2", "l1"})
      QCOMPARE(resume_difference("logistic_regression", clump_problem(300, 5, 3, 2), {{"penalty", penalty}}, 5),
               std::string());
    QCOMPARE(resume_difference("logistic_regression", clump_problem(200, 3, 2, 2), Json::object(), 4), std::string());
  }

  void stops() { QVERIFY(stops_well("logistic_regression", clump_problem(300, 5, 3, 2), Json::object())); }

  void exported() {
    ExportCheck check;
    for (const char* data : {"iris", "breast_cancer"}) {
      const ProblemSet problem = reference_problem(data);
      const Fitted run = fitted("logistic_regression", problem, Json::object());
      QVERIFY(check.add(data, *run.model, problem, all_rows(problem)) < 1e-4);
    }
    const std::string problem = check.onnxruntime();
    if (problem.starts_with("skip: ")) QSKIP(problem.c_str());
    QVERIFY2(problem.empty(), problem.c_str());
  }
  void exportedWithProof() {
    QVERIFY(proven_export("logistic_regression", "wine", Json::object()) < 1e-4);
    QVERIFY(proven_export("logistic_regression", "digits", {{"max_iterations", 30}}) < 1e-4);
  }

  /// Constant, doubled and separating columns, a class without rows, more columns than rows.
  void oddData() {
    MatrixF values = clumps(60, 4, 2, 0.1);
    values.col(1).setConstant(7);
    values.col(2) = values.col(0);
    const ProblemSet problem = problem_of(values, in_turn(60, 2), 3);
    for (const char* penalty : {"l2", "l1", "elastic_net", "none"}) {
      const Fitted run = fitted("logistic_regression", problem, {{"penalty", penalty}});
      const Prediction prediction = run.model->predict(problem.features, all_rows(problem));
      QVERIFY(prediction.probabilities.allFinite());
      QCOMPARE(prediction.labels, in_turn(60, 2));
      QCOMPARE(prediction.probabilities.col(2).maxCoeff(), 0.0f);
    }
    const ProblemSet wide = problem_of(clumps(6, 400, 3, 1), in_turn(6, 3), 3);
    QCOMPARE(fitted("logistic_regression", wide, Json::object()).model->predict(wide.features, wide.split.train).labels,
             in_turn(6, 3));
    const ProblemSet constant = problem_of(MatrixF::Constant(10, 3, 2), in_turn(10, 2), 2);
    const Fitted same = fitted("logistic_regression", constant, Json::object());
    QVERIFY(near(static_cast<double>(same.model->predict(constant.features, constant.split.train).probabilities(0, 0)),
                 0.5, 1e-4));
  }

  void badInput() {
    MatrixF values = clumps(30, 3, 2, 1);
    values(4, 2) = std::numeric_limits<float>::infinity();
    const ProblemSet problem = problem_of(values, in_turn(30, 2), 2);
    try {
      fitted("logistic_regression", problem, Json::object());
      QFAIL("an infinite value was accepted");
    } catch (const DataError& error) {
      QVERIFY2(QString(error.what()).contains("Row 5") && QString(error.what()).contains("x3"), error.what());
    }
    for (const auto& spec : find_algorithm("logistic_regression")->params)
      for (const auto& bad : bad_values(spec)) {
        const Json object{{spec.name, bad}};
        QVERIFY_EXCEPTION_THROWN(complete_params("logistic_regression", object), ParamError);
      }
  }

  void tellsWhatItDoes() {
    const ProblemSet problem = clump_problem(300, 2, 3, 1);
    const Fitted run = fitted("logistic_regression", problem, Json::object());
    const auto objectives = run.listener.series("train/objective");
    QVERIFY(objectives.size() > 3);
    for (std::size_t i = 1; i < objectives.size(); ++i) QVERIFY(objectives[i] <= objectives[i - 1] * (1 + 1e-9));
    QVERIFY(QString::fromStdString(run.listener.last_text()).contains("steepest slope"));
    QVERIFY(run.listener.last<Points>("border"));
    const Fitted cut = fitted("logistic_regression", problem, {{"max_iterations", 2}});
    QVERIFY(QString::fromStdString(cut.listener.last_text()).contains("used up"));
  }
};

QTEST_GUILESS_MAIN(TestLogisticRegression)
#include "test_logistic_regression.moc"
