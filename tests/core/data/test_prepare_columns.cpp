#include <QtTest>

#include "core/data/date_parts.hpp"
#include "prepare_tables.hpp"

using namespace gb;

/// Steps that bend columns of numbers or make new ones of them: quantile, polynomial, dates.
class TestPrepareColumns : public QObject {
  Q_OBJECT
 private slots:
  void quantilesAsScikitLearn() {
    for (const Json& one : prepare_reference()["quantile"]) {
      const auto data = table_of({numeric("x", one["values"].get<std::vector<double>>())});
      Split split;
      for (std::int64_t row = 0; row < one["rows"].get<std::int64_t>(); ++row)
        if (row % 5 != 0) split.train.push_back(row);
      for (const char* output : {"uniform", "normal"})
        for (const int count : {7, 1000}) {
          const Json steps = Json::array({Json{{"step", "quantile"}, {"output", output}, {"quantiles", count}}});
          Split copy = split;
          const auto values = values_of(Preparation::fit(data, steps, copy), data);
          const double gap = largest_gap(values, 0, one[std::string(output) + " " + std::to_string(count)]);
          QVERIFY2(gap < 2e-5, qPrintable(QString("%1, %2 %3: %4")
                                              .arg(QString::fromStdString(one["name"].get<std::string>()), output)
                                              .arg(count)
                                              .arg(gap)));
        }
    }
  }

  void normalQuantile() {
    // scipy.stats.norm.ppf
    QVERIFY(std::abs(normal_quantile(0.975, 0.025) - 1.959963984540054) < 1e-14);
    QVERIFY(std::abs(normal_quantile(0.3, 0.7) + 0.5244005127080407) < 1e-14);
    QVERIFY(std::abs(normal_quantile(1e-20, 1) + 9.262340089798408) < 1e-12);
    QVERIFY(std::abs(normal_quantile(1, 1e-20) - 9.262340089798408) < 1e-12);
    QCOMPARE(normal_quantile(0.5, 0.5), 0.0);
    QVERIFY(std::isinf(normal_quantile(0, 1)));
  }

  void quantilesOfLittle() {
    const auto one_row = table_of({numeric("x", {3})});
    QVERIFY(values_of(fitted(one_row, R"([{"step":"quantile"}])"), table_of({numeric("x", {2, 3, 4})})) ==
            (MatrixF{{0}, {0}, {1}}));
    const auto holes = table_of({numeric("x", {1, none, 3, 5})});
    const auto kept = values_of(fitted(holes, R"([{"step":"keep_missing"},{"step":"quantile"}])"), holes);
    QVERIFY(kept(0, 0) == 0 && std::isnan(kept(1, 0)) && kept(2, 0) == 0.5F && kept(3, 0) == 1);
    const auto imputed = values_of(fitted(holes, R"([{"step":"quantile"}])"), holes);
    QVERIFY(imputed(1, 0) == imputed(2, 0));
  }

  void productsAsScikitLearn() {
    for (const Json& one : prepare_reference()["polynomial"]) {
      const auto data = table_of({numeric("a", one["columns"][0].get<std::vector<double>>()),
                                  numeric("b", one["columns"][1].get<std::vector<double>>()),
                                  numeric("c", one["columns"][2].get<std::vector<double>>())});
      const Json steps = Json::array(
          {Json{{"step", "polynomial"}, {"degree", one["degree"]}, {"interaction_only", one["interaction_only"]}}});
      Split split = first_rows(6);
      const auto preparation = Preparation::fit(data, steps, split);
      QCOMPARE(preparation.feature_names(), one["names"].get<std::vector<std::string>>());
      const auto values = values_of(preparation, data);
      for (Eigen::Index column = 0; column < values.cols(); ++column)
        QVERIFY(largest_gap(values, column, one["values"][static_cast<std::size_t>(column)]) < 1e-6);
    }
  }

