#include <QtTest>

#include "core/base/memory_limit.hpp"
#include "core/run/runner.hpp"

using namespace gb;

namespace {

Experiment digits(int batch_size, int filters) {
  return Experiment::from_json(
      {{"glassbench", 1},
       {"data", {{"source", "bundled"}, {"name", "mnist-10k"}}},
       {"algorithm",
        {{"id", "cnn"},
         {"params",
          {{"epochs", 2},
           {"batch_size", batch_size},
           {"layers",
            {{{"type", "Conv2D"}, {"filters", filters}, {"kernel_size", 3}, {"activation", "relu"}},
             {{"type", "GlobalAveragePooling2D"}},
             {{"type", "Dense"}, {"units", 10}, {"activation", "softmax"}}}}}}}}},
      ".");
}

Forecast forecast_of(const Experiment& experiment, double seconds) {
  RunControl control;
  return *forecast_run(*prepare_run(experiment), control, seconds);
}

RunResult carried_out(const Experiment& experiment) {
  Observers nobody({});
  RunControl control;
  RunContext context(nobody, control, {.seed = experiment.seed});
  return run(*prepare_run(experiment), context);
}

}  // namespace

class TestForecast : public QObject {
  Q_OBJECT
 private slots:
  void timeAndMemoryAreTold() {
    const Forecast forecast = forecast_of(digits(64, 8), 0.05);
    QCOMPARE(forecast.epochs, std::int64_t{2});
    QCOMPARE(forecast.batch_size, std::int64_t{64});
    QVERIFY(forecast.fits());
    QVERIFY(forecast.seconds_per_epoch > 0);
    // At least what the convolution computes, for a batch and its gradients: 26 x 26 x 8 floats each.
    QVERIFY(forecast.memory_bytes > std::int64_t{64} * 26 * 26 * 8 * 4);
    QVERIFY(forecast.available_bytes > forecast.memory_bytes);
    QCOMPARE(forecast_of(digits(64, 8), 0).seconds_per_epoch, 0.0);
  }

  void largerBatchesTakeMore() {
    const auto small = forecast_of(digits(32, 8), 0), large = forecast_of(digits(256, 8), 0);
    QVERIFY(large.memory_bytes - small.memory_bytes > std::int64_t{256 - 32} * 26 * 26 * 8 * 4);
  }

  /// Learning for the forecast leaves no trace in the run that follows.
  void theRunIsTheSame() {
    const auto before = carried_out(digits(64, 8)).weights_sha256;
    forecast_of(digits(64, 8), 0.05);
    QVERIFY(!before.empty());
    QCOMPARE(carried_out(digits(64, 8)).weights_sha256, before);
  }

  void aBatchThatDoesNotFitIsRefusedAndOneThatFitsProposed() {
    const Experiment wanted = digits(512, 64);
    const std::int64_t whole = forecast_of(wanted, 0).memory_bytes;
    QVERIFY(whole > 100'000'000);
    const MemoryLimit limit(whole * 2 / 3);
    const Forecast forecast = forecast_of(wanted, 1);
    QVERIFY(!forecast.fits());
    QCOMPARE(forecast.seconds_per_epoch, 0.0);
    QVERIFY(forecast.fitting_batch_size > 0 && forecast.fitting_batch_size < 512);
    const RunResult refused = carried_out(wanted);
    QVERIFY(refused.state == RunState::failed);
    QVERIFY(refused.before_first_step);
    QCOMPARE(refused.field, std::string("algorithm.params.batch_size"));
    QCOMPARE(refused.allowed, "at most " + std::to_string(forecast.fitting_batch_size));
    QVERIFY2(refused.message.starts_with("A batch of 512 takes "), refused.message.c_str());
  }

  void withoutAnyRoomTheNetworkIsToBlame() {
    const Experiment wanted = digits(64, 64);
    const MemoryLimit limit(1 << 20);
    const Forecast forecast = forecast_of(wanted, 0);
    QCOMPARE(forecast.fitting_batch_size, std::int64_t{0});
  }

  void otherAlgorithmsSayNothing() {
    const Experiment experiment = Experiment::from_json(
        {{"glassbench", 1}, {"data", {{"source", "bundled"}, {"name", "iris"}}}, {"algorithm", {{"id", "kmeans"}}}},
        ".");
    RunControl control;
    QVERIFY(!forecast_run(*prepare_run(experiment), control, 1));
  }
};

QTEST_APPLESS_MAIN(TestForecast)
#include "test_forecast.moc"
