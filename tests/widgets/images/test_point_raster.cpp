#include <QPolygonF>
#include <QtTest>
#include <cmath>
#include <limits>
#include <random>

#include "widgets/images/point_raster.hpp"

using namespace gb;

namespace {

Points cloud(std::vector<float> xy, std::vector<std::int32_t> group) {
  Points points;
  points.xy = std::make_shared<const std::vector<float>>(std::move(xy));
  points.group = std::move(group);
  return points;
}

PointPicture pictureOf(Points points, QSize size = {100, 100}) {
  PointPicture picture;
  picture.points = std::make_shared<const Points>(std::move(points));
  picture.view = QRectF(0, 0, 1, 1);
  picture.size = size;
  picture.radius = 3;
  picture.colors = Theme::light();
  return picture;
}

QImage onPanel(const QImage& image) {
  QImage flat(image.size(), QImage::Format_RGB32);
  flat.fill(Qt::white);
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x) {
      const QColor over = image.pixelColor(x, y);
      flat.setPixelColor(x, y, blended(Qt::white, QColor(over.rgb()), over.alphaF()));
    }
  return flat;
}

const std::atomic<bool> go{false};

}  // namespace

class TestPointRaster : public QObject {
  Q_OBJECT
 private slots:
  void pointsLieWhereTheyShould() {
    const QImage image = rasterise(pictureOf(cloud({0.25F, 0.75F, 0.75F, 0.25F}, {0, 1})), go);
    QCOMPARE(image.size(), QSize(100, 100));
    const QColor first = image.pixelColor(25, 25), second = image.pixelColor(75, 75);  // y counts upwards
    QVERIFY(first.alpha() > 180 && second.alpha() > 180);
    QVERIFY(first.blue() > first.red());
    QVERIFY(second.red() > second.blue());
    QCOMPARE(image.pixelColor(50, 50).alpha(), 0);
    QCOMPARE(image.pixelColor(25, 31).alpha(), 0);
  }

  void aDiscHasItsArea() {
    for (const float offset : {0.0F, 0.0013F, 0.005F, 0.0087F}) {
      const QImage image = rasterise(pictureOf(cloud({0.5F + offset, 0.5F + offset}, {0})), go);
      double covered = 0;
      for (int y = 0; y < 100; ++y)
        for (int x = 0; x < 100; ++x) covered += image.pixelColor(x, y).alphaF();
      const double solid = image.pixelColor(50, 49).alphaF();
      QVERIFY2(std::abs(covered / solid - M_PI * 9) < 3, qPrintable(QString::number(covered / solid)));
    }
  }

  void whatIsNoNumberOrOutsideIsLeftOut() {
    const float nan_value = std::numeric_limits<float>::quiet_NaN(), huge = std::numeric_limits<float>::max();
    const QImage image = rasterise(
        pictureOf(
            cloud({nan_value, 0.5F, 0.5F, huge, -huge, -huge, 5, 5, std::numeric_limits<float>::infinity(), 0}, {})),
        go);
    for (int y = 0; y < 100; ++y)
      for (int x = 0; x < 100; ++x) QCOMPARE(image.pixelColor(x, y).alpha(), 0);
  }

  void pointsAtTheEdgeAreCut() {
    const QImage image = rasterise(pictureOf(cloud({0, 0, 1, 1, 0, 1, 1, 0}, {0, 1, 2, 3})), go);
    for (const QPoint corner : {QPoint(0, 99), QPoint(99, 0), QPoint(0, 0), QPoint(99, 99)})
      QVERIFY(image.pixelColor(corner).alpha() > 100);
  }

  void selectedPointsStandOut() {
    PointPicture picture = pictureOf(cloud({0.25F, 0.5F, 0.75F, 0.5F}, {0, 0}));
    const QImage before = rasterise(picture, go);
    picture.selected = std::make_shared<const std::vector<std::int64_t>>(std::vector<std::int64_t>{1});
    const QImage after = rasterise(picture, go);
    QVERIFY(after.pixelColor(25, 50).alpha() < before.pixelColor(25, 50).alpha());
    QCOMPARE(after.pixelColor(75, 50).alpha(), 255);
    QVERIFY(after.pixelColor(75, 54).alpha() > before.pixelColor(75, 54).alpha());  // the outline
  }

  void aRegionTintsTheGround() {
    Points points = cloud({0.5F, 0.5F}, {0});
    auto region = std::make_shared<Region>();
    region->width = 2;
    region->height = 2;
    region->group = {0, 1, 2, 0};
    region->strength = {255, 255, 255, 0};
    points.region = region;
    const QImage image = onPanel(rasterise(pictureOf(points), go));
    const QColor low_left = image.pixelColor(5, 95), low_right = image.pixelColor(95, 95);
    const QColor high_left = image.pixelColor(5, 5), high_right = image.pixelColor(95, 5);
    QVERIFY(low_left.blue() > low_left.red());
    QVERIFY(low_right.red() > low_right.blue());
    QVERIFY(high_left.green() > high_left.red());
    QVERIFY(high_right.lightness() > low_left.lightness());  // undecided is paler
    region->group.pop_back();
    QVERIFY(regionImage(*region, Theme::light()).isNull());
  }

