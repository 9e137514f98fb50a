#include "core/data/split.hpp"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <set>

#include "core/data/problem_set.hpp"

using namespace gb;

namespace {

/// A table whose target has `counts[c]` rows of class c, classes mixed.
Dataset classes_of(const std::vector<int>& counts) {
  std::vector<std::string> names;
  std::vector<std::int32_t> codes;
  for (std::size_t c = 0; c < counts.size(); ++c) names.push_back("c" + std::to_string(c));
  for (int round = 0; round < *std::max_element(counts.begin(), counts.end()); ++round)
    for (std::size_t c = 0; c < counts.size(); ++c)
      if (round < counts[c]) codes.push_back(static_cast<std::int32_t>(c));
  Dataset dataset;
  DataTable table;
  table.rows = codes.size();
  Column x;
  x.name = "x";
  for (std::size_t i = 0; i < codes.size(); ++i) x.numbers.push_back(static_cast<double>(i));
  table.columns = {x, categorical_column("y", names, codes)};
  dataset.content = table;
  dataset.target = "y";
  return dataset;
}

Column& target_of(Dataset& dataset) {
  return std::get<DataTable>(dataset.content).columns[1];
}

std::vector<int> count(const Dataset& dataset, const std::vector<std::int64_t>& rows) {
  const auto& column = *dataset.target_column();
  std::vector<int> counts(column.levels.size());
  for (const auto row : rows) ++counts[static_cast<std::size_t>(column.codes[static_cast<std::size_t>(row)])];
  return counts;
}

/// Every row in exactly one part, each part ascending.
bool is_partition(const Split& split, std::size_t rows) {
  std::set<std::int64_t> all;
  std::size_t total = 0;
  for (const auto part : {Part::train, Part::validation, Part::test}) {
    const auto& list = split.part(part);
    if (!std::is_sorted(list.begin(), list.end())) return false;
    all.insert(list.begin(), list.end());
    total += list.size();
  }
  return total == rows && all.size() == rows &&
         (all.empty() || (*all.begin() >= 0 && *all.rbegin() < static_cast<std::int64_t>(rows)));
}

}  // namespace

class TestSplit : public QObject {
  Q_OBJECT
 private slots:
  void stratified_data();
  void stratified();
  void deterministicAndSeeded();
  void unstratifiedShares();
  void clusteringUsesEveryRow();
  void clusteringWithAWishIsSplit();
  void broughtTestSetIsKept();
  void broughtValidationIsKept();
  void missingTargetsAreInNoPart();
  void regression();
  void zeroShares();
  void refusals_data();
  void refusals();
  void oneRowPerClassStaysForTraining();
};

void TestSplit::stratified_data() {
  QTest::addColumn<QList<int>>("counts");
  QTest::addColumn<double>("validation");
  QTest::addColumn<double>("test");
  QTest::newRow("even") << QList<int>{50, 50, 50} << 0.1 << 0.2;
  QTest::newRow("uneven") << QList<int>{97, 11, 3, 500} << 0.1 << 0.2;
  QTest::newRow("halves") << QList<int>{15, 15, 15, 15} << 0.1 << 0.1;
  QTest::newRow("large shares") << QList<int>{20, 31} << 0.3 << 0.45;
  QTest::newRow("inexact shares") << QList<int>{30, 70} << 0.1 << 0.3;
}

void TestSplit::stratified() {
  QFETCH(QList<int>, counts);
  QFETCH(double, validation);
  QFETCH(double, test);
  const auto dataset = classes_of({counts.begin(), counts.end()});
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto split = make_split(dataset, {{"validation", validation}, {"test", test}}, true, seed);
    QVERIFY(is_partition(split, dataset.rows()));
    const auto total = static_cast<double>(dataset.rows());
    QCOMPARE(static_cast<double>(split.test.size()), std::round(test * total));
    QCOMPARE(static_cast<double>(split.validation.size()), std::round(validation * total));
    const auto in_test = count(dataset, split.test);
    const auto in_validation = count(dataset, split.validation);
    for (int c = 0; c < counts.size(); ++c) {
      QVERIFY(std::abs(in_test[static_cast<std::size_t>(c)] - test * counts[c]) < 1);
      QVERIFY(std::abs(in_validation[static_cast<std::size_t>(c)] - validation * counts[c]) < 1);
    }
  }
}

void TestSplit::deterministicAndSeeded() {
  const auto dataset = classes_of({100, 100});
  const auto one = make_split(dataset, nullptr, true, 1);
  QCOMPARE(make_split(dataset, nullptr, true, 1).test, one.test);
  QCOMPARE(make_split(dataset, nullptr, true, 1).train, one.train);
  QVERIFY(make_split(dataset, nullptr, true, 2).test != one.test);
}

