#include <QtTest>
#include <fstream>
#include <numeric>
#include <set>

#include "core/params/param_spec.hpp"
#include "core/train/first_centers.hpp"
#include "core/train/lloyd.hpp"

using namespace gb;

namespace {

const Json& reference() {
  static const Json document = Json::parse(std::ifstream(TEST_SOURCE_DIR "/tests/reference/kmeans.json"));
  return document;
}

MatrixD matrix_of(const Json& rows) {
  MatrixD matrix(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(rows[0].size()));
  for (Eigen::Index i = 0; i < matrix.rows(); ++i)
    for (Eigen::Index j = 0; j < matrix.cols(); ++j)
      matrix(i, j) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)].get<double>();
  return matrix;
}

std::vector<std::int64_t> first_rows(std::int64_t count) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

/// Some clumps of rows in `features` dimensions.
MatrixF clumps(Eigen::Index rows, Eigen::Index features, int clusters, double spread, std::uint64_t seed = 1) {
  Random random(seed);
  MatrixF middles(clusters, features), values(rows, features);
  for (Eigen::Index i = 0; i < middles.size(); ++i) middles.data()[i] = static_cast<float>(random.normal() * 5);
  for (Eigen::Index i = 0; i < rows; ++i)
    for (Eigen::Index j = 0; j < features; ++j)
      values(i, j) = middles(i % clusters, j) + static_cast<float>(random.normal() * spread);
  return values;
}

bool near(double value, double expected, double relative) {
  return std::abs(value - expected) <= relative * std::max(1e-12, std::abs(expected));
}

const auto never = [] { return false; };

}  // namespace

class TestLloyd : public QObject {
  Q_OBJECT
 private slots:
  /// Iteration for iteration what scikit-learn computes from the same first centres.
  void lloydAgainstReference_data() {
    QTest::addColumn<int>("index");
    QTest::addColumn<bool>("accelerated");
    int index = 0;
    for (const auto& entry : reference()["given"]) {
      const auto name = entry["name"].get<std::string>();
      QTest::newRow((name + ", plain").c_str()) << index << false;
      QTest::newRow((name + ", bounded").c_str()) << index++ << true;
    }
  }
  void lloydAgainstReference() {
    QFETCH(int, index);
    QFETCH(bool, accelerated);
    const Json& entry = reference()["given"][static_cast<std::size_t>(index)];
    const Features features(matrix_of(entry["rows"]).cast<float>());
    const auto all = first_rows(features.rows());
    const CenteredRows rows(features, all);
    const auto first = entry["first"].get<std::vector<std::int64_t>>();
    MatrixF centers(static_cast<Eigen::Index>(first.size()), features.columns());
    for (std::size_t i = 0; i < first.size(); ++i)
      rows.load(first[i], centers.row(static_cast<Eigen::Index>(i)).data());

    Lloyd lloyd(rows, centers.rows(), accelerated);
    lloyd.start(centers.cast<double>());
    const double tolerance = entry["tolerance"].get<double>() * rows.mean_variance();
    int iterations = 0;
    for (bool ended = false; !ended;) {
      const auto changed = lloyd.assign(never);
      QVERIFY(changed.has_value());
      const auto movement = lloyd.update();
      ended = *changed == 0 || movement.squared <= tolerance || ++iterations == entry["max_iterations"].get<int>();
      if (*changed == 0)
        ++iterations;
      else if (ended)
        QVERIFY(lloyd.assign(never).has_value());
    }
    const MatrixD expected = matrix_of(entry["centers"]);
    const MatrixD found = rows.to_features(lloyd.centers()).cast<double>();
    QVERIFY((found - expected).cwiseAbs().maxCoeff() < 1e-6 * expected.cwiseAbs().maxCoeff());
    QCOMPARE(lloyd.labels(), entry["labels"].get<std::vector<std::int32_t>>());
    QVERIFY(near(lloyd.inertia() * rows.squared_unit(), entry["inertia"].get<double>(), 1e-5));
    QVERIFY(near(lloyd.exact_inertia(), lloyd.inertia(), 1e-9));
    if (tolerance == 0) QVERIFY(std::abs(iterations - entry["iterations"].get<int>()) <= 1);
  }

