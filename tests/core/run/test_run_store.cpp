#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <fstream>

#include "core/base/file.hpp"
#include "core/run/run_lock.hpp"
#include "core/run/run_store.hpp"
#include "core/run/store_database.hpp"
#include "core/train/checkpoint.hpp"
#include "recorded_runs.hpp"

using namespace gb;
namespace fs = std::filesystem;

namespace {

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const StoreError& error) {
    return error.what();
  }
  return "nothing was refused";
}

RunResult ended(RunState state = RunState::finished, std::int64_t steps = 100) {
  RunResult result;
  result.state = state;
  result.steps = steps;
  result.metrics = {{"train", {{"accuracy", 0.5}, {"odd", std::numeric_limits<double>::quiet_NaN()}}}};
  result.weights_sha256 = "abc";
  return result;
}

State checkpoint_at(std::int64_t step) {
  State state;
  state.step = step;
  state.header["epoch"] = step;
  return state;
}

/// Runs `action` in a child that is user nobody; true when it returned true there.
bool as_nobody(const std::function<bool()>& action) {
  const pid_t child = fork();
  if (child == 0) {
    bool good = false;
    if (setgid(65534) == 0 && setuid(65534) == 0) {
      try {
        good = action();
      } catch (...) {
        good = false;
      }
    }
    _exit(good ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

class TestRunStore : public QObject {
  Q_OBJECT
 private slots:
  void whatIsRecordedReadsBack() {
    QTemporaryDir folder;
    RunStore store(folder.filePath("store").toStdString());
    std::string id;
    {
      RunRecorder recorder(store, *small_kmeans());
      id = recorder.id();
      QVERIFY(id.find("-kmeans-") != std::string::npos);
      for (int step = 0; step < 10000; ++step) {
        recorder.on_event(Scalar{"train/loss", step, 1.0 / (step + 1)});
        if (step % 10 == 0) recorder.on_event(Scalar{"validation/loss", step, step * 0.5});
      }
      recorder.on_event(square_matrix(3, 30));
      recorder.on_event(square_matrix(8, 80));
      recorder.on_event(Text{"this-step", 8, "Eight"});
      recorder.on_event(Change{5, "learning_rate", 0.25});
      recorder.on_event(Progress{1, 2, 3, "rows"});
      recorder.finish(ended(), *small_kmeans());
    }
    const auto series = store.series(id);
    QCOMPARE(series.size(), std::size_t{2});
    QCOMPARE(series[0].name, std::string("train/loss"));
    QCOMPARE(series[0].steps.size(), std::size_t{10000});
    QCOMPARE(series[0].steps[9999], std::int64_t{9999});
    QCOMPARE(series[0].values[4095], 1.0 / 4096);
    QCOMPARE(series[0].values[4096], 1.0 / 4097);
    QCOMPARE(series[1].values.back(), 9990 * 0.5);
    const auto overview = store.series_overview(id, 100);
    QVERIFY(overview[0].values.size() <= 100);
    QCOMPARE(*std::max_element(overview[0].values.begin(), overview[0].values.end()), 1.0);
    QCOMPARE(*std::min_element(overview[0].values.begin(), overview[0].values.end()), 1.0 / 10000);
    QVERIFY(std::is_sorted(overview[0].steps.begin(), overview[0].steps.end()));
    // Where a curve ended is there, extreme or not.
    QCOMPARE(overview[0].steps.back(), std::int64_t{9999});
    const auto journal = store.journal(id);
    QCOMPARE(journal.size(), std::size_t{1});
    QCOMPARE(journal[0].step, std::int64_t{5});
    QCOMPARE(journal[0].value.get<double>(), 0.25);
    const auto at = [&](std::int64_t step) {
      for (const auto& event : store.snapshots(id, step))
        if (const auto* matrix = std::get_if<std::shared_ptr<const Matrix>>(&event)) return (*matrix)->values[0];
      return -1.0;
    };
    QCOMPARE(at(2), -1.0);
    QCOMPARE(at(3), 30.0);
    QCOMPARE(at(7), 30.0);
    QCOMPARE(at(8), 80.0);
    QCOMPARE(at(-1), 80.0);
    QCOMPARE(store.snapshots(id).size(), std::size_t{2});
    const auto run = store.get(id);
    QCOMPARE(run.state, RunState::finished);
    QCOMPARE(run.name, std::string("Small clusters"));
    QCOMPARE(run.document.dump(), small_kmeans()->document.dump());
    QCOMPARE(run.metrics["train"]["accuracy"].get<double>(), 0.5);
    QVERIFY(run.metrics["train"]["odd"].is_null());
    QCOMPARE(run.result["weights_sha256"].get<std::string>(), std::string("abc"));
    QCOMPARE(run.environment.threads, environment().threads);
  }

  void sharedArraysAreStoredOnce() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    RunRecorder recorder(store, *small_kmeans());
    const auto xy = std::make_shared<std::vector<float>>(20000, 0.5f);
    const auto rows = std::make_shared<std::vector<std::int64_t>>(10000, 7);
    for (int step = 0; step < 20; ++step) {
      auto points = std::make_shared<Points>();
      points->view = "clusters";
      points->step = step;
      points->xy = xy;
      points->rows = rows;
      points->group.assign(10000, step);
      recorder.on_event(std::shared_ptr<const Points>(points));
    }
    recorder.finish(ended(), *small_kmeans());
    SQLite::Database database(database_path(store.folder()).string());
    QCOMPARE(database.execAndGet("SELECT count(*) FROM shared_array").getInt(), 2);
    QCOMPARE(database.execAndGet("SELECT count(*) FROM snapshot").getInt(), 20);
    const auto events = store.snapshots(recorder.id(), 11);
    const auto points = std::get<std::shared_ptr<const Points>>(events.at(0));
    QCOMPARE(points->group[0], 11);
    QCOMPARE(points->xy->size(), std::size_t{20000});
    QCOMPARE(points->rows->back(), std::int64_t{7});
  }

  void runsAreFoundByPrefixAndListedNewestFirst() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) {
      RunRecorder recorder(store, *small_kmeans());
      ids.push_back(recorder.id());
      recorder.finish(ended(), *small_kmeans());
    }
    const auto runs = store.list();
    QCOMPARE(runs.size(), std::size_t{3});
    QCOMPARE(runs.front().id, ids.back());
    QCOMPARE(store.get(ids[1]).id, ids[1]);
    QVERIFY(refusal([&] { store.get("nothing"); }).find("There is no run 'nothing'") != std::string::npos);
    QVERIFY(refusal([&] { store.get(""); }).find("There is no run") != std::string::npos);
    QVERIFY(refusal([&] { store.get("20"); }).find("Several runs") != std::string::npos);
    QVERIFY(refusal([&] { store.get("%"); }).find("There is no run") != std::string::npos);
    QVERIFY(refusal([&] { store.run_folder("../x"); }).find("cannot be the id") != std::string::npos);
  }

  void aListingSharesWhatHasNotChanged() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) {
      RunRecorder recorder(store, *small_kmeans());
      ids.push_back(recorder.id());
      recorder.finish(ended(), *small_kmeans());
    }
    const auto first = store.listing();
    QCOMPARE(first.size(), std::size_t{3});
    QCOMPARE(first.front()->id, ids.back());
    QCOMPARE(first[1]->metrics, store.get(ids[1]).metrics);
    QVERIFY(store.listing() == first);
    // Also what another program writes is seen.
    RunStore(folder.path().toStdString()).set_tags(ids[1], {"star"});
    const auto second = store.listing();
    QVERIFY(second[0] == first[0] && second[2] == first[2]);
    QVERIFY(second[1] != first[1]);
    QCOMPARE(second[1]->tags, std::vector<std::string>{"star"});
    store.remove(ids[1]);
    QVERIFY((store.listing() == std::vector{first[0], first[2]}));
    // A run in progress gets its checkpoint, and loses its writer, without a change of its row.
    {
      RunRecorder recorder(store, *small_kmeans());
      QCOMPARE(store.listing().front()->state, RunState::running);
      recorder.on_event(Scalar{"train/loss", 4, 1});
      recorder.keep_checkpoint(checkpoint_at(4));
    }
    QCOMPARE(store.listing().front()->state, RunState::stopped);
    QVERIFY(store.listing().front()->has_checkpoint);
    QVERIFY(store.listing().front() == store.listing().front());
  }

  void namesNotesAndTagsStay() {
    QTemporaryDir folder;
    std::string id;
    {
      RunStore store(folder.path().toStdString());
      RunRecorder recorder(store, *small_kmeans());
      id = recorder.id();
      recorder.finish(ended(), *small_kmeans());
      store.set_name(id, "Better name");
      store.set_notes(id, "It worked; DROP TABLE run; --");
      store.set_tags(id, {"good", "\"quoted\""});
      QVERIFY(refusal([&] { store.set_name("nobody", "x"); }).find("no run") != std::string::npos);
    }
    RunStore store(folder.path().toStdString());
    const auto run = store.get(id);
    QCOMPARE(run.name, std::string("Better name"));
    QCOMPARE(run.notes, std::string("It worked; DROP TABLE run; --"));
    QCOMPARE(run.tags, (std::vector<std::string>{"good", "\"quoted\""}));
  }

  void aRunWithoutAWriterReadsAsStopped() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    std::string id;
    {
      RunRecorder recorder(store, *small_kmeans());
      id = recorder.id();
      QCOMPARE(store.get(id).state, RunState::running);
      QVERIFY(RunLock::held(store.run_folder(id)));
      QVERIFY(refusal([&] { store.remove(id); }).find("still being computed") != std::string::npos);
      QVERIFY(refusal([&] { RunRecorder second(store, *small_kmeans(), id, 0); }).find("still being computed") !=
              std::string::npos);
      recorder.on_event(Scalar{"train/loss", 4, 1});
      recorder.keep_checkpoint(checkpoint_at(4));
    }
    const auto run = store.get(id);
    QCOMPARE(run.state, RunState::stopped);
    QVERIFY(run.has_checkpoint);
    QCOMPARE(store.checkpoint(id)->step, std::int64_t{4});
    QCOMPARE(store.series(id).at(0).values.size(), std::size_t{1});
    const auto files = store.run_folder(id);
    store.remove(id);
    QVERIFY(!fs::exists(files));
    QVERIFY(store.list().empty());
    SQLite::Database database(database_path(store.folder()).string());
    QCOMPARE(database.execAndGet("SELECT count(*) FROM chunk").getInt(), 0);
  }

  void resumingDropsWhatCameAfterTheCheckpoint() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    std::string id;
    {
      RunRecorder recorder(store, *small_kmeans());
      id = recorder.id();
      for (int step = 0; step < 9000; ++step) recorder.on_event(Scalar{"train/loss", step, step + 0.0});
      for (int step = 0; step < 20; ++step) recorder.on_event(square_matrix(step * 500, step));
      recorder.on_event(Change{100, "l2", 1});
      recorder.on_event(Change{5000, "l2", 2});
      recorder.on_event(Change{8000, "l2", 3});
    }
    {
      RunRecorder recorder(store, *small_kmeans(), id, 5000);
      QCOMPARE(store.get(id).state, RunState::running);
      for (int step = 5000; step < 6000; ++step) recorder.on_event(Scalar{"train/loss", step, -step - 0.0});
      recorder.on_event(Change{5500, "l2", 4});
      recorder.finish(ended(), *small_kmeans());
    }
    const auto series = store.series(id);
    QCOMPARE(series.size(), std::size_t{1});
    QCOMPARE(series[0].steps.size(), std::size_t{6000});
    for (std::size_t i = 0; i < 6000; ++i) {
      QCOMPARE(series[0].steps[i], static_cast<std::int64_t>(i));
      QCOMPARE(series[0].values[i], i < 5000 ? static_cast<double>(i) : -static_cast<double>(i));
    }
    const auto journal = store.journal(id);
    QCOMPARE(journal.size(), std::size_t{3});
    QCOMPARE(journal[1].step, std::int64_t{5000});
    QCOMPARE(journal[2].step, std::int64_t{5500});
    const auto snapshots = store.snapshots(id);
    QCOMPARE(std::get<std::shared_ptr<const Matrix>>(snapshots.at(0))->step, std::int64_t{5000});
  }

  void resumingFromTheStartDropsEverything() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    std::string id;
    {
      RunRecorder recorder(store, *small_kmeans());
      id = recorder.id();
      for (int step = 0; step < 30; ++step) recorder.on_event(Scalar{"train/loss", step, 1});
    }
    RunRecorder recorder(store, *small_kmeans(), id, 0);
    for (int step = 0; step < 5; ++step) recorder.on_event(Scalar{"train/loss", step, 2});
    recorder.finish(ended(), *small_kmeans());
    QCOMPARE(store.series(id).at(0).values, std::vector<double>(5, 2.0));
  }

  void snapshotsStayWithinTheirBudget() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    RunRecorder::Options options;
    options.snapshot_bytes = 400'000;
    options.commit_every = std::chrono::milliseconds(5);
    RunRecorder recorder(store, *small_kmeans(), {}, 0, options);
    for (int step = 0; step < 120; ++step) {
      recorder.on_event(noise_image(step, 100));
      QTest::qSleep(2);
    }
    recorder.finish(ended(), *small_kmeans());
    SQLite::Database database(database_path(store.folder()).string());
    const auto bytes = database.execAndGet("SELECT sum(length(data)) FROM snapshot").getInt64();
    const int kept = database.execAndGet("SELECT count(*) FROM snapshot").getInt();
    QVERIFY2(bytes <= 400'000, qPrintable(QString::number(bytes)));
    QVERIFY(kept >= 10);
    QCOMPARE(database.execAndGet("SELECT min(step) FROM snapshot").getInt(), 0);
    QCOMPARE(database.execAndGet("SELECT max(step) FROM snapshot").getInt(), 119);
  }

  void aStoreOfANewerVersionIsLeftAlone() {
    QTemporaryDir folder;
    { RunStore store(folder.path().toStdString()); }
    const auto path = database_path(folder.path().toStdString());
    SQLite::Database(path.string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
    const auto before = sha256_of_file(path);
    const auto message = refusal([&] { RunStore store(folder.path().toStdString()); });
    QVERIFY2(message.find("newer Glassbench") != std::string::npos && message.find("99") != std::string::npos,
             message.c_str());
    QCOMPARE(sha256_of_file(path), before);
  }

  void filesThatAreNoStoreAreRefused_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("part");
    QTest::newRow("text") << QByteArray("This is no database, but a note that someone left here.").repeated(40)
                          << "is damaged";
    QTest::newRow("zeros behind the mark")
        << QByteArray("SQLite format 3\0", 16) + QByteArray(5000, '\0') << "is damaged";
  }
  void filesThatAreNoStoreAreRefused() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, part);
    QTemporaryDir folder;
    const auto path = database_path(folder.path().toStdString());
    write_file_atomically(path, bytes.toStdString());
    const auto message = refusal([&] { RunStore store(folder.path().toStdString()); });
    QVERIFY2(message.find(part.toStdString()) != std::string::npos, message.c_str());
    QCOMPARE(QByteArray::fromStdString(read_file(path, 1 << 20)), bytes);
  }

  void aForeignDatabaseIsRefused() {
    QTemporaryDir folder;
    const auto path = database_path(folder.path().toStdString());
    SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE mine (x)");
    const auto message = refusal([&] { RunStore store(folder.path().toStdString()); });
    QVERIFY2(message.find("no run store") != std::string::npos, message.c_str());
  }

  void aTruncatedStoreIsAClearError() {
    QTemporaryDir folder;
    {
      RunStore store(folder.path().toStdString());
      RunRecorder recorder(store, *small_kmeans());
      for (int step = 0; step < 5000; ++step) recorder.on_event(Scalar{"train/loss", step, step * 0.37});
      recorder.finish(ended(), *small_kmeans());
    }
    const auto path = database_path(folder.path().toStdString());
    const auto whole = read_file(path, 1 << 24);
    for (const std::size_t size : {std::size_t{10}, std::size_t{50}, std::size_t{99}, std::size_t{1024},
                                   whole.size() / 2, whole.size() - 1000}) {
      write_file_atomically(path, whole.substr(0, size));
      std::error_code code;
      fs::remove(path.string() + "-wal", code);
      fs::remove(path.string() + "-shm", code);
      try {
        RunStore store(folder.path().toStdString());
        for (const auto& run : store.list()) (void)store.series(run.id);
      } catch (const StoreError& error) {
        QVERIFY2(std::string(error.what()).find(path.string()) != std::string::npos, error.what());
      }
    }
  }

  void aLockedStoreSaysSo() {
    QTemporaryDir folder;
    { RunStore store(folder.path().toStdString()); }
    SQLite::Database other(database_path(folder.path().toStdString()).string(), SQLite::OPEN_READWRITE);
    other.exec("PRAGMA locking_mode = EXCLUSIVE");
    other.exec("BEGIN EXCLUSIVE");
    other.exec("CREATE TABLE held (x)");
    const auto message = refusal([&] { RunStore store(folder.path().toStdString()); });
    QVERIFY2(message.find("locked by another program") != std::string::npos, message.c_str());
  }

  void aReadOnlyStoreIsListedButNotWritten() {
    if (geteuid() != 0) QSKIP("only root can become another user");
    QTemporaryDir folder;
    std::string id;
    {
      RunStore store(folder.path().toStdString());
      RunRecorder recorder(store, *small_kmeans());
      id = recorder.id();
      recorder.finish(ended(), *small_kmeans());
    }
    fs::permissions(folder.path().toStdString(), fs::perms(0555));
    const std::string path = folder.path().toStdString();
    const auto prepared = small_kmeans();
    QVERIFY(as_nobody([&] {
      RunStore store(path);
      return store.read_only() && store.list().size() == 1 && store.get(id).state == RunState::finished;
    }));
    QVERIFY(as_nobody([&] {
      RunStore store(path);
      return refusal([&] { RunRecorder recorder(store, *prepared); }).find("read-only") != std::string::npos &&
             refusal([&] { store.set_name(id, "x"); }).find("read-only") != std::string::npos &&
             refusal([&] { store.remove(id); }).find("read-only") != std::string::npos;
    }));
    QVERIFY(as_nobody([&] {
      return refusal([&] { RunStore store(path + "/below/it"); }).find("cannot be made") != std::string::npos;
    }));
    fs::permissions(path, fs::perms(0755));
  }

  void aStoreThatVanishesIsReportedAtTheEnd() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    RunRecorder recorder(store, *small_kmeans());
    recorder.on_event(Scalar{"train/loss", 0, 1});
    for (const char* ending : {"", "-wal", "-shm"}) fs::remove(database_path(store.folder()).string() + ending);
    recorder.on_event(Scalar{"train/loss", 1, 1});
    const auto message = refusal([&] { recorder.finish(ended(), *small_kmeans()); });
    QVERIFY2(message.find("deleted or replaced") != std::string::npos, message.c_str());
  }

  void aDamagedCheckpointIsAClearError() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    std::string id;
    {
      RunRecorder recorder(store, *small_kmeans());
      id = recorder.id();
      recorder.keep_checkpoint(checkpoint_at(9));
    }
    const auto path = store.run_folder(id) / "checkpoint.safetensors";
    const auto whole = read_file(path, 1 << 20);
    write_file_atomically(path, whole.substr(0, whole.size() - 9));
    QVERIFY_EXCEPTION_THROWN(store.checkpoint(id), CheckpointError);
    fs::remove(path);
    QVERIFY(!store.checkpoint(id));
  }

  void finishingRemovesTheCheckpointAndStoppingKeepsIt() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    for (const auto state : {RunState::finished, RunState::stopped, RunState::failed}) {
      RunRecorder recorder(store, *small_kmeans());
      recorder.keep_checkpoint(checkpoint_at(9));
      recorder.finish(ended(state), *small_kmeans());
      QCOMPARE(store.get(recorder.id()).has_checkpoint, state != RunState::finished);
      QCOMPARE(store.get(recorder.id()).state, state);
    }
  }

  void manyScalarsFromAFastRunAllArrive() {
    QTemporaryDir folder;
    RunStore store(folder.path().toStdString());
    RunRecorder recorder(store, *small_kmeans());
    constexpr int count = 400000;
    for (int step = 0; step < count; ++step) recorder.on_event(Scalar{"train/loss", step, step * 1e-3});
    recorder.finish(ended(), *small_kmeans());
    const auto series = store.series(recorder.id());
    QCOMPARE(series.at(0).values.size(), std::size_t{count});
    QCOMPARE(series[0].values.back(), (count - 1) * 1e-3);
  }
};

QTEST_GUILESS_MAIN(TestRunStore)
#include "test_run_store.moc"
