#include <png.h>

#include <QtTest>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/run/csv_text.hpp"
#include "core/run/pictures.hpp"

using namespace gb;

namespace {

using Color = std::array<int, 3>;

/// The picture as any other program reads its PNG.
struct Shown {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;

  Color at(int x, int y) const {
    const auto* pixel =
        rgb.data() + (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) * 3;
    return {pixel[0], pixel[1], pixel[2]};
  }
};

Shown shown(const Picture& picture) {
  const std::string bytes = to_png(picture);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size())) return {};
  image.format = PNG_FORMAT_RGB;
  Shown read{static_cast<int>(image.width), static_cast<int>(image.height), {}};
  read.rgb.resize(PNG_IMAGE_SIZE(image));
  if (!png_image_finish_read(&image, nullptr, read.rgb.data(), 0, nullptr)) return {};
  return read;
}

}  // namespace

class TestPictures : public QObject {
  Q_OBJECT
 private slots:
  void matricesAreHeatMaps() {
    Matrix matrix;
    matrix.row_labels = {"a", "b"};
    matrix.column_labels = {"a", "b", "c"};
    matrix.values = {10, 0, 5, 0, 10, std::numeric_limits<double>::quiet_NaN()};
    const Shown image = shown(draw(matrix));
    QVERIFY(image.width > image.height);
    const int cell = image.height / 2;
    const auto at = [&](int row, int column) { return image.at(column * cell + cell / 2, row * cell + cell / 2); };
    QCOMPARE(at(0, 0), (Color{253, 231, 37}));   // the top of viridis
    QCOMPARE(at(0, 1), (Color{237, 240, 244}));  // empty is grid-coloured, not dark
    QCOMPARE(at(1, 2), (Color{237, 240, 244}));
    QCOMPARE(at(0, 2), (Color{33, 144, 141}));  // its middle
  }

  void imagesAreAWall() {
    Images images;
    images.count = 3;
    images.channels = 3;
    images.height = images.width = 2;
    for (int image = 0; image < 3; ++image)
      for (int plane = 0; plane < 3; ++plane)
        for (int pixel = 0; pixel < 4; ++pixel) images.pixels.push_back(plane == image ? 255 : 0);
    const Shown wall = shown(draw(images));
    QCOMPARE(wall.width, 2 * 18 + 2);
    QCOMPARE(wall.at(10, 10), (Color{255, 0, 0}));
    QCOMPARE(wall.at(28, 10), (Color{0, 255, 0}));
    QCOMPARE(wall.at(10, 28), (Color{0, 0, 255}));
  }

  void pointsLieWhereTheyBelong() {
    Points points;
    points.xy = std::make_shared<std::vector<float>>(std::vector<float>{0, 0, 1, 1, std::nanf(""), 3});
    points.group = {0, 1, 1};
    auto region = std::make_shared<Region>();
    region->width = region->height = 2;
    region->x_min = region->y_min = -0.5f;
    region->x_max = region->y_max = 1.5f;
    region->group = {0, 0, 1, 1};
    region->strength = {255, 255, 255, 255};
    points.region = region;
    const Shown image = shown(draw(points));
    const int quarter = image.width / 4;
    QCOMPARE(image.at(quarter, 3 * quarter), (Color{0x00, 0x72, 0xB2}));
    QCOMPARE(image.at(3 * quarter, quarter), (Color{0xE6, 0x9F, 0x00}));
    // The region's row 0 has the smallest y: below.
    QVERIFY(image.at(10, image.height - 10)[2] > image.at(10, image.height - 10)[0]);
    QVERIFY(image.at(10, 10)[0] > image.at(10, 10)[2]);
  }

  void nothingToDrawIsNoCrash() {
    QVERIFY(shown(draw(Matrix{})).width > 0);
    QVERIFY(shown(draw(Images{})).width > 0);
    QVERIFY(shown(draw(Points{})).width > 0);
    Images lying;
    lying.count = 5;
    lying.height = lying.width = 8;
    lying.pixels.resize(3);
    QVERIFY(shown(draw(lying)).width > 0);
  }

  void cellsAreSafeInSpreadsheets_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("cell");
    const auto add = [](const char* text, const char* cell) {
      QTest::newRow(cell) << QByteArray(text) << QByteArray(cell);
    };
    add("plain", "plain");
    add("", "");
    add("a,b", "\"a,b\"");
    add("say \"x\"", "\"say \"\"x\"\"\"");
    add("two\nlines", "\"two\nlines\"");
    add("=1+1", "'=1+1");
    add("+x", "'+x");
    add("-x", "'-x");
    add("@cmd", "'@cmd");
    add("\tx", "'\tx");
    add("\rx", "\"'\rx\"");
    add("=a,b", "\"'=a,b\"");
    add("-1", "-1");
    add("+2.5e3", "+2.5e3");
    add("-1-1", "'-1-1");
    add("-", "'-");
  }
  void cellsAreSafeInSpreadsheets() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, cell);
    QCOMPARE(QByteArray::fromStdString(csv_cell(std::string_view(text.toStdString()))), cell);
  }

  void numbersReadBack() {
    QCOMPARE(csv_cell(0.1), std::string("0.1"));
    QCOMPARE(csv_cell(-1e-300), std::string("-1e-300"));
    QCOMPARE(csv_cell(0.1f), std::string("0.1"));
    QCOMPARE(csv_cell(std::numeric_limits<double>::quiet_NaN()), std::string());
    const std::vector<SeriesData> series{{"train/loss", {0, 1}, {0.5, std::nan("")}}, {"=x", {7}, {-2}}};
    QCOMPARE(series_csv(series), std::string("series,step,value\ntrain/loss,0,0.5\ntrain/loss,1,\n'=x,7,-2\n"));
  }
};

QTEST_GUILESS_MAIN(TestPictures)
#include "test_pictures.moc"
