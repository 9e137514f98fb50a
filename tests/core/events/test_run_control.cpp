#include <QtTest>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "core/events/run_context.hpp"

using namespace gb;

namespace {

/// Keeps what a run says; read after the run's thread has been joined, or through the atomic count.
class Record : public RunObserver {
 public:
  void on_event(const Event& event) override { events.push_back(event); }

  std::vector<Change> changes() const {
    std::vector<Change> found;
    for (const auto& event : events)
      if (const auto* change = std::get_if<Change>(&event)) found.push_back(*change);
    return found;
  }
  std::vector<Event> events;
};

/// A loop of `total` steps on its own thread, as every algorithm writes it.
class Loop {
 public:
  explicit Loop(RunControl& control, std::int64_t total, RunContext::Options options = {})
      : context_(record, control, std::move(options)) {
    context_.on_change([this](const std::string& param, const Json& value) {
      applied.push_back({done.load(), param, value});
    });
    context_.on_save([](std::int64_t step) {
      State state;
      state.header["at"] = step;
      return state;
    });
    thread_ = std::thread([this, total] {
      std::int64_t step = 0;
      for (; step < total && context_.step(step); ++step) done = step + 1;
      ended = true;
    });
  }
  ~Loop() { join(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  Record record;
  std::vector<Change> applied;
  std::atomic<std::int64_t> done{0};
  std::atomic<bool> ended{false};

 private:
  RunContext context_;
  std::thread thread_;
};

constexpr std::int64_t endless = std::int64_t{1} << 60;

}  // namespace

class TestRunControl : public QObject {
  Q_OBJECT
 private slots:
  void aRunWithoutInterferenceEndsByItself() {
    RunControl control;
    Loop loop(control, 1000);
    loop.join();
    QCOMPARE(loop.done.load(), std::int64_t{1000});
    QVERIFY(loop.record.events.empty());
  }

  void pauseHoldsBeforeTheFirstStepAndStepGrantsExactly() {
    RunControl control;
    control.pause();
    Loop loop(control, 10);
    QTest::qSleep(20);
    QCOMPARE(loop.done.load(), std::int64_t{0});
    QVERIFY(control.paused());
    control.step(3);
    QTRY_COMPARE(loop.done.load(), std::int64_t{3});
    QTest::qSleep(20);
    QCOMPARE(loop.done.load(), std::int64_t{3});
    QTRY_VERIFY(control.paused());
    control.step();
    control.step();
    QTRY_COMPARE(loop.done.load(), std::int64_t{5});
    control.resume();
    loop.join();
    QCOMPARE(loop.done.load(), std::int64_t{10});
  }

  void pausingARunningLoopHoldsIt() {
    RunControl control;
    Loop loop(control, endless);
    QTRY_VERIFY(loop.done.load() > 10);
    control.pause();
    QTest::qSleep(20);
    const auto held = loop.done.load();
    QTest::qSleep(20);
    QCOMPARE(loop.done.load(), held);
    control.resume();
    QTRY_VERIFY(loop.done.load() > held);
    control.stop();
    loop.join();
    QVERIFY(loop.ended);
  }

  void stopEndsAPausedRun() {
    RunControl control;
    control.pause();
    Loop loop(control, endless);
    control.stop();
    loop.join();
    QCOMPARE(loop.done.load(), std::int64_t{0});
    QVERIFY(control.stopping());
  }

  void stoppingKeepsACheckpointOfTheStepsDone() {
    RunControl control;
    std::vector<State> kept;
    RunContext::Options options;
    options.keep_checkpoint = [&](State state) { kept.push_back(std::move(state)); };
    control.pause();
    Loop loop(control, endless, std::move(options));
    control.step(7);
    QTRY_COMPARE(loop.done.load(), std::int64_t{7});
    control.stop();
    loop.join();
    QVERIFY(!kept.empty());
    QCOMPARE(kept.back().step, std::int64_t{7});
    QCOMPARE(kept.back().header["at"].get<int>(), 7);
  }

