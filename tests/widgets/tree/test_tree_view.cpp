#include <QImage>
#include <QtTest>
#include <cmath>

#include "widgets/theme.hpp"
#include "widgets/tree/tree_layout.hpp"
#include "widgets/tree/tree_view.hpp"

using namespace gb;

namespace {

QImage picture(QWidget& view, double ratio = 1) {
  QImage image((QSizeF(view.size()) * ratio).toSize(), QImage::Format_RGB32);
  image.setDevicePixelRatio(ratio);
  image.fill(theme().panel);
  view.render(&image, {}, {}, QWidget::DrawChildren);
  return image;
}

void keep(QWidget& view, const char* name) {
  picture(view, 2).save(QString(TEST_BINARY_DIR) + "/look-tree-" + name + (theme().dark ? "-dark.png" : "-light.png"));
}

Tree irises() {
  Tree tree;
  tree.view = "tree";
  tree.title = "Decision tree";
  tree.group_names = {"setosa", "versicolor", "virginica"};
  tree.nodes = {{-1, "petal length \u2264 2.45", "gini 0.667", 0, 150, 0, 0.33F},
                {0, "setosa", "gini 0", 0, 50, 0, 1},
                {0, "petal width \u2264 1.75", "gini 0.5", 0, 100, 1, 0.5F},
                {2, "petal length \u2264 4.95", "gini 0.168", 0, 54, 1, 0.91F},
                {2, "virginica", "gini 0.043", 0, 46, 2, 0.98F},
                {3, "versicolor", "gini 0.041", 0, 48, 1, 0.98F},
                {3, "virginica", "gini 0.444", 0, 6, 2, 0.67F}};
  return tree;
}

/// Every inner node splits `per` ways, down to `depth`.
Tree regular(int depth, int per, bool heights) {
  Tree tree;
  tree.heights = heights;
  tree.group_names = {"a", "b", "c"};
  tree.nodes.push_back({-1, "root", "", double(depth), 1000000, heights ? -1 : 0, 0.4F});
  std::size_t first = 0;
  for (int level = 1; level <= depth; ++level) {
    const std::size_t end = tree.nodes.size();
    for (; first < end; ++first)
      for (int child = 0; child < per; ++child) {
        const auto place = static_cast<int>(tree.nodes.size());
        const int group = level == 1 ? child : tree.nodes[first].group;
        tree.nodes.push_back({static_cast<std::int32_t>(first), "node " + std::to_string(place), "",
                              double(depth - level), tree.nodes[first].rows / per, group,
                              0.4F + 0.5F * float(level) / float(depth)});
      }
  }
  return tree;
}

void show(TreeView& view, const Tree& tree) {
  view.show(std::make_shared<const Tree>(tree));
}

}  // namespace

class TestTreeView : public QObject {
  Q_OBJECT
 private slots:
  void init() { applyTheme(Theme::light()); }

  void pictures_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void pictures() {
    QFETCH(bool, dark);
    applyTheme(dark ? Theme::darkTheme() : Theme::light());
    TreeView view;
    view.resize(560, 360);
    show(view, irises());
    keep(view, "decision");
    show(view, regular(6, 2, false));
    keep(view, "deeper");
    show(view, regular(13, 2, false));
    keep(view, "huge");
    Tree merges = regular(5, 2, true);
    for (auto& node : merges.nodes) node.height = std::pow(node.height, 1.6) * (1 + 0.1 * (node.rows % 3));
    show(view, merges);
    keep(view, "dendrogram");
    show(view, regular(13, 2, true));
    keep(view, "dendrogram-huge");
  }

  void leavesStandInSlotsAndParentsAboveTheirChildren() {
    const TreeLayout layout(irises());
    QCOMPARE(layout.leaves(), (std::vector<std::int32_t>{1, 5, 6, 4}));
    QCOMPARE(layout.at(1).x, 0.5);
    QCOMPARE(layout.at(5).x, 1.5);
    QCOMPARE(layout.at(3).x, 2.0);
    QCOMPARE(layout.at(2).x, 2.75);
    QCOMPARE(layout.at(0).x, (0.5 + 2.75) / 2);
    QCOMPARE(layout.at(3).y, 2.0);
    QCOMPARE(layout.at(2).left, 1.0);
    QCOMPARE(layout.at(2).right, 4.0);
    QCOMPARE(layout.at(0).lowest, 3.0);
    QCOMPARE(layout.deepest(), 3.0);
    // A chain of a hundred thousand needs no stack; a forest has several roots.
    Tree chain;
    for (int i = 0; i < 100000; ++i) chain.nodes.push_back({i - 1, "", "", 0, 1, 0, 1});
    QCOMPARE(TreeLayout(chain).deepest(), 99999.0);
    Tree forest;
    forest.nodes = {{-1, "", "", 0, 0, -1, 1}, {-1, "", "", 0, 0, -1, 1}, {7, "", "", 0, 0, -1, 1}};
    QCOMPARE(TreeLayout(forest).roots().size(), std::size_t{3});
    QCOMPARE(TreeLayout(Tree{}).size(), std::size_t{0});
  }

