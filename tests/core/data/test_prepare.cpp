#include "core/data/prepare.hpp"

#include <QtTest>
#include <cmath>
#include <numeric>

#include "core/data/source.hpp"

using namespace gb;

namespace {

const double none = std::nan("");

Column numeric(const char* name, std::vector<double> values) {
  Column column;
  column.name = name;
  column.numbers = std::move(values);
  return column;
}

Dataset table_of(std::vector<Column> columns, const char* target = "") {
  Dataset dataset;
  DataTable table;
  table.rows = columns.front().size();
  table.columns = std::move(columns);
  dataset.content = std::move(table);
  dataset.target = target;
  return dataset;
}

/// Four 2 x 2 pictures.
Dataset pictures() {
  ImageSet set{4, 1, 2, 2, nullptr};
  set.pixels = std::make_shared<const std::vector<std::uint8_t>>(
      std::vector<std::uint8_t>{0, 255, 10, 20, 0, 255, 10, 20, 1, 2, 3, 4, 250, 250, 250, 250});
  Dataset dataset;
  dataset.content = set;
  dataset.target = "label";
  dataset.labels = categorical_column("label", {"0", "1"}, {0, 0, 1, 1});
  return dataset;
}

Split all_rows(const Dataset& dataset) {
  Split split;
  split.train.resize(dataset.rows());
  std::iota(split.train.begin(), split.train.end(), 0);
  return split;
}

MatrixF values_of(const Preparation& preparation, const Dataset& dataset) {
  const auto features = preparation.transform(dataset);
  std::vector<std::int64_t> rows(dataset.rows());
  std::iota(rows.begin(), rows.end(), 0);
  return features.dense(rows);
}

Json step(const char* name) {
  return Json::array({Json{{"step", name}}});
}

Dataset iris() {
  return load_dataset({{"source", "bundled"}, {"name", "iris"}}, ".", 0);
}

/// Every fifth row tests, as in the scikit-learn figures below.
Split every_fifth(std::size_t rows) {
  Split split;
  for (std::size_t row = 0; row < rows; ++row)
    (row % 5 == 0 ? split.test : split.train).push_back(static_cast<std::int64_t>(row));
  return split;
}

bool close(double a, double b, double tolerance = 1e-6) {
  return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b));
}

std::string fitted_text(const Preparation& preparation) {
  std::ostringstream text;
  text.precision(17);
  for (const auto& fitted : preparation.steps()) {
    if (const auto* impute = std::get_if<FittedImpute>(&fitted))
      for (const auto& fill : impute->fills) text << fill.column << fill.number << fill.level;
    if (const auto* one_hot = std::get_if<FittedOneHot>(&fitted))
      for (const auto& encoding : one_hot->encodings)
        for (const auto& level : encoding.levels) text << encoding.column << level;
    if (const auto* affine = std::get_if<FittedAffine>(&fitted))
      for (const auto& map : affine->maps) text << map.column << map.shift << ' ' << map.factor;
    if (const auto* clip = std::get_if<FittedClip>(&fitted))
      for (const auto& bounds : clip->bounds) text << bounds.column << bounds.low << ' ' << bounds.high;
    if (const auto* numbers = std::get_if<FittedLevelNumbers>(&fitted))
      for (const auto& encoding : numbers->encodings)
        for (std::size_t i = 0; i < encoding.levels.size(); ++i)
          text << encoding.column << encoding.levels[i] << ' ' << encoding.numbers[i];
    if (const auto* rare = std::get_if<FittedRareCategories>(&fitted))
      for (const auto& merge : rare->merges)
        for (const auto& level : merge.rare) text << merge.column << level << merge.name;
    if (const auto* power = std::get_if<FittedPower>(&fitted))
      for (const auto& map : power->maps)
        text << map.column << map.power.lambda << ' ' << map.power.center << ' ' << map.power.mean << ' '
             << map.power.deviation;
    if (const auto* pixels = std::get_if<FittedPixelScale>(&fitted)) text << pixels->factor << ' ' << pixels->offset;
  }
  for (const auto& name : preparation.feature_names()) text << name;
  return text.str();
}

}  // namespace

