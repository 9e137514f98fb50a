#include "core/data/warnings.hpp"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/random.hpp"
#include "core/data/source.hpp"

using namespace gb;
using Found = DataWarning::Kind;

namespace {

Column numbers(std::string name, std::vector<double> values) {
  Column column;
  column.name = std::move(name);
  column.numbers = std::move(values);
  return column;
}

std::vector<double> noise(std::size_t rows, std::uint64_t seed) {
  Random random(seed, 1);
  std::vector<double> values(rows);
  for (auto& value : values) value = random.uniform();
  return values;
}

std::vector<std::int32_t> classes(std::size_t rows) {
  Random random(99, 1);
  std::vector<std::int32_t> codes(rows);
  for (auto& code : codes) code = random.uniform() < 0.7 ? 0 : 1;
  return codes;
}

Dataset table_of(std::vector<Column> columns, std::string target) {
  Dataset dataset;
  dataset.name = "own";
  DataTable table;
  table.rows = columns.front().size();
  table.columns = std::move(columns);
  dataset.content = std::move(table);
  dataset.target = std::move(target);
  return dataset;
}

/// Two columns of noise and a target that they do not tell.
Dataset harmless(std::size_t rows) {
  return table_of({numbers("a", noise(rows, 1)), numbers("b", noise(rows, 2)),
                   categorical_column("class", {"no", "yes"}, classes(rows))},
                  "class");
}

DataTable& table(Dataset& dataset) {
  return std::get<DataTable>(dataset.content);
}

/// The first half learns, the rest is held back in two quarters.
Split halves(std::size_t rows) {
  Split split;
  for (std::size_t row = 0; row < rows; ++row)
    (row < rows / 2       ? split.train
     : row < rows * 3 / 4 ? split.validation
                          : split.test)
        .push_back(static_cast<std::int64_t>(row));
  return split;
}

std::vector<DataWarning> warnings_of(const Dataset& dataset) {
  const Split split = halves(dataset.rows());
  const Target target = make_target(dataset);
  return data_warnings(dataset, &split, &target);
}

std::string all(const std::vector<DataWarning>& warnings) {
  std::string text;
  for (const auto& warning : warnings) text += warning.message + "\n";
  return text;
}

}  // namespace

class TestWarnings : public QObject {
  Q_OBJECT

 private slots:
  void harmless_data_is_left_alone() {
    const auto warnings = warnings_of(harmless(400));
    QVERIFY2(warnings.empty(), all(warnings).c_str());
  }

  void copies_across_parts_are_named() {
    Dataset dataset = harmless(400);
    auto& columns = table(dataset).columns;
    const auto copy = [&](std::size_t from, std::size_t to) {
      for (std::size_t c = 0; c < 2; ++c) columns[c].numbers[to] = columns[c].numbers[from];
    };
    columns[0].numbers[10] = std::numeric_limits<double>::quiet_NaN();  // missing cells are equal
    columns[1].numbers[20] = 0.0;
    copy(10, 350);
    copy(20, 390);
    columns[1].numbers[390] = -0.0;
    copy(30, 250);
    copy(260, 360);  // of validation alone
    copy(5, 6);      // within training: no matter
    const auto warnings = warnings_of(dataset);
    QCOMPARE(warnings.size(), std::size_t(3));
    for (const auto& warning : warnings) QCOMPARE(warning.kind, Found::duplicates);
    QCOMPARE(warnings[0].rows, (std::vector<std::int64_t>{350, 390}));
    QVERIFY2(warnings[0].message.starts_with("2 of 100 test rows are exact copies of training rows (row 351 repeats "
                                             "row 11; row 391 repeats row 21)"),
             warnings[0].message.c_str());
    QCOMPARE(warnings[1].rows, (std::vector<std::int64_t>{360}));
    QVERIFY2(warnings[1].message.find("validation") != std::string::npos, warnings[1].message.c_str());
    QCOMPARE(warnings[2].rows, (std::vector<std::int64_t>{250}));

    // Without a split every copy counts.
    const Target target = make_target(dataset);
    const auto anywhere = data_warnings(dataset, nullptr, &target);
    QCOMPARE(anywhere.size(), std::size_t(1));
    QCOMPARE(anywhere[0].rows, (std::vector<std::int64_t>{6, 250, 350, 360, 390}));

    // A column that tells them apart makes them different rows; one that is not used does not.
    columns.push_back(numbers("c", noise(400, 3)));
    QVERIFY(warnings_of(dataset).empty());
    const Split split = halves(400);
    const std::vector<std::string> used{"a", "b"};
    QCOMPARE(data_warnings(dataset, &split, &target, used).size(), std::size_t(3));
  }

