#include <QImage>
#include <QSignalSpy>
#include <QtTest>

#include "widgets/images/matrix_view.hpp"
#include "widgets/theme.hpp"

using namespace gb;

namespace {

std::shared_ptr<Matrix> confusion(int classes = 10) {
  auto matrix = std::make_shared<Matrix>();
  matrix->view = "confusion";
  matrix->title = "Confusion matrix";
  matrix->part = "validation";
  matrix->row_title = "true";
  matrix->column_title = "predicted";
  for (int i = 0; i < classes; ++i) matrix->row_labels.push_back(std::to_string(i));
  matrix->column_labels = matrix->row_labels;
  matrix->values.assign(static_cast<std::size_t>(classes * classes), 0);
  std::int64_t row = 100;
  const auto put = [&](int truth, int predicted, int count) {
    matrix->values[static_cast<std::size_t>(truth * classes + predicted)] = count;
    for (int i = 0; i < count; ++i) {
      matrix->rows.push_back(row++);
      matrix->cells.push_back(truth * classes + predicted);
    }
  };
  for (int i = 0; i < classes; ++i) put(i, i, 93 + i * 7 % 17);
  put(4, classes - 1, 7);
  put(4, 0, 1);
  put(3, 2, 3);
  put(7, 2, 6);
  put(0, classes - 1, 3);
  return matrix;
}

std::shared_ptr<Matrix> named() {
  auto matrix = std::make_shared<Matrix>();
  matrix->title = "Confusion matrix";
  matrix->row_title = "true";
  matrix->column_title = "predicted";
  matrix->row_labels = matrix->column_labels = {"setosa", "versicolor", "virginica"};
  matrix->values = {50, 0, 0, 0, 46, 4, 0, 5, 45};
  return matrix;
}

Event published(std::shared_ptr<Matrix> matrix) {
  return std::shared_ptr<const Matrix>(std::move(matrix));
}

QImage picture(QWidget& view) {
  QImage image(view.size() * 2, QImage::Format_ARGB32_Premultiplied);
  image.setDevicePixelRatio(2);
  image.fill(theme().panel);
  view.render(&image, {}, {}, QWidget::DrawChildren);
  return image;
}

using Rows = std::vector<std::int64_t>;

}  // namespace

class TestMatrixView : public QObject {
  Q_OBJECT
 private slots:
  void init() { applyTheme(Theme::light()); }

  void aClickSelectsTheRowsOfItsCell() {
    MatrixView view;
    view.resize(380, 320);
    const auto matrix = confusion();
    view.show(published(matrix));
    Rows rows;
    QString description;
    connect(&view, &View::rowsSelected, &view, [&](const Rows& chosen, const QString& text) {
      rows = chosen;
      description = text;
    });
    QTest::mouseClick(&view, Qt::LeftButton, {}, view.cellRect(4, 9).center().toPoint());
    QCOMPARE(description, "true 4, predicted 9");
    QCOMPARE(rows.size(), std::size_t{7});
    for (const auto row : rows) QCOMPARE(matrix->cells[static_cast<std::size_t>(row - 100)], 4 * 10 + 9);
    QTest::mouseClick(&view, Qt::LeftButton, {}, view.cellRect(2, 2).center().toPoint());
    QCOMPARE(description, "true 2, predicted 2");
    QCOMPARE(rows.size(), static_cast<std::size_t>(matrix->values[22]));
    QTest::mouseClick(&view, Qt::LeftButton, {}, view.cellRect(2, 2).center().toPoint());
    QVERIFY(rows.empty() && description.isEmpty());  // again: nothing is selected
    QTest::mouseClick(&view, Qt::LeftButton, {}, QPoint(1, 1));
    QVERIFY(rows.empty());
  }

  void theKeyboardSelectsToo() {
    MatrixView view;
    view.resize(380, 320);
    view.show(published(confusion()));
    QString description;
    connect(&view, &View::rowsSelected, &view, [&](const Rows&, const QString& text) { description = text; });
    for (const auto key : {Qt::Key_Down, Qt::Key_Down, Qt::Key_Down, Qt::Key_Right, Qt::Key_Right, Qt::Key_Up})
      QTest::keyClick(&view, key);
    QVERIFY(view.accessibleDescription().startsWith("true 1, predicted 2"));
    QTest::keyClick(&view, Qt::Key_Return);
    QCOMPARE(description, "true 1, predicted 2");
    QTest::keyClick(&view, Qt::Key_Escape);
    QVERIFY(description.isEmpty());
  }

