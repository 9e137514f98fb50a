#include <QtTest>

#include "margin_runs.hpp"

using namespace gb;

namespace {

std::vector<std::int64_t> every(const ProblemSet& problem, std::int64_t stride) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < problem.features.rows(); i += stride) rows.push_back(i);
  return rows;
}

std::int64_t support_vectors(const Model& model) {
  return model.arrays()[0].shape[0];
}

}  // namespace

class TestSvm : public QObject {
  Q_OBJECT
 private slots:
  void asScikitLearn() {
    for (const Json& one : reference_cases("svm")) {
      const ProblemSet problem = reference_problem(one["data"]);
      const std::string what = one["data"].get<std::string>() + one["params"].dump();
      for (const bool shrinking : {true, false}) {
        Json params = one["params"];
        params["shrinking"] = shrinking;
        params["tolerance"] = 1e-5;
        const Fitted run = fitted("svm", problem, params);
        const Prediction prediction = run.model->predict(problem.features, all_rows(problem));
        if (one.contains("objective")) {
          const double objective = run.listener.series("train/dual_objective").back();
          QVERIFY2(near(objective, one["objective"].get<double>(), 1e-3),
                   (what + " " + std::to_string(objective)).c_str());
        }
        const auto support = static_cast<double>(support_vectors(*run.model));
        const auto expected_support = one["support"].get<double>();
        QVERIFY2(std::abs(support - expected_support) <= 2 + 0.02 * expected_support,
                 (what + " " + std::to_string(support)).c_str());
        if (one.contains("values")) {
          const auto expected = one["values"].get<std::vector<double>>();
          for (std::size_t i = 0; i < expected.size(); ++i)
            QVERIFY2(near(static_cast<double>(prediction.values[i]), expected[i], 1e-3), what.c_str());
          continue;
        }
        const double agrees = agreement(label_text(prediction.labels), one["labels"]);
        QVERIFY2(agrees >= 0.999, (what + " " + std::to_string(agrees)).c_str());
        // The default tolerance ends earlier: what changes lies at the border.
        params.erase("tolerance");
        const Fitted early = fitted("svm", problem, params);
        QVERIFY(agreement(label_text(early.model->predict(problem.features, all_rows(problem)).labels),
                          one["labels"]) >= 0.99);
        if (one.contains("objective"))
          QVERIFY(near(early.listener.series("train/dual_objective").back(), one["objective"].get<double>(), 1e-3));
      }
    }
  }

  /// With too little memory for the kernel matrix rows are made as they are needed: the same machine.
  void littleMemory() {
    const ProblemSet problem = clump_problem(900, 12, 2, 3);
    const Fitted rich = fitted("svm", problem, {{"c", 3}});
    const Fitted poor = fitted("svm", problem, {{"c", 3}, {"cache_mb", 1}});
    QVERIFY(near(poor.listener.series("train/dual_objective").back(),
                 rich.listener.series("train/dual_objective").back(), 1e-3));
    QVERIFY(agreement(label_text(rich.model->predict(problem.features, all_rows(problem)).labels),
                      label_text(poor.model->predict(problem.features, all_rows(problem)).labels)) >= 0.998);
  }

  void sameBitsForAnyNumberOfThreads() {
    const ProblemSet problem = clump_problem(500, 20, 5, 3);
    const int before = threads();
    set_threads(1);
    const Fitted one = fitted("svm", problem, Json::object());
    set_threads(3);
    const Fitted three = fitted("svm", problem, Json::object());
    set_threads(before);
    QCOMPARE(one.listener.series("train/dual_objective"), three.listener.series("train/dual_objective"));
    QVERIFY(same_arrays(*one.model, *three.model));
  }