class TestPrepare : public QObject {
  Q_OBJECT
 private slots:
  void standardizeAsScikitLearn();
  void scaleAsScikitLearn();
  void imputeAsScikitLearn();
  void onlyTrainingRowsAreLookedAt_data();
  void onlyTrainingRowsAreLookedAt();
  void constantColumns();
  void stepsApplyInOrder();
  void nothingNamedIsCompleted();
  void completedStepsRepeatThemselves();
  void oneHot();
  void mostFrequentLevel();
  void standardizeLeavesCategoriesAlone();
  void dates();
  void dropDuplicates();
  void dropDuplicatePictures();
  void textIsLeftOut();
  void emptyColumnsAreLeftOut();
  void pixelScaling_data();
  void pixelScaling();
  void pixelsAreShared();
  void otherDataByName();
  void otherDataIsRefused();
  void hugeNumbers();
  void refusals_data();
  void refusals();
  void noUsableColumn();
  void stepInfosAreComplete();
  void manyColumnsAreQuickEnough();
};

void TestPrepare::standardizeAsScikitLearn() {
  const auto data = iris();
  auto split = every_fifth(150);
  const auto preparation = Preparation::fit(data, step("standardize"), split);
  const auto& maps = std::get<FittedAffine>(preparation.steps().at(0)).maps;
  // scikit-learn 1.9.1: StandardScaler().fit(X[i % 5 != 0]).
  const std::vector<double> mean{5.799166666666667, 3.0350000000000015, 3.7325000000000004, 1.1833333333333333};
  const std::vector<double> scale{0.8086507108895793, 0.4337145758829572, 1.7451438574895006, 0.7453559924999298};
  for (std::size_t i = 0; i < 4; ++i) {
    QVERIFY(close(maps[i].shift, mean[i], 1e-14));
    QVERIFY(close(1 / maps[i].factor, scale[i], 1e-14));
  }
  const auto values = values_of(preparation, data);
  const std::vector<double> first{-0.8646089804305364, 1.072133670060201, -1.3365660314992305, -1.3192801067248763};
  const std::vector<double> last{0.1246933094542247, -0.08069823323034138, 0.783603021682828, 0.8273451516749224};
  for (Eigen::Index i = 0; i < 4; ++i) {
    QVERIFY(close(values(0, i), first[static_cast<std::size_t>(i)]));
    QVERIFY(close(values(149, i), last[static_cast<std::size_t>(i)]));
  }
}

void TestPrepare::scaleAsScikitLearn() {
  const auto data = iris();
  auto split = every_fifth(150);
  const auto preparation = Preparation::fit(data, Json::array({Json{{"step", "scale"}, {"range", {-1, 1}}}}), split);
  const auto values = values_of(preparation, data);
  // scikit-learn 1.9.1: MinMaxScaler((-1, 1)).fit(X[i % 5 != 0]).
  const std::vector<double> first{-0.5555555555555558, 0.2999999999999998, -0.864406779661017, -0.9166666666666665};
  const std::vector<double> late{1.0, 0.5999999999999996, 0.8305084745762712, 0.5833333333333335};
  for (Eigen::Index i = 0; i < 4; ++i) {
    QVERIFY(close(values(0, i), first[static_cast<std::size_t>(i)]));
    QVERIFY(close(values(131, i), late[static_cast<std::size_t>(i)]));
  }
}

void TestPrepare::imputeAsScikitLearn() {
  auto data = iris();
  auto& table = std::get<DataTable>(data.content);
  for (std::size_t row = 3; row < 150; row += 7) table.columns[1].numbers[row] = none;
  // scikit-learn 1.9.1: SimpleImputer(strategy=...).fit(X[i % 5 != 0]).
  const std::vector<std::pair<const char*, std::vector<double>>> expected{
      {"median", {5.8, 3.0, 4.25, 1.3}},
      {"mean", {5.799166666666667, 3.0446601941747584, 3.7325000000000004, 1.1833333333333333}}};
  for (const auto& [strategy, numbers] : expected) {
    auto split = every_fifth(150);
    const auto preparation =
        Preparation::fit(data, Json::array({Json{{"step", "impute"}, {"numeric", strategy}}}), split);
    const auto& fills = std::get<FittedImpute>(preparation.steps().at(0)).fills;
    for (std::size_t i = 0; i < 4; ++i) QVERIFY(close(fills[i].number, numbers[i], 1e-14));
    const auto values = values_of(preparation, data);
    QVERIFY(close(values(3, 1), numbers[1]));
    QVERIFY(close(values(4, 1), table.columns[1].numbers[4]));
  }
}

