#include <QtTest>

#include "core/data/mutual_information.hpp"
#include "core/data/problem_set.hpp"
#include "prepare_tables.hpp"

using namespace gb;

namespace {

Dataset letters_and_answers(const Json& one) {
  std::vector<Column> columns{categories("k", one["letters"].get<std::vector<std::string>>())};
  if (one["answers"][0].is_number())
    columns.push_back(numeric("y", one["answers"].get<std::vector<double>>()));
  else
    columns.push_back(categories("y", one["answers"].get<std::vector<std::string>>()));
  return table_of(columns, "y");
}

Dataset columns_and_answers(const Json& columns, const Json& answers, bool classes) {
  std::vector<Column> all;
  for (std::size_t i = 0; i < columns.size(); ++i)
    all.push_back(numeric("x" + std::to_string(i), columns[i].get<std::vector<double>>()));
  if (classes) {
    std::vector<std::string> names;
    for (const Json& answer : answers) names.push_back("class " + std::to_string(answer.get<int>()));
    all.push_back(categories("y", names));
  } else {
    all.push_back(numeric("y", answers.get<std::vector<double>>()));
    all.back().type_given = true;
  }
  return table_of(all, "y");
}

/// The columns that a selecting step leaves out one after another, the last one to stay first.
std::vector<int> ranking(const Dataset& data, std::size_t count, const char* step) {
  std::vector<int> ranks(count, 0);
  for (std::size_t keep = 1; keep <= count; ++keep) {
    Split split = first_rows(data.rows());
    const Json steps = Json::array({Json{{"step", step}, {"keep", keep}}});
    const auto preparation = Preparation::fit(data, steps, split);
    for (const auto& name : preparation.feature_names()) {
      auto& rank = ranks[std::stoul(name.substr(1))];
      if (rank == 0) rank = static_cast<int>(keep);
    }
  }
  return ranks;
}

}  // namespace

/// Steps that look at the target: target encoding and selection.
class TestPrepareTarget : public QObject {
  Q_OBJECT
 private slots:
  void targetAsScikitLearn() {
    const auto seen = table_of({categories("k", {"a", "b", "c", "d", "e", "f", "z"})});
    for (const Json& one : prepare_reference()["target"]) {
      const auto data = letters_and_answers(one);
      const std::string name = one["name"].get<std::string>();
      for (const auto& [field, steps] :
           {std::pair{"auto", R"([{"step":"target"}])"}, std::pair{"smooth", R"([{"step":"target","smooth":12.5}])"},
            std::pair{"bare", R"([{"step":"target","smooth":0}])"}}) {
        const auto preparation = fitted(data, steps);
        const auto values = values_of(preparation, seen);
        QCOMPARE(static_cast<std::size_t>(values.cols()), one[field][0].size());
        for (Eigen::Index column = 0; column < values.cols(); ++column) {
          Json expected = Json::array();
          for (const Json& row : one[field]) expected.push_back(row[static_cast<std::size_t>(column)]);
          const double gap = largest_gap(values, column, expected);
          QVERIFY2(gap < 1e-6, qPrintable(QString::fromStdString(name) + " " + field + ": " + QString::number(gap)));
        }
      }
    }
    const auto three = fitted(letters_and_answers(prepare_reference()["target"][2]), R"([{"step":"target"}])");
    QCOMPARE(three.feature_names(), (std::vector<std::string>{"k_x", "k_y", "k_z"}));
  }

  /// A training row's code is what the other folds say: that of an encoding fitted without its fold.
  void trainingRowsAreEncodedOutOfFold() {
    for (const Json& one : prepare_reference()["target"]) {
      const auto data = letters_and_answers(one);
      const auto preparation = fitted(data, R"([{"step":"target"}])");
      const auto learnt = learnt_from(preparation, data);
      const auto& fold_of = *std::get<FittedLevelNumbers>(preparation.steps().at(0)).fold_of_row;
      for (std::int8_t fold = 0; fold < 5; ++fold) {
        Split others;
        for (std::size_t row = 0; row < fold_of.size(); ++row)
          if (fold_of[row] != fold) others.train.push_back(static_cast<std::int64_t>(row));
        QVERIFY(others.train.size() >= fold_of.size() * 7 / 10 && others.train.size() < fold_of.size());
        const auto alone = values_of(Preparation::fit(data, Json::parse(R"([{"step":"target"}])"), others), data);
        for (std::size_t row = 0; row < fold_of.size(); ++row)
          if (fold_of[row] == fold) {
            const auto at = static_cast<Eigen::Index>(row);
            QVERIFY((learnt.row(at) - alone.row(at)).cwiseAbs().maxCoeff() < 1e-6F);
          }
      }
    }
  }

