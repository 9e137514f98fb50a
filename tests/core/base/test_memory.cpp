#include <QtTest>

#include "core/base/memory.hpp"
#include "core/base/memory_limit.hpp"

using namespace gb;

class TestMemory : public QObject {
  Q_OBJECT
 private slots:
  void bytesAreReadable() {
    QCOMPARE(memory_text(0), std::string("0 bytes"));
    QCOMPARE(memory_text(999), std::string("999 bytes"));
    QCOMPARE(memory_text(1000), std::string("1.0 kB"));
    QCOMPARE(memory_text(340'400'000), std::string("340 MB"));
    QCOMPARE(memory_text(999'600'000), std::string("1.0 GB"));
    QCOMPARE(memory_text(1'240'000'000), std::string("1.2 GB"));
    QCOMPARE(memory_text(12'000'000'000), std::string("12 GB"));
  }

  void theMachineHasMemory() {
    const auto available = available_memory();
    QVERIFY(available);
    QVERIFY(*available > 0);
  }

  void aLimitOfTheProcessCounts() {
    const auto before = available_memory();
    QVERIFY(before && *before > 100'000'000);
    {
      const MemoryLimit limit(50'000'000);
      const auto left = available_memory();
      QVERIFY(left && *left > 0);
      QVERIFY(*left <= 50'000'000);
    }
    QVERIFY(*available_memory() > 50'000'000);
  }
};

QTEST_APPLESS_MAIN(TestMemory)
#include "test_memory.moc"
