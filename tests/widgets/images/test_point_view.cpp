#include <QImage>
#include <QPainter>
#include <QtTest>
#include <cmath>
#include <random>

#include "widgets/images/point_view.hpp"
#include "widgets/theme.hpp"

using namespace gb;

namespace {

using Rows = std::vector<std::int64_t>;

/// Three blobs around known middles, rows numbered from 1,000.
std::shared_ptr<Points> blobs(int each = 170, bool region = false) {
  std::mt19937 random(2);
  std::normal_distribution<float> normal(0, 0.45F);
  auto points = std::make_shared<Points>();
  points->title = "Clusters";
  points->x_label = "petal length";
  points->y_label = "petal width";
  points->group_names = {"setosa", "versicolor", "virginica"};
  std::vector<float> xy;
  Rows rows;
  const float middle[3][2] = {{-2, -1}, {2, 0.5F}, {-1, 2}};
  for (int group = 0; group < 3; ++group) {
    for (int i = 0; i < each; ++i) {
      xy.push_back(middle[group][0] + normal(random));
      xy.push_back(middle[group][1] + normal(random));
      points->group.push_back(group);
      rows.push_back(1000 + static_cast<std::int64_t>(rows.size()));
    }
    points->centers.insert(points->centers.end(), {middle[group][0], middle[group][1]});
  }
  points->xy = std::make_shared<const std::vector<float>>(std::move(xy));
  points->rows = std::make_shared<const Rows>(std::move(rows));
  if (region) {
    auto made = std::make_shared<Region>();
    made->width = 120;
    made->height = 90;
    made->x_min = -4;
    made->x_max = 4;
    made->y_min = -3;
    made->y_max = 4;
    for (int y = 0; y < made->height; ++y)
      for (int x = 0; x < made->width; ++x) {
        const double px = -4 + 8 * (x + 0.5) / made->width, py = -3 + 7 * (y + 0.5) / made->height;
        double best = 1e9, second = 1e9;
        int nearest = 0;
        for (int group = 0; group < 3; ++group) {
          const double distance = std::hypot(px - middle[group][0], py - middle[group][1]);
          if (distance < best) {
            second = best;
            best = distance;
            nearest = group;
          } else {
            second = std::min(second, distance);
          }
        }
        made->group.push_back(static_cast<std::uint8_t>(nearest));
        made->strength.push_back(static_cast<std::uint8_t>(std::min(255.0, 160 * (second - best))));
      }
    points->region = made;
  }
  return points;
}

Event published(std::shared_ptr<Points> points) {
  return std::shared_ptr<const Points>(std::move(points));
}

QImage picture(QWidget& view) {
  QImage image(view.size() * 2, QImage::Format_ARGB32_Premultiplied);
  image.setDevicePixelRatio(2);
  image.fill(theme().panel);
  view.render(&image, {}, {}, QWidget::DrawChildren);
  return image;
}

int pixelsNear(const QImage& image, const QColor& color, int tolerance = 40) {
  int found = 0;
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x) {
      const QColor pixel = image.pixelColor(x, y);
      found += std::abs(pixel.red() - color.red()) <= tolerance &&
               std::abs(pixel.green() - color.green()) <= tolerance &&
               std::abs(pixel.blue() - color.blue()) <= tolerance;
    }
  return found;
}

struct Chosen {
  Rows rows;
  QString description;
  int times = 0;

  explicit Chosen(View& view) {
    QObject::connect(&view, &View::rowsSelected, &view, [this](const Rows& selected, const QString& text) {
      rows = selected;
      description = text;
      ++times;
    });
  }
};

