#include <QTemporaryDir>
#include <QtTest>

#include "core/base/file.hpp"
#include "core/base/parallel.hpp"
#include "core/run/session.hpp"
#include "core/train/checkpoint.hpp"
#include "recorded_runs.hpp"

using namespace gb;
namespace fs = std::filesystem;

namespace {

/// Steers a run from inside, at chosen steps of its training loss, so that tests need no clock.
class Steersman : public RunObserver {
 public:
  explicit Steersman(RunControl& control) : control_(control) {}
  void on_event(const Event& event) override {
    const auto* scalar = std::get_if<Scalar>(&event);
    if (!scalar || scalar->series != "train/loss") return;
    ++told;
    if (told == stop_at) control_.stop();
    if (const auto found = changes.find(told); found != changes.end()) control_.set("learning_rate", found->second);
  }
  int told = 0;
  int stop_at = -1;
  std::map<int, double> changes;

 private:
  RunControl& control_;
};

SessionResult session(RunStore* store, const std::shared_ptr<const PreparedRun>& prepared, int stop_at = -1,
                      const std::map<int, double>& changes = {}, const std::string& resume = {}) {
  RunControl control;
  Steersman steersman(control);
  steersman.stop_at = stop_at;
  steersman.changes = changes;
  SessionOptions options;
  options.store = store;
  options.observer = &steersman;
  options.resume_id = resume;
  return run_session(prepared, control, options);
}

ReplayResult replayed(RunStore& store, const std::string& id) {
  RunControl control;
  Observers nobody({});
  return replay(store, id, control, nobody);
}

/// The curves of a run but those that are looked at whenever there is time.
std::vector<SeriesData> told_series(const RunStore& store, const std::string& id) {
  auto all = store.series(id);
  std::erase_if(all, [](const SeriesData& curve) {
    return curve.name.starts_with("gradient-norm/") || curve.name.starts_with("update-norm/");
  });
  return all;
}

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

}  // namespace