  void itIsDrawn_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void itIsDrawn() {
    QFETCH(bool, dark);
    applyTheme(dark ? Theme::darkTheme() : Theme::light());
    MatrixView view;
    view.resize(380, 290);
    view.show(published(confusion()));
    QTest::mouseClick(&view, Qt::LeftButton, {}, view.cellRect(4, 9).center().toPoint());
    const QImage image = picture(view);
    image.save(QString(TEST_BINARY_DIR) + (dark ? "/look-matrix-dark.png" : "/look-matrix-light.png"));
    const auto colorAt = [&](int row, int column) {
      return image.pixelColor(((view.cellRect(row, column).topLeft() + QPointF(5, 5)) * 2).toPoint());
    };
    QCOMPARE(colorAt(0, 5), theme().grid);  // empty is the grid's colour, not the darkest
    QVERIFY(colorAt(0, 0).lightness() > colorAt(4, 0).lightness());
    const QRectF selected = view.cellRect(4, 9);
    QVERIFY(image.pixelColor((QPointF(selected.center().x(), selected.top() + 0.5) * 2).toPoint()) == theme().accent);
    view.show(published(named()));
    picture(view).save(QString(TEST_BINARY_DIR) +
                       (dark ? "/look-matrix-named-dark.png" : "/look-matrix-named-light.png"));
    QVERIFY(view.cellRect(2, 2).isValid());
    QVERIFY(!view.cellRect(3, 0).isValid());
  }

  void everythingStaysInsideTheView_data() {
    QTest::addColumn<int>("classes");
    QTest::addColumn<QSize>("size");
    QTest::newRow("ten, small") << 10 << QSize(200, 170);
    QTest::newRow("hundred") << 100 << QSize(380, 300);
    QTest::newRow("thousand") << 1000 << QSize(380, 300);
    QTest::newRow("ten, large") << 10 << QSize(1200, 900);
  }
  void everythingStaysInsideTheView() {
    QFETCH(int, classes);
    QFETCH(QSize, size);
    MatrixView view;
    view.resize(size);
    view.show(published(confusion(classes)));
    const QRectF last = view.cellRect(classes - 1, classes - 1);
    QVERIFY(QRectF(view.rect()).contains(view.cellRect(0, 0)));
    QVERIFY(QRectF(view.rect()).contains(last));
    QVERIFY(view.height() - last.bottom() >= 30);  // labels and title below
    const QImage image = picture(view);
    image.save(QString(TEST_BINARY_DIR) + QString("/look-matrix-%1.png").arg(classes));
    int yellow = 0;
    for (int i = 0; i < classes; ++i) {
      const QPoint at = ((view.cellRect(i, i).topLeft() + view.cellRect(i, i).bottomRight()) / 2 * 2).toPoint();
      yellow += image.pixelColor(at).green() > 120;
    }
    QVERIFY(yellow > classes / 2);
  }

  void highlightedRowsShowTheirCells() {
    MatrixView view;
    view.resize(380, 320);
    const auto matrix = confusion();
    view.show(published(matrix));
    const QImage before = picture(view);
    view.highlightRows({matrix->rows.front(), matrix->rows.back()});
    QVERIFY(picture(view) != before);
    view.highlightRows({});
    QCOMPARE(picture(view), before);
    view.highlightRows({-5, 999999});
    QCOMPARE(picture(view), before);
  }

  void numbersAreTheTable() {
    MatrixView view;
    QVERIFY(view.numbers().rows.empty());
    view.show(published(named()));
    const auto numbers = view.numbers();
    QCOMPARE(numbers.columns, QStringList({"true \\ predicted", "setosa", "versicolor", "virginica"}));
    QCOMPARE(numbers.rows[1], QStringList({"versicolor", "0", "46", "4"}));
    QCOMPARE(view.title(), "Confusion matrix");
    QVERIFY(!view.accessibleName().isEmpty() && !view.accessibleDescription().isEmpty());
  }

