#include <signal.h>

#include <QDirIterator>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QSize>
#include <QTemporaryDir>
#include <QtEndian>
#include <QtTest>

namespace {

/// What one call of the program left behind.
struct Outcome {
  int status = -1;
  QByteArray out, err;

  QList<QJsonObject> lines() const {
    QList<QJsonObject> objects;
    for (const auto& line : out.split('\n'))
      if (!line.isEmpty()) objects.append(QJsonDocument::fromJson(line).object());
    return objects;
  }
  QJsonObject last() const { return lines().isEmpty() ? QJsonObject() : lines().last(); }
};

/// Of a PNG file, as its head says.
QSize pictureSize(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return {};
  const QByteArray head = file.read(24);
  if (head.size() < 24 || !head.startsWith("\x89PNG")) return {};
  return {qFromBigEndian<qint32>(head.constData() + 16), qFromBigEndian<qint32>(head.constData() + 20)};
}

const QString program = QStringLiteral(TEST_BINARY_DIR "/bin/glassbench-cli");

constexpr const char* small_mlp =
    R"({"glassbench":1,"name":"Small","seed":3,"data":{"source":"bundled","name":"iris"},)"
    R"("prepare":[{"step":"standardize"}],)"
    R"("algorithm":{"id":"mlp","params":{"epochs":8,"batch_size":16,"hidden_layers":[8]}}})";
/// Long enough to be interrupted, whatever the machine.
constexpr const char* endless_mlp =
    R"({"glassbench":1,"seed":3,"data":{"source":"bundled","name":"iris"},)"
    R"("algorithm":{"id":"mlp","params":{"epochs":1000000,"batch_size":16,"hidden_layers":[8]}}})";

}  // namespace

