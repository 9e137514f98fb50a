#include <QtTest>
#include <limits>
#include <numeric>

#include "core/base/file.hpp"
#include "core/model/evaluator.hpp"
#include "core/model/onnx_file.hpp"
#include "fake_models.hpp"
#include "onnx_runtime_check.hpp"

using namespace gb;
namespace fs = std::filesystem;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t row_count = 1000;

Column numeric(std::string name, double mean, double deviation, double missing_share, std::uint64_t seed) {
  Random random(seed);
  Column column;
  column.name = std::move(name);
  for (std::size_t i = 0; i < row_count; ++i) {
    const double value = mean + deviation * random.normal();
    column.numbers.push_back(random.uniform() < missing_share ? missing : value);
  }
  return column;
}

Column categorical(std::string name, std::vector<std::string> levels, double missing_share, std::uint64_t seed) {
  Random random(seed);
  Column column;
  column.name = std::move(name);
  column.type = ColumnType::categorical;
  for (std::size_t i = 0; i < row_count; ++i)
    column.codes.push_back(random.uniform() < missing_share ? -1
                                                            : static_cast<std::int32_t>(random.below(levels.size())));
  column.levels = std::move(levels);
  return column;
}

/// Every kind of column: plain, missing, far from zero, categories with and without holes, categories that are numbers,
/// dates, names that the file must change, text that is left out.
Dataset mixed_table() {
  DataTable table;
  table.rows = row_count;
  table.columns.push_back(numeric("plain", 0, 1, 0, 1));
  table.columns.push_back(numeric("holes", 50, 20, 0.2, 2));
  table.columns.push_back(categorical("colour", {"blue", "green", "red, dark"}, 0.1, 3));
  table.columns.push_back(numeric("year", 2000, 3, 0, 4));
  for (double& year : table.columns.back().numbers) year = std::floor(year);
  table.columns.push_back(categorical("zip", {"1", "20", "300"}, 0, 5));
  table.columns.push_back(numeric("bought", 19000, 200, 0.05, 6));
  table.columns.back().type = ColumnType::date;
  table.columns.push_back(numeric("value", 1, 0.01, 0, 7));
  table.columns.push_back(categorical("\xE7\xB1\xBB\xE5\x88\xAB", {"\xE7\x94\xB2", "\xE4\xB9\x99"}, 0, 8));
  table.columns.push_back(numeric("value_in", -3, 0.5, 0.01, 9));
  Column text;
  text.name = "note";
  text.type = ColumnType::text;
  for (std::size_t i = 0; i < row_count; ++i) text.texts.push_back("note " + std::to_string(i));
  table.columns.push_back(text);
  table.columns.push_back(categorical("kind", {"bad", "good", "so-so"}, 0, 10));
  Dataset dataset;
  dataset.name = "mixed";
  dataset.content = std::move(table);
  dataset.target = "kind";
  dataset.report.format = "CSV";
  dataset.fingerprint = "f00d";
  return dataset;
}

Dataset nameless_table() {
  DataTable table;
  table.rows = row_count;
  for (std::uint64_t i = 0; i < 4; ++i)
    table.columns.push_back(numeric("x" + std::to_string(i + 1), static_cast<double>(i), 2, i == 1 ? 0.1 : 0, i));
  Dataset dataset;
  dataset.name = "nameless";
  dataset.content = std::move(table);
  dataset.report.format = "NPY";
  return dataset;
}

Dataset images(std::size_t channels, std::size_t height, std::size_t width) {
  ImageSet set;
  set.count = row_count;
  set.channels = channels;
  set.height = height;
  set.width = width;
  Random random(11);
  std::vector<std::uint8_t> pixels(row_count * channels * height * width);
  for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(random.below(256));
  set.pixels = std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels));
  Dataset dataset;
  dataset.name = "images";
  dataset.content = std::move(set);
  return dataset;
}

Target classes(std::vector<std::string> names, bool integer = false) {
  Target target;
  target.name = "kind";
  target.classes = std::move(names);
  target.integer_classes = integer;
  return target;
}

Target regression() {
  Target target;
  target.name = "price";
  target.task = Task::regression;
  return target;
}

/// A dataset, its preparation and a model for it.
struct Scene {
  Dataset dataset;
  Target target;
  Preparation preparation;
  std::unique_ptr<Model> model;

  OnnxExport request() const { return {*model, preparation, dataset, &target, R"({"glassbench":1,"seed":7})"}; }
  std::int64_t features() const { return static_cast<std::int64_t>(preparation.feature_names().size()); }
};