/// Drags around a circle of the plane.
void lassoAround(PointView& view, double x, double y, double radius, Qt::KeyboardModifiers modifiers = {}) {
  const auto at = [&](int i) {
    const double angle = i * M_PI / 24;
    return view.pixelOf({x + radius * std::cos(angle), y + radius * std::sin(angle)}).toPoint();
  };
  const auto send = [&](QEvent::Type type, QPoint where, Qt::MouseButtons buttons) {
    QMouseEvent sent(type, where, view.mapToGlobal(where), type == QEvent::MouseMove ? Qt::NoButton : Qt::LeftButton,
                     buttons, modifiers);
    QCoreApplication::sendEvent(&view, &sent);
  };
  send(QEvent::MouseButtonPress, at(0), Qt::LeftButton);
  for (int i = 1; i < 48; ++i) send(QEvent::MouseMove, at(i), Qt::LeftButton);
  send(QEvent::MouseButtonRelease, at(47), Qt::NoButton);
}

}  // namespace

class TestPointView : public QObject {
  Q_OBJECT
 private slots:
  void init() { applyTheme(Theme::light()); }

  void groupsAreSeen_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void groupsAreSeen() {
    QFETCH(bool, dark);
    applyTheme(dark ? Theme::darkTheme() : Theme::light());
    PointView view;
    view.resize(420, 300);
    view.QWidget::show();
    const QString name = QString(TEST_BINARY_DIR) + (dark ? "/look-points-dark" : "/look-points-light");
    QVERIFY(pixelsNear(picture(view), seriesColor(2)) == 0);
    view.show(published(blobs()));
    QTRY_VERIFY(pixelsNear(picture(view), seriesColor(0)) > 2000);
    for (int group = 0; group < 3; ++group) QVERIFY(pixelsNear(picture(view), seriesColor(group)) > 2000);
    picture(view).save(name + ".png");
    view.show(published(blobs(170, true)));
    const QPoint corner = (view.pixelOf({3.8, 0.2}) * 2).toPoint();
    QTRY_VERIFY(picture(view).pixelColor(corner) != theme().panel);
    picture(view).save(name + "-region.png");
  }

  void aLassoSelectsWhatItHolds() {
    PointView view;
    view.resize(420, 300);
    const auto points = blobs();
    view.show(published(points));
    Chosen chosen(view);
    lassoAround(view, 2, 0.5, 1.0);
    QCOMPARE(chosen.times, 1);
    Rows sure, possible;  // the drawn polygon has corners at whole pixels
    for (std::size_t i = 0; i < points->rows->size(); ++i) {
      const double distance = std::hypot((*points->xy)[2 * i] - 2, (*points->xy)[2 * i + 1] - 0.5);
      if (distance < 0.95) sure.push_back((*points->rows)[i]);
      if (distance < 1.05) possible.push_back((*points->rows)[i]);
    }
    QVERIFY(sure.size() > 100);
    QVERIFY(std::includes(chosen.rows.begin(), chosen.rows.end(), sure.begin(), sure.end()));
    QVERIFY(std::includes(possible.begin(), possible.end(), chosen.rows.begin(), chosen.rows.end()));
    QVERIFY(chosen.description.contains(QString::number(chosen.rows.size())));
    const std::size_t first = chosen.rows.size();
    lassoAround(view, -1, 2, 1.0, Qt::ShiftModifier);
    QVERIFY(chosen.rows.size() > first + 100);
    QTest::mouseClick(&view, Qt::LeftButton, {}, view.pixelOf({2.3, -1.6}).toPoint());
    QVERIFY(chosen.rows.empty());
  }

  void aClickSelectsTheNearestPoint() {
    PointView view;
    view.resize(420, 300);
    const auto points = blobs(20);
    view.show(published(points));
    Chosen chosen(view);
    for (const std::size_t i : {std::size_t{0}, std::size_t{25}, std::size_t{59}}) {
      const QPoint at = view.pixelOf({(*points->xy)[2 * i], (*points->xy)[2 * i + 1]}).toPoint();
      QTest::mouseClick(&view, Qt::LeftButton, {}, at);
      QCOMPARE(chosen.rows.size(), std::size_t{1});
      const auto found = static_cast<std::size_t>(chosen.rows[0] - 1000);
      const QPointF hit = view.pixelOf({(*points->xy)[2 * found], (*points->xy)[2 * found + 1]});
      QVERIFY(QLineF(hit, at).length() <= 1);
      QVERIFY(chosen.description.contains(QString::fromStdString(points->group_names[i / 20])));
    }
  }

