#include "core/data/prepare_steps.hpp"

#include <QtTest>
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>

using namespace gb;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

Json reference() {
  return Json::parse(std::ifstream(TEST_SOURCE_DIR "/tests/reference/prepare.json"));
}

Column numeric(std::string name, std::vector<double> values) {
  Column column;
  column.name = std::move(name);
  column.numbers = std::move(values);
  return column;
}

Dataset table_of(std::vector<Column> columns) {
  Dataset dataset;
  DataTable table;
  table.rows = columns.front().size();
  table.columns = std::move(columns);
  dataset.content = std::move(table);
  return dataset;
}

Split every_fifth(std::size_t rows) {
  Split split;
  for (std::size_t row = 0; row < rows; ++row)
    (row % 5 == 0 ? split.test : split.train).push_back(static_cast<std::int64_t>(row));
  return split;
}

Split first_rows(std::size_t count) {
  Split split;
  split.train.resize(count);
  std::iota(split.train.begin(), split.train.end(), 0);
  return split;
}

MatrixF values_of(const Preparation& preparation, const Dataset& dataset) {
  std::vector<std::int64_t> rows(dataset.rows());
  std::iota(rows.begin(), rows.end(), 0);
  return preparation.transform(dataset).dense(rows);
}

Preparation fitted(const Dataset& dataset, const char* steps, Split split) {
  return Preparation::fit(dataset, Json::parse(steps), split);
}

/// The largest difference to `expected`, relative where it is above 1.
double largest_gap(const MatrixF& values, Eigen::Index column, const Json& expected) {
  double gap = static_cast<std::size_t>(values.rows()) == expected.size() ? 0 : std::numeric_limits<double>::infinity();
  for (Eigen::Index row = 0; row < values.rows() && gap < 1e9; ++row) {
    const double wanted = expected[static_cast<std::size_t>(row)].get<double>();
    const double difference = std::abs(static_cast<double>(values(row, column)) - wanted);
    gap = std::max(gap, difference / std::max(1.0, std::abs(wanted)));
  }
  return gap;
}

/// A column of the letters of the reference's encoding case.
Column letters_of(const Json& encoding) {
  const auto letters = encoding["letters"].get<std::vector<std::string>>();
  std::vector<std::string> levels;
  std::vector<std::int32_t> codes;
  for (const auto& letter : letters) {
    const auto found = std::find(levels.begin(), levels.end(), letter);
    codes.push_back(static_cast<std::int32_t>(found - levels.begin()));
    if (found == levels.end()) levels.push_back(letter);
  }
  return categorical_column("letter", std::move(levels), std::move(codes));
}

QString refusal(const Dataset& dataset, const char* steps) {
  try {
    fitted(dataset, steps, first_rows(dataset.rows()));
  } catch (const ParamError& error) {
    return QString::fromStdString(std::string(error.what()) + " | " + error.field() + " | " + error.allowed());
  }
  return "nothing was refused";
}

}  // namespace

class TestPrepareSteps : public QObject {
  Q_OBJECT
 private slots:
  void powerAsScikitLearn() {
    for (const Json& one : reference()["power"]) {
      const auto data = table_of({numeric("x", one["values"].get<std::vector<double>>())});
      const QByteArray name(one["name"].get<std::string>().c_str());
      const auto preparation = fitted(data, R"([{"step":"power"}])", every_fifth(data.rows()));
      const auto& map = std::get<FittedPower>(preparation.steps().at(0)).maps.at(0);
      const double lambda = one["lambda"].get<double>();
      QVERIFY2(std::abs(map.power.lambda - lambda) <= 1e-5 * std::max(1.0, std::abs(lambda)),
               name + ": lambda " + QByteArray::number(map.power.lambda, 'g', 12));
      const double gap = largest_gap(values_of(preparation, data), 0, one["standardized"]);
      QVERIFY2(gap < 1e-5, name + ": standardized " + QByteArray::number(gap));
      const auto bare = fitted(data, R"([{"step":"power","standardize":false}])", every_fifth(data.rows()));
      const double bare_gap = largest_gap(values_of(bare, data), 0, one["bent"]);
      QVERIFY2(bare_gap < 1e-5, name + ": bent " + QByteArray::number(bare_gap));
    }
  }