Preparation fitted(const Dataset& dataset, const Json& steps) {
  Split split;
  split.train.resize(dataset.rows());
  std::iota(split.train.begin(), split.train.end(), std::int64_t{0});
  return Preparation::fit(dataset, steps, split);
}

const Json standard = Json::parse(R"([{"step": "impute"}, {"step": "one_hot"}, {"step": "standardize"}])");

Scene scene(const std::string& name) {
  Scene made;
  const bool table = name.starts_with("table");
  made.dataset = table                       ? mixed_table()
                 : name == "nameless"        ? nameless_table()
                 : name == "colour pictures" ? images(3, 4, 5)
                                             : images(1, 6, 6);
  // A power may steepen what rounding the inputs to float32 does; these scenes are about the file's own arithmetic.
  if (name.starts_with("table bent"))
    for (Column& each : std::get<DataTable>(made.dataset.content).columns)
      for (double& number : each.numbers) number = static_cast<double>(static_cast<float>(number));
  Json steps = Json::array();
  if (table) steps = standard;
  if (name == "table scaled twice")
    steps = Json::parse(R"([{"step": "standardize"}, {"step": "scale", "range": [-1, 3]}, {"step": "impute"}])");
  if (name == "table clipped")
    steps = Json::parse(R"([{"step": "standardize"}, {"step": "clip_outliers", "quantile_range": [0.1, 0.8]},
                            {"step": "impute"}, {"step": "clip_outliers", "method": "iqr", "iqr_factor": 0.3},
                            {"step": "scale"}])");
  if (name == "table encoded as numbers")
    steps = Json::parse(R"([{"step": "impute"}, {"step": "ordinal", "columns": ["colour"]},
                            {"step": "standardize"}, {"step": "frequency"}])");
  if (name == "table merged")
    steps = Json::parse(R"([{"step": "impute"}, {"step": "rare_categories", "min_frequency": 0.34},
                            {"step": "ordinal", "columns": ["zip"]}, {"step": "one_hot"}, {"step": "standardize"}])");
  if (name == "table selected")
    steps = Json::parse(R"([{"step": "impute"}, {"step": "ordinal", "columns": ["zip"]},
                            {"step": "select_variance", "threshold": 0.7}, {"step": "standardize"}])");
  if (name == "table bent")
    steps = Json::parse(R"([{"step": "power"}, {"step": "impute"}, {"step": "frequency"}, {"step": "standardize"}])");
  if (name == "table bent, bare")
    steps = Json::parse(R"([{"step": "impute"}, {"step": "standardize"},
                            {"step": "power", "columns": ["holes", "year", "value_in"], "standardize": false}])");
  if (name == "table bent by quantiles")
    steps = Json::parse(R"([{"step": "impute"}, {"step": "quantile", "columns": ["plain", "holes", "year"]},
                            {"step": "standardize"}, {"step": "quantile", "output": "normal", "quantiles": 60}])");
  if (name == "table bent to normal")
    steps = Json::parse(R"([{"step": "standardize"}, {"step": "quantile", "output": "normal"}, {"step": "impute"}])");
  if (name.starts_with("table of dates"))
    for (Column& each : std::get<DataTable>(made.dataset.content).columns)
      if (each.name == "bought")
        for (double& day : each.numbers) day = std::floor(40 * (day - 19000));
  if (name == "table of dates")
    steps = Json::parse(R"([{"step": "dates", "day_of_year": true}, {"step": "standardize"}])");
  if (name == "table of dates in cycles")
    steps = Json::parse(R"([{"step": "impute"}, {"step": "dates", "cyclic": true, "keep": true},
                            {"step": "standardize"}, {"step": "select_variance", "threshold": 0.1}])");
  if (name == "table multiplied")
    steps = Json::parse(R"([{"step": "impute"}, {"step": "standardize"}, {"step": "ordinal", "columns": ["zip"]},
                            {"step": "polynomial", "degree": 3, "columns": ["plain", "holes", "zip"]},
                            {"step": "scale"}])");
  if (name == "table of target means")
    steps = Json::parse(R"([{"step": "impute"}, {"step": "target", "columns": ["colour", "zip"]}, {"step": "one_hot"},
                            {"step": "standardize"}])");
  if (name == "table of target means, merged")
    steps = Json::parse(R"([{"step": "rare_categories", "min_frequency": 0.34}, {"step": "target", "smooth": 3},
                            {"step": "standardize"}])");
  if (name == "table chosen")
    steps = Json::parse(R"([{"step": "impute"}, {"step": "standardize"},
                            {"step": "polynomial", "columns": ["plain", "holes", "year"]},
                            {"step": "select_information", "keep": 0.5},
                            {"step": "quantile", "quantiles": 100}, {"step": "select_recursive", "keep": 6}])");
  if (name == "table unprepared") steps = Json::array();
  if (name == "colour pictures") steps = Json::parse(R"([{"step": "standardize"}])");
  made.preparation = fitted(made.dataset, steps);
  made.target = classes({"bad", "good", "so-so"});
  if (name == "table integer classes") made.target = classes({"-1", "0", "7"}, true);
  if (name == "table padded classes") made.target = classes({"01", "02", "03"}, true);
  if (name == "table regression") made.target = regression();
  if (name == "table clusters" || name == "nameless") {
    made.model = std::make_unique<FakeClusters>(random_matrix(5, made.features(), 20));
  } else {
    const bool regresses = made.target.task == Task::regression;
    made.model = std::make_unique<FakeNetwork>(made.target.task, made.features(), regresses ? 1 : 3);
  }
  return made;
}

