#include <QTemporaryDir>
#include <QtTest>

#include "core/base/file.hpp"
#include "core/run/experiment.hpp"
#include "core/run/runner.hpp"

using namespace gb;

namespace {

constexpr const char* minimal =
    R"({"glassbench":1,"data":{"source":"bundled","name":"iris"},"algorithm":{"id":"kmeans"}})";

constexpr const char* full = R"({"glassbench":1,"name":"All of it","seed":7,
  "data":{"source":"bundled","name":"iris"},
  "prepare":[{"step":"standardize"},{"step":"scale","range":[0,1]}],
  "split":{"validation":0.2,"test":0.1,"stratified":false},
  "algorithm":{"id":"mlp","params":{"epochs":3,"hidden_layers":[8]}},
  "record":{"watch_share":0.1}})";

Experiment parsed(const std::string& text) {
  return Experiment::parse(text, "test.json", ".");
}

Json changed(const std::string& text, const std::string& pointer, const Json& value) {
  Json document = Json::parse(text);
  document[Json::json_pointer(pointer)] = value;
  return document;
}

template <class Action>
Error refusal(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return Error("nothing was refused");
}

}  // namespace

class TestExperiment : public QObject {
  Q_OBJECT
 private slots:
  void onlyVersionDataAndAlgorithmAreRequired() {
    const auto experiment = parsed(minimal);
    QCOMPARE(experiment.algorithm, std::string("kmeans"));
    QCOMPARE(experiment.seed, std::uint64_t{0});
    QVERIFY(!experiment.prepare && !experiment.split);
  }

  void documentsRoundTrip() {
    const auto experiment = parsed(full);
    QCOMPARE(experiment.to_json().dump(), parsed(experiment.to_json().dump()).to_json().dump());
    QCOMPARE(experiment.to_json()["prepare"].dump(), Json::parse(full)["prepare"].dump());
    QCOMPARE(experiment.to_json()["split"].dump(), Json::parse(full)["split"].dump());
    QCOMPARE(experiment.to_json()["record"].dump(), Json::parse(full)["record"].dump());
    QCOMPARE(experiment.record_params().watch_share, 0.1);
  }

  void augmentationIsRead() {
    QVERIFY(!parsed(full).augmentation());
    const auto off = Experiment::parse(changed(full, "/augment", Json{{"rotate", 0}}).dump(), "test.json", ".");
    QVERIFY(!off.augmentation());
    const Json augment{{"rotate", 10}, {"horizontal_flip", true}};
    auto experiment = parsed(changed(full, "/augment", augment).dump());
    QCOMPARE(experiment.augmentation()->rotate, 10.0);
    QVERIFY(experiment.augmentation()->horizontal_flip && !experiment.augmentation()->vertical_flip);
    QCOMPARE(experiment.to_json()["augment"].dump(), augment.dump());
    experiment.set("augment.mixup", 0.2);
    QCOMPARE(experiment.augmentation()->mixup, 0.2);
    QCOMPARE(refusal([&] { experiment.set("augment.mixup", -1); }).field(), std::string("augment.mixup"));
  }

  void picturesAloneAreVaried() {
    const auto refused = [&](const Json& data, const char* algorithm) {
      Json document = Json::parse(minimal);
      document["data"] = data;
      document["algorithm"]["id"] = algorithm;
      document["augment"] = {{"rotate", 10}};
      return refusal([&] { prepare_run(Experiment::from_json(document, ".")); });
    };
    const auto table = refused({{"source", "bundled"}, {"name", "iris"}}, "mlp");
    QCOMPARE(table.field(), std::string("augment"));
    QVERIFY2(QString(table.what()).contains("iris is a table"), table.what());
    const Json digits{{"source", "bundled"}, {"name", "mnist-10k"}};
    const auto clusters = refused(digits, "kmeans");
    QCOMPARE(clusters.field(), std::string("augment"));
    QVERIFY2(QString(clusters.what()).contains("epochs"), clusters.what());
    QCOMPARE(std::string(refused(digits, "mlp").what()), std::string("nothing was refused"));
    Json document = Json::parse(minimal);
    document["data"] = digits;
    document["algorithm"]["id"] = "mlp";
    document["augment"] = {{"rotate", 10}};
    const auto prepared = prepare_run(Experiment::from_json(document, "."));
    QCOMPARE(prepared->problem.augmentation->rotate, 10.0);
    QCOMPARE(prepared->document["augment"]["rotate"], Json(10.0));
    QCOMPARE(prepared->document["augment"]["fill"], Json("edge"));
  }