  /// y(x) of years differs in the twelfth digit only: computed plainly the column would become rounding errors.
  void powerKeepsTheDigitsOfNumbersFarFromZero() {
    for (const double sign : {1.0, -1.0}) {
      std::vector<double> years;
      for (int i = 0; i < 300; ++i) years.push_back(sign * (2000 + i % 17 + i % 3 + (i % 41) / 4));
      const auto data = table_of({numeric("year", years)});
      const auto values = values_of(fitted(data, R"([{"step":"power"}])", first_rows(300)), data);
      const double mean = values.cast<double>().mean();
      const double variance = (values.cast<double>().array() - mean).square().mean();
      QVERIFY2(std::abs(mean) < 1e-5 && std::abs(variance - 1) < 1e-5, QByteArray::number(variance));
      // The transform is strictly increasing.
      for (std::size_t i = 1; i < years.size(); ++i)
        QCOMPARE(values(static_cast<Eigen::Index>(i), 0) > values(0, 0), years[i] > years[0]);
    }
  }

  void clipAsNumpy() {
    for (const Json& one : reference()["clip"]) {
      const auto data = table_of({numeric("x", one["values"].get<std::vector<double>>())});
      const auto split = every_fifth(data.rows());
      const auto by_quantile = fitted(data, R"([{"step":"clip_outliers","quantile_range":[0.05,0.9]}])", split);
      QVERIFY(largest_gap(values_of(by_quantile, data), 0, one["quantile"]) < 1e-6);
      const auto by_quartiles = fitted(data, R"([{"step":"clip_outliers","method":"iqr"}])", split);
      QVERIFY(largest_gap(values_of(by_quartiles, data), 0, one["iqr"]) < 1e-6);
    }
  }

  /// Where the quartiles are equal there is no range to go by: clipping would make the column constant.
  void equalQuartilesAreNotClipped() {
    const auto data = table_of({numeric("x", {0, 0, 0, 0, 0, 0, 0, 9})});
    const auto preparation = fitted(data, R"([{"step":"clip_outliers","method":"iqr"}])", first_rows(8));
    QCOMPARE(values_of(preparation, data)(7, 0), 9.0F);
    QVERIFY(preparation.steps().empty());
    QCOMPARE(preparation.problems().size(), std::size_t{1});
    QCOMPARE(preparation.problems()[0].field, std::string("x"));
  }

  void encodingsAsScikitLearn() {
    const Json one = reference()["encoding"];
    const auto data = table_of({letters_of(one)});
    const auto split = first_rows(one["training"].get<std::size_t>());
    const auto ordinal = fitted(data, R"([{"step":"ordinal"}])", split);
    QCOMPARE(ordinal.feature_names(), (std::vector<std::string>{"letter"}));
    QCOMPARE(largest_gap(values_of(ordinal, data), 0, one["ordinal"]), 0.0);
    for (const auto& [field, steps] :
         {std::pair{"rare_count", R"([{"step":"rare_categories","min_frequency":5,"name":"~rare"}])"},
          std::pair{"rare_share", R"([{"step":"rare_categories","min_frequency":0.2,"name":"~rare"}])"}}) {
      const auto values = values_of(fitted(data, steps, split), data);
      // "~rare" sorts last, where scikit-learn has its column of the infrequent ones.
      QCOMPARE(static_cast<std::size_t>(values.cols()), one[field][0].size());
      for (Eigen::Index column = 0; column < values.cols(); ++column) {
        Json expected = Json::array();
        for (const Json& row : one[field]) expected.push_back(row[static_cast<std::size_t>(column)]);
        QCOMPARE(largest_gap(values, column, expected), 0.0);
      }
    }
  }

  void frequencies() {
    const auto data = table_of({categorical_column("c", {"x", "y", "z"}, {0, 0, 1, -1, 0, 2})});
    const auto preparation = fitted(data, R"([{"step":"frequency"}])", first_rows(5));
    // Imputed as x first, which then is four of five; z is in no training row.
    const MatrixF expected{{0.8F}, {0.8F}, {0.2F}, {0.8F}, {0.8F}, {0}};
    QVERIFY(values_of(preparation, data) == expected);
    QCOMPARE(preparation.completed_steps()[0]["step"], Json("impute"));
    QCOMPARE(preparation.completed_steps().size(), std::size_t{2});
  }