const std::vector<std::string>& scene_names() {
  static const std::vector<std::string> names{"table",
                                              "table integer classes",
                                              "table padded classes",
                                              "table regression",
                                              "table clusters",
                                              "table scaled twice",
                                              "table clipped",
                                              "table encoded as numbers",
                                              "table merged",
                                              "table selected",
                                              "table bent",
                                              "table bent, bare",
                                              "table bent by quantiles",
                                              "table bent to normal",
                                              "table of dates",
                                              "table of dates in cycles",
                                              "table multiplied",
                                              "table of target means",
                                              "table of target means, merged",
                                              "table chosen",
                                              "nameless",
                                              "pictures",
                                              "colour pictures"};
  return names;
}

void add_scenes() {
  QTest::addColumn<QString>("name");
  for (const std::string& name : scene_names()) QTest::newRow(name.c_str()) << QString::fromStdString(name);
}

/// "value" is the name of an output, "value_in" that of another column.
std::string column_of(const std::string& input) {
  if (input == "value_in") return "value";
  return input == "value_in_in" ? "value_in" : input;
}

/// The raw rows as any other runtime is fed: by the names and types that the file itself declares.
OnnxRuntimeCheck::Named raw_inputs(const Dataset& dataset, const OnnxModel& model) {
  OnnxRuntimeCheck::Named inputs;
  const auto rows = static_cast<std::int64_t>(row_count);
  for (const OnnxModel::Input& input : model.inputs()) {
    Tensor tensor;
    tensor.shape = input.shape;
    tensor.shape[0] = rows;
    if (const ImageSet* set = dataset.images()) {
      tensor.values = Tensor::Reals(set->pixels.begin(), set->pixels.end());
    } else if (input.name == "features") {
      Tensor::Reals values;
      for (std::size_t row = 0; row < row_count; ++row)
        for (const Column& each : dataset.table()->columns) values.push_back(static_cast<float>(each.numbers[row]));
      tensor.values = values;
    } else if (input.text) {
      Tensor::Texts values;
      for (std::size_t row = 0; row < row_count; ++row) values.push_back(dataset.table()->find(input.name)->cell(row));
      tensor.values = values;
    } else {
      const Column& source = *dataset.table()->find(column_of(input.name));
      tensor.values = Tensor::Reals(source.numbers.begin(), source.numbers.end());
    }
    inputs.emplace_back(input.name, std::move(tensor));
  }
  return inputs;
}

/// What the model in memory says, in the outputs of the file's face.
OnnxRuntimeCheck::Named native_outputs(const Scene& made) {
  std::vector<std::int64_t> rows(row_count);
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  const Prediction prediction = made.model->predict(made.preparation.transform(made.dataset), rows);
  const auto count = static_cast<std::int64_t>(row_count);
  if (made.model->task() == Task::regression) return {{"value", {{count, 1}, prediction.values}}};
  if (made.model->task() == Task::clustering)
    return {{"cluster", {{count}, Tensor::Integers(prediction.labels.begin(), prediction.labels.end())}}};
  Tensor label{{count}, {}};
  if (made.target.classes.front() == "-1") {
    Tensor::Integers integers;
    for (const auto code : prediction.labels)
      integers.push_back(std::stoll(made.target.classes[static_cast<std::size_t>(code)]));
    label.values = integers;
  } else {
    Tensor::Texts texts;
    for (const auto code : prediction.labels) texts.push_back(made.target.classes[static_cast<std::size_t>(code)]);
    label.values = texts;
  }
  const float* values = prediction.probabilities.data();
  return {{"label", label},
          {"probabilities", {{count, 3}, Tensor::Reals(values, values + prediction.probabilities.size())}}};
}

