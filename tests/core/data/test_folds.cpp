#include <QtTest>
#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "core/data/folds.hpp"

using namespace gb;

namespace {

Target classes(std::initializer_list<int> sizes) {
  Target target;
  for (const int size : sizes) {
    target.codes.insert(target.codes.end(), static_cast<std::size_t>(size),
                        static_cast<std::int32_t>(target.classes.size()));
    target.classes.push_back(std::to_string(target.classes.size()));
  }
  return target;
}

std::vector<std::int64_t> all_rows(const Target& target) {
  std::vector<std::int64_t> rows(target.codes.size());
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  return rows;
}

}  // namespace

class TestFolds : public QObject {
  Q_OBJECT
 private slots:
  void everyRowIsTestedOncePerRepeat() {
    const Target target = classes({50, 30, 23});
    const auto splits = fold_splits(target, all_rows(target), 5, 3, 0.1, true, 7);
    QCOMPARE(splits.size(), std::size_t{15});
    for (std::size_t repeat = 0; repeat < 3; ++repeat) {
      std::multiset<std::int64_t> tested;
      for (std::size_t fold = 0; fold < 5; ++fold) {
        const Split& split = splits[repeat * 5 + fold];
        tested.insert(split.test.begin(), split.test.end());
        std::set<std::int64_t> together(split.train.begin(), split.train.end());
        together.insert(split.validation.begin(), split.validation.end());
        together.insert(split.test.begin(), split.test.end());
        QCOMPARE(together.size(), std::size_t{103});
        QCOMPARE(split.train.size() + split.validation.size() + split.test.size(), std::size_t{103});
        QVERIFY(split.validation.size() >= 7 && split.validation.size() <= 10);
      }
      QCOMPARE(tested.size(), std::size_t{103});
      QCOMPARE(std::set(tested.begin(), tested.end()).size(), std::size_t{103});
    }
    QVERIFY(splits[0].test != splits[5].test);
  }

  void classesKeepTheirShares() {
    const Target target = classes({52, 31, 20});
    for (const Split& split : fold_splits(target, all_rows(target), 4, 1, 0, true, 1)) {
      std::map<std::int32_t, int> count;
      for (const auto row : split.test) ++count[target.codes[static_cast<std::size_t>(row)]];
      QVERIFY(count[0] == 13);
      QVERIFY(count[1] == 7 || count[1] == 8);
      QVERIFY(count[2] == 5);
      QVERIFY(split.validation.empty());
    }
  }

  void theSeedDecides() {
    const Target target = classes({20, 20});
    const auto first = fold_splits(target, all_rows(target), 2, 1, 0.2, true, 1);
    QCOMPARE(fold_splits(target, all_rows(target), 2, 1, 0.2, true, 1)[0].test, first[0].test);
    QVERIFY(fold_splits(target, all_rows(target), 2, 1, 0.2, true, 2)[0].test != first[0].test);
    auto turned = all_rows(target);
    std::reverse(turned.begin(), turned.end());
    QCOMPARE(fold_splits(target, turned, 2, 1, 0.2, true, 1)[0].test, first[0].test);
  }

  void moreFoldsThanRowsAreRefused() {
    const Target target = classes({2, 1});
    QVERIFY_EXCEPTION_THROWN(fold_splits(target, all_rows(target), 4, 1, 0, true, 1), DataError);
  }
};

QTEST_APPLESS_MAIN(TestFolds)
#include "test_folds.moc"
