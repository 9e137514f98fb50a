#include "core/model/evaluator.hpp"

#include <QtTest>
#include <limits>

#include "core/model/onnx_graph.hpp"
#include "onnx_runtime_check.hpp"

using namespace gb;

namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();
using Ints = std::vector<std::int64_t>;
using Strings = std::vector<std::string>;
using Floats = std::vector<float>;
using Settings = std::map<std::string, OnnxAttribute>;

Tensor reals(Shape shape, Floats values) {
  return {std::move(shape), std::move(values)};
}
Tensor integers(Shape shape, Ints values) {
  return {std::move(shape), std::move(values)};
}
Tensor texts(Shape shape, Strings values) {
  return {std::move(shape), std::move(values)};
}
Tensor booleans(Shape shape, Tensor::Booleans values) {
  return {std::move(shape), std::move(values)};
}

/// One node: its operands, the first `inputs` of them inputs of the file and the others constants, and what it must
/// compute (ONNX's operator documents, worked out by hand or in double precision).
struct Case {
  std::string name;
  std::string op;
  Settings settings;
  std::vector<Tensor> operands;
  Tensor expected;
  std::string domain = "";
  bool in_onnxruntime = true;  ///< onnxruntime has this operator for these types
};

std::string written(const Case& one) {
  OnnxGraph graph;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < one.operands.size(); ++i)
    names.push_back(graph.add_input("x" + std::to_string(i), one.operands[i].type(), one.operands[i].shape));
  graph.add_output(graph.add(one.op, names, one.settings, one.domain), "y", one.expected.type(), one.expected.shape);
  return graph.bytes({{"task", "none"}});
}

