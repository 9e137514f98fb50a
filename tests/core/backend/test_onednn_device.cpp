#include <QtTest>
#include <vector>

#include "core/backend/device.hpp"
#include "core/base/parallel.hpp"
#include "core/base/random.hpp"

using namespace gb;

namespace {

std::vector<float> random_values(std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

}  // namespace

class TestOneDnnDevice : public QObject {
  Q_OBJECT
 private slots:
  void agreesWithTheReference_data() {
    QTest::addColumn<int>("m");
    QTest::addColumn<int>("k");
    QTest::addColumn<int>("n");
    QTest::addColumn<int>("transA");
    QTest::addColumn<int>("transB");
    QTest::addColumn<QString>("activation");
    for (const int trans : {0, 1, 2, 3})
      for (const auto& [m, k, n] : {std::tuple{64, 784, 256}, {64, 128, 10}, {1, 7, 3}, {33, 1, 17}, {5, 300, 1}})
        for (const char* activation : {"", "Relu", "LeakyRelu", "Tanh", "Selu"})
          QTest::addRow("%dx%dx%d trans %d %s", m, k, n, trans, activation)
              << m << k << n << trans % 2 << trans / 2 << QString(activation);
  }
  void agreesWithTheReference() {
    QFETCH(int, m);
    QFETCH(int, k);
    QFETCH(int, n);
    QFETCH(int, transA);
    QFETCH(int, transB);
    QFETCH(QString, activation);
    auto a = random_values(m * k, 1);
    auto b = random_values(k * n, 2);
    auto bias = random_values(n, 3);
    std::vector<float> y(static_cast<std::size_t>(m * n)), expected(y.size());
    Operation operation{activation.isEmpty() ? "Gemm" : "FusedGemm",
                        {{"transA", std::int64_t{transA}}, {"transB", std::int64_t{transB}}},
                        {},
                        {}};
    if (!activation.isEmpty()) operation.attributes["activation"] = activation.toStdString();
    operation.inputs = {{a.data(), transA ? Shape{k, m} : Shape{m, k}},
                        {b.data(), transB ? Shape{n, k} : Shape{k, n}},
                        {bias.data(), {n}}};
    operation.outputs = {{expected.data(), {m, n}}};
    make_device(DeviceKind::reference)->kernel(operation)->run();
    operation.outputs = {{y.data(), {m, n}}};
    make_device(DeviceKind::onednn)->kernel(operation)->run();
    for (std::size_t i = 0; i < y.size(); ++i)
      QVERIFY2(std::abs(y[i] - expected[i]) <= 1e-5 * (std::sqrt(k) + std::abs(expected[i])),
               qPrintable(QString("%1: %2 against %3").arg(i).arg(y[i]).arg(expected[i])));
  }

  void unknownOperatorsAreNamed() {
    const auto device = make_device(DeviceKind::onednn);
    try {
      device->kernel({"Frobnicate", {}, {}, {}});
      QFAIL("accepted");
    } catch (const GraphError& error) {
      QVERIFY(QString(error.what()).contains("Frobnicate"));
    }
  }
};

QTEST_APPLESS_MAIN(TestOneDnnDevice)
#include "test_onednn_device.moc"
