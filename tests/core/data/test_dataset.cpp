#include "core/data/dataset.hpp"

#include <QtTest>
#include <cmath>
#include <limits>

#include "core/data/cell_text.hpp"
#include "core/data/number_text.hpp"

using namespace gb;

class TestDataset : public QObject {
  Q_OBJECT
 private slots:
  void numberTexts_data();
  void numberTexts();
  void parsesNumbers_data();
  void parsesNumbers();
  void dateTexts();
  void levelsAreOrdered();
  void cellsAndMissing();
  void fingerprintSeesEverything();
  void missingMarkers();
};

void TestDataset::numberTexts_data() {
  QTest::addColumn<double>("value");
  QTest::addColumn<QString>("text");
  QTest::newRow("zero") << 0.0 << "0";
  QTest::newRow("tenth") << 0.1 << "0.1";
  QTest::newRow("third") << 1.0 / 3 << "0.3333333333333333";
  QTest::newRow("round") << 100000.0 << "100000";
  QTest::newRow("large") << 123456789012345.0 << "123456789012345";
  QTest::newRow("huge") << 1e22 << "1e+22";
  QTest::newRow("small") << 1.5e-7 << "1.5e-07";
  QTest::newRow("negative") << -2.5 << "-2.5";
}

void TestDataset::numberTexts() {
  QFETCH(double, value);
  QFETCH(QString, text);
  QCOMPARE(QString::fromStdString(number_text(value)), text);
  QCOMPARE(parse_number(text.toStdString()).value(), value);
}

void TestDataset::parsesNumbers_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QChar>("decimal");
  QTest::addColumn<double>("value");  // NaN: no number
  const double none = std::nan("");
  const auto row = [](const QString& text, char decimal, double value) {
    QTest::addRow("%s with %c", qPrintable(text), decimal) << text << QChar(decimal) << value;
  };
  row("1", '.', 1);
  row("+1.5", '.', 1.5);
  row("1e3", '.', 1000);
  row("1,5", ',', 1.5);
  row("-1,5e-3", ',', -0.0015);
  row("1.5", ',', none);
  row("1,5", '.', none);
  row("", '.', none);
  row("+", '.', none);
  row("+-1", '.', none);
  row("1 2", '.', none);
  row("1x", '.', none);
  row("0x10", '.', none);
  row("1e", '.', none);
  row("nan(1)", '.', none);
  row("inf", '.', HUGE_VAL);
  row("1e400", '.', HUGE_VAL);
  row("-1e400", '.', -HUGE_VAL);
  row("1e-400", '.', 0);
}

void TestDataset::parsesNumbers() {
  QFETCH(QString, text);
  QFETCH(QChar, decimal);
  QFETCH(double, value);
  const auto number = parse_number(text.toStdString(), decimal.toLatin1());
  QCOMPARE(number.has_value(), !std::isnan(value));
  if (number) QVERIFY(*number == value);
}

void TestDataset::dateTexts() {
  for (const char* text :
       {"1970-01-01", "2024-02-29", "1900-03-01", "0001-01-01", "1969-12-31T23:59:59", "2024-02-29T12:00:01"}) {
    const auto date = parse_date(text);
    QVERIFY(date.has_value());
    QCOMPARE(date_text(date->days(year_month_day)), std::string(text));
  }
  QCOMPARE(parse_date("2024-01-01T01:00:00+01:00")->days(year_month_day),
           parse_date("2024-01-01")->days(year_month_day));
  for (const char* text : {"2024-1", "2024-02-30", "24-1-2", "1/2/24", "2024-01/02", "2024-01-01T25:00", "2024-01-01x",
                           "20240101", "1.2.3.4", "2024-13-01", "2024-01-01T10:00+99:00"})
    QVERIFY2(!parse_date(text), text);
}

void TestDataset::levelsAreOrdered() {
  const auto numbers = categorical_column("c", {"10", "9", "-1", "1e1"}, {0, 1, 2, 3, -1});
  QCOMPARE(numbers.levels, (std::vector<std::string>{"-1", "9", "10", "1e1"}));
  QCOMPARE(numbers.codes, (std::vector<std::int32_t>{2, 1, 0, 3, -1}));
  QVERIFY(!numbers.integer_levels());
  const auto words = categorical_column("c", {"b", "10", "9"}, {0, 1, 2});
  QCOMPARE(words.levels, (std::vector<std::string>{"10", "9", "b"}));
  QVERIFY(categorical_column("c", {"3", "-4"}, {}).integer_levels());
  QVERIFY(!categorical_column("c", {}, {}).integer_levels());
}

void TestDataset::cellsAndMissing() {
  Column number;
  number.numbers = {1.5, std::nan("")};
  QCOMPARE(number.cell(0), std::string("1.5"));
  QVERIFY(number.missing(1) && number.cell(1).empty());
  QCOMPARE(number.missing_count(), std::size_t{1});
  Column text;
  text.type = ColumnType::text;
  text.texts = {"", "a"};
  QCOMPARE(text.size(), std::size_t{2});
  QVERIFY(text.missing(0));
  const auto category = categorical_column("c", {"x"}, {-1, 0});
  QCOMPARE(category.missing_count(), std::size_t{1});
  QCOMPARE(category.cell(1), std::string("x"));
}

void TestDataset::fingerprintSeesEverything() {
  ImageSet set{2, 1, 1, 2, std::make_shared<const std::vector<std::uint8_t>>(std::vector<std::uint8_t>{1, 2, 3, 4})};
  Dataset images;
  images.content = set;
  images.labels = categorical_column("l", {"0", "1"}, {0, 1});
  const auto first = fingerprint_of(images);
  auto other = images;
  std::get<ImageSet>(other.content).height = 2;
  std::get<ImageSet>(other.content).width = 1;
  QVERIFY(fingerprint_of(other) != first);
  other = images;
  other.labels.codes[0] = 1;
  QVERIFY(fingerprint_of(other) != first);
  other = images;
  other.parts = {Part::train, Part::test};
  QVERIFY(fingerprint_of(other) != first);
  other = images;
  other.name = "another";
  other.report.problems.push_back({});
  QCOMPARE(fingerprint_of(other), first);

  const auto texts = [](std::vector<std::string> values) {
    Dataset dataset;
    DataTable table;
    table.rows = 2;
    table.columns.resize(1);
    table.columns[0].type = ColumnType::text;
    table.columns[0].texts = std::move(values);
    dataset.content = table;
    return fingerprint_of(dataset);
  };
  QVERIFY(texts({"ab", "c"}) != texts({"a", "bc"}));
}

void TestDataset::missingMarkers() {
  const CellRules common({}, '.');
  for (const char* text : {"", "NA", "na", "N/A", "NaN", "null", "NULL", "?", "#N/A"})
    QVERIFY2(common.missing(text), text);
  for (const char* text : {"None", "-", "0", "nah", "nanny"}) QVERIFY2(!common.missing(text), text);
  const CellRules own({{"-", "none"}}, '.');
  QVERIFY(own.missing("-") && own.missing("none") && own.missing(""));
  QVERIFY(!own.missing("NA"));
}

QTEST_APPLESS_MAIN(TestDataset)
#include "test_dataset.moc"