  void resumesInTheSameBits() {
    QCOMPARE(resume_difference("svm", clump_problem(300, 4, 2, 3), {{"c", 10}}, 5), std::string());
    QCOMPARE(resume_difference("svm", clump_problem(300, 4, 4, 3), {{"c", 10}}, 5), std::string());
    QCOMPARE(resume_difference("svm", clump_problem(200, 4, 4, 3), {{"probability", true}}, 3), std::string());
    QCOMPARE(resume_difference("svm", clump_problem(800, 4, 2, 3), {{"c", 10}, {"cache_mb", 1}}, 5), std::string());
    QCOMPARE(resume_difference("svm", sum_problem(200, 4, 1), {{"c", 10}}, 5), std::string());
  }

  void stops() {
    QVERIFY(stops_well("svm", clump_problem(400, 5, 3, 3), Json::object()));
    QVERIFY(stops_well("svm", sum_problem(200, 4, 1), Json::object()));
  }

  void exported() {
    ExportCheck check;
    const ProblemSet wine = reference_problem("wine"), cancer = reference_problem("breast_cancer");
    for (const char* kernel : {"linear", "poly", "rbf", "sigmoid"}) {
      const Json params{{"kernel", kernel}, {"degree", 2}, {"coef0", 0.5}};
      const double gap = check.add(kernel, *fitted("svm", wine, params).model, wine, every(wine, 3));
      QVERIFY2(gap < 1e-4, (std::string(kernel) + " " + std::to_string(gap)).c_str());
    }
    QVERIFY(check.add("two", *fitted("svm", cancer, Json::object()).model, cancer, every(cancer, 9)) < 1e-4);
    const ProblemSet alcohol = reference_problem("alcohol");
    QVERIFY(check.add("alcohol", *fitted("svm", alcohol, Json::object()).model, alcohol, every(alcohol, 3)) < 1e-4);
    ProblemSet digits = reference_problem("digits");
    digits.split.train.resize(400);
    QVERIFY(check.add("digits", *fitted("svm", digits, Json::object()).model, digits, every(digits, 150)) < 1e-4);
    MatrixF values = clumps(60, 4, 3, 1);
    const ProblemSet absent = problem_of(values, in_turn(60, 3), 4);
    QVERIFY(check.add("absent", *fitted("svm", absent, Json::object()).model, absent, every(absent, 4)) < 1e-4);
    const std::string problem = check.onnxruntime();
    if (problem.starts_with("skip: ")) QSKIP(problem.c_str());
    QVERIFY2(problem.empty(), problem.c_str());
  }
  /// Platt's probabilities: calibrated, coupled, and the same in onnxruntime, whose operator couples them itself.
  void calibratedProbabilities() {
    ExportCheck check;
    const Json given{{"probability", true}, {"kernel", "linear"}};
    for (const int classes : {2, 3, 5}) {
      const ProblemSet problem = clump_problem(600, 6, classes, 2.5);
      const Fitted run = fitted("svm", problem, given);
      const auto probabilities = run.model->predict(problem.features, all_rows(problem)).probabilities;
      double loss = 0;
      for (Eigen::Index i = 0; i < probabilities.rows(); ++i) {
        QVERIFY(std::abs(probabilities.row(i).sum() - 1) < 1e-5f);
        loss -= std::log(static_cast<double>(probabilities(i, i % classes))) / 600;
      }
      const auto best = fitted("logistic_regression", problem, Json::object())
                            .model->predict(problem.features, all_rows(problem))
                            .probabilities;
      double least = 0;
      for (Eigen::Index i = 0; i < best.rows(); ++i) least -= std::log(static_cast<double>(best(i, i % classes))) / 600;
      QVERIFY2(loss < 1.1 * least + 0.01, (std::to_string(loss) + " " + std::to_string(least)).c_str());
      const double gap = check.add("linear" + std::to_string(classes), *run.model, problem, every(problem, 17));
      QVERIFY2(gap < 1e-4, std::to_string(gap).c_str());
    }
    const ProblemSet wine = reference_problem("wine");
    for (const char* kernel : {"rbf", "poly", "sigmoid"}) {
      const Fitted run = fitted("svm", wine, {{"probability", true}, {"kernel", kernel}});
      QVERIFY(check.add(kernel, *run.model, wine, every(wine, 3)) < 1e-4);
    }
    const std::string problem = check.onnxruntime();
    if (problem.starts_with("skip: ")) QSKIP(problem.c_str());
    QVERIFY2(problem.empty(), problem.c_str());
  }

