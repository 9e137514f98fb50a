#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <limits>
#include <set>

#include "core/algorithms/algorithm.hpp"
#include "core/evaluate/generator_views.hpp"
#include "core/model/generator.hpp"
#include "core/model/onnx_file.hpp"
#include "core/model/onnx_runtime_check.hpp"
#include "core/run/runner.hpp"

using namespace gb;

namespace {

class Recorder : public RunObserver {
 public:
  void on_event(const Event& event) override { events.push_back(event); }
  template <class T>
  std::vector<std::shared_ptr<const T>> all(const std::string& view) const {
    std::vector<std::shared_ptr<const T>> found;
    for (const auto& event : events)
      if (const auto* held = std::get_if<std::shared_ptr<const T>>(&event))
        if ((*held)->view == view) found.push_back(*held);
    return found;
  }
  std::vector<Scalar> series(const std::string& name) const {
    std::vector<Scalar> found;
    for (const auto& event : events)
      if (const auto* scalar = std::get_if<Scalar>(&event))
        if (scalar->series == name) found.push_back(*scalar);
    return found;
  }
  std::vector<Event> events;
};

/// Pictures of one bright half, upper or left, with a little noise: the class is which.
std::shared_ptr<const Dataset> halves(std::size_t count, std::size_t side, std::size_t channels = 1) {
  Random random(11);
  ImageSet images;
  images.count = count;
  images.channels = channels;
  images.height = images.width = side;
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> codes;
  for (std::size_t n = 0; n < count; ++n) {
    codes.push_back(static_cast<std::int32_t>(n % 2));
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t i = 0; i < side; ++i)
        for (std::size_t j = 0; j < side; ++j) {
          const bool bright = n % 2 == 0 ? i < side / 2 : j < side / 2;
          pixels.push_back(static_cast<std::uint8_t>(random.uniform(0, 30) + (bright ? 210 : 0)));
        }
  }
  images.pixels = std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels));
  auto dataset = std::make_shared<Dataset>();
  dataset->name = "halves";
  dataset->content = images;
  dataset->target = "half";
  dataset->labels = categorical_column("half", {"top", "left"}, std::move(codes));
  return dataset;
}

std::shared_ptr<const PreparedRun> prepared_on(const std::shared_ptr<const Dataset>& dataset, const Json& params,
                                               const Json& more = Json::object()) {
  Json document{{"glassbench", 1},
                {"seed", 3},
                {"data", {{"source", "bundled"}, {"name", "mnist-10k"}}},
                {"algorithm", {{"id", "gan"}, {"params", params}}}};
  document.update(more);
  return prepare_run(Experiment::from_json(document, "."), {}, dataset);
}

struct Outcome {
  std::shared_ptr<const PreparedRun> prepared;
  RunResult result;
  Recorder recorder;

  const Generator& generator() const { return *result.model->generator(); }
  OnnxExport exported() const {
    return {*result.model, prepared->preparation, *prepared->dataset, &*prepared->problem.target, "{}"};
  }
};

Outcome outcome_on(const std::shared_ptr<const Dataset>& dataset, const Json& params) {
  Outcome outcome;
  outcome.prepared = prepared_on(dataset, params);
  RunControl control;
  RunContext context(outcome.recorder, control, {.seed = 3});
  outcome.result = run(*outcome.prepared, context);
  return outcome;
}

/// Small networks with all that a step has to put back when it is resumed: statistics, masks, singular vectors.
Json small_params() {
  return Json::parse(R"({"epochs": 2, "batch_size": 16, "latent": 5, "judged_samples": 0,
    "generator_layers": [{"type":"Dense","units":32,"use_bias":false}, "BatchNormalization", "LeakyReLU",
      {"type":"Reshape","target_shape":[8,2,2]},
      {"type":"Conv2DTranspose","filters":4,"kernel_size":4,"strides":2,"padding":"same","use_bias":false},
      "BatchNormalization", {"type":"Activation","activation":"relu"},
      {"type":"Conv2DTranspose","filters":1,"kernel_size":4,"strides":2,"padding":"same","activation":"tanh"}],
    "discriminator_layers": [
      {"type":"Conv2D","filters":6,"kernel_size":4,"strides":2,"padding":"same","spectral_norm":true}, "LeakyReLU",
      {"type":"Conv2D","filters":8,"kernel_size":4,"strides":2,"padding":"same"}, "BatchNormalization", "LeakyReLU",
      {"type":"Dropout","rate":0.2}, "Flatten"]})");
}