  /// With a category per row nothing can be learnt, and nothing may look as if it could.
  void aCategoryPerRowDoesNotLeak() {
    std::vector<std::string> names, answers;
    for (int i = 0; i < 60; ++i) {
      names.push_back("id " + std::to_string(i));
      answers.push_back(i * 7 % 13 < 6 ? "yes" : "no");
    }
    const auto data = table_of({categories("id", names), categories("y", answers)}, "y");
    const auto preparation = fitted(data, R"([{"step":"target","smooth":0}])");
    const auto full = values_of(preparation, data), learnt = learnt_from(preparation, data);
    Split split = first_rows(60);
    const auto problem = make_problem(data, preparation, std::move(split));
    QVERIFY(all_of(problem.features) == learnt);
    for (Eigen::Index row = 0; row < 60; ++row) {
      QCOMPARE(full(row, 0), answers[static_cast<std::size_t>(row)] == "yes" ? 1.0F : 0.0F);
      QVERIFY(learnt(row, 0) > 0.4F && learnt(row, 0) < 0.55F);  // the mean of the other folds
    }
  }

  void onlyTrainingTargetsAreSeen() {
    auto data = letters_and_answers(prepare_reference()["target"][0]);
    const std::size_t train = 80;
    for (const char* steps : {R"([{"step":"target"},{"step":"standardize"}])",
                              R"([{"step":"one_hot"},{"step":"select_information","keep":3}])",
                              R"([{"step":"one_hot"},{"step":"select_recursive","keep":3}])"}) {
      const auto before = fitted(data, steps, first_rows(train));
      auto changed = data;
      auto& y = std::get<DataTable>(changed.content).columns.back().numbers;
      for (std::size_t row = train; row < y.size(); ++row) y[row] = 1000 + static_cast<double>(row);
      const auto after = fitted(changed, steps, first_rows(train));
      QCOMPARE(after.feature_names(), before.feature_names());
      QVERIFY(learnt_from(after, changed) == learnt_from(before, data));
    }
  }

  void targetOfLittle() {
    const auto data = table_of({categories("k", {"a", "b", "", "a"}), numeric("y", {1, 2.5, 3, 4})}, "y");
    const auto one = values_of(fitted(data, R"([{"step":"target","smooth":1}])", first_rows(1)), data);
    QCOMPARE(one(0, 0), 1.0F);
    QCOMPARE(one(1, 0), 1.0F);  // unseen: the mean of all
    const auto kept = values_of(fitted(data, R"([{"step":"keep_missing"},{"step":"target"}])"), data);
    QVERIFY(std::isnan(kept(2, 0)) && !std::isnan(kept(0, 0)));
  }

  void informationAsScikitLearn() {
    for (const Json& one : prepare_reference()["information"]) {
      const auto answers = one["answers"].get<std::vector<double>>();
      std::vector<std::int32_t> classes;
      for (const double answer : answers) classes.push_back(static_cast<std::int32_t>(answer));
      const bool is_classes = one["name"].get<std::string>().find("from") == std::string::npos;
      for (std::size_t i = 0; i < one["columns"].size(); ++i) {
        const auto values = one["columns"][i].get<std::vector<double>>();
        const double score =
            is_classes ? information_of_classes(values, classes, 3) : information_of_numbers(values, answers, 3);
        const double expected = one["scores"][i].get<double>();
        // Equal values are told apart by noise, there as here.
        QVERIFY2(std::abs(score - expected) < 0.04,
                 qPrintable(QString("%1 %2: %3, expected %4")
                                .arg(QString::fromStdString(one["name"].get<std::string>()))
                                .arg(i)
                                .arg(score)
                                .arg(expected)));
      }
    }
    // Codes: one tells all of the other, or nothing.
    const std::vector<std::int32_t> a{0, 0, 1, 1}, b{1, 1, 0, 0}, c{0, 1, 0, 1};
    QVERIFY(std::abs(information_of_codes(a, b) - std::log(2)) < 1e-12);
    QCOMPARE(information_of_codes(a, c), 0.0);
  }