  void shortRunsCanBeGoneBackIntoToo() {
    RunControl control;
    std::vector<State> kept;
    RunContext::Options options;
    options.keep_checkpoint = [&](State state) { kept.push_back(std::move(state)); };
    options.checkpoint_seconds = 1e9;
    options.watch_share = 1;
    Loop loop(control, endless, std::move(options));
    QTRY_VERIFY(loop.done.load() > 20000);
    control.stop();
    loop.join();
    // Many at first, fewer and fewer later: not one for every step.
    QVERIFY(kept.size() >= 5);
    QVERIFY(static_cast<std::int64_t>(kept.size()) < loop.done.load() / 2);
  }

  void aRunEndsBeforeTheStepThatIsNamed() {
    RunControl control;
    std::vector<State> kept;
    RunContext::Options options;
    options.keep_checkpoint = [&](State state) { kept.push_back(std::move(state)); };
    options.stop_before = 12;
    Loop loop(control, endless, std::move(options));
    loop.join();
    QCOMPARE(loop.done.load(), std::int64_t{12});
    QCOMPARE(kept.back().step, std::int64_t{12});
    QVERIFY(!control.stopping());
  }

  void checkpointsFollowTheClock() {
    RunControl control;
    std::atomic<int> kept{0};
    RunContext::Options options;
    options.keep_checkpoint = [&](State) { ++kept; };
    options.checkpoint_seconds = 0.001;
    Loop loop(control, endless, std::move(options));
    QTRY_VERIFY(kept.load() >= 3);
    control.stop();
    loop.join();
    // Far fewer than steps: they keep to the clock, not to the loop.
    QVERIFY(kept.load() < loop.done.load());
  }

  void liveChangesApplyBetweenStepsAndAreJournalled() {
    RunControl control;
    control.pause();
    Loop loop(control, 6);
    control.step(2);
    QTRY_COMPARE(loop.done.load(), std::int64_t{2});
    control.set("learning_rate", 0.5);
    control.set("l2", 0.25);
    control.resume();
    loop.join();
    QCOMPARE(loop.applied.size(), std::size_t{2});
    QCOMPARE(loop.applied[0].step, std::int64_t{2});
    const auto changes = loop.record.changes();
    QCOMPARE(changes.size(), std::size_t{2});
    QCOMPARE(changes[0].step, std::int64_t{2});
    QCOMPARE(changes[0].param, std::string("learning_rate"));
    QCOMPARE(changes[1].value.get<double>(), 0.25);
  }

  void scheduledChangesTakeEffectAtTheirStep() {
    RunControl control;
    control.schedule({3, "a", 1});
    control.schedule({5, "b", 2});
    control.schedule({3, "c", 3});
    Loop loop(control, 8);
    loop.join();
    QCOMPARE(loop.applied.size(), std::size_t{3});
    QCOMPARE(loop.applied[0].step, std::int64_t{3});
    QCOMPARE(loop.applied[1].param, std::string("c"));
    QCOMPARE(loop.applied[2].step, std::int64_t{5});
    const auto changes = loop.record.changes();
    QCOMPARE(changes[2].step, std::int64_t{5});
  }

  void aReplayedJournalGivesTheSameJournal() {
    RunControl control;
    Loop first(control, endless);
    for (int i = 0; i < 20; ++i) {
      control.set("rate", i);
      QTest::qSleep(1);
    }
    QTRY_VERIFY(first.done.load() > 0);
    QTest::qSleep(5);
    control.stop();
    first.join();
    const auto journal = first.record.changes();
    QCOMPARE(journal.size(), std::size_t{20});
    RunControl again;
    for (const auto& change : journal) again.schedule(change);
    Loop second(again, first.done.load() + 1);
    second.join();
    const auto replayed = second.record.changes();
    QCOMPARE(replayed.size(), journal.size());
    for (std::size_t i = 0; i < journal.size(); ++i) {
      QCOMPARE(replayed[i].step, journal[i].step);
      QCOMPARE(replayed[i].value.dump(), journal[i].value.dump());
    }
  }

  void watchingStaysWithinItsShare() {
    RunControl control;
    Record record;
    RunContext::Options options;
    options.watch_share = 0.05;
    RunContext context(record, control, std::move(options));
    // Each view costs 5 ms, so that 5 % of the time allows ten a second at most; the loop offers one a millisecond.
    const auto start = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(600)) {
      context.watch("slow", [] {
        QTest::qSleep(5);
        return Event(Text{"slow", 0, "seen"});
      });
      QTest::qSleep(1);
    }
    const auto made = record.events.size();
    QVERIFY2(made >= 1 && made <= 8, qPrintable(QString::number(made)));
    context.watch(
        "slow",
        [] {
          return Event(Text{"slow", 1, "last"});
        },
        true);
    QCOMPARE(record.events.size(), made + 1);
  }

