#include <QTemporaryDir>
#include <QtTest>
#include <array>
#include <atomic>
#include <cmath>
#include <numeric>
#include <thread>

#include "core/algorithms/algorithm.hpp"
#include "core/base/parallel.hpp"
#include "core/data/source.hpp"
#include "core/evaluate/row_views.hpp"
#include "core/layers/presets.hpp"
#include "core/model/onnx_file.hpp"
#include "core/model/onnx_runtime_check.hpp"
#include "core/run/runner.hpp"

using namespace gb;

namespace {

class Recorder : public RunObserver {
 public:
  void on_event(const Event& event) override { events.push_back(event); }
  template <class T>
  std::shared_ptr<const T> last(const std::string& view) const {
    std::shared_ptr<const T> found;
    for (const auto& event : events)
      if (const auto* held = std::get_if<std::shared_ptr<const T>>(&event))
        if ((*held)->view == view) found = *held;
    return found;
  }
  std::vector<Event> events;
};

struct Outcome {
  std::shared_ptr<const PreparedRun> prepared;
  RunResult result;
  Recorder recorder;

  double metric(const std::string& part, const std::string& name) const {
    for (const auto& [of, metrics] : result.metrics)
      for (const auto& [metric, value] : metrics)
        if (of == part && metric == name) return value;
    return std::nan("");
  }
  OnnxExport exported() const {
    return {*result.model, prepared->preparation, *prepared->dataset, &*prepared->problem.target,
            prepared->document.dump()};
  }
};

std::shared_ptr<const PreparedRun> prepared_on(const std::shared_ptr<const Dataset>& dataset, const Json& params) {
  const Json document{{"glassbench", 1},
                      {"seed", 3},
                      {"data", {{"source", "bundled"}, {"name", "mnist-10k"}}},
                      {"algorithm", {{"id", "cnn"}, {"params", params}}}};
  return prepare_run(Experiment::from_json(document, "."), {}, dataset);
}

Outcome outcome_on(const std::shared_ptr<const Dataset>& dataset, const Json& params) {
  Outcome outcome;
  outcome.prepared = prepared_on(dataset, params);
  RunControl control;
  RunContext context(outcome.recorder, control, {.seed = 3});
  outcome.result = run(*outcome.prepared, context);
  return outcome;
}

/// The first digits of the bundled ones.
std::shared_ptr<const Dataset> digits(std::size_t count) {
  auto dataset =
      std::make_shared<Dataset>(load_dataset(Json{{"source", "bundled"}, {"name", "mnist-10k"}}, ".", 3, {}));
  auto images = *dataset->images();
  images.count = count;
  images.pixels = std::make_shared<const std::vector<std::uint8_t>>(
      images.pixels.begin(), images.pixels.begin() + 784 * std::ptrdiff_t(count));
  dataset->content = images;
  dataset->labels.codes.resize(count);
  return dataset;
}

/// Noise in colour with one bright half: which one is the class.
std::shared_ptr<const Dataset> halves(std::size_t count, std::size_t side) {
  Random random(11);
  ImageSet images;
  images.count = count;
  images.channels = 3;
  images.height = images.width = side;
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> codes;
  for (std::size_t n = 0; n < count; ++n) {
    const std::size_t half = n % 3;
    codes.push_back(static_cast<std::int32_t>(half));
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t i = 0; i < side; ++i)
        for (std::size_t j = 0; j < side; ++j) {
          const bool bright = half == 0 ? i < side / 2 : half == 1 ? j < side / 2 : i >= side / 2;
          pixels.push_back(static_cast<std::uint8_t>(random.uniform(0, 120) + (bright ? 120 : 0)));
        }
  }
  images.pixels = std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels));
  auto dataset = std::make_shared<Dataset>();
  dataset->name = "halves";
  dataset->content = images;
  dataset->target = "half";
  dataset->labels = categorical_column("half", {"top", "left", "bottom"}, std::move(codes));
  return dataset;
}

Json small_layers() {
  return Json::parse(R"([{"type":"Conv2D","filters":6,"kernel_size":5,"strides":2,"activation":"relu"},
                         "BatchNormalization", "MaxPooling2D", "Flatten", {"type":"Dense","units":24,"activation":"relu"}])");
}

OnnxRuntimeCheck::Named raw_inputs(const Dataset& dataset) {
  const ImageSet& images = *dataset.images();
  Tensor::Reals pixels(images.image(0), images.image(images.count));
  const Shape shape{static_cast<std::int64_t>(images.count), static_cast<std::int64_t>(images.channels),
                    static_cast<std::int64_t>(images.height), static_cast<std::int64_t>(images.width)};
  return {{"image", Tensor{shape, pixels}}};
}