template <class E>
QByteArray message(const std::function<void()>& action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was thrown";
}

/// Writes other weights than it predicts with: what the proof is there to find.
class LyingModel : public FakeNetwork {
 public:
  using FakeNetwork::FakeNetwork;
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override {
    const std::string honest = FakeNetwork::write_onnx(graph, features);
    const std::vector<float> little{1.001F};
    return graph.add("Mul", {honest, graph.constant("little", little, {})});
  }
};

/// Writes outputs that do not fit its task.
class UnfitModel : public FakeNetwork {
 public:
  UnfitModel(std::int64_t features, std::string what) : FakeNetwork(Task::classification, features, 3), what_(what) {}
  std::string write_onnx(OnnxGraph& graph, const std::string& features) const override {
    if (what_ == "undefined") return "nowhere";
    if (what_ == "operator") return graph.add("Fnord", {features});
    const std::string honest = FakeNetwork::write_onnx(graph, features);
    const std::vector<std::int64_t> two{0, 1};
    if (what_ == "columns")
      return graph.add("Gather", {honest, graph.constant("two", two, {2})}, {{"axis", std::int64_t{1}}});
    if (what_ == "rows")
      return graph.add("Gather", {honest, graph.constant("two", two, {1, 2})}, {{"axis", std::int64_t{0}}});
    return graph.add("Cast", {honest}, {{"to", std::int64_t{8}}});
  }

 private:
  std::string what_;
};

}  // namespace

class TestExport : public QObject {
  Q_OBJECT

 private slots:
  void file_agrees_with_memory_data() { add_scenes(); }
  void file_agrees_with_memory() {
    QFETCH(QString, name);
    const Scene made = scene(name.toStdString());
    const QTemporaryDir folder;
    const fs::path path = fs::path(folder.path().toStdString()) / "model.onnx";
    const double difference = export_with_proof(made.request(), path);
    QVERIFY2(difference < 1e-5, QByteArray::number(difference));
    QCOMPARE(read_file(path, 1 << 24), to_onnx(made.request()));
    QCOMPARE(std::distance(fs::directory_iterator(path.parent_path()), {}), std::ptrdiff_t{1});

    const OnnxModel model = OnnxModel::read(path);
    const OnnxModel::Result result = model.predict(made.dataset);
    const auto expected = native_outputs(made);
    if (made.model->task() == Task::regression) {
      QCOMPARE(result.output, std::string("value"));
      QCOMPARE(result.values.size(), row_count);
      QVERIFY(result.labels.empty());
    } else {
      QCOMPARE(result.output, expected[0].first);
      QCOMPARE(result.labels.size(), row_count);
      QCOMPARE(result.classes,
               made.model->task() == Task::clustering ? std::vector<std::string>() : made.target.classes);
    }
    if (const auto* texts = std::get_if<Tensor::Texts>(&expected[0].second.values)) QVERIFY(*texts == result.labels);
  }

  void onnxruntime_agrees() {
    OnnxRuntimeCheck check;
    if (const QString why = check.unavailable(); !why.isEmpty()) QSKIP(qPrintable(why));
    for (const std::string& name : scene_names()) {
      const Scene made = scene(name);
      const std::string bytes = to_onnx(made.request());
      check.add(name, bytes, raw_inputs(made.dataset, OnnxModel::parse(bytes, name)), native_outputs(made));
    }
    bool agrees = false;
    const QString output = check.run(agrees);
    QVERIFY2(agrees, qPrintable(output));
  }