  void theKeyboardWalksAndSelects() {
    PointView view;
    view.resize(420, 300);
    view.show(published(blobs(20)));
    Chosen chosen(view);
    QTest::keyClick(&view, Qt::Key_Return);
    QCOMPARE(chosen.times, 0);
    QTest::keyClick(&view, Qt::Key_Right);
    const QString first = view.accessibleDescription();
    QTest::keyClick(&view, Qt::Key_Up);
    QTest::keyClick(&view, Qt::Key_Left);
    QVERIFY(view.accessibleDescription() != first);
    QTest::keyClick(&view, Qt::Key_Return);
    QCOMPARE(chosen.rows.size(), std::size_t{1});
    QTest::keyClick(&view, Qt::Key_Down);
    QTest::keyClick(&view, Qt::Key_Return, Qt::ShiftModifier);
    QCOMPARE(chosen.rows.size(), std::size_t{2});
    QTest::keyClick(&view, Qt::Key_Escape);
    QVERIFY(chosen.rows.empty());
  }

  void zoomAndPanMoveThePlane() {
    PointView view;
    view.resize(420, 300);
    view.show(published(blobs()));
    const QPointF left = view.pixelOf({-2, -1}), right = view.pixelOf({2, 0.5});
    const QPointF middle = view.pixelOf({0, 0});
    QWheelEvent wheel(middle, view.mapToGlobal(middle), {}, QPoint(0, 240), Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(&view, &wheel);
    QVERIFY(QLineF(view.pixelOf({0, 0}), middle).length() < 6);  // what is below the pointer stays there
    QVERIFY(view.pixelOf({2, 0.5}).x() - view.pixelOf({-2, -1}).x() > 1.3 * (right.x() - left.x()));
    const QPointF before = view.pixelOf({0, 0});
    QTest::mousePress(&view, Qt::MiddleButton, {}, QPoint(200, 150));
    QMouseEvent move(QEvent::MouseMove, QPointF(230, 140), view.mapToGlobal(QPointF(230, 140)), Qt::NoButton,
                     Qt::MiddleButton, {});
    QCoreApplication::sendEvent(&view, &move);
    QTest::mouseRelease(&view, Qt::MiddleButton, {}, QPoint(230, 140));
    const QPointF moved = view.pixelOf({0, 0}) - before;
    QVERIFY2(std::abs(moved.x() - 30) < 3 && std::abs(moved.y() + 10) < 3,
             qPrintable(QString("%1 %2").arg(moved.x()).arg(moved.y())));
    QTest::mouseDClick(&view, Qt::LeftButton, {}, QPoint(5, 5));
    QCOMPARE(view.pixelOf({-2, -1}), left);
  }

  void highlightedRowsStandOut() {
    PointView view;
    view.resize(420, 300);
    view.QWidget::show();
    const auto points = blobs();
    view.show(published(points));
    QTRY_VERIFY(pixelsNear(picture(view), seriesColor(0)) > 2000);
    Rows first(points->rows->begin(), points->rows->begin() + 170);
    view.highlightRows(first);
    QTRY_VERIFY(pixelsNear(picture(view), seriesColor(2)) < 1000);
    QVERIFY(pixelsNear(picture(view), seriesColor(0)) > 1500);
    picture(view).save(QString(TEST_BINARY_DIR) + "/look-points-selected.png");
    view.highlightRows({});
    QTRY_VERIFY(pixelsNear(picture(view), seriesColor(2)) > 2000);
  }

  void manyPointsAndManyEventsEndOnTheLast() {
    PointView view;
    view.resize(420, 300);
    view.QWidget::show();
    auto points = blobs(33334);
    for (int step = 0; step < 40; ++step) {
      auto next = std::make_shared<Points>(*points);  // positions stay shared
      next->step = step;
      if (step == 39) std::fill(next->group.begin(), next->group.end(), 4);
      view.show(published(next));
      QCoreApplication::processEvents();
    }
    QTRY_VERIFY(pixelsNear(picture(view), seriesColor(4)) > 20000);
    QVERIFY(pixelsNear(picture(view), seriesColor(0), 15) < 500);
    picture(view).save(QString(TEST_BINARY_DIR) + "/look-points-many.png");
  }

  void closingWhileAPictureIsBeingMadeIsSafe() {
    for (int i = 0; i < 20; ++i) {
      PointView view;
      view.resize(420, 300);
      view.QWidget::show();
      view.show(published(blobs(5000)));
    }
    QCoreApplication::processEvents();
  }

  void numbersAndFiles() {
    QTemporaryDir folder;
    PointView view;
    view.resize(420, 300);
    view.show(published(blobs(170, true)));
    const auto numbers = view.numbers();
    QCOMPARE(numbers.columns, QStringList({"row", "petal length", "petal width", "group"}));
    QCOMPARE(numbers.rows.size(), std::size_t{510});
    QCOMPARE(numbers.rows[200][0], "1200");
    QCOMPARE(numbers.rows[200][3], "versicolor");
    for (const char* ending : {"svg", "png", "pdf", "csv"})
      QCOMPARE(view.saveAs(folder.filePath(QString("p.") + ending)), QString());
    const QImage png(folder.filePath("p.png"));
    png.save(QString(TEST_BINARY_DIR) + "/look-points-saved.png");
    const QImage svg(folder.filePath("p.svg"));
    for (int group = 0; group < 3; ++group) {
      QVERIFY(pixelsNear(png, seriesColor(group)) > 2000);
      QVERIFY(pixelsNear(svg, seriesColor(group)) > 300);
    }
    QCOMPARE(view.title(), "Clusters");
    QVERIFY(!view.accessibleName().isEmpty() && view.accessibleDescription().contains("510"));
  }

  /// Rings around marked points and lines through the plane, on screen and on paper; ellipses are seen whole.
  /// Whoever rests on a point is told what lies behind it, by mouse and by keyboard, until the pointer goes on.
  void rowsBehindAPointAreMarked_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void rowsBehindAPointAreMarked() {
    QFETCH(bool, dark);
    applyTheme(dark ? Theme::darkTheme() : Theme::light());
    PointView view;
    view.resize(460, 320);
    view.QWidget::show();
    const auto points = blobs(40);
    points->centers.clear();
    view.show(published(points));
    const auto at = [&](std::size_t i) { return view.pixelOf({(*points->xy)[2 * i], (*points->xy)[2 * i + 1]}); };
    QTest::qWait(150);
    std::vector<std::int64_t> told;
    connect(&view, &View::rowHovered, &view, [&](qint64 row) { told.push_back(row); });
    const auto move = [&](const QPoint& where) {
      QMouseEvent sent(QEvent::MouseMove, where, view.mapToGlobal(where), Qt::NoButton, Qt::NoButton, {});
      QCoreApplication::sendEvent(&view, &sent);
    };
    move(at(3).toPoint());
    QTRY_COMPARE(told.size(), std::size_t{1});
    const std::int64_t row = told[0];
    const auto hovered = static_cast<std::size_t>(row - 1000);
    QVERIFY(QLineF(at(hovered), at(3)).length() < 2);
    const QImage plain = picture(view);
    view.markRows(row + 1, {1050, 1100});  // an answer to an earlier question
    QCOMPARE(picture(view), plain);
    view.markRows(row, {1050, 1100, 999999});
    const QImage marked = picture(view);
    marked.save(QString(TEST_BINARY_DIR) + (dark ? "/look-points-marks-dark.png" : "/look-points-marks-light.png"));
    QVERIFY(pixelsNear(marked, theme().accent) > pixelsNear(plain, theme().accent) + 200);
    view.markRows(row, {});
    QCOMPARE(picture(view), plain);
    view.markRows(row, {1050});
    // On to where there is none.
    move(view.pixelOf({2.5, -2.4}).toPoint());
    QTRY_COMPARE(told.back(), std::int64_t{-1});
    QTest::keyClick(&view, Qt::Key_Right);
    QTRY_VERIFY(told.back() >= 1000);
    const auto before = told.size();
    QTest::keyClick(&view, Qt::Key_Right);
    QTRY_VERIFY(told.size() > before);
    QVERIFY(told.back() != told[before - 1]);
    applyTheme(Theme::light());
  }

  void ringsAndOutlines_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void ringsAndOutlines() {
    QFETCH(bool, dark);
    applyTheme(dark ? Theme::darkTheme() : Theme::light());
    auto points = blobs(60);
    points->centers.clear();
    points->marked.assign(180, 0);
    for (std::size_t i = 0; i < 180; i += 9) points->marked[i] = 1;
    const float middle[3][2] = {{-2, -1}, {2, 0.5F}, {-1, 2}};
    for (int group = 0; group < 3; ++group) {
      Outline ellipse;
      ellipse.group = group;
      for (int i = 0; i < 64; ++i) {
        const double turn = 2 * M_PI * i / 64;
        ellipse.xy.push_back(middle[group][0] + static_cast<float>(1.9 * std::cos(turn)));
        ellipse.xy.push_back(middle[group][1] + static_cast<float>(1.2 * std::sin(turn)));
      }
      ellipse.xy.insert(ellipse.xy.end(), {ellipse.xy[0], ellipse.xy[1]});
      points->outlines.push_back(ellipse);
    }
    points->outlines.push_back({-1, true, {-3, -2, 4, 2.5F}});
    PointView view;
    view.resize(460, 320);
    view.QWidget::show();
    const QImage before = picture(view);
    view.show(published(points));
    QTRY_VERIFY(picture(view) != before);
    QTest::qWait(150);
    const QImage image = picture(view);
    image.save(QString(TEST_BINARY_DIR) +
               (dark ? "/look-points-outlines-dark.png" : "/look-points-outlines-light.png"));
    const auto near = [](const QImage& seen, const QPointF& at, const QColor& color) {
      for (int dx = -2; dx <= 2; ++dx)
        for (int dy = -2; dy <= 2; ++dy) {
          const QColor pixel = seen.pixelColor((at * 2).toPoint() + QPoint(dx, dy));
          if (std::abs(pixel.red() - color.red()) + std::abs(pixel.green() - color.green()) +
                  std::abs(pixel.blue() - color.blue()) <
              60)
            return true;
        }
      return false;
    };
    // The ellipse's ends lie outside of the cloud, and are in view.
    for (int group = 0; group < 3; ++group)
      for (const double side : {-1.9, 1.9}) {
        const QPointF end = view.pixelOf({middle[group][0] + side, middle[group][1]});
        QVERIFY(view.rect().contains(end.toPoint()));
        QVERIFY(near(image, end, seriesColor(group)));
      }
    QImage paper(view.size() * 2, QImage::Format_ARGB32_Premultiplied);
    paper.setDevicePixelRatio(2);
    paper.fill(theme().panel);
    QPainter painter(&paper);
    view.paintTo(painter, QRectF(view.rect()));
    painter.end();
    for (int group = 0; group < 3; ++group)
      QVERIFY(near(paper, view.pixelOf({middle[group][0] + 1.9, middle[group][1]}), seriesColor(group)));
    // Rings: the same cloud without any has less of the letters' colour.
    auto bare = std::make_shared<Points>(*points);
    bare->marked.clear();
    view.show(published(bare));
    QTRY_VERIFY(picture(view) != image);
  }
};

QTEST_MAIN(TestPointView)
#include "test_point_view.moc"
