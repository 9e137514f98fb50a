#include <QAbstractItemModelTester>
#include <QFile>
#include <QPersistentModelIndex>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <limits>

#include "app/studio/run_comparison.hpp"
#include "app/studio/run_queue.hpp"
#include "app/studio/run_table.hpp"

using gb::Json;
using gb::RunFilter;
using gb::RunListModel;
using gb::RunQuery;
using gb::RunQueue;
using gb::RunState;
using gb::RunSummary;
using gb::RunTable;

namespace {

RunSummary made(const std::string& id, double accuracy, double rate = 0.01, const std::string& algorithm = "mlp",
                int seed = 1) {
  RunSummary run;
  run.id = id;
  run.name = "Run " + id;
  run.algorithm = algorithm;
  run.dataset = "iris";
  run.fingerprint = "f";
  run.state = RunState::finished;
  run.created = "2026-11-01T10:00:00Z";
  run.seconds = 4;
  run.steps = 120;
  run.document = Json{{"name", run.name},
                      {"seed", seed},
                      {"split", Json{{"test", 0.2}}},
                      {"algorithm", Json{{"id", algorithm},
                                         {"params", Json{{"learning_rate", rate},
                                                         {"optimizer", rate > 0.05 ? "sgd" : "adam"},
                                                         {"hidden_layers", Json::array({64, 32})}}}}}};
  run.metrics = Json{{"train", Json{{"accuracy", 0.99}}}, {"test", Json{{"accuracy", accuracy}, {"log_loss", 0.25}}}};
  return run;
}

RunListModel::Shared shared(RunSummary run) {
  return std::make_shared<const RunSummary>(std::move(run));
}

QStringList shownIds(const RunTable& table) {
  QStringList ids;
  for (int row = 0; row < table.rowCount(); ++row) ids << table.index(row, 0).data(RunListModel::IdRole).toString();
  return ids;
}

gb::Experiment experiment(const std::string& name, double rate) {
  return gb::Experiment::from_json(Json{{"glassbench", 1},
                                        {"name", name},
                                        {"data", Json{{"source", "bundled"}, {"name", "iris"}}},
                                        {"algorithm", Json{{"id", "mlp"}, {"params", Json{{"learning_rate", rate}}}}}},
                                   ".");
}

QStringList waiting(const RunQueue& queue) {
  QStringList names;
  for (int row = 0; row < queue.rowCount(); ++row) names << queue.at(row).title();
  return names;
}

}  // namespace

class TestRunTable : public QObject {
  Q_OBJECT
 private slots:
  void searches_data() {
    QTest::addColumn<QString>("typed");
    QTest::addColumn<bool>("found");
    QTest::newRow("nothing") << "" << true;
    QTest::newRow("a word of the name") << "run" << true;
    QTest::newRow("the dataset") << "IRIS" << true;
    QTest::newRow("the algorithm's label") << "neural" << true;
    QTest::newRow("a note") << "converged" << true;
    QTest::newRow("a tag") << "baseline" << true;
    QTest::newRow("all words") << "iris baseline" << true;
    QTest::newRow("one word too many") << "iris wine" << false;
    QTest::newRow("a phrase") << "\"run a\"" << true;
    QTest::newRow("another phrase") << "\"a run\"" << false;
    QTest::newRow("not this word") << "-wine" << true;
    QTest::newRow("not that word") << "-iris" << false;
    QTest::newRow("a column") << "tag:base" << true;
    QTest::newRow("the wrong column") << "name:base" << false;
    QTest::newRow("the state") << "state:finished" << true;
    QTest::newRow("above") << "accuracy>0.9" << true;
    QTest::newRow("above, spaced") << "accuracy > 0.9" << true;
    QTest::newRow("not above") << "accuracy>0.95" << false;
    QTest::newRow("at most") << "log_loss<=0.25" << true;
    QTest::newRow("below") << "log_loss<0.25" << false;
    QTest::newRow("the loss column") << "loss<0.3" << true;
    QTest::newRow("a part") << "train/accuracy>=0.99" << true;
    QTest::newRow("a setting") << "learning_rate=0.01" << true;
    QTest::newRow("another value") << "learning_rate!=0.01" << false;
    QTest::newRow("a word as setting") << "optimizer=Adam" << true;
    QTest::newRow("another word") << "optimizer!=adam" << false;
    QTest::newRow("a list") << "hidden_layers=\"64, 32\"" << true;
    QTest::newRow("of the run") << "steps>100 time<5 seed=1" << true;
    QTest::newRow("deep in the document") << "split.test=0.2" << true;
    QTest::newRow("unknown") << "acuracy>0.1" << false;
    QTest::newRow("still being typed") << "accuracy>" << true;
  }
  void searches() {
    QFETCH(QString, typed);
    QFETCH(bool, found);
    auto run = made("a", 0.93);
    run.notes = "It converged.\nQuickly.";
    run.tags = {"baseline"};
    QCOMPARE(RunQuery(typed).matches(run, RunQuery::searchText(run)), found);
  }

