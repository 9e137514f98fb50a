#include <QtTest>

#include "margin_runs.hpp"

using namespace gb;

class TestNaiveBayes : public QObject {
  Q_OBJECT
 private slots:
  void asScikitLearn() {
    for (const Json& one : reference_cases("naive_bayes")) {
      const ProblemSet problem = reference_problem(one["data"]);
      const Fitted run = fitted("naive_bayes", problem, one["params"]);
      const Prediction prediction = run.model->predict(problem.features, all_rows(problem));
      const std::string what = one["data"].get<std::string>() + one["params"].dump();
      const double agrees = agreement(label_text(prediction.labels), one["labels"]);
      QVERIFY2(agrees >= 0.999, (what + " " + std::to_string(agrees)).c_str());
      const double gap = largest_gap(prediction.probabilities, one["probabilities"]);
      QVERIFY2(gap < 2e-4, (what + " " + std::to_string(gap)).c_str());
    }
  }

  void sameBitsForAnyNumberOfThreads() {
    const ProblemSet problem = clump_problem(700, 37, 3, 1);
    const int before = threads();
    set_threads(1);
    const Fitted one = fitted("naive_bayes", problem, Json::object());
    set_threads(3);
    const Fitted three = fitted("naive_bayes", problem, Json::object());
    set_threads(before);
    QVERIFY(same_arrays(*one.model, *three.model));
  }

  void resumesInTheSameBits() {
    const ProblemSet problem = clump_problem(300, 5, 3, 1);
    for (const char* variant : {"gaussian", "bernoulli"})
      QCOMPARE(resume_difference("naive_bayes", problem, {{"variant", variant}}, 10), std::string());
  }

  void stops() { QVERIFY(stops_well("naive_bayes", clump_problem(300, 5, 3, 1), Json::object())); }

  void exported() {
    ExportCheck check;
    const ProblemSet iris = reference_problem("iris");
    QVERIFY(check.add("gaussian", *fitted("naive_bayes", iris, Json::object()).model, iris, all_rows(iris)) < 1e-4);
    QVERIFY(check.add("bernoulli", *fitted("naive_bayes", iris, {{"variant", "bernoulli"}}).model, iris,
                      all_rows(iris)) < 1e-4);
    const ProblemSet digits = reference_problem("digits");
    const auto some = std::span(digits.split.train).first(60);
    for (const char* variant : {"multinomial", "complement"})
      QVERIFY(check.add(variant, *fitted("naive_bayes", digits, {{"variant", variant}}).model, digits, some) < 1e-4);
    const std::string problem = check.onnxruntime();
    if (problem.starts_with("skip: ")) QSKIP(problem.c_str());
    QVERIFY2(problem.empty(), problem.c_str());
  }
  void exportedWithProof() {
    QVERIFY(proven_export("naive_bayes", "wine", Json::object()) < 1e-4);
    QVERIFY(proven_export("naive_bayes", "digits", Json::object()) < 1e-4);
    QVERIFY(proven_export("naive_bayes", "digits", {{"variant", "multinomial"}}) < 1e-4);
  }

  /// Constant and doubled columns, a class without training rows, one row per class, more columns than rows.
  void oddData() {
    MatrixF values = clumps(60, 4, 2, 0.5);
    values.col(1).setConstant(7);
    values.col(2) = values.col(0);
    ProblemSet problem = problem_of(values, in_turn(60, 2), 3);
    for (const char* variant : {"gaussian", "bernoulli"}) {
      const Fitted run = fitted("naive_bayes", problem, {{"variant", variant}});
      const Prediction prediction = run.model->predict(problem.features, all_rows(problem));
      QVERIFY(prediction.probabilities.allFinite());
      QCOMPARE(prediction.probabilities.col(2).maxCoeff(), 0.0f);
    }
    const ProblemSet constant = problem_of(MatrixF::Constant(10, 3, 2), in_turn(10, 2), 2);
    const Fitted same = fitted("naive_bayes", constant, Json::object());
    QVERIFY(near(static_cast<double>(same.model->predict(constant.features, constant.split.train).probabilities(0, 0)),
                 0.5, 1e-6));
    const ProblemSet wide = problem_of(clumps(2, 50, 2, 1), in_turn(2, 2), 2);
    const Fitted two = fitted("naive_bayes", wide, Json::object());
    QCOMPARE(two.model->predict(wide.features, wide.split.train).labels, (std::vector<std::int32_t>{0, 1}));
  }

  void badInput() {
    ProblemSet problem = clump_problem(30, 3, 2, 1);
    try {
      fitted("naive_bayes", problem, {{"variant", "multinomial"}});
      QFAIL("negative counts were accepted");
    } catch (const DataError& error) {
      QVERIFY2(QString(error.what()).contains("negative") && QString(error.what()).contains("\"x"), error.what());
    }
    MatrixF values = clumps(30, 3, 2, 1);
    values(4, 2) = std::numeric_limits<float>::quiet_NaN();
    problem = problem_of(values, in_turn(30, 2), 2);
    try {
      fitted("naive_bayes", problem, Json::object());
      QFAIL("NaN was accepted");
    } catch (const DataError& error) {
      QVERIFY2(QString(error.what()).contains("Row 5") && QString(error.what()).contains("x3"), error.what());
    }
  }

  void tellsWhatItDoes() {
    const ProblemSet problem = clump_problem(300, 2, 3, 1);
    const Fitted run = fitted("naive_bayes", problem, Json::object());
    QVERIFY(QString::fromStdString(run.listener.last_text()).contains("Took in 300 of 300 rows"));
    QVERIFY(run.listener.last<Points>("border") && run.listener.last<Points>("border")->region);
    QVERIFY(run.listener.last<Matrix>("confusion"));
  }
};

QTEST_GUILESS_MAIN(TestNaiveBayes)
#include "test_naive_bayes.moc"
