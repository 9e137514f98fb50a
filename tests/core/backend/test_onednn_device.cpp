#include <QtTest>
#include <functional>
#include <map>
#include <vector>

#include "core/backend/device.hpp"
#include "core/base/parallel.hpp"
#include "core/base/random.hpp"
#include "core/graph/executable.hpp"
#include "core/graph/network.hpp"
#include "core/graph/passes.hpp"

using namespace gb;

namespace {

std::vector<float> random_values(std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

using Integers = std::vector<std::int64_t>;

/// A graph on pictures that ends in a loss; its gradients are compared between devices.
struct Pictured {
  Graph graph;
  ValueId x = -1, loss = -1, y = -1;

  ValueId parameter(const char* name, Shape shape) { return graph.parameter(name, std::move(shape)); }
  Pictured& ends(ValueId output) {
    y = output;
    const ValueId target = graph.input("target", graph.value(y).shape);
    loss = graph.add("MeanSquaredError", {y, target});
    return *this;
  }
};

Pictured pictured(const Shape& x) {
  Pictured made;
  made.x = made.graph.input("x", x);
  return made;
}

Pictured convolution(const Shape& x, const Shape& w, const Attributes& attributes, const char* activation = nullptr,
                     const char* op = "Conv") {
  Pictured made = pictured(x);
  const std::int64_t filters = std::string(op) == "Conv" ? w[0] : w[1] * integer_attribute(attributes, "group", 1);
  // A layer before it, so that a gradient for the pictures is wanted too.
  ValueId value = made.graph.add("Add", {made.x, made.parameter("before", {x[1], x[2], x[3]})});
  value = made.graph.add(op, {value, made.parameter("w", w), made.parameter("b", {filters})}, attributes);
  if (activation) value = made.graph.add(activation, {value});
  return made.ends(value);
}

Pictured pooled(const char* op, const Attributes& attributes) {
  Pictured made = pictured({any_batch, 5, 9, 8});
  ValueId value = made.graph.add("Conv", {made.x, made.parameter("w", {6, 5, 1, 1})});
  return made.ends(made.graph.add(op, {value}, attributes));
}

Pictured normalized(const char* activation, const Attributes& attributes = {}) {
  Pictured made = pictured({any_batch, 3, 6, 7});
  ValueId value = made.graph.add("Conv", {made.x, made.parameter("w", {8, 3, 3, 3})});
  value = made.graph.add("BatchNormalization",
                         {value, made.parameter("scale", {8}), made.parameter("bias", {8}),
                          made.graph.state("mean", {8}), made.graph.state("variance", {8}, {Initializer::ones, 1, 1})},
                         {{"training_mode", std::int64_t{1}}});
  if (activation) value = made.graph.add(activation, {value}, attributes);
  return made.ends(value);
}

/// Rows of numbers instead of pictures: more of them than numbers in each, or fewer.
Pictured normalized_rows(std::int64_t units, const char* activation) {
  Pictured made;
  made.x = made.graph.input("x", {any_batch, 7});
  ValueId value = made.graph.add("Gemm", {made.x, made.parameter("w", {7, units})});
  value = made.graph.add(
      "BatchNormalization",
      {value, made.parameter("scale", {units}), made.parameter("bias", {units}), made.graph.state("mean", {units}),
       made.graph.state("variance", {units}, {Initializer::ones, 1, 1})},
      {{"training_mode", std::int64_t{1}}});
  if (activation) value = made.graph.add(activation, {value});
  return made.ends(value);
}

/// Everything at once: two branches, their sum, channels side by side, a mean and a dense layer.
Pictured branched() {
  Pictured made = pictured({any_batch, 3, 8, 8});
  const Attributes same{{"pads", Integers{1, 1, 1, 1}}};
  const ValueId a =
      made.graph.add("Relu", {made.graph.add("Conv", {made.x, made.parameter("w1", {4, 3, 3, 3})}, same)});
  const ValueId b = made.graph.add("Tanh", {made.graph.add("Conv", {a, made.parameter("w2", {4, 4, 3, 3})}, same)});
  const ValueId sum = made.graph.add("Add", {a, b});
  const ValueId wide = made.graph.add("Concat", {sum, made.graph.add("Mul", {a, b})});
  const ValueId pool =
      made.graph.add("MaxPool", {wide}, {{"kernel_shape", Integers{2, 2}}, {"strides", Integers{2, 2}}});
  const ValueId flat = made.graph.add("Flatten", {pool});
  const ValueId mean = made.graph.add("Flatten", {made.graph.add("GlobalAveragePool", {pool})});
  const ValueId both = made.graph.add("Concat", {flat, mean});
  return made.ends(made.graph.add("Gemm", {both, made.parameter("w3", {8 * 16 + 8, 5})}));
}

const std::map<std::string, std::function<Pictured()>>& picture_cases() {
  static const std::map<std::string, std::function<Pictured()>> cases{
      {"Conv",
       [] {
         return convolution({any_batch, 3, 9, 8}, {16, 3, 3, 3}, {});
       }},
      {"Conv of one channel",
       [] {
         return convolution({any_batch, 1, 28, 28}, {32, 1, 3, 3}, {}, "Relu");
       }},
      {"Conv strides pads",
       [] {
         return convolution({any_batch, 4, 9, 8}, {6, 4, 3, 2},
                            {{"strides", Integers{2, 2}}, {"pads", Integers{1, 0, 2, 1}}}, "Sigmoid");
       }},
      {"Conv dilations",
       [] {
         return convolution({any_batch, 4, 9, 9}, {8, 4, 3, 3}, {{"dilations", Integers{2, 2}}}, "LeakyRelu");
       }},
      {"Conv groups",
       [] {
         return convolution({any_batch, 8, 7, 7}, {16, 4, 3, 3}, {{"group", std::int64_t{2}}});
       }},
      {"Conv depthwise",
       [] {
         return convolution({any_batch, 6, 7, 7}, {6, 1, 3, 3},
                            {{"group", std::int64_t{6}}, {"pads", Integers{1, 1, 1, 1}}}, "Relu");
       }},
      {"Conv of one pixel with strides",
       [] {
         return convolution({any_batch, 6, 12, 12}, {5, 6, 1, 1}, {{"strides", Integers{2, 2}}});
       }},
      {"ConvTranspose",
       [] {
         return convolution(
             {any_batch, 4, 5, 6}, {4, 3, 3, 3},
             {{"strides", Integers{2, 2}}, {"pads", Integers{1, 1, 1, 1}}, {"output_padding", Integers{1, 1}}}, nullptr,
             "ConvTranspose");
       }},
      {"ConvTranspose to few channels",
       [] {
         return convolution({any_batch, 16, 5, 6}, {16, 3, 4, 4},
                            {{"strides", Integers{2, 2}}, {"pads", Integers{1, 1, 1, 1}}}, nullptr, "ConvTranspose");
       }},
      {"ConvTranspose to one channel",
       [] {
         return convolution(
             {any_batch, 20, 4, 3}, {20, 1, 3, 2},
             {{"strides", Integers{2, 3}}, {"pads", Integers{0, 1, 1, 0}}, {"output_padding", Integers{1, 2}}}, nullptr,
             "ConvTranspose");
       }},
      {"Conv of few channels with strides",
       [] {
         return convolution({any_batch, 3, 9, 8}, {16, 3, 4, 4},
                            {{"strides", Integers{2, 2}}, {"pads", Integers{1, 1, 1, 1}}}, "LeakyRelu");
       }},
      {"ConvTranspose groups",
       [] {
         return convolution({any_batch, 4, 4, 4}, {4, 3, 2, 2}, {{"group", std::int64_t{2}}}, nullptr, "ConvTranspose");
       }},
      {"MaxPool",
       [] {
         return pooled("MaxPool",
                       {{"kernel_shape", Integers{3, 2}}, {"strides", Integers{2, 2}}, {"pads", Integers{1, 0, 1, 1}}});
       }},
      {"AveragePool",
       [] {
         return pooled("AveragePool",
                       {{"kernel_shape", Integers{3, 3}}, {"strides", Integers{2, 2}}, {"pads", Integers{1, 1, 1, 1}}});
       }},
      {"AveragePool side by side",
       [] {
         return pooled("AveragePool", {{"kernel_shape", Integers{3, 2}}, {"strides", Integers{3, 2}}});
       }},
      {"AveragePool with padding counted",
       [] {
         return pooled("AveragePool", {{"kernel_shape", Integers{3, 3}},
                                       {"pads", Integers{1, 1, 1, 1}},
                                       {"count_include_pad", std::int64_t{1}}});
       }},
      {"GlobalAveragePool", [] { return pooled("GlobalAveragePool", {}); }},
      {"BatchNormalization", [] { return normalized(nullptr); }},
      {"BatchNormalization Relu", [] { return normalized("Relu"); }},
      {"BatchNormalization LeakyRelu", [] { return normalized("LeakyRelu"); }},
      {"BatchNormalization Tanh", [] { return normalized("Tanh"); }},
      {"BatchNormalization of rows", [] { return normalized_rows(5, nullptr); }},
      {"BatchNormalization of long rows", [] { return normalized_rows(700, "LeakyRelu"); }},
      {"branches", [] { return branched(); }},
  };
  return cases;
}

/// Output, loss, gradients and kept values after one step.
std::map<std::string, std::vector<float>> after_a_step(const Pictured& given, DeviceKind kind, bool fused = true) {
  Pictured made = given;
  const auto weights = made.graph.parameters();
  const auto gradients = differentiate(made.graph, made.loss, weights);
  std::vector<ValueId> outputs = gradients;
  outputs.insert(outputs.end(), {made.loss, made.y});
  if (fused) fuse_activations(made.graph, outputs);
  Storage kept(made.graph, made.graph.kept());
  Random random(4);
  for (const ValueId id : made.graph.kept())
    for (std::int64_t i = 0; i < volume(made.graph.value(id).shape); ++i)
      static_cast<float*>(kept.data(id))[i] =
          made.graph.value(id).name == "variance" ? 1.0F : 0.5F * static_cast<float>(random.normal());
  const auto device = make_device(kind);
  Executable executable(made.graph, *device, 6, outputs, bindings(made.graph, kept));
  for (const ValueId id : made.graph.of_kind(Value::Kind::input))
    for (float& value : executable.value<float>(id)) value = static_cast<float>(random.normal());
  executable.run();
  std::map<std::string, std::vector<float>> result;
  const auto keep = [&](const std::string& name, std::span<const float> values) {
    result[name].assign(values.begin(), values.end());
  };
  for (std::size_t i = 0; i < weights.size(); ++i)
    keep("gradient of " + made.graph.value(weights[i]).name, executable.value<float>(gradients[i]));
  keep("output", executable.value<float>(made.y));
  keep("loss", executable.value<float>(made.loss));
  for (const ValueId id : made.graph.of_kind(Value::Kind::state))
    keep(made.graph.value(id).name,
         {static_cast<const float*>(kept.data(id)), static_cast<std::size_t>(volume(made.graph.value(id).shape))});
  return result;
}

/// Largest difference relative to the largest number.
double difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0, scale = 1e-3;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    scale = std::max(scale, std::abs(static_cast<double>(b[i])));
  }
  return a.size() == b.size() ? largest / scale : HUGE_VAL;
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

