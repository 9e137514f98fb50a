#include <QtTest>

#include "margin_runs.hpp"

using namespace gb;

class TestLinearSvm : public QObject {
  Q_OBJECT
 private slots:
  void asScikitLearn() {
    for (const Json& one : reference_cases("linear_svm")) {
      const ProblemSet problem = reference_problem(one["data"]);
      Json params = one["params"];
      params["tolerance"] = 1e-5;
      params["max_iterations"] = 200000;
      const Fitted run = fitted("linear_svm", problem, params);
      const std::string what = one["data"].get<std::string>() + one["params"].dump();
      if (one.contains("objective")) {
        const double objective = run.listener.series("train/objective").back();
        QVERIFY2(near(objective, one["objective"].get<double>(), 1e-4),
                 (what + " " + std::to_string(objective)).c_str());
      }
      const double agrees =
          agreement(label_text(run.model->predict(problem.features, all_rows(problem)).labels), one["labels"]);
      QVERIFY2(agrees >= 0.999, (what + " " + std::to_string(agrees)).c_str());
    }
  }

  /// The bytes of pictures give what the same numbers as floats give.
  void bytesAsFloats() {
    ProblemSet digits = reference_problem("digits");
    digits.split.train.resize(500);
    ProblemSet floats = digits;
    floats.features = Features(digits.features.dense(all_rows(digits)));
    floats.channels = floats.height = floats.width = 0;
    const Json params{{"c", 0.01}, {"tolerance", 1e-5}};
    const Fitted a = fitted("linear_svm", digits, params), b = fitted("linear_svm", floats, params);
    QVERIFY(near(a.listener.series("train/objective").back(), b.listener.series("train/objective").back(), 2e-5));
    ProblemSet shifted = digits;
    shifted.features = Features(SharedBytes(std::make_shared<std::vector<std::uint8_t>>(
                                    digits.features.bytes(), digits.features.bytes() + 500 * 784)),
                                500, 784, 2 / 255.0f, -1);
    ProblemSet shifted_floats = shifted;
    shifted_floats.channels = shifted_floats.height = shifted_floats.width = 0;
    shifted_floats.features = Features(shifted.features.dense(shifted.split.train));
    const Fitted c = fitted("linear_svm", shifted, params), d = fitted("linear_svm", shifted_floats, params);
    QVERIFY(near(c.listener.series("train/objective").back(), d.listener.series("train/objective").back(), 2e-5));
  }

  void sameBitsForAnyNumberOfThreads() {
    const ProblemSet problem = clump_problem(500, 20, 5, 3);
    const int before = threads();
    set_threads(1);
    const Fitted one = fitted("linear_svm", problem, Json::object());
    set_threads(3);
    const Fitted three = fitted("linear_svm", problem, Json::object());
    set_threads(before);
    QVERIFY(same_arrays(*one.model, *three.model));
  }

  void resumesInTheSameBits() {
    const Json params{{"loss", "hinge"}, {"tolerance", 1e-6}, {"max_iterations", 60}};
    QCOMPARE(resume_difference("linear_svm", clump_problem(300, 4, 3, 3), params, 5), std::string());
    QCOMPARE(resume_difference("linear_svm", clump_problem(300, 4, 2, 3), params, 5), std::string());
  }

  void stops() { QVERIFY(stops_well("linear_svm", clump_problem(300, 5, 3, 3), Json::object())); }

  void exported() {
    ExportCheck check;
    for (const char* data : {"iris", "breast_cancer"}) {
      const ProblemSet problem = reference_problem(data);
      QVERIFY(check.add(data, *fitted("linear_svm", problem, Json::object()).model, problem, all_rows(problem)) < 1e-4);
    }
    const std::string problem = check.onnxruntime();
    if (problem.starts_with("skip: ")) QSKIP(problem.c_str());
    QVERIFY2(problem.empty(), problem.c_str());
  }
  void exportedWithProof() { QVERIFY(proven_export("linear_svm", "wine", Json::object()) < 1e-4); }

