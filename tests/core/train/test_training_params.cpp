#include <QtTest>
#include <set>

#include "core/train/training_params.hpp"

using namespace gb;

namespace {

const Schema<TrainingParams>& schema() {
  static const auto s = with_training_fields(Schema<TrainingParams>{});
  return s;
}

}  // namespace

class TestTrainingParams : public QObject {
  Q_OBJECT
 private slots:
  void everyFieldIsExplained() {
    std::set<std::string> names, labels;
    for (const auto& spec : schema().specs()) {
      QVERIFY2(names.insert(spec.name).second && labels.insert(spec.label).second, spec.name.c_str());
      QVERIFY2(spec.help.ends_with("."), spec.name.c_str());
      for (const auto& choice : spec.choices) QVERIFY2(choice.help.ends_with("."), choice.name.c_str());
      if (!spec.enabled_by) continue;
      // What switches it on stands before it and has these choices.
      QVERIFY2(names.contains(spec.enabled_by->param), spec.name.c_str());
      const auto* by = find_spec(schema().specs(), spec.enabled_by->param);
      for (const auto& value : spec.enabled_by->values)
        QVERIFY2(std::any_of(by->choices.begin(), by->choices.end(),
                             [&](const Choice& choice) { return choice.name == value; }),
                 (spec.name + ": " + value).c_str());
    }
  }

  void basicFieldsStandFirst() {
    bool advanced = false;
    for (const auto& spec : schema().specs()) {
      QVERIFY2(spec.advanced || !advanced, spec.name.c_str());
      advanced = advanced || spec.advanced;
    }
    QVERIFY(advanced);
  }

  void choicesMeanWhatTheySay() {
    const auto params = schema().read(Json{{"optimizer", "lars"},
                                           {"schedule", "one_cycle"},
                                           {"class_loss", "hinge"},
                                           {"value_loss", "huber"},
                                           {"class_weights", "balanced"},
                                           {"monitor", "loss"},
                                           {"weight_decay", 0.25}});
    QVERIFY(params.optimizer == OptimizerKind::lars && params.schedule == ScheduleKind::one_cycle);
    QVERIFY(params.class_loss == ClassLoss::hinge && params.value_loss == ValueLoss::huber);
    QVERIFY(params.class_weights == ClassWeights::balanced && params.monitor == Monitor::loss);
    QCOMPARE(params.weight_decay.value(), 0.25);
    for (const auto& [name, kind] : {std::pair{"adam", OptimizerKind::adam},
                                     {"adamw", OptimizerKind::adamw},
                                     {"momentum", OptimizerKind::momentum},
                                     {"nesterov", OptimizerKind::nesterov},
                                     {"sgd", OptimizerKind::sgd},
                                     {"rmsprop", OptimizerKind::rmsprop},
                                     {"adagrad", OptimizerKind::adagrad}})
      QVERIFY(schema().read(Json{{"optimizer", name}}).optimizer == kind);
    for (const auto& [name, kind] : {std::pair{"constant", ScheduleKind::constant},
                                     {"step", ScheduleKind::step},
                                     {"exponential", ScheduleKind::exponential},
                                     {"polynomial", ScheduleKind::polynomial},
                                     {"cosine", ScheduleKind::cosine},
                                     {"plateau", ScheduleKind::plateau}})
      QVERIFY(schema().read(Json{{"schedule", name}}).schedule == kind);
  }

  void liveFieldsAreThoseThatTheTrainerChanges() {
    std::set<std::string> live;
    for (const auto& spec : schema().specs())
      if (spec.live) live.insert(spec.name);
    QVERIFY(live == (std::set<std::string>{"learning_rate", "momentum", "l1", "l2", "weight_decay", "clip_norm",
                                           "clip_value"}));
  }

  void badValuesAreRefused() {
    for (const auto& spec : schema().specs())
      for (const auto& value : bad_values(spec))
        QVERIFY_EXCEPTION_THROWN(schema().read(Json{{spec.name, value}}), ParamError);
  }
};

QTEST_APPLESS_MAIN(TestTrainingParams)
#include "test_training_params.moc"