Json with(Json params, const Json& more) {
  params.update(more);
  return params;
}

/// Mean brightness of the upper left, upper right and lower left quarters of a picture.
std::array<double, 3> quarters(const MatrixF& pictures, Eigen::Index row, Eigen::Index side) {
  std::array<double, 3> sums{};
  const Eigen::Index half = side / 2;
  for (Eigen::Index i = 0; i < half; ++i)
    for (Eigen::Index j = 0; j < half; ++j) {
      sums[0] += static_cast<double>(pictures(row, i * side + j));
      sums[1] += static_cast<double>(pictures(row, i * side + j + half));
      sums[2] += static_cast<double>(pictures(row, (i + half) * side + j));
    }
  for (double& sum : sums) sum /= static_cast<double>(half * half);
  return sums;
}

}  // namespace

class TestGan : public QObject {
  Q_OBJECT
 private slots:
  /// Told the class it makes that class: the halves come out, clearly.
  void learnsToMakeWhatItIsAskedFor() {
    const auto data = halves(256, 8);
    const Outcome outcome = outcome_on(data, Json{{"epochs", 60},
                                                  {"batch_size", 32},
                                                  {"latent", 8},
                                                  {"conditional", true},
                                                  {"learning_rate", 1e-3},
                                                  {"average_decay", 0.98},
                                                  {"judged_samples", 200}});
    QVERIFY2(outcome.result.state == RunState::finished, outcome.result.message.c_str());
    const Generator& generator = outcome.generator();
    QCOMPARE(generator.form().classes.size(), std::size_t{2});
    const MatrixF latents = generator.latents(40, 9);
    std::vector<std::int32_t> classes;
    for (int i = 0; i < 40; ++i) classes.push_back(i % 2);
    const MatrixF pictures = generator.pictures(latents, classes);
    QVERIFY(pictures.minCoeff() >= 0 && pictures.maxCoeff() <= 255);
    int right = 0;
    for (Eigen::Index row = 0; row < 40; ++row) {
      const auto [both, upper, left] = quarters(pictures, row, 8);
      const bool asked_top = generator.form().classes[static_cast<std::size_t>(row % 2)] == "top";
      right += both > 150 && (asked_top ? upper > 120 && left < 110 : left > 120 && upper < 110);
    }
    QVERIFY2(right >= 34, qPrintable(QString("%1 of 40").arg(right)));
    // What the run says of itself agrees.
    QVERIFY(outcome.recorder.series("train/class_accuracy").at(0).value >= 0.85);
    QCOMPARE(outcome.recorder.all<Table>("generated-classes").size(), std::size_t{1});
    QVERIFY(outcome.recorder.series("train/frechet_distance").at(0).value >= 0);
    QCOMPARE(outcome.result.metrics.at(0).first, std::string("train"));
  }

  void everyLossRuns_data() {
    QTest::addColumn<QString>("params");
    QTest::newRow("non_saturating") << R"({"loss":"non_saturating"})";
    QTest::newRow("least_squares") << R"({"loss":"least_squares","generator_steps":2})";
    QTest::newRow("hinge") << R"({"loss":"hinge","spectral_normalization":true,"preset":"dense"})";
    QTest::newRow("wasserstein") << R"({"loss":"wasserstein","discriminator_steps":3,"preset":"dense"})";
    QTest::newRow("conditional wasserstein") << R"({"loss":"wasserstein","conditional":true,"preset":"dense"})";
  }
  void everyLossRuns() {
    QFETCH(QString, params);
    Json given = Json::parse(params.toStdString());
    given =
        with(given.contains("preset") ? Json{{"epochs", 2}, {"batch_size", 16}, {"judged_samples", 0}} : small_params(),
             given);
    const Outcome outcome = outcome_on(halves(100, 8), given);
    QVERIFY2(outcome.result.state == RunState::finished, outcome.result.message.c_str());
    const int d = given.value("discriminator_steps", 1), g = given.value("generator_steps", 1);
    // 100 pictures make 6 whole batches an epoch.
    const auto cycles = static_cast<std::size_t>(2 * (6 / d));
    QCOMPARE(outcome.recorder.series("train/discriminator_loss").size(), cycles * static_cast<std::size_t>(d));
    QCOMPARE(outcome.recorder.series("train/generator_loss").size(), cycles * static_cast<std::size_t>(g));
    QCOMPARE(outcome.result.steps, static_cast<std::int64_t>(cycles) * (d + g));
    const bool draws_line = given.value("loss", "") != "wasserstein";
    QCOMPARE(outcome.recorder.series("train/discriminator_accuracy").empty(), !draws_line);
    const auto samples = outcome.recorder.all<Images>("samples");
    QVERIFY(!samples.empty());
    QCOMPARE(samples.back()->count, 64);
    QVERIFY(!outcome.recorder.all<Chart>("scores").empty());
    QVERIFY(!outcome.recorder.all<Table>("health").empty());
    QVERIFY(!outcome.recorder.all<Images>("nearest").empty());
  }

