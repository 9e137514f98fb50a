#include "core/model/pairwise_probability.hpp"

#include <QtTest>
#include <cmath>
#include <vector>

#include "core/base/random.hpp"

using namespace gb;

class TestPairwiseProbability : public QObject {
  Q_OBJECT
 private slots:
  /// Rows drawn from a known sigmoid give that sigmoid back.
  void findsTheSigmoid() {
    const MarginSigmoid truth{-1.7, 0.4};
    Random random(3);
    std::vector<double> margins;
    std::vector<std::uint8_t> positive;
    for (int i = 0; i < 20000; ++i) {
      margins.push_back(random.uniform(-3, 3));
      positive.push_back(random.uniform() < truth(margins.back()));
    }
    const MarginSigmoid found = fit_margin_sigmoid(margins, positive);
    QVERIFY(std::abs(found.a - truth.a) < 0.08);
    QVERIFY(std::abs(found.b - truth.b) < 0.08);
  }

  void oneSidedRowsStayFinite() {
    const std::vector<double> margins{1, 2, 3};
    const std::vector<std::uint8_t> positive{1, 1, 1};
    const MarginSigmoid found = fit_margin_sigmoid(margins, positive);
    QVERIFY(std::isfinite(found.a) && std::isfinite(found.b));
    QVERIFY(found(2) > 0.5 && found(2) < 1);
    QCOMPARE(MarginSigmoid{}(1e6), 1.0);
    QCOMPARE(MarginSigmoid{}(-1e6), 0.0);
  }

  /// Pairs that agree with some probabilities give those back.
  void couplesWhatAgrees() {
    const std::vector<double> truth{0.5, 0.3, 0.15, 0.05};
    std::vector<double> pairs(16), found(4);
    for (std::size_t i = 0; i < 4; ++i)
      for (std::size_t j = 0; j < 4; ++j)
        if (i != j) pairs[i * 4 + j] = truth[i] / (truth[i] + truth[j]);
    couple_pairs(pairs, 4, found.data());
    for (std::size_t i = 0; i < 4; ++i) QVERIFY(std::abs(found[i] - truth[i]) < 0.01);
  }
};

QTEST_APPLESS_MAIN(TestPairwiseProbability)
#include "test_pairwise_probability.moc"
