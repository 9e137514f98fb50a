#include "core/base/parallel.hpp"

#include <QtTest>
#include <atomic>
#include <mutex>
#include <set>
#include <vector>

using namespace gb;

class TestParallel : public QObject {
  Q_OBJECT
 private slots:
  void cleanup() { set_threads(0); }
  void everyIndexOnce_data();
  void everyIndexOnce();
  void partitionIsStable();
  void zeroMeansAllProcessors();
  void writesAreSeenAfterwards();
};

void TestParallel::everyIndexOnce_data() {
  QTest::addColumn<int>("threads");
  QTest::addColumn<int>("count");
  QTest::addColumn<int>("grain");
  QTest::addColumn<int>("chunks");
  QTest::newRow("nothing") << 4 << 0 << 1 << 0;
  QTest::newRow("one") << 4 << 1 << 1 << 1;
  QTest::newRow("fewer than threads") << 4 << 3 << 1 << 3;
  QTest::newRow("even") << 4 << 100 << 1 << 4;
  QTest::newRow("odd") << 3 << 100 << 1 << 3;
  QTest::newRow("grain") << 4 << 100 << 60 << 2;
  QTest::newRow("large grain") << 4 << 100 << 1000 << 1;
  QTest::newRow("grain zero") << 2 << 10 << 0 << 2;
  QTest::newRow("one thread") << 1 << 100 << 1 << 1;
}

void TestParallel::everyIndexOnce() {
  QFETCH(int, threads);
  QFETCH(int, count);
  QFETCH(int, grain);
  QFETCH(int, chunks);
  set_threads(threads);
  const auto size = static_cast<std::size_t>(count);
  QCOMPARE(chunk_count(size, static_cast<std::size_t>(grain)), static_cast<std::size_t>(chunks));
  std::vector<std::atomic<int>> visits(size);
  std::mutex mutex;
  std::set<std::size_t> seen;
  parallel_chunks(size, static_cast<std::size_t>(grain), [&](std::size_t begin, std::size_t end, std::size_t chunk) {
    for (std::size_t i = begin; i < end; ++i) ++visits[i];
    const std::lock_guard lock(mutex);
    seen.insert(chunk);
  });
  for (const auto& visit : visits) QCOMPARE(visit.load(), 1);
  QCOMPARE(seen.size(), static_cast<std::size_t>(chunks));
  if (!seen.empty()) QCOMPARE(*seen.rbegin(), static_cast<std::size_t>(chunks - 1));
}

void TestParallel::partitionIsStable() {
  set_threads(3);
  const auto partition = [] {
    std::vector<std::pair<std::size_t, std::size_t>> parts(chunk_count(1001, 10));
    parallel_chunks(1001, 10, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
      parts[chunk] = {begin, end};
    });
    return parts;
  };
  const auto first = partition();
  QCOMPARE(first.size(), std::size_t{3});
  QCOMPARE(first.front().first, std::size_t{0});
  QCOMPARE(first.back().second, std::size_t{1001});
  for (std::size_t i = 1; i < first.size(); ++i) QCOMPARE(first[i].first, first[i - 1].second);
  for (int i = 0; i < 20; ++i) QVERIFY(partition() == first);
}

void TestParallel::zeroMeansAllProcessors() {
  set_threads(5);
  QCOMPARE(threads(), 5);
  set_threads(0);
  QVERIFY(threads() >= 1);
  set_threads(-3);
  QVERIFY(threads() >= 1);
}

void TestParallel::writesAreSeenAfterwards() {
  set_threads(4);
  for (int round = 0; round < 50; ++round) {
    std::vector<double> sums(chunk_count(10000, 1));
    parallel_chunks(10000, 1, [&](std::size_t begin, std::size_t end, std::size_t chunk) {
      for (std::size_t i = begin; i < end; ++i) sums[chunk] += static_cast<double>(i);
    });
    double total = 0;
    for (const double sum : sums) total += sum;
    QCOMPARE(total, 49995000.0);
  }
}

QTEST_APPLESS_MAIN(TestParallel)
#include "test_parallel.moc"
