#include <QImage>
#include <QScrollBar>
#include <QtTest>

#include "widgets/images/image_wall.hpp"
#include "widgets/theme.hpp"

using namespace gb;

namespace {

using Rows = std::vector<std::int64_t>;

/// Picture i is filled with the grey (or red) value 10 * i; its upper left pixel is white.
std::shared_ptr<Images> pictures(int count, int channels, int side = 8) {
  auto images = std::make_shared<Images>();
  images->title = "Samples";
  images->count = count;
  images->channels = channels;
  images->height = images->width = side;
  for (int i = 0; i < count; ++i) {
    for (int channel = 0; channel < channels; ++channel)
      for (int pixel = 0; pixel < side * side; ++pixel)
        images->pixels.push_back(static_cast<std::uint8_t>(pixel == 0 ? 255 : channel == 0 ? 10 * i % 256 : 0));
    images->captions.push_back("0." + std::to_string(i));
    images->rows.push_back(500 + i);
  }
  return images;
}

QImage picture(QWidget& view) {
  QImage image(view.size(), QImage::Format_RGB32);
  image.fill(theme().panel);
  view.render(&image, {}, {}, QWidget::DrawChildren);
  return image;
}

}  // namespace

class TestImageWall : public QObject {
  Q_OBJECT
 private slots:
  void init() { applyTheme(Theme::light()); }

  void picturesKeepTheirPixels_data() {
    QTest::addColumn<int>("channels");
    QTest::newRow("grey") << 1;
    QTest::newRow("colour") << 3;
    QTest::newRow("colour with alpha") << 4;
  }
  void picturesKeepTheirPixels() {
    QFETCH(int, channels);
    ImageWall wall;
    wall.resize(280, 280);
    wall.setImages(pictures(12, channels));
    const QImage image = picture(wall);
    image.save(QString(TEST_BINARY_DIR) + QString("/look-wall-%1.png").arg(channels));
    for (int i = 0; i < 12; ++i) {
      const QRectF cell = wall.imageRect(i);
      QVERIFY(QRectF(wall.rect()).contains(cell));
      const QColor middle = image.pixelColor(cell.center().toPoint());
      QCOMPARE(middle, channels == 1 ? QColor(10 * i, 10 * i, 10 * i) : QColor(10 * i, 0, 0));
      // Enlarged pixels have sharp edges: the white one ends within a pixel.
      const double pixel = cell.width() / 8;
      const QPointF inside = cell.topLeft() + QPointF(pixel * 0.7, pixel * 0.7),
                    beyond = cell.topLeft() + QPointF(pixel + 1.5, pixel * 0.7);
      QVERIFY(image.pixelColor(inside.toPoint()).red() > 250);
      QCOMPARE(image.pixelColor(beyond.toPoint()).red(), middle.red());
    }
  }

  void clicksAndKeysSelectRows() {
    ImageWall wall;
    wall.resize(280, 200);
    wall.setImages(pictures(12, 1));
    Rows rows;
    QString description;
    connect(&wall, &View::rowsSelected, &wall, [&](const Rows& chosen, const QString& text) {
      rows = chosen;
      description = text;
    });
    const auto click = [&](int i, Qt::KeyboardModifiers modifiers = {}) {
      QTest::mouseClick(&wall, Qt::LeftButton, modifiers, wall.imageRect(i).center().toPoint());
    };
    click(3);
    QCOMPARE(rows, Rows{503});
    QVERIFY(description.contains("503") && description.contains("0.3"));
    click(5, Qt::ControlModifier);
    QCOMPARE(rows, (Rows{503, 505}));
    click(3, Qt::ControlModifier);
    QCOMPARE(rows, Rows{505});
    click(5);
    QVERIFY(rows.empty());
    click(0);
    QTest::keyClick(&wall, Qt::Key_Right);
    QTest::keyClick(&wall, Qt::Key_Down);
    QTest::keyClick(&wall, Qt::Key_Return);
    QCOMPARE(rows.size(), std::size_t{1});
    const auto chosen = static_cast<int>(rows[0] - 500);
    QVERIFY(wall.imageRect(chosen).top() > wall.imageRect(1).top());
    QCOMPARE(wall.imageRect(chosen).left(), wall.imageRect(1).left());
    wall.highlightRows({502});
    const QRectF second = wall.imageRect(2);
    QCOMPARE(picture(wall).pixelColor(QPointF(second.center().x(), second.top()).toPoint()), theme().accent);
  }

  void manyPicturesScroll() {
    ImageWall wall;
    wall.resize(280, 200);
    wall.QWidget::show();
    wall.setCellSize(48);
    wall.setImages(pictures(200, 1));
    QCOMPARE(wall.imageRect(0).width(), 48.0);
    auto* bar = wall.findChild<QScrollBar*>();
    QVERIFY(bar->isVisible());
    QVERIFY(wall.imageRect(199).top() > 200);
    bar->setValue(bar->maximum());
    QVERIFY(wall.imageRect(199).bottom() <= 200);
    QVERIFY(wall.imageRect(199).bottom() > 150);
    QTest::keyClick(&wall, Qt::Key_Right);  // the cursor appears on the first and is brought into view
    QVERIFY(wall.imageRect(0).top() >= -2);
    QVERIFY(wall.heightForWidth(280) > 1000);
  }

  void picturesThatAreShorterThanTheySayAreIgnored() {
    ImageWall wall;
    wall.resize(280, 200);
    auto images = pictures(3, 1);
    images->count = 4;
    wall.setImages(images);
    QVERIFY(wall.numbers().rows.empty());
    wall.setImages(pictures(3, 1));
    QCOMPARE(wall.numbers().rows.size(), std::size_t{3});
    QCOMPARE(wall.numbers().rows[2], QStringList({"2", "502", "0.2"}));
    wall.setImages(nullptr);
    QVERIFY(wall.numbers().rows.empty());
    picture(wall);
  }

  void itIsNamedAndSaved() {
    QTemporaryDir folder;
    ImageWall wall;
    QVERIFY(!wall.accessibleName().isEmpty() && !wall.accessibleDescription().isEmpty());
    wall.resize(280, 200);
    wall.show(Event(std::shared_ptr<const Images>(pictures(12, 3))));
    QCOMPARE(wall.accessibleName(), "Samples");
    for (const char* ending : {"svg", "png", "pdf", "csv"})
      QCOMPARE(wall.saveAs(folder.filePath(QString("w.") + ending)), QString());
    const QImage png(folder.filePath("w.png"));
    QVERIFY(!png.isNull());
    int red = 0;
    for (int y = 0; y < png.height(); ++y)
      for (int x = 0; x < png.width(); ++x) red += png.pixelColor(x, y) == QColor(110, 0, 0);
    QVERIFY(red > 100);
  }
};

QTEST_MAIN(TestImageWall)
#include "test_image_wall.moc"
