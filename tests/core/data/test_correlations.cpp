#include "core/data/correlations.hpp"

#include <QtTest>
#include <cmath>

#include "core/base/random.hpp"

using namespace gb;

namespace {

Column numbers(const char* name, std::vector<double> values) {
  Column column;
  column.name = name;
  column.numbers = std::move(values);
  return column;
}

DataTable table_of(std::vector<Column> columns) {
  DataTable table;
  table.rows = columns.front().size();
  table.columns = std::move(columns);
  return table;
}

double between(const Correlations& found, std::size_t a, std::size_t b) {
  return found.values[a * found.columns.size() + b];
}

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

class TestCorrelations : public QObject {
  Q_OBJECT
 private slots:
  void numbers_have_pearsons_r() {
    const auto found = correlations_of(table_of({numbers("a", {1, 2, 3, 4, missing}), numbers("b", {2, 1, 4, 3, 9}),
                                                 numbers("c", {-1, -2, -3, -4, 0}), numbers("same", {7, 7, 7, 7, 7})}));
    QCOMPARE(found.columns.size(), std::size_t{4});
    // numpy.corrcoef([1,2,3,4], [2,1,4,3])
    QVERIFY(std::abs(between(found, 0, 1) - 0.6) < 1e-12);
    QVERIFY(std::abs(between(found, 2, 0) + 1) < 1e-12);
    QCOMPARE(between(found, 0, 0), 1.0);
    QVERIFY(std::isnan(between(found, 0, 3)));
    QCOMPARE(found.association(0, 1), Association::pearson);
  }

  void large_numbers_that_differ_little_keep_their_digits() {
    const auto found =
        correlations_of(table_of({numbers("a", {1e9, 1e9 + 1, 1e9 + 2}), numbers("b", {1e9, 1e9 + 1, 1e9 + 2})}));
    QVERIFY(std::abs(between(found, 0, 1) - 1) < 1e-9);
  }

  void categories_have_cramers_v_without_bias() {
    // 40 rows: 15, 5 / 5, 15. chi squared 10, phi squared 0.25; corrected (0.25 - 1/39) / (1 - 1/39).
    std::vector<std::int32_t> a, b;
    const auto add = [&](int count, int x, int y) {
      for (int i = 0; i < count; ++i) a.push_back(x), b.push_back(y);
    };
    add(15, 0, 0), add(5, 0, 1), add(5, 1, 0), add(15, 1, 1);
    const auto found =
        correlations_of(table_of({categorical_column("a", {"x", "y"}, a), categorical_column("b", {"u", "v"}, b)}));
    QVERIFY(std::abs(between(found, 0, 1) - std::sqrt((0.25 - 1.0 / 39) / (1 - 1.0 / 39))) < 1e-12);
    QCOMPARE(found.association(0, 1), Association::cramers_v);
  }

  void categories_without_relation_have_none() {
    Random random(3);
    std::vector<std::int32_t> a, b;
    for (int i = 0; i < 400; ++i) {
      a.push_back(static_cast<std::int32_t>(random.below(12)));
      b.push_back(static_cast<std::int32_t>(random.below(12)));
    }
    std::vector<std::string> levels;
    for (int i = 0; i < 12; ++i) levels.push_back(std::string(1, static_cast<char>('a' + i)));
    const auto found =
        correlations_of(table_of({categorical_column("a", levels, a), categorical_column("b", levels, b)}));
    // Without the correction it would be about 0.16.
    QVERIFY2(between(found, 0, 1) < 0.1, qPrintable(QString::number(between(found, 0, 1))));
  }

  void numbers_and_categories_have_the_correlation_ratio() {
    // Groups 1, 2, 3 and 5, 6, 7: between 24, total 28.
    const auto found = correlations_of(
        table_of({numbers("x", {1, 2, 3, 5, 6, 7}), categorical_column("g", {"a", "b"}, {0, 0, 0, 1, 1, 1})}));
    QVERIFY(std::abs(between(found, 0, 1) - std::sqrt(24.0 / 28)) < 1e-12);
    QCOMPARE(between(found, 1, 0), between(found, 0, 1));
    QCOMPARE(found.association(1, 0), Association::correlation_ratio);
  }

  void what_cannot_be_compared_is_named() {
    Column text;
    text.name = "story";
    text.type = ColumnType::text;
    text.texts = {"a", "b"};
    std::vector<Column> columns{numbers("a", {1, 2}), text};
    for (int i = 0; i < 120; ++i) columns.push_back(numbers("more", {1, 2}));
    const auto found = correlations_of(table_of(columns));
    QCOMPARE(found.columns.size(), most_correlated_columns);
    QCOMPARE(found.left_out.size(), std::size_t{22});
    QCOMPARE(found.left_out.front(), std::string("story"));
  }

  void it_can_be_stopped() {
    int asked = 0;
    const auto found =
        correlations_of(table_of({numbers("a", {1, 2, 4}), numbers("b", {1, 2, 3})}), [&] { return ++asked < 2; });
    QVERIFY(!std::isnan(between(found, 0, 1)));
    QVERIFY(std::isnan(between(found, 1, 1)));
  }
};

QTEST_GUILESS_MAIN(TestCorrelations)
#include "test_correlations.moc"
