#include <QtTest>
#include <limits>

#include "core/model/onnx_file.hpp"
#include "core/model/onnx_graph.hpp"
#include "core/params/param_spec.hpp"

using namespace gb;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

Column numbers(std::string name, std::vector<double> values, ColumnType type = ColumnType::numeric) {
  Column column;
  column.name = std::move(name);
  column.type = type;
  column.numbers = std::move(values);
  return column;
}

Column categories(std::string name, std::vector<std::string> levels, std::vector<std::int32_t> codes) {
  Column column;
  column.name = std::move(name);
  column.type = ColumnType::categorical;
  column.levels = std::move(levels);
  column.codes = std::move(codes);
  return column;
}

Column texts(std::string name, std::vector<std::string> values) {
  Column column;
  column.name = std::move(name);
  column.type = ColumnType::text;
  column.texts = std::move(values);
  return column;
}

Dataset table(std::vector<Column> columns) {
  DataTable content;
  content.rows = columns.front().size();
  content.columns = std::move(columns);
  Dataset dataset;
  dataset.name = "test data";
  dataset.content = std::move(content);
  return dataset;
}

Dataset pictures(std::size_t channels, std::size_t height, std::size_t width, std::vector<std::uint8_t> pixels) {
  ImageSet set;
  set.channels = channels;
  set.height = height;
  set.width = width;
  set.count = pixels.size() / set.pixels_each();
  set.pixels = std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels));
  Dataset dataset;
  dataset.content = std::move(set);
  return dataset;
}

/// value = a + 10 b, with the given metadata.
OnnxModel two_columns(const std::vector<std::pair<std::string, std::string>>& metadata = {}) {
  OnnxGraph graph;
  const std::string a = graph.add_input("a", TensorType::real, {-1, 1});
  const std::string b = graph.add_input("b", TensorType::real, {-1, 1});
  const std::vector<float> ten{10};
  const std::string sum = graph.add("Add", {a, graph.add("Mul", {b, graph.constant("ten", ten, {})})});
  graph.add_output(sum, "value", TensorType::real, {-1, 1});
  auto all = metadata;
  all.emplace_back("task", "regression");
  return OnnxModel::parse(graph.bytes(all), "sum.onnx");
}

/// label = the text itself.
OnnxModel echo() {
  OnnxGraph graph;
  const std::string x = graph.add_input("x", TensorType::text, {-1, 1});
  graph.add_output(graph.add("Flatten", {x}, {{"axis", std::int64_t{0}}}), "flat", TensorType::text, {1, -1});
  const std::vector<std::int64_t> rows{-1};
  graph.add_output(graph.add("Reshape", {x, graph.constant("rows", rows, {1})}), "label", TensorType::text, {-1});
  return OnnxModel::parse(graph.bytes({{"task", "classification"}}), "echo.onnx");
}

/// cluster = which of the columns is the largest.
OnnxModel largest_of(std::int64_t columns, const std::vector<std::pair<std::string, std::string>>& metadata = {}) {
  OnnxGraph graph;
  const std::string x = graph.add_input("features", TensorType::real, {-1, columns});
  graph.add_output(graph.add("ArgMax", {x}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}}), "cluster",
                   TensorType::integer, {-1});
  auto all = metadata;
  all.emplace_back("task", "clustering");
  return OnnxModel::parse(graph.bytes(all), "largest.onnx");
}

std::string notes(const std::vector<std::string>& columns, bool imputed = true) {
  Json list = Json::array();
  for (const std::string& column : columns)
    list.push_back({{"column", column}, {"input", "features"}, {"type", "numeric"}, {"imputed", imputed}});
  return list.dump();
}

using Labels = std::vector<std::string>;
using Values = std::vector<float>;

QByteArray complaint(const std::function<void()>& action) {
  try {
    action();
  } catch (const DataError& error) {
    return error.what();
  }
  return "no DataError";
}

}  // namespace

class TestOnnxModel : public QObject {
  Q_OBJECT

 private slots:
  void columns_are_found_by_name() {
    const auto result = two_columns().predict(
        table({texts("note", {"x", "y"}), numbers("b", {1, 2}), numbers("extra", {7, 7}), numbers("a", {3, 4})}));
    QCOMPARE(result.values, (Values{13, 24}));
    QCOMPARE(result.output, std::string("value"));
    QVERIFY(result.labels.empty());
    QCOMPARE(result.probabilities.size(), Eigen::Index{0});
  }

