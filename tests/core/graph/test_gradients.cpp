#include <QtTest>
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "core/base/random.hpp"
#include "core/graph/executable.hpp"
#include "core/graph/operator_list.hpp"
#include "core/graph/operators.hpp"
#include "core/graph/passes.hpp"

using namespace gb;

namespace {

/// A small graph that ends in a loss, and the operators it exercises.
struct Case {
  Graph graph;
  ValueId loss = -1;
  std::vector<ValueId> inputs;  ///< float inputs and parameters, all of which are differentiated
  ValueId labels = -1;
  std::int64_t classes = 0;
};

Case activation_case(const std::string& op) {
  Case c;
  const ValueId x = c.graph.input("x", {any_batch, 7});
  const ValueId target = c.graph.input("target", {any_batch, 7});
  c.loss = c.graph.add("MeanSquaredError", {c.graph.add(op, {x}), target});
  c.inputs = {x};
  return c;
}

Case gemm_case(std::int64_t trans_a, std::int64_t trans_b) {
  Case c;
  const ValueId a = c.graph.parameter("a", trans_a ? Shape{4, 5} : Shape{5, 4});
  const ValueId b = c.graph.parameter("b", trans_b ? Shape{3, 4} : Shape{4, 3});
  const ValueId bias = c.graph.parameter("bias", {3});
  const ValueId target = c.graph.input("target", {5, 3});
  c.loss = c.graph.add("MeanSquaredError",
                       {c.graph.add("Gemm", {a, b, bias}, {{"transA", trans_a}, {"transB", trans_b}}), target});
  c.inputs = {a, b, bias};
  return c;
}

/// Ends a case: the squared distance of `y` from a target.
Case ended(Case c, ValueId y) {
  const ValueId target = c.graph.input("target", c.graph.value(y).shape);
  c.loss = c.graph.add("MeanSquaredError", {y, target});
  return c;
}

ValueId input(Case& c, const char* name, Shape shape) {
  c.inputs.push_back(c.graph.input(name, std::move(shape)));
  return c.inputs.back();
}

ValueId parameter(Case& c, const char* name, Shape shape) {
  c.inputs.push_back(c.graph.parameter(name, std::move(shape)));
  return c.inputs.back();
}

using Integers = std::vector<std::int64_t>;

Case conv_case(const Shape& x, const Shape& w, const Attributes& attributes, bool transpose = false) {
  Case c;
  const ValueId in = input(c, "x", x);
  const ValueId weights = parameter(c, "w", w);
  const std::int64_t group = integer_attribute(attributes, "group", 1);
  const ValueId bias = parameter(c, "b", {transpose ? w[1] * group : w[0]});
  const ValueId y = c.graph.add(transpose ? "ConvTranspose" : "Conv", {in, weights, bias}, attributes);
  return ended(std::move(c), y);
}

/// An operator of one input.
Case single_case(const std::string& op, const Shape& x, const Attributes& attributes = {}) {
  Case c;
  const ValueId y = c.graph.add(op, {input(c, "x", x)}, attributes);
  return ended(std::move(c), y);
}

Case pair_case(const std::string& op, const Shape& a, const Shape& b, const Attributes& attributes = {}) {
  Case c;
  const ValueId x = input(c, "a", a);
  const ValueId y = c.graph.add(op, {x, input(c, "b", b)}, attributes);
  return ended(std::move(c), y);
}

Case normalization_case(const std::string& op, const Shape& x, const Shape& scale, const Attributes& attributes) {
  Case c;
  std::vector<ValueId> inputs{input(c, "x", x), parameter(c, "scale", scale), parameter(c, "bias", scale)};
  if (op == "BatchNormalization")
    for (const char* name : {"mean", "variance"}) inputs.push_back(c.graph.input(name, scale));
  const ValueId y = c.graph.add_all(op, inputs, attributes)[0];
  return ended(std::move(c), y);
}

Case gather_case() {
  Case c;
  const ValueId rows = parameter(c, "rows", {4, 3});
  c.labels = c.graph.labels("chosen", {any_batch, 2});
  c.classes = 4;
  const ValueId y = c.graph.add("Gather", {rows, c.labels});
  return ended(std::move(c), y);
}

Case dropout_case() {
  Case c;
  const ValueId x = input(c, "x", {any_batch, 9});
  const ValueId y = c.graph.add("Dropout", {x, c.graph.key()}, {{"ratio", 0.4}, {"site", std::int64_t{3}}});
  return ended(std::move(c), y);
}

/// A loss of one input: rows of numbers.
Case row_loss_case(const std::string& op) {
  Case c;
  c.loss = c.graph.add(op, {input(c, "x", {any_batch, 2, 3})}, {{"weight", 0.7}});
  return c;
}

Case divergence_case() {
  Case c;
  const ValueId mean = input(c, "mean", {any_batch, 4});
  c.loss =
      c.graph.add("StandardNormalDivergenceLoss", {mean, input(c, "log_variance", {any_batch, 4})}, {{"weight", 0.3}});
  return c;
}

Case noise_case() {
  Case c;
  const ValueId x = input(c, "x", {any_batch, 9});
  const ValueId y = c.graph.add("GaussianNoise", {x, c.graph.key()}, {{"deviation", 0.4}, {"site", std::int64_t{3}}});
  return ended(std::move(c), y);
}

Case sample_case() {
  Case c;
  const ValueId mean = input(c, "mean", {any_batch, 4});
  const ValueId y = c.graph.add("GaussianSample", {mean, input(c, "log_variance", {any_batch, 4}), c.graph.key()});
  return ended(std::move(c), y);
}

/// Many iterations: with the vectors converged their being constant is exact.
Case spectral_case() {
  Case c;
  const ValueId w = parameter(c, "w", {3, 2, 2});
  const ValueId left = c.graph.input("left", {3});
  const ValueId y = c.graph.add("SpectralNormalization", {w, left}, {{"iterations", std::int64_t{2000}}});
  return ended(std::move(c), y);
}

/// An operator in the gradient of another one, which is differentiated once more: the loss is the squared distance of
/// the slope of `y` by `of` from a target. `y` is bent between, or its slope would be the same everywhere.
Case second_case(Case c, ValueId y, ValueId of) {
  const ValueId flat = c.graph.add("Flatten", {y});
  const ValueId given = c.graph.input("given", c.graph.value(flat).shape);
  const ValueId slope = differentiate(c.graph, std::vector<Start>{{flat, given}}, {of}).front();
  return ended(std::move(c), slope);
}

Case second_conv_case(const Attributes& attributes) {
  Case c;
  const ValueId x = c.graph.input("x", {2, 3, 5, 6});
  const ValueId y = c.graph.add("Conv", {x, parameter(c, "w", {4, 3, 3, 2})}, attributes);
  const ValueId bent = c.graph.add("LeakyRelu", {y}, {{"alpha", 0.2}});
  return second_case(std::move(c), bent, x);
}

Case second_pool_case(const std::string& op, const Attributes& attributes) {
  Case c;
  const ValueId x = c.graph.input("x", {2, 2, 6, 5});
  const ValueId hidden = c.graph.add("Conv", {x, parameter(c, "w", {6, 2, 1, 1})});
  const ValueId y = c.graph.add(op, {c.graph.add("Relu", {hidden})}, attributes);
  return second_case(std::move(c), y, x);
}

Case add_case() {
  Case c;
  const ValueId x = c.graph.input("x", {any_batch, 3});
  const ValueId y = c.graph.input("y", {any_batch, 3});
  const ValueId target = c.graph.input("target", {any_batch, 3});
  // x is read three times: its gradient is a sum.
  const ValueId sum = c.graph.add("Add", {c.graph.add("Add", {x, y}), c.graph.add("Tanh", {x})});
  c.loss = c.graph.add("MeanSquaredError", {c.graph.add("Add", {sum, x}), target});
  c.inputs = {x, y};
  return c;
}

/// A loss over classes: "NAME", "NAME weights smoothing".
Case class_loss_case(const std::string& name) {
  Case c;
  const std::string op = name.substr(0, name.find(' '));
  const ValueId x = c.graph.input("x", {any_batch, 5});
  std::vector<ValueId> inputs{x};
  if (op == "SoftmaxCrossEntropyLoss" || op == "MultiMarginLoss") {
    c.labels = c.graph.labels("labels", {any_batch});
    c.classes = 5;
    inputs.push_back(c.labels);
  } else {
    inputs.push_back(c.graph.add("Softmax", {c.graph.input("targets", {any_batch, 5})}));
  }
  if (name.find("weights") != std::string::npos)
    inputs.push_back(c.graph.add("Sigmoid", {c.graph.input("weights", {5})}));
  Attributes attributes;
  if (name.find("smoothing") != std::string::npos) attributes["label_smoothing"] = 0.2;
  c.loss = c.graph.add(op, inputs, attributes);
  c.inputs = {x};
  return c;
}

Case number_loss_case(const std::string& op) {
  Case c;
  const ValueId x = c.graph.input("x", {any_batch, 7});
  c.loss = c.graph.add(op, {x, c.graph.input("target", {any_batch, 7})}, {{"delta", 0.7}});
  c.inputs = {x};
  return c;
}

bool is_loss(const std::string& op) {
  std::vector<Operator> losses;
  add_loss_operators(losses);
  return std::any_of(losses.begin(), losses.end(), [&](const Operator& loss) { return loss.name == op; });
}

/// Cases that an operator's name alone does not describe, by what is special about them.
const std::map<std::string, std::function<Case()>>& special_cases() {
  const Integers two{2, 2}, three{3, 3};
  const Attributes pool{{"kernel_shape", three}, {"strides", two}, {"pads", Integers{1, 0, 1, 1}}};
  static const std::map<std::string, std::function<Case()>> cases{
      {"Gemm", [] { return gemm_case(0, 0); }},
      {"Gemm transA", [] { return gemm_case(1, 0); }},
      {"Gemm transB", [] { return gemm_case(0, 1); }},
      {"Gemm transA transB", [] { return gemm_case(1, 1); }},
      {"MatMul",
       [] {
         return pair_case("MatMul", {any_batch, 2, 3}, {any_batch, 3, 4});
       }},
      {"MatMul with one matrix",
       [] {
         return pair_case("MatMul", {any_batch, 2, 3}, {3, 4});
       }},
      {"Add", [] { return add_case(); }},
      {"Add stretched",
       [] {
         return pair_case("Add", {any_batch, 3, 2, 2}, {3, 1, 1});
       }},
      {"Mul",
       [] {
         return pair_case("Mul", {any_batch, 4}, {any_batch, 4});
       }},
      {"Mul stretched",
       [] {
         return pair_case("Mul", {any_batch, 2, 3, 2}, {any_batch, 2, 1, 1});
       }},
      {"PRelu",
       [] {
         return pair_case("PRelu", {any_batch, 3, 2, 2}, {3, 1, 1});
       }},
      {"Dropout", [] { return dropout_case(); }},
      {"Conv",
       [] {
         return conv_case({2, 3, 5, 4}, {4, 3, 3, 3}, {});
       }},
      {"Conv strides pads",
       [=] {
         return conv_case({2, 2, 6, 5}, {3, 2, 3, 2}, {{"strides", two}, {"pads", Integers{1, 0, 2, 1}}});
       }},
      {"Conv dilations",
       [=] {
         return conv_case({2, 2, 7, 6}, {2, 2, 3, 2}, {{"dilations", two}});
       }},
      {"Conv groups",
       [] {
         return conv_case({2, 4, 4, 4}, {6, 2, 3, 3}, {{"group", std::int64_t{2}}});
       }},
      {"Conv depthwise",
       [] {
         return conv_case({2, 3, 4, 4}, {3, 1, 3, 3}, {{"group", std::int64_t{3}}, {"pads", Integers{1, 1, 1, 1}}});
       }},
      {"ConvTranspose",
       [=] {
         return conv_case({2, 3, 3, 2}, {3, 2, 3, 3},
                          {{"strides", two}, {"pads", Integers{1, 1, 1, 1}}, {"output_padding", Integers{1, 1}}}, true);
       }},
      {"ConvTranspose groups",
       [] {
         return conv_case({2, 4, 3, 3}, {4, 3, 2, 2}, {{"group", std::int64_t{2}}}, true);
       }},
      {"MaxPool",
       [=] {
         return single_case("MaxPool", {2, 3, 6, 5}, pool);
       }},
      {"AveragePool",
       [=] {
         return single_case("AveragePool", {2, 3, 6, 5}, pool);
       }},
      {"AveragePool with padding counted",
       [=] {
         Attributes all = pool;
         all["count_include_pad"] = std::int64_t{1};
         return single_case("AveragePool", {2, 3, 6, 5}, all);
       }},
      {"GlobalAveragePool",
       [] {
         return single_case("GlobalAveragePool", {any_batch, 3, 2, 4});
       }},
      {"Resize",
       [] {
         return single_case("Resize", {2, 2, 3, 4}, {{"sizes", Integers{6, 5}}});
       }},
      {"Resize linear",
       [] {
         return single_case("Resize", {2, 2, 3, 4}, {{"sizes", Integers{5, 8}}, {"mode", std::string("linear")}});
       }},
      {"BatchNormalization",
       [] {
         return normalization_case("BatchNormalization", {any_batch, 3, 2, 2}, {3},
                                   {{"training_mode", std::int64_t{1}}});
       }},
      {"BatchNormalization of rows",
       [] {
         return normalization_case("BatchNormalization", {any_batch, 3}, {3}, {{"training_mode", std::int64_t{1}}});
       }},
      {"LayerNormalization",
       [] {
         return normalization_case("LayerNormalization", {any_batch, 2, 6}, {6}, {});
       }},
      {"LayerNormalization over two axes",
       [] {
         return normalization_case("LayerNormalization", {any_batch, 2, 3}, {2, 3}, {{"axis", std::int64_t{1}}});
       }},
      {"InstanceNormalization",
       [] {
         return normalization_case("InstanceNormalization", {any_batch, 2, 3, 3}, {2}, {});
       }},
      {"Reshape",
       [] {
         return single_case("Reshape", {any_batch, 6}, {{"shape", Integers{-1, 2, 3}}});
       }},
      {"Flatten",
       [] {
         return single_case("Flatten", {any_batch, 2, 2, 3});
       }},
      {"Transpose",
       [] {
         return single_case("Transpose", {2, 3, 4}, {{"perm", Integers{2, 0, 1}}});
       }},
      {"Concat",
       [] {
         return pair_case("Concat", {any_batch, 2, 3}, {any_batch, 4, 3});
       }},
      {"ReduceMean",
       [] {
         return single_case("ReduceMean", {any_batch, 3, 2, 4}, {{"axes", Integers{1, 3}}});
       }},
      {"Gather", [] { return gather_case(); }},
      {"AbsoluteLoss", [] { return row_loss_case("AbsoluteLoss"); }},
      {"GradientPenaltyLoss", [] { return row_loss_case("GradientPenaltyLoss"); }},
      {"StandardNormalDivergenceLoss", [] { return divergence_case(); }},
      {"GaussianNoise", [] { return noise_case(); }},
      {"GaussianSample", [] { return sample_case(); }},
      {"SpectralNormalization", [] { return spectral_case(); }},
      {"ConvInputGrad",
       [=] {
         return second_conv_case({{"strides", two}, {"pads", Integers{1, 0, 2, 1}}});
       }},
      {"LeakyReluGrad", [] { return second_conv_case({}); }},
      {"ReluGrad", [=] { return second_pool_case("AveragePool", pool); }},
      {"AveragePoolGrad", [=] { return second_pool_case("AveragePool", pool); }},
      {"ReduceMeanGrad", [] { return second_pool_case("GlobalAveragePool", {}); }},
  };
  return cases;
}

Case make_case(const std::string& name) {
  if (const auto special = special_cases().find(name); special != special_cases().end()) return special->second();
  const std::string op = name.substr(0, name.find(' '));
  if (op == "SoftmaxCrossEntropyLoss" || op == "MultiMarginLoss" || op == "SoftTargetCrossEntropyLoss" ||
      op == "KLDivergenceLoss")
    return class_loss_case(name);
  return is_loss(name) ? number_loss_case(name) : activation_case(name);
}

}  // namespace

