#include <QtTest>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/run/event_codec.hpp"
#include "core/run/series_chunk.hpp"

using namespace gb;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || a == b;
}

}  // namespace

class TestSeriesChunk : public QObject {
  Q_OBJECT
 private slots:
  void pointsRoundTrip() {
    Random random(1);
    std::vector<std::int64_t> steps;
    std::vector<double> values;
    for (std::size_t i = 0; i < chunk_points; ++i) {
      steps.push_back(static_cast<std::int64_t>(i) * 3 - 5);
      values.push_back(random.normal());
    }
    steps[7] = std::numeric_limits<std::int64_t>::max();
    steps[8] = std::numeric_limits<std::int64_t>::min();
    values[3] = not_a_number;
    values[4] = -std::numeric_limits<double>::infinity();
    values[5] = -0.0;
    std::vector<std::int64_t> read_steps;
    std::vector<double> read_values;
    decode_points(encode_points(steps, values), steps.size(), read_steps, read_values);
    QCOMPARE(read_steps, steps);
    for (std::size_t i = 0; i < values.size(); ++i) QVERIFY(same(read_values[i], values[i]));
    QVERIFY(std::signbit(read_values[5]));
  }

  void evenStepsTakeLittleRoom() {
    std::vector<std::int64_t> steps(chunk_points);
    const std::vector<double> values(chunk_points, 0.5);
    for (std::size_t i = 0; i < steps.size(); ++i) steps[i] = static_cast<std::int64_t>(i);
    QVERIFY(encode_points(steps, values).size() < 1000);
  }

  void damagedPointsAreRefused() {
    const std::vector<std::int64_t> steps{1, 2, 3};
    const std::vector<double> values{1, 2, 3};
    const std::string bytes = encode_points(steps, values);
    std::vector<std::int64_t> read_steps;
    std::vector<double> read_values;
    for (std::size_t size = 0; size < bytes.size(); ++size)
      QVERIFY_EXCEPTION_THROWN(decode_points(bytes.substr(0, size), 3, read_steps, read_values), Error);
    QVERIFY_EXCEPTION_THROWN(decode_points(bytes, 4, read_steps, read_values), Error);
    QVERIFY_EXCEPTION_THROWN(decode_points(bytes, 2, read_steps, read_values), Error);
    QVERIFY_EXCEPTION_THROWN(decode_points(bytes, std::size_t{1} << 40, read_steps, read_values), Error);
    std::string lying = bytes;
    lying[3] = '\x7f';  // claims 2 GB
    QVERIFY_EXCEPTION_THROWN(decode_points(lying, 3, read_steps, read_values), Error);
  }

  void envelopesKeepEveryExtreme() {
    std::vector<std::int64_t> steps(1000);
    std::vector<double> values(1000);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      steps[i] = static_cast<std::int64_t>(i);
      values[i] = std::sin(static_cast<double>(i));
    }
    values[500] = 100;
    values[900] = -100;
    values[100] = not_a_number;
    std::vector<Extremes> entries;
    decode_envelope(encode_envelope(steps, values), steps.size(), entries);
    QCOMPARE(entries.size(), (steps.size() + envelope_points - 1) / envelope_points);
    const auto few = coarser(entries, 3);
    QVERIFY(few.size() <= 3);
    double high = -1000, low = 1000;
    for (const auto& entry : few) {
      high = std::max(high, entry.high);
      low = std::min(low, entry.low);
    }
    QCOMPARE(high, 100.0);
    QCOMPARE(low, -100.0);
    const auto all = coarser(entries, 1);
    QCOMPARE(all.front().high_step, std::int64_t{500});
    QCOMPARE(all.front().low_step, std::int64_t{900});
  }

  void onlyNanGivesNan() {
    const std::vector<std::int64_t> steps{4, 5};
    const std::vector<double> values{not_a_number, not_a_number};
    QVERIFY(std::isnan(extremes(steps, values).low));
    const std::vector<double> one{not_a_number, 2};
    QCOMPARE(extremes(steps, one).low, 2.0);
    QCOMPARE(extremes(steps, one).low_step, std::int64_t{5});
  }

  void compressionRefusesLies() {
    const std::string bytes = compress("abcabcabc");
    QCOMPARE(decompress(bytes, 9), std::string("abcabcabc"));
    QVERIFY_EXCEPTION_THROWN(decompress(bytes, 8), Error);
    QVERIFY_EXCEPTION_THROWN(decompress(bytes, std::size_t{1} << 40), Error);
    QVERIFY_EXCEPTION_THROWN(decompress("nonsense", 8), Error);
  }
};

QTEST_APPLESS_MAIN(TestSeriesChunk)
#include "test_series_chunk.moc"