  void selectionByInformation() {
    const Json one = prepare_reference()["information"][0];
    const auto data = columns_and_answers(one["columns"], one["answers"], true);
    QCOMPARE(fitted(data, R"([{"step":"select_information","keep":2}])").feature_names(),
             (std::vector<std::string>{"x2", "x3"}));
    const auto half = fitted(data, R"([{"step":"select_information"}])");
    QCOMPARE(half.feature_names(), (std::vector<std::string>{"x2", "x3"}));
    QCOMPARE(half.source_columns().size(), std::size_t{2});
    QCOMPARE(half.problems().size(), std::size_t{1});
    QVERIFY(half.problems()[0].message.starts_with("select_information keeps 2 of 4 columns: x"));
  }

  void chi2AsScikitLearn() {
    const Json one = prepare_reference()["selection"];
    const auto data = columns_and_answers(one["columns"], one["classes"], true);
    const auto scores = one["chi2"].get<std::vector<double>>();
    std::vector<int> expected(scores.size());
    for (std::size_t i = 0; i < scores.size(); ++i)
      expected[i] = static_cast<int>(
          std::count_if(scores.begin(), scores.end(), [&](double other) { return other >= scores[i]; }));
    QCOMPARE(ranking(data, scores.size(), "select_chi2"), expected);
    const auto preparation = fitted(data, R"([{"step":"select_chi2","keep":1}])");
    QVERIFY2(preparation.problems()[0].message.find("x12 (1.654e+04") != std::string::npos,
             preparation.problems()[0].message.c_str());
  }

  void eliminationAsScikitLearn() {
    const Json one = prepare_reference()["selection"];
    const auto classes = columns_and_answers(one["columns"], one["classes"], true);
    QCOMPARE(ranking(classes, one["columns"].size(), "select_recursive"), one["ranking"].get<std::vector<int>>());
    Json others = one["columns"];
    others.erase(0);
    const auto numbers = columns_and_answers(others, one["columns"][0], false);
    QCOMPARE(ranking(numbers, others.size(), "select_recursive"), one["ranking_of_alcohol"].get<std::vector<int>>());
  }

  void severalAtATime() {
    const Json one = prepare_reference()["selection"];
    const auto data = columns_and_answers(one["columns"], one["classes"], true);
    const auto preparation = fitted(data, R"([{"step":"select_recursive","keep":4,"per_round":6}])");
    QCOMPARE(preparation.feature_names().size(), std::size_t{4});
  }

  /// Categories are judged level by level, encoded by whatever step is added for them.
  void selectionOfLevels() {
    const auto data =
        table_of({categories("k", {"a", "b", "c", "a", "b", "c", "a", "b"}), numeric("noise", {1, 2, 2, 1, 1, 2, 1, 2}),
                  categories("y", {"p", "q", "q", "p", "q", "q", "p", "q"})},
                 "y");
    for (const char* steps : {R"([{"step":"select_information","keep":1}])", R"([{"step":"select_chi2","keep":1}])",
                              R"([{"step":"select_recursive","keep":1}])"}) {
      const auto preparation = fitted(data, steps);
      QCOMPARE(preparation.feature_names(), (std::vector<std::string>{"k=a"}));
      QCOMPARE(preparation.source_columns().size(), std::size_t{1});
      QCOMPARE(preparation.completed_steps()[0], (Json{{"step", "one_hot"}}));
      QVERIFY(values_of(preparation, table_of({categories("k", {"a", "new", "c"})})) == (MatrixF{{1}, {0}, {0}}));
    }
    // What is kept of one column does not need another one.
    const auto limited = fitted(data, R"([{"step":"select_chi2","keep":1,"columns":["noise"]}])");
    QCOMPARE(limited.feature_names(), (std::vector<std::string>{"k=a", "k=b", "k=c", "noise"}));
  }