class TestCommandLine : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;

  QString path(const char* name) const { return folder_.filePath(QString::fromUtf8(name)); }

  QString write(const char* name, const QByteArray& bytes) const {
    QFile file(path(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) return {};
    return file.fileName();
  }

  QProcessEnvironment environment(const char* store = "store") const {
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert("XDG_DATA_HOME", path(store));
    environment.insert("XDG_CONFIG_HOME", path("settings"));
    environment.insert("GLASSBENCH_RESOURCES", TEST_SOURCE_DIR "/resources");
    return environment;
  }

  Outcome call(const QStringList& arguments, const char* store = "store") const {
    QProcess process;
    process.setProcessEnvironment(environment(store));
    process.start(program, arguments);
    process.closeWriteChannel();
    if (!process.waitForFinished(120000)) return {};
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2, process.readAllStandardOutput(),
            process.readAllStandardError()};
  }

  /// Starts an endless run and waits until it has taken some steps; its id in `run`.
  std::unique_ptr<QProcess> started(const QString& experiment, QString& run, int steps = 200) const {
    auto process = std::make_unique<QProcess>();
    process->setProcessEnvironment(environment());
    process->start(program, {"run", experiment, "--json"});
    QByteArray seen;
    for (int round = 0; round < 6000; ++round) {
      process->waitForReadyRead(100);
      seen += process->readAllStandardOutput();
      if (seen.count("\"event\":\"scalar\"") >= steps) break;
      if (process->state() == QProcess::NotRunning) break;
    }
    run = QJsonDocument::fromJson(seen.left(seen.indexOf('\n'))).object()["run"].toString();
    return process;
  }

 private slots:
  void anonymised_columns_stay_anonymous() {
    QByteArray rows = "who,town,age,bought\n";
    for (int i = 0; i < 90; ++i)
      rows += "Marvin " + QByteArray::number(i % 9) + ",Magrathea-" + QByteArray::number(i % 3) + "," +
              QByteArray::number(20 + i % 41) + "," + (i % 9 < 4 ? "yes" : "no") + "\n";
    QVERIFY(!write("customers.csv", rows).isEmpty());
    const QString experiment =
        write("customers.json", R"({"glassbench":1,"data":{"source":"table","path":"customers.csv",)"
                                R"("target":"bought","anonymise":[{"column":"who","method":"hash"},)"
                                R"({"column":"town","method":"mask","keep_last":1},)"
                                R"({"column":"age","method":"bucket","width":20}]},)"
                                R"("algorithm":{"id":"decision_tree"}})");
    const auto inspected = call({"inspect", experiment, "--json"}, "anonymous");
    QCOMPARE(inspected.status, 0);
    const auto columns = inspected.last()["columns"].toArray();
    QCOMPARE(columns.size(), 4);
    QVERIFY(columns[0].toObject()["levels"].toArray()[0].toString().startsWith("h"));
    QCOMPARE(columns[1].toObject()["levels"].toArray()[0].toString(), QString("***0"));
    QCOMPARE(columns[2].toObject()["max"].toDouble(), 60.0);
    QCOMPARE(call({"validate", experiment}, "anonymous").status, 0);
    const auto ran = call({"run", experiment, "--out", path("anonymous-out"), "--json"}, "anonymous");
    QVERIFY2(ran.status == 0, ran.err);
    QVERIFY(!(inspected.out + ran.out + ran.err).contains("Marvin"));
    int files = 0;
    for (const char* folder : {"anonymous", "anonymous-out"})
      for (QDirIterator it(path(folder), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories); it.hasNext();
           ++files) {
        QFile file(it.next());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        for (const char* raw : {"Marvin", "Magrathea"}) QVERIFY2(!bytes.contains(raw), qPrintable(file.fileName()));
      }
    QVERIFY(files >= 3);
    // New rows come as they are: what was done to the columns is done to them.
    const auto predicted =
        call({"predict", path("anonymous-out/model.onnx"), path("customers.csv"), "--json"}, "anonymous");
    QVERIFY2(predicted.status == 0, predicted.err);
    const auto lines = predicted.lines();
    QCOMPARE(lines.size(), qsizetype{90});
    int right = 0;
    for (int i = 0; i < 90; ++i) right += lines[i]["label"].toString() == (i % 9 < 4 ? "yes" : "no");
    QVERIFY2(right >= 88, qPrintable(QString::number(right)));
    const auto refused =
        call({"validate", write("bad.json", R"({"glassbench":1,"data":{"source":"table","path":"customers.csv",)"
                                            R"("anonymise":[{"column":"who","method":"shred"}]},)"
                                            R"("algorithm":{"id":"kmeans"}})")});
    QCOMPARE(refused.status, 2);
    QVERIFY2(refused.err.contains("data.anonymise[0].method"), refused.err);
  }

  void initTestCase() {
    QVERIFY2(QFile::exists(program), qPrintable(program));
    QVERIFY(!write("small.json", small_mlp).isEmpty());
    QVERIFY(!write("endless.json", endless_mlp).isEmpty());
  }

  void versionAndHelpAreNoErrors() {
    QCOMPARE(call({"--version"}).status, 0);
    QVERIFY(call({"--version"}).out.startsWith("glassbench-cli "));
    const auto help = call({"--help"});
    QCOMPARE(help.status, 0);
    for (const char* command : {"run", "validate", "resume", "fork", "replay", "algorithms", "datasets", "describe",
                                "inspect", "predict", "sample", "runs", "report"})
      QVERIFY2(help.out.contains(command), command);
  }

  void everyStreamLineIsAnEventInOrder() {
    const auto outcome = call({"run", path("small.json"), "--json", "--out", path("out")});
    QVERIFY2(outcome.status == 0, outcome.err);
    const auto lines = outcome.lines();
    const QSet<QString> known{"started", "scalar", "points", "matrix", "images", "log", "finished"};
    for (const auto& line : outcome.out.split('\n'))
      if (!line.isEmpty()) QVERIFY2(line.startsWith("{\"event\":\""), line);
    for (const auto& line : lines) QVERIFY(known.contains(line["event"].toString()));
    QCOMPARE(lines.first()["event"].toString(), QString("started"));
    QCOMPARE(lines.first()["data"]["rows"].toInt(), 150);
    QCOMPARE(lines.first()["experiment"]["algorithm"]["params"]["epochs"].toInt(), 8);
    QCOMPARE(lines.last()["event"].toString(), QString("finished"));
    QCOMPARE(outcome.out.count("\"event\":\"finished\""), 1);
    const auto end = lines.last();
    QCOMPARE(end["run"].toString(), lines.first()["run"].toString());
    QVERIFY(end["run"].toString().contains("-mlp-"));
    QCOMPARE(end["weights_sha256"].toString().size(), 64);
    for (const char* part : {"train", "validation", "test"}) {
      const auto metrics = end["metrics"][QLatin1String(part)].toObject();
      for (const char* metric : {"accuracy", "balanced_accuracy", "precision_macro", "recall_macro", "f1_macro",
                                 "log_loss", "cohen_kappa", "matthews_corrcoef"})
        QVERIFY2(metrics[QLatin1String(metric)].isDouble(), metric);
    }
    for (const char* stage : {"load", "fit", "evaluate"}) QVERIFY(end["seconds"][QLatin1String(stage)].isDouble());
    QVERIFY(end["peak_rss_mb"].toDouble() > 1);
    QSet<QString> series;
    for (const auto& line : lines)
      if (line["event"] == "scalar") series.insert(line["series"].toString());
    QVERIFY(series.contains("train/loss") && series.contains("validation/accuracy"));
    // What the closing line lists is there, and every picture an event speaks of too.
    const QDir out(path("out"));
    QCOMPARE(end["artifacts"]["model"].toString(), QString("model.onnx"));
    QCOMPARE(end["artifacts"]["series"].toString(), QString("series.csv"));
    QCOMPARE(end["artifacts"]["card"].toString(), QString("model-card.md"));
    for (const char* file : {"model.onnx", "model-card.md", "series.csv", "experiment.json"})
      QVERIFY2(out.exists(file), file);
    QVERIFY(!end["artifacts"]["images"].toArray().isEmpty());
    for (const auto& image : end["artifacts"]["images"].toArray()) QVERIFY(out.exists(image.toString()));
    for (const auto& line : lines)
      if (line["event"] == "matrix") QVERIFY(out.exists(line["file"].toString()));
  }

  void theRecordedExperimentRunsAgainToTheSameBits() {
    const auto first = call({"run", path("small.json"), "--json", "--out", path("again")}).last();
    const auto second = call({"run", path("again/experiment.json"), "--json"}).last();
    QVERIFY(!first["weights_sha256"].toString().isEmpty());
    QCOMPARE(second["weights_sha256"], first["weights_sha256"]);
    QCOMPARE(second["metrics"], first["metrics"]);
    const auto other = call({"run", path("small.json"), "--json", "--set", "seed=4"}).last();
    QVERIFY(other["weights_sha256"] != first["weights_sha256"]);
    const auto replay = call({"replay", first["run"].toString(), "--json"});
    QCOMPARE(replay.status, 0);
    QCOMPARE(replay.last()["same"].toBool(), true);
    QCOMPARE(replay.last()["weights_sha256"], first["weights_sha256"]);
  }

  void settingsAreTaken() {
    const auto line = call({"run", path("small.json"), "--json", "--set", "epochs=2", "--set", "split.test=0.3",
                            "--set", "algorithm.params.hidden_layers=[3,4]", "--threads", "1"})
                          .lines()
                          .first();
    QCOMPARE(line["experiment"]["algorithm"]["params"]["epochs"].toInt(), 2);
    QCOMPARE(line["experiment"]["split"]["test"].toDouble(), 0.3);
    QCOMPARE(line["data"]["test"].toInt(), 45);
    QCOMPARE(line["environment"]["threads"].toInt(), 1);
  }

  void wrongRequestsEndWithStatus2_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("part");
    const QString experiment = write("small.json", small_mlp);
    const auto table = [&](const char* name, const QByteArray& bytes, const char* target = "y") {
      write(name, bytes);
      return write((QByteArray(name) + ".json").constData(),
                   R"({"glassbench":1,"data":{"source":"table","path":")" + QByteArray(name) + R"(","target":")" +
                       target + R"("},"algorithm":{"id":"mlp","params":{"epochs":1}}})");
    };
    QTest::newRow("no command") << QStringList{} << "subcommand";
    QTest::newRow("unknown command") << QStringList{"train"} << "train";
    QTest::newRow("unknown option") << QStringList{"run", experiment, "--sed", "1"} << "--sed";
    QTest::newRow("no experiment") << QStringList{"run"} << "EXPERIMENT";
    QTest::newRow("threads below one") << QStringList{"run", experiment, "--threads", "0"} << "threads";
    QTest::newRow("missing experiment") << QStringList{"run", path("none.json")} << "none.json";
    QTest::newRow("experiment is a folder") << QStringList{"run", folder_.path()} << "folder";
    QTest::newRow("empty experiment") << QStringList{"run", write("empty.json", "")} << "empty";
    QTest::newRow("binary experiment") << QStringList{"run", write("binary.json", QByteArray("\0\1\xff{", 4))}
                                       << "not valid JSON";
    QTest::newRow("unknown field") << QStringList{"run", experiment, "--set", "data.nmae=3"} << "data.nmae";
    QTest::newRow("unknown parameter") << QStringList{"run", experiment, "--set", "epoch=3"} << "epochs";
    QTest::newRow("impossible value") << QStringList{"run", experiment, "--set", "learning_rate=-1"} << "learning_rate";
    QTest::newRow("wrong kind") << QStringList{"run", experiment, "--set", "epochs=many"} << "epochs";
    QTest::newRow("no value") << QStringList{"run", experiment, "--set", "epochs"} << "PATH=VALUE";
    QTest::newRow("unknown algorithm") << QStringList{"run", experiment, "--set", "algorithm.id=mpl"} << "mlp";
    QTest::newRow("clusters above rows") << QStringList{"run", experiment, "--set",
                                                        "algorithm={\"id\":\"kmeans\",\"params\":{\"clusters\":500}}"}
                                         << "500";
    QTest::newRow("out is a file") << QStringList{"run", experiment, "--out", experiment} << "folder";
    QTest::newRow("out below a file") << QStringList{"run", experiment, "--out", experiment + "/x"} << "folder";
    QTest::newRow("missing table") << QStringList{"run", experiment, "--set",
                                                  "data={\"source\":\"table\",\"path\":\"no.csv\",\"target\":\"y\"}"}
                                   << "no.csv";
    QTest::newRow("empty table") << QStringList{"run", table("nothing.csv", "")} << "nothing.csv";
    QTest::newRow("binary table") << QStringList{"run", table("noise.csv", QByteArray("\x7f"
                                                                                      "ELF\0\0\1\2\3",
                                                                                      9))}
                                  << "noise.csv";
    QTest::newRow("no usable column") << QStringList{"run", table("letters.csv",
                                                                  "a,y\na - b,1.5\n"
                                                                  "c - d,2.5\n"
                                                                  "e - f,3.25\n"
                                                                  "g - h,4.25\n")}
                                      << "hold no words";
    QTest::newRow("target missing") << QStringList{"run", table("rows.csv", "a,b\n1,2\n2,3\n3,4\n4,5\n", "y")} << "y";
    QTest::newRow("target constant") << QStringList{"run", table("constant.csv",
                                                                 "a,y\n1,x\n2,x\n3,x\n4,x\n5,x\n6,x\n7,x\n8,x\n")}
                                     << "one class";
    QTest::newRow("newer document") << QStringList{"validate", experiment, "--set", "glassbench=2"} << "update";
    QTest::newRow("validate finds it too") << QStringList{"validate", experiment, "--set", "epochs=0"} << "epochs";
    QTest::newRow("resume nothing") << QStringList{"resume", "nobody"} << "nobody";
    QTest::newRow("replay nothing") << QStringList{"replay", "nobody"} << "nobody";
    QTest::newRow("show nothing") << QStringList{"runs", "show", "nobody"} << "nobody";
    QTest::newRow("compare one") << QStringList{"runs", "compare", "nobody"} << "RUN";
    QTest::newRow("delete nothing") << QStringList{"runs", "delete", "nobody"} << "nobody";
    QTest::newRow("describe nothing") << QStringList{"describe", "kmeens"} << "'kmeans'";
    QTest::newRow("inspect nothing") << QStringList{"inspect", path("no.csv")} << "no.csv";
    QTest::newRow("predict without model") << QStringList{"predict", path("no.onnx"), experiment} << "no.onnx";
    QTest::newRow("predict with nonsense") << QStringList{"predict", experiment, experiment} << "small.json";
  }
  void wrongRequestsEndWithStatus2() {
    QFETCH(QStringList, arguments);
    QFETCH(QString, part);
    const auto outcome = call(arguments);
    QVERIFY2(outcome.status == 2, "status " + QByteArray::number(outcome.status) + ": " + outcome.err);
    QVERIFY2(outcome.err.contains(part.toUtf8()), outcome.err);
    QVERIFY2(!outcome.err.contains("what()") && !outcome.err.contains("json.exception"), outcome.err);
  }

  void failuresAreToldAsJson() {
    const auto outcome = call({"run", path("small.json"), "--json", "--set", "epochs=0"});
    QCOMPARE(outcome.status, 2);
    QCOMPARE(outcome.lines().size(), 1);
    QCOMPARE(outcome.last()["event"].toString(), QString("failed"));
    QCOMPARE(outcome.last()["field"].toString(), QString("algorithm.params.epochs"));
    QVERIFY(outcome.last()["allowed"].toString().contains("whole number"));
    QVERIFY(outcome.last()["message"].toString().contains("epochs"));
  }

  void failuresAfterTheFirstStepEndWithStatus1() {
    const auto outcome = call({"run", path("small.json"), "--json", "--set", "learning_rate=1000", "--set",
                               "optimizer=sgd", "--set", "hidden_layers=[64,64,64]"});
    QCOMPARE(outcome.status, 1);
    QCOMPARE(outcome.lines().first()["event"].toString(), QString("started"));
    QCOMPARE(outcome.last()["event"].toString(), QString("failed"));
    QVERIFY(!outcome.last()["message"].toString().isEmpty());
  }

  void interruptedRunsKeepACheckpointAndResume_data() {
    QTest::addColumn<int>("signal");
    QTest::newRow("Ctrl+C") << SIGINT;
    QTest::newRow("terminate") << SIGTERM;
  }
  void interruptedRunsKeepACheckpointAndResume() {
    QFETCH(int, signal);
    QString run;
    const auto process = started(path("endless.json"), run);
    QVERIFY(!run.isEmpty());
    ::kill(static_cast<pid_t>(process->processId()), signal);
    QVERIFY(process->waitForFinished(60000));
    QCOMPARE(process->exitStatus(), QProcess::NormalExit);
    QCOMPARE(process->exitCode(), 130);
    const auto last = process->readAllStandardOutput().trimmed().split('\n').last();
    QCOMPARE(QJsonDocument::fromJson(last).object()["event"].toString(), QString("stopped"));
    const auto shown = call({"runs", "show", run, "--json"}).last();
    QCOMPARE(shown["state"].toString(), QString("stopped"));
    QVERIFY(shown["has_checkpoint"].toBool());
    const auto refused = call({"replay", run});
    QCOMPARE(refused.status, 2);
    QFile::resize(path("store") + "/glassbench/runs/" + run + "/checkpoint.safetensors", 100);
    const auto damaged = call({"resume", run});
    QCOMPARE(damaged.status, 2);
    QVERIFY2(damaged.err.contains("checkpoint"), damaged.err);
  }

  void aKilledRunResumesToTheHashOfTheUnbroken() {
    // Long enough to be killed in its middle, short enough to be finished afterwards.
    const QByteArray experiment =
        R"({"glassbench":1,"seed":9,"data":{"source":"bundled","name":"wine"},)"
        R"("algorithm":{"id":"mlp","params":{"epochs":3000,"batch_size":8,"hidden_layers":[16]}}})";
    const QString file = write("killed.json", experiment);
    const auto whole = call({"run", file, "--json"}).last();
    QString run;
    const auto process = started(file, run, 2000);
    QVERIFY(!run.isEmpty());
    process->kill();
    QVERIFY(process->waitForFinished(60000));
    QCOMPARE(call({"runs", "show", run, "--json"}).last()["state"].toString(), QString("stopped"));
    const auto resumed = call({"resume", run, "--json"});
    QVERIFY2(resumed.status == 0, resumed.err);
    QCOMPARE(resumed.last()["run"].toString(), run);
    QCOMPARE(resumed.last()["weights_sha256"], whole["weights_sha256"]);
    QCOMPARE(call({"resume", run}).status, 2);
  }

  void aRunIsForked() {
    const auto parent = call({"run", path("small.json"), "--json"}).last();
    const QString id = parent["run"].toString();
    // From its end: as if it had been given more epochs at once.
    const auto longer = call({"fork", id, "--set", "epochs=12", "--json", "--out", path("forked")});
    QVERIFY2(longer.status == 0, longer.err);
    QCOMPARE(longer.last()["event"].toString(), QString("finished"));
    QCOMPARE(longer.last()["fork"].toObject()["run"].toString(), id);
    QCOMPARE(longer.last()["fork"].toObject()["step"].toInt(), parent["steps"].toInt());
    QCOMPARE(longer.last()["weights_sha256"],
             call({"run", path("small.json"), "--set", "epochs=12", "--json"}).last()["weights_sha256"]);
    QVERIFY(QFile::exists(path("forked") + "/model.onnx"));
    const QString fork = longer.last()["run"].toString();
    const auto shown = call({"runs", "show", fork, "--json"}).last();
    QCOMPARE(shown["fork"].toObject()["run"].toString(), id);
    QVERIFY(call({"runs", "show", fork}).out.contains("forked from " + id.toUtf8()));
    const auto replayed = call({"replay", fork, "--json"});
    QCOMPARE(replayed.status, 0);
    QVERIFY(replayed.last()["same"].toBool());
    QCOMPARE(replayed.last()["from_step"], parent["steps"]);
    // It says where it starts when that is not where it was asked to.
    const auto early = call({"fork", id, "--step", "1"});
    QVERIFY2(early.status == 0, early.err);
    QVERIFY2(early.err.contains("From run " + id.toUtf8() + " at step "), early.err);

    const auto refused = call({"fork", id, "--set", "hidden_layers=[4]", "--json"});
    QCOMPARE(refused.status, 2);
    QCOMPARE(refused.last()["field"].toString(), QString("algorithm.params.hidden_layers"));
    QCOMPARE(call({"fork", id, "--step", "100000"}).status, 2);
    QCOMPARE(call({"fork", "nobody"}).status, 2);
    QVERIFY(call({"describe", "mlp", "--json"}).last()["params"][0].toObject().contains("forkable"));
  }

  void catalogueCommandsListWhatThereIs() {
    QSet<QString> ids;
    for (const auto& line : call({"algorithms", "--json"}).lines()) ids.insert(line["id"].toString());
    QVERIFY(ids.contains("mlp") && ids.contains("kmeans"));
    QSet<QString> names;
    for (const auto& line : call({"datasets", "--json"}).lines()) names.insert(line["name"].toString());
    for (const char* name :
         {"iris", "wine", "breast_cancer", "mnist-10k", "blobs", "two_moons", "circles", "spirals", "swiss_roll"})
      QVERIFY2(names.contains(name), name);
    const auto described = call({"describe", "kmeans", "--json"}).last();
    QCOMPARE(described["id"].toString(), QString("kmeans"));
    QCOMPARE(described["params"][0]["name"].toString(), QString("clusters"));
    QCOMPARE(described["params"][0]["valid"]["min"].toInt(), 1);
    for (const char* name : {"iris", "two_moons", "table", "standardize"}) QCOMPARE(call({"describe", name}).status, 0);
    QVERIFY(call({"describe", "mlp"}).out.contains("learning_rate"));
    const auto layer = call({"describe", "Conv2D", "--json"}).last();
    QCOMPARE(layer["params"][0]["name"].toString(), QString("filters"));
    QVERIFY(call({"describe", "cnn"}).out.contains("small_resnet"));
  }

  void inspectTellsWhatAReaderMakesOfAFile() {
    const QString csv = write("mixed.csv", "size;when;kind\n1,5;2024-01-01;a\n;2024-01-02;b\n2,5;2024-01-03;a\n");
    const auto outcome = call({"inspect", csv, "--json"});
    QVERIFY2(outcome.status == 0, outcome.err);
    const auto report = outcome.last();
    QCOMPARE(report["rows"].toInt(), 3);
    QCOMPARE(report["delimiter"].toString(), QString(";"));
    QCOMPARE(report["columns"][0]["name"].toString(), QString("size"));
    QCOMPARE(report["columns"][0]["type"].toString(), QString("numeric"));
    QCOMPARE(report["columns"][0]["missing"].toInt(), 1);
    QVERIFY(call({"inspect", csv}).out.contains("size"));
  }

  void misleadingDataIsToldBeforeARun() {
    // Every row three times, and a column that names the class.
    QByteArray text = "a,b,sign,kind\n";
    for (int copy = 0; copy < 3; ++copy)
      for (int i = 0; i < 60; ++i) {
        const int kind = i % 7 < 3;
        text += QByteArray::number(i * 17 % 61) + ".5," + QByteArray::number(i * 29 % 67) + ".25," +
                (kind ? "left" : "right") + "," + (kind ? "yes" : "no") + "\n";
      }
    const QString csv = write("misleading.csv", text);
    const auto kinds = [](const QJsonObject& told) {
      QStringList names;
      for (const auto& warning : told["warnings"].toArray()) names << warning.toObject()["kind"].toString();
      return names;
    };
    const auto inspected = call({"inspect", csv, "--json"});
    QVERIFY2(inspected.status == 0, inspected.err);
    QCOMPARE(kinds(inspected.last()), (QStringList{"leak", "duplicates"}));
    const auto leak = inspected.last()["warnings"].toArray()[0].toObject();
    QCOMPARE(leak["columns"].toArray(), QJsonArray{"sign"});
    QCOMPARE(inspected.last()["warnings"].toArray()[1].toObject()["rows"].toArray()[0].toInt(), 61);
    QVERIFY(call({"inspect", csv}).out.contains("Attention: Column 'sign' alone predicts the target 'kind'"));

    const QString experiment =
        write("misleading.json", R"({"glassbench":1,"data":{"source":"table","path":"misleading.csv",)"
                                 R"("target":"kind"},"algorithm":{"id":"naive_bayes"}})");
    const auto validated = call({"validate", experiment, "--json"});
    QVERIFY2(validated.status == 0, validated.err);
    QVERIFY(validated.last()["valid"].toBool());
    QVERIFY2(kinds(validated.last()).startsWith("leak") && kinds(validated.last()).contains("duplicates"),
             qPrintable(kinds(validated.last()).join(", ")));
    QVERIFY(call({"validate", experiment}).out.contains("exact copies of training rows"));
    // Nothing is held back and nothing predicted: nothing misleads.
    QVERIFY(kinds(call({"validate", experiment, "--set", "algorithm={\"id\":\"kmeans\"}", "--json"}).last()).isEmpty());
  }

  void samplesAreMadeByAGenerator() {
    const QString gan = write("gan.json", R"({"glassbench":1,"seed":2,"data":{"source":"bundled","name":"mnist-10k"},
        "split":{"validation":0.9,"test":0.05},"algorithm":{"id":"gan","params":{"preset":"dense","epochs":1,"latent":6,
        "conditional":true,"judged_samples":0}}})");
    const auto trained = call({"run", gan, "--out", path("gan"), "--json"});
    QVERIFY2(trained.status == 0, trained.err);
    const QString model = path("gan/model.onnx");
    const auto made = call({"sample", model, "--count", "12", "--single", "--out", path("made"), "--json"});
    QVERIFY2(made.status == 0, made.err);
    QCOMPARE(made.last()["files"].toArray().size(), 13);
    QCOMPARE(pictureSize(path("made/sample-000012.png")), QSize(28, 28));
    QVERIFY(pictureSize(path("made/samples.png")).width() > 3 * 28);
    // The same seed makes the same pictures, another one others.
    const auto bytes = [&](const char* folder, const QStringList& more) {
      call(QStringList{"sample", model, "--count", "4", "--out", path(folder)} + more);
      QFile file(path(folder) + "/samples.png");
      return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const QByteArray first = bytes("first", {"--seed", "5", "--class", "3"});
    QVERIFY(!first.isEmpty());
    QCOMPARE(bytes("second", {"--seed", "5", "--class", "3"}), first);
    QVERIFY(bytes("third", {"--seed", "6", "--class", "3"}) != first);
    const auto refused = call({"sample", model, "--class", "eleven"});
    QCOMPARE(refused.status, 2);
    QVERIFY2(refused.err.contains("no class 'eleven'") && refused.err.contains("0, 1, 2"), refused.err);
    const auto predicted = call({"predict", model, write("rows.csv", "a,b\n1,2\n")});
    QCOMPARE(predicted.status, 2);
  }

  void predictionsFollowTheRowsOfTheFile() {
    QVERIFY(call({"run", path("small.json"), "--out", path("model")}).status == 0);
    // The bundled table itself, its columns in another order and one too many.
    const auto iris = QStringLiteral(TEST_SOURCE_DIR "/resources/datasets/iris.csv");
    const QString model = path("model/model.onnx");
    const auto outcome = call({"predict", model, iris, "--out", path("predicted.csv")});
    QVERIFY2(outcome.status == 0, outcome.err);
    QFile file(path("predicted.csv"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto lines = file.readAll().trimmed().split('\n');
    QCOMPARE(lines.size(), 151);
    const auto head = lines.first().split(',');
    QCOMPARE(head.first(), QByteArray("label"));
    QCOMPARE(head.size(), 4);
    for (int k = 1; k < 4; ++k) QVERIFY(head[k].startsWith("p_"));
    double sum = 0;
    for (int k = 1; k < 4; ++k) sum += lines[1].split(',')[k].toDouble();
    QVERIFY(std::abs(sum - 1) < 1e-3);
    const auto printed = call({"predict", model, iris});
    QCOMPARE(printed.out.trimmed().split('\n'), lines);
    QCOMPARE(call({"predict", model, iris, "--json"}).lines().size(), 150);
    // A row that cannot be read keeps its line.
    QFile table(iris);
    QVERIFY(table.open(QIODevice::ReadOnly));
    auto rows = table.readAll().trimmed().split('\n');
    rows.insert(2, "only,two");
    rows.append("1");
    const QString ragged = write("ragged.csv", rows.join('\n') + '\n');
    auto expected = lines;
    expected.insert(2, ",,,");
    expected.append(",,,");
    const auto kept = call({"predict", model, ragged});
    QCOMPARE(kept.out.trimmed().split('\n'), expected);
    QVERIFY2(kept.err.contains("2 rows"), kept.err);
    QVERIFY(call({"predict", model, ragged, "--json"}).lines()[1]["label"].isNull());
    const auto missing = call({"predict", model, write("other.csv", "a,b\n1,2\n3,4\n")});
    QCOMPARE(missing.status, 2);
  }

  void embeddingsFollowTheRowsOfTheFile() {
    const QString experiment = write(
        "pca.json",
        R"({"glassbench":1,"data":{"source":"bundled","name":"iris"},"algorithm":{"id":"pca","params":{"components":3}}})");
    const auto run = call({"run", experiment, "--out", path("pca"), "--json"});
    QVERIFY2(run.status == 0, run.err);
    const QJsonValue error =
        run.last().value("metrics").toObject().value("train").toObject().value("reconstruction_mse");
    QVERIFY(error.isDouble() && error.toDouble() > 0 && error.toDouble() < 0.05);
    const auto iris = QStringLiteral(TEST_SOURCE_DIR "/resources/datasets/iris.csv");
    const auto outcome = call({"predict", path("pca/model.onnx"), iris});
    QVERIFY2(outcome.status == 0, outcome.err);
    const auto lines = outcome.out.trimmed().split('\n');
    QCOMPARE(lines.size(), 151);
    QCOMPARE(lines.first(), QByteArray("e1,e2,e3"));
    const auto first = call({"predict", path("pca/model.onnx"), iris, "--json"}).lines()[0];
    QCOMPARE(first.size(), 3);
    QCOMPARE(static_cast<float>(first["e2"].toDouble()), lines[1].split(',')[1].toFloat());
    // What has no rule for new rows says so and leaves no model.
    const QString map = write(
        "tsne.json",
        R"({"glassbench":1,"data":{"source":"bundled","name":"iris"},"algorithm":{"id":"tsne","params":{"max_iterations":50}}})");
    const auto drawn = call({"run", map, "--out", path("tsne")});
    QVERIFY2(drawn.status == 0, drawn.err);
    QVERIFY2(drawn.err.contains("no rule for new rows"), drawn.err);
    QVERIFY(!QFile::exists(path("tsne/model.onnx")));
  }

  void runsAreListedComparedExportedAndDeleted() {
    const auto first =
        call({"run", path("small.json"), "--json", "--set", "epochs=2"}, "second").last()["run"].toString();
    const auto second =
        call({"run", path("small.json"), "--json", "--set", "epochs=3"}, "second").last()["run"].toString();
    const auto listed = call({"runs", "--json"}, "second").lines();
    QCOMPARE(listed.size(), 2);
    QCOMPARE(listed[0]["run"].toString(), second);
    QCOMPARE(call({"runs", "list", "--json"}, "second").lines().size(), 2);
    QVERIFY(call({"runs"}, "second").out.contains(first.toUtf8()));
    const auto compared = call({"runs", "compare", first, second, "--json"}, "second").lines();
    QCOMPARE(compared.size(), 2);
    QCOMPARE(compared[0]["differs"].toObject().keys(), QStringList{"algorithm.params.epochs"});
    const auto told = call({"runs", "compare", first, second}, "second").out;
    QVERIFY(told.contains("algorithm.params.epochs"));
    const int looks = compared[0]["test_looks"].toInt();
    QVERIFY(looks >= 2);
    QVERIFY2(told.contains("The test rows of iris have been looked at " + QByteArray::number(looks) + " times."), told);
    QCOMPARE(call({"runs", "export", first, "--out", path("exported")}, "second").status, 0);
    for (const char* file : {"model.onnx", "model-card.md", "series.csv", "experiment.json"})
      QVERIFY2(QFile::exists(path("exported") + "/" + file), file);
    const auto written = [&](const QStringList& arguments) {
      const auto outcome = call(QStringList{"report"} + arguments + QStringList{"--json"}, "second");
      QFile file(outcome.last()["report"].toString());
      return outcome.status == 0 && file.open(QIODevice::ReadOnly) ? file.readAll() : outcome.err;
    };
    const QByteArray page = written({first, "--out", path("one.html")});
    QVERIFY2(page.startsWith("<!DOCTYPE html>") && page.contains(first.toUtf8()), page.left(400));
    const QByteArray both = written({first, second, "--out", path("both.html")});
    QVERIFY2(both.contains("Comparison of 2 runs") && both.contains("<svg"), both.left(400));
    QVERIFY(written({first, "--out", path("one.md")}).startsWith("# Small"));
    QVERIFY(written({first, "--card", "--out", path("card.md")}).startsWith("# Model card: Small"));
    for (const QStringList& wrong : {QStringList{first, "--out", path("one.pdf")},
                                     {first, first, "--out", path("a.html")},
                                     {"nowhere", "--out", path("a.html")},
                                     {first},
                                     {first, second, "--card", "--out", path("a.md")}})
      QCOMPARE(call(QStringList{"report"} + wrong, "second").status, 2);
    QVERIFY(!QDir(path("exported")).entryList({"*.png"}).isEmpty());
    QCOMPARE(call({"runs", "delete", first.left(first.size() - 1)}, "second").status, 2);
    QCOMPARE(call({"runs", "delete", first}, "second").status, 0);
    QCOMPARE(call({"runs", "--json"}, "second").lines().size(), 1);
    QVERIFY(!QFile::exists(path("second") + "/glassbench/runs/" + first));
  }

  void aStoreThatCannotBeUsedIsAWrongRequest() {
    QDir().mkpath(path("broken/glassbench"));
    QVERIFY(!write("broken/glassbench/runs.sqlite", QByteArray(5000, 'x')).isEmpty());
    const auto outcome = call({"run", path("small.json"), "--json"}, "broken");
    QCOMPARE(outcome.status, 2);
    QCOMPARE(outcome.last()["event"].toString(), QString("failed"));
    QVERIFY(outcome.last()["message"].toString().contains("runs.sqlite"));
    QCOMPARE(call({"runs"}, "broken").status, 2);
  }

  void aReaderThatGoesAwayStopsTheRun() {
    QProcess process;
    process.setProcessEnvironment(environment());
    process.start("/bin/sh",
                  {"-c", program + " run " + path("endless.json") + " --json | head -n 3 > /dev/null; " + "echo done"});
    QVERIFY(process.waitForFinished(60000));
    QVERIFY(process.readAllStandardOutput().contains("done"));
  }
};

QTEST_GUILESS_MAIN(TestCommandLine)
#include "test_command_line.moc"