  void aPausedRunShowsEveryView() {
    RunControl control;
    Record record;
    RunContext context(record, control, {});
    control.pause();
    for (int i = 0; i < 4; ++i) context.watch("view", [&] { return Event(Text{"view", i, ""}); });
    QCOMPARE(record.events.size(), std::size_t{4});
  }

  void manyThreadsMaySteer() {
    RunControl control;
    Loop loop(control, endless);
    std::vector<std::thread> hands;
    for (int hand = 0; hand < 3; ++hand)
      hands.emplace_back([&control, hand] {
        for (int i = 0; i < 20; ++i) {
          control.pause();
          control.step(2);
          control.set("p" + std::to_string(hand), i);
          control.resume();
          (void)control.paused();
        }
      });
    for (auto& hand : hands) hand.join();
    const auto reached = loop.done.load();
    control.resume();
    QTRY_VERIFY(loop.done.load() > reached);
    control.stop();
    loop.join();
    QCOMPARE(loop.record.changes().size(), std::size_t{60});
  }

  void aLookIsAnsweredWhileTheRunGoesOnAndWhileItIsPaused() {
    RunControl control;
    Record record;
    RunContext context(record, control, {.watch_share = 1});
    std::atomic<std::int64_t> done{0};
    context.on_look([](std::int64_t row, std::int64_t step) {
      return std::vector<Event>{Text{"look", step, std::to_string(row)}};
    });
    std::mutex mutex;
    std::vector<Text> answers;
    const auto answer = [&](const Event& event) {
      const std::lock_guard lock(mutex);
      answers.push_back(std::get<Text>(event));
    };
    const auto count = [&] {
      const std::lock_guard lock(mutex);
      return answers.size();
    };
    const auto newest = [&] {
      const std::lock_guard lock(mutex);
      return answers.back();
    };
    std::thread thread([&] {
      for (std::int64_t step = 0; context.step(step); done = ++step) QThread::usleep(100);
    });
    QTRY_VERIFY(done > 5);
    QCOMPARE(count(), std::size_t{0});
    control.look_at({7, answer});
    // Again and again, as it learns.
    QTRY_VERIFY(count() >= 3);
    QCOMPARE(newest().text, std::string("7"));
    control.pause();
    QTRY_VERIFY(control.paused());
    QTest::qWait(30);
    const std::int64_t at = done;
    const std::size_t before = count();
    control.look_at({9, answer});
    QTRY_VERIFY(count() > before);
    QCOMPARE(newest().text, std::string("9"));
    QCOMPARE(newest().step, at);
    QCOMPARE(done.load(), at);  // a look is no step
    control.step();
    QTRY_VERIFY(newest().step == at + 1);
    control.look_away();
    QTest::qWait(30);
    const std::size_t last = count();
    control.resume();
    QTRY_VERIFY(done > at + 20);
    QCOMPARE(count(), last);
    control.stop();
    thread.join();
    // Answers are no events of the run.
    QVERIFY(record.events.empty());
  }

  void aLookThatFailsEndsNothing() {
    RunControl control;
    Record record;
    RunContext context(record, control, {});
    int asked = 0, answered = 0;
    context.on_look([&](std::int64_t, std::int64_t) -> std::vector<Event> {
      ++asked;
      throw std::runtime_error("no such row");
    });
    control.look_at({-5, [&](const Event&) { ++answered; }});
    std::int64_t step = 0;
    while (step < 100 && context.step(step)) ++step;
    QCOMPARE(step, std::int64_t{100});
    QCOMPARE(asked, 1);
    QCOMPARE(answered, 0);
    // Who has nothing to show is not asked.
    context.on_look({});
    control.look_at({5, [&](const Event&) { ++answered; }});
    QVERIFY(context.step(step));
    QCOMPARE(answered, 0);
  }
};

QTEST_GUILESS_MAIN(TestRunControl)
#include "test_run_control.moc"