  void aCancelledPictureIsNone() {
    QVERIFY(rasterise(pictureOf(cloud(std::vector<float>(20000, 0.5F), {})), std::atomic<bool>(true)).isNull());
  }

  void selectionIsThatOfASearch_data() {
    QTest::addColumn<qint64>("spread");
    QTest::newRow("dense") << qint64{1};
    QTest::newRow("sparse") << (qint64{1} << 10);
    QTest::newRow("sparse rows") << (qint64{1} << 40);
  }
  void selectionIsThatOfASearch() {
    QFETCH(qint64, spread);
    Points points = cloud(std::vector<float>(600, 0), {});
    std::vector<std::int64_t> rows;
    for (std::int64_t i = 0; i < 300; ++i) rows.push_back((i * 7 % 300) * spread);
    points.rows = std::make_shared<const std::vector<std::int64_t>>(rows);
    const std::vector<std::int64_t> selected = {0, 3 * spread, 17 * spread, 17 * spread + 1, 299 * spread};
    const auto member = selectedPoints(points, selected);
    for (std::size_t i = 0; i < rows.size(); ++i)
      QCOMPARE(member[i] != 0, std::binary_search(selected.begin(), selected.end(), rows[i]));
    QCOMPARE(std::count(member.begin(), member.end(), 1), spread == 1 ? 5 : 4);
  }

  void theLassoTakesWhatLiesInside() {
    std::mt19937 random(5);
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<float> xy(20000);
    for (float& value : xy) value = uniform(random);
    std::vector<QPointF> star;
    for (int i = 0; i < 40; ++i) {
      const double radius = i % 2 ? 0.4 : 0.9, angle = i * M_PI / 20;
      star.emplace_back(radius * std::cos(angle), radius * std::sin(angle));
    }
    const auto inside = pointsInside(xy, star);
    const QPolygonF polygon(QList<QPointF>(star.begin(), star.end()));
    std::vector<std::size_t> expected;
    for (std::size_t i = 0; i < xy.size() / 2; ++i)
      if (polygon.containsPoint(QPointF(xy[2 * i], xy[2 * i + 1]), Qt::OddEvenFill)) expected.push_back(i);
    QVERIFY(expected.size() > 500);
    QCOMPARE(inside, expected);
    QVERIFY(pointsInside(xy, {{0, 0}, {1, 1}}).empty());
  }

  void markedPointsHaveARing() {
    Points points = cloud({0.25F, 0.75F, 0.75F, 0.25F}, {0, 1});
    points.marked = {1, 0};
    const QImage image = rasterise(pictureOf(points), go);
    const int ring = static_cast<int>(std::lround(markRadius(3)));
    for (const auto& [dx, dy] : {std::pair(ring, 0), std::pair(-ring, 0), std::pair(0, ring), std::pair(0, -ring)}) {
      const QColor seen = image.pixelColor(25 + dx, 25 + dy);
      QVERIFY(seen.alpha() > 60);
      QVERIFY(seen.red() < 100 && seen.green() < 100);  // the colour of letters
      QCOMPARE(image.pixelColor(75 + dx, 75 + dy).alpha(), 0);
    }
    // Between point and ring nothing is painted.
    QCOMPARE(image.pixelColor(25 + 4, 25).alpha() < 80, true);
    points.marked = {1};  // not as many as points: not said of them
    QCOMPARE(rasterise(pictureOf(points), go).pixelColor(25 + ring, 25).alpha(), 0);
  }

  void outlinesAreDrawnWholeDashedAndCut() {
    Points points = cloud({}, {});
    points.outlines = {{2, false, {0.1F, 0.5F, 0.9F, 0.5F}}};
    const auto covered = [](const QImage& image, int y) {
      int count = 0;
      for (int x = 0; x < 100; ++x) {
        const QColor seen = image.pixelColor(x, y);
        count += seen.alpha() > 128 && seen.green() > seen.red() + 40 && seen.red() < 150;
      }
      return count;
    };
    const int whole = covered(rasterise(pictureOf(points), go), 50);
    QVERIFY2(whole >= 76 && whole <= 86, qPrintable(QString::number(whole)));
    points.outlines[0].dashed = true;
    const int dashed = covered(rasterise(pictureOf(points), go), 50);
    QVERIFY2(dashed > 30 && dashed < 65, qPrintable(QString::number(dashed)));
    // Through and far beyond the picture: cut, the inside as if it were not.
    points.outlines[0] = {2, true, {-1e30F, 0.5F, 1e30F, 0.5F}};
    const int far = covered(rasterise(pictureOf(points), go), 50);
    QVERIFY2(far > 40, qPrintable(QString::number(far)));
    // What is not a number parts a line, and what lies outside is not drawn.
    points.outlines[0] = {2, false, {0.1F, 0.5F, std::nanf(""), 0.5F, 0.9F, 0.5F, 0.9F, 7, -3, 7}};
    QCOMPARE(covered(rasterise(pictureOf(points), go), 50) <= 4, true);
  }
};

QTEST_APPLESS_MAIN(TestPointRaster)
#include "test_point_raster.moc"
