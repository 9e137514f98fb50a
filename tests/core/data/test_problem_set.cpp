#include "core/data/problem_set.hpp"

#include <QtTest>
#include <cmath>

using namespace gb;

namespace {

Dataset with_target(Column target) {
  Column x;
  x.name = "x";
  for (std::size_t i = 0; i < target.size(); ++i) x.numbers.push_back(static_cast<double>(i));
  Dataset dataset;
  DataTable table;
  table.rows = target.size();
  dataset.target = target.name;
  table.columns = {x, std::move(target)};
  dataset.content = std::move(table);
  return dataset;
}

Column numbers(std::vector<double> values, bool given = false) {
  Column column;
  column.name = "y";
  column.numbers = std::move(values);
  column.type_given = given;
  return column;
}

Column texts(std::vector<std::string> values) {
  Column column;
  column.name = "y";
  column.type = ColumnType::text;
  column.texts = std::move(values);
  return column;
}

std::vector<double> repeated(int distinct, int times, double step = 1) {
  std::vector<double> values;
  for (int t = 0; t < times; ++t)
    for (int d = 0; d < distinct; ++d) values.push_back(d * step);
  return values;
}

}  // namespace

class TestProblemSet : public QObject {
  Q_OBJECT
 private slots:
  void decidesTheTask_data();
  void decidesTheTask();
  void classesAndCodes();
  void unusedLevelsAreNoClasses();
  void missingTargets();
  void constants_data();
  void constants();
  void tooLargeTargets();
  void noTarget();
  void problemWithoutUsefulTarget();
  void oneClassAmongTheTrainingRows();
  void taskNames();
};

Q_DECLARE_METATYPE(gb::Column)

void TestProblemSet::decidesTheTask_data() {
  QTest::addColumn<Column>("target");
  QTest::addColumn<int>("classes");  // 0: regression
  QTest::newRow("few whole numbers") << numbers(repeated(3, 5)) << 3;
  QTest::newRow("twenty") << numbers(repeated(20, 3)) << 20;
  QTest::newRow("twenty-one") << numbers(repeated(21, 30)) << 0;
  QTest::newRow("whole, but rare") << numbers(repeated(10, 2)) << 0;
  QTest::newRow("fractions") << numbers(repeated(3, 5, 0.5)) << 0;
  QTest::newRow("said to be numbers") << numbers(repeated(3, 5), true) << 0;
  QTest::newRow("categorical") << categorical_column("y", {"b", "a"}, {0, 1, 0}) << 2;
  QTest::newRow("text") << texts({"b", "a", "c", "b"}) << 3;
  auto date = numbers(repeated(2, 9));
  date.type = ColumnType::date;
  QTest::newRow("date") << date << 0;
}

void TestProblemSet::decidesTheTask() {
  QFETCH(Column, target);
  QFETCH(int, classes);
  const auto made = make_target(with_target(target));
  QCOMPARE(made.task, classes > 0 ? Task::classification : Task::regression);
  QCOMPARE(static_cast<int>(made.classes.size()), classes);
  QCOMPARE(classes > 0 ? made.codes.size() : made.values.size(), target.size());
  QCOMPARE(made.name, std::string("y"));
}

void TestProblemSet::classesAndCodes() {
  const auto whole = make_target(with_target(numbers({10, 2, 2, 10, -1, 10, 2, -1, -1})));
  QCOMPARE(whole.classes, (std::vector<std::string>{"-1", "2", "10"}));
  QCOMPARE(whole.codes, (std::vector<std::int32_t>{2, 1, 1, 2, 0, 2, 1, 0, 0}));
  QVERIFY(whole.integer_classes);
  const auto levels = make_target(with_target(categorical_column("y", {"10", "9", "-1"}, {0, 1, 2, 0})));
  QCOMPARE(levels.classes, (std::vector<std::string>{"-1", "9", "10"}));
  QCOMPARE(levels.codes, (std::vector<std::int32_t>{2, 1, 0, 2}));
  QVERIFY(levels.integer_classes);
  const auto words = make_target(with_target(texts({"b", "a", "", "b"})));
  QCOMPARE(words.classes, (std::vector<std::string>{"a", "b"}));
  QCOMPARE(words.codes, (std::vector<std::int32_t>{1, 0, -1, 1}));
  QVERIFY(!words.integer_classes);
  QVERIFY(!make_target(with_target(categorical_column("y", {"1.5", "2"}, {0, 1}))).integer_classes);
}

