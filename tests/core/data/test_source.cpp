#include "core/data/source.hpp"

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/data/prepare.hpp"
#include "core/data/problem_set.hpp"
#include "core/data/split.hpp"

using namespace gb;

namespace {

Dataset load(const Json& data, std::uint64_t seed = 1) {
  return load_dataset(data, ".", seed);
}

double sum_of_features(const Dataset& dataset) {
  double sum = 0;
  for (const auto& column : dataset.table()->columns)
    if (column.name != dataset.target) sum += std::accumulate(column.numbers.begin(), column.numbers.end(), 0.0);
  return sum;
}

/// Lloyd's algorithm from the given rows as centres, in double precision; returns the inertia.
double lloyd(const MatrixF& rows, const std::vector<Eigen::Index>& start) {
  MatrixD points = rows.cast<double>();
  MatrixD centers(static_cast<Eigen::Index>(start.size()), points.cols());
  for (std::size_t c = 0; c < start.size(); ++c) centers.row(static_cast<Eigen::Index>(c)) = points.row(start[c]);
  double inertia = 0;
  for (int iteration = 0; iteration < 100; ++iteration) {
    MatrixD sums = MatrixD::Zero(centers.rows(), centers.cols());
    Eigen::VectorXd counts = Eigen::VectorXd::Zero(centers.rows());
    inertia = 0;
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
      Eigen::Index nearest = 0;
      inertia += (centers.rowwise() - points.row(i)).rowwise().squaredNorm().minCoeff(&nearest);
      sums.row(nearest) += points.row(i);
      counts[nearest] += 1;
    }
    for (Eigen::Index c = 0; c < centers.rows(); ++c) centers.row(c) = sums.row(c) / counts[c];
  }
  return inertia;
}

}  // namespace

class TestSource : public QObject {
  Q_OBJECT
 private slots:
  void bundledTables_data();
  void bundledTables();
  void standardizedIrisGivesTheKnownInertia();
  void digits();
  void everyNamedDatasetLoads();
  void syntheticShapes_data();
  void syntheticShapes();
  void syntheticSeeds();
  void moonsLieOnTheirArcs();
  void swissRollIsARegression();
  void refusedSources_data();
  void refusedSources();
  void badFieldsAreRefused();
  void defaultsAreFilledIn();
  void guessesIdxCompanions();
  void guessesTargets_data();
  void guessesTargets();
};

void TestSource::bundledTables_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<int>("rows");
  QTest::addColumn<int>("features");
  QTest::addColumn<double>("sum");  // of X in scikit-learn 1.9.1
  QTest::addColumn<QString>("target");
  QTest::addColumn<QStringList>("classes");
  QTest::addColumn<QList<int>>("counts");
  QTest::newRow("iris") << "iris" << 150 << 4 << 2078.7 << "species" << QStringList{"setosa", "versicolor", "virginica"}
                        << QList<int>{50, 50, 50};
  QTest::newRow("wine") << "wine" << 178 << 13 << 159975.295999 << "class"
                        << QStringList{"class_0", "class_1", "class_2"} << QList<int>{59, 71, 48};
  QTest::newRow("breast_cancer") << "breast_cancer" << 569 << 30 << 1056474.4596356 << "diagnosis"
                                 << QStringList{"benign", "malignant"} << QList<int>{357, 212};
}

