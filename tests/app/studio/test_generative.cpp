#include <QApplication>
#include <QDir>
#include <QImage>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSlider>
#include <QTemporaryDir>
#include <QTest>

#include "app/studio/gallery_page.hpp"
#include "app/studio/latent_page.hpp"
#include "app/studio/live_page.hpp"
#include "app/studio/main_window.hpp"
#include "app/studio/tile.hpp"
#include "app/studio/time_bar.hpp"
#include "app/studio/workbench.hpp"
#include "own_store.hpp"
#include "widgets/images/image_wall.hpp"
#include "widgets/theme.hpp"

using gb::Json;
using gb::MainWindow;
using Phase = gb::RunController::State;

namespace {

constexpr int patience = 200000;

gb::Tile* tileOf(MainWindow& window, const QString& key) {
  for (auto* tile : window.workbench().live->tiles())
    if (tile->key() == key) return tile;
  return nullptr;
}

QImage pictureOf(QWidget& widget) {
  return widget.grab().toImage();
}

}  // namespace

/// What a person does with a GAN: watch it paint, stop and step, look back, explore, keep.
class TestGenerative : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> folder_;

 private slots:
  void initTestCase() { gb::settleStudio(); }

  void init() { folder_ = gb::ownStore(); }

  void from_noise_to_kept_pictures() {
    MainWindow window;
    window.resize(1280, 800);
    window.show();
    QTRY_VERIFY_WITH_TIMEOUT(window.library().store(), patience);
    gb::GalleryCard* card = nullptr;
    for (auto* each : window.gallery().cards())
      if (each->entry().picture() == "digits-gan") card = each;
    QVERIFY(card);
    QTest::mouseClick(card, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    // As much of it as a test has time for.
    window.document().edit("Less", {}, [](Json& json) {
      json["algorithm"]["params"]["epochs"] = 1;
      json["algorithm"]["params"]["batch_size"] = 128;
      json["algorithm"]["params"]["judged_samples"] = 100;
    });

    QTest::mouseClick(window.findChild<QPushButton*>("run"), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(tileOf(window, "samples") != nullptr, patience);
    auto* live = window.workbench().live;
    const QImage noise = pictureOf(*tileOf(window, "samples")->view());
    QTRY_VERIFY_WITH_TIMEOUT(live->timeBar()->last() > 20 && pictureOf(*tileOf(window, "samples")->view()) != noise,
                             patience);

    // Paused it stands still; a step moves one of the two networks.
    QTest::mouseClick(window.findChild<QPushButton*>("pause"), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(window.controller().state() == Phase::paused, patience);
    // What was under way arrives a moment later; then nothing moves.
    std::int64_t at = -1;
    const auto stands = [&] {
      at = live->timeBar()->last();
      QTest::qWait(150);
      return live->timeBar()->last() == at;
    };
    QTRY_VERIFY_WITH_TIMEOUT(stands(), patience);
    QTest::mouseClick(window.findChild<QPushButton*>("step"), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(live->timeBar()->last(), at + 1, patience);
    const auto isGenerator = [&] { return live->texts().join(' ').contains("Generator step"); };
    // Both take turns, the discriminator first.
    QTRY_COMPARE_WITH_TIMEOUT(isGenerator(), (at + 1) % 2 == 0, patience);
    QTest::mouseClick(window.findChild<QPushButton*>("step"), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(live->timeBar()->last(), at + 2, patience);
    QTRY_COMPARE_WITH_TIMEOUT(isGenerator(), (at + 2) % 2 == 0, patience);

    // Back to the first samples while it waits.
    const QImage now = pictureOf(*tileOf(window, "samples")->view());
    live->timeBar()->slider()->setValue(0);
    QTRY_VERIFY_WITH_TIMEOUT(pictureOf(*tileOf(window, "samples")->view()) != now, patience);
    live->timeBar()->follow();

    QTest::mouseClick(window.findChild<QPushButton*>("run"), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(window.controller().state() == Phase::idle, patience);
    QVERIFY(tileOf(window, "scores"));
    QVERIFY(tileOf(window, "health"));
    QVERIFY(tileOf(window, "nearest"));
    QTRY_VERIFY_WITH_TIMEOUT(tileOf(window, "generated-classes"), patience);

    // Is it copying? A click on a sample brings the pictures of the data that are nearest to it.
    auto* wall = qobject_cast<gb::ImageWall*>(tileOf(window, "samples")->view());
    QTest::mouseClick(wall, Qt::LeftButton, {}, wall->imageRect(2).center().toPoint());
    QTRY_VERIFY_WITH_TIMEOUT(tileOf(window, "picked"), patience);
    const auto near = tileOf(window, "picked")->view()->numbers();
    QCOMPARE(near.rows.size(), std::size_t{12});
    QCOMPARE(near.rows[0][1], near.rows[1][1]);
    QVERIFY(tileOf(window, "picked")->view()->title().contains("Sample 3"));

    auto* latent = window.workbench().latent;
    QTRY_VERIFY_WITH_TIMEOUT(latent->applies(), patience);
    window.workbench().showLatent();
    QSignalSpy made(latent, &gb::LatentPage::made);
    QTRY_VERIFY_WITH_TIMEOUT(!made.isEmpty() || latent->picture()->numbers().rows.size() > 0, patience);
    made.clear();
    // A slider changes the picture, and resetting it brings the picture back.
    const QImage before = pictureOf(*latent->picture());
    auto* slider = window.findChild<QSlider*>("latent-slider-1");
    QVERIFY(slider->isVisible());
    slider->setValue(slider->maximum());
    QTRY_VERIFY_WITH_TIMEOUT(!made.isEmpty() && pictureOf(*latent->picture()) != before, patience);
    QTest::mouseClick(window.findChild<QPushButton*>("latent-reset"), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(pictureOf(*latent->picture()) == before, patience);

    const QString grid = folder_->filePath("grid.png"), walk = folder_->filePath("walk.png");
    QCOMPARE(latent->saveGrid(grid), QString());
    QCOMPARE(latent->saveWalk(walk), QString());
    QVERIFY(QImage(grid).width() > 28 * 7);
    QCOMPARE(QImage(walk).size(), QSize(28 * 10, 28));

    // Samples are data like any other.
    const auto maker = gb::pictureMaker(window.library().store()->run_folder(live->runId()) / "model.onnx");
    QVERIFY(maker);
    const QString files = folder_->filePath("generated");
    QVERIFY(QDir().mkpath(files));
    std::vector<std::int32_t> classes;
    for (int i = 0; i < 20; ++i) classes.push_back(i % 10);
    QCOMPARE(gb::writeSamples(*maker, classes, files, 20, 5), QString());
    window.openPath(files);
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset() && window.data().dataset()->rows() == 20, patience);
    QCOMPARE(window.document().json()["data"]["source"].get<std::string>(), std::string("image_folder"));
  }
};

QTEST_MAIN(TestGenerative)
#include "test_generative.moc"