  /// Stopped anywhere, between the moves of one turn as well, and resumed: the same bits.
  void resumesAnywhere_data() {
    QTest::addColumn<int>("stop");
    for (const int stop : {1, 2, 3, 5, 11, 17}) QTest::addRow("after %d", stop) << stop;
  }
  void resumesAnywhere() {
    QFETCH(int, stop);
    const auto data = halves(70, 8);
    const Json params = with(small_params(), {{"generator_steps", 2}, {"conditional", true}});
    const auto prepared = prepared_on(data, params, {{"augment", {{"horizontal_flip", true}}}});
    const auto hash_of = [&](const State* from) {
      Recorder recorder;
      RunControl control;
      RunContext context(recorder, control, {.seed = 3, .resume_from = from});
      return run(*prepared, context).weights_sha256;
    };
    const std::string whole = hash_of(nullptr);
    QVERIFY(!whole.empty());
    State state;
    stop_after(*prepared, stop, state);
    QCOMPARE(state.step, std::int64_t{stop});
    QCOMPARE(hash_of(&state), whole);
  }

  /// No training picture is nearer to a sample than the one that is shown beside it, whatever block it is found in.
  void nearestPicturesAreNearest() {
    const Outcome outcome = outcome_on(halves(1300, 8), with(small_params(), {{"batch_size", 256}}));
    const auto shown = outcome.recorder.all<Images>("nearest").back();
    const ImageSet& data = *outcome.prepared->dataset->images();
    const auto distance = [](const std::uint8_t* a, const std::uint8_t* b) {
      int sum = 0;
      for (std::size_t i = 0; i < 64; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
      return sum;
    };
    std::set<std::int64_t> found;
    for (std::size_t pair = 0; pair < static_cast<std::size_t>(shown->count) / 2; ++pair) {
      const std::uint8_t* const made = shown->pixels.data() + 2 * pair * 64;
      const auto row = static_cast<std::size_t>(shown->rows[2 * pair + 1]);
      QVERIFY(std::equal(made + 64, made + 128, data.image(row)));
      int least = std::numeric_limits<int>::max();
      for (std::size_t each = 0; each < data.count; ++each) least = std::min(least, distance(made, data.image(each)));
      QCOMPARE(distance(made, data.image(row)), least);
      found.insert(shown->rows[2 * pair + 1]);
    }
    QVERIFY(*found.rbegin() >= 512);
  }

  void exportsAsOnnx() {
    OnnxRuntimeCheck check;
    QTemporaryDir folder;
    int number = 0;
    for (const bool conditional : {false, true}) {
      const Outcome outcome = outcome_on(halves(64, 8), with(small_params(), {{"conditional", conditional}}));
      const auto path = folder.filePath(QString("g%1.onnx").arg(number++)).toStdString();
      QVERIFY(export_with_proof(outcome.exported(), path) <= 1e-4);
      const OnnxModel file = OnnxModel::read(path);
      QVERIFY(file.generates());
      QCOMPARE(file.inputs().size(), conditional ? std::size_t{2} : std::size_t{1});
      const MatrixF latents = outcome.generator().latents(7, 5);
      std::vector<std::int32_t> classes;
      if (conditional) classes = {0, 1, 0, 1, 1, 1, 0};
      const MatrixF expected = outcome.generator().pictures(latents, classes);
      QVERIFY((file.generate(latents, classes) - expected).cwiseAbs().maxCoeff() <= 255e-4F);
      QVERIFY_EXCEPTION_THROWN(file.generate(latents.leftCols(3), classes), ModelError);
      QVERIFY_EXCEPTION_THROWN(file.predict(*outcome.prepared->dataset), Error);
      OnnxRuntimeCheck::Named inputs{
          {"latent", Tensor{{7, 5}, Tensor::Reals(latents.data(), latents.data() + latents.size())}}};
      if (conditional) inputs.push_back({"class", Tensor{{7}, Tensor::Integers(classes.begin(), classes.end())}});
      check.add("gan-" + std::to_string(number), to_onnx(outcome.exported()), inputs,
                {{"image", Tensor{{7, 1, 8, 8}, Tensor::Reals(expected.data(), expected.data() + expected.size())}}},
                1e-4);
    }
    if (const QString why = check.unavailable(); !why.isEmpty()) QSKIP(qPrintable(why));
    bool agrees = false;
    const QString said = check.run(agrees);
    QVERIFY2(agrees, qPrintable(said));
  }

  void refusals_data() {
    QTest::addColumn<QString>("params");
    QTest::addColumn<QString>("more");
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("words");
    const auto row = [](const char* name, const char* params, const char* field, const char* words,
                        const char* more = "{}") { QTest::newRow(name) << params << more << field << words; };
    row("another size", R"({"preset":"dcgan_28"})", "algorithm.params.preset", "28 x 28 pixels, but these are 8 x 8");
    row("generator of another size", R"({"generator_layers":[{"type":"Dense","units":49},
        {"type":"Reshape","target_shape":[1,7,7]}]})",
        "algorithm.params.generator_layers[1]", "pictures of 1 x 7 x 7");
    row("blends", "{}", "augment", "mixup", R"({"augment":{"mixup":0.4}})");
    row("twice differentiated", R"({"loss":"wasserstein","discriminator_layers":["Flatten",
        {"type":"Dense","units":8,"activation":"tanh"}]})",
        "algorithm.params.loss", "TanhGrad has no derivative");
  }
  void refusals() {
    QFETCH(QString, params);
    QFETCH(QString, more);
    QFETCH(QString, field);
    QFETCH(QString, words);
    try {
      const auto prepared =
          prepared_on(halves(40, 8), Json::parse(params.toStdString()), Json::parse(more.toStdString()));
      Recorder recorder;
      RunControl control;
      RunContext context(recorder, control, {.seed = 3});
      const RunResult result = run(*prepared, context);
      QVERIFY(result.state == RunState::failed && result.before_first_step);
      QCOMPARE(QString::fromStdString(result.field), field);
      QVERIFY2(QString::fromStdString(result.message).contains(words), result.message.c_str());
    } catch (const Error& error) {
      QCOMPARE(QString::fromStdString(error.field()), field);
      QVERIFY2(QString(error.what()).contains(words), error.what());
    }
  }

  void divergenceIsTold() {
    const Outcome outcome = outcome_on(
        halves(64, 8), with(small_params(), {{"optimizer", "sgd"}, {"loss", "least_squares"}, {"learning_rate", 900}}));
    QVERIFY(outcome.result.state == RunState::failed);
    QVERIFY2(QString::fromStdString(outcome.result.message).contains("diverged at step"),
             outcome.result.message.c_str());
  }

  void fewPicturesMakeOneBatch() {
    const Outcome outcome = outcome_on(halves(5, 8), with(small_params(), {{"batch_size", 64}}));
    QVERIFY2(outcome.result.state == RunState::finished, outcome.result.message.c_str());
    QCOMPARE(outcome.result.steps, std::int64_t{4});
  }

  void collapseAndVictoryAreSaid() {
    const auto meanings = [](double accuracy, double variety) {
      QString text;
      const auto view = health_view(accuracy, variety, 1);
      for (const auto& row : view->rows) text += QString::fromStdString(row[2]);
      return text;
    };
    QVERIFY(meanings(0.99, 0.9).contains("discriminator wins"));
    QVERIFY(meanings(0.8, 0.1).contains("Mode collapse"));
    QVERIFY(!meanings(0.8, 0.9).contains("Mode collapse"));
    QCOMPARE(health_view(std::nan(""), 0.9, 1)->rows.size(), std::size_t{1});
  }

 private:
  /// Runs so many steps and keeps the checkpoint that stopping makes.
  static void stop_after(const PreparedRun& prepared, int steps, State& kept) {
    struct Stopper : RunObserver {
      void on_event(const Event& event) override {
        if (const auto* scalar = std::get_if<Scalar>(&event))
          if (scalar->step >= at) control.stop();
      }
      std::int64_t at = 0;
      RunControl control;
    } stopper;
    stopper.at = steps;
    RunContext::Options options{.seed = 3};
    options.keep_checkpoint = [&](State state) { kept = std::move(state); };
    options.checkpoint_seconds = 1e9;
    RunContext context(stopper, stopper.control, options);
    QVERIFY(run(prepared, context).state == RunState::stopped);
  }
};

QTEST_GUILESS_MAIN(TestGan)
#include "test_gan.moc"
