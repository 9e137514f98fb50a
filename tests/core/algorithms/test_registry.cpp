#include <QtTest>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "core/algorithms/algorithm.hpp"
#include "core/base/random.hpp"
#include "core/layers/network_part.hpp"
#include "core/run/runner.hpp"

using namespace gb;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

struct Made {
  std::vector<std::vector<double>> columns;
  std::vector<double> target;  ///< 0, 1, 2 ... or any numbers
};

/// Two heaps apart from each other.
Made heaps(std::size_t rows, std::size_t columns, double distance = 3) {
  Made made;
  Random random(5);
  made.columns.resize(columns);
  for (std::size_t row = 0; row < rows; ++row) {
    const bool second = row % 2 == 1;
    for (auto& column : made.columns) column.push_back(5 + random.normal() * 0.3 + (second ? distance : 0));
    made.target.push_back(second);
  }
  return made;
}

const std::map<std::string, std::function<Made()>>& scenes() {
  static const std::map<std::string, std::function<Made()>> all{
      {"ordinary", [] { return heaps(80, 3); }},
      {"a constant column",
       [] {
         Made made = heaps(80, 3);
         made.columns[1].assign(80, 7);
         return made;
       }},
      {"only constant columns",
       [] {
         Made made = heaps(80, 2);
         for (auto& column : made.columns) column.assign(80, 7);
         return made;
       }},
      {"the same column twice",
       [] {
         Made made = heaps(80, 2);
         made.columns.push_back(made.columns[0]);
         return made;
       }},
      {"the same row everywhere but twice",
       [] {
         Made made = heaps(80, 2);
         for (std::size_t row = 2; row < 80; ++row)
           for (auto& column : made.columns) column[row] = column[row % 2];
         return made;
       }},
      {"perfectly separable", [] { return heaps(80, 2, 1e4); }},
      {"more columns than rows", [] { return heaps(20, 60); }},
      {"one row", [] { return heaps(1, 2); }},
      {"two rows", [] { return heaps(2, 2); }},
      {"one class",
       [] {
         Made made = heaps(60, 2);
         made.target.assign(60, 1);
         return made;
       }},
      {"a class of one row",
       [] {
         Made made = heaps(60, 2);
         made.target[0] = 2;
         return made;
       }},
      {"missing numbers",
       [] {
         Made made = heaps(60, 3);
         for (std::size_t row = 0; row < 60; row += 7) made.columns[1][row] = nan;
         return made;
       }},
      {"a column without numbers",
       [] {
         Made made = heaps(60, 2);
         made.columns[1].assign(60, nan);
         return made;
       }},
      {"an infinite number",
       [] {
         Made made = heaps(60, 2);
         made.columns[0][11] = infinite;
         return made;
       }},
      {"a huge and a tiny column",
       [] {
         Made made = heaps(60, 3);
         for (double& x : made.columns[0]) x *= 1e25;
         for (double& x : made.columns[1]) x *= 1e-25;
         return made;
       }},
      {"negative numbers",
       [] {
         Made made = heaps(60, 2);
         for (double& x : made.columns[0]) x -= 10;
         return made;
       }},
      {"many columns", [] { return heaps(30, 600); }},
  };
  return all;
}

std::shared_ptr<const Dataset> dataset_of(const Made& made, Task task) {
  DataTable table;
  table.rows = made.target.size();
  for (std::size_t i = 0; i < made.columns.size(); ++i) {
    Column column;
    column.name = "x" + std::to_string(i + 1);
    column.numbers = made.columns[i];
    table.columns.push_back(std::move(column));
  }
  if (task == Task::regression) {
    Column target;
    target.name = "y";
    target.type_given = true;
    for (std::size_t row = 0; row < table.rows; ++row)
      target.numbers.push_back(made.target[row] + (made.columns[0][row] < 1e9 ? made.columns[0][row] : 0) * 0.1);
    table.columns.push_back(std::move(target));
  } else if (task == Task::classification) {
    std::vector<std::int32_t> codes;
    for (const double value : made.target) codes.push_back(static_cast<std::int32_t>(value));
    table.columns.push_back(categorical_column("y", {"no", "yes", "perhaps"}, std::move(codes)));
  }
  auto dataset = std::make_shared<Dataset>();
  dataset->name = "made";
  if (is_supervised(task)) dataset->target = "y";
  dataset->content = std::move(table);
  return dataset;
}

/// Cheap settings, so that every algorithm meets every scene in seconds.
Json quick(const AlgorithmInfo& info) {
  Json params = Json::object();
  const std::vector<std::pair<const char*, Json>> wishes{
      {"epochs", 3}, {"estimators", 5}, {"max_iterations", 100}, {"starts", 2}, {"permutation_repeats", 1}};
  for (const auto& [name, value] : wishes)
    if (const auto* spec = find_spec(info.params, name); spec && spec->kind == Kind::integer) params[name] = value;
  return params;
}

}  // namespace