  void face_of_a_table() {
    const Scene made = scene("table");
    const OnnxModel model = OnnxModel::parse(to_onnx(made.request()), "model.onnx");
    std::vector<std::string> names;
    for (const auto& input : model.inputs()) {
      names.push_back(input.name);
      QCOMPARE(input.shape, (Shape{-1, 1}));
      QCOMPARE(input.text, input.name == "colour" || input.name == "zip" || input.name == "\xE7\xB1\xBB\xE5\x88\xAB");
    }
    QCOMPARE(names, (std::vector<std::string>{"plain", "holes", "colour", "year", "zip", "bought", "value_in",
                                              "\xE7\xB1\xBB\xE5\x88\xAB", "value_in_in"}));
    QCOMPARE(model.output_names(), (std::vector<std::string>{"label", "probabilities"}));
    const auto& metadata = model.metadata();
    QCOMPARE(metadata.at("classes"), std::string(R"(["bad","good","so-so"])"));
    QCOMPARE(metadata.at("experiment"), std::string(R"({"glassbench":1,"seed":7})"));
    QCOMPARE(metadata.at("fingerprint"), std::string("f00d"));
    QCOMPARE(metadata.at("target"), std::string("kind"));
    QCOMPARE(metadata.at("task"), std::string("classification"));
    QCOMPARE(metadata.at("units"), std::string(R"({"bought":"days since 1970-01-01"})"));
    const Json columns = Json::parse(metadata.at("columns"));
    QCOMPARE(columns.size(), std::size_t{9});
    QCOMPARE(columns[6], (Json{{"column", "value"}, {"input", "value_in"}, {"type", "numeric"}, {"imputed", true}}));
    QCOMPARE(columns[8]["column"], Json("value_in"));
  }

  void face_of_the_others() {
    const auto parse = [](const char* name) { return OnnxModel::parse(to_onnx(scene(name).request()), "model.onnx"); };
    const OnnxModel nameless = parse("nameless");
    QCOMPARE(nameless.inputs().size(), std::size_t{1});
    QCOMPARE(nameless.inputs()[0].name, std::string("features"));
    QCOMPARE(nameless.inputs()[0].shape, (Shape{-1, 4}));
    QCOMPARE(nameless.output_names(), (std::vector<std::string>{"cluster"}));
    const OnnxModel pictures = parse("colour pictures");
    QCOMPARE(pictures.inputs()[0].name, std::string("image"));
    QCOMPARE(pictures.inputs()[0].shape, (Shape{-1, 3, 4, 5}));
    QCOMPARE(pictures.metadata().at("units"), std::string(R"({"image":"0..255"})"));
    QCOMPARE(parse("table regression").output_names(), (std::vector<std::string>{"value"}));
    QVERIFY(!parse("table clusters").metadata().contains("classes"));
  }

  /// What no operator computes is refused with the reason.
  void uncomputable_steps_are_refused() {
    Scene made = scene("table");
    const auto says = [&](const char* steps, const char* what) {
      made.preparation = fitted(made.dataset, Json::parse(steps));
      made.model = std::make_unique<FakeNetwork>(Task::classification, made.features(), 3);
      const QByteArray text = message<ModelError>([&] { to_onnx(made.request()); });
      QVERIFY2(text.contains(what), text);
    };
    says(R"([{"step": "text"}])", "splits the texts of 'note' into words, and no operator of ONNX's opset 17");
    says(R"([{"step": "dates"}])", "The hour of a date cannot be exported");
    // Words that were left out need no operator: every note has this one, which therefore tells nothing.
    made.preparation = fitted(made.dataset, Json::parse(R"([{"step": "impute"}, {"step": "text", "terms": 1},
        {"step": "select_recursive", "keep": 1, "columns": ["note:note", "plain"]}, {"step": "standardize"}])"));
    made.model = std::make_unique<FakeNetwork>(Task::classification, made.features(), 3);
    to_onnx(made.request());
  }

  void same_request_gives_the_same_bytes() {
    QVERIFY(to_onnx(scene("table").request()) == to_onnx(scene("table").request()));
  }

  /// Timestamps in seconds: one float holds them to the minute, so the shift must be applied in two parts.
  void large_numbers_keep_their_digits() {
    Scene made = scene("table");
    auto& columns = std::get<DataTable>(made.dataset.content).columns;
    Random random(5);
    for (double& value : columns[0].numbers) value = 1.6e9 + 128 * std::floor(1000 * random.normal());
    columns[0].numbers[17] = missing;
    made.preparation = fitted(made.dataset, standard);
    const QTemporaryDir folder;
    const fs::path path = fs::path(folder.path().toStdString()) / "model.onnx";
    const double difference = export_with_proof(made.request(), path);
    QVERIFY2(difference < 1e-5, QByteArray::number(difference));

    for (double& value : columns[0].numbers) value = 1.6e9 + random.normal();
    made.preparation = fitted(made.dataset, standard);
    const QByteArray text = message<ModelError>([&] { export_with_proof(made.request(), path); });
    QVERIFY2(text.contains("The column 'plain' has more digits than the 32-bit numbers of an ONNX input hold"), text);
  }