void TestPrepare::onlyTrainingRowsAreLookedAt_data() {
  QTest::addColumn<QString>("steps");
  QTest::newRow("standardize") << R"([{"step":"standardize"}])";
  QTest::newRow("scale") << R"([{"step":"scale"}])";
  QTest::newRow("impute") << R"([{"step":"impute"}])";
  QTest::newRow("clip_outliers") << R"([{"step":"clip_outliers"}])";
  QTest::newRow("clip_outliers by quartiles") << R"([{"step":"clip_outliers","method":"iqr"}])";
  QTest::newRow("power") << R"([{"step":"power"}])";
  QTest::newRow("encodings") << R"([{"step":"rare_categories","min_frequency":2},{"step":"ordinal"},{"step":"power"}])";
  QTest::newRow("select_variance") << R"([{"step":"select_variance","threshold":2}])";
  QTest::newRow("frequency") << R"([{"step":"frequency"},{"step":"standardize"}])";
  QTest::newRow("all") << R"([{"step":"drop_duplicates"},{"step":"impute","numeric":"mean"},{"step":"one_hot"},
                              {"step":"standardize"},{"step":"scale","range":[-1,1]}])";
}

void TestPrepare::onlyTrainingRowsAreLookedAt() {
  QFETCH(QString, steps);
  const auto make = [](double test_number, std::int32_t test_code) {
    return table_of({numeric("a", {1, 2, none, 4, test_number}),
                     categorical_column("c", {"x", "y", "z"}, {0, 1, 0, -1, test_code})});
  };
  const auto fit = [&](const Dataset& dataset) {
    Split split{{0, 1, 2, 3}, {}, {4}};
    return fitted_text(Preparation::fit(dataset, Json::parse(steps.toStdString()), split));
  };
  const auto plain = fit(make(3, 0));
  QVERIFY(!plain.empty());
  QCOMPARE(fit(make(1e6, 2)), plain);
  QCOMPARE(fit(make(none, -1)), plain);
  // The figures do depend on training rows.
  auto other = make(3, 0);
  std::get<DataTable>(other.content).columns[0].numbers[1] = 40;
  QVERIFY(fit(other) != plain);
}

void TestPrepare::constantColumns() {
  const auto data = table_of({numeric("a", {0.1, 0.1, 0.1}), numeric("b", {1, 2, 3})});
  auto split = all_rows(data);
  const auto standard = values_of(Preparation::fit(data, step("standardize"), split), data);
  QCOMPARE(standard(1, 0), 0.0f);
  const auto scaled =
      values_of(Preparation::fit(data, Json::array({Json{{"step", "scale"}, {"range", {2, 5}}}}), split), data);
  QVERIFY(close(scaled(1, 0), 2));
  QVERIFY(close(scaled(0, 1), 2) && close(scaled(1, 1), 3.5) && close(scaled(2, 1), 5));
}

void TestPrepare::stepsApplyInOrder() {
  const auto data = table_of({numeric("a", {0, 10, none, 2})});
  auto split = all_rows(data);
  // Imputed after scaling: the median of 0, 1, 0.2.
  const auto preparation =
      Preparation::fit(data, Json::array({Json{{"step", "scale"}}, Json{{"step", "impute"}}}), split);
  const auto values = values_of(preparation, data);
  QVERIFY(close(values(2, 0), 0.2));
  QVERIFY(close(std::get<FittedImpute>(preparation.steps().at(1)).fills[0].number, 0.2));
}

