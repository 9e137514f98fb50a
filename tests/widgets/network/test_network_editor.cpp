#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QtTest>

#include "core/layers/presets.hpp"
#include "widgets/network/layer_list_model.hpp"
#include "widgets/network/layer_words.hpp"
#include "widgets/network/network_editor.hpp"
#include "widgets/theme.hpp"

using namespace gb;

namespace {

const Shape digits{1, 28, 28};

/// A part with the presets of a CNN, the first of which holds.
NetworkPart partOf(const Shape& picture) {
  const auto presets = network_presets();
  return {.field = "layers",
          .input = picture,
          .outputs = 10,
          .output = {},
          .presets = {presets.begin(), presets.end()},
          .preset = 0};
}

/// An editor whose edits take hold, as with a document behind it.
struct Bench {
  Json layers;
  QStringList texts, fields;
  NetworkPart part;
  NetworkEditor editor;
  bool active = false;

  explicit Bench(const Json& first, const Shape& picture = digits) : Bench(first, partOf(picture)) {}
  Bench(const Json& first, const NetworkPart& given) : layers(first), part(given) {
    QObject::connect(&editor, &NetworkEditor::edited, &editor,
                     [this](const QString& text, const QString& field, const Json& changed) {
                       texts << text;
                       fields << field;
                       layers = changed;
                       editor.setNetwork(part, layers, "no shapes yet");
                     });
    editor.setNetwork(part, layers, "no shapes yet");
    editor.resize(1000, 600);
    editor.show();
    // Keys reach the window that is active only.
    editor.activateWindow();
    active = QTest::qWaitForWindowActive(&editor);
  }
  /// The field of the chosen layer; those of the one before may not be gone yet.
  QLineEdit* field(const char* name) { return editor.findChildren<QLineEdit*>(name).last(); }
  QListView* list() { return editor.findChild<QListView*>("layers"); }
  LayerListModel* model() { return static_cast<LayerListModel*>(list()->model()); }
  const LayerListModel::Row& row(int index) { return model()->rows()[static_cast<std::size_t>(index)]; }
  void press(int key, Qt::KeyboardModifiers modifiers) {
    list()->setFocus();
    QTest::keyClick(list(), static_cast<Qt::Key>(key), modifiers);
  }
  void choose(const char* menu, const char* action) {
    auto* found = editor.findChild<QPushButton*>(menu)->menu()->findChild<QAction*>(action);
    QVERIFY(found);
    found->trigger();
  }
  QStringList types() {
    QStringList all;
    for (const auto& each : model()->rows()) all << QString::fromStdString(each.summary.type);
    return all;
  }
};

bool shows(const QWidget& widget, const QString& text) {
  for (const auto* label : widget.findChildren<QLabel*>())
    if (label->isVisibleTo(&widget) && label->text().contains(text)) return true;
  return false;
}

}  // namespace

