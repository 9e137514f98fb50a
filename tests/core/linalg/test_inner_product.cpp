#include <QtTest>

#include "core/base/parallel.hpp"
#include "core/base/random.hpp"
#include "core/linalg/byte_product.hpp"
#include "core/linalg/eigen.hpp"
#include "core/linalg/product.hpp"

using namespace gb;

namespace {

MatrixD random_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  Random random(seed);
  MatrixD matrix(rows, columns);
  for (Eigen::Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = random.normal();
  return matrix;
}

}  // namespace

class TestInnerProduct : public QObject {
  Q_OBJECT
 private slots:
  void productsOverRows_data() {
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("columns");
    QTest::newRow("one") << 1 << 1;
    QTest::newRow("narrow") << 300 << 7;
    QTest::newRow("a strip") << 90 << 160;
    QTest::newRow("several strips") << 130 << 401;
    QTest::newRow("no rows") << 0 << 5;
  }
  void productsOverRows() {
    QFETCH(int, rows);
    QFETCH(int, columns);
    const MatrixF a = random_matrix(rows, columns, 1).cast<float>(), b = random_matrix(rows, 13, 2).cast<float>();
    MatrixF product = MatrixF::Constant(columns, 13, 9), own = MatrixF::Constant(columns, columns, 9);
    multiply_inner(a.data(), columns, b.data(), 13, rows, product.data());
    const MatrixF expected = a.transpose() * b;
    QVERIFY((product - expected).cwiseAbs().maxCoeff() < 1e-4f * static_cast<float>(rows + 1));
    multiply_self(a.data(), rows, columns, own.data());
    const MatrixF square = a.transpose() * a;
    for (Eigen::Index i = 0; i < columns; ++i)
      for (Eigen::Index j = 0; j <= i; ++j)
        QVERIFY(std::abs(own(i, j) - square(i, j)) < 1e-4f * static_cast<float>(rows + 1));
  }

  void bytesAreMultipliedExactly() {
    if (!multiplies_bytes()) QSKIP("this processor has no products of bytes");
    constexpr std::int64_t rows = 3000, columns = 333;
    Random random(4);
    std::vector<std::uint8_t> bytes(rows * columns);
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>(random.below(4) ? 255 - random.below(3) : random.below(256));
    std::vector<std::int32_t> product(columns * columns);
    multiply_self(bytes.data(), rows, columns, product.data());
    for (std::int64_t i = 0; i < columns; i += 11)
      for (std::int64_t j = 0; j <= i; j += 7) {
        std::int64_t sum = 0;
        for (std::int64_t row = 0; row < rows; ++row)
          sum += static_cast<std::int64_t>(bytes[static_cast<std::size_t>(row * columns + i)]) *
                 (static_cast<std::int64_t>(bytes[static_cast<std::size_t>(row * columns + j)]) - 128);
        QCOMPARE(static_cast<std::int64_t>(product[static_cast<std::size_t>(i * columns + j)]), sum);
      }
  }

  /// The filtered iteration against the whole decomposition, for spectra of many kinds.
  void largestOfMany_data() {
    QTest::addColumn<double>("decay");
    QTest::addColumn<int>("rank");
    QTest::newRow("steep") << 3.0 << 300;
    QTest::newRow("falling") << 1.0 << 300;
    QTest::newRow("nearly flat") << 0.1 << 300;
    QTest::newRow("flat") << 0.0 << 300;
    QTest::newRow("few ranks") << 1.0 << 12;
    QTest::newRow("zero") << 1.0 << 0;
  }
  void largestOfMany() {
    QFETCH(double, decay);
    QFETCH(int, rank);
    const MatrixD turn = orthonormal(random_matrix(300, 300, 7));
    Eigen::VectorXd spectrum = Eigen::VectorXd::Zero(300);
    for (int i = 0; i < rank; ++i) spectrum[i] = 100 * std::pow(i + 1, -decay);
    const MatrixD matrix = turn * spectrum.asDiagonal() * turn.transpose();
    const SymmetricEigen found = largest_eigen(matrix, 20);
    QCOMPARE(found.values.size(), Eigen::Index{20});
    for (Eigen::Index i = 0; i < 20; ++i) QVERIFY(std::abs(found.values[i] - spectrum[i]) < 1e-7);
    QVERIFY((found.vectors.transpose() * found.vectors - MatrixD::Identity(20, 20)).cwiseAbs().maxCoeff() < 1e-9);
    QVERIFY((matrix * found.vectors - found.vectors * found.values.asDiagonal()).cwiseAbs().maxCoeff() < 1e-6);
  }

  void triangularFactors() {
    const MatrixD root = random_matrix(30, 30, 3), matrix = root * root.transpose() + MatrixD::Identity(30, 30);
    const MatrixD lower = cholesky(matrix);
    QVERIFY((lower * lower.transpose() - matrix).cwiseAbs().maxCoeff() < 1e-10);
    QVERIFY((inverse_of_lower(lower) * lower - MatrixD::Identity(30, 30)).cwiseAbs().maxCoeff() < 1e-10);
    QCOMPARE(cholesky(-matrix).size(), Eigen::Index{0});
  }
};

QTEST_APPLESS_MAIN(TestInnerProduct)
#include "test_inner_product.moc"