void TestPrepare::nothingNamedIsCompleted() {
  const auto data = table_of(
      {numeric("a", {1, none, 3}), categorical_column("c", {"x", "y"}, {0, 1, -1}), numeric("y", {1, 2, 3})}, "y");
  auto split = all_rows(data);
  const auto preparation = Preparation::fit(data, nullptr, split);
  QCOMPARE(preparation.completed_steps(), Json::parse(R"([{"step":"impute","numeric":"median"},{"step":"one_hot"}])"));
  QCOMPARE(preparation.feature_names(), (std::vector<std::string>{"a", "c=x", "c=y"}));
  QCOMPARE(preparation.source_columns().size(), std::size_t{2});
  const auto values = values_of(preparation, data);
  QCOMPARE(values(1, 0), 2.0f);
  QCOMPARE(values(2, 1), 1.0f);

  const auto clean = table_of({numeric("a", {1, 2})});
  auto clean_split = all_rows(clean);
  QCOMPARE(Preparation::fit(clean, nullptr, clean_split).completed_steps(), Json::array());
  const auto images = pictures();
  auto image_split = all_rows(images);
  QCOMPARE(Preparation::fit(images, nullptr, image_split).completed_steps(),
           Json::parse(R"([{"step":"scale","range":[0.0,1.0]}])"));
}

void TestPrepare::completedStepsRepeatThemselves() {
  const auto data = table_of({numeric("a", {1, none, 3, 1}), categorical_column("c", {"x", "y"}, {0, 1, -1, 0})});
  const Json wishes = Json::parse(R"([{"step":"drop_duplicates"},{"step":"standardize"}])");
  auto split = all_rows(data);
  const auto first = Preparation::fit(data, wishes, split);
  QCOMPARE(first.completed_steps()[1]["step"], Json("impute"));
  auto again = all_rows(data);
  const auto second = Preparation::fit(data, first.completed_steps(), again);
  QCOMPARE(second.completed_steps(), first.completed_steps());
  QCOMPARE(fitted_text(second), fitted_text(first));
  QCOMPARE(again.train, split.train);
}

void TestPrepare::oneHot() {
  const auto data =
      table_of({numeric("a", {1, 2, 3, 4}), categorical_column("c", {"red", "green", "blue"}, {0, 1, 0, 2}),
                numeric("b", {5, 6, 7, 8})});
  Split split{{0, 1, 2}, {}, {3}};
  const auto preparation = Preparation::fit(data, step("one_hot"), split);
  QCOMPARE(preparation.feature_names(), (std::vector<std::string>{"a", "c=green", "c=red", "b"}));
  const auto values = values_of(preparation, data);
  MatrixF expected(4, 4);
  expected << 1, 0, 1, 5, 2, 1, 0, 6, 3, 0, 1, 7, 4, 0, 0, 8;
  QVERIFY(values == expected);
}

void TestPrepare::mostFrequentLevel() {
  const auto data = table_of({categorical_column("c", {"b", "a"}, {0, 1, 0, 1, -1})});
  auto split = all_rows(data);
  const auto tie = Preparation::fit(data, step("impute"), split);
  QCOMPARE(std::get<FittedImpute>(tie.steps().at(0)).fills[0].level, std::string("a"));
  split.train = {0, 1, 2, 4};
  const auto most = Preparation::fit(data, step("impute"), split);
  QCOMPARE(std::get<FittedImpute>(most.steps().at(0)).fills[0].level, std::string("b"));
}

void TestPrepare::standardizeLeavesCategoriesAlone() {
  const auto data = table_of({numeric("a", {1, 3}), categorical_column("c", {"x", "y"}, {0, 1})});
  auto split = all_rows(data);
  for (const char* steps : {R"([{"step":"one_hot"},{"step":"standardize"}])", R"([{"step":"standardize"}])"}) {
    const auto values = values_of(Preparation::fit(data, Json::parse(steps), split), data);
    MatrixF expected(2, 3);
    expected << -1, 1, 0, 1, 0, 1;
    QVERIFY(values == expected);
  }
}