class TestNetworkEditor : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { applyTheme(Theme::light()); }

  void aListShowsWhatItMakesAndCosts() {
    Bench bench(Json::parse(R"([{"type":"Conv2D","filters":8},"Flatten"])"));
    QCOMPARE(bench.types(), QStringList({"Conv2D", "Flatten", "Dense"}));
    QCOMPARE(shapeText(bench.row(0).summary.shape), QString("8 × 26 × 26"));
    QCOMPARE(bench.row(0).summary.cost.parameters, 8 * 9 + 8);
    QVERIFY(bench.row(2).summary.added);
    QCOMPARE(bench.model()->total().parameters, std::int64_t{80} + 8 * 26 * 26 * 10 + 10);
    QVERIFY(bench.model()->valid());
    // What is added by itself can be looked at, not changed.
    bench.list()->setCurrentIndex(bench.model()->index(2));
    QVERIFY(shows(bench.editor, "added by itself"));
    bench.press(Qt::Key_Delete, Qt::NoModifier);
    QVERIFY(bench.texts.isEmpty());
  }

  void words_data() {
    QTest::addColumn<QString>("layer");
    QTest::addColumn<QString>("words");
    QTest::newRow("defaults") << R"("Conv2D")"
                              << "32 filters, 3 × 3";
    QTest::newRow("written") << R"({"type":"Conv2D","filters":16,"kernel_size":[3,5],"strides":2,"padding":"same"})"
                             << "16 filters, 3 × 5, strides of 2, same size";
    QTest::newRow("a bare number") << R"({"type":"MaxPooling2D","pool_size":3})"
                                   << "3 × 3";
    QTest::newRow("share") << R"({"type":"Dropout","rate":0.3})"
                           << "30 % of the numbers";
    QTest::newRow("no bias") << R"({"type":"Dense","units":7,"use_bias":false})"
                             << "7 units, no bias";
    QTest::newRow("nothing to say") << R"("Flatten")"
                                    << "";
    QTest::newRow("unknown") << R"({"type":"Conv9D"})"
                             << "";
    QTest::newRow("no layer") << "3"
                              << "";
  }
  void words() {
    QFETCH(QString, layer);
    QFETCH(QString, words);
    QCOMPARE(layerWords(Json::parse(layer.toStdString())).replace("%n", "N"), QString(words).replace("%n", "N"));
  }

  void figures() {
    QCOMPARE(countText(812), QString("812"));
    QCOMPARE(countText(74500), QString("74.5\u00a0k"));
    QCOMPARE(countText(999600), QString("1.00\u00a0M"));
    QCOMPARE(bytesText(1300000), QString("1.30\u00a0MB"));
  }

  void aLayerIsAddedBehindTheChosenOne() {
    Bench bench(Json::parse(R"(["Flatten",{"type":"Dense","units":10}])"));
    bench.editor.select({0});
    bench.choose("layer-add", "add-Dropout");
    QCOMPARE(bench.layers, Json::parse(R"(["Flatten",{"type":"Dropout"},{"type":"Dense","units":10}])"));
    QCOMPARE(bench.editor.selected(), LayerPath({1}));
    QCOMPARE(bench.texts.size(), 1);
    // Every type can be added and is valid where pictures come in.
    bench.choose("layer-add", "add-Residual");
    QVERIFY(bench.layers[2]["layers"].is_array());
  }

  void aFieldIsTypedAndFollowedAtOnce() {
    Bench bench(Json::parse(R"(["Conv2D","Flatten"])"));
    bench.editor.select({0});
    auto* filters = bench.field("filters");
    QVERIFY(filters);
    filters->setFocus();
    filters->selectAll();
    QTest::keyClicks(filters, "4");
    QCOMPARE(bench.layers[0], Json::parse(R"({"type":"Conv2D","filters":4})"));
    QCOMPARE(bench.row(0).summary.shape, Shape({4, 26, 26}));
    QTest::keyClicks(filters, "8");
    QCOMPARE(bench.row(0).summary.shape, Shape({48, 26, 26}));
    QCOMPARE(filters->text(), QString("48"));
    QVERIFY(filters->hasFocus());
    // One way back for what was typed in one go.
    QCOMPARE(bench.fields, QStringList({"layers[0].filters", "layers[0].filters"}));
    // What is as always is not written; one number stands for both axes.
    filters->selectAll();
    QTest::keyClicks(filters, "32");
    auto* kernel = bench.field("kernel_size");
    kernel->setFocus();
    kernel->selectAll();
    QTest::keyClicks(kernel, "5");
    QCOMPARE(bench.layers[0], Json::parse(R"({"type":"Conv2D","kernel_size":5})"));
  }

  void aMistakeIsToldAtItsLayer() {
    Bench bench(Json::parse(R"(["Conv2D",{"type":"Conv2D","kernel_size":40},"Flatten",{"type":"Dense","units":0}])"));
    QVERIFY(!bench.model()->valid());
    QCOMPARE(bench.row(0).summary.shape, Shape({32, 26, 26}));
    QVERIFY(bench.row(0).summary.error.empty());
    QVERIFY(bench.row(1).summary.error.find("does not fit") != std::string::npos);
    QVERIFY(bench.row(2).summary.error.empty());
    QVERIFY(bench.row(2).summary.shape.empty());
    QVERIFY(bench.row(3).summary.error.find("units") != std::string::npos);
    // The row has room for it, the reader tells it, and the form shows it at its field.
    const auto plain = bench.list()->visualRect(bench.model()->index(0)).height();
    QVERIFY(bench.list()->visualRect(bench.model()->index(1)).height() > plain);
    QVERIFY(bench.model()->data(bench.model()->index(1), Qt::AccessibleTextRole).toString().contains("does not fit"));
    bench.editor.select({1});
    auto* kernel = bench.field("kernel_size");
    QVERIFY(kernel->property("invalid").toBool());
    QVERIFY(shows(bench.editor, "does not fit"));
    kernel->setFocus();
    kernel->selectAll();
    QTest::keyClicks(kernel, "3");
    QVERIFY(bench.row(1).summary.error.empty());
    QCOMPARE(bench.row(1).summary.shape, Shape({32, 24, 24}));
    QVERIFY(!kernel->property("invalid").toBool());
  }

  void whatIsNoLayerIsShownAndCanBeRemoved() {
    Bench bench(Json::parse(R"(["Flaten", 3, {"type": "Residual", "layers": 7}, "Flatten"])"));
    QCOMPARE(bench.model()->rowCount(), 4);
    QVERIFY(bench.row(0).summary.error.find("did you mean") != std::string::npos);
    QVERIFY(!bench.row(1).summary.error.empty());
    QVERIFY(!bench.row(2).summary.error.empty());
    for (int i = 0; i < 3; ++i) {
      bench.editor.select({0});
      bench.press(Qt::Key_Delete, Qt::NoModifier);
    }
    QCOMPARE(bench.layers, Json::parse(R"(["Flatten"])"));
    QVERIFY(bench.model()->valid());
  }

  void keysReorderDuplicateAndRemove() {
    Bench bench(Json::parse(R"(["Conv2D",{"type":"MaxPooling2D","name":"pool"},"Flatten"])"));
    bench.editor.select({1});
    bench.press(Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(bench.types().mid(0, 3), QStringList({"MaxPooling2D", "Conv2D", "Flatten"}));
    QCOMPARE(bench.editor.selected(), LayerPath({0}));
    bench.press(Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(bench.types().mid(0, 3), QStringList({"Conv2D", "MaxPooling2D", "Flatten"}));
    bench.press(Qt::Key_D, Qt::ControlModifier);
    // A name is taken once only.
    QCOMPARE(bench.layers[2], Json::parse(R"({"type":"MaxPooling2D"})"));
    QVERIFY(bench.model()->valid());
    bench.press(Qt::Key_Delete, Qt::NoModifier);
    QCOMPARE(bench.layers.size(), std::size_t{3});
    QCOMPARE(bench.texts.size(), 4);
  }

  void aDropMovesTheLayer() {
    Bench bench(Json::parse(R"(["Conv2D","MaxPooling2D",{"type":"Residual","layers":[{"type":"Conv2D"}]}])"));
    auto* model = bench.model();
    const std::unique_ptr<QMimeData> first(model->mimeData({model->index(1)}));
    model->dropMimeData(first.get(), Qt::MoveAction, 0, 0, {});
    QTRY_COMPARE(bench.types().mid(0, 2), QStringList({"MaxPooling2D", "Conv2D"}));
    // Onto a block: into it.
    const std::unique_ptr<QMimeData> second(model->mimeData({model->index(0)}));
    model->dropMimeData(second.get(), Qt::MoveAction, -1, -1, model->index(2));
    QTRY_COMPARE(bench.layers.size(), std::size_t{2});
    QCOMPARE(bench.layers[1]["layers"][1], Json("MaxPooling2D"));
    QCOMPARE(bench.editor.selected(), LayerPath({1, 1}));
  }

  void layersOfABlockStandBelowIt() {
    Bench bench(Json::parse(R"([{"type":"Residual","layers":[{"type":"Conv2D","padding":"same","filters":1}]}])"));
    QCOMPARE(bench.row(1).summary.depth, 1);
    QCOMPARE(bench.row(1).path, LayerPath({0, 0}));
    bench.editor.select({0, 0});
    bench.choose("layer-add", "add-BatchNormalization");
    QCOMPARE(bench.layers[0]["layers"].size(), std::size_t{2});
    bench.editor.select({0});
    bench.choose("layer-add", "add-Flatten");
    QCOMPARE(bench.layers.size(), std::size_t{2});
    bench.press(Qt::Key_Right, Qt::AltModifier);
    QCOMPARE(bench.layers[0]["layers"].size(), std::size_t{3});
    bench.press(Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(bench.layers.size(), std::size_t{2});
  }

  void aPresetIsLookedAtUntilACopyIsMade() {
    Bench bench(nullptr);
    QCOMPARE(bench.types().front(), QString("Conv2D"));
    QVERIFY(shows(bench.editor, "Small CNN"));
    QVERIFY(!bench.editor.findChild<QPushButton*>("layer-add")->isEnabled());
    bench.press(Qt::Key_Delete, Qt::NoModifier);
    QVERIFY(bench.texts.isEmpty());
    QTest::mouseClick(bench.editor.findChild<QPushButton*>("layers-copy"), Qt::LeftButton);
    QCOMPARE(bench.layers, network_presets().front().layers);
    QVERIFY(bench.editor.findChild<QPushButton*>("layer-add")->isEnabled());
    bench.choose("layers-start", "start-lenet5");
    QCOMPARE(bench.layers, network_presets()[1].layers);
    QTest::mouseClick(bench.editor.findChild<QPushButton*>("layers-preset"), Qt::LeftButton);
    QVERIFY(bench.layers.is_null());
  }

  void withoutDataTheListIsThereWithoutShapes() {
    Bench bench(Json::parse(R"(["Conv2D",{"type":"Dense","units":-1}])"), Shape{});
    QCOMPARE(bench.types(), QStringList({"Conv2D", "Dense"}));
    QVERIFY(bench.row(0).summary.shape.empty());
    QVERIFY(bench.row(0).summary.error.empty());
    QVERIFY(!bench.row(1).summary.error.empty());
    QVERIFY(shows(bench.editor, "no shapes yet"));
    bench.editor.setNetwork(partOf(digits), bench.layers);
    QVERIFY(!bench.row(0).summary.shape.empty());
    QVERIFY(!shows(bench.editor, "no shapes yet"));
  }

  /// What has to make a picture is told that it does not, at its last layer, and nothing is added to it.
  void aListThatHasToMakeAPicture() {
    NetworkPart part = partOf({20});
    part.field = "generator_layers";
    part.output = digits;
    Bench bench(Json::parse(R"([{"type":"Dense","units":783},{"type":"Reshape","target_shape":[1,27,29]}])"), part);
    QCOMPARE(bench.types(), QStringList({"Dense", "Reshape"}));
    QVERIFY(!bench.model()->valid());
    QVERIFY(QString::fromStdString(bench.row(1).summary.error).contains("28"));
    bench.layers[0]["units"] = 784;
    bench.layers[1]["target_shape"] = Json::array({1, 28, 28});
    bench.editor.setNetwork(part, bench.layers);
    QVERIFY(bench.model()->valid());
    bench.editor.select({0});
    auto* units = bench.field("units");
    units->setFocus();
    units->selectAll();
    QTest::keyClicks(units, "7");
    QCOMPARE(bench.fields, QStringList({"generator_layers[0].units"}));
    QVERIFY(!bench.model()->valid());
  }

  void nothingChangesWhileARunGoesOn() {
    Bench bench(Json::parse(R"(["Conv2D","Flatten"])"));
    bench.editor.select({0});
    bench.editor.setRunning(true);
    bench.press(Qt::Key_Delete, Qt::NoModifier);
    QVERIFY(bench.texts.isEmpty());
    QVERIFY(!bench.field("filters")->isEnabled());
    bench.editor.setRunning(false);
    bench.press(Qt::Key_Delete, Qt::NoModifier);
    QCOMPARE(bench.texts.size(), 1);
  }
};

QTEST_MAIN(TestNetworkEditor)
#include "test_network_editor.moc"