  void selectionOfLittle() {
    const auto constant = table_of(
        {numeric("a", {1, 1, 1, 1}), numeric("b", {1, 2, none, 4}), categories("y", {"p", "p", "q", "q"})}, "y");
    for (const char* steps : {R"([{"step":"keep_missing"},{"step":"select_information","keep":1}])",
                              R"([{"step":"keep_missing"},{"step":"select_chi2","keep":1}])",
                              R"([{"step":"keep_missing"},{"step":"select_recursive","keep":1}])"})
      QCOMPARE(fitted(constant, steps).feature_names(), (std::vector<std::string>{"b"}));
    // More than there are stay as they are; one training row says nothing of any.
    QCOMPARE(fitted(constant, R"([{"step":"select_recursive","keep":9}])").feature_names().size(), std::size_t{2});
    for (const char* steps : {R"([{"step":"select_information","keep":1}])", R"([{"step":"select_chi2","keep":1}])"})
      QCOMPARE(fitted(constant, steps, first_rows(1)).feature_names(), (std::vector<std::string>{"a"}));
    QCOMPARE(fitted(constant, R"([{"step":"select_recursive","keep":1}])", first_rows(1)).feature_names(),
             (std::vector<std::string>{"b"}));
  }

  void refusals() {
    const auto without = table_of({numeric("x", {1, 2, 3}), categories("k", {"p", "q", "p"})});
    const auto says = [&](const Dataset& dataset, const char* steps, const char* what) {
      const QString text = refusal(dataset, steps);
      QVERIFY2(text.contains(what), qPrintable(text));
    };
    for (const char* step : {"target", "select_information", "select_chi2", "select_recursive"}) {
      const std::string steps = Json::array({Json{{"step", step}}}).dump();
      says(without, steps.c_str(), "which needs answers, but the data names no target");
    }
    const auto numbers = table_of({numeric("x", {1, 2, 3}), numeric("y", {0.5, 1.5, 9})}, "y");
    says(numbers, R"([{"step":"select_chi2"}])", "compares classes, but the target is a number");
    says(numbers, R"([{"step":"target"}])", "which is for categorical columns, and there is none here");
    says(numbers, R"([{"step":"select_information","keep":0}])", "prepare[0].keep");
    says(numbers, R"([{"step":"select_recursive","keep":1.5}])", "must be a whole number, or a share below 1");
    says(numbers, R"([{"step":"select_recursive","columns":["y"]}])", "is \"y\", which is the target");
    const auto negative = table_of({numeric("x", {1, -2, 3}), categories("y", {"p", "q", "p"})}, "y");
    says(negative, R"([{"step":"select_chi2"}])", "The column 'x' holds -2, but select_chi2");
    const auto huge = table_of({numeric("x", {1, 1e200, 3}), categories("y", {"p", "q", "p"})}, "y");
    for (const char* step : {"select_information", "select_chi2", "select_recursive"}) {
      const std::string steps = Json::array({Json{{"step", step}}}).dump();
      says(huge, steps.c_str(), "which is too large for");
    }
    says(without, R"([{"step":"target"},{"step":"one_hot"}])", "prepare[0] encodes every category already");
  }

  void completedStepsRepeatThemselves() {
    const auto data = letters_and_answers(prepare_reference()["target"][2]);
    const auto first = fitted(data, R"([{"step":"target","folds":3},{"step":"select_information","keep":2}])");
    Split again = first_rows(data.rows());
    const auto second = Preparation::fit(data, first.completed_steps(), again);
    QCOMPARE(second.completed_steps(), first.completed_steps());
    QVERIFY(learnt_from(second, data) == learnt_from(first, data));
  }
};

QTEST_APPLESS_MAIN(TestPrepareTarget)
#include "test_prepare_target.moc"