  void boxesAreColouredByGroupAndPurity() {
    TreeView view;
    view.resize(560, 360);
    show(view, irises());
    const QImage image = picture(view);
    const Tree tree = irises();
    for (int node = 0; node < 7; ++node) {
      const QRectF box = view.nodeRect(node);
      QVERIFY(QRectF(view.rect()).contains(box));
      const Tree::Node& one = tree.nodes[static_cast<std::size_t>(node)];
      const QColor wanted =
          blended(theme().panel, seriesColor(one.group), 0.1 + 0.75 * static_cast<double>(one.purity));
      QCOMPARE(image.pixelColor((box.bottomLeft() + QPointF(8, -4)).toPoint()).rgb(), wanted.rgb());
      for (int other = 0; other < node; ++other) QVERIFY(!box.intersects(view.nodeRect(other)));
    }
    QVERIFY(view.nodeRect(0).bottom() < view.nodeRect(1).top());
    QCOMPARE(view.title(), "Decision tree");
    QCOMPARE(view.subtitle(), "4 leaves");
    QCOMPARE(view.detail(1), "setosa\ngini 0\n50 rows\nsetosa, purity 1");
    const auto numbers = view.numbers();
    QCOMPARE(numbers.rows.size(), std::size_t{7});
    QCOMPARE(numbers.rows[3].mid(0, 3), (QStringList{"3", "2", "petal length \u2264 4.95"}));
  }

  void bracketsStandAtTheirHeights() {
    Tree tree;
    tree.heights = true;
    tree.group_names = {"a", "b"};
    tree.nodes = {{-1, "", "", 4, 3, -1, 1},
                  {0, "", "", 1, 2, 0, 1},
                  {0, "r3", "", 0, 1, 1, 1},
                  {1, "r1", "", 0, 1, 0, 1},
                  {1, "r2", "", 0, 1, 0, 1}};
    TreeView view;
    view.resize(500, 360);
    show(view, tree);
    const QImage image = picture(view);
    const QRectF upper = view.nodeRect(0), lower = view.nodeRect(1), leaf = view.nodeRect(3);
    QCOMPARE(upper.height(), 0.0);
    QVERIFY(upper.top() < lower.top() && lower.top() < leaf.center().y());
    // Heights 4, 1 and 0 on one scale.
    QVERIFY(std::abs((leaf.center().y() - lower.top()) * 4 - (leaf.center().y() - upper.top())) < 1);
    const auto near = [&](const QPointF& at, const QColor& color) {
      int best = 999;
      for (int dx = -1; dx <= 1; ++dx)
        for (int dy = -1; dy <= 1; ++dy) {
          const QColor pixel = image.pixelColor(at.toPoint() + QPoint(dx, dy));
          best = std::min(best, std::abs(pixel.red() - color.red()) + std::abs(pixel.green() - color.green()) +
                                    std::abs(pixel.blue() - color.blue()));
        }
      return best < 90;
    };
    QVERIFY(near({lower.center().x() - 20, lower.top()}, seriesColor(0)));
    QVERIFY(near({lower.left(), lower.top() + 20}, seriesColor(0)));
    QVERIFY(near({upper.right(), upper.top() + 20}, seriesColor(1)));
    QVERIFY(near({upper.center().x(), upper.top()}, blended(theme().panel, theme().secondary, 0.8)));
    QVERIFY(view.detail(1).contains("height 1"));
  }

  /// Only what can be seen is drawn: a pixel has no room for more.
  void hugeTreesCostWhatTheScreenShows_data() {
    QTest::addColumn<bool>("heights");
    QTest::newRow("decision") << false;
    QTest::newRow("dendrogram") << true;
  }
  void hugeTreesCostWhatTheScreenShows() {
    QFETCH(bool, heights);
    const Tree tree = regular(14, 2, heights);
    QVERIFY(tree.nodes.size() > 20000);
    TreeView view;
    view.resize(560, 360);
    show(view, tree);
    QVERIFY(view.nodesPainted() < 1200);
    const QImage before = picture(view);
    for (int i = 0; i < 60; ++i) view.zoom(view.rect().center(), 0.8);
    QVERIFY(view.nodesPainted() < 1200);
    QVERIFY(view.nodesPainted() > 10);
    QVERIFY(picture(view) != before);
    view.resetZoom();
    QCOMPARE(picture(view), before);
  }

  void keysWalkAndThePointerTells() {
    TreeView view;
    view.resize(560, 360);
    view.QWidget::show();
    show(view, irises());
    QTest::keyClick(&view, Qt::Key_Down);
    QVERIFY(view.accessibleDescription().startsWith("petal length"));
    QTest::keyClick(&view, Qt::Key_Down);
    QVERIFY(view.accessibleDescription().startsWith("setosa"));
    QTest::keyClick(&view, Qt::Key_Right);
    QVERIFY(view.accessibleDescription().startsWith("petal width"));
    QTest::keyClick(&view, Qt::Key_Up);
    QVERIFY(view.accessibleDescription().startsWith("petal length"));
    const QImage before = picture(view);
    QTest::mouseMove(&view, view.nodeRect(4).center().toPoint());
    QTRY_VERIFY(picture(view) != before);
    const double width = view.nodeRect(0).width();
    QTest::keyClick(&view, Qt::Key_Plus);
    QVERIFY(view.nodeRect(0).height() > 0);
    QTest::keyClick(&view, Qt::Key_Home);
    QCOMPARE(view.nodeRect(0).width(), width);
  }

  void anEmptyTreeWaits() {
    TreeView view;
    view.resize(300, 200);
    view.grab();
    show(view, Tree{});
    QTest::keyClick(&view, Qt::Key_Down);
    QTest::mouseMove(&view, {50, 50});
    view.zoom({10, 10}, 0.5);
    view.grab();
    QCOMPARE(view.nodesPainted(), std::size_t{0});
  }

  void itIsSavedInEveryFormat() {
    QTemporaryDir folder;
    TreeView view;
    view.resize(560, 360);
    show(view, irises());
    for (const char* name : {"a.svg", "a.pdf", "a.png", "a.csv"}) {
      QCOMPARE(view.saveAs(folder.filePath(name)), QString());
      QVERIFY(QFileInfo(folder.filePath(name)).size() > 300);
    }
  }
};

QTEST_MAIN(TestTreeView)
#include "test_tree_view.moc"