void TestPrepare::dates() {
  auto day = numeric("d", {10, none, 30});
  day.type = ColumnType::date;
  const auto data = table_of({day});
  auto split = all_rows(data);
  const auto preparation = Preparation::fit(data, step("standardize"), split);
  QCOMPARE(preparation.source_columns()[0].type, ColumnType::date);
  const auto values = values_of(preparation, data);
  // 10, 20 (imputed), 30 have the population deviation sqrt(200 / 3).
  QVERIFY(close(values(0, 0), -std::sqrt(1.5)));
  QCOMPARE(values(1, 0), 0.0f);
  QVERIFY(close(values(2, 0), std::sqrt(1.5)));
}

void TestPrepare::dropDuplicates() {
  const auto data =
      table_of({numeric("a", {1, 1, none, none, 0.0, -0.0, 1}),
                categorical_column("c", {"x", "y"}, {0, 0, -1, -1, 1, 1, 1}), numeric("y", {1, 1, 2, 2, 3, 3, 1})},
               "y");
  Split split{{0, 1, 2, 3, 4, 5}, {}, {6}};
  const auto preparation = Preparation::fit(data, step("drop_duplicates"), split);
  QCOMPARE(split.train, (std::vector<std::int64_t>{0, 2, 4}));
  QCOMPARE(split.test, (std::vector<std::int64_t>{6}));
  QVERIFY(preparation.problems().size() == 1 && preparation.problems()[0].message.find("3 duplicate") == 0);
  // Another target makes another row.
  auto differing = data;
  std::get<DataTable>(differing.content).columns[2].numbers[1] = 9;
  Split other{{0, 1}, {}, {}};
  Preparation::fit(differing, step("drop_duplicates"), other);
  QCOMPARE(other.train.size(), std::size_t{2});
}

void TestPrepare::dropDuplicatePictures() {
  const auto data = pictures();
  auto split = all_rows(data);
  Preparation::fit(data, step("drop_duplicates"), split);
  QCOMPARE(split.train, (std::vector<std::int64_t>{0, 2, 3}));
}

void TestPrepare::textIsLeftOut() {
  Column words;
  words.name = "note";
  words.type = ColumnType::text;
  words.texts = {"p", "q"};
  const auto data = table_of({words, numeric("a", {1, 2})});
  auto split = all_rows(data);
  const auto preparation = Preparation::fit(data, nullptr, split);
  QCOMPARE(preparation.feature_names(), (std::vector<std::string>{"a"}));
  QCOMPARE(preparation.problems().size(), std::size_t{1});
  QCOMPARE(preparation.problems()[0].field, std::string("note"));
}

void TestPrepare::emptyColumnsAreLeftOut() {
  const auto data = table_of({numeric("empty", {none, none, 3}), numeric("a", {1, 2, 3})});
  Split split{{0, 1}, {}, {2}};
  const auto preparation = Preparation::fit(data, step("standardize"), split);
  QCOMPARE(preparation.feature_names(), (std::vector<std::string>{"a"}));
  QCOMPARE(preparation.problems()[0].field, std::string("empty"));
}

void TestPrepare::pixelScaling_data() {
  QTest::addColumn<QString>("steps");
  QTest::addColumn<double>("of_0");
  QTest::addColumn<double>("of_255");
  QTest::newRow("none") << "[]" << 0.0 << 1.0;
  QTest::newRow("scale") << R"([{"step":"scale","range":[-1,1]}])" << -1.0 << 1.0;
  // Training pixels 0, 255, 10, 20, twice: mean 71.25, population deviation 106.352186...
  const double deviation = std::sqrt((71.25 * 71.25 + 183.75 * 183.75 + 61.25 * 61.25 + 51.25 * 51.25) / 4);
  QTest::newRow("standardize") << R"([{"step":"standardize"}])" << -71.25 / deviation << 183.75 / deviation;
}

void TestPrepare::pixelScaling() {
  QFETCH(QString, steps);
  QFETCH(double, of_0);
  QFETCH(double, of_255);
  const auto data = pictures();
  Split split{{0, 1}, {}, {2, 3}};
  const auto preparation = Preparation::fit(data, Json::parse(steps.toStdString()), split);
  const auto values = values_of(preparation, data);
  QVERIFY(close(values(0, 0), of_0) && close(values(0, 1), of_255));
  QCOMPARE(preparation.feature_names(), (std::vector<std::string>{"pixel_0_0", "pixel_0_1", "pixel_1_0", "pixel_1_1"}));
  QVERIFY(preparation.source_columns().empty());
}