  void lossesAgreeWithTheReference_data() {
    QTest::addColumn<QString>("op");
    QTest::addColumn<int>("count");
    for (const char* op : {"MeanSquaredError", "BinaryCrossEntropyLoss"})
      for (const int count : {1, 7, 256, 40001}) QTest::addRow("%s of %d", op, count) << op << count;
  }
  void lossesAgreeWithTheReference() {
    QFETCH(QString, op);
    QFETCH(int, count);
    auto x = random_values(count, 1), target = random_values(count, 2);
    Random random(3);
    for (float& value : x) value *= 8;  // also where an exponential is nothing
    for (float& value : target) value = static_cast<float>(random.uniform(0, 1));
    if (count > 2) x[0] = 200, x[1] = -200;
    const auto both = [&](DeviceKind kind) {
      std::vector<float> result(static_cast<std::size_t>(count) + 1);
      Operation operation{op.toStdString(), {}, {{x.data(), {1, count}}, {target.data(), {1, count}}}, {}};
      const auto device = make_device(kind);
      operation.outputs = {{result.data(), {1}}};
      device->kernel(operation)->run();
      operation.op += "Grad";
      operation.outputs = {{result.data() + 1, {1, count}}};
      device->kernel(operation)->run();
      return result;
    };
    const auto expected = both(DeviceKind::reference), got = both(DeviceKind::onednn);
    QVERIFY(std::abs(got[0] - expected[0]) <= 1e-5F * expected[0]);
    for (std::size_t i = 1; i < got.size(); ++i)
      QVERIFY2(std::abs(got[i] - expected[i]) <= 1e-5F * std::max(1 / static_cast<float>(count), std::abs(expected[i])),
               qPrintable(QString("%1: %2 against %3").arg(i).arg(got[i]).arg(expected[i])));
  }

