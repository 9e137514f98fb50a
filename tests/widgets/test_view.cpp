#include <QFile>
#include <QPainter>
#include <QtTest>

#include "widgets/csv_line.hpp"
#include "widgets/theme.hpp"
#include "widgets/view.hpp"
#include "widgets/view_factory.hpp"

using namespace gb;

namespace {

class Plain : public View {
 public:
  QString title() const override { return "Plain"; }
  void show(const Event&) override {}
  Numbers numbers() const override { return {{"name", "value"}, {{"=cmd", "-5"}, {"a,b", "+1e3"}}}; }
  void paintTo(QPainter& painter, const QRectF& area) override { painter.fillRect(area, QColor("#123456")); }
};

}  // namespace

class TestView : public QObject {
  Q_OBJECT
 private slots:
  void cellsThatASpreadsheetWouldRunAreQuoted_data() {
    QTest::addColumn<QString>("cell");
    QTest::addColumn<QString>("written");
    QTest::newRow("formula") << "=1+1"
                             << "'=1+1";
    QTest::newRow("call") << "@SUM(A1)"
                          << "'@SUM(A1)";
    QTest::newRow("plus text") << "+cmd|x"
                               << "'+cmd|x";
    QTest::newRow("minus text") << "-a"
                                << "'-a";
    QTest::newRow("tab") << "\tx"
                         << "'\tx";
    QTest::newRow("return") << "\rx"
                            << "\"'\rx\"";
    QTest::newRow("negative number") << "-5"
                                     << "-5";
    QTest::newRow("signed number") << "+2.5e-3"
                                   << "+2.5e-3";
    QTest::newRow("minus alone") << "-"
                                 << "'-";
    QTest::newRow("comma") << "a,b"
                           << "\"a,b\"";
    QTest::newRow("quote") << "say \"x\""
                           << "\"say \"\"x\"\"\"";
    QTest::newRow("formula with comma") << "=A1,B1"
                                        << "\"'=A1,B1\"";
    QTest::newRow("two lines") << "a\nb"
                               << "\"a\nb\"";
    QTest::newRow("plain") << "a=b"
                           << "a=b";
    QTest::newRow("empty") << ""
                           << "";
  }
  void cellsThatASpreadsheetWouldRunAreQuoted() {
    QFETCH(QString, cell);
    QFETCH(QString, written);
    QCOMPARE(csvLine({"x", cell}), "x," + written + "\n");
  }

  void savingReplacesWholeFilesOrNothing() {
    QTemporaryDir folder;
    Plain view;
    view.resize(300, 200);
    const QString path = folder.filePath("plain.csv");
    QFile old(path);
    QVERIFY(old.open(QIODevice::WriteOnly));
    old.write(QByteArray(10000, 'x'));
    old.close();
    QCOMPARE(view.saveAs(path), QString());
    QVERIFY(old.open(QIODevice::ReadOnly));
    QCOMPARE(old.readAll(), QByteArray("name,value\n'=cmd,-5\n\"a,b\",+1e3\n"));
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files | QDir::Hidden).size(), 1);
    const QString refused = view.saveAs(folder.filePath("no/such/plain.png"));
    QVERIFY2(refused.contains("no/such/plain.png"), qPrintable(refused));
    QVERIFY(view.saveAs(folder.filePath("plain")).contains(".svg"));
  }

  void picturesHaveTheScaleAskedFor() {
    applyTheme(Theme::light());
    QTemporaryDir folder;
    Plain view;
    view.resize(400, 300);
    QCOMPARE(view.saveAs(folder.filePath("one.png"), 1), QString());
    QCOMPARE(view.saveAs(folder.filePath("three.PNG"), 3), QString());
    const QImage one(folder.filePath("one.png")), three(folder.filePath("three.PNG"));
    QCOMPARE(three.size(), one.size() * 3);
    QCOMPARE(one.pixelColor(one.width() / 2, one.height() / 2), QColor("#123456"));
    QCOMPARE(one.pixelColor(1, 1), theme().panel);
  }

  void everyEventTypeGetsItsView() {
    const auto named = [](auto event, const char* view) {
      event->view = view;
      return event;
    };
    struct Case {
      Event event;
      QString key;
      const char* type;
    };
    const std::vector<Case> cases = {
        {Scalar{"train/loss", 1, 2}, "curve:loss", "gb::CurveView"},
        {Scalar{"inertia", 1, 2}, "curve:inertia", "gb::CurveView"},
        {std::shared_ptr<const Points>(named(std::make_shared<Points>(), "clusters")), "clusters", "gb::PointView"},
        {std::shared_ptr<const Matrix>(named(std::make_shared<Matrix>(), "confusion")), "confusion", "gb::MatrixView"},
        {std::shared_ptr<const Images>(named(std::make_shared<Images>(), "samples")), "samples", "gb::ImageWall"},
        {std::shared_ptr<const Table>(named(std::make_shared<Table>(), "report")), "report", "gb::TableView"},
        {std::shared_ptr<const Chart>(named(std::make_shared<Chart>(), "roc")), "roc", "gb::ChartView"},
        {std::shared_ptr<const Tree>(named(std::make_shared<Tree>(), "tree")), "tree", "gb::TreeView"},
        {std::shared_ptr<const Matrix>(named(std::make_shared<Matrix>(), "weights/a")), "weights/a", "gb::GroupView"},
        {Scalar{"gradient-norm/conv2d", 1, 2}, "curve:gradient-norm", "gb::CurveView"},
        {Progress{}, "", nullptr},
        {Text{"note", 1, "x"}, "", nullptr},
        {Change{}, "", nullptr}};
    for (const auto& [event, key, type] : cases) {
      QCOMPARE(viewKey(event), key);
      const auto view = makeView(event);
      QCOMPARE(static_cast<bool>(view), type != nullptr);
      if (!view) continue;
      QCOMPARE(view->metaObject()->className(), type);
      view->show(event);
      QVERIFY(!view->title().isEmpty() || type == std::string("gb::PointView") ||
              type == std::string("gb::MatrixView"));
      view->grab();
    }
    QWidget parent;
    QCOMPARE(makeView(Scalar{"train/loss", 1, 2}, &parent).release()->parentWidget(), &parent);
  }
};

QTEST_MAIN(TestView)
#include "test_view.moc"