/// What our own predictor says, as the file's outputs.
OnnxRuntimeCheck::Named native_outputs(const Outcome& outcome) {
  const auto count = static_cast<std::int64_t>(outcome.prepared->dataset->rows());
  std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  const Prediction said = outcome.result.model->predict(outcome.prepared->problem.features, rows);
  Tensor::Texts names;
  for (const auto code : said.labels)
    names.push_back(outcome.prepared->problem.target->classes[static_cast<std::size_t>(code)]);
  const auto& probabilities = said.probabilities;
  return {{"label", Tensor{{count}, names}},
          {"probabilities", Tensor{{count, probabilities.cols()},
                                   Tensor::Reals(probabilities.data(), probabilities.data() + probabilities.size())}}};
}

/// Every operator that a list can bring about.
Json every_layer() {
  return Json::parse(R"([
    {"type":"Conv2D","name":"first","filters":4,"padding":"same","activation":"gelu"},
    "BatchNormalization", {"type":"Activation","activation":"hard_swish"},
    {"type":"DepthwiseConv2D","padding":"same","activation":"prelu"}, {"type":"Add","inputs":["first"]},
    "LayerNormalization", {"type":"Dropout","rate":0.3}, {"type":"LeakyReLU","negative_slope":0.2}, "GaussianNoise",
    {"type":"Conv2DTranspose","filters":4,"kernel_size":3,"strides":2,"padding":"same","activation":"elu"},
    {"type":"AveragePooling2D","pool_size":3,"strides":2,"padding":"same"},
    {"type":"UpSampling2D","interpolation":"bilinear"}, {"type":"UpSampling2D","size":[1,2]},
    {"type":"MaxPooling2D","pool_size":[3,4],"strides":[2,4],"padding":"same","name":"pooled"},
    {"type":"Conv2D","filters":3,"kernel_size":1,"activation":"softplus"},
    {"type":"Concatenate","inputs":["pooled"]},
    {"type":"Conv2D","filters":6,"kernel_size":1,"activation":"selu"},
    {"type":"Conv2D","name":"body","filters":6,"groups":3,"dilation_rate":2,"padding":"same","activation":"leaky_relu"},
    {"type":"GlobalAveragePooling2D","keepdims":true},
    {"type":"Conv2D","filters":6,"kernel_size":1,"activation":"sigmoid"}, {"type":"Multiply","inputs":["body"]},
    {"type":"Residual","layers":[{"type":"Conv2D","filters":5,"strides":2,"padding":"same"},"BatchNormalization"]},
    {"type":"Reshape","target_shape":[2,-1,2]}, "Flatten",
    {"type":"Dense","units":7,"activation":"softmax","spectral_norm":true}, "BatchNormalization",
    {"type":"Dense","units":5,"activation":"prelu"}, "LayerNormalization", {"type":"Activation","activation":"tanh"}])");
}

}  // namespace

class TestCnn : public QObject {
  Q_OBJECT
 private slots:
  void learnsDigits() {
    const auto outcome = outcome_on(digits(700), {{"layers", small_layers()}, {"epochs", 8}, {"batch_size", 32}});
    QVERIFY2(outcome.result.state == RunState::finished, outcome.result.message.c_str());
    QVERIFY2(outcome.metric("test", "accuracy") >= 0.6, QByteArray::number(outcome.metric("test", "accuracy")));
    QVERIFY(outcome.recorder.last<Matrix>("confusion"));
    QVERIFY(outcome.recorder.last<Images>("mistakes"));
  }

  void theSameRunGivesTheSameBits() {
    const auto data = digits(120);
    const Json params{{"layers", small_layers()}, {"epochs", 1}};
    const auto first = outcome_on(data, params);
    QVERIFY(!first.result.weights_sha256.empty());
    QCOMPARE(outcome_on(data, params).result.weights_sha256, first.result.weights_sha256);
  }

