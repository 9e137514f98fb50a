#include <QtTest>
#include <array>
#include <limits>

#include "core/train/spread_history.hpp"

using namespace gb;

namespace {

std::shared_ptr<const Matrix> look(SpreadHistory& history, std::int64_t step, std::span<const float> numbers) {
  return history.look(step, std::array{numbers});
}

SpreadHistory history_of(const char* layer) {
  return {"weights", layer, std::string("Weights of ") + layer, "weight"};
}

}  // namespace

class TestSpreadHistory : public QObject {
  Q_OBJECT
 private slots:
  /// Numbers that grow double the range; what was seen before keeps its place.
  void theRangeGrowsWithTheNumbers() {
    SpreadHistory history = history_of("dense");
    std::vector<float> numbers{0.9F, 0.9F, -0.9F, 0.01F};
    const std::vector<float> more{0.01F, 0.01F};
    const std::array<std::span<const float>, 2> parts{numbers, more};
    const auto first = history.look(1, parts);
    QCOMPARE(first->view, std::string("weights/dense"));
    QCOMPARE(first->title, std::string("Weights of dense"));
    QCOMPARE(first->row_labels.size(), std::size_t{24});
    QCOMPARE(first->values[1], 2.0 / 6);       // 0.9 of 1: the second cell from above
    QCOMPARE(first->values[11], 3.0 / 6);      // just above zero
    QCOMPARE(first->values[24 - 2], 1.0 / 6);  // -0.9
    numbers[0] = 3.9F;
    const auto second = history.look(2, parts);
    QCOMPARE(second->column_labels, (std::vector<std::string>{"1", "2"}));
    const auto at = [&](std::size_t row, std::size_t column) { return second->values[row * 2 + column]; };
    // The range is -4 to 4 now, a cell a third: 0.9 stands in the third above zero.
    QCOMPARE(at(0, 1), 1.0 / 6);
    QCOMPARE(at(9, 0), 2.0 / 6);
    QCOMPARE(at(9, 1), 1.0 / 6);
    QCOMPARE(at(11, 0), 3.0 / 6);
    QCOMPARE(at(14, 0), 1.0 / 6);
    QCOMPARE(at(14, 1), 1.0 / 6);
  }

  void oldColumnsAreThinnedOut() {
    SpreadHistory history = history_of("dense");
    const float weight = 0.5F;
    std::shared_ptr<const Matrix> last;
    for (int step = 0; step <= 1000; ++step) last = look(history, step, {&weight, 1});
    const auto& labels = last->column_labels;
    QVERIFY(labels.size() > 8 && labels.size() <= 32);
    QCOMPARE(labels.front(), std::string("0"));
    QCOMPARE(labels.back(), std::string("1000"));
    for (std::size_t i = 2; i + 1 < labels.size(); ++i)
      QCOMPARE(std::stoi(labels[i]) - std::stoi(labels[i - 1]), std::stoi(labels[1]) - std::stoi(labels[0]));
  }

  /// What a rectifier lets through has no half below zero, until something stands there.
  void theHalfBelowZeroComesWithItsFirstNumber() {
    SpreadHistory history = history_of("dense");
    std::vector<float> numbers{0, 0.5F, std::numeric_limits<float>::quiet_NaN()};
    const auto first = look(history, 1, numbers);
    QCOMPARE(first->row_labels.size(), std::size_t{12});
    QCOMPARE(first->values.size(), std::size_t{12});
    QCOMPARE(first->values[11], 0.5);
    QVERIFY(first->row_labels.back().front() != '-');
    numbers[1] = -0.3F;
    const auto second = look(history, 2, numbers);
    QCOMPARE(second->row_labels.size(), std::size_t{24});
    QVERIFY(second->row_labels.back().front() == '-');
  }

  void zerosAndNothingHavePictures() {
    const std::vector<float> zeros(5);
    SpreadHistory history = history_of("a"), empty = history_of("b");
    QCOMPARE(look(history, 1, zeros)->values[11], 1.0);
    const auto nothing = empty.look(1, {});
    for (const double value : nothing->values) QCOMPARE(value, 0.0);
  }
};

QTEST_APPLESS_MAIN(TestSpreadHistory)
#include "test_spread_history.moc"
