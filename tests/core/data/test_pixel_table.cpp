#include "core/data/pixel_table.hpp"

#include <QtTest>

#include "core/data/problem_set.hpp"
#include "core/data/source.hpp"
#include "tests/core/data/written_file.hpp"

using namespace gb;

namespace {

Json source_of(const WrittenFile& file, const Json& image) {
  return {{"source", "table"}, {"path", file.path().string()}, {"target", "label"}, {"image", image}};
}

Error refusal(const Json& data) {
  try {
    load_dataset(data, ".", 0);
  } catch (const Error& error) {
    return error;
  }
  return Error("nothing was refused");
}

bool contains(const Error& error, const std::string& part) {
  return std::string(error.what()).find(part) != std::string::npos;
}

using Bytes = std::vector<std::uint8_t>;

Bytes image_of(const Dataset& dataset, std::size_t row) {
  const auto& set = *dataset.images();
  return {set.image(row), set.image(row) + set.pixels_each()};
}

}  // namespace

class TestPixelTable : public QObject {
  Q_OBJECT
 private slots:
  void greyPictures() {
    const WrittenFile file("label,a,b,c,d,e,f\n7,0,1,2,3,4,255\n3,6,5,4,3,2,1\n7,9,9,9,9,9,9\n");
    const auto dataset = load_dataset(source_of(file, {2, 3}), ".", 0);
    const auto& set = *dataset.images();
    QCOMPARE(set.count, std::size_t{3});
    QCOMPARE(set.channels * 100 + set.height * 10 + set.width, std::size_t{123});
    QCOMPARE(image_of(dataset, 0), (Bytes{0, 1, 2, 3, 4, 255}));
    QCOMPARE(image_of(dataset, 1), (Bytes{6, 5, 4, 3, 2, 1}));
    QCOMPARE(dataset.labels.levels, (std::vector<std::string>{"3", "7"}));
    QCOMPARE(dataset.labels.codes, (std::vector<std::int32_t>{1, 0, 1}));
    QCOMPARE(make_target(dataset).name, std::string("label"));
    QVERIFY(make_target(dataset).integer_classes);
    QCOMPARE(dataset.report.format, std::string("CSV of pixels"));
  }

  void coloursStandSideBySide() {
    const WrittenFile file("label,r1,g1,b1,r2,g2,b2\ncat,1,2,3,4,5,6\ndog,1,2,3,4,5,6\ncat,9,9,9,9,9,9\n");
    const auto dataset = load_dataset(source_of(file, {1, 2, 3}), ".", 0);
    QCOMPARE(dataset.images()->channels, std::size_t{3});
    QCOMPARE(image_of(dataset, 1), (Bytes{1, 4, 2, 5, 3, 6}));
    QCOMPARE(dataset.labels.cell(1), std::string("dog"));
  }

  void withoutTarget() {
    const WrittenFile file("a,b\n1,2\n3,4\n");
    Json data = source_of(file, {1, 2});
    data.erase("target");
    const auto dataset = load_dataset(data, ".", 0);
    QVERIFY(!dataset.target_column());
    QCOMPARE(image_of(dataset, 1), (Bytes{3, 4}));
  }

  void wrongPixelsAreRefused_data() {
    QTest::addColumn<QByteArray>("cell");
    QTest::addColumn<QString>("part");
    QTest::newRow("too large") << QByteArray("256") << "is 256";
    QTest::newRow("negative") << QByteArray("-1") << "is -1";
    QTest::newRow("fraction") << QByteArray("0.5") << "is 0.5";
    QTest::newRow("missing") << QByteArray("") << "is missing";
  }
  void wrongPixelsAreRefused() {
    QFETCH(QByteArray, cell);
    QFETCH(QString, part);
    // The second line is skipped, so the wrong cell is in the third row of the file.
    const WrittenFile file("label,a,b\nx,1,2\nx,1\nx,3," + cell + "\ny,1,2\ny,3,4\n");
    const auto error = refusal(source_of(file, {1, 2}));
    QVERIFY2(contains(error, "column 'b' of row 3 " + part.toStdString()), error.what());
    QVERIFY2(contains(error, "0 to 255"), error.what());
    QCOMPARE(error.field(), std::string("b"));
  }

  void wrongShapesAreRefused() {
    const WrittenFile file("label,a,b,c\n1,1,2,3\n2,4,5,6\n");
    const auto wrong = refusal(source_of(file, {2, 2}));
    QVERIFY2(contains(wrong, "2 x 2, which takes 4 columns, but the table has 3 beside the target"), wrong.what());
    QCOMPARE(wrong.field(), std::string("data.image"));
    for (const Json& shape : {Json::array({3}), Json::array({3, 1, 2}), Json::array({3, 1, 1, 1})})
      QCOMPARE(refusal(source_of(file, shape)).field(), std::string("data.image"));
    QCOMPARE(refusal(source_of(file, {0, 3})).field(), std::string("data.image[0]"));
  }

  void wordsAreNoPixels() {
    const WrittenFile file("label,a,b,c\n1,1,2,x\n2,4,5,y\n1,4,5,x\n");
    const auto error = refusal(source_of(file, {1, 3}));
    QVERIFY2(contains(error, "'c' is"), error.what());
    Json data = source_of(file, {1, 2});
    data["ignore"] = {"c"};
    QCOMPARE(load_dataset(data, ".", 0).rows(), std::size_t{3});
  }

  void fractionsAreNoClasses() {
    const WrittenFile file("label,a\n1.5,1\n2,4\n");
    QCOMPARE(refusal(source_of(file, {1, 1})).field(), std::string("data.target"));
  }

  void namesOfColumnsTellTheShape() {
    QByteArray header = "label";
    QByteArray row = "1";
    for (int i = 0; i < 64; ++i) {
      header += ",pixel" + QByteArray::number(i);
      row += ",9";
    }
    const WrittenFile file(header + "\n" + row + "\n" + row + "\n");
    const auto data = guess_source(file.path());
    QCOMPARE(data["target"], Json("label"));
    QCOMPARE(data["image"], Json::array({8, 8}));
    QCOMPARE(load_dataset(data, ".", 0).images()->count, std::size_t{2});
    QVERIFY(!shape_told_by({"a", "b", "c", "d"}));
    std::vector<std::string> placed(25, "x");
    placed.front() = "1x1";
    placed.back() = "5x5";
    QCOMPARE(*shape_told_by(placed), (std::vector<int>{5, 5}));
    placed.push_back("6x6");
    QVERIFY(!shape_told_by(placed));
  }
};

QTEST_APPLESS_MAIN(TestPixelTable)
#include "test_pixel_table.moc"