  void picturesAgreeWithTheReference_data() {
    QTest::addColumn<QString>("name");
    for (const auto& [name, make] : picture_cases()) QTest::newRow(name.c_str()) << QString::fromStdString(name);
  }
  void picturesAgreeWithTheReference() {
    QFETCH(QString, name);
    const Pictured made = picture_cases().at(name.toStdString())();
    const auto expected = after_a_step(made, DeviceKind::reference);
    const auto got = after_a_step(made, DeviceKind::onednn);
    QVERIFY(expected.size() >= 3);
    for (const auto& [what, values] : expected)
      QVERIFY2(difference(got.at(what), values) <= 1e-5,
               qPrintable(QString("%1: %2").arg(QString::fromStdString(what)).arg(difference(got.at(what), values))));
    // Half precision is what it says: near, and not the same.
    if (!has_fast_bfloat16() || !name.startsWith("Conv ")) return;
    const auto rounded = after_a_step(made, DeviceKind::onednn_bfloat16);
    for (const auto& [what, values] : expected)
      QVERIFY2(difference(rounded.at(what), values) <= 0.03, qPrintable(QString::fromStdString(what)));
    QVERIFY(rounded.at("output") != got.at("output"));
  }

  /// A rectifier that a normalization takes over, forwards and backwards, is the rectifier it was.
  void rectifiersOfNormalizationsStay() {
    for (const auto& made : {normalized("Relu"), normalized("LeakyRelu", {{"alpha", 0.2}}), normalized("LeakyRelu")}) {
      const auto apart = after_a_step(made, DeviceKind::reference, false);
      for (const auto kind : {DeviceKind::reference, DeviceKind::onednn}) {
        const auto fused = after_a_step(made, kind);
        for (const auto& [what, values] : apart)
          QVERIFY2(difference(fused.at(what), values) <= 1e-5, qPrintable(QString::fromStdString(what)));
      }
    }
  }

  void oneThreadAndTwoAgree_data() { picturesAgreeWithTheReference_data(); }
  void oneThreadAndTwoAgree() {
    QFETCH(QString, name);
    const Pictured made = picture_cases().at(name.toStdString())();
    const int before = threads();
    set_threads(1);
    const auto one = after_a_step(made, DeviceKind::onednn);
    set_threads(2);
    const auto two = after_a_step(made, DeviceKind::onednn);
    const auto again = after_a_step(made, DeviceKind::onednn);
    set_threads(before);
    for (const auto& [what, values] : one) {
      QVERIFY2(difference(two.at(what), values) <= 1e-5, qPrintable(QString::fromStdString(what)));
      QCOMPARE(again.at(what), two.at(what));
    }
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