  void missing_column_is_named() {
    try {
      two_columns().predict(table({numbers("a", {1})}));
      QFAIL("accepted");
    } catch (const DataError& error) {
      QCOMPARE(error.what(), "The data has no column 'b', which the model sum.onnx needs");
      QCOMPARE(error.field(), std::string("b"));
    }
  }

  void renamed_inputs_are_found_by_their_column() {
    const auto model = two_columns(
        {{"columns",
          R"([{"column":"value","input":"a","type":"numeric"},{"column":"b","input":"b","type":"numeric"}])"}});
    QCOMPARE(model.predict(table({numbers("value", {5}), numbers("b", {1})})).values, (Values{15}));
    QVERIFY(complaint([&] { model.predict(table({numbers("a", {5}), numbers("b", {1})})); }).contains("'value'"));
  }

  void numbers_come_from_what_holds_numbers() {
    const OnnxModel model = two_columns();
    QCOMPARE(model.predict(table({categories("a", {"-1.5", "+2"}, {1, 0}), numbers("b", {1, 0})})).values,
             (Values{12, -1.5F}));
    QCOMPARE(model.predict(table({numbers("a", {7}, ColumnType::date), numbers("b", {0})})).values, (Values{7}));
    const auto gap = model.predict(table({categories("a", {"1"}, {-1, 0}), numbers("b", {0, missing})})).values;
    QVERIFY(std::isnan(gap[0]) && std::isnan(gap[1]));
    QVERIFY(complaint([&] {
              model.predict(table({categories("a", {"1", "two"}, {0}), numbers("b", {0})}));
            }).contains("'a' must be numbers, but holds 'two'"));
    QVERIFY(complaint([&] {
              model.predict(table({texts("a", {"1"}), numbers("b", {0})}));
            }).contains("'a' must be numbers, but is text"));
  }

  void dates_are_no_numbers_where_numbers_were_learnt() {
    const OnnxModel model = two_columns({{"columns", R"([{"column":"a","input":"a","type":"numeric"}])"}});
    QVERIFY(complaint([&] {
              model.predict(table({numbers("a", {7}, ColumnType::date), numbers("b", {0})}));
            }).contains("'a' must be numbers, but is date"));
  }

  void missing_numbers_without_imputing_are_refused() {
    const OnnxModel model =
        two_columns({{"columns", R"([{"column":"a","input":"a","type":"numeric","imputed":false}])"}});
    QCOMPARE(complaint([&] {
               model.predict(table({numbers("a", {1, missing}), numbers("b", {0, 0})}));
             }),
             QByteArray("The column 'a' of row 2 is missing, and nothing was fitted to impute it"));
  }

  void texts_come_from_every_type() {
    const OnnxModel model = echo();
    QCOMPARE(model.predict(table({categories("x", {"a", "7"}, {1, -1, 0})})).labels, (Labels{"7", "", "a"}));
    QCOMPARE(model.predict(table({numbers("x", {7, missing, 2.5})})).labels, (Labels{"7", "", "2.5"}));
    QCOMPARE(model.predict(table({texts("x", {"p", ""})})).labels, (Labels{"p", ""}));
  }

  void matrix_takes_named_columns_or_all_numeric_ones() {
    const Dataset data =
        table({numbers("p", {9, 0}), texts("t", {"", ""}), numbers("q", {1, 5}), numbers("r", {2, 7})});
    QCOMPARE(largest_of(3).predict(data).labels, (Labels{"0", "2"}));
    QCOMPARE(largest_of(-1).predict(data).labels, (Labels{"0", "2"}));
    QCOMPARE(largest_of(2, {{"columns", notes({"r", "q"})}}).predict(data).labels, (Labels{"0", "0"}));
    // Other names, same number: in their order.
    QCOMPARE(largest_of(3, {{"columns", notes({"x", "y", "z"})}}).predict(data).labels, (Labels{"0", "2"}));
    Dataset with_target = data;
    with_target.target = "p";
    QCOMPARE(largest_of(2).predict(with_target).labels, (Labels{"1", "1"}));
    QCOMPARE(complaint([&] { largest_of(4).predict(data); }),
             QByteArray("The model largest.onnx takes 4 numeric columns, but the data has 3 of them"));
    const Dataset holes = table({numbers("p", {missing}), numbers("q", {1})});
    QVERIFY(complaint([&] {
              largest_of(2, {{"columns", notes({"p", "q"}, false)}}).predict(holes);
            }).contains("'p' of row 1"));
  }

