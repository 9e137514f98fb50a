#include "core/run/energy.hpp"

#include <QTemporaryDir>
#include <QtTest>
#include <fstream>
#include <set>

#include "core/run/prediction_time.hpp"
#include "core/run/scores_view.hpp"
#include "tests/core/model/fake_models.hpp"

using namespace gb;

namespace {

/// What the kernel shows, as files.
class Counters {
 public:
  void put(const std::string& zone, const std::string& file, std::uint64_t value) const {
    const auto folder = root() / zone;
    std::filesystem::create_directories(folder);
    std::ofstream(folder / file) << value << '\n';
  }
  std::filesystem::path root() const { return folder_.path().toStdString(); }

 private:
  QTemporaryDir folder_;
};

/// Counts what it is asked.
class Asked : public FakeNetwork {
 public:
  using FakeNetwork::FakeNetwork;
  Prediction predict(const Features& features, std::span<const std::int64_t> rows) const override {
    sizes.push_back(rows.size());
    for (const auto row : rows) outside = outside || row < 100;
    return FakeNetwork::predict(features, rows);
  }
  std::string no_rule() const override { return ruleless ? "none" : ""; }
  mutable std::vector<std::size_t> sizes;
  mutable bool outside = false;
  bool ruleless = false;
};

std::optional<PredictionTime> time_of(const Model& model, std::int64_t first, std::int64_t last, bool stopped = false) {
  ProblemSet problem;
  problem.features = Features(random_matrix(5000, 4, 1));
  std::vector<std::int64_t> rows;
  for (std::int64_t row = first; row < last; ++row) rows.push_back(row);
  Observers nobody({});
  RunControl control;
  if (stopped) control.stop();
  RunContext context(nobody, control, {});
  return prediction_time(model, problem, rows, context);
}

}  // namespace

class TestEnergy : public QObject {
  Q_OBJECT
 private slots:
  void processorsAreSummed() {
    const Counters counters;
    for (const char* zone : {"intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0", "intel-rapl-mmio:0", "intel-rapl"}) {
      counters.put(zone, "energy_uj", 1'000'000);
      counters.put(zone, "max_energy_range_uj", 9'000'000);
    }
    EnergyMeter meter(counters.root());
    QCOMPARE(meter.joules().value(), 0.0);
    for (const char* zone : {"intel-rapl:0", "intel-rapl:0:0", "intel-rapl-mmio:0"})
      counters.put(zone, "energy_uj", 3'500'000);
    QCOMPARE(meter.joules().value(), 2.5);
    counters.put("intel-rapl:1", "energy_uj", 1'250'000);
    QCOMPARE(meter.joules().value(), 2.75);
  }

  void aFullCounterStartsAgain() {
    const Counters counters;
    counters.put("intel-rapl:0", "energy_uj", 8'000'000);
    counters.put("intel-rapl:0", "max_energy_range_uj", 9'000'000);
    EnergyMeter meter(counters.root());
    counters.put("intel-rapl:0", "energy_uj", 500'000);
    QCOMPARE(meter.joules().value(), 1.5);
    counters.put("intel-rapl:0", "energy_uj", 700'000);
    QCOMPARE(meter.joules().value(), 1.7);
  }

  void whatCannotBeReadIsNotAvailable() {
    QVERIFY(!EnergyMeter("/nowhere at all").joules());
    const Counters counters;
    QVERIFY(!EnergyMeter(counters.root()).joules());
    counters.put("intel-rapl:0", "max_energy_range_uj", 9'000'000);  // its figure is root's alone
    counters.put("intel-rapl:1", "energy_uj", 1);
    counters.put("intel-rapl:1", "max_energy_range_uj", 9'000'000);
    QVERIFY(!EnergyMeter(counters.root()).joules());
    counters.put("intel-rapl:0", "energy_uj", 5);
    EnergyMeter meter(counters.root());
    QVERIFY(meter.joules());
    std::filesystem::remove(counters.root() / "intel-rapl:0" / "energy_uj");
    QVERIFY(!meter.joules());
  }

  void answersAreTimedAloneAndTogether() {
    Asked model(Task::classification, 4, 3);
    const auto found = time_of(model, 100, 5000);
    QVERIFY(found && found->single > 0 && found->batch > 0);
    QVERIFY(!model.outside);
    const std::set<std::size_t> sizes(model.sizes.begin(), model.sizes.end());
    QVERIFY(sizes.size() <= 2 && sizes.contains(1));
    QCOMPARE(static_cast<std::size_t>(found->batch_rows), *sizes.rbegin());
    QVERIFY(*sizes.rbegin() <= 1000);
    QVERIFY(std::count(model.sizes.begin(), model.sizes.end(), std::size_t{1}) >= 4);
    QCOMPARE(time_of(model, 100, 103)->batch_rows, std::int64_t{3});
    QVERIFY(!time_of(model, 100, 100));
    QVERIFY(!time_of(model, 100, 200, true));
    model.ruleless = true;
    QVERIFY(!time_of(model, 100, 200));
  }

  void resultsTellWhatThereIs() {
    RunResult result;
    result.metrics = {{"train", {{"accuracy", 0.75}}}, {"test", {{"accuracy", 0.5}}}};
    result.intervals = {{"test", {{"accuracy", {0.25, 0.625}}}}};
    result.prediction_time = PredictionTime{12.5, 0.75, 1000};
    Json json = result_json(result, 0);
    QVERIFY(json.contains("energy_joules") && json["energy_joules"].is_null());
    QCOMPARE(json["prediction_microseconds"], Json({{"single", 12.5}, {"batch", 0.75}, {"batch_rows", 1000}}));
    auto table = scores_view(result);
    QCOMPARE(table->columns, (std::vector<std::string>{"Score", "train", "test"}));
    QCOMPARE(table->rows[0], (std::vector<std::string>{"accuracy", "0.75", "0.5 (0.25 to 0.625)"}));
    QCOMPARE(table->rows[1], (std::vector<std::string>{"one answer, \u00b5s", "", "12.5"}));
    QCOMPARE(table->rows[3], (std::vector<std::string>{"energy of learning, J", "not available", ""}));
    result.fit_joules = 42.125;
    json = result_json(result, 0);
    QCOMPARE(json["energy_joules"], Json({{"fit", 42.125}, {"predict", nullptr}}));
    QCOMPARE(scores_view(result)->rows[3][1], std::string("42.12"));
    result.metrics.clear();
    for (const auto& row : scores_view(result)->rows) QCOMPARE(row.size(), scores_view(result)->columns.size());
  }
};

QTEST_APPLESS_MAIN(TestEnergy)
#include "test_energy.moc"
