#include <SQLiteCpp/SQLiteCpp.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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

/// A child process that does nothing but `action`; killed when this goes.
class Child {
 public:
  explicit Child(const std::function<void()>& action) {
    pid_ = fork();
    if (pid_ != 0) return;
    try {
      action();
      _exit(0);
    } catch (const std::exception& error) {
      (void)!write(STDERR_FILENO, error.what(), std::strlen(error.what()));
      _exit(3);
    }
  }
  ~Child() { kill9(); }
  void kill9() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
  }
  int wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
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
    (void)small_kmeans();
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
        Child child([&] { record_for_ever(path); });
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
    const std::string small(1000, 'a');
    const std::string large(300000, 'b');
    write_file_atomically(path, small);
    Random random(3);
    for (int round = 0; round < rounds(15, 300); ++round) {
      Child child([&] {
        for (;;) {
          write_file_atomically(path, large);
          write_file_atomically(path, small);
        }
      });
      usleep(static_cast<useconds_t>(1000 + random.below(15000)));
      child.kill9();
      const auto bytes = read_file(path, 1 << 20);
      QVERIFY(bytes == small || bytes == large);
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
    (void)small_kmeans();
    Child child([&] {
      signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{600'000, 600'000};
      setrlimit(RLIMIT_FSIZE, &limit);
      RunStore store(path);
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
        _exit(1);
      } catch (const StoreError&) {
        _exit(42);
      }
    });
    QCOMPARE(child.wait(), 42);
    RunStore store(path);
    QCOMPARE(store.list().size(), std::size_t{1});
    QCOMPARE(store.list().front().state, RunState::stopped);
  }
};

QTEST_GUILESS_MAIN(TestCrash)
#include "test_crash.moc"