void TestPrepare::pixelsAreShared() {
  const auto data = pictures();
  auto split = all_rows(data);
  const auto features = Preparation::fit(data, nullptr, split).transform(data);
  QVERIFY(features.bytes() == data.images()->pixels.data());
}

void TestPrepare::otherDataByName() {
  const auto data = table_of({numeric("a", {1, 2, 3}), categorical_column("c", {"1", "2"}, {0, 1, 1})});
  auto split = all_rows(data);
  const auto preparation = Preparation::fit(data, nullptr, split);
  Column as_text;
  as_text.name = "c";
  as_text.type = ColumnType::text;
  as_text.texts = {"2", "other"};
  MatrixF expected(2, 3);
  expected << 7, 0, 1, 8, 0, 0;
  QVERIFY(values_of(preparation, table_of({as_text, numeric("more", {0, 0}), numeric("a", {7, 8})})) == expected);
  QVERIFY(values_of(preparation, table_of({numeric("c", {2, 5}), numeric("a", {7, 8})})) == expected);
}

void TestPrepare::otherDataIsRefused() {
  const auto data = table_of({numeric("a", {1, 2, 3})});
  auto split = all_rows(data);
  const auto preparation = Preparation::fit(data, nullptr, split);
  const auto message = [&](const Dataset& other) {
    try {
      preparation.transform(other);
    } catch (const DataError& error) {
      return QString(error.what());
    }
    return QString();
  };
  QVERIFY(message(table_of({numeric("b", {1})})).contains("no column 'a'"));
  QVERIFY(message(table_of({categorical_column("a", {"x"}, {0})})).contains("must be numeric"));
  QVERIFY(message(table_of({numeric("a", {1, 2, none, none})})).contains("row 3"));
  QVERIFY(message(pictures()).contains("images"));
  const auto images = pictures();
  auto image_split = all_rows(images);
  const auto for_images = Preparation::fit(images, nullptr, image_split);
  QVERIFY_EXCEPTION_THROWN(for_images.transform(data), DataError);
  auto smaller = images;
  std::get<ImageSet>(smaller.content) = {8, 1, 1, 2, images.images()->pixels};
  QVERIFY_EXCEPTION_THROWN(for_images.transform(smaller), DataError);
}

void TestPrepare::hugeNumbers() {
  const auto data = table_of({numeric("a", {1e300, 2e300, 3e300})});
  auto split = all_rows(data);
  const auto raw = Preparation::fit(data, nullptr, split);
  QVERIFY_EXCEPTION_THROWN(raw.transform(data), DataError);
  const auto scaled = values_of(Preparation::fit(data, step("scale"), split), data);
  QVERIFY(close(scaled(1, 0), 0.5));
  QVERIFY_EXCEPTION_THROWN(Preparation::fit(data, step("standardize"), split), DataError);
}