void TestSource::bundledTables() {
  QFETCH(QString, name);
  const auto dataset = load({{"source", "bundled"}, {"name", name.toStdString()}});
  QFETCH(int, rows);
  QFETCH(int, features);
  QFETCH(double, sum);
  QFETCH(QString, target);
  QFETCH(QStringList, classes);
  QFETCH(QList<int>, counts);
  QCOMPARE(dataset.name, name.toStdString());
  QCOMPARE(static_cast<int>(dataset.rows()), rows);
  QCOMPARE(static_cast<int>(dataset.table()->columns.size()), features + 1);
  QVERIFY2(std::abs(sum_of_features(dataset) - sum) < 1e-6,
           qPrintable(QString::number(sum_of_features(dataset), 'g', 17)));
  QCOMPARE(dataset.target, target.toStdString());
  QVERIFY(dataset.parts.empty());
  QVERIFY(dataset.report.problems.empty());
  QCOMPARE(dataset.fingerprint.size(), std::size_t{64});
  const auto known = make_target(dataset);
  QCOMPARE(known.task, Task::classification);
  QCOMPARE(static_cast<int>(known.classes.size()), static_cast<int>(classes.size()));
  for (int c = 0; c < classes.size(); ++c) {
    QCOMPARE(QString::fromStdString(known.classes[static_cast<std::size_t>(c)]), classes[c]);
    QCOMPARE(static_cast<int>(std::count(known.codes.begin(), known.codes.end(), c)), counts[c]);
  }
}

void TestSource::standardizedIrisGivesTheKnownInertia() {
  const auto iris = load({{"source", "bundled"}, {"name", "iris"}});
  auto split = make_split(iris, nullptr, false, 1);
  QCOMPARE(split.train.size(), std::size_t{150});
  const auto preparation = Preparation::fit(iris, Json::array({Json{{"step", "standardize"}}}), split);
  const auto problem = make_problem(iris, preparation, split);
  // scikit-learn: KMeans(3, n_init=10) on StandardScaler().fit_transform(X).
  QVERIFY(std::abs(lloyd(*problem.features.matrix(), {0, 51, 101}) - 139.82049635974974) < 1e-3);
}