  /// Numbers to predict: how bright the pictures are.
  /// Sums are made in another order: after 100 steps the losses may differ by rounding alone.
  void oneAndTwoThreadsLearnTheSame() {
    const Json params{{"preset", "small_cnn"}, {"epochs", 1}, {"batch_size", 32}};
    const int before = threads();
    std::vector<std::vector<double>> losses;
    for (const int count : {1, 2}) {
      set_threads(count);
      const Outcome outcome = outcome_on(digits(4600), params);
      losses.emplace_back();
      for (const auto& event : outcome.recorder.events)
        if (const auto* scalar = std::get_if<Scalar>(&event); scalar && scalar->series == "train/loss")
          losses.back().push_back(scalar->value);
    }
    set_threads(before);
    QVERIFY(losses[0].size() >= 100);
    QCOMPARE(losses[0].size(), losses[1].size());
    QVERIFY(losses[0][99] < 0.5 * losses[0][0]);
    for (std::size_t step : {std::size_t{0}, std::size_t{9}, std::size_t{99}})
      QVERIFY2(
          std::abs(losses[0][step] - losses[1][step]) <= 1e-3 * losses[0][step],
          qPrintable(QStringLiteral("step %1: %2 and %3").arg(step + 1).arg(losses[0][step]).arg(losses[1][step])));
  }