void TestPrepare::refusals_data() {
  QTest::addColumn<bool>("images");
  QTest::addColumn<QString>("steps");
  QTest::addColumn<QString>("field");
  const auto row = [](const char* title, bool images, const QString& steps, const QString& field) {
    QTest::newRow(title) << images << steps << field;
  };
  row("no list", false, R"({"step":"scale"})", "prepare");
  row("no step", false, R"([{"range":[0,1]}])", "prepare[0].step");
  row("misspelt", false, R"([{"step":"impute"},{"step":"standardise"}])", "prepare[1].step");
  row("unknown field", false, R"([{"step":"standardize","range":[0,1]}])", "prepare[0].range");
  row("one number", false, R"([{"step":"scale","range":[0]}])", "prepare[0].range");
  row("reversed", false, R"([{"step":"scale","range":[1,0]}])", "prepare[0].range");
  row("words", false, R"([{"step":"scale","range":["a","b"]}])", "prepare[0].range[0]");
  row("fill", false, R"([{"step":"impute","numeric":"zero"}])", "prepare[0].numeric");
  row("encoded twice", false, R"([{"step":"one_hot"},{"step":"one_hot"}])", "prepare[1].step");
  row("imputed late", false, R"([{"step":"one_hot"},{"step":"impute"}])", "prepare[1].step");
  row("encoded by two", false, R"([{"step":"ordinal"},{"step":"frequency"}])", "prepare[1].step");
  row("merged late", false, R"([{"step":"frequency"},{"step":"rare_categories"}])", "prepare[1].step");
  row("imputed after ordinal", false, R"([{"step":"ordinal"},{"step":"impute"}])", "prepare[1].step");
  row("quantiles reversed", false, R"([{"step":"clip_outliers","quantile_range":[0.9,0.1]}])",
      "prepare[0].quantile_range");
  row("percents", false, R"([{"step":"clip_outliers","quantile_range":[5,95]}])", "prepare[0].quantile_range[0]");
  row("nameless", false, R"([{"step":"rare_categories","name":""}])", "prepare[0].name");
  row("no such column", false, R"([{"step":"power","columns":["b"]}])", "prepare[0].columns[0]");
  row("column twice", false, R"([{"step":"power","columns":["a","a"]}])", "prepare[0].columns[1]");
  row("number as category", false, R"([{"step":"scale"},{"step":"ordinal","columns":["a"]}])", "prepare[1].columns[0]");
  row("clipped images", true, R"([{"step":"clip_outliers"}])", "prepare[0].step");
  row("negative variance", false, R"([{"step":"select_variance","threshold":-1}])", "prepare[0].threshold");
  row("imputed images", true, R"([{"step":"impute"}])", "prepare[0].step");
  row("encoded images", true, R"([{"step":"one_hot"}])", "prepare[0].step");
  row("scaled twice", true, R"([{"step":"scale"},{"step":"standardize"}])", "prepare[1].step");
}

void TestPrepare::refusals() {
  QFETCH(bool, images);
  QFETCH(QString, steps);
  QFETCH(QString, field);
  const auto data = images ? pictures() : table_of({numeric("a", {1, 2})});
  auto split = all_rows(data);
  try {
    Preparation::fit(data, Json::parse(steps.toStdString()), split);
    QFAIL("was not refused");
  } catch (const ParamError& error) {
    QCOMPARE(QString::fromStdString(error.field()), field);
    QVERIFY(!error.allowed().empty());
  }
}

void TestPrepare::noUsableColumn() {
  Column words;
  words.name = "note";
  words.type = ColumnType::text;
  words.texts = {"p", "q"};
  const auto data = table_of({words, numeric("y", {1, 2})}, "y");
  auto split = all_rows(data);
  try {
    Preparation::fit(data, nullptr, split);
    QFAIL("was not refused");
  } catch (const DataError& error) {
    QVERIFY(QString(error.what()).contains("'note'"));
  }
  Split empty;
  QVERIFY_EXCEPTION_THROWN(Preparation::fit(data, nullptr, empty), DataError);
}

void TestPrepare::stepInfosAreComplete() {
  QCOMPARE(preparation_steps().size(), std::size_t{20});
  for (const auto& info : preparation_steps()) {
    QVERIFY(!info.name.empty() && !info.label.empty() && !info.help.empty());
    for (const auto& spec : info.fields)
      for (const auto& bad : bad_values(spec)) {
        const auto data = table_of({numeric("a", {1, 2})});
        auto split = all_rows(data);
        Json wish{{"step", info.name}};
        wish[spec.name] = bad;
        QVERIFY_EXCEPTION_THROWN(Preparation::fit(data, Json::array({wish}), split), ParamError);
      }
  }
}

void TestPrepare::manyColumnsAreQuickEnough() {
  std::vector<Column> columns;
  for (int i = 0; i < 100000; ++i)
    columns.push_back(numeric(("c" + std::to_string(i)).c_str(), {1.0 * i, 2, i % 3 ? 3 : none}));
  const auto data = table_of(std::move(columns));
  auto split = all_rows(data);
  const auto preparation = Preparation::fit(data, step("standardize"), split);
  QCOMPARE(preparation.transform(data).columns(), std::int64_t{100000});
}

QTEST_APPLESS_MAIN(TestPrepare)
#include "test_prepare.moc"