  /// The probabilities are worth something: better than those of a softmax of the plain margins.
  void sharpnessIsFitted() {
    const ProblemSet problem = clump_problem(600, 4, 3, 2);
    const Fitted run = fitted("linear_svm", problem, Json::object());
    const auto probabilities = run.model->predict(problem.features, all_rows(problem)).probabilities;
    double loss = 0;
    for (Eigen::Index i = 0; i < probabilities.rows(); ++i)
      loss -= std::log(static_cast<double>(probabilities(i, i % 3))) / 600;
    const Fitted logistic = fitted("logistic_regression", problem, Json::object());
    const auto best = logistic.model->predict(problem.features, all_rows(problem)).probabilities;
    double least = 0;
    for (Eigen::Index i = 0; i < best.rows(); ++i) least -= std::log(static_cast<double>(best(i, i % 3))) / 600;
    QVERIFY2(loss < 1.25 * least, (std::to_string(loss) + " " + std::to_string(least)).c_str());
  }

  void oddData() {
    MatrixF values = clumps(60, 4, 2, 0.2);
    values.col(1).setConstant(7);
    values.col(2) = values.col(0);
    const ProblemSet problem = problem_of(values, in_turn(60, 2), 3);
    for (const char* loss : {"hinge", "squared_hinge"}) {
      const Fitted run = fitted("linear_svm", problem, {{"loss", loss}});
      const Prediction prediction = run.model->predict(problem.features, all_rows(problem));
      QCOMPARE(prediction.labels, in_turn(60, 2));
      QCOMPARE(prediction.probabilities.col(2).maxCoeff(), 0.0f);
    }
    const ProblemSet wide = problem_of(clumps(6, 900, 3, 1), in_turn(6, 3), 3);
    QCOMPARE(fitted("linear_svm", wide, Json::object()).model->predict(wide.features, wide.split.train).labels,
             in_turn(6, 3));
    const ProblemSet zero = problem_of(MatrixF::Zero(10, 3), in_turn(10, 2), 2);
    for (const char* loss : {"hinge", "squared_hinge"})
      QVERIFY(fitted("linear_svm", zero, {{"loss", loss}, {"intercept", false}})
                  .model->predict(zero.features, zero.split.train)
                  .probabilities.allFinite());
  }

  void badInput() {
    MatrixF values = clumps(30, 3, 2, 1);
    values(4, 2) = std::numeric_limits<float>::infinity();
    const ProblemSet problem = problem_of(values, in_turn(30, 2), 2);
    QVERIFY_EXCEPTION_THROWN(fitted("linear_svm", problem, Json::object()), DataError);
    for (const auto& spec : find_algorithm("linear_svm")->params)
      for (const auto& bad : bad_values(spec)) {
        const Json object{{spec.name, bad}};
        QVERIFY_EXCEPTION_THROWN(complete_params("linear_svm", object), ParamError);
      }
  }

  void tellsWhatItDoes() {
    const ProblemSet problem = clump_problem(300, 2, 3, 2);
    const Fitted run = fitted("linear_svm", problem, {{"loss", "hinge"}, {"c", 0.01}});
    const auto dual = run.listener.series("train/dual_objective"), primal = run.listener.series("train/objective");
    QVERIFY(dual.size() >= 2);
    for (std::size_t i = 1; i < dual.size(); ++i) QVERIFY(dual[i] >= dual[i - 1] - 1e-3 * std::abs(dual[i]));
    QVERIFY(primal.back() >= dual.back());
    QVERIFY2(primal.back() <= dual.back() * (1 + 1.1e-3), run.listener.last_text().c_str());
    QVERIFY(QString::fromStdString(run.listener.last_text()).contains("proven"));
    QVERIFY(run.listener.last<Points>("border"));
    // Few features: Newton's method settles it at the first look.
    const Fitted quick = fitted("linear_svm", problem, {{"c", 10}, {"tolerance", 1e-6}});
    QVERIFY2(quick.listener.series("train/dual_objective").size() <= 2, quick.listener.last_text().c_str());
  }
};

QTEST_GUILESS_MAIN(TestLinearSvm)
#include "test_linear_svm.moc"