class TestRegistry : public QObject {
  Q_OBJECT
 private slots:
  void everyAlgorithmSaysWhatItIs() {
    std::set<std::string> ids;
    for (const AlgorithmInfo& info : algorithms()) {
      QVERIFY2(ids.insert(info.id).second, info.id.c_str());
      for (const std::string* text : {&info.label, &info.family, &info.help, &info.citation, &info.headline})
        QVERIFY2(!text->empty(), info.id.c_str());
      QVERIFY2(!info.tasks.empty() && info.fit, info.id.c_str());
      for (const ParamSpec& spec : info.params) {
        QVERIFY2(!spec.label.empty() && !spec.help.empty(), (info.id + "." + spec.name).c_str());
        // The defaults are valid themselves.
        QCOMPARE(QString::fromStdString(validated_value(spec, spec.default_value, spec.name).dump()),
                 QString::fromStdString(spec.default_value.dump()));
      }
    }
  }

  /// A right answer, or a clear refusal.
  void everyAlgorithmTakesWhatComes_data() {
    QTest::addColumn<QString>("id");
    QTest::addColumn<int>("task");
    QTest::addColumn<QString>("scene");
    for (const AlgorithmInfo& info : algorithms())
      for (const Task task : info.tasks)
        for (const auto& [scene, make] : scenes())
          QTest::newRow((info.id + ", " + std::string(task_name(task)) + ": " + scene).c_str())
              << QString::fromStdString(info.id) << static_cast<int>(task) << QString::fromStdString(scene);
  }
  void everyAlgorithmTakesWhatComes() {
    QFETCH(QString, id);
    QFETCH(int, task);
    QFETCH(QString, scene);
    const AlgorithmInfo& info = *find_algorithm(id.toStdString());
    const auto dataset = dataset_of(scenes().at(scene.toStdString())(), static_cast<Task>(task));
    std::string refusal;
    RunResult result;
    try {
      const Experiment experiment = Experiment::from_json({{"glassbench", 1},
                                                           {"seed", 1},
                                                           {"data", {{"source", "bundled"}, {"name", "iris"}}},
                                                           {"algorithm", {{"id", info.id}, {"params", quick(info)}}}},
                                                          ".");
      const auto prepared = prepare_run(experiment, {}, dataset);
      Observers nobody({});
      RunControl control;
      RunContext context(nobody, control, {.seed = 1});
      result = run(*prepared, context);
      if (result.state == RunState::failed) refusal = result.message;
    } catch (const Error& error) {
      refusal = error.what();
    }
    if (result.model) {
      QVERIFY(result.state == RunState::finished);
      for (const auto& [part, metrics] : result.metrics)
        for (const auto& [name, value] : metrics)
          QVERIFY2(std::isfinite(value), (part + "/" + name + " is " + std::to_string(value)).c_str());
      return;
    }
    QVERIFY2(refusal.size() > 20, refusal.c_str());
    QVERIFY2(refusal.find("unexpected") == std::string::npos, refusal.c_str());
    // What anybody may bring is no reason to refuse, except for pictures.
    const bool pictures = info.id == "cnn" || info.id == "gan";
    QVERIFY2(pictures || scene != "ordinary", refusal.c_str());
  }

  /// Every parameter that holds layers is one of the networks that an editor can show, whose presets fit the pictures.
  void networksAreToldForEveryListOfLayers() {
    const Shape picture{1, 28, 28};
    for (const auto& info : algorithms()) {
      std::vector<std::string> fields, told;
      for (const auto& spec : info.params)
        if (spec.kind == Kind::layers) fields.push_back(spec.name);
      if (info.networks)
        for (const auto& part : info.networks(Json::object(), picture, 10)) {
          told.push_back(part.field);
          QVERIFY(part.preset.has_value());
          for (const auto& preset : part.presets) {
            const auto summary = summarize(preset.layers, part);
            QVERIFY2(summary.valid(), (info.id + ": " + part.field + " of " + preset.name).c_str());
          }
        }
      QCOMPARE(told, fields);
      if (!info.networks) continue;
      // Nothing is known of the data, and what is typed is wrong so far.
      for (const auto& part : info.networks({{"preset", 7}, {"latent", -1}, {"epochs", "x"}}, {}, 0)) {
        QVERIFY(part.input.empty());
        QVERIFY(!summarize(Json::parse(R"(["Flatten"])"), part).layers.empty());
      }
    }
  }

  /// A discriminator that is told classes has a score more for each; spectral normalization shows in its layers.
  void networksFollowParameters() {
    const auto* gan = find_algorithm("gan");
    const auto parts =
        gan->networks({{"conditional", true}, {"latent", 30}, {"spectral_normalization", true}, {"preset", "dense"}},
                      {1, 28, 28}, 10);
    QCOMPARE(parts[0].input, Shape({40}));
    QCOMPARE(parts[0].output, Shape({1, 28, 28}));
    QCOMPARE(parts[1].outputs, std::int64_t{11});
    QCOMPARE(QString::fromStdString(parts[1].presets[*parts[1].preset].name), QString("dense"));
    const Json& layers = parts[1].presets[*parts[1].preset].layers;
    QCOMPARE(layers.back()["units"], Json(11));
    QCOMPARE(layers.back()["spectral_norm"], Json(true));
  }
};

QTEST_APPLESS_MAIN(TestRegistry)
#include "test_registry.moc"
