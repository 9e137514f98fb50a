#include <QtTest>

#include "widgets/network/layer_edits.hpp"

using namespace gb;

namespace {

/// a, block [b, c], d
Json example() {
  return Json::parse(R"(["a", {"type": "Residual", "layers": ["b", "c"]}, "d"])");
}

/// Names from top to bottom, those in a block in brackets.
QString flat(const Json& layers) {
  QString text;
  for (const auto& each : layers)
    text += each.is_string() ? QString::fromStdString(each.get<std::string>())
                             : QStringLiteral("(%1)").arg(flat(each["layers"]));
  return text;
}

}  // namespace

class TestLayerEdits : public QObject {
  Q_OBJECT

 private slots:
  void everyLayerIsListedWithItsPlace() {
    QStringList places;
    for (const auto& each : listedLayers(example())) places << QString::fromStdString(placeText(each.path));
    QCOMPARE(places, QStringList({"[0]", "[1]", "[1].layers[0]", "[1].layers[1]", "[2]"}));
    QCOMPARE(*layerAt(example(), {1, 1}), Json("c"));
    QVERIFY(!layerAt(example(), {0, 0}));
    QVERIFY(!layerAt(example(), {3}));
    QVERIFY(listedLayers(nullptr).empty());
  }

  void moves_data() {
    QTest::addColumn<QList<int>>("path");
    QTest::addColumn<QString>("how");
    QTest::addColumn<QString>("after");
    QTest::newRow("down past a block") << QList<int>{0} << "down"
                                       << "(bc)ad";
    QTest::newRow("up past a block") << QList<int>{2} << "up"
                                     << "ad(bc)";
    QTest::newRow("a whole block") << QList<int>{1} << "up"
                                   << "(bc)ad";
    QTest::newRow("within a block") << QList<int>{1, 0} << "down"
                                    << "a(cb)d";
    QTest::newRow("out of a block, down") << QList<int>{1, 1} << "down"
                                          << "a(b)cd";
    QTest::newRow("out of a block, up") << QList<int>{1, 0} << "up"
                                        << "ab(c)d";
    QTest::newRow("nothing above") << QList<int>{0} << "up"
                                   << "a(bc)d";
    QTest::newRow("nothing below") << QList<int>{2} << "down"
                                   << "a(bc)d";
    QTest::newRow("into the block") << QList<int>{2} << "in"
                                    << "a(bcd)";
    QTest::newRow("no block above") << QList<int>{1} << "in"
                                    << "a(bc)d";
    QTest::newRow("out of the block") << QList<int>{1, 0} << "out"
                                      << "a(c)bd";
    QTest::newRow("out of no block") << QList<int>{0} << "out"
                                     << "a(bc)d";
    QTest::newRow("remove") << QList<int>{1, 0} << "remove"
                            << "a(c)d";
  }
  void moves() {
    QFETCH(QList<int>, path);
    QFETCH(QString, how);
    QFETCH(QString, after);
    const LayerPath from(path.begin(), path.end());
    Json layers = example();
    const Json moved = *layerAt(layers, from);
    std::optional<LayerPath> to;
    if (how == "up") to = moveLayer(layers, from, false);
    if (how == "down") to = moveLayer(layers, from, true);
    if (how == "in") to = nestLayer(layers, from);
    if (how == "out") to = liftLayer(layers, from);
    if (how == "remove") removeLayer(layers, from);
    QCOMPARE(flat(layers), after);
    QCOMPARE(to.has_value(), how != "remove" && after != flat(example()));
    if (to) QCOMPARE(*layerAt(layers, *to), moved);
  }

  void drags_data() {
    QTest::addColumn<QList<int>>("path");
    QTest::addColumn<QList<int>>("to");
    QTest::addColumn<QString>("after");
    QTest::newRow("in front") << QList<int>{2} << QList<int>{0} << "da(bc)";
    QTest::newRow("to the end") << QList<int>{0} << QList<int>{3} << "(bc)da";
    QTest::newRow("into a block behind it") << QList<int>{0} << QList<int>{1, 1} << "(bac)d";
    QTest::newRow("to the end of a block") << QList<int>{2} << QList<int>{1, 2} << "a(bcd)";
    QTest::newRow("out of a block") << QList<int>{1, 1} << QList<int>{0} << "ca(b)d";
    QTest::newRow("to where it is") << QList<int>{0} << QList<int>{1} << "a(bc)d";
    QTest::newRow("a block into itself") << QList<int>{1} << QList<int>{1, 1} << "a(bc)d";
  }
  void drags() {
    QFETCH(QList<int>, path);
    QFETCH(QList<int>, to);
    QFETCH(QString, after);
    const LayerPath from(path.begin(), path.end());
    Json layers = example();
    const Json moved = *layerAt(layers, from);
    const auto at = dragLayer(layers, from, {to.begin(), to.end()});
    QCOMPARE(flat(layers), after);
    QCOMPARE(at.has_value(), after != flat(example()));
    if (at) QCOMPARE(*layerAt(layers, *at), moved);
  }

  void whatIsLeftAfterARemovalIsTold() {
    Json layers = example();
    QCOMPARE(removeLayer(layers, {2}), LayerPath({1}));
    QCOMPARE(removeLayer(layers, {1, 1}), LayerPath({1, 0}));
    QCOMPARE(removeLayer(layers, {1, 0}), LayerPath({1}));
    QCOMPARE(flat(layers), QString("a()"));
    removeLayer(layers, {0});
    QVERIFY(removeLayer(layers, {0}).empty());
  }
};

QTEST_GUILESS_MAIN(TestLayerEdits)
#include "test_layer_edits.moc"