void TestSplit::unstratifiedShares() {
  const auto dataset = classes_of({60, 40});
  std::set<int> first_class;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto split = make_split(dataset, {{"stratified", false}}, true, seed);
    QVERIFY(is_partition(split, 100));
    QCOMPARE(split.test.size(), std::size_t{20});
    QCOMPARE(split.validation.size(), std::size_t{10});
    first_class.insert(count(dataset, split.test)[0]);
  }
  QVERIFY(first_class.size() > 1);
}

void TestSplit::clusteringUsesEveryRow() {
  auto dataset = classes_of({5, 5});
  target_of(dataset).codes[3] = -1;
  dataset.parts.assign(10, Part::test);
  const auto split = make_split(dataset, nullptr, false, 1);
  QCOMPARE(split.train.size(), std::size_t{10});
  QVERIFY(split.test.empty() && split.validation.empty());
}

void TestSplit::clusteringWithAWishIsSplit() {
  auto dataset = classes_of({50, 50});
  target_of(dataset).codes[3] = -1;
  const auto split = make_split(dataset, {{"test", 0.2}, {"validation", 0}}, false, 1);
  QVERIFY(is_partition(split, 100));
  QCOMPARE(split.test.size(), std::size_t{20});
  dataset.target.clear();
  QCOMPARE(make_split(dataset, {{"test", 0.2}, {"validation", 0}}, false, 1).test.size(), std::size_t{20});
}

void TestSplit::broughtTestSetIsKept() {
  auto dataset = classes_of({60, 60});
  dataset.parts.assign(120, Part::train);
  std::fill(dataset.parts.begin() + 100, dataset.parts.end(), Part::test);
  const auto split = make_split(dataset, {{"test", 0.5}, {"validation", 0.1}}, true, 1);
  QCOMPARE(split.test.size(), std::size_t{20});
  QCOMPARE(split.test.front(), std::int64_t{100});
  QCOMPARE(split.validation.size(), std::size_t{10});
  QCOMPARE(split.train.size(), std::size_t{90});
  QVERIFY(split.validation.back() < 100 && split.train.back() < 100);
}

void TestSplit::broughtValidationIsKept() {
  auto dataset = classes_of({50, 50});
  dataset.parts.assign(100, Part::train);
  dataset.parts[7] = Part::validation;
  const auto split = make_split(dataset, nullptr, true, 1);
  QCOMPARE(split.validation, (std::vector<std::int64_t>{7}));
  QCOMPARE(split.test.size(), std::size_t{20});
}

void TestSplit::missingTargetsAreInNoPart() {
  auto dataset = classes_of({20, 20});
  for (const std::size_t row : {0, 7, 39}) target_of(dataset).codes[row] = -1;
  const auto split = make_split(dataset, nullptr, true, 1);
  QCOMPARE(split.train.size() + split.validation.size() + split.test.size(), std::size_t{37});
  for (const auto part : {Part::train, Part::validation, Part::test})
    for (const auto row : split.part(part)) QVERIFY(row != 0 && row != 7 && row != 39);
}

void TestSplit::regression() {
  auto dataset = classes_of({50, 50});
  dataset.target = "x";
  std::get<DataTable>(dataset.content).columns[0].numbers[4] = std::nan("");
  const auto split = make_split(dataset, nullptr, true, 1);
  QCOMPARE(split.test.size(), std::size_t{20});
  QCOMPARE(split.train.size() + split.validation.size(), std::size_t{79});
}

void TestSplit::zeroShares() {
  const auto split = make_split(classes_of({5, 5}), {{"test", 0}, {"validation", 0}}, true, 1);
  QCOMPARE(split.train.size(), std::size_t{10});
}

void TestSplit::refusals_data() {
  QTest::addColumn<QString>("json");
  QTest::addColumn<QString>("field");
  QTest::newRow("negative") << R"({"test":-0.1})"
                            << "split.test";
  QTest::newRow("all") << R"({"test":0.6,"validation":0.5})"
                       << "split.test";
  QTest::newRow("unknown") << R"({"train":0.6})"
                           << "split.train";
  QTest::newRow("kind") << R"({"stratified":"yes"})"
                        << "split.stratified";
}

void TestSplit::refusals() {
  QFETCH(QString, json);
  QFETCH(QString, field);
  try {
    make_split(classes_of({5, 5}), Json::parse(json.toStdString()), true, 1);
    QFAIL("was not refused");
  } catch (const ParamError& error) {
    QCOMPARE(QString::fromStdString(error.field()), field);
  }
}

void TestSplit::oneRowPerClassStaysForTraining() {
  const auto dataset = classes_of({1, 1, 1, 30});
  const auto split = make_split(dataset, {{"test", 0.4}, {"validation", 0.4}}, true, 1);
  for (const int rows : count(dataset, split.train)) QVERIFY(rows >= 1);
}

QTEST_APPLESS_MAIN(TestSplit)
#include "test_split.moc"