  /// Products are columns like others: later steps work on them, earlier ones on what they are made of.
  void productsOfPreparedColumns() {
    const auto data = table_of({numeric("a", {1, 3}), categories("k", {"x", "y"}), numeric("a*k", {0, 0})});
    const auto preparation = fitted(data, R"([{"step":"standardize"},{"step":"ordinal"},
                         {"step":"polynomial","columns":["a","k"],"interaction_only":true},
                         {"step":"scale","range":[0,10]}])");
    // The name is taken.
    QCOMPARE(preparation.feature_names(), (std::vector<std::string>{"a", "k", "a*k", "a*k_2"}));
    QVERIFY(values_of(preparation, data) == (MatrixF{{0, 0, 0, 0}, {10, 10, 0, 10}}));
  }

  /// A level of one column may read as a level of another does.
  void featuresOfTheSameNameAreToldApart() {
    const auto data = table_of({categories("a", {"b=c", "d"}), categories("a=b", {"x", "c"}), numeric("a=d", {7, 8})});
    const auto preparation = fitted(data, "[]");
    QCOMPARE(preparation.feature_names(), (std::vector<std::string>{"a=b=c", "a=d_2", "a=b=c_2", "a=b=x", "a=d"}));
    QVERIFY(values_of(preparation, data) == (MatrixF{{1, 0, 0, 1, 7}, {0, 1, 1, 0, 8}}));
  }

  void missingCellsOfProducts() {
    const auto data = table_of({numeric("a", {1, none, 3}), numeric("b", {none, 2, 4})});
    const auto values = values_of(fitted(data, R"([{"step":"keep_missing"},{"step":"polynomial"}])"), data);
    QVERIFY(std::isnan(values(0, 3)) && std::isnan(values(1, 3)) && values(2, 3) == 12);
    // Columns that are never known together.
    const auto apart = table_of({numeric("a", {1, none}), numeric("b", {none, 2})});
    const auto scaled =
        values_of(fitted(apart, R"([{"step":"keep_missing"},{"step":"polynomial"},{"step":"standardize"}])"), apart);
    QVERIFY(std::isnan(scaled(0, 3)));
    const auto named = table_of({numeric("a", {1, 2}), numeric("b", {5, 2})});
    const auto preparation = fitted(named, R"([{"step":"polynomial"}])");
    try {
      preparation.transform(table_of({numeric("a", {1, 1e200}), numeric("b", {1, 1e-250})}));
      QFAIL("was not refused");
    } catch (const DataError& error) {
      QVERIFY2(QString(error.what()).contains("'a' of row 2"), error.what());
    }
  }

  void tooManyProductsAreRefused() {
    std::vector<Column> columns;
    for (int i = 0; i < 60; ++i) columns.push_back(numeric("x" + std::to_string(i), {1, 2, 3}));
    const QString text = refusal(table_of(columns), R"([{"step":"polynomial","degree":3}])");
    QVERIFY2(text.contains("prepare[0] of polynomial makes 39650 products of 60 columns"), qPrintable(text));
  }

  void datesAsNumpy() {
    const Json one = prepare_reference()["dates"];
    const auto data =
        table_of({dates("d", one["days"].get<std::vector<double>>()), numeric("x", std::vector<double>(13, 1))});
    const auto preparation = fitted(data, R"([{"step":"dates","day_of_year":true}])");
    QCOMPARE(preparation.feature_names(),
             (std::vector<std::string>{"d year", "d month", "d day", "d weekday", "d day of year", "x"}));
    const auto values = values_of(preparation, data);
    Eigen::Index column = 0;
    for (const char* part : {"year", "month", "day", "weekday", "day of year"})
      QCOMPARE(largest_gap(values, column++, one[part]), 0.0);
  }

  void datesAsCycles() {
    const auto data = table_of({dates("d", {0, 31})});  // 1970-01-01 and 1970-02-01
    const auto preparation =
        fitted(data, R"([{"step":"dates","year":false,"day":false,"weekday":false,"cyclic":true,"keep":true}])");
    QCOMPARE(preparation.feature_names(), (std::vector<std::string>{"d", "d month sine", "d month cosine"}));
    const auto values = values_of(preparation, data);
    const MatrixF expected{{0, 0, 1}, {31, 0.5F, std::sqrt(0.75F)}};
    QVERIFY((values - expected).cwiseAbs().maxCoeff() < 1e-6F);
  }

  void timesOfDay() {
    // 13:00 and 23:59:59.9, which is the next day to a second.
    const auto data = table_of({dates("d", {19000 + 13.0 / 24, 19000 + 86399.9 / 86400, 19000})});
    const auto values =
        values_of(fitted(data, R"([{"step":"dates","year":false,"month":false,"weekday":false}])"), data);
    QVERIFY(values == (MatrixF{{8, 13}, {9, 0}, {8, 0}}));
    QCOMPARE(date_part(DatePart::year, 1e300), date_part(DatePart::year, most_days));
    QVERIFY(std::isnan(date_part(DatePart::hour, none)));
  }

  void missingDates() {
    const auto data = table_of({dates("d", {0, none, 365})});
    const auto imputed = values_of(fitted(data, R"([{"step":"dates"}])"), data);
    QCOMPARE(imputed(1, 0), 1970.0F);  // the median is in July
    QCOMPARE(imputed(1, 1), 7.0F);
    const auto kept = values_of(fitted(data, R"([{"step":"keep_missing"},{"step":"dates"}])"), data);
    QVERIFY(std::isnan(kept(1, 0)) && kept(2, 0) == 1971);
  }

  void refusals() {
    const auto data = table_of({numeric("x", {1, 2}), categories("k", {"p", "q"}), dates("d", {1, 2})});
    const auto says = [&](const Dataset& dataset, const char* steps, const char* what) {
      const QString text = refusal(dataset, steps);
      QVERIFY2(text.contains(what), qPrintable(text));
    };
    says(table_of({numeric("x", {1, 2})}), R"([{"step":"dates"}])",
         "prepare[0].step is \"dates\", which is for date columns, and there is none here");
    says(table_of({categories("k", {"p", "q"})}), R"([{"step":"quantile"}])", "which is for numeric columns");
    says(table_of({categories("k", {"p", "q"})}), R"([{"step":"polynomial"}])", "which is for numeric columns");
    says(data, R"([{"step":"dates","columns":["x"]}])",
         "is \"x\", which is no date | prepare[0].columns[0] | one of: d");
    says(data, R"([{"step":"standardize"},{"step":"dates"}])", "dates are changed by prepare[0] before it");
    says(data, R"([{"step":"dates","year":false,"month":false,"day":false,"weekday":false,"hour":false}])",
         "asks for no part");
    says(data, R"([{"step":"polynomial","columns":["k"]}])", "is \"k\", which is not numeric");
    says(data, R"([{"step":"polynomial","degree":4}])", "prepare[0].degree");
    says(data, R"([{"step":"quantile","quantiles":1}])", "prepare[0].quantiles");
  }

  void completedStepsRepeatThemselves() {
    const auto data = table_of({numeric("x", {1, 2, none, 50, 3}), dates("d", {19000, 19100, 19200, 19300.5, none})});
    const auto first =
        fitted(data, R"([{"step":"dates","cyclic":true},{"step":"quantile","output":"normal"},{"step":"polynomial"}])");
    Split again = first_rows(5);
    const auto second = Preparation::fit(data, first.completed_steps(), again);
    QCOMPARE(second.completed_steps(), first.completed_steps());
    QVERIFY(values_of(second, data) == values_of(first, data));
  }
};

QTEST_APPLESS_MAIN(TestPrepareColumns)
#include "test_prepare_columns.moc"
