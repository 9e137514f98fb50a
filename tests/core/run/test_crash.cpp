#include <SQLiteCpp/SQLiteCpp.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <QCoreApplication>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include "core/base/file.hpp"
#include "core/run/run_store.hpp"
#include "core/run/session.hpp"
#include "core/run/store_database.hpp"
#include "recorded_runs.hpp"

using namespace gb;
namespace fs = std::filesystem;

namespace {

int rounds(int few, int many) {
  return qEnvironmentVariableIsSet("GLASSBENCH_LONG_TESTS") ? many : few;
}

/// This program again, doing one of the jobs of main(); killed when this goes. Not a fork: the test has threads.
class Child {
 public:
  Child(const QString& job, const QString& place) {
    process_.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process_.start(QCoreApplication::applicationFilePath(), {job, place});
    process_.waitForStarted();
  }
  ~Child() { kill9(); }
  void kill9() {
    process_.kill();
    process_.waitForFinished(-1);
  }
  int wait() {
    process_.waitForFinished(-1);
    return process_.exitStatus() == QProcess::NormalExit ? process_.exitCode() : -1;
  }

 private:
  QProcess process_;
};

State state_of(std::int64_t step) {
  State state;
  state.step = step;
  state.arrays.push_back({"weights", "U8", {50000}, std::vector<std::uint8_t>(50000, static_cast<std::uint8_t>(step))});
  return state;
}

/// Records a run without end: at each step one scalar, now and then a picture, a change and a checkpoint.
void record_for_ever(const std::string& folder) {
  RunStore store(folder);
  RunRecorder::Options options;
  options.commit_every = std::chrono::milliseconds(10);
  RunRecorder recorder(store, *small_kmeans(), {}, 0, options);
  for (std::int64_t step = 0;; ++step) {
    recorder.on_event(Scalar{"train/loss", step, static_cast<double>(step)});
    if (step % 10 == 0) recorder.on_event(noise_image(step, 60));
    if (step % 50 == 0) recorder.on_event(Change{step, "l2", step});
    if (step % 20 == 0) recorder.keep_checkpoint(state_of(step));
    usleep(500);
  }
}

constexpr std::size_t small_bytes = 1000, large_bytes = 300000;

/// Saves a small and a large file in turns without end.
void save_for_ever(const std::string& path) {
  for (;;) {
    write_file_atomically(path, std::string(large_bytes, 'b'));
    write_file_atomically(path, std::string(small_bytes, 'a'));
  }
}

/// Records more than the process may write into one file; 42 when that was told.
int record_beyond_the_limit(const std::string& folder) {
  signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{600'000, 600'000};
  setrlimit(RLIMIT_FSIZE, &limit);
  RunStore store(folder);
  RunRecorder::Options options;
  options.commit_every = std::chrono::milliseconds(5);
  RunRecorder recorder(store, *small_kmeans(), {}, 0, options);
  for (int step = 0; step < 60; ++step) {
    recorder.on_event(Scalar{"train/loss", step, 1});
    recorder.on_event(noise_image(step, 300));
    usleep(2000);
  }
  try {
    recorder.finish({}, *small_kmeans());
  } catch (const StoreError&) {
    return 42;
  }
  return 1;
}

std::int64_t points_recorded(const RunStore& store) {
  for (const auto& run : store.list())
    if (run.state == RunState::running)
      for (const auto& curve : store.series(run.id)) return static_cast<std::int64_t>(curve.steps.size());
  return 0;
}

}  // namespace

