#include <QtTest>

#include "core/base/random.hpp"
#include "core/linalg/eigen.hpp"
#include "core/linalg/principal_axes.hpp"

using namespace gb;

namespace {

/// Rows with falling variances along random directions, away from the origin.
MatrixF cloud(Eigen::Index rows, Eigen::Index features, double decay) {
  Random random(11);
  MatrixD mixed(features, features);
  for (Eigen::Index i = 0; i < mixed.size(); ++i) mixed.data()[i] = random.normal();
  MatrixD values(rows, features);
  for (Eigen::Index i = 0; i < rows; ++i)
    for (Eigen::Index j = 0; j < features; ++j)
      values(i, j) = random.normal() * std::pow(decay, static_cast<double>(j));
  return (values * mixed).array().cast<float>() + 3.0f;
}

}  // namespace

class TestPrincipalAxes : public QObject {
  Q_OBJECT
 private slots:
  /// Both ways of computing (few features: the covariance itself; many: iteration) against the definition in double.
  void agreesWithCovariance_data() {
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("features");
    QTest::addColumn<double>("decay");
    QTest::newRow("3 features") << 500 << 3 << 0.8;
    QTest::newRow("40 features") << 2000 << 40 << 0.9;
    QTest::newRow("300 features") << 1500 << 300 << 0.8;
    QTest::newRow("300 features, slow decay") << 1500 << 300 << 0.97;
    QTest::newRow("more features than rows") << 30 << 200 << 0.8;
  }
  void agreesWithCovariance() {
    QFETCH(int, rows);
    QFETCH(int, features);
    QFETCH(double, decay);
    const MatrixF data = cloud(rows, features, decay);
    const auto principal = principal_axes(data, 2);
    MatrixD centered = data.cast<double>();
    const Eigen::RowVectorXd mean = centered.colwise().mean();
    centered.rowwise() -= mean;
    const MatrixD covariance = centered.transpose() * centered / rows;
    const auto exact = symmetric_eigen(covariance);
    QVERIFY((principal.mean - mean).cwiseAbs().maxCoeff() < 1e-5);
    QVERIFY(std::abs(principal.total_variance / covariance.trace() - 1) < 1e-5);
    for (Eigen::Index i = 0; i < 2; ++i) {
      QVERIFY(std::abs(principal.variances[i] / exact.values[i] - 1) < 1e-4);
      QVERIFY((principal.axes.row(i).transpose() - exact.vectors.col(i)).cwiseAbs().maxCoeff() < 2e-3);
    }
    QVERIFY(std::abs(principal.axes.row(0).dot(principal.axes.row(1))) < 1e-9);
    QVERIFY(principal_axes(data, 2).axes == principal.axes);
  }

  void degenerateData() {
    const auto constant = principal_axes(MatrixF::Constant(10, 5, 2.0f), 2);
    QVERIFY(constant.axes.isZero());
    QCOMPARE(constant.mean[4], 2.0);
    MatrixF line(50, 200);
    for (Eigen::Index i = 0; i < line.rows(); ++i) line.row(i).setConstant(static_cast<float>(i));
    const auto principal = principal_axes(line, 2);
    QVERIFY(std::abs(principal.axes(0, 0) - 1 / std::sqrt(200.0)) < 1e-6);
    QVERIFY(principal.variances[1] < 1e-4 * principal.variances[0]);
    QVERIFY(principal_axes(MatrixF::Ones(1, 3), 2).axes.isZero());
    QVERIFY(principal.axes.allFinite());
  }
};

QTEST_APPLESS_MAIN(TestPrincipalAxes)
#include "test_principal_axes.moc"
