#include <QtTest>

#include "core/base/random.hpp"
#include "core/linalg/byte_product.hpp"
#include "core/linalg/least_squares.hpp"
#include "core/linalg/matrix.hpp"
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

class TestMarginProducts : public QObject {
  Q_OBJECT
 private slots:
  void transposedProductsAreAdded() {
    for (const Eigen::Index few : {1, 2, 3, 4, 5, 10, 17})
      for (const Eigen::Index depth : {1, 7, 8, 24, 31, 100})
        for (const Eigen::Index rows : {1, 8, 13}) {
          const MatrixF a = random_matrix(rows, few, 1).cast<float>(), b = random_matrix(rows, depth, 2).cast<float>();
          MatrixF out = random_matrix(few, depth, 3).cast<float>();
          const MatrixF expected = out + a.transpose() * b;
          add_product_of_transposed(a.data(), rows, few, b.data(), depth, out.data());
          QVERIFY((out - expected).cwiseAbs().maxCoeff() < 1e-4f);
        }
  }

  /// The largest bytes there are, so that anything that saturates would show.
  void bytesAreExact() {
    if (!multiplies_bytes()) QSKIP("no VNNI");
    constexpr std::int64_t rows = 5, columns = 37, depth = 1001;
    Random random(4);
    std::vector<std::uint8_t> a(rows * depth);
    std::vector<std::int8_t> b(columns * depth);
    for (auto& value : a) value = static_cast<std::uint8_t>(random.below(4) > 0 ? 255 : random.below(256));
    for (auto& value : b)
      value = static_cast<std::int8_t>(random.below(4) > 0 ? -128 : static_cast<int>(random.below(256)) - 128);
    std::vector<std::int32_t> out(rows * columns);
    multiply_bytes_transposed(a.data(), rows, b.data(), columns, depth, out.data());
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; ++j) {
        std::int64_t sum = 0;
        for (std::int64_t k = 0; k < depth; ++k)
          sum += static_cast<std::int64_t>(a[static_cast<std::size_t>(i * depth + k)]) *
                 b[static_cast<std::size_t>(j * depth + k)];
        QCOMPARE(static_cast<std::int64_t>(out[static_cast<std::size_t>(i * columns + j)]), sum);
      }
  }

  void factorKeepsWhatLeastSquaresNeeds() {
    const MatrixD rows = random_matrix(500, 9, 5);
    TriangularFactor factor(9);
    for (Eigen::Index begin = 0; begin < 500; begin += 70)
      factor.add(rows.middleRows(begin, std::min<Eigen::Index>(70, 500 - begin)));
    const MatrixD expected = rows.transpose() * rows, got = factor.factor().transpose() * factor.factor();
    QVERIFY((expected - got).cwiseAbs().maxCoeff() < 1e-9);
    TriangularFactor few(9);
    few.add(rows.topRows(4));
    QCOMPARE(few.factor().rows(), Eigen::Index{4});
  }

  void leastSquaresOfLeastNorm() {
    MatrixD a = random_matrix(40, 6, 6);
    a.col(4) = a.col(1);
    a.col(5).setZero();
    const Eigen::VectorXd truth = random_matrix(6, 1, 7), b = a * truth;
    Eigen::Index rank = 0;
    const Eigen::VectorXd x = least_squares(a, b, &rank);
    QCOMPARE(rank, Eigen::Index{4});
    QVERIFY((a * x - b).norm() < 1e-10);
    QVERIFY(std::abs(x[1] - x[4]) < 1e-10);
    QVERIFY(std::abs(x[5]) < 1e-12);
    // Columns of very different sizes are not mistaken for dependent ones.
    MatrixD uneven = random_matrix(40, 3, 8);
    uneven.col(0) *= 1e4;
    uneven.col(2) *= 1e-4;
    Eigen::Vector3d weights(1, -2, 3);
    const Eigen::VectorXd found = least_squares(uneven, uneven * weights, &rank);
    QCOMPARE(rank, Eigen::Index{3});
    QVERIFY((found - weights).norm() < 1e-6);
  }
};

QTEST_APPLESS_MAIN(TestMarginProducts)
#include "test_margin_products.moc"
