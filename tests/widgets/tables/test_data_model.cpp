#include <QAbstractItemModelTester>
#include <QtTest>
#include <cmath>
#include <limits>

#include "widgets/tables/data_model.hpp"

using namespace gb;

namespace {

Column column(const char* name, ColumnType type) {
  Column made;
  made.name = name;
  made.type = type;
  return made;
}

std::shared_ptr<Dataset> people() {
  auto dataset = std::make_shared<Dataset>();
  DataTable table;
  table.rows = 3;
  table.columns = {column("age", ColumnType::numeric), column("city", ColumnType::categorical),
                   column("note", ColumnType::text)};
  table.columns[0].numbers = {31, std::nan(""), 4.5};
  table.columns[1].codes = {1, 0, -1};
  table.columns[1].levels = {"Bern", "Ulm"};
  table.columns[2].texts = {"x", "", "z"};
  dataset->content = table;
  dataset->target = "city";
  return dataset;
}

std::shared_ptr<Dataset> digits() {
  auto dataset = std::make_shared<Dataset>();
  ImageSet images;
  images.count = 2;
  images.height = images.width = 2;
  images.pixels = std::make_shared<const std::vector<std::uint8_t>>(8, std::uint8_t{0});
  dataset->content = images;
  dataset->target = "digit";
  dataset->labels = column("digit", ColumnType::categorical);
  dataset->labels.codes = {1, 0};
  dataset->labels.levels = {"0", "1"};
  return dataset;
}

}  // namespace

class TestDataModel : public QObject {
  Q_OBJECT
 private slots:
  void theModelKeepsItsPromises() {
    DataModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(model.rowCount(), 0);
    model.setDataset(people());
    model.setDataset(digits());
    model.setDataset(nullptr);
    QCOMPARE(model.columnCount(), 0);
  }

  void cellsReadAsPeopleWriteThem() {
    DataModel model;
    model.setDataset(people());
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(model.columnCount(), 3);
    const auto shown = [&](int row, int column) { return model.index(row, column).data().toString(); };
    QCOMPARE(shown(0, 0), "31");
    QCOMPARE(shown(2, 0), "4.5");
    QCOMPARE(shown(0, 1), "Ulm");
    QCOMPARE(shown(2, 2), "z");
    for (const auto& [row, column] : {std::pair{1, 0}, std::pair{2, 1}, std::pair{1, 2}}) {
      QCOMPARE(shown(row, column), QStringLiteral("–"));
      QCOMPARE(model.index(row, column).data(Qt::ToolTipRole).toString(), "missing");
      QVERIFY(model.index(row, column).data(Qt::ForegroundRole).isValid());
    }
    QVERIFY(model.index(0, 0).data(Qt::TextAlignmentRole).toInt() & Qt::AlignRight);
    QVERIFY(model.index(0, 1).data(Qt::TextAlignmentRole).toInt() & Qt::AlignLeft);
  }

  void headersNameColumnsAndRows() {
    DataModel model;
    model.setDataset(people());
    QCOMPARE(model.headerData(0, Qt::Horizontal, Qt::DisplayRole).toString(), "age");
    QVERIFY(model.headerData(1, Qt::Horizontal, Qt::ToolTipRole).toString().contains("target"));
    QCOMPARE(model.headerData(2, Qt::Vertical, Qt::DisplayRole).toString(), "2");
    QVERIFY(!model.headerData(3, Qt::Horizontal, Qt::DisplayRole).isValid());
    QVERIFY(!model.headerData(-1, Qt::Horizontal, Qt::DisplayRole).isValid());
    QVERIFY(!model.headerData(3, Qt::Vertical, Qt::DisplayRole).isValid());
  }

  void picturesShowTheirLabels() {
    DataModel model;
    model.setDataset(digits());
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.columnCount(), 1);
    QCOMPARE(model.index(0, 0).data().toString(), "1");
    QCOMPARE(model.headerData(0, Qt::Horizontal, Qt::DisplayRole).toString(), "digit");
  }
};

QTEST_MAIN(TestDataModel)
#include "test_data_model.moc"