void TestProblemSet::unusedLevelsAreNoClasses() {
  const auto target = make_target(with_target(categorical_column("y", {"a", "b", "c"}, {0, 2, 2})));
  QCOMPARE(target.classes, (std::vector<std::string>{"a", "c"}));
  QCOMPARE(target.codes, (std::vector<std::int32_t>{0, 1, 1}));
}

void TestProblemSet::missingTargets() {
  const auto target = make_target(with_target(numbers({1, std::nan(""), 2, 1, 2, 1, 2})));
  QCOMPARE(target.codes, (std::vector<std::int32_t>{0, -1, 1, 0, 1, 0, 1}));
  const auto values = make_target(with_target(numbers({1.5, std::nan(""), 2})));
  QCOMPARE(values.values[2], 2.0f);
  QVERIFY(std::isnan(values.values[1]));
}

void TestProblemSet::constants_data() {
  QTest::addColumn<Column>("target");
  QTest::addColumn<QString>("says");
  QTest::newRow("one class") << categorical_column("y", {"a"}, {0, 0}) << "only one class";
  QTest::newRow("one number") << numbers({3, 3, 3}) << "only one class";
  QTest::newRow("one fraction") << numbers({3.5, 3.5, std::nan("")}) << "same value";
  QTest::newRow("nothing") << numbers({std::nan(""), std::nan("")}) << "no values";
  QTest::newRow("no texts") << texts({"", ""}) << "no values";
  std::vector<std::string> many;
  for (int i = 0; i < 101; ++i) many.push_back(std::to_string(i) + "x");
  QTest::newRow("many texts") << texts(many) << "text";
}

void TestProblemSet::constants() {
  QFETCH(Column, target);
  QFETCH(QString, says);
  try {
    make_target(with_target(target));
    QFAIL("was not refused");
  } catch (const DataError& error) {
    QVERIFY2(QString(error.what()).contains(says) && QString(error.what()).contains("'y'"), error.what());
    QCOMPARE(error.field(), std::string("data.target"));
  }
}

void TestProblemSet::tooLargeTargets() {
  QVERIFY_EXCEPTION_THROWN(make_target(with_target(numbers({1.5, 1e300}))), DataError);
}

void TestProblemSet::noTarget() {
  auto dataset = with_target(numbers({1, 2}));
  dataset.target.clear();
  try {
    make_target(dataset);
    QFAIL("was not refused");
  } catch (const ParamError& error) {
    QCOMPARE(error.field(), std::string("data.target"));
    QVERIFY(QString::fromStdString(error.allowed()).contains("x, y"));
  }
}

void TestProblemSet::problemWithoutUsefulTarget() {
  for (auto dataset : {with_target(numbers({3, 3, 3})), with_target(numbers({1.5, 2, 3}))}) {
    Split split{{0, 1, 2}, {}, {}};
    const auto preparation = Preparation::fit(dataset, nullptr, split);
    const auto problem = make_problem(dataset, preparation, split);
    QCOMPARE(problem.target.has_value(), dataset.table()->columns[1].numbers[1] == 2);
    QCOMPARE(problem.feature_names, (std::vector<std::string>{"x"}));
    QCOMPARE(problem.split.train.size(), std::size_t{3});
    QVERIFY(!problem.is_images());
  }
}

void TestProblemSet::oneClassAmongTheTrainingRows() {
  const auto dataset = with_target(categorical_column("y", {"a", "b"}, {0, 0, 1, 1}));
  Split split{{0, 1}, {}, {2, 3}};
  const auto preparation = Preparation::fit(dataset, nullptr, split);
  QVERIFY_EXCEPTION_THROWN(make_problem(dataset, preparation, split), DataError);
}

void TestProblemSet::taskNames() {
  QCOMPARE(task_name(Task::classification), std::string_view("classification"));
  QCOMPARE(task_name(Task::regression), std::string_view("regression"));
  QCOMPARE(task_name(Task::clustering), std::string_view("clustering"));
}

QTEST_APPLESS_MAIN(TestProblemSet)
#include "test_problem_set.moc"
