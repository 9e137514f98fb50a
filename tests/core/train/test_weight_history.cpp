#include <QtTest>

#include "core/train/weight_history.hpp"

using namespace gb;

class TestWeightHistory : public QObject {
  Q_OBJECT
 private slots:
  /// Weights that grow double the range; what was seen before keeps its place.
  void theRangeGrowsWithTheWeights() {
    WeightHistory history("dense", {{0, 4, true}, {8, 10, true}});
    // What lies between the segments is not looked at.
    std::vector<float> weights{0.9F, 0.9F, -0.9F, 0.01F, 99, 99, 99, 99, 0.01F, 0.01F};
    const auto first = history.look(1, weights.data());
    QCOMPARE(first->view, std::string("weights-dense"));
    QCOMPARE(first->row_labels.size(), std::size_t{24});
    QCOMPARE(first->values[1], 2.0 / 6);       // 0.9 of 1: the second cell from above
    QCOMPARE(first->values[11], 3.0 / 6);      // just above zero
    QCOMPARE(first->values[24 - 2], 1.0 / 6);  // -0.9
    weights[0] = 3.9F;
    const auto second = history.look(2, weights.data());
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
    WeightHistory history("dense", {{0, 1, true}});
    const float weight = 0.5F;
    std::shared_ptr<const Matrix> last;
    for (int step = 0; step <= 1000; ++step) last = history.look(step, &weight);
    const auto& labels = last->column_labels;
    QVERIFY(labels.size() > 8 && labels.size() <= 32);
    QCOMPARE(labels.front(), std::string("0"));
    QCOMPARE(labels.back(), std::string("1000"));
    for (std::size_t i = 2; i + 1 < labels.size(); ++i)
      QCOMPARE(std::stoi(labels[i]) - std::stoi(labels[i - 1]), std::stoi(labels[1]) - std::stoi(labels[0]));
  }

  void zerosAndNothingHavePictures() {
    const std::vector<float> zeros(5);
    QCOMPARE(WeightHistory("a", {{0, 5, true}}).look(1, zeros.data())->values[11], 1.0);
    const auto nothing = WeightHistory("a", {}).look(1, zeros.data());
    for (const double value : nothing->values) QCOMPARE(value, 0.0);
  }
};

QTEST_APPLESS_MAIN(TestWeightHistory)
#include "test_weight_history.moc"
