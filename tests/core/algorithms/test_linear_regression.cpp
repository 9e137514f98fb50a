#include <QtTest>

#include "margin_runs.hpp"

using namespace gb;

namespace {

/// The rows that tests/reference/margins.py makes of the wines: as they are, with doubled and constant columns, or so
/// few that there are more columns.
ProblemSet wines(const std::string& data) {
  ProblemSet problem = reference_problem("alcohol");
  if (data == "alcohol wide") problem.split.train.resize(9);
  if (data == "alcohol doubled") {
    const MatrixF values = problem.features.dense(all_rows(problem));
    MatrixF wider(values.rows(), values.cols() + 4);
    wider << values, values.leftCols(3), MatrixF::Ones(values.rows(), 1);
    problem.features = Features(std::move(wider));
  }
  return problem;
}

}  // namespace

class TestLinearRegression : public QObject {
  Q_OBJECT
 private slots:
  void asScikitLearn() {
    for (const Json& one : reference_cases("linear_regression")) {
      const ProblemSet problem = wines(one["data"]);
      Json params = one["params"];
      params["tolerance"] = 1e-12;
      params["max_iterations"] = 1000000;
      const Fitted run = fitted("linear_regression", problem, params);
      const std::string what = one["data"].get<std::string>() + one["params"].dump();
      const auto expected = one["values"].get<std::vector<double>>();
      const auto values = run.model->predict(problem.features, problem.split.train).values;
      for (std::size_t i = 0; i < expected.size(); ++i)
        QVERIFY2(near(static_cast<double>(values[i]), expected[i], 1e-5),
                 (what + " " + std::to_string(values[i])).c_str());
      const auto arrays = run.model->arrays();
      QVERIFY(near(static_cast<double>(arrays[1].values[0]), one["intercept"].get<double>(), 1e-4));
      // Of the lasso's weights of doubled columns only the sum is determined.
      const std::string penalty = params.value("penalty", "none");
      if (one["data"] == "alcohol doubled" && penalty == "lasso") continue;
      const auto weights = one["weights"].get<std::vector<double>>();
      for (std::size_t j = 0; j < weights.size(); ++j)
        QVERIFY2(std::abs(static_cast<double>(arrays[0].values[j]) - weights[j]) < 2e-4,
                 (what + " weight " + std::to_string(j) + " " + std::to_string(arrays[0].values[j])).c_str());
    }
  }

  void manyRowsInBlocks() {
    const ProblemSet problem = sum_problem(9000, 7, 0.01);
    const Fitted run = fitted("linear_regression", problem, Json::object());
    for (std::size_t j = 0; j < 7; ++j)
      QVERIFY(std::abs(static_cast<double>(run.model->arrays()[0].values[j]) - (static_cast<double>(j % 5) - 2)) <
              2e-3);
    QVERIFY(near(static_cast<double>(run.model->arrays()[1].values[0]), 3, 1e-3));
  }

  void sameBitsForAnyNumberOfThreads() {
    const ProblemSet problem = sum_problem(3000, 17, 1);
    const int before = threads();
    set_threads(1);
    const Fitted one = fitted("linear_regression", problem, Json::object());
    set_threads(3);
    const Fitted three = fitted("linear_regression", problem, Json::object());
    set_threads(before);
    QVERIFY(same_arrays(*one.model, *three.model));
  }

  void resumesInTheSameBits() {
    QCOMPARE(resume_difference("linear_regression", wines("alcohol"),
                               {{"penalty", "lasso"}, {"alpha", 0.001}, {"tolerance", 1e-12}}, 5),
             std::string());
  }

  void stops() {
    QVERIFY(stops_well("linear_regression", wines("alcohol"), Json::object()));
    QVERIFY(stops_well("linear_regression", wines("alcohol"), {{"penalty", "lasso"}, {"alpha", 0.001}}));
  }

  void exported() {
    ExportCheck check;
    const ProblemSet problem = wines("alcohol");
    QVERIFY(check.add("ols", *fitted("linear_regression", problem, Json::object()).model, problem, all_rows(problem)) <
            1e-5);
    const std::string difference = check.onnxruntime();
    if (difference.starts_with("skip: ")) QSKIP(difference.c_str());
    QVERIFY2(difference.empty(), difference.c_str());
    QVERIFY(proven_export("linear_regression", "alcohol", Json::object()) < 1e-4);
  }

  void oddData() {
    for (const char* penalty : {"none", "ridge", "lasso", "elastic_net"}) {
      const ProblemSet constant =
          problem_of(MatrixF::Constant(10, 3, 2), std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
      const Fitted run = fitted("linear_regression", constant, {{"penalty", penalty}});
      QVERIFY(
          near(static_cast<double>(run.model->predict(constant.features, constant.split.train).values[2]), 5.5, 1e-6));
      const ProblemSet one = problem_of(clumps(1, 3, 2, 1), std::vector<float>{4});
      QVERIFY(near(static_cast<double>(fitted("linear_regression", one, {{"penalty", penalty}})
                                           .model->predict(one.features, one.split.train)
                                           .values[0]),
                   4, 1e-6));
    }
    // Columns of very different sizes.
    MatrixF values = clumps(200, 3, 2, 1);
    std::vector<float> targets;
    for (Eigen::Index i = 0; i < 200; ++i) targets.push_back(values(i, 0) + 2 * values(i, 1) - values(i, 2));
    values.col(0) *= 1e6f;
    values.col(2) *= 1e-6f;
    const ProblemSet uneven = problem_of(values, targets);
    const auto found =
        fitted("linear_regression", uneven, Json::object()).model->predict(uneven.features, uneven.split.train).values;
    for (std::size_t i = 0; i < targets.size(); ++i) QVERIFY(std::abs(found[i] - targets[i]) < 1e-3f);
  }

  void badInput() {
    MatrixF values = clumps(30, 3, 2, 1);
    values(4, 2) = std::numeric_limits<float>::infinity();
    const ProblemSet problem = problem_of(values, std::vector<float>(30, 1));
    QVERIFY_EXCEPTION_THROWN(fitted("linear_regression", problem, Json::object()), DataError);
    for (const auto& spec : find_algorithm("linear_regression")->params)
      for (const auto& bad : bad_values(spec)) {
        const Json object{{spec.name, bad}};
        QVERIFY_EXCEPTION_THROWN(complete_params("linear_regression", object), ParamError);
      }
  }

  void tellsWhatItDoes() {
    const ProblemSet problem = wines("alcohol doubled");
    const Fitted run = fitted("linear_regression", problem, Json::object());
    QVERIFY(QString::fromStdString(run.listener.last_text()).contains("Only 12 of the 16 features"));
    QVERIFY(run.listener.last<Points>("fit"));
    const auto chart = run.listener.last<Chart>("weights");
    QVERIFY(chart && chart->names.size() == 16 && chart->lines[0].y.size() == 16);
    for (std::size_t i = 1; i < 16; ++i) QVERIFY(std::abs(chart->lines[0].y[i]) <= std::abs(chart->lines[0].y[i - 1]));
    const Fitted lasso = fitted("linear_regression", problem, {{"penalty", "lasso"}, {"alpha", 0.1}});
    QVERIFY(QString::fromStdString(lasso.listener.last_text()).contains("weights are zero"));
  }
};

QTEST_GUILESS_MAIN(TestLinearRegression)
#include "test_linear_regression.moc"