  void misspelt_names_are_known() {
    const gb::SharedRuns runs{shared(made("a", 0.9))};
    QCOMPARE(RunQuery("acuracy>0.9 seed=1").unknownNames(runs), QStringList{"acuracy"});
  }

  void rows_are_filtered_and_sorted() {
    RunListModel runs;
    RunTable table(runs);
    QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::QtTest);
    auto none = made("d", 0);
    none.metrics = nullptr;
    none.state = RunState::failed;
    runs.setRuns({none, made("c", 0.7, 0.1), made("b", 0.9, 0.01, "cnn"), made("a", 0.8)});
    QCOMPARE(shownIds(table), QStringList({"d", "c", "b", "a"}));
    // What has no value is last in either direction.
    table.sort(RunListModel::headline, Qt::DescendingOrder);
    QCOMPARE(shownIds(table), QStringList({"b", "a", "c", "d"}));
    table.sort(RunListModel::headline, Qt::AscendingOrder);
    QCOMPARE(shownIds(table), QStringList({"c", "a", "b", "d"}));
    RunFilter filter;
    filter.algorithms = {"mlp"};
    filter.states = {RunState::finished};
    table.setFilter(filter);
    QCOMPARE(shownIds(table), QStringList({"c", "a"}));
    filter.typed = "accuracy>0.75";
    table.setFilter(filter);
    QCOMPARE(shownIds(table), QStringList{"a"});
    QCOMPARE(table.rowOf("a"), 0);
    QCOMPARE(table.rowOf("b"), -1);
    table.setFilter({});
    table.sort(-1, Qt::DescendingOrder);
    QCOMPARE(shownIds(table), QStringList({"d", "c", "b", "a"}));
  }

  void runs_come_and_go_row_by_row() {
    RunListModel runs;
    RunTable table(runs);
    QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const auto a = shared(made("a", 0.8)), b = shared(made("b", 0.9)), c = shared(made("c", 0.7));
    runs.setListing({c, a});
    table.sort(RunListModel::headline, Qt::DescendingOrder);
    const QPersistentModelIndex kept = table.index(table.rowOf("c"), 0);
    QSignalSpy resets(&table, &QAbstractItemModel::modelReset);
    runs.setListing({b, c, a});
    QCOMPARE(shownIds(table), QStringList({"b", "a", "c"}));
    QCOMPARE(kept.row(), 2);
    auto better = made("c", 0.85);
    better.state = RunState::stopped;
    runs.setListing({b, c});
    QCOMPARE(kept.row(), 1);
    QVERIFY(resets.isEmpty());
    // What changes is told once, and what does not is not.
    QSignalSpy changes(&table, &QAbstractItemModel::dataChanged);
    runs.setListing({b, c});
    QVERIFY(changes.isEmpty());
    runs.setListing({b, shared(better)});
    QCOMPARE(changes.size(), 1);
    QCOMPARE(table.index(1, RunListModel::state).data().toString(), QString("stopped"));
    runs.setListing({});
    QCOMPARE(table.rowCount(), 0);
  }

  void columns_of_choice_show_any_metric_and_setting() {
    RunListModel runs;
    RunTable table(runs);
    QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::QtTest);
    runs.setRuns({made("b", 0.9, 0.1), made("a", 0.8)});
    runs.setFields({"metric:train/accuracy", "param:learning_rate"});
    const int rate = runs.columnOf("param:learning_rate");
    QCOMPARE(rate, int(RunListModel::column_count) + 1);
    QCOMPARE(table.columnCount(), rate + 1);
    QCOMPARE(table.headerData(rate, Qt::Horizontal, Qt::DisplayRole).toString(), QString("Learning rate"));
    QCOMPARE(table.headerData(rate - 1, Qt::Horizontal, Qt::DisplayRole).toString(), QString("Accuracy, train"));
    QCOMPARE(table.index(0, rate).data().toString(), QString("0.1"));
    QCOMPARE(table.index(0, rate - 1).data().toString(), QString("0.990"));
    table.sort(rate, Qt::AscendingOrder);
    QCOMPARE(shownIds(table), QStringList({"a", "b"}));
    runs.setFields({});
    QCOMPARE(table.columnCount(), int(RunListModel::column_count));
    QStringList keys;
    for (const auto& field : gb::fieldsOf(runs.shared())) keys << QString::fromStdString(field.key);
    for (const char* key :
         {"metric:accuracy", "metric:test/log_loss", "run:seconds", "setting:seed", "param:optimizer"})
      QVERIFY2(keys.contains(key), key);
  }

  void stars_tags_and_names_are_edited_in_place() {
    RunListModel runs;
    RunTable table(runs);
    auto run = made("a", 0.8);
    run.tags = {"baseline"};
    runs.setRuns({run});
    QSignalSpy renamed(&table, &RunTable::renamed), tagged(&table, &RunTable::tagged);
    QVERIFY(table.setData(table.index(0, RunListModel::star), true, Qt::EditRole));
    QVERIFY(gb::isStarred(*table.run(0)));
    QCOMPARE(table.index(0, RunListModel::tags).data().toString(), QString("baseline"));
    QVERIFY(table.setData(table.index(0, RunListModel::tags), " to check, baseline,, to check", Qt::EditRole));
    QCOMPARE(table.run(0)->tags, (std::vector<std::string>{"to check", "baseline", "star"}));
    QCOMPARE(tagged.size(), 2);
    RunFilter filter;
    filter.starred = true;
    table.setFilter(filter);
    QCOMPARE(table.rowCount(), 1);
    QVERIFY(table.setData(table.index(0, RunListModel::star), false, Qt::EditRole));
    QCOMPARE(table.rowCount(), 0);
    table.setFilter({});
    QVERIFY(!table.setData(table.index(0, RunListModel::name), "  ", Qt::EditRole));
    QVERIFY(table.setData(table.index(0, RunListModel::name), " Better ", Qt::EditRole));
    QCOMPARE(renamed.size(), 1);
    QCOMPARE(renamed[0][1].toString(), QString("Better"));
    QCOMPARE(runs.find("a")->name, std::string("Better"));
  }

  void repetitions_with_other_seeds_are_grouped() {
    const gb::SharedRuns runs{shared(made("a", 0.8, 0.01, "mlp", 1)), shared(made("b", 0.5, 0.1, "mlp", 1)),
                              shared(made("c", 0.9, 0.01, "mlp", 2)), shared(made("d", 0.7, 0.01, "mlp", 3))};
    const auto groups = gb::seedGroups(runs, gb::distinctTitles(runs));
    QCOMPARE(groups.size(), std::size_t(2));
    QCOMPARE(groups[0].runs, (std::vector<std::size_t>{0, 2, 3}));
    QVERIFY2(groups[0].title.contains("Learning rate 0.01"), qPrintable(groups[0].title));
    const auto spread = gb::spreadOf({0.8, 0.9, 0.7});
    QCOMPARE(spread->count, std::size_t(3));
    QVERIFY(std::abs(spread->mean - 0.8) < 1e-12);
    QVERIFY(std::abs(spread->deviation - 0.1) < 1e-12);
    QCOMPARE(spread->low, 0.7);
    QCOMPARE(gb::spreadOf({0.4})->deviation, 0.0);
    QVERIFY(!gb::spreadOf({}));
  }

  void the_best_is_the_lowest_of_losses_and_the_highest_of_scores() {
    const double gap = std::numeric_limits<double>::quiet_NaN();
    const auto loss = gb::bestAndFinal({"validation/loss", {0, 5, 10, 15}, {0.9, 0.2, gap, 0.4}});
    QCOMPARE(loss->best, 0.2);
    QCOMPARE(loss->best_step, std::int64_t(5));
    QCOMPARE(loss->last, 0.4);
    QCOMPARE(loss->last_step, std::int64_t(15));
    QCOMPARE(gb::bestAndFinal({"test/accuracy", {1, 2, 3}, {0.5, 0.9, 0.8}})->best, 0.9);
    QVERIFY(!gb::bestAndFinal({"train/loss", {1}, {gap}}));
  }

  void only_telling_fields_become_axes() {
    const gb::SharedRuns runs{shared(made("a", 0.8, 0.001)), shared(made("b", 0.5, 0.1)), shared(made("c", 0.9, 10))};
    const auto fields = gb::tellingFields(runs);
    QStringList keys;
    for (const auto& field : fields) keys << QString::fromStdString(field.key);
    QVERIFY2(keys.contains("param:learning_rate") && keys.contains("param:optimizer"), qPrintable(keys.join(' ')));
    QVERIFY2(!keys.contains("param:hidden_layers") && !keys.contains("run:algorithm"), qPrintable(keys.join(' ')));
    const auto table = gb::itemTable(runs, gb::distinctTitles(runs), {0, 1, 2}, fields);
    const auto& rate = table.columns[static_cast<std::size_t>(keys.indexOf("param:learning_rate"))];
    QVERIFY(rate.log_scale);
    QCOMPARE(rate.values, (std::vector<double>{0.001, 0.1, 10}));
    const auto& optimizer = table.columns[static_cast<std::size_t>(keys.indexOf("param:optimizer"))];
    QCOMPARE(optimizer.categories, QStringList({"adam", "sgd"}));
    QCOMPARE(optimizer.values, (std::vector<double>{0, 1, 1}));
  }

  void a_queue_is_moved_and_survives() {
    const QTemporaryDir folder;
    const std::filesystem::path place = folder.path().toStdString();
    {
      RunQueue queue;
      QAbstractItemModelTester tester(&queue, QAbstractItemModelTester::FailureReportingMode::QtTest);
      queue.open(place);
      QVERIFY(queue.kept());
      for (const char* name : {"one", "two", "three", "four"}) queue.add({experiment(name, 0.5), {}});
      QVERIFY(queue.moveRow({}, 2, {}, 0));
      QCOMPARE(waiting(queue), QStringList({"three", "one", "two", "four"}));
      QVERIFY(queue.moveRow({}, 0, {}, 3));
      QCOMPARE(waiting(queue), QStringList({"one", "two", "three", "four"}));
      QVERIFY(!queue.moveRow({}, 1, {}, 2));
      queue.removeAt(3);
      QCOMPARE(queue.take().title(), QString("one"));
      queue.beganAs("20261121-2251-mlp-7f3a");
      // A second window does not disturb the first one's file.
      RunQueue second;
      second.open(place);
      QVERIFY(!second.kept());
      second.add({experiment("elsewhere", 0.5), {}});
      second.flush();
      queue.flush();
    }
    RunQueue again;
    again.open(place);
    QVERIFY(again.kept());
    QCOMPARE(waiting(again), QStringList({"two", "three"}));
    QVERIFY(again.paused());
    QVERIFY(again.interrupted());
    QCOMPARE(again.interrupted()->run_id, std::string("20261121-2251-mlp-7f3a"));
    QCOMPARE(again.at(0).experiment.params["learning_rate"].get<double>(), 0.5);
    again.requeueInterrupted();
    QCOMPARE(waiting(again), QStringList({"one", "two", "three"}));
  }

  void a_damaged_queue_is_set_aside() {
    const QTemporaryDir folder;
    QFile file(folder.filePath("queue.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\"glassbench_queue\": 1, \"waiting\": [{\"exper");
    file.close();
    RunQueue queue;
    queue.open(folder.path().toStdString());
    QVERIFY2(queue.problem().contains("queue.damaged.json"), qPrintable(queue.problem()));
    QVERIFY(QFile::exists(folder.filePath("queue.damaged.json")));
    QVERIFY(queue.empty());
  }
};

QTEST_MAIN(TestRunTable)
#include "test_run_table.moc"