  void copied_pictures_are_found_byte_by_byte() {
    constexpr std::size_t count = 200, each = 25;
    auto bytes = std::make_shared<std::vector<std::uint8_t>>(count * each);
    Random random(4, 1);
    for (auto& byte : *bytes) byte = static_cast<std::uint8_t>(random.uniform() * 256);
    std::copy_n(bytes->begin() + 3 * each, each, bytes->begin() + 180 * each);
    std::copy_n(bytes->begin() + 4 * each, each, bytes->begin() + 181 * each);
    ++(*bytes)[181 * each + 24];
    const auto codes = classes(count);
    Dataset dataset;
    const auto warned = [&] {
      dataset.content = ImageSet{count, 1, 5, 5, SharedBytes(bytes)};
      dataset.labels = categorical_column("label", {"0", "1"}, codes);
      dataset.target = "label";
      return warnings_of(dataset);
    };
    const auto warnings = warned();
    QCOMPARE(warnings.size(), std::size_t(2));
    QCOMPARE(warnings[0].kind, Found::duplicates);
    QCOMPARE(warnings[0].rows, (std::vector<std::int64_t>{180}));
    QCOMPARE(warnings[1].kind, Found::near_duplicates);
    QCOMPARE(warnings[1].rows, (std::vector<std::int64_t>{181}));
    QVERIFY2(warnings[0].message.find("pictures") != std::string::npos, warnings[0].message.c_str());

    // A mark in a corner that tells the class.
    for (std::size_t row = 0; row < count; ++row) (*bytes)[row * each + 7] = codes[row] ? 255 : 3;
    const auto marked = warned();
    QVERIFY(!marked.empty());
    QCOMPARE(marked[0].kind, Found::leak);
    QVERIFY2(marked[0].message.starts_with("Pixel (2, 1) alone predicts the target 'label'"),
             marked[0].message.c_str());
  }

  void columns_that_tell_the_target_are_named() {
    Dataset dataset = harmless(400);
    const auto codes = classes(400);
    std::vector<double> shifted = noise(400, 5);
    for (std::size_t row = 0; row < 400; ++row) shifted[row] += 2 * codes[row];
    std::vector<double> unique(400);
    std::iota(unique.begin(), unique.end(), 0.0);
    auto& columns = table(dataset).columns;
    columns.push_back(numbers("shifted", shifted));
    columns.push_back(numbers("id", unique));
    columns.push_back(categorical_column("copy", {"no", "yes"}, codes));
    columns.push_back(categorical_column("renamed", {"left", "right"}, codes));
    const auto warnings = warnings_of(dataset);
    QCOMPARE(warnings.size(), std::size_t(2));
    QCOMPARE(warnings[0].columns, (std::vector<std::string>{"copy"}));
    QVERIFY2(warnings[0].message.starts_with("Column 'copy' equals the target 'class' in every training row"),
             warnings[0].message.c_str());
    QCOMPARE(warnings[1].columns, (std::vector<std::string>{"shifted", "renamed"}));
    QVERIFY2(warnings[1].message.starts_with("Columns 'shifted' and 'renamed' each alone predict"),
             warnings[1].message.c_str());
    // Where nothing is to be predicted nothing leaks.
    const Split split = halves(400);
    QVERIFY(data_warnings(dataset, &split, nullptr).empty());
  }

  void a_rare_class_makes_no_leak() {
    // Always saying "no" is right in 99 % of the rows: no column deserves the praise.
    std::vector<std::int32_t> codes(1000);
    for (std::size_t row = 0; row < 1000; row += 100) codes[row] = 1;
    const auto dataset = table_of(
        {numbers("a", noise(1000, 1)), numbers("b", noise(1000, 2)), categorical_column("class", {"no", "yes"}, codes)},
        "class");
    const auto warnings = warnings_of(dataset);
    QVERIFY2(warnings.empty(), all(warnings).c_str());
  }