  void exportedWithProof() {
    QVERIFY(proven_export("svm", "wine", Json::object()) < 1e-4);
    QVERIFY(proven_export("svm", "alcohol", Json::object()) < 1e-4);
  }

  /// Constant and doubled columns, more columns than rows, rows that are in both classes, one row of a class.
  void oddData() {
    MatrixF values = clumps(60, 4, 2, 0.1);
    values.col(1).setConstant(7);
    values.col(2) = values.col(0);
    const ProblemSet doubled = problem_of(values, in_turn(60, 2), 3);
    QCOMPARE(fitted("svm", doubled, Json::object()).model->predict(doubled.features, all_rows(doubled)).labels,
             in_turn(60, 2));
    const ProblemSet constant = problem_of(MatrixF::Constant(10, 3, 2), in_turn(10, 2), 2);
    for (const char* kernel : {"linear", "rbf", "poly"})
      QVERIFY(fitted("svm", constant, {{"kernel", kernel}})
                  .model->predict(constant.features, constant.split.train)
                  .probabilities.allFinite());
    const ProblemSet wide = problem_of(clumps(6, 900, 3, 1), in_turn(6, 3), 3);
    QCOMPARE(fitted("svm", wide, {{"kernel", "linear"}}).model->predict(wide.features, wide.split.train).labels,
             in_turn(6, 3));
    std::vector<std::int32_t> lonely(30, 0);
    lonely[7] = 1;
    const ProblemSet one = problem_of(clumps(30, 3, 2, 1), lonely, 2);
    QVERIFY(fitted("svm", one, {{"c", 100}}).model);
    const ProblemSet flat = problem_of(clumps(20, 3, 2, 1), std::vector<float>(20, 3.0f));
    const Fitted same = fitted("svm", flat, Json::object());
    QVERIFY(near(static_cast<double>(same.model->predict(flat.features, flat.split.train).values[3]), 3, 0.1));
  }

  void badInput() {
    MatrixF values = clumps(30, 3, 2, 1);
    values(4, 2) = std::numeric_limits<float>::infinity();
    const ProblemSet problem = problem_of(values, in_turn(30, 2), 2);
    QVERIFY_EXCEPTION_THROWN(fitted("svm", problem, Json{{"gamma", 1}}), DataError);
    for (const auto& spec : find_algorithm("svm")->params)
      for (const auto& bad : bad_values(spec)) {
        const Json object{{spec.name, bad}};
        QVERIFY_EXCEPTION_THROWN(complete_params("svm", object), ParamError);
      }
  }

  void tellsWhatItDoes() {
    const ProblemSet problem = clump_problem(300, 2, 2, 2);
    const Fitted run = fitted("svm", problem, Json::object());
    const auto objectives = run.listener.series("train/dual_objective");
    QVERIFY(objectives.size() > 2);
    for (std::size_t i = 1; i < objectives.size(); ++i) QVERIFY(objectives[i] <= objectives[i - 1] + 1e-9);
    QVERIFY(run.listener.series("train/violation").size() + 1 == objectives.size());
    const auto border = run.listener.last<Points>("border");
    QVERIFY(border);
    QCOMPARE(static_cast<std::int64_t>(std::ranges::count(border->marked, 1)), support_vectors(*run.model));
    QVERIFY(QString::fromStdString(run.listener.last_text()).contains("support vectors"));
    const Fitted cut = fitted("svm", problem, {{"max_iterations", 3}});
    QVERIFY(QString::fromStdString(cut.listener.last_text()).contains("used up"));
    // What the data decided is written down.
    const Json settled = settled_params("svm", problem, Json::object());
    QVERIFY(settled["gamma"].is_number());
  }
};

QTEST_GUILESS_MAIN(TestSvm)
#include "test_svm.moc"
