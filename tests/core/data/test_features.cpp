#include "core/data/features.hpp"

#include <QtTest>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <new>

#include "core/base/parallel.hpp"
#include "core/base/random.hpp"

using namespace gb;

namespace {

std::atomic<long> allocations{0};

}  // namespace

void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes ? bytes : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

class TestFeatures : public QObject {
  Q_OBJECT
 private slots:
  void bytesBecomeNumbers_data();
  void bytesBecomeNumbers();
  void floatsAreCopied();
  void gatherAllocatesNothing();
  void denseIsTheSameWithAnyThreadCount();
  void copiesShare();
};

void TestFeatures::bytesBecomeNumbers_data() {
  QTest::addColumn<int>("columns");
  for (const int columns : {1, 31, 32, 33, 64, 784, 1000}) QTest::addRow("%d", columns) << columns;
}

void TestFeatures::bytesBecomeNumbers() {
  QFETCH(int, columns);
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(columns) * 5);
  Random random(static_cast<std::uint64_t>(columns));
  for (auto& byte : *bytes) byte = static_cast<std::uint8_t>(random.below(256));
  const Features features(bytes, 5, columns, 2.0f / 255, -1.0f);
  QCOMPARE(features.rows(), std::int64_t{5});
  QVERIFY(features.bytes() == bytes->data() && !features.matrix());
  const std::vector<std::int64_t> rows{4, 0, 4, 2};
  std::vector<float> out(rows.size() * static_cast<std::size_t>(columns) + 1, 77.0f);
  features.gather(rows, out.data());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < static_cast<std::size_t>(columns); ++j) {
      const double byte = (*bytes)[static_cast<std::size_t>(rows[i]) * static_cast<std::size_t>(columns) + j];
      QVERIFY(std::abs(out[i * static_cast<std::size_t>(columns) + j] - (byte * 2 / 255 - 1)) < 1e-6);
    }
  QCOMPARE(out.back(), 77.0f);
}

void TestFeatures::floatsAreCopied() {
  MatrixF values = MatrixF::Random(6, 3);
  const Features features(values);
  QVERIFY(features.matrix() && !features.bytes());
  const std::vector<std::int64_t> rows{5, 1};
  const auto dense = features.dense(rows);
  QVERIFY(dense.row(0) == values.row(5) && dense.row(1) == values.row(1));
  QCOMPARE(features.dense({}).rows(), Eigen::Index{0});
}

void TestFeatures::gatherAllocatesNothing() {
  const auto bytes = std::make_shared<const std::vector<std::uint8_t>>(784 * 100, std::uint8_t{3});
  const Features pixels(bytes, 100, 784, 1, 0);
  const Features floats(MatrixF::Ones(100, 20));
  const std::vector<std::int64_t> rows{1, 5, 99};
  std::vector<float> out(3 * 784);
  const long before = allocations;
  pixels.gather(rows, out.data());
  floats.gather(rows, out.data());
  QCOMPARE(allocations.load(), before);
}

void TestFeatures::denseIsTheSameWithAnyThreadCount() {
  const Features features(MatrixF::Random(3000, 50));
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 2999; row >= 0; row -= 2) rows.push_back(row);
  set_threads(1);
  const auto one = features.dense(rows);
  set_threads(3);
  const auto three = features.dense(rows);
  set_threads(0);
  QVERIFY(one == three);
}

void TestFeatures::copiesShare() {
  const Features features(MatrixF::Ones(10, 10));
  const Features copy = features;
  QVERIFY(copy.matrix() == features.matrix());
}

QTEST_APPLESS_MAIN(TestFeatures)
#include "test_features.moc"