class TestSession : public QObject {
  Q_OBJECT
 private slots:
  void aRunIsRecordedWithModelAndMetrics() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    const auto result = session(&store, small_mlp());
    QVERIFY2(result.run.state == RunState::finished, result.run.message.c_str());
    QVERIFY2(!result.summary.contains("model_error"), result.summary.dump().c_str());
    const auto run = store.get(result.id);
    QCOMPARE(run.state, RunState::finished);
    QVERIFY(run.has_model && !run.has_checkpoint);
    QCOMPARE(run.steps, result.run.steps);
    QVERIFY(run.metrics["test"]["accuracy"].get<double>() > 0.6);
    QVERIFY(run.metrics["train"]["log_loss"].is_number());
    QCOMPARE(run.result["weights_sha256"].get<std::string>().size(), std::size_t{64});
    // 105 rows in batches of 8 are 14 steps an epoch.
    const auto curves = store.series(result.id);
    const auto loss = std::find_if(curves.begin(), curves.end(), [](const auto& c) { return c.name == "train/loss"; });
    QVERIFY(loss != curves.end());
    QCOMPARE(loss->steps.size(), static_cast<std::size_t>(result.run.steps));
    bool test_confusion = false;
    for (const auto& event : store.snapshots(result.id))
      if (const auto* matrix = std::get_if<std::shared_ptr<const Matrix>>(&event))
        test_confusion = test_confusion || (*matrix)->part == "test";
    QVERIFY(test_confusion);
  }

  void seedsDecideTheWeights() {
    const auto first = session(nullptr, small_mlp(5));
    const auto again = session(nullptr, small_mlp(5));
    const auto other = session(nullptr, small_mlp(6));
    QCOMPARE(first.run.weights_sha256, again.run.weights_sha256);
    QVERIFY(first.run.weights_sha256 != other.run.weights_sha256);
  }

  void recordingDoesNotChangeTheResult() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    QCOMPARE(session(&store, small_mlp()).run.weights_sha256, session(nullptr, small_mlp()).run.weights_sha256);
  }

  void resumedRunsEndAsUnbrokenOnes_data() {
    QTest::addColumn<int>("stop_at");
    for (const int stop_at : {1, 2, 13, 14, 15, 28, 50, 77, 140, 167}) QTest::addRow("%d", stop_at) << stop_at;
  }
  void resumedRunsEndAsUnbrokenOnes() {
    QFETCH(int, stop_at);
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    const auto prepared = small_mlp();
    const auto unbroken = session(&store, prepared);
    const auto broken = session(&store, prepared, stop_at);
    QCOMPARE(broken.run.state, RunState::stopped);
    QVERIFY(store.get(broken.id).has_checkpoint);
    QCOMPARE(store.get(broken.id).steps, std::int64_t{stop_at});
    const auto resumed = session(&store, prepare_recorded(store, broken.id), -1, {}, broken.id);
    QCOMPARE(resumed.id, broken.id);
    QCOMPARE(resumed.run.state, RunState::finished);
    QCOMPARE(resumed.run.weights_sha256, unbroken.run.weights_sha256);
    QCOMPARE(resumed.run.steps, unbroken.run.steps);
    const auto whole = told_series(store, unbroken.id);
    const auto joined = told_series(store, resumed.id);
    QCOMPARE(joined.size(), whole.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      QCOMPARE(joined[i].steps, whole[i].steps);
      QCOMPARE(joined[i].values, whole[i].values);
    }
  }

  void replayGivesTheSameBits_data() {
    QTest::addColumn<int>("kind");
    QTest::newRow("network") << 0;
    QTest::newRow("network with live changes") << 1;
    QTest::newRow("network changed, stopped, resumed and changed again") << 2;
    QTest::newRow("k-means") << 3;
  }
  void replayGivesTheSameBits() {
    QFETCH(int, kind);
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    std::string id;
    if (kind == 0) id = session(&store, small_mlp()).id;
    if (kind == 1) id = session(&store, small_mlp(), -1, {{1, 0.05}, {30, 0.002}, {31, 0.03}}).id;
    if (kind == 2) {
      id = session(&store, small_mlp(), 60, {{20, 0.05}, {59, 0.01}}).id;
      session(&store, prepare_recorded(store, id), -1, {{5, 0.002}}, id);
    }
    if (kind == 3) id = session(&store, small_kmeans()).id;
    const auto changes = store.journal(id).size();
    QCOMPARE(changes, std::size_t(kind == 1 || kind == 2 ? 3 : 0));
    const auto result = replayed(store, id);
    QCOMPARE(result.run.weights_sha256, result.recorded_sha256);
    QVERIFY(result.same);
    QVERIFY(result.environment_difference.empty());
    if (changes > 0) QVERIFY(result.recorded_sha256 != session(nullptr, small_mlp()).run.weights_sha256);
  }

  void replayTakesTheThreadsOfTheRun() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    const int before = threads();
    set_threads(1);
    const auto id = session(&store, small_mlp()).id;
    set_threads(3);
    const auto result = replayed(store, id);
    QVERIFY(result.same);
    QCOMPARE(threads(), 3);
    QVERIFY(result.environment_difference.empty());
    set_threads(before);
  }

  void aTamperedHashIsNoticed() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    const auto id = session(&store, small_kmeans()).id;
    {
      RunRecorder recorder(store, *small_kmeans(), id, 0);
      RunResult wrong;
      wrong.weights_sha256 = std::string(64, '0');
      recorder.finish(wrong, *small_kmeans());
    }
    QVERIFY(!replayed(store, id).same);
  }

  void whatCannotGoOnIsRefused() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    const auto finished = session(&store, small_mlp()).id;
    QVERIFY(refusal([&] { session(&store, small_mlp(), -1, {}, finished); }).find("is finished") != std::string::npos);
    QVERIFY(refusal([&] { session(&store, small_mlp(), -1, {}, "nobody"); }).find("no run") != std::string::npos);
    const auto stopped = session(&store, small_mlp(), 20).id;
    QVERIFY(refusal([&] { replayed(store, stopped); }).find("only a finished run") != std::string::npos);
    const auto path = store.run_folder(stopped) / "checkpoint.safetensors";
    const auto bytes = read_file(path, 1 << 24);
    write_file_atomically(path, bytes.substr(0, bytes.size() / 2));
    QVERIFY(refusal([&] { session(&store, small_mlp(), -1, {}, stopped); }).find("cut off") != std::string::npos);
    // The run is as it was: with its checkpoint back it goes on.
    write_file_atomically(path, bytes);
    QCOMPARE(session(&store, small_mlp(), -1, {}, stopped).run.state, RunState::finished);
  }

  void aCheckpointOfAnotherNetworkIsAFailureNotACrash() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    const auto stopped = session(&store, small_mlp(), 20).id;
    const auto path = store.run_folder(stopped) / "checkpoint.safetensors";
    auto state = *store.checkpoint(stopped);
    state.arrays.clear();
    write_file_atomically(path, to_safetensors(state));
    const auto result = session(&store, small_mlp(), -1, {}, stopped);
    QCOMPARE(result.run.state, RunState::failed);
    QVERIFY(!result.run.message.empty());
  }

  void changedDataIsNoticed() {
    QTemporaryDir folder;
    const auto csv = folder.filePath("data.csv").toStdString();
    const auto write = [&](double first) {
      std::string text = "a,b\n";
      for (int i = 0; i < 50; ++i) text += std::to_string(i ? i * 0.7 : first) + "," + std::to_string(i % 9) + ".5\n";
      write_file_atomically(csv, text);
    };
    write(1);
    const auto experiment =
        Experiment::parse(R"({"glassbench":1,"data":{"source":"table","path":"data.csv","target":"b"},)"
                          R"("algorithm":{"id":"kmeans","params":{"clusters":2}}})",
                          "test", folder.path().toStdString());
    RunStore store(folder.filePath("store").toStdString());
    const auto id = session(&store, prepare_run(experiment)).id;
    QVERIFY(replayed(store, id).same);
    write(2);
    QVERIFY(refusal([&] { replayed(store, id); }).find("has changed") != std::string::npos);
    fs::remove(csv);
    QVERIFY(refusal([&] { replayed(store, id); }).find("data.csv") != std::string::npos);
  }

  void divergenceIsAFailureWithItsStep() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    auto experiment = small_mlp()->experiment;
    const std::vector<std::pair<std::string, Json>> wild{
        {"optimizer", "sgd"}, {"learning_rate", 1000}, {"activation", "relu"}, {"hidden_layers", {64, 64, 64}}};
    experiment.set(wild);
    const auto result = session(&store, prepare_run(experiment));
    QCOMPARE(result.run.state, RunState::failed);
    QVERIFY(!result.run.before_first_step);
    QVERIFY(!result.run.model);
    const auto run = store.get(result.id);
    QCOMPARE(run.state, RunState::failed);
    QCOMPARE(run.result["message"].get<std::string>(), result.run.message);
  }

  void requestsThatCannotWorkAreRefusedBeforeTheRun_data() {
    QTest::addColumn<QString>("settings");
    QTest::addColumn<QString>("field");
    QTest::newRow("more clusters than rows")
        << R"([["algorithm.id","kmeans"],["algorithm.params",{}],["clusters",500]])"
        << "algorithm.params.clusters";
    QTest::newRow("one class") << R"([["data",{"source":"table","path":"one.csv","target":"kind"}],["prepare",[]]])"
                               << "data.target";
    QTest::newRow("missing target")
        << R"([["data",{"source":"table","path":"one.csv","target":"color"}],["prepare",[]]])"
        << "data.target";
    QTest::newRow("no target") << R"([["data",{"source":"table","path":"one.csv"}],["prepare",[]]])"
                               << "data.target";
    QTest::newRow("missing file") << R"([["data",{"source":"table","path":"no.csv","target":"a"}],["prepare",[]]])"
                                  << "";
  }
  void requestsThatCannotWorkAreRefusedBeforeTheRun() {
    QFETCH(QString, settings);
    QFETCH(QString, field);
    QTemporaryDir folder;
    write_file_atomically(folder.filePath("one.csv").toStdString(), "a,kind\n1,x\n2,x\n3,x\n4,x\n5,x\n6,x\n7,x\n8,x\n");
    auto experiment = small_mlp()->experiment;
    experiment.folder = folder.path().toStdString();
    std::vector<std::pair<std::string, Json>> assignments;
    for (const auto& entry : Json::parse(settings.toStdString()))
      assignments.emplace_back(entry[0].get<std::string>(), entry[1]);
    experiment.set(assignments);
    try {
      prepare_run(experiment);
      QFAIL("nothing was refused");
    } catch (const Error& error) {
      QVERIFY2(field.isEmpty() || QString::fromStdString(error.field()) == field,
               (error.field() + ": " + error.what()).c_str());
    }
  }

  void clusteringReportsAgreementWithKnownClasses() {
    auto experiment = Experiment::parse(
        R"({"glassbench":1,"data":{"source":"bundled","name":"iris"},"prepare":[{"step":"standardize"}],)"
        R"("algorithm":{"id":"kmeans","params":{"clusters":3}}})",
        "test", ".");
    const auto result = session(nullptr, prepare_run(experiment));
    QCOMPARE(result.run.metrics.size(), std::size_t{1});
    const Json metrics = result.summary["metrics"]["train"];
    QVERIFY(std::abs(metrics["inertia"].get<double>() / 139.8205 - 1) < 1e-4);
    QVERIFY(std::abs(metrics["adjusted_rand"].get<double>() - 0.620) < 1e-3);
    QVERIFY(metrics["silhouette"].is_number() && metrics["normalized_mutual_info"].is_number());
  }
};

QTEST_GUILESS_MAIN(TestSession)
#include "test_session.moc"
