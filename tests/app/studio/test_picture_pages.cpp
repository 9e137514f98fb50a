#include <QCheckBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QtTest>

#include "app/studio/augment_page.hpp"
#include "app/studio/augment_section.hpp"
#include "app/studio/network_page.hpp"
#include "core/data/augment.hpp"
#include "widgets/images/image_wall.hpp"
#include "widgets/network/network_editor.hpp"
#include "widgets/params/parameter_form.hpp"
#include "widgets/theme.hpp"

using namespace gb;

namespace {

std::shared_ptr<const Dataset> pictures(std::size_t count) {
  auto dataset = std::make_shared<Dataset>();
  dataset->name = "pictures";
  ImageSet set;
  set.count = count;
  set.channels = 1;
  set.height = set.width = 8;
  std::vector<std::uint8_t> bytes(count * 64);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 37 + i / 64);
  set.pixels = SharedBytes(std::make_shared<std::vector<std::uint8_t>>(std::move(bytes)));
  dataset->content = std::move(set);
  return dataset;
}

Json documentWith(const char* algorithm) {
  return Json{{"glassbench", 1},
              {"seed", 5},
              {"data", Json{{"source", "bundled"}, {"name", "mnist-10k"}}},
              {"algorithm", Json{{"id", algorithm}}}};
}

QString wallText(AugmentPage& page) {
  QString text;
  for (const auto& line : page.wall()->numbers().rows) text += line.join(',') + '\n';
  return text;
}

QImage wallPicture(AugmentPage& page) {
  return page.wall()->grab().toImage();
}

}  // namespace

/// What is done to pictures, as edits of the document: their variants, and the layers that look at them.
class TestPicturePages : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { applyTheme(Theme::light()); }

  void theSwitchWritesAndErasesTheObject() {
    ExperimentDocument document;
    AugmentSection section(document);
    QSignalSpy asked(&section, &AugmentSection::openRequested);
    document.replace(documentWith("cnn"), {}, ".");
    section.refresh();
    connect(&document, &ExperimentDocument::changed, &section, &AugmentSection::refresh);
    auto* box = section.findChild<QCheckBox*>("augment");
    QVERIFY(!box->isChecked());
    box->click();
    QVERIFY(document.json()["augment"].is_object());
    QVERIFY(document.experiment().augmentation().has_value());
    QCOMPARE(asked.size(), 1);
    QVERIFY(section.findChild<QLabel*>());
    box->click();
    QVERIFY(!document.json().contains("augment"));
    document.undoStack().undo();
    QVERIFY(box->isChecked());
    document.undoStack().undo();
    QVERIFY(!document.json().contains("augment"));
  }

  void itIsOfferedWhereItIsHeard() {
    ExperimentDocument document;
    AugmentSection section(document);
    const auto offered = [&](const char* algorithm, bool images) {
      document.replace(documentWith(algorithm), {}, ".");
      section.setPictures(images);
      return !section.isHidden();
    };
    QVERIFY(offered("cnn", true));
    QVERIFY(!offered("cnn", false));
    QVERIFY(!offered("kmeans", true));
    // Written where nothing hears it: it must be seen in order to be switched off.
    Json json = documentWith("kmeans");
    json["augment"] = Json{{"rotate", 3}};
    document.replace(json, {}, ".");
    section.refresh();
    QVERIFY(!section.isHidden());
  }

  void variantsFollowTheFields() {
    ExperimentDocument document;
    AugmentPage page(document);
    QSignalSpy previewed(&page, &AugmentPage::previewed);
    Json json = documentWith("cnn");
    json["augment"] = Json{{"rotate", 20}};
    document.replace(json, {}, ".");
    page.resize(1000, 700);
    page.show();
    const auto data = pictures(30);
    page.setDataset(data);
    QTRY_VERIFY(previewed.size() > 0);
    QCOMPARE(page.wall()->numbers().rows.size(), std::size_t{12});
    QVERIFY(!wallText(page).isEmpty());
    const QImage turned = wallPicture(page);

    // A slider writes the document as it moves; one way back for one drag.
    auto* slider = page.form()->findChild<QSlider*>();
    QVERIFY(slider);
    const int count = document.undoStack().count();
    previewed.clear();
    slider->setValue(slider->maximum() / 2);
    slider->setValue(slider->maximum());
    QCOMPARE(document.undoStack().count(), count + 1);
    QTRY_VERIFY(previewed.size() > 0);
    const QImage more = wallPicture(page);
    QVERIFY(more != turned);
    previewed.clear();
    document.undoStack().undo();
    QTRY_VERIFY(previewed.size() > 0);
    QCOMPARE(wallPicture(page), turned);

    previewed.clear();
    const auto row = page.row();
    page.findChild<QPushButton*>("augment-another")->click();
    QVERIFY(page.row() != row);
    QTRY_VERIFY(previewed.size() > 0);
    QVERIFY(wallPicture(page) != turned);
  }

  void impossibleValuesStayInTheForm() {
    ExperimentDocument document;
    AugmentPage page(document);
    Json json = documentWith("cnn");
    json["augment"] = Json{{"rotate", 20}};
    document.replace(json, {}, ".");
    page.show();
    auto* rotate = page.form()->findChild<QLineEdit*>("rotate");
    rotate->setFocus();
    rotate->selectAll();
    QTest::keyClicks(rotate, "999");
    QTest::keyClick(rotate, Qt::Key_Return);
    QVERIFY(rotate->property("invalid").toBool());
    QVERIFY(document.json()["augment"]["rotate"].get<double>() <= 180);
    // As it is by default: not written.
    rotate->selectAll();
    QTest::keyClicks(rotate, "0");
    QTest::keyClick(rotate, Qt::Key_Return);
    QCOMPARE(document.json()["augment"], Json::object());
  }

  void layersAreEditedInTheDocumentAndComeBack() {
    ExperimentDocument document;
    NetworkPage page(document);
    document.replace(documentWith("cnn"), {}, ".");
    page.setDataset(pictures(30));
    page.resize(1000, 600);
    page.show();
    QVERIFY(page.applies());
    page.findChild<QPushButton*>("layers-copy")->click();
    const Json copied = document.json()["algorithm"]["params"]["layers"];
    QVERIFY(copied.is_array() && !copied.empty());
    page.editor()->select({0});
    auto* filters = page.findChild<QLineEdit*>("filters");
    filters->setFocus();
    filters->selectAll();
    QTest::keyClicks(filters, "12");
    QCOMPARE(document.json()["algorithm"]["params"]["layers"][0]["filters"], Json(12));
    // Typing is one edit.
    QCOMPARE(document.undoStack().count(), 2);
    document.undoStack().undo();
    QCOMPARE(document.json()["algorithm"]["params"]["layers"], copied);
    QCOMPARE(filters->text(), QString("32"));
    document.undoStack().undo();
    QVERIFY(!document.json()["algorithm"].contains("params") ||
            !document.json()["algorithm"]["params"].contains("layers"));
    QVERIFY(page.findChild<QPushButton*>("layers-copy")->isVisible());
    document.replace(documentWith("kmeans"), {}, ".");
    QVERIFY(!page.applies());
  }
};

QTEST_MAIN(TestPicturePages)
#include "test_picture_pages.moc"