  void mismatch_leaves_no_file() {
    Scene made = scene("table regression");
    made.model = std::make_unique<LyingModel>(Task::regression, made.features(), 1);
    const QTemporaryDir folder;
    const fs::path path = fs::path(folder.path().toStdString()) / "model.onnx";
    const QByteArray text = message<ModelError>([&] { export_with_proof(made.request(), path); });
    QVERIFY2(text.contains("does not agree with the one in memory: in row"), text);
    QVERIFY(fs::is_empty(path.parent_path()));
    write_file_atomically(path, "older");
    message<ModelError>([&] { export_with_proof(made.request(), path); });
    QCOMPARE(read_file(path, 100), std::string("older"));
    QCOMPARE(std::distance(fs::directory_iterator(path.parent_path()), {}), std::ptrdiff_t{1});
  }

  void unwritable_folder_is_an_error() {
    const Scene made = scene("nameless");
    QVERIFY(message<FileError>([&] { export_with_proof(made.request(), "/nowhere/model.onnx"); }).contains("/nowhere"));
  }

  void unfit_models_are_refused_data() {
    QTest::addColumn<QString>("what");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("undefined") << "undefined" << QByteArray("'nowhere', which");
    QTest::newRow("operator") << "operator" << QByteArray("(Fnord): the operator is not supported");
    QTest::newRow("columns") << "columns" << QByteArray("'probabilities' has 2 columns for 3 classes");
    QTest::newRow("rows") << "rows" << QByteArray("the output 'label' has the shape [1, 3]");
    QTest::newRow("type") << "type" << QByteArray("expected a float tensor, got string");
  }
  void unfit_models_are_refused() {
    QFETCH(QString, what);
    QFETCH(QByteArray, says);
    Scene made = scene("table");
    made.model = std::make_unique<UnfitModel>(made.features(), what.toStdString());
    const QByteArray text = message<ModelError>([&] { to_onnx(made.request()); });
    QVERIFY2(text.contains(says), text);
  }

  void unfit_targets_are_refused() {
    Scene made = scene("table");
    OnnxExport without = made.request();
    without.target = nullptr;
    QVERIFY(message<ModelError>([&] { to_onnx(without); }).contains("needs its target"));
    made.target = regression();
    QVERIFY(message<ModelError>([&] { to_onnx(made.request()); }).contains("its target is one of regression"));
  }

  /// Rows that lie exactly between two centres may go to either: that is no reason to refuse the file. Others may not.
  void ties_are_no_mismatch() {
    Scene made = scene("nameless");
    auto& columns = std::get<DataTable>(made.dataset.content).columns;
    for (std::size_t row = 0; row < row_count; ++row)
      for (Column& each : columns) each.numbers[row] = static_cast<double>(row % 7);
    made.preparation = fitted(made.dataset, Json::array());
    const MatrixF centers{{1, 1, 1, 1}, {3, 3, 3, 3}};
    made.model = std::make_unique<FakeClusters>(centers, false);
    const QTemporaryDir folder;
    const fs::path path = fs::path(folder.path().toStdString()) / "model.onnx";
    export_with_proof(made.request(), path);
    // The file says 0 for rows of 2, the model 1: without the rule for ties this export would fail.
    const Prediction native =
        made.model->predict(made.preparation.transform(made.dataset), std::vector<std::int64_t>{2});
    QCOMPARE(native.labels, (std::vector<std::int32_t>{1}));
    QCOMPARE(OnnxModel::read(path).predict(made.dataset).labels[2], std::string("0"));

    class Renumbered : public FakeClusters {
     public:
      using FakeClusters::FakeClusters;
      Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override {
        Prediction prediction = FakeClusters::predict(features, rows);
        for (std::int32_t& label : prediction.labels) label = 1 - label;
        return prediction;
      }
    };
    made.model = std::make_unique<Renumbered>(centers);
    const QByteArray text = message<ModelError>([&] { export_with_proof(made.request(), path); });
    QVERIFY2(text.contains("in row 1 of the 1000 compared, its label is 0 instead of 1"), text);
  }
};

QTEST_APPLESS_MAIN(TestExport)
#include "test_export.moc"