void TestSource::digits() {
  const auto dataset = load({{"source", "bundled"}, {"name", "mnist-10k"}});
  const auto& set = *dataset.images();
  QCOMPARE(set.count, std::size_t{10000});
  QCOMPARE(set.height, std::size_t{28});
  QCOMPARE(set.width, std::size_t{28});
  QCOMPARE(set.channels, std::size_t{1});
  QVERIFY(dataset.parts.empty());
  QCOMPARE(dataset.target, std::string("digit"));
  QCOMPARE(dataset.labels.cell(0), std::string("7"));
  QCOMPARE(dataset.labels.cell(9999), std::string("6"));
  const auto target = make_target(dataset);
  QVERIFY(target.integer_classes);
  QCOMPARE(target.classes, (std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
  QCOMPARE(std::count(target.codes.begin(), target.codes.end(), 1), std::ptrdiff_t{1135});
}

void TestSource::everyNamedDatasetLoads() {
  QVERIFY(named_datasets().size() >= 9);
  for (const auto& named : named_datasets()) {
    const auto dataset = load({{"source", named.source}, {"name", named.name}});
    QCOMPARE(dataset.rows(), named.rows);
    QVERIFY(dataset.target_column());
    auto split = make_split(dataset, nullptr, true, 3);
    const auto preparation = Preparation::fit(dataset, nullptr, split);
    const auto problem = make_problem(dataset, preparation, split);
    QVERIFY(problem.target.has_value());
    QCOMPARE(static_cast<std::size_t>(problem.features.columns()), problem.feature_names.size());
    QCOMPARE(problem.is_images(), named.name == "mnist-10k");
  }
}

void TestSource::syntheticShapes_data() {
  QTest::addColumn<QString>("json");
  QTest::addColumn<int>("columns");
  QTest::addColumn<int>("classes");  // 0: regression
  QTest::newRow("blobs") << R"({"name":"blobs","rows":123,"centers":5,"features":7})" << 8 << 5;
  QTest::newRow("moons") << R"({"name":"two_moons","rows":123})" << 3 << 2;
  QTest::newRow("circles") << R"({"name":"circles","rows":123,"noise":0})" << 3 << 2;
  QTest::newRow("spirals") << R"({"name":"spirals","rows":123,"arms":3})" << 3 << 3;
  QTest::newRow("roll") << R"({"name":"swiss_roll","rows":123})" << 4 << 0;
}

void TestSource::syntheticShapes() {
  QFETCH(QString, json);
  QFETCH(int, columns);
  QFETCH(int, classes);
  Json data = Json::parse(json.toStdString());
  data["source"] = "synthetic";
  const auto dataset = load(data);
  QCOMPARE(dataset.rows(), std::size_t{123});
  QCOMPARE(static_cast<int>(dataset.table()->columns.size()), columns);
  for (const auto& column : dataset.table()->columns) QCOMPARE(column.size(), std::size_t{123});
  const auto target = make_target(dataset);
  QCOMPARE(static_cast<int>(target.classes.size()), classes);
}

void TestSource::syntheticSeeds() {
  const Json free{{"source", "synthetic"}, {"name", "blobs"}};
  Json fixed = free;
  fixed["seed"] = 5;
  QCOMPARE(load(free, 1).fingerprint, load(free, 1).fingerprint);
  QVERIFY(load(free, 1).fingerprint != load(free, 2).fingerprint);
  QCOMPARE(load(fixed, 1).fingerprint, load(fixed, 2).fingerprint);
  QCOMPARE(load(fixed, 1).fingerprint, load(free, 5).fingerprint);
}

void TestSource::moonsLieOnTheirArcs() {
  const auto moons = load({{"source", "synthetic"}, {"name", "two_moons"}, {"noise", 0}, {"rows", 500}});
  const auto& columns = moons.table()->columns;
  for (std::size_t row = 0; row < 500; ++row) {
    const bool lower = columns[2].codes[row] == 1;
    const double x = columns[0].numbers[row] - (lower ? 1 : 0);
    const double y = columns[1].numbers[row] - (lower ? 0.5 : 0);
    QVERIFY(std::abs(std::hypot(x, y) - 1) < 1e-12);
    QVERIFY(lower ? y <= 1e-12 : y >= -1e-12);
  }
}

void TestSource::swissRollIsARegression() {
  const auto roll = load({{"source", "synthetic"}, {"name", "swiss_roll"}, {"noise", 0}});
  const auto target = make_target(roll);
  QCOMPARE(target.task, Task::regression);
  const auto& columns = roll.table()->columns;
  for (std::size_t row = 0; row < roll.rows(); ++row)
    QVERIFY(std::abs(std::hypot(columns[0].numbers[row], columns[2].numbers[row]) - columns[3].numbers[row]) < 1e-9);
}

void TestSource::refusedSources_data() {
  QTest::addColumn<QString>("json");
  QTest::addColumn<QString>("field");
  QTest::addColumn<QString>("says");
  QTest::newRow("no object") << "[]"
                             << "data"
                             << "object";
  QTest::newRow("no source") << "{}"
                             << "data.source"
                             << "source";
  QTest::newRow("misspelt") << R"({"source":"bundle"})"
                            << "data.source"
                            << "bundled";
  QTest::newRow("no name") << R"({"source":"bundled"})"
                           << "data.name"
                           << "missing";
  QTest::newRow("unknown set") << R"({"source":"bundled","name":"irises"})"
                               << "data.name"
                               << "irises";
  QTest::newRow("unknown field") << R"({"source":"bundled","name":"iris","rows":3})"
                                 << "data.rows"
                                 << "rows";
  QTest::newRow("generator's field") << R"({"source":"synthetic","name":"circles","arms":3})"
                                     << "data.arms"
                                     << "arms";
  QTest::newRow("range") << R"({"source":"synthetic","name":"blobs","rows":0})"
                         << "data.rows"
                         << "from 1";
  QTest::newRow("no path") << R"({"source":"table"})"
                           << "data.path"
                           << "path";
  QTest::newRow("type") << R"({"source":"table","path":"a.csv","types":{"x":"number"}})"
                        << "data.types.x"
                        << "number";
  QTest::newRow("delimiter") << R"({"source":"table","path":"a.csv","delimiter":"ab"})"
                             << "data.delimiter"
                             << "one";
  QTest::newRow("encoding") << R"({"source":"table","path":"a.csv","encoding":"klingon"})"
                            << "data.encoding"
                            << "klingon";
  QTest::newRow("sneaky encoding") << R"({"source":"table","path":"a.csv","encoding":"utf-8//IGNORE"})"
                                   << "data.encoding"
                                   << "IGNORE";
  QTest::newRow("same quote") << R"({"source":"table","path":"a.csv","quote":";","delimiter":";"})"
                              << "data.quote"
                              << "delimiter";
  QTest::newRow("no images") << R"({"source":"idx"})"
                             << "data.images"
                             << "images";
  QTest::newRow("half test") << R"({"source":"idx","images":"a","labels":"b","test_images":"c"})"
                             << "data.test_labels"
                             << "labels";
}

void TestSource::refusedSources() {
  QFETCH(QString, json);
  QFETCH(QString, field);
  QFETCH(QString, says);
  try {
    validated_source(Json::parse(json.toStdString()));
  } catch (const ParamError& error) {
    QCOMPARE(QString::fromStdString(error.field()), field);
    QVERIFY2(QString(error.what()).contains(says), error.what());
    QVERIFY(!error.allowed().empty());
    return;
  }
  QFAIL("was not refused");
}

void TestSource::badFieldsAreRefused() {
  const auto refuses = [](const Json& base, std::span<const ParamSpec> specs) {
    for (const auto& spec : specs)
      for (const auto& bad : bad_values(spec)) {
        Json data = base;
        data[spec.name] = bad;
        try {
          validated_source(data);
          QFAIL(qPrintable(QString::fromStdString(data.dump())));
        } catch (const ParamError& error) {
          QVERIFY2(QString::fromStdString(error.field()).startsWith("data." + QString::fromStdString(spec.name)),
                   error.field().c_str());
        }
      }
  };
  for (const auto& named : named_datasets())
    if (named.source == "synthetic")
      refuses({{"source", "synthetic"}, {"name", named.name}}, synthetic_fields(named.name));
  refuses({{"source", "table"}, {"path", "x.csv"}}, find_source("table")->fields);
  refuses({{"source", "idx"}, {"images", "x"}}, find_source("idx")->fields);
  refuses({{"source", "image_folder"}, {"path", "x"}}, find_source("image_folder")->fields);
  refuses({{"source", "cifar"}, {"path", "x"}}, find_source("cifar")->fields);
}

void TestSource::defaultsAreFilledIn() {
  const auto complete = validated_source({{"source", "synthetic"}, {"name", "spirals"}});
  QCOMPARE(complete["arms"], Json(2));
  QVERIFY(complete["seed"].is_null());
  QCOMPARE(validated_source(complete), complete);
  const auto table = validated_source({{"source", "table"}, {"path", "x.csv"}});
  QCOMPARE(validated_source(table), table);
}

void TestSource::guessesIdxCompanions() {
  const std::string folder = TEST_SOURCE_DIR "/resources/datasets/mnist-10k";
  const auto data = guess_source(folder);
  QCOMPARE(data["source"], Json("idx"));
  QCOMPARE(data["images"], Json(folder + "/t10k-images-idx3-ubyte.gz"));
  QCOMPARE(data["labels"], Json(folder + "/t10k-labels-idx1-ubyte.gz"));
  QVERIFY(!data.contains("test_images"));
  validated_source(data);
}

void TestSource::guessesTargets_data() {
  QTest::addColumn<QString>("header");
  QTest::addColumn<QString>("target");
  QTest::newRow("named first") << "Class,a,b"
                               << "Class";
  QTest::newRow("last") << "a,b,c"
                        << "c";
  QTest::newRow("y") << "x,y,z"
                     << "y";
}

void TestSource::guessesTargets() {
  QFETCH(QString, header);
  QFETCH(QString, target);
  QTemporaryDir folder;
  QFile file(folder.filePath("table.data"));
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write(header.toUtf8() + "\n1,2,3\n4,5,6\n");
  file.close();
  const auto data = guess_source(file.fileName().toStdString());
  QCOMPARE(data["source"], Json("table"));
  QCOMPARE(data["target"], Json(target.toStdString()));
}

QTEST_APPLESS_MAIN(TestSource)
#include "test_source.moc"
