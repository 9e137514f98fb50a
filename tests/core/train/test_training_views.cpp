#include <QtTest>
#include <cmath>

#include "core/graph/passes.hpp"
#include "core/train/first_filters.hpp"
#include "core/train/layer_watch.hpp"
#include "core/train/training_runs.hpp"

using namespace gb;

/// What training shows of itself is what it does.
class TestTrainingViews : public QObject {
  Q_OBJECT
 private slots:
  void stepsAreShown() {
    const Setup setup = planes();
    Storage parameters = fresh(setup);
    const auto before = values_of(parameters);
    Recorder recorder;
    RunControl control;
    RunContext context(recorder, control, {.seed = 3});
    train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
    for (const char* layer : {"hidden", "last"})
      for (const char* kind : {"gradient-norm/", "update-norm/"}) {
        const auto& values = recorder.series[std::string(kind) + layer];
        QVERIFY(!values.empty());
        QVERIFY(values.front() > 0 && std::isfinite(values.front()));
      }
    QVERIFY(QString::fromStdString(recorder.texts.front()).startsWith("Moved 50 weights: mean step "));
    for (const char* view : {"weights/hidden", "weights/last"}) {
      const auto& last = *recorder.matrices[view].back();
      QCOMPARE(last.step, std::int64_t{42});
      QCOMPARE(last.values.size(), last.row_labels.size() * last.column_labels.size());
      const std::size_t columns = last.column_labels.size();
      for (std::size_t column = 0; column < columns; ++column) {
        double sum = 0;
        for (std::size_t row = 0; row < last.row_labels.size(); ++row) sum += last.values[row * columns + column];
        QVERIFY(std::abs(sum - 1) <= 1e-9);
      }
    }
  }

  /// The shares that the last look counted are those of the numbers that come out of the trained network.
  void activationsAreCountedAsTheyAre() {
    for (const Setup& setup : {planes(), pictures()}) {
      Storage parameters = fresh(setup);
      Recorder recorder;
      RunControl control;
      RunContext context(recorder, control, {.seed = 3});
      TrainingParams params = setup.params;
      params.keep_best = false;
      train_network(setup.network, parameters, setup.problem, setup.target(), params, context, {});
      const LayerWatch watch(setup.network, parameters, setup.problem, context);
      QCOMPARE(watch.rows().size(), setup.problem.split.validation.size());
      for (const LayerOutput& output : layer_outputs(setup.network)) {
        const auto& looks = recorder.matrices["activations/" + output.layer];
        QVERIFY(!looks.empty());
        const Matrix& last = *looks.back();
        // A graph of its own, run node by node as the reference has it.
        Graph graph = setup.network.graph;
        prepare_for_inference(graph, {output.value});
        const auto device = make_device(DeviceKind::reference);
        Executable one(graph, *device, static_cast<std::int64_t>(watch.rows().size()), {output.value},
                       bindings(graph, parameters));
        setup.problem.features.gather(watch.rows(), one.value<float>(setup.network.input).data());
        one.run();
        const auto values = one.value<float>(output.value);
        const std::size_t rows = last.row_labels.size(), columns = last.column_labels.size();
        // The label of the uppermost cell is its middle, rounded; the range is a power of two.
        const double reach = std::exp2(std::round(std::log2(std::stod(last.row_labels[0]) * 24 / 23)));
        const double cell = reach / 12;
        std::vector<double> counts(rows);
        for (const float value : values)
          counts[rows - 1 - std::min(static_cast<std::size_t>(value / cell + (rows == 24 ? 12 : 0)), rows - 1)] += 1;
        // Rounding may move a number that lies between two cells.
        double apart = 0;
        for (std::size_t row = 0; row < rows; ++row) {
          const double counted = last.values[row * columns + columns - 1] * static_cast<double>(values.size());
          QVERIFY(std::abs(counted - std::round(counted)) < 1e-6);
          apart += std::abs(counted - counts[row]);
        }
        QVERIFY2(apart <= 0.05 * static_cast<double>(values.size()), qPrintable(QString::number(apart)));
      }
    }
  }

  void filtersAreTheWeights() {
    Setup setup = pictures();
    setup.params.keep_best = false;
    Storage parameters = fresh(setup);
    Recorder recorder;
    RunControl control;
    RunContext context(recorder, control, {.seed = 3});
    train_network(setup.network, parameters, setup.problem, setup.target(), setup.params, context, {});
    QVERIFY(recorder.images["filters"].size() >= 2);
    const Images& last = *recorder.images["filters"].back();
    QCOMPARE(last.count, 8);  // four filters of two channels, grey
    QCOMPARE(last.channels, 1);
    QCOMPARE(last.height, 3);
    QCOMPARE(last.captions[3], std::string("2.2"));
    const auto* weights = static_cast<const float*>(parameters.data(setup.network.graph.parameters().front()));
    for (int filter = 0; filter < 4; ++filter) {
      float largest = 0;
      for (int i = 0; i < 18; ++i) largest = std::max(largest, std::abs(weights[filter * 18 + i]));
      for (int i = 0; i < 18; ++i)
        QCOMPARE(static_cast<long>(last.pixels[static_cast<std::size_t>(filter * 18 + i)]),
                 std::lround(127.5F + 127.5F / largest * weights[filter * 18 + i]));
    }
    // Three channels are a colour.
    Graph graph;
    const ValueId input = graph.input("image", {any_batch, 3, 8, 8});
    const ValueId kernel = graph.parameter("conv.weight", {5, 3, 3, 3}, {Initializer::he_normal, 27, 45});
    graph.add("Conv", {input, kernel});
    Storage kept(graph, graph.kept());
    Random random(1);
    initialize(graph, kept, random);
    const auto colours = FirstFilters(graph).look(7, kept);
    QCOMPARE(colours->count, 5);
    QCOMPARE(colours->channels, 3);
    QCOMPARE(colours->pixels.size(), std::size_t{135});
    QVERIFY(colours->captions.empty());
    QVERIFY(!FirstFilters(planes().network.graph).any());
  }
};

QTEST_APPLESS_MAIN(TestTrainingViews)
#include "test_training_views.moc"