  void numbers_that_tell_a_number_are_named() {
    const auto price = noise(1000, 1), other = noise(1000, 2);
    std::vector<double> scaled(1000), curved(1000), related(1000);
    for (std::size_t row = 0; row < 1000; ++row) {
      scaled[row] = 100 * price[row] - 7;
      curved[row] = std::exp(3 * price[row]);
      related[row] = price[row] + 0.3 * other[row];
    }
    const auto warnings =
        warnings_of(table_of({numbers("scaled", scaled), numbers("curved", curved), numbers("related", related),
                              numbers("copy", price), numbers("price", price)},
                             "price"));
    QCOMPARE(warnings.size(), std::size_t(2));
    QCOMPARE(warnings[0].columns, (std::vector<std::string>{"copy"}));
    QCOMPARE(warnings[1].columns, (std::vector<std::string>{"scaled", "curved"}));
  }

  void columns_with_one_value_are_named() {
    Dataset dataset = harmless(400);
    std::vector<double> nearly(400, 3), half(400, 3);
    nearly[17] = 4;
    for (std::size_t row = 0; row < 400; row += 2) half[row] = static_cast<double>(row);
    auto& columns = table(dataset).columns;
    columns.push_back(numbers("nearly", nearly));
    columns.push_back(numbers("half", half));
    columns.push_back(categorical_column("one", {"x"}, std::vector<std::int32_t>(400)));
    columns.push_back(numbers("empty", std::vector<double>(400, std::numeric_limits<double>::quiet_NaN())));
    const auto warnings = warnings_of(dataset);
    QCOMPARE(warnings.size(), std::size_t(2));
    QCOMPARE(warnings[0].kind, Found::near_constant);
    QCOMPARE(warnings[0].columns, (std::vector<std::string>{"one", "empty"}));
    QCOMPARE(warnings[1].columns, (std::vector<std::string>{"nearly"}));
    QVERIFY2(warnings[1].message.starts_with("Column 'nearly' holds one value"), warnings[1].message.c_str());
  }

  void many_columns_make_one_sentence() {
    Dataset dataset = harmless(100);
    for (int i = 0; i < 70; ++i)
      table(dataset).columns.push_back(numbers("z" + std::to_string(i), std::vector<double>(100, 1)));
    const auto warnings = warnings_of(dataset);
    QCOMPARE(warnings.size(), std::size_t(1));
    QCOMPARE(warnings[0].columns.size(), std::size_t(70));
    QVERIFY2(warnings[0].message.find("'z4' and 65 more") != std::string::npos, warnings[0].message.c_str());
  }

  /// The one pair of equal flowers in Fisher's data, known to many.
  void iris_has_its_copy() {
    const auto dataset = load_dataset(Json{{"source", "bundled"}, {"name", "iris"}}, ".", 0);
    const Target target = make_target(dataset);
    const auto warnings = data_warnings(dataset, nullptr, &target);
    QCOMPARE(warnings.size(), std::size_t(1));
    QCOMPARE(warnings[0].rows, (std::vector<std::int64_t>{142}));
    const Json json = warnings_json(warnings);
    QCOMPARE(json[0]["kind"].get<std::string>(), std::string("duplicates"));
    QCOMPARE(json[0]["rows"].dump(), std::string("[143]"));
  }

  void tiny_and_empty_data_is_no_trouble() {
    for (const std::size_t rows : {1, 2, 3, 19}) {
      Dataset dataset = harmless(rows);
      const Split split = halves(rows);
      QVERIFY(data_warnings(dataset, &split, nullptr).empty());
      QVERIFY(data_warnings(dataset, nullptr, nullptr).empty());
    }
    Dataset none = table_of({numbers("a", {})}, "");
    QVERIFY(data_warnings(none, nullptr, nullptr).empty());
  }
};

QTEST_APPLESS_MAIN(TestWarnings)
#include "test_warnings.moc"
