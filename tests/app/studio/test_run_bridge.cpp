#include <QSignalSpy>
#include <QTest>
#include <thread>

#include "app/studio/run_bridge.hpp"

using gb::RunBridge;
using gb::RunNews;

class TestRunBridge : public QObject {
  Q_OBJECT
 private slots:
  void a_million_scalars_arrive_in_few_deliveries_and_in_order() {
    constexpr std::int64_t count = 1'000'000;
    RunBridge bridge;
    std::vector<std::int64_t> steps;
    std::vector<double> values;
    QElapsedTimer clock;
    clock.start();
    connect(&bridge, &RunBridge::news, this, [&](const RunNews& news) {
      for (const auto& curve : news.curves) {
        QCOMPARE(curve.series, std::string("train/loss"));
        steps.insert(steps.end(), curve.steps.begin(), curve.steps.end());
        values.insert(values.end(), curve.values.begin(), curve.values.end());
      }
    });
    std::thread run([&] {
      for (std::int64_t step = 0; step < count; ++step)
        bridge.on_event(gb::Scalar{"train/loss", step, 1.0 / double(step + 1)});
    });
    QTRY_COMPARE_WITH_TIMEOUT(steps.size(), std::size_t(count), 60000);
    run.join();
    for (std::int64_t step = 0; step < count; ++step)
      if (steps[std::size_t(step)] != step || values[std::size_t(step)] != 1.0 / double(step + 1))
        QFAIL(qPrintable(QStringLiteral("point %1 is wrong").arg(step)));
    // Thirty a second at most, however long this machine took.
    QVERIFY2(bridge.drains() <= clock.elapsed() / 33 + 2, qPrintable(QString::number(bridge.drains())));
  }

  void heavy_events_are_latest_wins_by_kind_and_view() {
    RunBridge bridge;
    std::vector<RunNews> all;
    connect(&bridge, &RunBridge::news, this, [&](const RunNews& news) { all.push_back(news); });
    for (int step = 0; step < 50; ++step) {
      auto matrix = std::make_shared<gb::Matrix>();
      matrix->view = "confusion";
      matrix->step = step;
      auto images = std::make_shared<gb::Images>();
      images->view = "confusion";
      images->step = step;
      auto other = std::make_shared<gb::Matrix>();
      other->view = "weights";
      other->step = step;
      bridge.on_event(std::shared_ptr<const gb::Matrix>(matrix));
      bridge.on_event(std::shared_ptr<const gb::Images>(images));
      bridge.on_event(std::shared_ptr<const gb::Matrix>(other));
      bridge.on_event(gb::Progress{step, 50, 0, "rows"});
      bridge.on_event(gb::Text{"this-step", step, "text"});
    }
    bridge.flush();
    QCOMPARE(all.size(), std::size_t(1));
    QCOMPARE(all[0].views.size(), std::size_t(3));
    for (const auto& event : all[0].views) {
      if (const auto* matrix = std::get_if<std::shared_ptr<const gb::Matrix>>(&event)) QCOMPARE((*matrix)->step, 49);
      if (const auto* images = std::get_if<std::shared_ptr<const gb::Images>>(&event)) QCOMPARE((*images)->step, 49);
    }
    QVERIFY(all[0].progress);
    QCOMPARE(all[0].progress->step, 49);
    QCOMPARE(all[0].texts.size(), std::size_t(1));
    QCOMPARE(all[0].texts[0].step, 49);
  }

  void every_live_change_is_kept() {
    RunBridge bridge;
    std::vector<gb::Change> changes;
    connect(&bridge, &RunBridge::news, this,
            [&](const RunNews& news) { changes.insert(changes.end(), news.changes.begin(), news.changes.end()); });
    for (int step = 0; step < 20; ++step) bridge.on_event(gb::Change{step, "learning_rate", 0.1 * step});
    bridge.flush();
    QCOMPARE(changes.size(), std::size_t(20));
    QCOMPARE(changes.back().step, 19);
  }

  void nothing_is_told_where_nothing_happened() {
    RunBridge bridge;
    QSignalSpy spy(&bridge, &RunBridge::news);
    bridge.flush();
    QCOMPARE(spy.count(), 0);
    QCOMPARE(bridge.drains(), 0);
  }
};

QTEST_MAIN(TestRunBridge)
#include "test_run_bridge.moc"