class TestGradients : public QObject {
  Q_OBJECT
 private slots:
  void matchFiniteDifferences_data() {
    QTest::addColumn<QString>("name");
    for (const auto& name : operator_names())
      if (find_operator(name).gradient && !special_cases().contains(name))
        QTest::newRow(name.c_str()) << QString::fromStdString(name);
    for (const auto& [name, make] : special_cases()) QTest::newRow(name.c_str()) << QString::fromStdString(name);
    for (const char* name : {"SoftmaxCrossEntropyLoss weights", "SoftmaxCrossEntropyLoss smoothing",
                             "SoftmaxCrossEntropyLoss weights smoothing", "SoftTargetCrossEntropyLoss smoothing",
                             "SoftTargetCrossEntropyLoss weights smoothing", "MultiMarginLoss weights"})
      QTest::newRow(name) << QString(name);
  }

  /// Every operator's gradient against central differences, in double.
  void matchFiniteDifferences() {
    QFETCH(QString, name);
    Case c = make_case(name.toStdString());
    const std::vector<ValueId> gradients = differentiate(c.graph, c.loss, c.inputs);
    const auto device = make_device(DeviceKind::reference_double);
    std::vector<ValueId> parameters;
    for (const ValueId id : c.inputs)
      if (c.graph.value(id).kind == Value::Kind::parameter) parameters.push_back(id);
    const Storage storage(c.graph, parameters, sizeof(double));
    std::map<ValueId, void*> external;
    for (const ValueId id : parameters) external[id] = storage.data(id);
    std::vector<ValueId> outputs = gradients;
    outputs.push_back(c.loss);
    for (std::size_t i = 0; i < c.graph.values().size(); ++i)
      if (const auto kind = c.graph.values()[i].kind; kind == Value::Kind::input || kind == Value::Kind::key)
        outputs.push_back(static_cast<ValueId>(i));
    Executable executable(c.graph, *device, 5, outputs, external);

    Random random(3);
    for (std::size_t i = 0; i < c.graph.values().size(); ++i) {
      const auto kind = c.graph.values()[i].kind;
      const auto id = static_cast<ValueId>(i);
      if (kind == Value::Kind::input || kind == Value::Kind::parameter)
        for (double& x : executable.value<double>(id)) x = random.normal();
      if (c.graph.values()[i].name == "variance")
        for (double& x : executable.value<double>(id)) x = x * x + 0.1;
    }
    if (c.labels >= 0)
      for (auto& label : executable.value<std::int32_t>(c.labels))
        label = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(c.classes)));

    for (const ValueId key : c.graph.of_kind(Value::Kind::key)) {
      executable.value<std::int32_t>(key)[0] = 5;
      executable.value<std::int32_t>(key)[1] = 17;
    }
    executable.run();
    std::vector<std::vector<double>> computed;
    for (const ValueId id : gradients) {
      const auto values = executable.value<double>(id);
      computed.emplace_back(values.begin(), values.end());
    }
    int checked = 0;
    for (std::size_t k = 0; k < c.inputs.size(); ++k) {
      const auto values = executable.value<double>(c.inputs[k]);
      QCOMPARE(values.size(), computed[k].size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double kept = values[i];
        const double h = 1e-6;
        values[i] = kept + h;
        executable.run();
        const double up = executable.value<double>(c.loss)[0];
        values[i] = kept - h;
        executable.run();
        const double down = executable.value<double>(c.loss)[0];
        values[i] = kept;
        const double expected = (up - down) / (2 * h);
        QVERIFY2(std::abs(expected - computed[k][i]) <= 1e-7 + 1e-6 * std::abs(expected),
                 qPrintable(QString("%1 against %2").arg(computed[k][i]).arg(expected)));
        ++checked;
      }
    }
    QVERIFY(checked >= 12);
  }

  /// A term of a loss counts as much as the gradient it is given.
  void termsAreWeighed() {
    Graph graph;
    const ValueId x = graph.parameter("x", {2, 3}), y = graph.parameter("y", {2, 3});
    const ValueId weight = graph.input("weight", {1});
    const ValueId absolute = graph.add("AbsoluteLoss", {x});
    const ValueId divergence = graph.add("StandardNormalDivergenceLoss", {x, y});
    const auto plain = differentiate(graph, std::vector<Start>{absolute, divergence}, {x, y});
    const auto weighed = differentiate(graph, {Start(absolute, weight), Start(divergence, weight)}, {x, y});
    const auto device = make_device(DeviceKind::reference_double);
    const Storage storage(graph, {x, y}, sizeof(double));
    Executable executable(graph, *device, 1, {plain[0], plain[1], weighed[0], weighed[1]},
                          {{x, storage.data(x)}, {y, storage.data(y)}});
    Random random(5);
    for (const ValueId id : {x, y})
      for (double& value : executable.value<double>(id)) value = random.normal();
    executable.value<double>(weight)[0] = 2.5;
    executable.run();
    for (std::size_t which : {0, 1})
      for (std::size_t i = 0; i < 6; ++i) {
        const double expected = 2.5 * executable.value<double>(plain[which])[i];
        QVERIFY(expected != 0 && std::abs(executable.value<double>(weighed[which])[i] - expected) < 1e-12);
      }
  }

  /// Losses that are started from together give the sum of their gradients.
  void severalLossesAddUp() {
    Graph graph;
    const ValueId x = graph.parameter("x", {2, 3});
    const ValueId first = graph.add("AbsoluteLoss", {x});
    const ValueId second = graph.add("GradientPenaltyLoss", {x});
    const auto alone = differentiate(graph, first, {x}).front();
    const auto other = differentiate(graph, second, {x}).front();
    const auto both = differentiate(graph, std::vector<Start>{first, second}, {x}).front();
    const auto device = make_device(DeviceKind::reference_double);
    const Storage storage(graph, {x}, sizeof(double));
    Executable executable(graph, *device, 1, {alone, other, both}, {{x, storage.data(x)}});
    Random random(5);
    for (double& value : executable.value<double>(x)) value = random.normal();
    executable.run();
    for (std::size_t i = 0; i < 6; ++i)
      QCOMPARE(executable.value<double>(both)[i],
               executable.value<double>(alone)[i] + executable.value<double>(other)[i]);
  }

  /// A run in two stages, with a parameter moved in between, computes what two runs would.
  void stagesGoOnWhereTheyStopped() {
    Graph graph;
    const ValueId x = graph.input("x", {any_batch, 3});
    const ValueId w = graph.parameter("w", {3, 2});
    const ValueId early = graph.add("Tanh", {graph.add("Gemm", {x, w})});
    const ValueId late = graph.add("Gemm", {early, w}, {{"transB", std::int64_t{1}}});
    const auto device = make_device(DeviceKind::reference);
    const Storage storage(graph, {w});
    Executable executable(graph, *device, 1, {early, late}, {{w, storage.data(w)}});
    const std::size_t middle = executable.end_of({early});
    QVERIFY(middle > 0 && middle < executable.end());
    for (float& value : executable.value<float>(x)) value = 0.5F;
    for (float& value : executable.value<float>(w)) value = 1;
    executable.run(0, middle);
    for (float& value : executable.value<float>(w)) value = 2;
    executable.run(middle, executable.end());
    QCOMPARE(executable.value<float>(late)[0], 4 * std::tanh(1.5F));
  }

  void misfitsAreExplained() {
    Graph graph;
    const ValueId x = graph.input("x", {any_batch, 4});
    const ValueId w = graph.parameter("w", {5, 3});
    try {
      graph.add("Gemm", {x, w});
      QFAIL("accepted");
    } catch (const GraphError& error) {
      QCOMPARE(QString(error.what()), QString("Gemm expects matching inner extents, but got [N, 4] and [5, 3]"));
    }
    QVERIFY_EXCEPTION_THROWN(graph.add("Frobnicate", {x}), GraphError);
    QVERIFY_EXCEPTION_THROWN(graph.add("Relu", {x, x}), GraphError);
  }

  void noProductIsMadeForTheInput() {
    Graph graph;
    const ValueId x = graph.input("x", {any_batch, 4});
    const ValueId target = graph.input("target", {any_batch, 3});
    const ValueId w = graph.parameter("w", {4, 3});
    const ValueId loss = graph.add("MeanSquaredError", {graph.add("Gemm", {x, w}), target});
    differentiate(graph, loss, {w});
    const auto products =
        std::count_if(graph.nodes().begin(), graph.nodes().end(), [](const Node& node) { return node.op == "Gemm"; });
    QCOMPARE(products, 2);
  }

  void fusingKeepsTheResult() {
    Graph graph;
    const ValueId x = graph.input("x", {any_batch, 6});
    const ValueId w = graph.parameter("w", {6, 4});
    const ValueId b = graph.parameter("b", {4});
    const ValueId y = graph.add("Elu", {graph.add("Gemm", {x, w, b})}, {{"alpha", 0.5}});
    Graph fused = graph;
    fuse_activations(fused, {y});
    QCOMPARE(fused.nodes().size(), std::size_t{1});
    const auto device = make_device(DeviceKind::reference);
    const Storage storage(graph, graph.parameters());
    Random random(5);
    for (float& value : storage.all<float>()) value = static_cast<float>(random.normal());
    std::vector<std::vector<float>> results;
    for (const Graph& each : {graph, fused}) {
      Executable executable(each, *device, 3, {y}, {{w, storage.data(w)}, {b, storage.data(b)}});
      Random inputs(6);
      for (float& value : executable.value<float>(x)) value = static_cast<float>(inputs.normal());
      executable.run();
      const auto out = executable.value<float>(y);
      results.emplace_back(out.begin(), out.end());
    }
    QCOMPARE(results[0], results[1]);
  }

  void lifetimesShareMemory() {
    Graph graph;
    ValueId x = graph.input("x", {any_batch, 1000});
    for (int i = 0; i < 20; ++i) x = graph.add("Tanh", {x});
    const auto device = make_device(DeviceKind::reference);
    const Executable executable(graph, *device, 8, {x}, {});
    QVERIFY(executable.arena_bytes() <= 3 * 8 * 1024 * sizeof(float));
  }
};

QTEST_APPLESS_MAIN(TestGradients)
#include "test_gradients.moc"
