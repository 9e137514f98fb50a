#include <QComboBox>
#include <QImage>
#include <QSignalSpy>
#include <QtTest>

#include "widgets/group_view.hpp"
#include "widgets/images/image_wall.hpp"
#include "widgets/images/matrix_view.hpp"
#include "widgets/theme.hpp"
#include "widgets/view_factory.hpp"

using namespace gb;

namespace {

Event matrix(const std::string& layer, double value) {
  auto made = std::make_shared<Matrix>();
  made->view = "weights/" + layer;
  made->title = "Weights of " + layer;
  made->row_labels = {"up", "down"};
  made->column_labels = {"1"};
  made->values = {value, 1 - value};
  return std::shared_ptr<const Matrix>(made);
}

QString cell(const GroupView& view) {
  return view.numbers().rows[0].last();
}

}  // namespace

class TestGroupView : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(Theme::light()); }

  void oneMemberIsShownAndAnotherChosen() {
    const auto made = makeView(matrix("conv2d", 0.25));
    auto* view = qobject_cast<GroupView*>(made.get());
    QVERIFY(view);
    QCOMPARE(placeKey(matrix("conv2d", 0)), "weights");
    view->resize(300, 200);
    view->QWidget::show();
    view->show(matrix("conv2d", 0.25));
    view->show(matrix("dense", 0.75));
    QCOMPARE(view->members(), (QStringList{"conv2d", "dense"}));
    QCOMPARE(view->groupTitle(), "Weights");
    QCOMPARE(view->title(), "Weights of conv2d");
    QCOMPARE(cell(*view), "0.25");
    QSignalSpy titled(view, &View::titleChanged);
    view->chooser()->setCurrentIndex(1);
    emit view->chooser()->activated(1);
    QVERIFY(titled.size() > 0);
    QCOMPARE(view->title(), "Weights of dense");
    QCOMPARE(cell(*view), "0.75");
    QVERIFY(qobject_cast<MatrixView*>(view->current()));
    QVERIFY(view->current()->isVisible());
    // News of one member leave the choice alone, and reach the other.
    view->show(matrix("conv2d", 0.5));
    QCOMPARE(view->member(), "dense");
    view->setMember("conv2d");
    QCOMPARE(cell(*view), "0.5");
    // What belongs elsewhere is ignored.
    view->show(Scalar{"weights/loss", 1, 2});
    auto stranger = std::make_shared<Matrix>();
    stranger->view = "confusion";
    view->show(std::shared_ptr<const Matrix>(stranger));
    QCOMPARE(view->members().size(), 2);
  }

  /// A run after another one may have other layers; the layer that a person chose stays where there is one.
  void leftOversGoWhenTheNextRunSpeaks() {
    GroupView view("weights");
    for (const char* layer : {"a", "b", "c"}) view.show(matrix(layer, 0.5));
    view.setMember("c");
    view.setLeftOver();
    QCOMPARE(view.members().size(), 3);
    view.show(matrix("b", 0.1));
    QCOMPARE(view.members(), QStringList{"b"});
    QCOMPARE(view.member(), "b");
    view.show(matrix("c", 0.2));
    QCOMPARE(view.members(), (QStringList{"b", "c"}));
    QCOMPARE(view.member(), "c");
  }

  void anEmptyGroupHasATitleAndNothingElse() {
    GroupView view("feature-maps");
    view.resize(200, 100);
    QCOMPARE(view.title(), "Feature maps");
    QVERIFY(view.numbers().rows.empty());
    QVERIFY(!view.current());
    view.grab();
  }

  /// Pictures that are no rows of the data select none.
  void mapsSelectNothing() {
    auto images = std::make_shared<Images>();
    images->view = "feature-maps/conv2d";
    images->count = 4;
    images->height = images->width = 2;
    images->pixels.assign(16, 100);
    GroupView view("feature-maps");
    view.resize(300, 200);
    view.QWidget::show();
    view.show(std::shared_ptr<const Images>(images));
    QSignalSpy selected(&view, &View::rowsSelected);
    auto* wall = qobject_cast<ImageWall*>(view.current());
    QVERIFY(wall);
    QTest::mouseClick(wall, Qt::LeftButton, {}, wall->imageRect(2).center().toPoint());
    QCOMPARE(selected.size(), 0);
    images = std::make_shared<Images>(*images);
    images->rows = {10, 11, 12, 13};
    view.show(std::shared_ptr<const Images>(images));
    QTest::mouseClick(wall, Qt::LeftButton, {}, wall->imageRect(2).center().toPoint());
    QCOMPARE(selected.size(), 1);
    QCOMPARE(selected[0][0].value<std::vector<std::int64_t>>(), std::vector<std::int64_t>{12});
  }
};

QTEST_MAIN(TestGroupView)
#include "test_group_view.moc"
