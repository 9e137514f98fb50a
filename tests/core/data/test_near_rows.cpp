#include "core/data/near_rows.hpp"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/random.hpp"
#include "core/data/source.hpp"
#include "core/data/warnings.hpp"

using namespace gb;

namespace {

std::vector<std::int64_t> counted(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(last - first));
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

/// Five columns of noise of very different sizes, two of which go together, and a category.
Dataset noise(std::size_t rows) {
  Random random(8);
  DataTable table;
  table.rows = rows;
  for (int c = 0; c < 5; ++c) {
    Column column;
    column.name = std::string(1, static_cast<char>('a' + c));
    for (std::size_t i = 0; i < rows; ++i)
      column.numbers.push_back(c == 4 ? table.columns[0].numbers[i] * 3 + 1e-3 * random.normal()
                                      : 1e6 + std::pow(10.0, c) * random.normal());
    table.columns.push_back(std::move(column));
  }
  std::vector<std::int32_t> codes;
  for (std::size_t i = 0; i < rows; ++i) codes.push_back(static_cast<std::int32_t>(random.below(2)));
  table.columns.push_back(categorical_column("kind", {"x", "y"}, codes));
  Dataset dataset;
  dataset.content = std::move(table);
  return dataset;
}

DataTable& table(Dataset& dataset) {
  return std::get<DataTable>(dataset.content);
}

std::vector<const Column*> columns(const Dataset& dataset) {
  std::vector<const Column*> all;
  for (const Column& column : dataset.table()->columns) all.push_back(&column);
  return all;
}

/// Makes row `to` nearly what row `from` is: every number by `deviations` of its column's deviation beside it.
void imitate(Dataset& dataset, std::size_t from, std::size_t to, double deviations) {
  double sign = 1;
  for (Column& column : table(dataset).columns) {
    if (column.numbers.empty()) {
      column.codes[to] = column.codes[from];
      continue;
    }
    const double scale = column.name == "e" ? 3 : std::pow(10.0, column.name[0] - 'a');
    column.numbers[to] = column.numbers[from] + sign * deviations * scale;
    sign = -sign;
  }
}

Dataset pictures(std::size_t count, std::size_t size, std::size_t channels) {
  Random random(3);
  ImageSet images;
  images.count = count;
  images.channels = channels;
  images.height = images.width = size;
  std::vector<std::uint8_t> pixels(count * channels * size * size);
  // Smooth: of two waves a picture.
  for (std::size_t i = 0; i < count; ++i) {
    const double fx = random.uniform(2, 9), fy = random.uniform(2, 9), turn = random.uniform(0, 6);
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t y = 0; y < size; ++y)
        for (std::size_t x = 0; x < size; ++x)
          pixels[((i * channels + c) * size + y) * size + x] = static_cast<std::uint8_t>(
              100 + 50 * std::sin(fx * static_cast<double>(x) / static_cast<double>(size) + turn) +
              30 * std::sin(fy * static_cast<double>(y) / static_cast<double>(size) + static_cast<double>(c)));
  }
  images.pixels = SharedBytes(std::make_shared<std::vector<std::uint8_t>>(std::move(pixels)));
  Dataset dataset;
  dataset.content = std::move(images);
  return dataset;
}

}  // namespace