  void keptMissingCategoriesAreMissingNumbers() {
    const auto data = table_of({categorical_column("c", {"x", "y", "z"}, {0, 1, -1, 2})});
    const auto values = values_of(
        fitted(data, R"([{"step":"keep_missing"},{"step":"ordinal"},{"step":"standardize"}])", first_rows(3)), data);
    QVERIFY(values(0, 0) == -1 && values(1, 0) == 1 && std::isnan(values(2, 0)) && values(3, 0) == -3);
  }

  /// Numeric steps work on what ordinal and frequency made, if they come after them.
  void encodedCategoriesAreNumbersFromThereOn() {
    const auto data = table_of({categorical_column("c", {"x", "y", "z"}, {0, 1, 2})});
    const auto after =
        values_of(fitted(data, R"([{"step":"ordinal"},{"step":"scale","range":[0,10]}])", first_rows(3)), data);
    QVERIFY(after == (MatrixF{{0}, {5}, {10}}));
    const auto before =
        values_of(fitted(data, R"([{"step":"scale","range":[0,10]},{"step":"ordinal"}])", first_rows(3)), data);
    QVERIFY(before == (MatrixF{{0}, {1}, {2}}));
  }

  void columnsAreEncodedEachInItsWay() {
    const auto data =
        table_of({categorical_column("a", {"p", "q"}, {0, 1, 1}), categorical_column("b", {"r", "s"}, {1, 0, 1}),
                  categorical_column("c", {"t", "u"}, {0, 0, 1}), numeric("d", {1, 2, 6})});
    const auto preparation = fitted(data, R"([{"step":"ordinal","columns":["b"]},{"step":"power","columns":["d"]},
                  {"step":"frequency","columns":["c"]}])",
                                    first_rows(3));
    QCOMPARE(preparation.feature_names(), (std::vector<std::string>{"a=p", "a=q", "b", "c", "d"}));
    QCOMPARE(preparation.completed_steps().back(), (Json{{"step", "one_hot"}}));
    const auto values = values_of(preparation, data);
    QVERIFY(values.leftCols(4) == (MatrixF{{1, 0, 1, 2.0F / 3}, {0, 1, 0, 2.0F / 3}, {0, 1, 1, 1.0F / 3}}));
  }

  void rareCategoriesMeetImputation() {
    // The filled cells count: without them b would be as rare as c.
    const auto data = table_of({categorical_column("k", {"b", "c", "d", "other"}, {0, 0, 1, -1, 2, 3})});
    const auto preparation = fitted(
        data, R"([{"step":"impute"},{"step":"rare_categories","min_frequency":3},{"step":"one_hot"}])", first_rows(6));
    QCOMPARE(preparation.feature_names(), (std::vector<std::string>{"k=b", "k=other"}));
    QCOMPARE(std::get<FittedRareCategories>(preparation.steps().at(1)).merges.at(0).rare,
             (std::vector<std::string>{"c", "d", "other"}));
    const MatrixF expected{{1, 0}, {1, 0}, {0, 1}, {1, 0}, {0, 1}, {0, 1}};
    QVERIFY(values_of(preparation, data) == expected);
    // What was never seen is as rare as can be; what is missing takes the imputed level.
    const auto other = table_of({categorical_column("k", {"new", "b"}, {0, 1, -1})});
    QVERIFY(values_of(preparation, other) == (MatrixF{{0, 1}, {1, 0}, {1, 0}}));
    // Imputed after merging: the most frequent of what is there by then.
    const auto late =
        fitted(data, R"([{"step":"rare_categories","min_frequency":2},{"step":"impute"}])", first_rows(6));
    QCOMPARE(std::get<FittedImpute>(late.steps().at(1)).fills.at(0).level, std::string("other"));
  }

  void selectVarianceAsScikitLearn() {
    const Json one = reference()["variance"];
    std::vector<Column> columns;
    for (std::size_t i = 0; i < one["columns"].size(); ++i)
      columns.push_back(numeric("x" + std::to_string(i), one["columns"][i].get<std::vector<double>>()));
    const auto data = table_of(columns);
    for (const Json& each : one["selected"]) {
      Split split = every_fifth(data.rows());
      const Json steps = Json::array({Json{{"step", "select_variance"}, {"threshold", each["threshold"]}}});
      const auto preparation = Preparation::fit(data, steps, split);
      std::vector<std::string> expected;
      for (const Json& place : each["columns"]) expected.push_back("x" + std::to_string(place.get<int>()));
      QCOMPARE(preparation.feature_names(), expected);
      QCOMPARE(preparation.problems().size(), columns.size() - expected.size());
    }
  }

  /// What was left out is needed no more, and a later step does not stumble over its name.
  void whatIsLeftOutIsNotAskedFor() {
    const auto data =
        table_of({numeric("same", {4, 4, 4}), numeric("x", {1, 2, 6}), categorical_column("c", {"p", "q"}, {0, 1, 1}),
                  categorical_column("d", {"r", "s"}, {0, 0, 1})});
    const auto preparation =
        fitted(data, R"([{"step":"ordinal","columns":["d"]},{"step":"standardize"},{"step":"select_variance"}])",
               first_rows(2));
    QCOMPARE(preparation.feature_names(), (std::vector<std::string>{"x", "c=p", "c=q"}));
    const auto values = values_of(preparation, table_of({numeric("x", {2}), categorical_column("c", {"q"}, {0})}));
    QVERIFY(values == (MatrixF{{1, 0, 1}}));
    const auto named =
        fitted(data, R"([{"step":"select_variance","columns":["same"]},{"step":"power","columns":["same","x"]}])",
               first_rows(3));
    QCOMPARE(std::get<FittedPower>(named.steps().at(0)).maps.size(), std::size_t{1});
  }

  void nothingLeftIsRefused() {
    const auto data = table_of({numeric("a", {1, 1}), numeric("b", {1, 2})});
    try {
      fitted(data, R"([{"step":"select_variance","threshold":3}])", first_rows(2));
      QFAIL("was not refused");
    } catch (const DataError& error) {
      QVERIFY2(QString(error.what()).contains("leaves no column: the largest variance is 0.25"), error.what());
    }
  }

  void completedStepsRepeatThemselves() {
    const auto data = table_of({numeric("x", {1, 2, none, 50, 3}), categorical_column("c", {"x", "y"}, {0, 1, 1, 0, 1}),
                                categorical_column("k", {"v", "w"}, {0, 1, 1, 1, 1})});
    const auto first = fitted(data, R"([{"step":"clip_outliers"},{"step":"rare_categories","min_frequency":2},
                  {"step":"ordinal","columns":["c"]},{"step":"power"}])",
                              first_rows(5));
    Split again = first_rows(5);
    const auto second = Preparation::fit(data, first.completed_steps(), again);
    QCOMPARE(second.completed_steps(), first.completed_steps());
    QVERIFY(values_of(second, data) == values_of(first, data));
  }

  void refusalsNameStepOptionAndColumn() {
    const auto data = table_of({numeric("width", {1, 2}), categorical_column("colour", {"x", "y"}, {0, 1})});
    const auto says = [&](const char* steps, const char* what) {
      const QString text = refusal(data, steps);
      QVERIFY2(text.contains(what), qPrintable(text));
    };
    says(R"([{"step":"power","columns":["widht"]}])",
         "prepare[0].columns[0] of power is \"widht\", which the data does not have; did you mean 'width'?");
    says(R"([{"step":"clip_outliers","columns":["width","colour"]}])",
         "prepare[0].columns[1] of clip_outliers is \"colour\", which is not numeric");
    says(R"([{"step":"ordinal","columns":["colour"]},{"step":"frequency","columns":["colour"]}])",
         "prepare[1].columns[0] of frequency is \"colour\", which holds no categories");
    says(R"([{"step":"ordinal","columns":["width"]}])", "| one of: colour");
  }
};

QTEST_APPLESS_MAIN(TestPrepareSteps)
#include "test_prepare_steps.moc"