  /// An interrupted assignment leaves everything as it was.
  void interruptionIsNotSeen() {
    const Features features(clumps(4000, 3, 5, 4));
    const auto all = first_rows(4000);
    const CenteredRows rows(features, all);
    for (const bool accelerated : {false, true}) {
      Lloyd whole(rows, 7, accelerated), interrupted(rows, 7, accelerated);
      const MatrixD first = random_centers(rows, 7, Random(2));
      whole.start(first);
      interrupted.start(first);
      for (int iteration = 0; iteration < 6; ++iteration) {
        std::atomic<int> asked = 0;
        QVERIFY(!interrupted.assign([&] { return ++asked > (iteration == 0 ? 9 : 1); }).has_value());
        QCOMPARE(interrupted.labels(), whole.labels());
        QCOMPARE(interrupted.sums(), whole.sums());
        QCOMPARE(*interrupted.assign(never), *whole.assign(never));
        interrupted.update();
        whole.update();
        QCOMPARE(interrupted.centers(), whole.centers());
      }
    }
  }

  void emptyClustersAreRefilled() {
    MatrixF values = clumps(60, 2, 2, 0.5);
    const Features features(values);
    const auto all = first_rows(60);
    const CenteredRows rows(features, all);
    MatrixD centers(3, 2);
    centers.setConstant(0);
    centers.row(2).setConstant(1e3);  // nothing is near it
    centers(1, 0) = 1e-3;
    for (const bool accelerated : {false, true}) {
      Lloyd lloyd(rows, 3, accelerated);
      lloyd.start(centers);
      lloyd.assign(never);
      // The row farthest from its centre.
      Eigen::Index farthest = 0;
      double longest = 0;
      for (std::int64_t i = 0; i < 60; ++i) {
        std::vector<float> row(2);
        rows.load(i, row.data());
        const double distance =
            NearestCenters(centers).squared_distance(row.data(), lloyd.labels()[static_cast<std::size_t>(i)]);
        if (distance > longest) {
          longest = distance;
          farthest = i;
        }
      }
      QCOMPARE(lloyd.sizes()[2], 0);
      QCOMPARE(lloyd.update().refilled, 1);
      std::vector<float> row(2);
      rows.load(farthest, row.data());
      QCOMPARE(lloyd.centers()(2, 0), static_cast<double>(row[0]));
      QCOMPARE(std::accumulate(lloyd.sizes().begin(), lloyd.sizes().end(), std::int64_t{0}), 60);
      for (int i = 0; i < 20; ++i) {
        lloyd.assign(never);
        lloyd.update();
      }
      for (const auto size : lloyd.sizes()) QVERIFY(size > 0);
      QVERIFY(near(lloyd.exact_inertia(), lloyd.inertia(), 1e-9));
    }
  }

  void plusPlusSpreadsItsCenters() {
    // Ten tight, far clumps: k-means++ hits each of them; random rows seldom do.
    const Features features(clumps(1000, 8, 10, 0.01));
    const auto all = first_rows(1000);
    const CenteredRows rows(features, all);
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const auto centers = plus_plus_centers(rows, 10, Random(seed), never);
      Lloyd lloyd(rows, 10, true);
      lloyd.start(*centers);
      lloyd.assign(never);
      for (const auto size : lloyd.sizes()) QCOMPARE(size, 100);
    }
    QVERIFY(!plus_plus_centers(rows, 10, Random(0), [] { return true; }).has_value());
    const MatrixD drawn = random_centers(rows, 1000, Random(1));
    std::set<std::vector<double>> different;
    for (Eigen::Index i = 0; i < drawn.rows(); ++i) different.emplace(drawn.row(i).begin(), drawn.row(i).end());
    QCOMPARE(different.size(), std::size_t{1000});
  }
};

QTEST_APPLESS_MAIN(TestLloyd)
#include "test_lloyd.moc"