  void wrongDocumentsAreRefused_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("part");
    const auto add = [](const char* name, const std::string& text, const char* field, const char* part) {
      QTest::newRow(name) << QByteArray::fromStdString(text) << QString::fromUtf8(field) << QString::fromUtf8(part);
    };
    const auto with = [](const char* pointer, const Json& value) { return changed(full, pointer, value).dump(); };
    add("empty", "", "", "test.json is empty");
    add("no JSON", "{\"glassbench\": 1,", "", "not valid JSON");
    add("a list", "[]", "", "must be a JSON object");
    add("no version", R"({"data":{},"algorithm":{}})", "glassbench", "missing");
    add("newer", with("/glassbench", 2), "glassbench", "update Glassbench");
    add("version as text", with("/glassbench", "1"), "glassbench", "must be 1");
    add("unknown field", with("/sede", 3), "sede", "'seed'");
    add("field twice", R"({"glassbench":1,"seed":1,"seed":2})", "seed", "twice");
    add("seed below zero", with("/seed", -1), "seed", "whole number");
    add("seed is a fraction", with("/seed", 1.5), "seed", "whole number");
    add("seed too large", with("/seed", 1e300), "seed", "whole number");
    add("name is a number", with("/name", 3), "name", "text");
    add("no data", R"({"glassbench":1,"algorithm":{"id":"kmeans"}})", "data", "missing");
    add("data is a text", with("/data", "iris"), "data", "object");
    add("unknown source", with("/data/source", "bundeld"), "data.source", "bundeld");
    add("unknown data field", with("/data/nmae", "iris"), "data.nmae", "nmae");
    add("unknown dataset", with("/data/name", "irsi"), "data.name", "irsi");
    add("no algorithm", R"({"glassbench":1,"data":{"source":"bundled","name":"iris"}})", "algorithm", "missing");
    add("algorithm is a text", with("/algorithm", "mlp"), "algorithm", "object");
    add("unknown algorithm", with("/algorithm/id", "k_means"), "algorithm.id", "'kmeans'");
    add("unknown algorithm field", with("/algorithm/parms", Json::object()), "algorithm.parms", "'params'");
    add("params is a list", with("/algorithm/params", Json::array()), "algorithm.params", "object");
    add("unknown parameter", with("/algorithm/params/epoch", 3), "algorithm.params.epoch", "'epochs'");
    add("impossible parameter", with("/algorithm/params/epochs", 0), "algorithm.params.epochs", "must be");
    add("parameter of a wrong kind", with("/algorithm/params/epochs", "3"), "algorithm.params.epochs", "must be");
    add("prepare is an object", with("/prepare", Json::object()), "prepare", "list");
    add("step is a text", with("/prepare/0", "scale"), "prepare[0]", "object");
    add("unknown step", with("/prepare/0/step", "standardise"), "prepare[0].step", "'standardize'");
    add("unknown step field", with("/prepare/1/rnage", 1), "prepare[1].rnage", "'range'");
    add("split of a wrong kind", with("/split/test", "0.2"), "split.test", "must be");
    add("split too large", with("/split/test", 1.5), "split.test", "must be");
    add("nothing left to train on", with("/split/test", 0.8), "split", "no rows to train on");
    add("augment is a list", with("/augment", Json::array({"flip"})), "augment", "object");
    add("unknown augment field", with("/augment", Json{{"rotation", 5}}), "augment.rotation", "known field");
    add("augment outside its range", with("/augment", Json{{"rotate", 200}}), "augment.rotate", "from 0.0 to 180.0");
    add("augment of a wrong kind", with("/augment", Json{{"horizontal_flip", 1}}), "augment.horizontal_flip", "true");
    add("evaluate has unknown fields", with("/evaluate", Json{{"fold", 5}}), "evaluate.fold", "did you mean 'folds'");
    add("too few folds", with("/evaluate/folds", 1), "evaluate.folds", "must be");
    add("record has unknown fields", with("/record", Json{{"images", true}}), "record.images", "known field");
    add("record outside its range", with("/record/watch_share", 2), "record.watch_share", "must be");
    add("deep", "{\"glassbench\":" + std::string(100000, '[') + std::string(100000, ']') + "}", "", "nested deeper");
  }
  void wrongDocumentsAreRefused() {
    QFETCH(QByteArray, text);
    QFETCH(QString, field);
    QFETCH(QString, part);
    const auto error = refusal([&] { parsed(text.toStdString()); });
    QCOMPARE(QString::fromStdString(error.field()), field);
    QVERIFY2(QString::fromUtf8(error.what()).contains(part), error.what());
  }

  void pathsSetFields_data() {
    QTest::addColumn<QString>("assignment");
    QTest::addColumn<QString>("pointer");
    QTest::addColumn<QString>("value");
    QTest::newRow("document path") << "split.test=0.3"
                                   << "/split/test"
                                   << "0.3";
    QTest::newRow("bare name is a parameter") << "epochs=9"
                                              << "/algorithm/params/epochs"
                                              << "9";
    QTest::newRow("bare list") << "hidden_layers=[4,5]"
                               << "/algorithm/params/hidden_layers"
                               << "[4,5]";
    QTest::newRow("bare text") << "activation=tanh"
                               << "/algorithm/params/activation"
                               << "\"tanh\"";
    QTest::newRow("the document's own field") << "seed=11"
                                              << "/seed"
                                              << "11";
    QTest::newRow("full path") << "algorithm.params.epochs=4"
                               << "/algorithm/params/epochs"
                               << "4";
    QTest::newRow("list position") << "prepare[1].range=[-1,1]"
                                   << "/prepare/1/range"
                                   << "[-1,1]";
    QTest::newRow("object that was absent") << "record={\"watch_share\":0.5}"
                                            << "/record/watch_share"
                                            << "0.5";
    QTest::newRow("value with =") << "name=a=b"
                                  << "/name"
                                  << "\"a=b\"";
  }
  void pathsSetFields() {
    QFETCH(QString, assignment);
    QFETCH(QString, pointer);
    QFETCH(QString, value);
    auto experiment = parsed(full);
    const auto [path, json] = Experiment::parse_assignment(assignment.toStdString());
    experiment.set(path, json);
    QCOMPARE(QString::fromStdString(experiment.to_json()[Json::json_pointer(pointer.toStdString())].dump()), value);
  }

  void setCreatesAbsentObjects() {
    auto experiment = parsed(minimal);
    experiment.set("split.test", 0.25);
    QCOMPARE(experiment.to_json()["split"].dump(), std::string(R"({"test":0.25})"));
  }

  void severalSettingsAreCheckedTogether() {
    auto experiment = parsed(full);
    const std::vector<std::pair<std::string, Json>> settings{
        {"algorithm.id", "kmeans"}, {"algorithm.params", Json::object()}, {"clusters", 4}};
    experiment.set(settings);
    QCOMPARE(experiment.algorithm, std::string("kmeans"));
    QCOMPARE(experiment.complete_params()["clusters"].get<int>(), 4);
  }

  void wrongSettingsAreRefused_data() {
    QTest::addColumn<QString>("assignment");
    QTest::addColumn<QString>("field");
    QTest::newRow("unknown parameter") << "epoch=3"
                                       << "algorithm.params.epoch";
    QTest::newRow("impossible value") << "epochs=0"
                                      << "algorithm.params.epochs";
    QTest::newRow("unknown path") << "splitt.test=0.2"
                                  << "splitt";
    QTest::newRow("through a number") << "seed.x=1"
                                      << "seed";
    QTest::newRow("position outside") << "prepare[7].range=[0,1]"
                                      << "prepare";
    QTest::newRow("no value") << "epochs"
                              << "--set";
    QTest::newRow("no path") << "=3"
                             << "--set";
    QTest::newRow("empty piece") << "split..test=1"
                                 << "split..test";
    QTest::newRow("deep value") << "hidden_layers=" + QString(100000, '[') + QString(100000, ']') << "";
  }
  void wrongSettingsAreRefused() {
    QFETCH(QString, assignment);
    QFETCH(QString, field);
    auto experiment = parsed(full);
    const std::string before = experiment.to_json().dump();
    const auto error = refusal([&] {
      const auto [path, json] = Experiment::parse_assignment(assignment.toStdString());
      experiment.set(path, json);
    });
    QCOMPARE(QString::fromStdString(error.field()), field);
    QCOMPARE(experiment.to_json().dump(), before);
  }

  void missingFilesSayWhich() {
    const auto error = refusal([] { Experiment::read("/nowhere/experiment.json"); });
    QVERIFY(std::string(error.what()).find("/nowhere/experiment.json") != std::string::npos);
  }

  void theRecordedDocumentIsCompleteAndRunsAgain() {
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("data.csv").toStdString();
    std::string csv = "a,b,kind\n";
    for (int i = 0; i < 40; ++i)
      csv += std::to_string(i * 0.5) + "," + (i % 7 ? std::to_string(i % 5) : "") + "," + (i % 2 ? "yes" : "no") + "\n";
    write_file_atomically(path, csv);
    write_file_atomically(path.parent_path() / "experiment.json",
                          R"({"glassbench":1,"data":{"source":"table","path":"data.csv","target":"kind"},)"
                          R"("algorithm":{"id":"mlp"}})");
    const auto prepared = prepare_run(Experiment::read(path.parent_path() / "experiment.json"));
    const Json& document = prepared->document;
    QCOMPARE(document["data"]["path"].get<std::string>(), path.string());
    QCOMPARE(document["split"]["test"].get<double>(), 0.2);
    QVERIFY(document["algorithm"]["params"].contains("learning_rate"));
    QVERIFY2(document["prepare"].dump().find("impute") != std::string::npos, document["prepare"].dump().c_str());
    const auto again = prepare_run(Experiment::from_json(document, "/"));
    QCOMPARE(again->document.dump(), document.dump());
    QCOMPARE(again->problem.split.train, prepared->problem.split.train);
    QCOMPARE(again->dataset->fingerprint, prepared->dataset->fingerprint);
  }

  void everyReadyMadeExperimentIsValid() {
    const std::filesystem::path folder = std::filesystem::path(TEST_SOURCE_DIR) / "resources" / "experiments";
    const Json gallery = Json::parse(read_file(folder / "gallery.json", 1 << 20));
    QVERIFY(gallery.size() >= 6);
    for (const auto& entry : gallery) {
      QVERIFY(!entry["title"].get<std::string>().empty() && !entry["description"].get<std::string>().empty());
      const auto experiment = Experiment::read(folder / entry["file"].get<std::string>());
      QCOMPARE(experiment.name, entry["title"].get<std::string>());
    }
    for (const auto& file : std::filesystem::directory_iterator(folder))
      if (file.path().extension() == ".json" && file.path().filename() != "gallery.json")
        QVERIFY(!prepare_run(Experiment::read(file.path()))->problem.split.train.empty());
  }
};

QTEST_APPLESS_MAIN(TestExperiment)
#include "test_experiment.moc"
