#include <QAbstractItemModelTester>
#include <QPersistentModelIndex>
#include <QTest>

#include "app/studio/run_differences.hpp"
#include "app/studio/run_list_model.hpp"

using gb::Json;
using gb::RunListModel;
using gb::RunState;
using gb::RunSummary;

namespace {

RunSummary made(const std::string& id, RunState state, double accuracy, double learningRate,
                const std::string& algorithm = "mlp") {
  RunSummary run;
  run.id = id;
  run.name = "Run " + id;
  run.algorithm = algorithm;
  run.dataset = "iris";
  run.state = state;
  run.seconds = 4;
  run.document = Json{{"glassbench", 1},
                      {"name", "Run " + id},
                      {"data", Json{{"source", "bundled"}, {"name", "iris"}}},
                      {"algorithm", Json{{"id", algorithm}, {"params", Json{{"learning_rate", learningRate}}}}}};
  if (state != RunState::running)
    run.metrics = Json{{"train", Json{{"accuracy", 0.5}}}, {"test", Json{{"accuracy", accuracy}, {"log_loss", 0.25}}}};
  return run;
}

QString text(const RunListModel& model, int row, int column) {
  return model.data(model.index(row, column), Qt::DisplayRole).toString();
}

}  // namespace

class TestRunListModel : public QObject {
  Q_OBJECT
 private slots:
  void changes_are_told_row_by_row() {
    RunListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setRuns({made("c", RunState::running, 0, 0.1), made("a", RunState::finished, 0.9, 0.1)});
    QCOMPARE(model.rowCount(), 2);
    const QPersistentModelIndex kept = model.index(1, 0);
    model.setRuns({made("d", RunState::running, 0, 0.1), made("c", RunState::finished, 0.8, 0.1),
                   made("a", RunState::finished, 0.9, 0.1)});
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(kept.row(), 2);
    QCOMPARE(kept.data(RunListModel::IdRole).toString(), QString("a"));
    model.setRuns({made("a", RunState::finished, 0.9, 0.1)});
    QCOMPARE(kept.row(), 0);
    // Order may change when clocks do.
    model.setRuns({made("x", RunState::finished, 0.9, 0.1), made("a", RunState::finished, 0.9, 0.1)});
    model.setRuns({made("a", RunState::finished, 0.9, 0.1), made("x", RunState::finished, 0.9, 0.1)});
    QCOMPARE(model.data(model.index(0, 0), RunListModel::IdRole).toString(), QString("a"));
    model.setRuns({});
    QCOMPARE(model.rowCount(), 0);
  }

  void cells_say_what_people_look_for() {
    RunListModel model;
    model.setRuns({made("b", RunState::stopped, 0.9125, 0.01)});
    QCOMPARE(text(model, 0, RunListModel::name), QString("Run b"));
    QCOMPARE(text(model, 0, RunListModel::dataset), QString("iris"));
    QCOMPARE(text(model, 0, RunListModel::state), QString("stopped"));
    QCOMPARE(text(model, 0, RunListModel::loss), QString("0.250"));
    QCOMPARE(text(model, 0, RunListModel::time), QString("4 s"));
    // Test before validation before train.
    QVERIFY(text(model, 0, RunListModel::headline).startsWith("0.91"));
  }

  void a_live_run_shows_its_newest_figures() {
    RunListModel model;
    model.setRuns({made("b", RunState::running, 0, 0.01)});
    QCOMPARE(text(model, 0, RunListModel::headline), QString("\u2013"));
    model.setLive("b", RunState::running, 0.75, 0.5, 2);
    QCOMPARE(text(model, 0, RunListModel::headline), QString("0.750"));
    QCOMPARE(text(model, 0, RunListModel::time), QString("2 s"));
    model.setRuns({made("b", RunState::finished, 0.8, 0.01)});
    QCOMPARE(text(model, 0, RunListModel::headline), QString("0.800"));
  }

  void runs_keep_their_colour_when_newer_ones_come() {
    RunListModel model;
    model.setRuns({made("b", RunState::finished, 0.9, 0.1), made("a", RunState::finished, 0.9, 0.1)});
    const int before = model.colorOf("b");
    QVERIFY(before != model.colorOf("a"));
    model.setRuns({made("c", RunState::finished, 0.9, 0.1), made("b", RunState::finished, 0.9, 0.1),
                   made("a", RunState::finished, 0.9, 0.1)});
    QCOMPARE(model.colorOf("b"), before);
    QVERIFY(model.colorOf("c") != before);
  }

  void only_what_differs_is_listed() {
    RunListModel model;
    model.setRuns({made("b", RunState::finished, 0.9, 0.01), made("a", RunState::finished, 0.9, 0.1),
                   made("k", RunState::finished, 0.9, 3, "kmeans")});
    QCOMPARE(text(model, 0, RunListModel::differs), QString());
    QCOMPARE(text(model, 1, RunListModel::differs), QString("learning rate 0.01 / 0.1"));
    QCOMPARE(text(model, 2, RunListModel::differs), QString("algorithm"));
    const auto all = gb::differences({model.runs()[0].document, model.runs()[1].document});
    QCOMPARE(all.size(), std::size_t(1));
    QCOMPARE(all[0].path, QString("algorithm.params.learning_rate"));
    QCOMPARE(all[0].values, QStringList({"0.01", "0.1"}));
    QVERIFY(gb::differences({model.runs()[0].document, model.runs()[0].document}).empty());
  }

  void durations_data() {
    QTest::addColumn<double>("seconds");
    QTest::addColumn<QString>("expected");
    QTest::newRow("short") << 0.25 << "0.3 s";
    QTest::newRow("whole") << 4.0 << "4 s";
    QTest::newRow("tens") << 42.4 << "42 s";
    QTest::newRow("minutes") << 720.0 << "12 min";
    QTest::newRow("hours") << 8400.0 << "2 h 20 min";
  }
  void durations() {
    QFETCH(double, seconds);
    QFETCH(QString, expected);
    QCOMPARE(gb::durationText(seconds), expected);
  }
};

QTEST_MAIN(TestRunListModel)
#include "test_run_list_model.moc"