  void countsBecomeShares() {
    MatrixView view;
    view.resize(320, 280);
    view.show(published(named()));
    QVERIFY(view.hasShares());
    const QImage counts = picture(view);
    const auto shown = [&](int row, int column) {
      return view.numbers().rows[std::size_t(row)][column + 1].toDouble();
    };
    QSignalSpy titles(&view, &View::titleChanged);
    view.setShares(MatrixView::Shares::of_row);
    QCOMPARE(shown(1, 1), 92.0);
    QCOMPARE(shown(2, 1), 10.0);
    QCOMPARE(shown(2, 0), 0.0);
    QVERIFY(view.subtitle().contains("row"));
    QVERIFY(view.accessibleDescription().contains(MatrixView::sharesText(MatrixView::Shares::of_row)));
    QVERIFY(!titles.isEmpty());
    // Colours are those of a hundred, whatever is largest; what is saved is what is shown.
    const QImage shares = picture(view);
    QVERIFY(shares != counts);
    view.setShares(MatrixView::Shares::of_column);
    QVERIFY(std::abs(shown(1, 1) - 100.0 * 46 / 51) < 1e-9);
    QVERIFY(std::abs(shown(1, 2) - 100.0 * 4 / 49) < 1e-9);
    view.setShares(MatrixView::Shares::none);
    QCOMPARE(picture(view), counts);
    // A later matrix of the run is shown alike, and a row without anything has no shares to be wrong about.
    view.setShares(MatrixView::Shares::of_row);
    auto later = named();
    later->values = {0, 0, 0, 0, 1, 3, 0, 0, 1};
    view.show(published(later));
    QCOMPARE(shown(0, 0), 0.0);
    QCOMPARE(shown(1, 2), 75.0);
  }

  void theKeyGoesThroughTheShares() {
    MatrixView view;
    view.resize(320, 280);
    view.show(published(named()));
    QTest::keyClick(&view, Qt::Key_N);
    QVERIFY(view.shares() == MatrixView::Shares::of_row);
    QTest::keyClick(&view, Qt::Key_N);
    QVERIFY(view.shares() == MatrixView::Shares::of_column);
    QTest::keyClick(&view, Qt::Key_N);
    QVERIFY(view.shares() == MatrixView::Shares::none);
  }

  /// A history has magnitudes that add up to nothing.
  void onlyClassesHaveShares() {
    MatrixView view;
    auto history = named();
    history->column_labels = {"1", "2", "3"};
    view.show(published(history));
    view.setShares(MatrixView::Shares::of_row);
    QVERIFY(!view.hasShares() && view.shares() == MatrixView::Shares::none);
    QCOMPARE(view.numbers().rows[1][2], QString("46"));
    QTest::keyClick(&view, Qt::Key_N);
    view.show(published(named()));
    QCOMPARE(view.numbers().rows[1][2], QString("92"));
  }

  void aMatrixThatDoesNotAddUpIsIgnored() {
    MatrixView view;
    view.show(published(named()));
    auto broken = named();
    broken->values.pop_back();
    view.show(published(broken));
    QCOMPARE(view.numbers().rows.size(), std::size_t{3});
    view.show(Event(std::shared_ptr<const Matrix>()));
    view.show(Scalar{"train/loss", 1, 2});
    QCOMPARE(view.numbers().rows.size(), std::size_t{3});
  }

  /// A history of a few columns is no sliver: its cells are wider than high. What has classes both ways stays square.
  void historiesTakeTheRoomThereIs() {
    auto made = std::make_shared<Matrix>();
    for (int row = 0; row < 24; ++row) made->row_labels.push_back(std::to_string(row));
    made->column_labels = {"100", "200"};
    made->values.assign(48, 0.5);
    MatrixView view;
    view.resize(400, 260);
    view.show(std::shared_ptr<const Matrix>(made));
    const QRectF cell = view.cellRect(3, 1);
    QCOMPARE(cell.width(), 64.0);
    QVERIFY(cell.height() < 12);
    QVERIFY(QRectF(view.rect()).contains(view.cellRect(23, 1)));
    QTest::mouseClick(&view, Qt::LeftButton, {}, cell.center().toPoint());
    made = std::make_shared<Matrix>(*made);
    for (int column = 3; column <= 32; ++column) made->column_labels.push_back(std::to_string(100 * column));
    made->values.assign(24 * 32, 0.5);
    view.show(std::shared_ptr<const Matrix>(made));
    QVERIFY(view.cellRect(0, 31).right() > 380);
    QVERIFY(QRectF(view.rect()).contains(view.cellRect(23, 31)));
    made = std::make_shared<Matrix>(*made);
    made->rows = {5};
    made->cells = {0};
    view.show(std::shared_ptr<const Matrix>(made));
    QCOMPARE(view.cellRect(0, 0).width(), view.cellRect(0, 0).height());
  }
};

QTEST_MAIN(TestMatrixView)
#include "test_matrix_view.moc"