  void a_column_may_be_called_features() {
    OnnxGraph graph;
    const std::string x = graph.add_input("features", TensorType::real, {-1, 1});
    graph.add_output(graph.add("Neg", {x}), "value", TensorType::real, {-1, 1});
    const OnnxModel model =
        OnnxModel::parse(graph.bytes({{"columns", notes({"features"})}, {"task", "regression"}}), "one.onnx");
    QCOMPARE(model.predict(table({numbers("a", {1}), numbers("features", {2})})).values, (Values{-2}));
  }

  void images_must_have_the_size() {
    OnnxGraph graph;
    const std::string x = graph.add_input("image", TensorType::real, {-1, 1, 1, 3});
    const std::string flat = graph.add("Flatten", {x}, {{"axis", std::int64_t{1}}});
    graph.add_output(graph.add("ArgMax", {flat}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}}), "cluster",
                     TensorType::integer, {-1});
    const OnnxModel model = OnnxModel::parse(graph.bytes({{"task", "clustering"}}), "image.onnx");
    QCOMPARE(model.predict(pictures(1, 1, 3, {0, 255, 3, 9, 8, 200})).labels, (Labels{"1", "2"}));
    QVERIFY(
        complaint([&] {
          model.predict(pictures(1, 3, 1, {1, 2, 3}));
        }).contains("The images are 1 x 3 x 1 (channels x height x width), but the model image.onnx takes 1 x 1 x 3"));
    QVERIFY(complaint([&] { model.predict(table({numbers("image", {1})})); }).contains("takes images"));
    QVERIFY(complaint([&] { two_columns().predict(pictures(1, 1, 1, {1})); }).contains("The data is images"));
  }

  void no_rows_give_no_answers() {
    const auto result = two_columns().predict(table({numbers("a", {}), numbers("b", {})}));
    QVERIFY(result.values.empty());
    QCOMPARE(result.output, std::string("value"));
  }

  /// More rows than one block: every row is answered once and in its place.
  void blocks_are_joined_in_order() {
    std::vector<double> a(10001), b(10001, 0.5);
    std::vector<float> expected;
    for (std::size_t i = 0; i < a.size(); ++i) {
      a[i] = static_cast<double>(i);
      expected.push_back(static_cast<float>(i) + 5);
    }
    QVERIFY(two_columns().predict(table({numbers("a", a), numbers("b", b)})).values == expected);
  }

  void answers_must_be_one_per_row() {
    OnnxGraph graph;
    const std::string x = graph.add_input("x", TensorType::real, {-1, 1});
    graph.add_output(graph.add("ReduceSum", {x}), "value", TensorType::real, {1, 1});
    const OnnxModel model = OnnxModel::parse(graph.bytes({{"task", "regression"}}), "sum.onnx");
    QVERIFY_EXCEPTION_THROWN(model.predict(table({numbers("x", {1, 2})})), ModelError);
  }

  void graphs_refuse_what_is_no_graph() {
    OnnxGraph graph;
    const std::string x = graph.add_input("x", TensorType::real, {-1, 1});
    QCOMPARE(graph.add_input("x", TensorType::real, {-1, 1}), std::string("x_in"));
    QCOMPARE(graph.add_input("label", TensorType::real, {-1, 1}), std::string("label_in"));
    QCOMPARE(graph.add_input("", TensorType::real, {-1, 1}), std::string("column"));
    QVERIFY(graph.add("Neg", {x}) != graph.add("Neg", {x}));
    const std::vector<float> three{1, 2, 3};
    QVERIFY_EXCEPTION_THROWN(graph.constant("c", three, {2, 2}), ModelError);
    QVERIFY_EXCEPTION_THROWN(graph.constant("c", three, {-3}), ModelError);
    QVERIFY_EXCEPTION_THROWN(graph.add("Neg", {"y"}), ModelError);
    QVERIFY_EXCEPTION_THROWN(graph.add_output("y", "value", TensorType::real, {}), ModelError);
    graph.add_output(x, "value", TensorType::real, {-1, 1});
    QVERIFY_EXCEPTION_THROWN(graph.add_output(x, "value", TensorType::real, {-1, 1}), ModelError);
    const std::string probe = graph.constant("probabilities", three, {3});
    QVERIFY(probe != "probabilities");
  }
};

QTEST_APPLESS_MAIN(TestOnnxModel)
#include "test_onnx_model.moc"
