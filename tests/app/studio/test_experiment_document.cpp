#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/studio/autosave.hpp"
#include "app/studio/experiment_document.hpp"

using gb::ExperimentDocument;
using gb::Json;

namespace {

Json sample() {
  return Json{{"glassbench", 1},
              {"name", "Sample"},
              {"seed", 3},
              {"data", Json{{"source", "bundled"}, {"name", "iris"}}},
              {"algorithm", Json{{"id", "kmeans"}, {"params", Json{{"clusters", 3}}}}}};
}

void setClusters(ExperimentDocument& document, int clusters) {
  document.edit("Change of clusters", "algorithm.params.clusters",
                [&](Json& json) { json["algorithm"]["params"]["clusters"] = clusters; });
}

int clusters(const ExperimentDocument& document) {
  return document.json()["algorithm"]["params"]["clusters"].get<int>();
}

void write(const QString& path, const QByteArray& bytes) {
  QFile file(path);
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write(bytes);
}

}  // namespace

class TestExperimentDocument : public QObject {
  Q_OBJECT
 private slots:
  void every_edit_can_be_undone_and_redone() {
    ExperimentDocument document;
    document.replace(sample(), {}, ".");
    QVERIFY(!document.isModified());
    setClusters(document, 4);
    document.edit("Change of seed", "seed", [](Json& json) { json["seed"] = 9; });
    QVERIFY(document.isModified());
    QCOMPARE(clusters(document), 4);
    document.undoStack().undo();
    QCOMPARE(document.json()["seed"].get<int>(), 3);
    QCOMPARE(clusters(document), 4);
    document.undoStack().undo();
    QVERIFY(document.json() == sample());
    QVERIFY(!document.isModified());
    document.undoStack().redo();
    document.undoStack().redo();
    QCOMPARE(document.json()["seed"].get<int>(), 9);
    QCOMPARE(clusters(document), 4);
  }

  void a_dragged_slider_is_one_edit() {
    ExperimentDocument document;
    document.replace(sample(), {}, ".");
    for (int value = 4; value < 20; ++value) setClusters(document, value);
    QCOMPARE(document.undoStack().count(), 1);
    document.undoStack().undo();
    QCOMPARE(clusters(document), 3);
  }

  void an_edit_that_changes_nothing_is_none() {
    ExperimentDocument document;
    document.replace(sample(), {}, ".");
    QSignalSpy changed(&document, &ExperimentDocument::changed);
    setClusters(document, 3);
    QCOMPARE(document.undoStack().count(), 0);
    QCOMPARE(changed.count(), 0);
  }

  void what_is_saved_is_read_back() {
    QTemporaryDir folder;
    const QString path = folder.filePath("experiment.json");
    ExperimentDocument document;
    document.replace(sample(), {}, ".");
    setClusters(document, 5);
    document.save(path);
    QVERIFY(!document.isModified());
    QCOMPARE(document.path(), path);
    ExperimentDocument other;
    other.open(path);
    QVERIFY(other.json() == document.json());
    QVERIFY(!other.isModified());
  }

  void saving_elsewhere_keeps_the_data_the_same_file() {
    QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkpath("a/data"));
    QVERIFY(QDir(folder.path()).mkpath("b"));
    ExperimentDocument document;
    Json json = sample();
    json["data"] = Json{{"source", "table"}, {"path", "data/flowers.csv"}, {"target", "species"}};
    document.replace(json, {}, folder.filePath("a").toStdString());
    document.save(folder.filePath("a/one.json"));
    QCOMPARE(document.json()["data"]["path"].get<std::string>(), std::string("data/flowers.csv"));
    document.save(folder.filePath("b/two.json"));
    QCOMPARE(QString::fromStdString(document.json()["data"]["path"].get<std::string>()),
             folder.filePath("a/data/flowers.csv"));
  }

  void broken_files_are_refused_and_the_old_document_stays_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("no JSON") << QByteArray("\x00\x01\x02", 3);
    QTest::newRow("cut") << QByteArray("{\"glassbench\": 1, \"data\": {\"source\"");
    QTest::newRow("a list") << QByteArray("[1, 2, 3]");
    QTest::newRow("newer") << QByteArray(
        "{\"glassbench\": 99, \"data\": {\"source\": \"bundled\", \"name\": \"iris\"}, "
        "\"algorithm\": {\"id\": \"kmeans\"}}");
    QTest::newRow("unknown field") << QByteArray(
        "{\"glassbench\": 1, \"data\": {\"source\": \"bundled\", \"name\": \"iris\"}, \"algorithm\": {\"id\": "
        "\"kmeans\", \"params\": {\"klusters\": 3}}}");
    QTest::newRow("no algorithm") << QByteArray("{\"glassbench\": 1, \"data\": {\"source\": \"bundled\"}}");
  }
  void broken_files_are_refused_and_the_old_document_stays() {
    QFETCH(QByteArray, bytes);
    QTemporaryDir folder;
    const QString path = folder.filePath("broken.json");
    write(path, bytes);
    ExperimentDocument document;
    document.replace(sample(), {}, ".");
    setClusters(document, 6);
    const Json before = document.json();
    QVERIFY_EXCEPTION_THROWN(document.open(path), gb::Error);
    QVERIFY(document.json() == before);
    QVERIFY(document.undoStack().canUndo());
  }

  void a_restart_brings_the_experiment_back() {
    QTemporaryDir folder;
    ExperimentDocument document;
    {
      gb::Autosave autosave(document, folder.path().toStdString());
      document.replace(sample(), {}, folder.path().toStdString());
      setClusters(document, 7);
      autosave.flush();
    }
    ExperimentDocument after;
    gb::Autosave autosave(after, folder.path().toStdString());
    QVERIFY(autosave.restore());
    QVERIFY(after.json() == document.json());
    QVERIFY(after.isModified());
    autosave.discard();
    QVERIFY(!autosave.restore());
  }
};

QTEST_MAIN(TestExperimentDocument)
#include "test_experiment_document.moc"
