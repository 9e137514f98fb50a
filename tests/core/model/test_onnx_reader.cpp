#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>

#include <QtTest>
#include <filesystem>
#include <fstream>

#include "core/base/random.hpp"
#include "core/model/evaluator.hpp"
#include "core/model/onnx_file.hpp"
#include "core/model/onnx_graph.hpp"

#include "core/model/onnx_reader.hpp"

using namespace gb;

namespace {

/// A complete file of every kind of content: float and string inputs, constants, ml operators, metadata.
std::string small_model() {
  OnnxGraph graph;
  const std::string number = graph.add_input("number", TensorType::real, {-1, 1});
  const std::string text = graph.add_input("text", TensorType::text, {-1, 1});
  const std::string encoded =
      graph.add("OneHotEncoder", {text},
                {{"cats_strings", std::vector<std::string>{"a", "b"}}, {"zeros", std::int64_t{1}}}, "ai.onnx.ml");
  const std::string flat = graph.add("Flatten", {encoded}, {{"axis", std::int64_t{1}}});
  const std::string joined = graph.add("Concat", {number, flat}, {{"axis", std::int64_t{1}}});
  const std::vector<float> weights{1, -2, 0.5F, 0.25F, 3, -1};
  const std::string scores = graph.add("MatMul", {joined, graph.constant("weights", weights, {3, 2})});
  const std::string probabilities = graph.add("Softmax", {scores}, {{"axis", std::int64_t{1}}});
  const std::vector<std::string> classes{"no", "yes"};
  const std::string best =
      graph.add("ArgMax", {probabilities}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
  graph.add_output(graph.add("Gather", {graph.constant("classes", classes, {2}), best}), "label", TensorType::text,
                   {-1});
  graph.add_output(probabilities, "probabilities", TensorType::real, {-1, 2});
  return graph.bytes({{"classes", R"(["no","yes"])"},
                      {"columns", R"([{"column":"number","input":"number","type":"numeric","imputed":true}])"},
                      {"task", "classification"}});
}

Dataset rows() {
  Column number;
  number.name = "number";
  number.numbers = {1, -1, 0};
  Column text;
  text.name = "text";
  text.type = ColumnType::categorical;
  text.levels = {"a", "c"};
  text.codes = {0, 1, -1};
  DataTable table;
  table.rows = 3;
  table.columns = {number, text};
  Dataset dataset;
  dataset.content = table;
  return dataset;
}

using Edit = std::function<void(onnx::ModelProto&)>;

std::string changed(const Edit& change) {
  onnx::ModelProto model;
  model.ParseFromString(small_model());
  change(model);
  return model.SerializeAsString();
}

/// "accepted" or what was said. Anything but a ModelError or, when predicting, a DataError escapes and fails the test.
std::string verdict(const std::string& bytes, bool predict = false) {
  try {
    const OnnxModel model = OnnxModel::parse(bytes, "bad.onnx");
    if (predict) model.predict(rows());
    return "accepted";
  } catch (const ModelError& error) {
    return error.what();
  } catch (const DataError& error) {
    return error.what();
  }
}

onnx::TensorProto& weights(onnx::ModelProto& model) {
  return *model.mutable_graph()->mutable_initializer(0);
}

onnx::NodeProto& node(onnx::ModelProto& model, const std::string& op) {
  for (auto& each : *model.mutable_graph()->mutable_node())
    if (each.op_type() == op) return each;
  qFatal("no such node");
}

/// Memory in use, in MB.
double resident_mb() {
  std::ifstream status("/proc/self/statm");
  double pages = 0, resident = 0;
  status >> pages >> resident;
  return resident * 4096 / (1 << 20);
}

}  // namespace

class TestOnnxReader : public QObject {
  Q_OBJECT

 private slots:
  void small_model_is_right() {
    const OnnxModel::Result result = OnnxModel::parse(small_model(), "small.onnx").predict(rows());
    QCOMPARE(result.labels, (std::vector<std::string>{"no", "yes", "no"}));
    QCOMPARE(result.classes, (std::vector<std::string>{"no", "yes"}));
    const double first = std::exp(1.5) / (std::exp(1.5) + std::exp(-1.75));
    QVERIFY(std::abs(static_cast<double>(result.probabilities(0, 0)) - first) < 1e-6);
    QCOMPARE(result.probabilities(2, 0), 0.5F);
  }

  /// A file that lacks its end is never taken for a smaller model.
  void every_truncation_is_refused() {
    const std::string whole = small_model();
    QVERIFY(whole.size() < 4096);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const std::string said = verdict(whole.substr(0, length));
      QVERIFY2(said.starts_with("bad.onnx: "), qPrintable(QString("%1 bytes: %2").arg(length).arg(said.c_str())));
    }
    QCOMPARE(verdict(whole), std::string("accepted"));
  }