class TestNearRows : public QObject {
  Q_OBJECT
 private slots:
  /// Against trying every pair.
  void nothingIsMissedAndNothingIsInvented() {
    Dataset dataset = noise(600);
    Random random(4);
    for (std::size_t i = 0; i < 80; ++i) imitate(dataset, i, 300 + i, random.uniform(0, 2e-3));
    const auto asked = counted(300, 600), among = counted(0, 300);
    const NearRows near(dataset, columns(dataset), counted(0, 600));
    const auto found = near.partners(asked, among);
    std::size_t partners = 0;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      std::int64_t expected = -1;
      for (const auto other : among) {
        bool is_near = true, equal = true;
        for (const Column& column : table(dataset).columns) {
          const auto a = static_cast<std::size_t>(asked[i]), b = static_cast<std::size_t>(other);
          if (column.numbers.empty()) {
            is_near = is_near && column.codes[a] == column.codes[b];
            continue;
          }
          double mean = 0, squares = 0;
          for (const double value : column.numbers) mean += value / 600;
          for (const double value : column.numbers) squares += (value - mean) * (value - mean) / 600;
          equal = equal && column.numbers[a] == column.numbers[b];
          is_near = is_near && std::abs(column.numbers[a] - column.numbers[b]) <= 1e-3 * std::sqrt(squares);
        }
        if (is_near && !equal) {
          expected = other;
          break;
        }
      }
      QCOMPARE(found[i], expected);
      partners += expected >= 0;
    }
    QVERIFY(partners > 20 && partners < 60);
  }

  void equalRowsAndOthersAreNotNear() {
    Dataset dataset = noise(100);
    imitate(dataset, 3, 50, 0);
    imitate(dataset, 4, 51, 1e-4);
    imitate(dataset, 5, 52, 1e-4);
    imitate(dataset, 6, 53, 1e-4);
    table(dataset).columns[5].codes[52] ^= 1;
    table(dataset).columns[0].numbers[53] = std::nan("");
    imitate(dataset, 7, 54, 1e-4);
    table(dataset).columns[0].numbers[7] = table(dataset).columns[0].numbers[54] = std::nan("");
    const NearRows near(dataset, columns(dataset), counted(0, 100));
    QCOMPARE(near.partners(std::vector<std::int64_t>{50, 51, 52, 53, 54, 60}, counted(0, 50)),
             (std::vector<std::int64_t>{-1, 4, -1, -1, 7, -1}));
    // Itself is no partner.
    const auto own = near.partners(counted(0, 100), counted(0, 100));
    QCOMPARE(own[4], 51);
    QCOMPARE(own[51], 4);
    QCOMPARE(std::count_if(own.begin(), own.end(), [](auto row) { return row >= 0; }), 4);
  }

  /// In a line or a plane rows are near by chance.
  void fewColumnsSayNothing() {
    Dataset dataset = noise(100);
    imitate(dataset, 4, 51, 1e-4);
    auto two = columns(dataset);
    two.resize(2);
    const NearRows near(dataset, two, counted(0, 100));
    QCOMPARE(near.partners(std::vector<std::int64_t>{51}, counted(0, 50)), std::vector<std::int64_t>{-1});
  }

  void picturesAreComparedByWhatTheyShow_data() {
    QTest::addColumn<int>("size");
    QTest::addColumn<int>("channels");
    QTest::newRow("grey") << 32 << 1;
    QTest::newRow("colours") << 32 << 3;
    QTest::newRow("smaller than the fields") << 6 << 1;
  }
  void picturesAreComparedByWhatTheyShow() {
    QFETCH(int, size);
    QFETCH(int, channels);
    const Dataset smooth = pictures(60, static_cast<std::size_t>(size), static_cast<std::size_t>(channels));
    const ImageSet& images = *smooth.images();
    std::vector<std::uint8_t> pixels(images.pixels.data(), images.pixels.data() + 60 * images.pixels_each());
    Random random(1);
    const std::size_t each = images.pixels_each();
    for (std::size_t p = 0; p < each; ++p) {
      pixels[50 * each + p] = pixels[3 * each + p];                                               // the same
      pixels[51 * each + p] = static_cast<std::uint8_t>(pixels[4 * each + p] + 12);               // brighter
      pixels[52 * each + p] = static_cast<std::uint8_t>(pixels[5 * each + p] + random.below(3));  // compressed
      pixels[53 * each + p] = static_cast<std::uint8_t>(255 - pixels[6 * each + p]);              // a negative
      pixels[54 * each + p] = pixels[55 * each + p] = 7;
      pixels[20 * each + p] = 9;
    }
    Dataset dataset;
    ImageSet changed = images;
    changed.pixels = SharedBytes(std::make_shared<std::vector<std::uint8_t>>(std::move(pixels)));
    dataset.content = std::move(changed);
    const NearRows near(dataset, {}, counted(0, 60));
    QCOMPARE(near.partners(counted(50, 55), counted(0, 50)), (std::vector<std::int64_t>{-1, 4, 5, -1, -1}));
  }

  /// Thousands of ones are no copies of each other.
  void handwrittenDigitsAreDifferent() {
    const Dataset digits = load_dataset({{"source", "bundled"}, {"name", "mnist-10k"}}, ".", 0);
    const NearRows near(digits, {}, counted(0, 10000));
    const auto found = near.partners(counted(7000, 10000), counted(0, 7000));
    const auto count = std::count_if(found.begin(), found.end(), [](auto row) { return row >= 0; });
    QVERIFY2(count <= 3, std::to_string(count).c_str());
  }

  void warningsTellThem() {
    Dataset dataset = noise(400);
    imitate(dataset, 10, 350, 1e-4);
    imitate(dataset, 20, 250, 1e-4);
    imitate(dataset, 30, 40, 1e-4);  // both are learnt from
    imitate(dataset, 260, 360, 0);
    Split split{counted(0, 200), counted(200, 300), counted(300, 400)};
    const auto warnings = data_warnings(dataset, &split, nullptr);
    QCOMPARE(warnings.size(), std::size_t{3});
    QCOMPARE(warnings[0].kind, DataWarning::Kind::duplicates);
    QCOMPARE(warnings[0].rows, std::vector<std::int64_t>{360});
    QCOMPARE(warnings[1].kind, DataWarning::Kind::near_duplicates);
    QCOMPARE(warnings[1].rows, std::vector<std::int64_t>{350});
    QVERIFY2(warnings[1].message.starts_with("1 of 100 test rows is nearly equal to one of the training rows (row 351 "
                                             "is like row 11)"),
             warnings[1].message.c_str());
    QCOMPARE(warnings[2].rows, std::vector<std::int64_t>{250});
    QCOMPARE(warnings_json(warnings)[1]["kind"], Json("near_duplicates"));

    const auto folds = fold_warnings(dataset, counted(0, 380));
    QCOMPARE(folds.size(), std::size_t{2});
    QCOMPARE(folds[0].rows, std::vector<std::int64_t>{360});
    QCOMPARE(folds[1].rows, (std::vector<std::int64_t>{40, 250, 350}));
    QVERIFY2(folds[0].message.starts_with("1 of 380 cross-validated rows is an exact copy of another one"),
             folds[0].message.c_str());
    QVERIFY(fold_warnings(dataset, counted(100, 240)).empty());
  }
};

QTEST_APPLESS_MAIN(TestNearRows)
#include "test_near_rows.moc"
