#include <QtTest>
#include <fstream>

#include "core/params/param_spec.hpp"
#include "core/train/schedule.hpp"

using namespace gb;

namespace {

const Json& figures() {
  static const Json json = Json::parse(std::ifstream(TEST_SOURCE_DIR "/tests/reference/optimizers.json"));
  return json;
}

const std::map<std::string, ScheduleKind> kinds{
    {"constant", ScheduleKind::constant},       {"step", ScheduleKind::step},
    {"exponential", ScheduleKind::exponential}, {"polynomial", ScheduleKind::polynomial},
    {"cosine", ScheduleKind::cosine},           {"one_cycle", ScheduleKind::one_cycle},
    {"plateau", ScheduleKind::plateau}};

ScheduleSettings settings_of(const Json& c) {
  ScheduleSettings settings;
  settings.schedule = kinds.at(c["kind"].get<std::string>());
  const Json& given = c["settings"];
  settings.decay_every = given.value("decay_every", settings.decay_every);
  settings.decay_factor = given.value("decay_factor", settings.decay_factor);
  settings.polynomial_power = given.value("polynomial_power", settings.polynomial_power);
  settings.restart_epochs = given.value("restart_epochs", settings.restart_epochs);
  settings.restart_factor = given.value("restart_factor", settings.restart_factor);
  settings.cycle_rise = given.value("cycle_rise", settings.cycle_rise);
  settings.cycle_start = given.value("cycle_start", settings.cycle_start);
  settings.final_share = given.value("final_share", settings.final_share);
  return settings;
}

}  // namespace

class TestSchedule : public QObject {
  Q_OBJECT
 private slots:
  void reproducesPyTorch_data() {
    QTest::addColumn<int>("index");
    int index = 0;
    for (const auto& c : figures()["schedules"])
      QTest::addRow("%s %s", c["kind"].get<std::string>().c_str(), c["settings"].dump().c_str()) << index++;
  }
  void reproducesPyTorch() {
    QFETCH(int, index);
    const Json& c = figures()["schedules"][static_cast<std::size_t>(index)];
    const auto expected = c["factors"].get<std::vector<double>>();
    const Schedule schedule(settings_of(c), 1, static_cast<std::int64_t>(expected.size()));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double factor = schedule.factor(static_cast<std::int64_t>(i));
      QVERIFY2(std::abs(factor - expected[i]) <= 1e-9,
               qPrintable(QString("step %1: %2 against %3").arg(i).arg(factor).arg(expected[i])));
    }
  }

  void plateausFollowPyTorch() {
    const Json& c = figures()["plateau"];
    ScheduleSettings settings;
    settings.schedule = ScheduleKind::plateau;
    settings.decay_factor = c["decay_factor"].get<double>();
    settings.plateau_patience = c["patience"].get<int>();
    settings.plateau_threshold = c["threshold"].get<double>();
    const Schedule schedule(settings, 5, 100);
    Plateau plateau;
    for (std::size_t i = 0; i < c["losses"].size(); ++i) {
      plateau = schedule.after_epoch(plateau, c["losses"][i].get<double>());
      QCOMPARE(plateau.factor, c["factors"][i].get<double>());
    }
    QCOMPARE(schedule.factor(77), 1.0);
  }

  void otherSchedulesKnowNoPlateau() {
    const Schedule schedule({}, 5, 100);
    Plateau plateau;
    for (int i = 0; i < 50; ++i) plateau = schedule.after_epoch(plateau, 1);
    QCOMPARE(plateau.factor, 1.0);
  }

  /// A straight line up, and then the schedule from its beginning.
  void everyScheduleWarmsUp_data() {
    QTest::addColumn<int>("kind");
    for (const auto& [name, kind] : kinds) QTest::newRow(name.c_str()) << static_cast<int>(kind);
  }
  void everyScheduleWarmsUp() {
    QFETCH(int, kind);
    ScheduleSettings settings;
    settings.schedule = static_cast<ScheduleKind>(kind);
    const Schedule cold(settings, 8, 20);
    settings.warmup_epochs = 2.5;  // 20 steps
    const Schedule warm(settings, 8, 22);
    for (int step = 0; step < 20; ++step)
      QVERIFY(std::abs(warm.factor(step) - (step + 1) / 20.0 * cold.factor(0)) <= 1e-12);
    // 156 steps are left; schedules that end with the run take as many.
    settings.warmup_epochs = 0;
    const Schedule same(settings, 4, 39);
    const bool by_share = kind == static_cast<int>(ScheduleKind::polynomial) ||
                          kind == static_cast<int>(ScheduleKind::cosine) ||
                          kind == static_cast<int>(ScheduleKind::one_cycle);
    for (int step = 20; step < 176; ++step)
      QVERIFY(std::abs(warm.factor(step) - (by_share ? same : cold).factor(step - 20)) <= 1e-12);
  }

  void aWarmUpLongerThanTheRunNeverEnds() {
    ScheduleSettings settings;
    settings.warmup_epochs = 1e6;
    const Schedule schedule(settings, 10, 3);
    QCOMPARE(schedule.factor(0), 1 / 30.0);
    QCOMPARE(schedule.factor(29), 1.0);
  }

  void everyFactorIsAShare() {
    for (const auto& [name, kind] : kinds)
      for (const int steps : {1, 2, 3, 7})
        for (const int epochs : {1, 2, 5}) {
          ScheduleSettings settings;
          settings.schedule = kind;
          const Schedule schedule(settings, steps, epochs);
          for (int step = 0; step < steps * epochs; ++step)
            QVERIFY2(schedule.factor(step) >= 0 && schedule.factor(step) <= 1, name.c_str());
        }
  }
};

QTEST_APPLESS_MAIN(TestSchedule)
#include "test_schedule.moc"