  /// What is compiled for one call serves the next, of any number of rows, on any thread.
  void callsOfEverySizeGiveTheSameAnswers() {
    const Outcome outcome = outcome_on(digits(1200), Json{{"layers", small_layers()}, {"epochs", 1}});
    const Features& features = outcome.prepared->problem.features;
    std::vector<std::int64_t> all(1200);
    std::iota(all.begin(), all.end(), std::int64_t{0});
    const MatrixF whole = outcome.result.model->predict(features, all).probabilities;
    std::atomic<int> wrong{0};
    const auto ask = [&](std::size_t first) {
      for (std::size_t begin = first; begin < 200; begin += 7)
        for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{64}, std::size_t{700}}) {
          const auto some = std::span(all).subspan(begin, size);
          const MatrixF said = outcome.result.model->predict(features, some).probabilities;
          wrong += !said.isApprox(whole.middleRows(static_cast<Eigen::Index>(begin), said.rows()), 1e-5F);
        }
    };
    std::thread other(ask, 0);
    ask(3);
    other.join();
    QCOMPARE(wrong.load(), 0);
  }

  void learnsNumbers() {
    auto dataset = std::make_shared<Dataset>(*digits(400));
    Column brightness;
    brightness.name = "brightness";
    brightness.type_given = true;
    for (std::size_t row = 0; row < 400; ++row) {
      const auto* image = dataset->images()->image(row);
      brightness.numbers.push_back(std::accumulate(image, image + 784, 0.0) / 784 + 1000);
    }
    dataset->labels = brightness;
    const auto outcome =
        outcome_on(dataset, {{"layers", Json::parse(R"([{"type":"Conv2D","filters":4,"strides":2,"activation":"relu"},
                                                      "GlobalAveragePooling2D"])")},
                             {"epochs", 40},
                             {"learning_rate", 0.01},
                             {"batch_size", 20}});
    QVERIFY2(outcome.result.state == RunState::finished, outcome.result.message.c_str());
    QVERIFY2(outcome.metric("test", "r2") >= 0.8, QByteArray::number(outcome.metric("test", "r2")));
    QTemporaryDir folder;
    const auto path = std::filesystem::path(folder.path().toStdString()) / "model.onnx";
    QVERIFY(export_with_proof(outcome.exported(), path) <= 1e-4);
  }

  void tellsItsLayers() {
    const auto outcome = outcome_on(digits(60), {{"layers", small_layers()}, {"epochs", 1}});
    const auto table = outcome.recorder.last<Table>("layers");
    QVERIFY(table);
    QCOMPARE(table->rows.size(), std::size_t{7});  // five, the output layer, the total
    QCOMPARE(table->rows[0][2], std::string("6 x 12 x 12"));
    QVERIFY(table->rows[5][5].starts_with("added"));
  }

  /// Whoever looks on changes nothing; what is seen is what the network computes.
  void looksChangeNoBit() {
    const auto data = digits(200);
    const Json params{{"layers", small_layers()}, {"epochs", 3}, {"batch_size", 20}};
    const auto alone = outcome_on(data, params);
    Outcome watched;
    watched.prepared = prepared_on(data, params);
    RunControl control;
    std::vector<Event> answers;
    control.look_at({17, [&](const Event& event) { answers.push_back(event); }});
    RunContext context(watched.recorder, control, {.seed = 3, .watch_share = 1});
    watched.result = run(*watched.prepared, context);
    QVERIFY(!alone.result.weights_sha256.empty());
    QCOMPARE(watched.result.weights_sha256, alone.result.weights_sha256);
    QVERIFY(answers.size() >= 3);
    for (const Event& event : watched.recorder.events) {
      const auto* images = std::get_if<std::shared_ptr<const Images>>(&event);
      QVERIFY(!images || !(*images)->view.starts_with("feature-maps"));
      const auto* chart = std::get_if<std::shared_ptr<const Chart>>(&event);
      QVERIFY(!chart || (*chart)->view != "probabilities");
    }
    const auto& first = std::get<std::shared_ptr<const Chart>>(answers[0]);
    QCOMPARE(first->step, std::int64_t{0});
    QCOMPARE(first->names.size(), std::size_t{10});
    QCOMPARE(std::get<std::shared_ptr<const Images>>(answers[1])->view, std::string("feature-maps/conv2d_1"));
    QCOMPARE(std::get<std::shared_ptr<const Images>>(answers[2])->view,
             std::string("feature-maps/batch_normalization_1"));
  }

  void theTrainedModelShowsARow() {
    const auto outcome = outcome_on(digits(200), {{"layers", small_layers()}, {"epochs", 2}});
    const ProblemSet& problem = outcome.prepared->problem;
    const auto views = row_views(*outcome.result.model, problem, 17, 99);
    QCOMPARE(views.size(), std::size_t{3});
    const Chart& chart = *std::get<std::shared_ptr<const Chart>>(views[0]);
    QCOMPARE(chart.view, std::string("probabilities"));
    QCOMPARE(chart.part, std::string("row 17"));
    QCOMPARE(chart.lines.size(), std::size_t{2});
    const auto said = outcome.result.model->predict(problem.features, std::array<std::int64_t, 1>{17}).probabilities;
    const auto truth = problem.target->codes[17];
    QCOMPARE(chart.lines[1].x, std::vector<double>{static_cast<double>(truth)});
    QCOMPARE(chart.lines[1].y, std::vector<double>{static_cast<double>(said(0, truth))});
    for (std::size_t i = 0; i < chart.lines[0].x.size(); ++i)
      QCOMPARE(chart.lines[0].y[i], static_cast<double>(said(0, static_cast<Eigen::Index>(chart.lines[0].x[i]))));
    const Images& maps = *std::get<std::shared_ptr<const Images>>(views[1]);
    QCOMPARE(maps.count, 6);
    QCOMPARE(maps.height, 12);
    QCOMPARE(maps.step, std::int64_t{99});

    // The same by hand: a convolution of 5 x 5 with stride 2, rectified, each channel by its greatest.
    std::vector<float> picture(784);
    problem.features.gather(std::array<std::int64_t, 1>{17}, picture.data());
    const auto arrays = outcome.result.model->arrays();
    const auto array = [&](const char* name) {
      for (const NamedArray& each : arrays)
        if (each.name == name) return each.values;
      return std::span<const float>();
    };
    const auto weights = array("conv2d_1.weight"), biases = array("conv2d_1.bias");
    QCOMPARE(weights.size(), std::size_t{150});
    QCOMPARE(biases.size(), std::size_t{6});
    for (std::size_t channel = 0; channel < 6; ++channel) {
      std::vector<double> sums(144);
      for (std::size_t y = 0; y < 12; ++y)
        for (std::size_t x = 0; x < 12; ++x) {
          double sum = static_cast<double>(biases[channel]);
          for (std::size_t i = 0; i < 25; ++i)
            sum += static_cast<double>(weights[channel * 25 + i]) *
                   static_cast<double>(picture[(2 * y + i / 5) * 28 + 2 * x + i % 5]);
          sums[y * 12 + x] = std::max(sum, 0.0);
        }
      const double greatest = *std::max_element(sums.begin(), sums.end());
      for (std::size_t i = 0; i < 144; ++i) {
        const double wanted = greatest > 0 ? 255 * sums[i] / greatest : 0;
        QVERIFY(std::abs(static_cast<double>(maps.pixels[channel * 144 + i]) - wanted) <= 1);
      }
    }
    QVERIFY(row_views(*outcome.result.model, problem, 200, 1).empty());
    QVERIFY(row_views(*outcome.result.model, problem, -1, 1).empty());
  }

  /// What was chosen is written down, so that the document says it when it runs again.
  void theChosenPresetIsRecorded() {
    const auto recorded = [](const std::shared_ptr<const Dataset>& data, const Json& params) {
      return prepared_on(data, params)->document["algorithm"]["params"]["preset"].dump();
    };
    QCOMPARE(recorded(digits(60), Json::object()), std::string("\"small_cnn\""));
    QCOMPARE(recorded(halves(30, 16), Json::object()), std::string("\"small_resnet\""));
    QCOMPARE(recorded(digits(60), {{"preset", "lenet5"}}), std::string("\"lenet5\""));
    QCOMPARE(recorded(digits(60), {{"layers", small_layers()}}), std::string("null"));
  }

  void refusals_data() {
    QTest::addColumn<QString>("params");
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("text");
    QTest::newRow("a layer that does not fit") << R"({"layers":["Flatten",{"type":"Conv2D","filters":3}]})"
                                               << "algorithm.params.layers[1]"
                                               << "layer 2 (Conv2D)";
    QTest::newRow("a field of a layer") << R"({"layers":[{"type":"Conv2D","kernel_size":0}]})"
                                        << "algorithm.params.layers[0].kernel_size[0]"
                                        << "from 1 to 1000";
    QTest::newRow("no list") << R"({"layers":"Flatten"})"
                             << "algorithm.params.layers"
                             << "a list of at most";
    QTest::newRow("unknown preset") << R"({"preset":"alexnet"})"
                                    << "algorithm.params.preset"
                                    << "small_resnet";
    QTest::newRow("too many weights")
        << R"({"layers":["Flatten",{"type":"Dense","units":65000},{"type":"Dense","units":30000}]})"
        << "algorithm.params.layers"
        << "weights";
  }
  void refusals() {
    QFETCH(QString, params);
    QFETCH(QString, field);
    QFETCH(QString, text);
    try {
      prepared_on(digits(60), Json::parse(params.toStdString()));
      QFAIL("accepted");
    } catch (const ParamError& error) {
      QCOMPARE(QString::fromStdString(error.field()), field);
      QVERIFY2(QString(error.what()).contains(text), error.what());
    }
  }

  /// Far beyond any memory: said before anything is allocated.
  void aBatchBeyondMemoryIsRefused() {
    const Json params = Json::parse(
        R"({"batch_size":40,"layers":[{"type":"UpSampling2D","size":64},{"type":"Conv2D","filters":600},"GlobalAveragePooling2D"]})");
    const Outcome outcome = outcome_on(digits(60), params);
    QVERIFY(outcome.result.state == RunState::failed);
    QVERIFY(outcome.result.before_first_step);
    QCOMPARE(outcome.result.field, std::string("algorithm.params.batch_size"));
    QVERIFY2(outcome.result.message.find("GB in this network") != std::string::npos, outcome.result.message.c_str());
  }

  void tablesAreRefused() {
    const Json document{
        {"glassbench", 1}, {"data", {{"source", "bundled"}, {"name", "iris"}}}, {"algorithm", {{"id", "cnn"}}}};
    try {
      prepare_run(Experiment::from_json(document, "."));
      QFAIL("accepted");
    } catch (const ParamError& error) {
      QCOMPARE(error.field(), std::string("algorithm.id"));
      QVERIFY(std::string(error.what()).find("mlp") != std::string::npos);
    }
  }

  /// Written, read back by our own evaluator, compared with the network in memory.
  void exportsAreProven() {
    QTemporaryDir folder;
    const auto path = std::filesystem::path(folder.path().toStdString()) / "model.onnx";
    const auto outcome = outcome_on(halves(48, 12), {{"layers", every_layer()}, {"epochs", 2}, {"batch_size", 8}});
    QVERIFY2(outcome.result.state == RunState::finished, outcome.result.message.c_str());
    QVERIFY(export_with_proof(outcome.exported(), path) <= 1e-4);
  }

  void exportsAgreeInOnnxruntime() {
    OnnxRuntimeCheck check;
    if (const QString why = check.unavailable(); !why.isEmpty()) QSKIP(qPrintable(why));
    const auto data = halves(30, 16);
    const auto add = [&](const std::string& name, const Json& params) {
      const auto outcome = outcome_on(data, params);
      QVERIFY2(outcome.result.state == RunState::finished, outcome.result.message.c_str());
      check.add(name, to_onnx(outcome.exported()), raw_inputs(*data), native_outputs(outcome), 1e-4);
      QTemporaryDir folder;
      QVERIFY(export_with_proof(outcome.exported(),
                                std::filesystem::path(folder.path().toStdString()) / "model.onnx") <= 1e-4);
    };
    for (const auto& preset : network_presets())
      add(preset.name, {{"preset", preset.name}, {"epochs", 1}, {"batch_size", 8}});
    add("every_layer", {{"layers", every_layer()}, {"epochs", 1}, {"batch_size", 8}});
    bool agrees = false;
    const QString output = check.run(agrees);
    QVERIFY2(agrees, qPrintable(output));
  }
};

QTEST_GUILESS_MAIN(TestCnn)
#include "test_cnn.moc"