class TestCrash : public QObject {
  Q_OBJECT
 private slots:
  void killedWriterLosesNothingThatWasCommitted() {
    QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    std::string earlier;
    {
      RunStore store(path);
      RunRecorder recorder(store, *small_kmeans());
      earlier = recorder.id();
      recorder.on_event(Scalar{"train/loss", 0, 1});
      recorder.finish({}, *small_kmeans());
    }
    Random random(7);
    for (int round = 0; round < rounds(8, 1000); ++round) {
      std::int64_t seen = 0;
      {
        Child child("record", QString::fromStdString(path));
        RunStore store(path);
        const auto wanted = static_cast<std::int64_t>(1 + random.below(60));
        QTRY_VERIFY_WITH_TIMEOUT((seen = points_recorded(store)) >= wanted, 60000);
        usleep(static_cast<useconds_t>(random.below(20000)));
        child.kill9();
      }
      RunStore store(path);
      SQLite::Database database(database_path(path).string());
      QCOMPARE(database.execAndGet("PRAGMA integrity_check").getString(), std::string("ok"));
      const auto run = store.list().front();
      QCOMPARE(run.state, RunState::stopped);
      const auto curve = store.series(run.id).at(0);
      QVERIFY(static_cast<std::int64_t>(curve.steps.size()) >= seen);
      for (std::size_t i = 0; i < curve.steps.size(); ++i) QCOMPARE(curve.steps[i], static_cast<std::int64_t>(i));
      // The store never lags behind the checkpoint, and the checkpoint is whole.
      if (const auto checkpoint = store.checkpoint(run.id)) {
        QVERIFY(checkpoint->step <= curve.steps.back());
        QCOMPARE(checkpoint->arrays.at(0).bytes.front(), static_cast<std::uint8_t>(checkpoint->step));
      }
      (void)store.snapshots(run.id);
      QCOMPARE(store.get(earlier).state, RunState::finished);
      QCOMPARE(store.series(earlier).at(0).values.size(), std::size_t{1});
      store.remove(run.id);
    }
  }

  void killedWhileSavingLeavesTheOldFileOrTheNewOne() {
    QTemporaryDir folder;
    const auto path = folder.filePath("experiment.json").toStdString();
    const std::string small(small_bytes, 'a');
    const std::string large(large_bytes, 'b');
    write_file_atomically(path, small);
    Random random(3);
    for (int round = 0; round < rounds(15, 300); ++round) {
      Child child("save", QString::fromStdString(path));
      // Held once seen: QTRY asks again after its loop, when the next small file may be there already.
      bool saved = false;
      QTRY_VERIFY_WITH_TIMEOUT((saved = saved || fs::file_size(path) == large_bytes), 60000);
      usleep(static_cast<useconds_t>(random.below(15000)));
      child.kill9();
      const auto bytes = read_file(path, 1 << 20);
      QVERIFY(bytes == small || bytes == large);
      write_file_atomically(path, small);
    }
  }

  void aFullDiskIsToldAndNothingEarlierIsLost() {
    QTemporaryDir folder;
    const std::string path = folder.filePath("full").toStdString();
    fs::create_directory(path);
    if (mount("tmpfs", path.c_str(), "tmpfs", 0, "size=2m") != 0) QSKIP("no right to mount a small disk here");
    struct Unmount {
      std::string path;
      ~Unmount() { umount2(path.c_str(), MNT_DETACH); }
    } unmount{path};
    std::string earlier, id, message;
    {
      RunStore store(path);
      {
        RunRecorder recorder(store, *small_kmeans());
        earlier = recorder.id();
        recorder.on_event(Scalar{"train/loss", 0, 1});
        recorder.finish({}, *small_kmeans());
      }
      RunRecorder::Options options;
      options.commit_every = std::chrono::milliseconds(5);
      RunRecorder recorder(store, *small_kmeans(), {}, 0, options);
      id = recorder.id();
      for (int step = 0; step < 200; ++step) {
        recorder.on_event(Scalar{"train/loss", step, 1});
        recorder.on_event(noise_image(step, 300));
        recorder.keep_checkpoint(state_of(step));
        QTest::qSleep(1);
      }
      try {
        recorder.finish({}, *small_kmeans());
      } catch (const StoreError& error) {
        message = error.what();
      }
    }
    QVERIFY2(message.find("full") != std::string::npos || message.find("No space") != std::string::npos,
             message.c_str());
    RunStore store(path);
    QCOMPARE(store.get(earlier).state, RunState::finished);
    QCOMPARE(store.get(id).state, RunState::stopped);
    QVERIFY(store.checkpoint(id).has_value());
  }

  void aFileSizeLimitIsToldToo() {
    QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    Child child("limit", QString::fromStdString(path));
    QCOMPARE(child.wait(), 42);
    RunStore store(path);
    QCOMPARE(store.list().size(), std::size_t{1});
    QCOMPARE(store.list().front().state, RunState::stopped);
  }
};

int main(int argc, char** argv) {
  if (argc == 3) {
    const std::string job = argv[1];
    try {
      if (job == "record") record_for_ever(argv[2]);
      if (job == "save") save_for_ever(argv[2]);
      if (job == "limit") return record_beyond_the_limit(argv[2]);
    } catch (const std::exception& error) {
      qWarning("%s", error.what());
      return 3;
    }
  }
  QCoreApplication application(argc, argv);
  TestCrash test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_crash.moc"
