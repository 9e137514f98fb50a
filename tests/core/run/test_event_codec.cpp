#include <QtTest>

#include "core/base/error.hpp"
#include "core/run/event_codec.hpp"

using namespace gb;

namespace {

/// Shared arrays in memory, as the store keeps them on disk.
struct Shelf {
  std::vector<std::shared_ptr<const std::vector<float>>> floats;
  std::vector<std::shared_ptr<const std::vector<std::int64_t>>> rows;
  SharedArrays arrays() {
    SharedArrays shared;
    shared.keep_floats = [this](const auto& values) {
      floats.push_back(values);
      return static_cast<std::int64_t>(floats.size()) - 1;
    };
    shared.keep_rows = [this](const auto& values) {
      rows.push_back(values);
      return static_cast<std::int64_t>(rows.size()) - 1;
    };
    shared.find_floats = [this](std::int64_t number) { return floats.at(static_cast<std::size_t>(number)); };
    shared.find_rows = [this](std::int64_t number) { return rows.at(static_cast<std::size_t>(number)); };
    return shared;
  }
};

template <class T>
T round_trip(const T& event) {
  Shelf shelf;
  const auto shared = shelf.arrays();
  const Event back = decode_event(encode_event(std::make_shared<const T>(event), shared), shared);
  return *std::get<std::shared_ptr<const T>>(back);
}

}  // namespace

class TestEventCodec : public QObject {
  Q_OBJECT
 private slots:
  void pointsRoundTrip() {
    Points points;
    points.view = "clusters";
    points.title = "Clusters \u2192 here";
    points.step = 17;
    points.x_label = "length";
    points.y_label = "width";
    points.xy = std::make_shared<std::vector<float>>(std::vector<float>{1, 2, 3.5f, -4});
    points.rows = std::make_shared<std::vector<std::int64_t>>(std::vector<std::int64_t>{8, 9});
    points.group = {0, -1};
    points.group_names = {"a"};
    points.centers = {0.1f, 0.2f};
    points.marked = {0, 1};
    points.outlines = {{1, true, {0, 0, 1, 1, 2, 0}}, {-1, false, {5, 6}}};
    auto region = std::make_shared<Region>();
    region->width = 2;
    region->height = 1;
    region->x_max = 0.1f;
    region->group = {0, 1};
    region->strength = {10, 255};
    points.region = region;
    const Points back = round_trip(points);
    QCOMPARE(back.title, points.title);
    QCOMPARE(back.step, points.step);
    QCOMPARE(*back.xy, *points.xy);
    QCOMPARE(*back.rows, *points.rows);
    QCOMPARE(back.group, points.group);
    QCOMPARE(back.group_names, points.group_names);
    QCOMPARE(back.centers, points.centers);
    QCOMPARE(back.marked, points.marked);
    QCOMPARE(back.outlines.size(), std::size_t{2});
    QCOMPARE(back.outlines[0].xy, points.outlines[0].xy);
    QVERIFY(back.outlines[0].dashed);
    QCOMPARE(back.outlines[1].group, -1);
    QCOMPARE(back.outlines[1].xy, points.outlines[1].xy);
    QCOMPARE(back.region->group, region->group);
    QCOMPARE(back.region->strength, region->strength);
    QCOMPARE(back.region->x_max, region->x_max);
  }

  void matricesRoundTrip() {
    Matrix matrix;
    matrix.view = "confusion";
    matrix.part = "test";
    matrix.row_labels = {"a", "b"};
    matrix.column_labels = {"x", "y", "z"};
    matrix.values = {1, 2, 3, 4, 5, 1e300};
    matrix.rows = {5, 6};
    matrix.cells = {0, 5};
    const Matrix back = round_trip(matrix);
    QCOMPARE(back.part, matrix.part);
    QCOMPARE(back.values, matrix.values);
    QCOMPARE(back.rows, matrix.rows);
    QCOMPARE(back.cells, matrix.cells);
    QCOMPARE(back.column_labels, matrix.column_labels);
  }

