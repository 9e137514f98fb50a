#include "core/base/random.hpp"

#include <QtTest>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

using namespace gb;

class TestRandom : public QObject {
  Q_OBJECT
 private slots:
  void generatorMatchesItsPaper();
  void seedsAndStreams();
  void stateResumes();
  void uniformIsUniform();
  void normalIsNormal();
  void belowHasNoBias();
  void shuffleIsAPermutation();
};

/// Blackman and Vigna's reference code for xoshiro256**, from the state 1, 2, 3, 4.
void TestRandom::generatorMatchesItsPaper() {
  Random random(0);
  random.set_state({1, 2, 3, 4});
  for (const std::uint64_t expected :
       {11520ULL, 0ULL, 1509978240ULL, 1215971899390074240ULL, 1216172134540287360ULL, 607988272756665600ULL})
    QCOMPARE(random.next(), expected);
  // splitmix64 from 0 fills the state.
  QCOMPARE(Random(0).state()[0], std::uint64_t{0xe220a8397b1dcdafULL});
  QCOMPARE(Random(0).state()[1], std::uint64_t{0x6e789e6aa1b965f4ULL});
}

void TestRandom::seedsAndStreams() {
  QCOMPARE(Random(5).next(), Random(5).next());
  QVERIFY(Random(5).next() != Random(6).next());
  QVERIFY(Random(5, 1).next() != Random(5, 2).next());
  QVERIFY(Random(5, 1).next() != Random(5).next());
  // Two streams of one seed do not follow each other.
  Random a(5, 1);
  Random b(5, 2);
  double product = 0;
  for (int i = 0; i < 20000; ++i) product += (a.uniform() - 0.5) * (b.uniform() - 0.5);
  QVERIFY(std::abs(product / 20000 * 12) < 0.03);
}

void TestRandom::stateResumes() {
  Random random(9);
  for (int i = 0; i < 10; ++i) random.normal();
  Random resumed(0);
  resumed.set_state(random.state());
  for (int i = 0; i < 10; ++i) QCOMPARE(resumed.normal(), random.normal());
}

void TestRandom::uniformIsUniform() {
  Random random(1);
  std::array<int, 10> bins{};
  for (int i = 0; i < 100000; ++i) {
    const double value = random.uniform();
    QVERIFY(value >= 0 && value < 1);
    ++bins[static_cast<std::size_t>(value * 10)];
  }
  double chi_square = 0;
  for (const int count : bins) chi_square += (count - 10000.0) * (count - 10000.0) / 10000;
  QVERIFY(chi_square < 27.9);  // 0.1 % point for 9 degrees of freedom
  const double value = random.uniform(-3, 5);
  QVERIFY(value >= -3 && value < 5);
}

void TestRandom::normalIsNormal() {
  Random random(2);
  const int count = 200000;
  double sum = 0;
  double squares = 0;
  double fourths = 0;
  for (int i = 0; i < count; ++i) {
    const double value = random.normal();
    sum += value;
    squares += value * value;
    fourths += value * value * value * value;
  }
  QVERIFY(std::abs(sum / count) < 0.01);
  QVERIFY(std::abs(squares / count - 1) < 0.015);
  QVERIFY(std::abs(fourths / count - 3) < 0.15);
}

void TestRandom::belowHasNoBias() {
  Random random(3);
  std::array<int, 3> bins{};
  for (int i = 0; i < 90000; ++i) ++bins[random.below(3)];
  for (const int count : bins) QVERIFY(std::abs(count - 30000) < 600);
  QCOMPARE(random.below(1), std::uint64_t{0});
  // With 3/4 of the range, plain remainders would favour the lower third.
  const std::uint64_t large = 3ULL << 62;
  int low = 0;
  for (int i = 0; i < 30000; ++i) {
    const auto value = random.below(large);
    QVERIFY(value < large);
    low += value < large / 3;
  }
  QVERIFY(std::abs(low - 10000) < 400);
}

void TestRandom::shuffleIsAPermutation() {
  std::array<int, 3> values{};
  std::map<std::array<int, 3>, int> seen;
  Random random(4);
  for (int i = 0; i < 60000; ++i) {
    std::iota(values.begin(), values.end(), 0);
    random.shuffle(std::span<int>(values));
    ++seen[values];
  }
  QCOMPARE(seen.size(), std::size_t{6});
  for (const auto& [order, count] : seen) QVERIFY(std::abs(count - 10000) < 450);
}

QTEST_APPLESS_MAIN(TestRandom)
#include "test_random.moc"