  /// Each single flipped bit gives another model or a clear error, never a crash.
  void flipped_bits_are_survived() {
    std::string bytes = small_model();
    std::size_t refused = 0;
    for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
      const char flip = static_cast<char>(1 << i % 8);
      bytes[i / 8] = static_cast<char>(bytes[i / 8] ^ flip);
      const std::string said = verdict(bytes, true);
      if (said != "accepted") ++refused;
      QVERIFY(!said.empty());
      bytes[i / 8] = static_cast<char>(bytes[i / 8] ^ flip);
    }
    QVERIFY(refused > bytes.size());
  }

  void noise_is_survived() {
    Random random(3);
    const std::string whole = small_model();
    for (int round = 0; round < 3000; ++round) {
      std::string bytes = whole;
      for (std::uint64_t i = 0; i < 1 + random.below(6); ++i) {
        const std::size_t at = random.below(bytes.size());
        switch (random.below(4)) {
          case 0:
            bytes[at] = static_cast<char>(random.below(256));
            break;
          case 1:
            bytes.erase(at, 1 + random.below(8));
            break;
          case 2:
            bytes.insert(at, whole.substr(random.below(whole.size()), random.below(40)));
            break;
          default:
            bytes.replace(at, 4, "\xFF\xFF\xFF\x7F");
            break;
        }
        if (bytes.empty()) bytes = "x";
      }
      QVERIFY(!verdict(bytes, true).empty());
    }
  }

  void bad_files_are_refused_data() {
    using Model = onnx::ModelProto;
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("says");
    const auto add = [](const char* name, const Edit& change, const char* says) {
      QTest::newRow(name) << QByteArray::fromStdString(changed(change)) << QByteArray(says);
    };
    QTest::newRow("text") << QByteArray("sepal,petal\n1,2\n") << QByteArray("this is no ONNX model");
    QTest::newRow("empty") << QByteArray() << QByteArray("the file is empty");
    add(
        "external data",
        [](Model& m) {
          weights(m).set_data_location(onnx::TensorProto::EXTERNAL);
          auto& entry = *weights(m).add_external_data();
          entry.set_key("location");
          entry.set_value("../../etc/passwd");
        },
        "initializer 'weights' keeps its data outside the file");
    add(
        "external entry alone", [](Model& m) { weights(m).add_external_data(); }, "keeps its data outside the file");
    add(
        "cycle", [](Model& m) { node(m, "MatMul").set_input(0, node(m, "Softmax").output(0)); },
        "node 'matmul' (MatMul): reads 'probabilities', which is made only later by node 'probabilities' (Softmax)");
    add(
        "self", [](Model& m) { node(m, "MatMul").set_input(0, "matmul"); }, "a cycle or a wrong order");
    add(
        "undefined", [](Model& m) { node(m, "MatMul").set_input(0, "void"); },
        "node 'matmul' (MatMul): reads 'void', which nothing makes");
    add(
        "unknown operator", [](Model& m) { node(m, "MatMul").set_op_type("Einsum"); },
        "node 'matmul' (Einsum): the operator is not supported");
    add(
        "unknown domain", [](Model& m) { node(m, "MatMul").set_domain("com.evil"); },
        "node 'matmul' (com.evil.MatMul): operators of the domain 'com.evil' are not supported");
    add(
        "loop",
        [](Model& m) {
          auto& attribute = *node(m, "MatMul").add_attribute();
          attribute.set_name("body");
          attribute.set_type(onnx::AttributeProto::GRAPH);
          attribute.mutable_g()->set_name("inner");
        },
        "node 'matmul' (MatMul): attribute 'body' holds a subgraph, which is refused");
    add(
        "functions", [](Model& m) { m.add_functions()->set_name("f"); }, "it defines functions");
    add(
        "training", [](Model& m) { m.add_training_info(); }, "it holds training graphs");
    add(
        "sparse", [](Model& m) { m.mutable_graph()->add_sparse_initializer(); }, "it holds sparse tensors");
    add(
        "made twice", [](Model& m) { node(m, "Softmax").set_output(0, "matmul"); }, "the value 'matmul' is made twice");
    add(
        "two outputs", [](Model& m) { node(m, "Softmax").add_output("more"); }, "has 2 outputs; one is supported");
    add(
        "output twice", [](Model& m) { *m.mutable_graph()->add_output() = m.graph().output(0); },
        "the output 'label' is given twice");
    add(
        "output missing", [](Model& m) { m.mutable_graph()->mutable_output(0)->set_name("none"); },
        "the output 'none' is made by no node");
    add(
        "no output", [](Model& m) { m.mutable_graph()->clear_output(); }, "it has no output");
    add(
        "no graph", [](Model& m) { m.clear_graph(); }, "it holds no graph");
    add(
        "opset", [](Model& m) { m.mutable_opset_import(0)->set_version(21); }, "version 21 of opset is not supported");
    add(
        "old opset", [](Model& m) { m.mutable_opset_import(0)->set_version(9); }, "only 13 to 17");
    add(
        "ml opset", [](Model& m) { m.mutable_opset_import(1)->set_version(1); },
        "version 1 of ai.onnx.ml is not supported");
    add(
        "other opset", [](Model& m) { m.mutable_opset_import(1)->set_domain("com.x"); },
        "operators of the domain 'com.x' are not supported");
    add(
        "no opset", [](Model& m) { m.clear_opset_import(); }, "it names no opset");
    add(
        "too few bytes", [](Model& m) { weights(m).mutable_raw_data()->pop_back(); },
        "initializer 'weights' has 23 bytes of data where its shape needs 6 x 4");
    add(
        "too many bytes", [](Model& m) { *weights(m).mutable_raw_data() += "1234"; }, "has 28 bytes of data");
    add(
        "data twice", [](Model& m) { weights(m).add_float_data(1); }, "holds its data twice");
    add(
        "no data", [](Model& m) { weights(m).clear_raw_data(); }, "has 0 values where its shape needs 6");
    add(
        "negative shape", [](Model& m) { weights(m).set_dims(0, -3); }, "shape [-3, 2] has a negative dimension");
    add(
        "huge shape", [](Model& m) { weights(m).set_dims(0, std::int64_t{1} << 62); },
        "more elements than memory can hold");
    add(
        "large shape", [](Model& m) { weights(m).set_dims(0, std::int64_t{1} << 31); }, "has 24 bytes of data");
    add(
        "overflowing shape",
        [](Model& m) {
          weights(m).set_dims(0, (std::int64_t{1} << 33) + 3);
          weights(m).set_dims(1, std::int64_t{1} << 31);
        },
        "more elements than memory can hold");
    add(
        "double", [](Model& m) { weights(m).set_data_type(onnx::TensorProto::DOUBLE); },
        "initializer 'weights' has the element type DOUBLE");
    add(
        "strange type", [](Model& m) { weights(m).set_data_type(77); }, "has the element type 77");
    add(
        "too few strings",
        [](Model& m) { m.mutable_graph()->mutable_initializer(1)->mutable_string_data()->RemoveLast(); },
        "initializer 'classes' has 1 strings where its shape needs 2");
    add(
        "long string",
        [](Model& m) { m.mutable_graph()->mutable_initializer(1)->set_string_data(0, std::string(70000, 'x')); },
        "holds a string of 70000 bytes");
    add(
        "initializer twice", [](Model& m) { *m.mutable_graph()->add_initializer() = weights(m); },
        "initializer 'weights' is given twice");
    add(
        "attribute twice", [](Model& m) { *node(m, "Softmax").add_attribute() = node(m, "Softmax").attribute(0); },
        "attribute 'axis' is given twice");
    add(
        "input type",
        [](Model& m) {
          m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(
              onnx::TensorProto::INT64);
        },
        "input 'number' takes int64; float and string are supported");
    add(
        "input shape",
        [](Model& m) {
          m.mutable_graph()
              ->mutable_input(0)
              ->mutable_type()
              ->mutable_tensor_type()
              ->mutable_shape()
              ->add_dim()
              ->set_dim_value(3);
        },
        "input 'number' has the shape [-1, 1, 3]");
    add(
        "input no tensor",
        [](Model& m) { m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_sequence_type(); },
        "input 'number' is no tensor");
    add(
        "fixed rows",
        [](Model& m) {
          m.mutable_graph()
              ->mutable_input(0)
              ->mutable_type()
              ->mutable_tensor_type()
              ->mutable_shape()
              ->mutable_dim(0)
              ->set_dim_value(1);
        },
        "input 'number' takes exactly 1 rows at a time");
    add(
        "metadata cut", [](Model& m) { m.mutable_metadata_props()->RemoveLast(); }, "the metadata 'task' is missing");
    add(
        "metadata twice", [](Model& m) { *m.add_metadata_props() = m.metadata_props(0); },
        "the metadata 'classes' is given twice");
    add(
        "metadata no JSON", [](Model& m) { m.mutable_metadata_props(0)->set_value("[1"); },
        "the metadata 'classes' is no JSON list");
    add(
        "metadata no text", [](Model& m) { m.mutable_metadata_props(0)->set_value("[1]"); },
        "'classes' holds something that is no text");
    add(
        "metadata columns", [](Model& m) { m.mutable_metadata_props(1)->set_value("[{}]"); }, "has no text 'input'");
  }
  void bad_files_are_refused() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, says);
    const std::string said = verdict(bytes.toStdString());
    QVERIFY2(said.starts_with("bad.onnx: "), said.c_str());
    QVERIFY2(said.find(says.toStdString()) != std::string::npos, said.c_str());
  }

  /// Wrong only when rows go through: the message still names file and node.
  void wrong_answers_are_refused() {
    const std::string classes =
        changed([](onnx::ModelProto& m) { m.mutable_metadata_props(0)->set_value(R"(["a"])"); });
    QCOMPARE(verdict(classes, true), std::string("bad.onnx: the output 'probabilities' has 2 columns for 1 classes"));
    const std::string fit = changed([](onnx::ModelProto& m) {
      weights(m).set_dims(0, 2);
      weights(m).set_dims(1, 3);
    });
    QCOMPARE(verdict(fit, true),
             std::string("bad.onnx: node 'matmul' (MatMul): multiplies [3, 3] and [2, 3], which do not fit"));
    const std::string outputs =
        changed([](onnx::ModelProto& m) { m.mutable_graph()->mutable_output()->DeleteSubrange(0, 1); });
    QVERIFY(verdict(outputs, true).find("no output 'label', 'value', 'cluster' or 'embedding'") != std::string::npos);
  }

  /// Subgraphs in subgraphs, and types in types, 10,000 deep: neither may use up the stack.
  void deep_nesting_is_refused() {
    const auto wrapped = [](int field, const std::string& inner) {
      std::string bytes(1, static_cast<char>(field << 3 | 2));
      for (std::size_t length = inner.size();; length >>= 7) {
        bytes += static_cast<char>(length < 128 ? length : (length & 127) | 128);
        if (length < 128) break;
      }
      return bytes + inner;
    };
    std::string graph;
    for (int depth = 0; depth < 10000; ++depth) graph = wrapped(1, wrapped(5, wrapped(6, graph)));  // node.attribute.g
    QVERIFY(verdict(wrapped(7, graph)).find("nested too deeply") != std::string::npos);
    std::string type;
    for (int depth = 0; depth < 10000; ++depth) type = wrapped(4, wrapped(1, type));  // sequence_type.elem_type
    QVERIFY(verdict(wrapped(7, wrapped(11, wrapped(2, type)))).find("nested too deeply") != std::string::npos);
  }

  void long_chains_are_no_nesting() {
    OnnxGraph graph;
    std::string value = graph.add_input("x", TensorType::real, {-1, 1});
    for (int i = 0; i < 10000; ++i) value = graph.add("Neg", {value});
    graph.add_output(value, "value", TensorType::real, {-1, 1});
    DataTable table;
    table.rows = 1;
    table.columns.resize(1);
    table.columns[0].name = "x";
    table.columns[0].numbers = {4};
    Dataset dataset;
    dataset.content = table;
    const auto result = OnnxModel::parse(graph.bytes({{"task", "regression"}}), "chain.onnx").predict(dataset);
    QCOMPARE(result.values, (std::vector<float>{4}));
  }

  /// A small file that says it holds 2^40 numbers, or makes them of one: refused without taking them.
  void lying_sizes_take_no_memory() {
    const double before = resident_mb();
    for (const std::int64_t size : {std::int64_t{1} << 31, std::int64_t{1} << 40, std::int64_t{1} << 62})
      QVERIFY(verdict(changed([&](onnx::ModelProto& m) { weights(m).set_dims(0, size); })) != "accepted");
    OnnxGraph graph;
    const std::string x = graph.add_input("x", TensorType::real, {-1, 1});
    const std::vector<std::int64_t> huge{std::int64_t{1} << 20, std::int64_t{1} << 20};
    graph.add_output(graph.add("Expand", {x, graph.constant("huge", huge, {2})}), "value", TensorType::real, {-1, 1});
    DataTable table;
    table.rows = 1;
    table.columns.resize(1);
    table.columns[0].name = "x";
    table.columns[0].numbers = {4};
    Dataset dataset;
    dataset.content = table;
    const OnnxModel model = OnnxModel::parse(graph.bytes({{"task", "regression"}}), "huge.onnx");
    QVERIFY_EXCEPTION_THROWN(model.predict(dataset), ModelError);
    QVERIFY(resident_mb() - before < 64);
  }

  void files_that_cannot_be_read() {
    QVERIFY_EXCEPTION_THROWN(OnnxModel::read("/nowhere/model.onnx"), FileError);
    QVERIFY_EXCEPTION_THROWN(OnnxModel::read("/tmp"), FileError);
  }
};

QTEST_APPLESS_MAIN(TestOnnxReader)
#include "test_onnx_reader.moc"