const std::vector<Case>& cases() {
  const Tensor x = reals({5}, {-2, -0.5F, 0, 0.5F, 3});
  const Tensor table = reals({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor odd = reals({2, 3}, {3, -1, 2, 2, 7, 7});
  const std::string ml = "ai.onnx.ml";
  const Tensor grid = reals({1, 1, 4, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  const Tensor square = reals({1, 1, 2, 2}, {1, 2, 3, 4});
  const Tensor pair = reals({1, 2, 1, 2}, {1, 3, 5, 9});
  const Tensor nine = reals({1, 1, 3, 3}, {1, 1, 1, 1, 1, 1, 1, 1, 1});
  const Tensor four = reals({1, 1, 2, 2}, {1, 1, 1, 1});
  const Ints two{2, 2}, three{3, 3};
  const std::int64_t one = 1, zero = 0;
  static const std::vector<Case> all{
      {"add row", "Add", {}, {table, reals({3}, {10, 20, 30})}, reals({2, 3}, {11, 22, 33, 14, 25, 36})},
      {"add column", "Add", {}, {table, reals({2, 1}, {10, 20})}, reals({2, 3}, {11, 12, 13, 24, 25, 26})},
      {"add both ways",
       "Add",
       {},
       {reals({2, 1}, {1, 2}), reals({1, 3}, {10, 20, 30})},
       reals({2, 3}, {11, 21, 31, 12, 22, 32})},
      {"add ranks",
       "Add",
       {},
       {reals({2, 1, 2}, {1, 2, 3, 4}), reals({2, 1}, {10, 20})},
       reals({2, 2, 2}, {11, 12, 21, 22, 13, 14, 23, 24})},
      {"add scalar", "Add", {}, {table, reals({}, {1})}, reals({2, 3}, {2, 3, 4, 5, 6, 7})},
      {"add nothing", "Add", {}, {reals({0, 3}, {}), reals({3}, {1, 2, 3})}, reals({0, 3}, {})},
      {"add int64", "Add", {}, {integers({2}, {1, 2}), integers({1}, {5})}, integers({2}, {6, 7})},
      {"sub", "Sub", {}, {table, reals({3}, {1, 1, 1})}, reals({2, 3}, {0, 1, 2, 3, 4, 5})},
      {"mul", "Mul", {}, {table, table}, reals({2, 3}, {1, 4, 9, 16, 25, 36})},
      {"div", "Div", {}, {table, reals({1}, {2})}, reals({2, 3}, {0.5F, 1, 1.5F, 2, 2.5F, 3})},
      {"div int64", "Div", {}, {integers({3}, {7, -7, 9}), integers({3}, {2, 2, -1})}, integers({3}, {3, -3, -9})},
      {"pow", "Pow", {}, {table, reals({}, {2})}, reals({2, 3}, {1, 4, 9, 16, 25, 36})},
      {"pow int64", "Pow", {}, {table, integers({}, {3})}, reals({2, 3}, {1, 8, 27, 64, 125, 216})},
      {"neg", "Neg", {}, {x}, reals({5}, {2, 0.5F, 0, -0.5F, -3})},
      {"sqrt", "Sqrt", {}, {reals({3}, {0, 4, 2})}, reals({3}, {0, 2, 1.41421356F})},
      {"exp", "Exp", {}, {x}, reals({5}, {0.135335283F, 0.60653066F, 1, 1.64872127F, 20.0855369F})},
      {"log", "Log", {}, {reals({3}, {1, 2, 10})}, reals({3}, {0, 0.693147181F, 2.30258509F})},
      {"floor", "Floor", {}, {reals({4}, {1.5F, -1.5F, 2, -0.25F})}, reals({4}, {1, -2, 2, -1})},
      {"sin", "Sin", {}, {reals({3}, {0, 1, -2})}, reals({3}, {0, 0.841470985F, -0.909297427F})},
      {"cos", "Cos", {}, {reals({3}, {0, 1, -2})}, reals({3}, {1, 0.540302306F, -0.416146837F})},
      {"erf", "Erf", {}, {x}, reals({5}, {-0.995322265F, -0.520499878F, 0, 0.520499878F, 0.99997791F})},
      {"tanh", "Tanh", {}, {x}, reals({5}, {-0.96402758F, -0.462117157F, 0, 0.462117157F, 0.995054754F})},
      {"sigmoid", "Sigmoid", {}, {x}, reals({5}, {0.119202922F, 0.377540669F, 0.5F, 0.622459331F, 0.952574127F})},
      {"softplus",
       "Softplus",
       {},
       {x},
       reals({5}, {0.126928011F, 0.474076984F, 0.693147181F, 0.974076984F, 3.04858735F})},
      {"relu", "Relu", {}, {x}, reals({5}, {0, 0, 0, 0.5F, 3})},
      {"leaky relu", "LeakyRelu", {{"alpha", 0.1F}}, {x}, reals({5}, {-0.2F, -0.05F, 0, 0.5F, 3})},
      {"leaky relu default", "LeakyRelu", {}, {x}, reals({5}, {-0.02F, -0.005F, 0, 0.5F, 3})},
      {"elu", "Elu", {}, {x}, reals({5}, {-0.864664717F, -0.39346934F, 0, 0.5F, 3})},
      {"selu", "Selu", {}, {x}, reals({5}, {-1.52016652F, -0.691758275F, 0, 0.52535051F, 3.15210307F})},
      {"clip", "Clip", {}, {x, reals({}, {-1}), reals({}, {1})}, reals({5}, {-1, -0.5F, 0, 0.5F, 1})},
      {"less", "Less", {}, {table, reals({}, {3})}, booleans({2, 3}, {1, 1, 0, 0, 0, 0})},
      {"greater", "Greater", {}, {table, reals({}, {3})}, booleans({2, 3}, {0, 0, 0, 1, 1, 1})},
      {"equal", "Equal", {}, {odd, reals({3}, {2, 7, 2})}, booleans({2, 3}, {0, 0, 1, 1, 1, 0})},
      {"equal string",
       "Equal",
       {},
       {texts({3}, {"a", "", "b"}), texts({1}, {""})},
       booleans({3}, {0, 1, 0}),
       "",
       false},
      {"not", "Not", {}, {booleans({2}, {1, 0})}, booleans({2}, {0, 1})},
      {"is nan", "IsNaN", {}, {reals({3}, {1, missing, 0})}, booleans({3}, {0, 1, 0})},
      {"where",
       "Where",
       {},
       {booleans({2, 1}, {1, 0}), reals({1, 3}, {1, 2, 3}), reals({}, {-1})},
       reals({2, 3}, {1, 2, 3, -1, -1, -1})},
      {"where string",
       "Where",
       {},
       {booleans({2}, {1, 0}), texts({1}, {"yes"}), texts({1}, {"no"})},
       texts({2}, {"yes", "no"})},

      {"identity", "Identity", {}, {texts({2}, {"a", "b"})}, texts({2}, {"a", "b"})},
      {"cast to int64", "Cast", {{"to", std::int64_t{7}}}, {reals({3}, {1.9F, -1.9F, 0})}, integers({3}, {1, -1, 0})},
      {"cast to float", "Cast", {{"to", std::int64_t{1}}}, {integers({2}, {3, -4})}, reals({2}, {3, -4})},
      {"cast bool", "Cast", {{"to", std::int64_t{1}}}, {booleans({2}, {1, 0})}, reals({2}, {1, 0})},
      {"cast to bool", "Cast", {{"to", std::int64_t{9}}}, {reals({2}, {0, -2})}, booleans({2}, {0, 1})},
      {"cast text", "Cast", {{"to", std::int64_t{1}}}, {texts({2}, {"1.5", "-3"})}, reals({2}, {1.5F, -3})},
      {"cast to text", "Cast", {{"to", std::int64_t{8}}}, {integers({2}, {12, -3})}, texts({2}, {"12", "-3"})},
      {"reshape", "Reshape", {}, {table, integers({3}, {0, -1, 1})}, reals({2, 3, 1}, {1, 2, 3, 4, 5, 6})},
      {"flatten", "Flatten", {}, {reals({2, 1, 2}, {1, 2, 3, 4})}, reals({2, 2}, {1, 2, 3, 4})},
      {"flatten all", "Flatten", {{"axis", zero}}, {table}, reals({1, 6}, {1, 2, 3, 4, 5, 6})},
      {"squeeze", "Squeeze", {}, {reals({1, 2, 1}, {1, 2}), integers({1}, {-1})}, reals({1, 2}, {1, 2})},
      {"squeeze all", "Squeeze", {}, {reals({1, 2, 1}, {1, 2})}, reals({2}, {1, 2})},
      {"unsqueeze", "Unsqueeze", {}, {reals({2}, {1, 2}), integers({2}, {0, -1})}, reals({1, 2, 1}, {1, 2})},
      {"transpose", "Transpose", {}, {table}, reals({3, 2}, {1, 4, 2, 5, 3, 6})},
      {"transpose perm",
       "Transpose",
       {{"perm", Ints{1, 2, 0}}},
       {reals({2, 1, 3}, {1, 2, 3, 4, 5, 6})},
       reals({1, 3, 2}, {1, 4, 2, 5, 3, 6})},
      {"gather", "Gather", {}, {texts({3}, {"a", "b", "c"}), integers({2}, {2, -3})}, texts({2}, {"c", "a"})},
      {"gather columns", "Gather", {{"axis", one}}, {table, integers({2}, {2, 0})}, reals({2, 2}, {3, 1, 6, 4})},
      {"gather scalar", "Gather", {{"axis", one}}, {table, integers({}, {1})}, reals({2}, {2, 5})},
      {"concat", "Concat", {{"axis", one}}, {table, reals({2, 1}, {7, 8})}, reals({2, 4}, {1, 2, 3, 7, 4, 5, 6, 8})},
      {"concat rows",
       "Concat",
       {{"axis", std::int64_t{-2}}},
       {table, reals({1, 3}, {7, 8, 9})},
       reals({3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})},
      {"concat one", "Concat", {{"axis", one}}, {table}, table},
      {"expand", "Expand", {}, {reals({2, 1}, {1, 2}), integers({2}, {1, 2})}, reals({2, 2}, {1, 1, 2, 2})},
      {"shape", "Shape", {}, {table}, integers({2}, {2, 3})},
      {"shape end", "Shape", {{"start", std::int64_t{-1}}}, {table}, integers({1}, {3})},

      {"gemm", "Gemm", {}, {table, reals({3, 1}, {1, 10, 100}), reals({1}, {0.5F})}, reals({2, 1}, {321.5F, 654.5F})},
      {"gemm transposed",
       "Gemm",
       {{"transA", one}, {"transB", one}, {"alpha", 2.0F}, {"beta", 3.0F}},
       {table, reals({1, 2}, {1, 10}), reals({3, 1}, {1, 2, 3})},
       reals({3, 1}, {85, 110, 135})},
      {"gemm no bias", "Gemm", {{"transB", one}}, {table, reals({1, 3}, {1, 1, 1})}, reals({2, 1}, {6, 15})},
      {"matmul", "MatMul", {}, {table, reals({3, 2}, {1, 0, 0, 1, 1, 1})}, reals({2, 2}, {4, 5, 10, 11})},
      {"matmul vector", "MatMul", {}, {table, reals({3}, {1, 2, 3})}, reals({2}, {14, 32})},
      {"matmul batch",
       "MatMul",
       {},
       {reals({2, 1, 2}, {1, 2, 3, 4}), reals({2, 1}, {1, 10})},
       reals({2, 1, 1}, {21, 43})},
      {"softmax",
       "Softmax",
       {},
       {reals({2, 2}, {0, 0, 1000, 1000.6931472F})},
       reals({2, 2}, {0.5F, 0.5F, 0.33333F, 0.66667F}),
       "",
       false},
      {"softmax rows",
       "Softmax",
       {{"axis", one}},
       {reals({1, 3}, {1, 2, 3})},
       reals({1, 3}, {0.0900305732F, 0.244728471F, 0.665240956F})},
      {"softmax columns",
       "Softmax",
       {{"axis", zero}},
       {reals({2, 1}, {0, 1})},
       reals({2, 1}, {0.268941421F, 0.731058579F})},
      {"log softmax",
       "LogSoftmax",
       {},
       {reals({1, 3}, {1, 2, 3})},
       reals({1, 3}, {-2.40760596F, -1.40760596F, -0.407605964F})},
      {"reduce sum", "ReduceSum", {{"keepdims", zero}}, {table, integers({1}, {1})}, reals({2}, {6, 15})},
      {"reduce sum all", "ReduceSum", {}, {table}, reals({1, 1}, {21})},
      {"reduce sum none", "ReduceSum", {{"noop_with_empty_axes", one}}, {table}, table},
      {"reduce mean", "ReduceMean", {{"axes", Ints{0}}}, {table}, reals({1, 3}, {2.5F, 3.5F, 4.5F})},
      {"reduce max", "ReduceMax", {{"axes", Ints{-1}}, {"keepdims", zero}}, {odd}, reals({2}, {3, 7})},
      {"reduce min", "ReduceMin", {{"axes", Ints{0, 1}}}, {odd}, reals({1, 1}, {-1})},
      {"reduce sum square", "ReduceSumSquare", {{"axes", Ints{1}}}, {odd}, reals({2, 1}, {14, 102})},
      {"argmax", "ArgMax", {{"axis", one}, {"keepdims", zero}}, {odd}, integers({2}, {0, 1})},
      {"argmax last", "ArgMax", {{"axis", one}, {"select_last_index", one}}, {odd}, integers({2, 1}, {0, 2})},
      {"argmin", "ArgMin", {{"axis", one}, {"keepdims", zero}}, {odd}, integers({2}, {1, 0})},
      {"argmin rows", "ArgMin", {}, {odd}, integers({1, 3}, {1, 0, 0})},

      {"prelu",
       "PRelu",
       {},
       {reals({1, 2, 1, 2}, {-1, 1, -2, 2}), reals({2, 1, 1}, {0.5F, 0.1F})},
       reals({1, 2, 1, 2}, {-0.5F, 1, -0.2F, 2})},
      {"hard swish", "HardSwish", {}, {reals({5}, {-4, -1.5F, 0, 1.5F, 4})}, reals({5}, {0, -0.375F, 0, 1.125F, 4})},
      {"conv", "Conv", {{"kernel_shape", three}}, {grid, nine}, reals({1, 1, 2, 2}, {54, 63, 90, 99})},
      {"conv strides pads bias",
       "Conv",
       {{"strides", two}, {"pads", Ints{0, 0, 1, 1}}},
       {grid, nine, reals({1}, {0.5F})},
       reals({1, 1, 2, 2}, {54.5F, 45.5F, 72.5F, 54.5F})},
      {"conv dilations", "Conv", {{"dilations", two}}, {grid, four}, reals({1, 1, 2, 2}, {24, 28, 40, 44})},
      {"conv groups",
       "Conv",
       {{"group", std::int64_t{2}}},
       {pair, reals({2, 1, 1, 1}, {10, 100})},
       reals({1, 2, 1, 2}, {10, 30, 500, 900})},
      {"conv of two pictures",
       "Conv",
       {},
       {reals({2, 1, 1, 2}, {1, 2, 3, 4}), reals({2, 1, 1, 2}, {1, 10, 1, -1})},
       reals({2, 2, 1, 1}, {21, -1, 43, -1})},
      {"conv same",
       "Conv",
       {{"auto_pad", std::string("SAME_UPPER")}},
       {square, four},
       reals({1, 1, 2, 2}, {10, 6, 7, 4})},
      {"conv same lower",
       "Conv",
       {{"auto_pad", std::string("SAME_LOWER")}},
       {square, four},
       reals({1, 1, 2, 2}, {1, 3, 4, 10})},
      {"conv transpose",
       "ConvTranspose",
       {{"strides", two}},
       {square, four},
       reals({1, 1, 4, 4}, {1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4})},
      {"conv transpose pads",
       "ConvTranspose",
       {{"pads", Ints{1, 0, 0, 1}}},
       {square, square, reals({1}, {1})},
       reals({1, 1, 2, 2}, {7, 21, 10, 25})},
      {"conv transpose groups",
       "ConvTranspose",
       {{"group", std::int64_t{2}}, {"strides", Ints{1, 2}}, {"output_padding", Ints{0, 1}}},
       {reals({1, 2, 1, 1}, {2, 3}), reals({2, 1, 1, 2}, {1, 2, 3, 4})},
       reals({1, 2, 1, 3}, {2, 4, 0, 9, 12, 0})},
      {"max pool", "MaxPool", {{"kernel_shape", two}, {"strides", two}}, {grid}, reals({1, 1, 2, 2}, {6, 8, 14, 16})},
      {"max pool dilations",
       "MaxPool",
       {{"kernel_shape", two}, {"dilations", two}},
       {grid},
       reals({1, 1, 2, 2}, {11, 12, 15, 16})},
      {"max pool pads",
       "MaxPool",
       {{"kernel_shape", two}, {"strides", two}, {"pads", Ints{1, 1, 0, 0}}},
       {reals({1, 1, 2, 2}, {-1, -2, -3, -4})},
       reals({1, 1, 1, 1}, {-1})},
      {"average pool",
       "AveragePool",
       {{"kernel_shape", two}, {"strides", two}, {"pads", Ints{0, 0, 1, 1}}},
       {reals({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})},
       reals({1, 1, 2, 2}, {3, 4.5F, 7.5F, 9})},
      {"average pool with padding",
       "AveragePool",
       {{"kernel_shape", two}, {"strides", two}, {"pads", Ints{0, 0, 1, 1}}, {"count_include_pad", one}},
       {reals({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})},
       reals({1, 1, 2, 2}, {3, 2.25F, 3.75F, 2.25F})},
      {"global average pool", "GlobalAveragePool", {}, {pair}, reals({1, 2, 1, 1}, {2, 7})},
      {"batch normalization",
       "BatchNormalization",
       {{"epsilon", 0.0F}},
       {pair, reals({2}, {2, 1}), reals({2}, {0, 1}), reals({2}, {2, 5}), reals({2}, {4, 16})},
       reals({1, 2, 1, 2}, {-1, 1, 1, 2})},
      {"batch normalization of rows",
       "BatchNormalization",
       {{"epsilon", 3.0F}},
       {reals({2, 1}, {1, 5}), reals({1}, {2}), reals({1}, {1}), reals({1}, {3}), reals({1}, {1})},
       reals({2, 1}, {-1, 3})},
      {"layer normalization",
       "LayerNormalization",
       {{"epsilon", 1e-12F}},
       {reals({2, 2}, {1, 3, 5, 9}), reals({2}, {1, 2}), reals({2}, {0, 1})},
       reals({2, 2}, {-1, 3, -1, 3})},
      {"layer normalization over two axes",
       "LayerNormalization",
       {{"axis", one}, {"epsilon", 3.0F}},
       {reals({1, 2, 2}, {1, 3, 3, 1}), reals({2, 2}, {1, 1, 1, 2})},
       reals({1, 2, 2}, {-0.5F, 0.5F, 0.5F, -1})},
      {"instance normalization",
       "InstanceNormalization",
       {{"epsilon", 1e-12F}},
       {pair, reals({2}, {1, 2}), reals({2}, {0, 1})},
       reals({1, 2, 1, 2}, {-1, 1, -1, 3})},
      {"resize nearest",
       "Resize",
       {{"mode", std::string("nearest")},
        {"coordinate_transformation_mode", std::string("asymmetric")},
        {"nearest_mode", std::string("floor")}},
       {square, reals({0}, {}), reals({4}, {1, 1, 2, 2})},
       reals({1, 1, 4, 4}, {1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4})},
      {"resize to sizes",
       "Resize",
       {{"mode", std::string("nearest")},
        {"coordinate_transformation_mode", std::string("asymmetric")},
        {"nearest_mode", std::string("floor")}},
       {reals({1, 1, 1, 2}, {1, 2}), reals({0}, {}), reals({0}, {}), integers({4}, {1, 1, 1, 3})},
       reals({1, 1, 1, 3}, {1, 1, 2}),
       "",
       false},  // refuses scales beside sizes, even empty ones
      {"resize linear",
       "Resize",
       {{"mode", std::string("linear")}},
       {reals({1, 1, 1, 2}, {0, 4}), reals({0}, {}), reals({4}, {1, 1, 1, 2})},
       reals({1, 1, 1, 4}, {0, 1, 3, 4})},

      {"imputer",
       "Imputer",
       {{"imputed_value_floats", Floats{9, 8, missing}}, {"replaced_value_float", missing}},
       {reals({2, 3}, {missing, 1, missing, 2, missing, 3})},
       reals({2, 3}, {9, 1, missing, 2, 8, 3}),
       ml},
      {"imputer one value",
       "Imputer",
       {{"imputed_value_floats", Floats{7}}, {"replaced_value_float", 1.0F}},
       {table},
       reals({2, 3}, {7, 2, 3, 4, 5, 6}),
       ml},
      {"scaler",
       "Scaler",
       {{"offset", Floats{1, 2, 3}}, {"scale", Floats{1, 2, 0.5F}}},
       {table},
       reals({2, 3}, {0, 0, 0, 3, 6, 1.5F}),
       ml},
      {"normalizer l1",
       "Normalizer",
       {{"norm", std::string("L1")}},
       {reals({2, 2}, {1, -3, 0, 0})},
       reals({2, 2}, {0.25F, -0.75F, 0, 0}),
       ml},
      {"normalizer l2",
       "Normalizer",
       {{"norm", std::string("L2")}},
       {reals({1, 2}, {3, 4})},
       reals({1, 2}, {0.6F, 0.8F}),
       ml},
      {"normalizer max",
       "Normalizer",
       {{"norm", std::string("MAX")}},
       {reals({1, 2}, {3, 4})},
       reals({1, 2}, {0.75F, 1}),
       ml},
      {"one hot",
       "OneHotEncoder",
       {{"cats_strings", Strings{"a", "b"}}, {"zeros", one}},
       {texts({3, 1}, {"b", "", "a"})},
       reals({3, 1, 2}, {0, 1, 0, 0, 1, 0}),
       ml},
      {"one hot int64",
       "OneHotEncoder",
       {{"cats_int64s", Ints{5, 7}}},
       {integers({2}, {7, 6})},
       reals({2, 2}, {0, 1, 0, 0}),
       ml},
      {"label encoder",
       "LabelEncoder",
       {{"keys_strings", Strings{"a", ""}}, {"values_int64s", Ints{4, 6}}},
       {texts({3}, {"", "a", "z"})},
       integers({3}, {6, 4, -1}),
       ml},
      {"label encoder to text",
       "LabelEncoder",
       {{"keys_int64s", Ints{0, 1}}, {"values_strings", Strings{"no", "yes"}}, {"default_string", std::string("?")}},
       {integers({3}, {1, 0, 9})},
       texts({3}, {"yes", "no", "?"}),
       ml},
      // onnxruntime wants both outputs: see further_outputs().
      {"top k ints",
       "TopK",
       {{"largest", zero}},
       {integers({2, 4}, {3, 1, 1, 0, 5, 9, 2, 2}), integers({1}, {3})},
       integers({2, 3}, {0, 1, 1, 2, 2, 5}),
       "",
       false},
      {"top k", "TopK", {}, {odd, integers({1}, {2})}, reals({2, 2}, {3, 2, 7, 7}), "", false},
      {"top k of columns", "TopK", {{"axis", zero}}, {odd, integers({1}, {1})}, reals({1, 3}, {3, 7, 7}), "", false},
      {"gather elements",
       "GatherElements",
       {{"axis", one}},
       {odd, integers({2, 2}, {2, 0, -1, 1})},
       reals({2, 2}, {2, 3, 7, 7})},
      {"gather elements of rows", "GatherElements", {}, {odd, integers({1, 3}, {1, 0, 1})}, reals({1, 3}, {2, -1, 7})},
      {"abs", "Abs", {}, {x}, reals({5}, {2, 0.5F, 0, 0.5F, 3})},
      {"svm classifier",
       "SVMClassifier",
       {{"classlabels_ints", Ints{4, 7}},
        {"coefficients", Floats{1, -1}},
        {"kernel_params", Floats{1, 0, 3}},
        {"kernel_type", std::string("LINEAR")},
        {"post_transform", std::string("NONE")},
        {"prob_a", Floats{-1}},
        {"prob_b", Floats{0}},
        {"rho", Floats{0}},
        {"support_vectors", Floats{1, 0, 0, 1}},
        {"vectors_per_class", Ints{1, 1}}},
       {reals({3, 2}, {2, 1, 1, 2, 5, 1})},
       integers({3}, {4, 7, 4}),
       ml,
       false},
      {"label encoder floats",
       "LabelEncoder",
       {{"keys_floats", Floats{missing, 1}}, {"values_floats", Floats{0, 5}}},
       {reals({2}, {missing, 1})},
       reals({2}, {0, 5}),
       ml},
  };
  return all;
}

std::vector<Tensor> run(const std::string& bytes, const std::vector<Tensor>& inputs) {
  return Evaluator(read_onnx(bytes, "test.onnx")).run(inputs);
}

/// Reals within 1e-5 relative, NaN where NaN is expected; everything else the same.
bool same(const Tensor& expected, const Tensor& got) {
  if (expected.shape != got.shape || expected.type() != got.type()) return false;
  if (expected.type() != TensorType::real) return expected.values == got.values;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const float a = expected.reals()[i], b = got.reals()[i];
    if (std::isnan(a) != std::isnan(b) || std::abs(a - b) > 1e-5F * std::max(1.0F, std::abs(a))) return false;
  }
  return true;
}

QByteArray message(const std::function<void()>& action) {
  try {
    action();
  } catch (const ModelError& error) {
    return error.what();
  }
  return "no ModelError";
}

}  // namespace

class TestEvaluator : public QObject {
  Q_OBJECT

 private slots:
  void operator_computes_data() {
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < cases().size(); ++i) QTest::newRow(cases()[i].name.c_str()) << static_cast<int>(i);
  }
  void operator_computes() {
    QFETCH(int, index);
    const Case& one = cases()[static_cast<std::size_t>(index)];
    const std::vector<Tensor> got = run(written(one), one.operands);
    QCOMPARE(got.size(), std::size_t{1});
    QCOMPARE(QByteArray::fromStdString(shape_text(got[0].shape)),
             QByteArray::fromStdString(shape_text(one.expected.shape)));
    QVERIFY(same(one.expected, got[0]));
  }

  void onnxruntime_agrees() {
    OnnxRuntimeCheck check;
    if (const QString why = check.unavailable(); !why.isEmpty()) QSKIP(qPrintable(why));
    for (const Case& one : cases()) {
      if (!one.in_onnxruntime) continue;
      OnnxRuntimeCheck::Named inputs;
      for (std::size_t i = 0; i < one.operands.size(); ++i)
        inputs.emplace_back("x" + std::to_string(i), one.operands[i]);
      check.add(one.name, written(one), inputs, {{"y", run(written(one), one.operands)[0]}});
    }
    bool agrees = false;
    const QString output = check.run(agrees);
    QVERIFY2(agrees, qPrintable(output));
  }

  void every_operator_has_a_case() {
    for (const auto& kind : {elementwise_operators(), layout_operators(), reduction_operators(),
                             machine_learning_operators(), selection_operators(), margin_operators()})
      for (const OnnxOperator& known : kind) {
        if (known.name == "Constant") continue;  // see constant_node()
        const bool tested = std::any_of(cases().begin(), cases().end(), [&](const Case& one) {
          return one.op == known.name && one.domain == known.domain;
        });
        QVERIFY2(tested, std::string(known.name).c_str());
      }
  }

  void constant_node() {
    OnnxGraph graph;
    const std::string x = graph.add_input("x", TensorType::real, {-1, 2});
    const std::string two = graph.add("Constant", {}, {{"value_floats", Floats{2, 3}}});
    graph.add_output(graph.add("Mul", {x, two}), "y", TensorType::real, {-1, 2});
    QVERIFY(same(reals({1, 2}, {2, 6}), run(graph.bytes({{"task", ""}}), {reals({1, 2}, {1, 2})})[0]));
  }

  /// Of nodes with several outputs each is there, whichever are used.
  void further_outputs() {
    OnnxGraph graph;
    const std::string x = graph.add_input("x", TensorType::real, {-1, 3});
    const Ints two{2};
    const auto best = graph.add_outputs("TopK", {x, graph.constant("k", two, {1})}, {{"largest", std::int64_t{0}}}, 2);
    graph.add_output(best[1], "places", TensorType::integer, {-1, 2});
    graph.add_output(best[0], "values", TensorType::real, {-1, 2});
    const std::string bytes = graph.bytes({{"task", ""}});
    const Tensor input = reals({2, 3}, {3, 1, 2, 5, 5, 4});
    const auto got = run(bytes, {input});
    QVERIFY(same(integers({2, 2}, {1, 2, 2, 0}), got.at(0)));
    QVERIFY(same(reals({2, 2}, {1, 2, 4, 5}), got.at(1)));
    OnnxRuntimeCheck check;
    if (const QString why = check.unavailable(); !why.isEmpty()) QSKIP(qPrintable(why));
    check.add("top k", bytes, {{"x", input}}, {{"places", got[0]}, {"values", got[1]}});
    bool agrees = false;
    const QString output = check.run(agrees);
    QVERIFY2(agrees, qPrintable(output));
  }

  /// Values are freed after their last use; those used twice or put out must survive.
  void values_live_as_long_as_needed() {
    OnnxGraph graph;
    const std::string x = graph.add_input("x", TensorType::real, {-1});
    const std::string twice = graph.add("Add", {x, x});
    const std::string square = graph.add("Mul", {twice, twice});
    const std::string sum = graph.add("Add", {square, twice});
    graph.add_output(twice, "a", TensorType::real, {-1});
    graph.add_output(sum, "b", TensorType::real, {-1});
    graph.add_output(x, "c", TensorType::real, {-1});
    const auto got = run(graph.bytes({{"task", ""}}), {reals({2}, {1, 3})});
    QVERIFY(same(reals({2}, {2, 6}), got.at(0)));
    QVERIFY(same(reals({2}, {6, 42}), got.at(1)));
    QVERIFY(same(reals({2}, {1, 3}), got.at(2)));
  }

  void unfit_operands_are_refused_data() {
    QTest::addColumn<int>("index");
    QTest::addColumn<QByteArray>("says");
    for (std::size_t i = 0; i < bad().size(); ++i)
      QTest::newRow(bad()[i].first.name.c_str()) << static_cast<int>(i) << QByteArray(bad()[i].second);
  }
  void unfit_operands_are_refused() {
    QFETCH(int, index);
    QFETCH(QByteArray, says);
    const Case& one = bad()[static_cast<std::size_t>(index)].first;
    const QByteArray text = message([&] { run(written(one), one.operands); });
    QVERIFY2(text.contains(says), text);
    QVERIFY2(text.startsWith("test.onnx: node 'y' ("), text);
    QVERIFY2(text.contains(one.op.c_str()), text);
  }

  void integers_wrap_around() {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
    const Tensor a = integers({2}, {most, least}), b = integers({2}, {1, -1});
    for (const char* op : {"Add", "Sub", "Mul", "Div"}) {
      const Case one{op, op, {}, {a, b}, integers({2}, {})};
      QCOMPARE(run(written(one), one.operands)[0].size(), std::size_t{2});
    }
    const Case cast{"", "Cast", {{"to", std::int64_t{7}}}, {reals({3}, {1e30F, -1e30F, missing})}, integers({3}, {})};
    QVERIFY(same(integers({3}, {most, least, 0}), run(written(cast), cast.operands)[0]));
  }

 private:
  static const std::vector<std::pair<Case, const char*>>& bad() {
    const Tensor table = reals({2, 3}, {1, 2, 3, 4, 5, 6});
    const Tensor two = reals({2}, {1, 2});
    const std::int64_t one = 1;
    const std::int64_t huge = std::int64_t{1} << 40;
    static const std::vector<std::pair<Case, const char*>> all{
        {{"broadcast", "Add", {}, {table, two}, table}, "[2, 3] and [2] do not broadcast"},
        {{"types", "Add", {}, {table, integers({1}, {1})}, table}, "expected a float tensor, got int64[1]"},
        {{"text arithmetic", "Mul", {}, {texts({1}, {"a"}), texts({1}, {"a"})}, table}, "expected a float tensor"},
        {{"division", "Div", {}, {integers({1}, {1}), integers({1}, {0})}, table}, "divides an integer by zero"},
        {{"gemm", "Gemm", {}, {table, table}, table}, "[2, 3] and [2, 3], which do not fit"},
        {{"gemm rank", "Gemm", {}, {two, table}, table}, "matrices are expected"},
        {{"gemm bias", "Gemm", {{"transB", one}}, {table, table, reals({3}, {1, 2, 3})}, table}, "do not broadcast"},
        {{"gemm bias grows",
          "Gemm",
          {{"transB", one}},
          {table, reals({1, 3}, {1, 1, 1}), reals({2, 2}, {1, 2, 3, 4})},
          table},
         "adds [2, 2] to [2, 1]"},
        {{"matmul", "MatMul", {}, {table, two}, table}, "which do not fit"},
        {{"index", "Gather", {}, {two, integers({1}, {2})}, two}, "index 2 is outside of axis 0 of [2]"},
        {{"axis", "Gather", {{"axis", one}}, {two, integers({1}, {0})}, two}, "axis 1 is not one of"},
        {{"reshape", "Reshape", {}, {table, integers({2}, {4, -1})}, table}, "cannot make shape [4, -1] of [2, 3]"},
        {{"reshape twice open", "Reshape", {}, {table, integers({2}, {-1, -1})}, table}, "leaves two dimensions open"},
        {{"expand", "Expand", {}, {reals({1}, {1}), integers({2}, {huge, 8})}, table}, "more than 512 MB"},
        {{"expand over", "Expand", {}, {reals({1}, {1}), integers({2}, {huge, huge})}, table}, "than memory can hold"},
        {{"expand negative", "Expand", {}, {reals({1}, {1}), integers({1}, {-5})}, table}, "negative dimension"},
        {{"squeeze", "Squeeze", {}, {two, integers({1}, {0})}, two}, "which is not 1"},
        {{"unsqueeze", "Unsqueeze", {}, {two, integers({2}, {0, 0})}, two}, "names axis 0 twice"},
        {{"transpose", "Transpose", {{"perm", Ints{0, 0}}}, {table}, table}, "names axis 0 twice"},
        {{"transpose rank", "Transpose", {{"perm", Ints{0}}}, {table}, table}, "is no order of the axes"},
        {{"concat", "Concat", {{"axis", one}}, {table, two}, table}, "joins float[2, 3] and float[2] along axis 1"},
        {{"concat without axis", "Concat", {}, {table}, table}, "has no attribute 'axis'"},
        {{"cast", "Cast", {{"to", std::int64_t{1}}}, {texts({1}, {"1x"})}, table}, "cannot read '1x' as a number"},
        {{"cast type", "Cast", {{"to", std::int64_t{11}}}, {table}, table}, "converts to element type 11"},
        {{"attribute type", "Softmax", {{"axis", 1.0F}}, {table}, table}, "attribute 'axis' has the wrong type"},
        {{"unknown attribute", "Relu", {{"alpha", 1.0F}}, {table}, table}, "has an unknown attribute 'alpha'"},
        {{"imputer", "Imputer", {{"imputed_value_floats", Floats{1, 2}}}, {table}, table, "ai.onnx.ml"},
         "has 2 values for 3 features"},
        {{"one hot strict",
          "OneHotEncoder",
          {{"cats_strings", Strings{"a"}}, {"zeros", std::int64_t{0}}},
          {texts({1}, {"b"})},
          table,
          "ai.onnx.ml"},
         "meets a category that it does not know"},
        {{"label encoder sizes",
          "LabelEncoder",
          {{"keys_strings", Strings{"a"}}, {"values_int64s", Ints{1, 2}}},
          {texts({1}, {"b"})},
          integers({1}, {}),
          "ai.onnx.ml"},
         "has 1 keys and 2 values"},
        {{"label encoder input",
          "LabelEncoder",
          {{"keys_strings", Strings{"a"}}, {"values_int64s", Ints{1}}},
          {two},
          integers({1}, {}),
          "ai.onnx.ml"},
         "looks up float among keys of another type"},
        {{"top k", "TopK", {}, {two, integers({1}, {3})}, two}, "takes the best 3 of 2"},
        {{"gather elements", "GatherElements", {}, {two, integers({1}, {2})}, two}, "index 2 is outside of axis 0"},
        {{"gather elements rank", "GatherElements", {}, {table, integers({1}, {0})}, two},
         "picks from [2, 3] by indices [1]"},
        {{"svm without probabilities",
          "SVMClassifier",
          {{"classlabels_ints", Ints{4, 7}},
           {"coefficients", Floats{1, -1}},
           {"rho", Floats{0}},
           {"support_vectors", Floats{1, 0, 0, 1}},
           {"vectors_per_class", Ints{1, 1}}},
          {reals({1, 2}, {2, 1})},
          integers({1}, {}),
          "ai.onnx.ml"},
         "has no probabilities"},
        {{"argmax of nothing", "ArgMax", {}, {reals({0, 2}, {})}, integers({1, 2}, {})}, "extreme of an empty axis"},
        {{"too many inputs", "Relu", {}, {table, table}, table}, "takes 1 inputs, got 2"},
        {{"too few inputs", "Add", {}, {table}, table}, "takes 2 inputs, got 1"},
        {{"unknown operator", "Fnord", {}, {table}, table}, "the operator is not supported"},
        {{"machine learning without domain", "Imputer", {}, {table}, table}, "the operator is not supported"},
    };
    return all;
  }
};

QTEST_APPLESS_MAIN(TestEvaluator)
#include "test_evaluator.moc"
