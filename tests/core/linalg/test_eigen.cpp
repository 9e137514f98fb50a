#include <QtTest>

#include "core/base/random.hpp"
#include "core/linalg/eigen.hpp"

using namespace gb;

class TestEigen : public QObject {
  Q_OBJECT
 private slots:
  void knownMatrix() {
    MatrixD matrix(2, 2);
    matrix << 2, 1, 1, 2;
    const auto eigen = symmetric_eigen(matrix);
    QVERIFY(std::abs(eigen.values[0] - 3) < 1e-12);
    QVERIFY(std::abs(eigen.values[1] - 1) < 1e-12);
    QVERIFY(std::abs(eigen.vectors(0, 0) - std::sqrt(0.5)) < 1e-12);
    QVERIFY(std::abs(eigen.vectors(1, 0) - std::sqrt(0.5)) < 1e-12);
  }

  void sizes_data() {
    QTest::addColumn<int>("size");
    for (const int size : {1, 2, 7, 40}) QTest::newRow(std::to_string(size).c_str()) << size;
  }
  void sizes() {
    QFETCH(int, size);
    Random random(static_cast<std::uint64_t>(size));
    MatrixD half(size, size);
    for (Eigen::Index i = 0; i < half.size(); ++i) half.data()[i] = random.normal();
    const MatrixD matrix = half + half.transpose();
    const auto eigen = symmetric_eigen(matrix);
    const MatrixD rebuilt = eigen.vectors * eigen.values.asDiagonal() * eigen.vectors.transpose();
    QVERIFY((rebuilt - matrix).cwiseAbs().maxCoeff() < 1e-10);
    QVERIFY((eigen.vectors.transpose() * eigen.vectors - MatrixD::Identity(size, size)).cwiseAbs().maxCoeff() < 1e-12);
    for (int i = 1; i < size; ++i) QVERIFY(eigen.values[i - 1] >= eigen.values[i]);
    for (int i = 0; i < size; ++i)
      QCOMPARE(eigen.vectors.col(i).maxCoeff(), eigen.vectors.col(i).cwiseAbs().maxCoeff());
  }

  void emptyMatrix() { QCOMPARE(symmetric_eigen(MatrixD(0, 0)).values.size(), 0); }
};

QTEST_APPLESS_MAIN(TestEigen)
#include "test_eigen.moc"