  void chartsAndTreesRoundTrip() {
    Chart chart;
    chart.view = "variance";
    chart.part = "train";
    chart.kind = Chart::Kind::bars;
    chart.names = {"1", "2"};
    chart.lines = {{"explained", false, {}, {0.7, 0.2}}, {"together", true, {0, 1}, {0.7, 0.9}}};
    const Chart drawn = round_trip(chart);
    QCOMPARE(drawn.names, chart.names);
    QVERIFY(drawn.kind == Chart::Kind::bars);
    QCOMPARE(drawn.lines.size(), std::size_t{2});
    QCOMPARE(drawn.lines[0].y, chart.lines[0].y);
    QCOMPARE(drawn.lines[1].x, chart.lines[1].x);
    QVERIFY(drawn.lines[1].dashed);
    Tree tree;
    tree.view = "tree";
    tree.group_names = {"a", "b"};
    tree.nodes = {
        {-1, "length <= 2.45", "all rows", 3, 150, 0, 0.3f}, {0, "a", "", 0, 50, 0, 1}, {0, "b", "", 0, 100, 1, 0.5f}};
    const Tree grown = round_trip(tree);
    QCOMPARE(grown.nodes.size(), std::size_t{3});
    QCOMPARE(grown.nodes[0].label, tree.nodes[0].label);
    QCOMPARE(grown.nodes[0].height, 3.0);
    QCOMPARE(grown.nodes[2].parent, 0);
    QCOMPARE(grown.nodes[2].rows, std::int64_t{100});
    QCOMPARE(grown.nodes[2].purity, 0.5f);
    tree.nodes[0].parent = 2;  // a circle
    QVERIFY_EXCEPTION_THROWN(round_trip(tree), Error);
  }

  void imagesAndTablesRoundTrip() {
    Images images;
    images.view = "mistakes";
    images.count = 2;
    images.channels = 1;
    images.height = 1;
    images.width = 3;
    images.pixels = {0, 1, 2, 253, 254, 255};
    images.captions = {"3 as 8", "1 as 7"};
    images.rows = {4, 5};
    const Images back = round_trip(images);
    QCOMPARE(back.pixels, images.pixels);
    QCOMPARE(back.captions, images.captions);
    Table table;
    table.columns = {"class", "recall"};
    table.rows = {{"a", "0.5"}, {"b", "1"}};
    QCOMPARE(round_trip(table).rows, table.rows);
    Shelf shelf;
    const auto shared = shelf.arrays();
    const Event text = decode_event(encode_event(Text{"this-step", 3, "Moved 2 centres"}, shared), shared);
    QCOMPARE(std::get<Text>(text).text, std::string("Moved 2 centres"));
  }

  void textThatIsNoUtf8IsKeptReadable() {
    Table table;
    table.columns = {"\xff\xfe"};
    QCOMPARE(round_trip(table).columns.front(), std::string("\xEF\xBF\xBD\xEF\xBF\xBD"));
  }

  void eventsWithWrongSizesAreRefused() {
    Shelf shelf;
    const auto shared = shelf.arrays();
    Matrix matrix;
    matrix.row_labels = {"a"};
    matrix.column_labels = {"b"};
    matrix.values = {1, 2};
    const auto wrong = encode_event(std::make_shared<const Matrix>(matrix), shared);
    QVERIFY_EXCEPTION_THROWN(decode_event(wrong, shared), Error);
    matrix.values = {1};
    matrix.rows = {1};
    matrix.cells = {7};
    const auto outside = encode_event(std::make_shared<const Matrix>(matrix), shared);
    QVERIFY_EXCEPTION_THROWN(decode_event(outside, shared), Error);
    Images images;
    images.count = images.height = images.width = 1 << 20;
    images.channels = 1 << 20;
    const auto huge = encode_event(std::make_shared<const Images>(images), shared);
    QVERIFY_EXCEPTION_THROWN(decode_event(huge, shared), Error);
  }

  void scalarsAreNoSnapshots() {
    QVERIFY(!snapshot_key(Scalar{"a", 1, 1}));
    QVERIFY(!snapshot_key(Progress{}));
    QVERIFY(!snapshot_key(Change{}));
    QCOMPARE(snapshot_key(Text{"view", 4, ""})->step, std::int64_t{4});
  }
};

QTEST_APPLESS_MAIN(TestEventCodec)
#include "test_event_codec.moc"
