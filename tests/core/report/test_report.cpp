#include "core/report/report.hpp"

#include <QTemporaryDir>
#include <QXmlStreamReader>
#include <QtTest>

#include "core/base/text.hpp"
#include "core/params/json_text.hpp"
#include "core/report/differences.hpp"
#include "core/report/figures.hpp"
#include "core/report/run_record.hpp"
#include "core/run/session.hpp"

using namespace gb;

namespace {

/// A name that would break a page that forgets to escape it.
constexpr const char* hostile = R"(<script>"a" & 'b'</script> | _x_ $1 % #)";

std::shared_ptr<const PreparedRun> prepared(int hidden, const std::string& name = hostile) {
  auto experiment =
      Experiment::parse(R"({"glassbench":1,"seed":7,"data":{"source":"bundled","name":"iris"},"evaluate":{"folds":3},)"
                        R"("algorithm":{"id":"mlp","params":{"epochs":6,"batch_size":16,"hidden_layers":[8]}}})",
                        "test", ".");
  experiment.name = name;
  experiment.set("hidden_layers", Json::array({hidden}));
  return prepare_run(experiment);
}

/// Changes the learning rate once, as a person would while it learns.
class Steersman : public RunObserver {
 public:
  explicit Steersman(RunControl& control) : control_(control) {}
  void on_event(const Event& event) override {
    if (std::holds_alternative<Scalar>(event) && !std::exchange(done_, true)) control_.set("learning_rate", 0.003);
  }

 private:
  RunControl& control_;
  bool done_ = false;
};

std::string record(RunStore& store, const std::shared_ptr<const PreparedRun>& run, bool steered = false) {
  RunControl control;
  Steersman steersman(control);
  SessionOptions options;
  options.store = &store;
  if (steered) options.observer = &steersman;
  return run_session(run, control, options).id;
}

/// The words of a page as a reader has them; fails where it is no well-formed XML.
QString wordsOf(const std::string& html) {
  // A document type without a system identifier is HTML's own.
  QXmlStreamReader reader(QString::fromStdString(html));
  QString words;
  while (!reader.atEnd()) {
    reader.readNext();
    if (reader.isCharacters()) words += reader.text();
  }
  if (reader.hasError())
    QTest::qFail(qPrintable(QStringLiteral("line %1: %2").arg(reader.lineNumber()).arg(reader.errorString())), __FILE__,
                 __LINE__);
  return words;
}

int count(const std::string& text, const char* what) {
  return static_cast<int>(QByteArray::fromStdString(text).count(what));
}

}  // namespace

class TestReport : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::unique_ptr<RunStore> store_;
  std::string first_, second_;

 private slots:
  void initTestCase() {
    store_ = std::make_unique<RunStore>(folder_.path().toStdString());
    first_ = record(*store_, prepared(8), true);
    second_ = record(*store_, prepared(3, "Small"));
  }

  void aPageSaysEverythingOfARun() {
    const RunRecord run = read_record(*store_, first_);
    const std::string html = to_html(run_report(run));
    const QString words = wordsOf(html);
    const RunSummary& summary = run.summary;
    const Json& result = summary.result;
    for (const std::string& part :
         {std::string(hostile), first_, summary.fingerprint, result["weights_sha256"].get<std::string>(),
          summary.environment.version, summary.environment.processor, std::string("bundled: iris"),
          std::string("setosa, versicolor, virginica"), std::string("standardize"), std::string("Hidden layers"),
          std::string("glassbench-cli run experiment.json"), "glassbench-cli replay " + first_,
          std::string("Learning rate"), std::string("0.003"), dump_json(summary.document, 2),
          short_number(result["metrics"]["test"]["accuracy"].get<double>()), std::string("Cross-validation in 3 folds"),
          std::string("The test rows of iris have been looked at 2 times.")})
      QVERIFY2(words.contains(QString::fromStdString(part)), part.c_str());
    for (const char* section : {"Result", "Data", "Preparation", "Algorithm and parameters", "Curves", "Views",
                                "Live changes", "How to do it again"})
      QVERIFY2(html.find("<h2>" + std::string(section) + "</h2>") != std::string::npos, section);
    // Curves and the confusion matrix are drawn, each curve with its points.
    QVERIFY(count(html, "<svg") >= 5);
    QVERIFY(count(html, "<polyline") >= 4);
    QVERIFY(words.contains("Confusion matrix"));
  }

  void aPageLoadsNothing() {
    RunRecord run = read_record(*store_, first_);
    auto images = std::make_shared<Images>();
    images->count = images->width = images->height = 1;
    images->pixels = {7};
    run.views.emplace_back(std::shared_ptr<const Images>(images));
    const std::string html = to_html(run_report(run));
    QXmlStreamReader reader(QString::fromStdString(html));
    int pictures = 0;
    while (!reader.atEnd()) {
      reader.readNext();
      if (!reader.isStartElement()) continue;
      const auto name = reader.name();
      QVERIFY2(name != QLatin1String("script") && name != QLatin1String("link") && name != QLatin1String("iframe"),
               qPrintable(name.toString()));
      for (const auto& attribute : reader.attributes()) {
        QVERIFY(!attribute.name().startsWith(QLatin1String("on")));
        if (attribute.name() != QLatin1String("href") && attribute.name() != QLatin1String("src")) continue;
        const bool own =
            attribute.value().startsWith('#') || attribute.value().startsWith(QLatin1String("data:image/"));
        QVERIFY2(own, qPrintable(attribute.value().left(80).toString()));
        pictures += attribute.value().startsWith(QLatin1String("data:"));
      }
    }
    QVERIFY(pictures > 0);
    QVERIFY(html.find("url(") == std::string::npos && html.find("@import") == std::string::npos);
  }

  void runsAreCompared() {
    const Report report = report_of(*store_, std::vector{first_, second_});
    const QString words = wordsOf(to_html(report));
    QCOMPARE(report.title, std::string("Comparison of 2 runs"));
    for (const char* part : {"Hidden layers", "Small", "What they differ in", "Log loss", "How to do it again: Small"})
      QVERIFY2(words.contains(part), part);
    QVERIFY(words.contains(QString::fromStdString(hostile)));
    QVERIFY(words.contains("The cross-validation is evidence of a difference.") ||
            words.contains("the cross-validation is no evidence of one."));
    QVERIFY(words.contains("The test rows of iris have been looked at 2 times."));
    // Both runs are in the same plots.
    const std::string html = to_html(report);
    const auto loss = html.find("<figcaption>Loss</figcaption>");
    QVERIFY(loss != std::string::npos);
    const std::string figure = html.substr(loss, html.find("</figure>", loss) - loss);
    QVERIFY(figure.find("Small, train") != std::string::npos);
    QVERIFY(count(figure, "<polyline") >= 8);  // four curves with their legends
  }

  void runsWithoutCommonFoldsAreNoEvidence() {
    std::vector<RunRecord> records{read_record(*store_, first_), read_record(*store_, second_)};
    records[1].summary.result.erase("cross_validation");
    QVERIFY(wordsOf(to_html(comparison_report(records))).contains("what they differ by may be chance"));
  }

  void aModelCardHasWhatTheRunKnows() {
    const RunRecord run = read_record(*store_, first_);
    const std::string card = to_markdown(model_card(run));
    for (const char* heading :
         {"Model Details", "Intended Use", "Factors", "Metrics", "Evaluation Data", "Training Data",
          "Quantitative Analyses", "Ethical Considerations", "Caveats and Recommendations"})
      QVERIFY2(card.find("\n## " + std::string(heading) + "\n") != std::string::npos, heading);
    for (const std::string& part :
         {run.summary.fingerprint, std::string("To be filled in"), std::string("| virginica"), std::string("| Test"),
          std::string("model.onnx, ONNX opset 17"), std::string("petal_length (number)"),
          std::string("30 rows of iris"), std::string("There are only 30 test rows"),
          std::string("changed by hand while it learnt")})
      QVERIFY2(card.find(part) != std::string::npos, part.c_str());
    QVERIFY(card.find("<script>") == std::string::npos);
  }

  void classesThatAreSeldomFoundAreCaveats() {
    RunRecord run = read_record(*store_, second_);
    auto matrix = std::make_shared<Matrix>();
    matrix->view = "confusion";
    matrix->part = "test";
    matrix->row_labels = matrix->column_labels = {"cat", "dog"};
    matrix->values = {19, 1, 12, 8};
    run.views = {std::shared_ptr<const Matrix>(matrix)};
    const auto card = to_markdown(model_card(run));
    QVERIFY(card.find("Of the class dog only 40 % are found (8 of 20 rows).") != std::string::npos);
    QVERIFY(card.find("Of the class cat only") == std::string::npos);
  }

  void skippedRowsAndWarningsAreKept() {
    QFile file(folder_.filePath("twice.csv"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("a,b,y\n");
    for (int i = 0; i < 60; ++i)
      file.write(QByteArray::number(i / 2 * 7 % 30) + "," + QByteArray::number(i / 2) +
                 (i / 2 % 3 ? ",no\n" : ",yes\n"));
    file.write("1,2\n");
    file.close();
    const auto id = record(*store_, prepare_run(Experiment::parse(
                                        R"({"glassbench":1,"data":{"source":"table","path":"twice.csv","target":"y"},)"
                                        R"("algorithm":{"id":"decision_tree"}})",
                                        "test", folder_.path().toStdString())));
    const RunRecord run = read_record(*store_, id);
    const Json& data = run.summary.result["data"];
    QCOMPARE(data["skipped"].get<int>(), 1);
    QVERIFY(!data["warnings"].empty());
    const QString words = wordsOf(to_html(run_report(run)));
    QVERIFY(words.contains(QString::fromStdString(data["warnings"][0].get<std::string>())));
    QVERIFY(words.contains(QString::fromStdString(data["problems"][0]["message"].get<std::string>())));
    QVERIFY(to_markdown(model_card(run)).find("1 rows were skipped") != std::string::npos);
    // Its tree is told in lines.
    QVERIFY(words.contains(QRegularExpression("\\n  .*\\(\\d+\\)\\n")));
  }

  void aRunThatFailedOrIsUnknownIsTold() {
    RunRecord run = read_record(*store_, second_);
    run.summary.state = RunState::failed;
    run.summary.result = Json{{"message", "The loss is <no> number"}};
    run.summary.metrics = nullptr;
    run.views.clear();
    run.series.clear();
    QVERIFY(wordsOf(to_html(run_report(run))).contains("The loss is <no> number"));
    // What someone else wrote into the store must not break it.
    run.summary.document = nullptr;
    run.summary.result = Json::array({1, 2});
    wordsOf(to_html(run_report(run)));
    wordsOf(to_html(model_card(run)));
    QVERIFY_EXCEPTION_THROWN(report_of(*store_, std::vector<std::string>{"nowhere"}), StoreError);
  }

  void settingsDifferAsFormsCallThem() {
    const Json a = Json::parse(R"({"name":"a","seed":1,"algorithm":{"id":"mlp","params":{"epochs":2,"dropout":0.5}}})");
    Json b = a;
    b["name"] = "b";
    b["algorithm"]["params"]["epochs"] = 3;
    auto found = differing_settings(std::vector{a, b});
    QCOMPARE(found.size(), std::size_t(1));
    QCOMPARE(found[0].label, std::string("Epochs"));
    QVERIFY((found[0].values == std::vector<std::string>{"2", "3"}));
    b["algorithm"]["id"] = "svm";
    found = differing_settings(std::vector{a, b});
    QCOMPARE(found.size(), std::size_t(1));
    QCOMPARE(found[0].label, std::string("Algorithm"));
    QVERIFY(differing_settings(std::vector{a, a}).empty());
  }

  void figures_data() {
    QTest::addColumn<QString>("kind");
    for (const char* kind : {"empty curve", "one point", "gap", "lines", "bars", "large matrix", "words", "points",
                             "many points", "images", "dendrogram", "broken tree"})
      QTest::newRow(kind) << kind;
  }

  /// Whatever an event holds, its figure is one well-formed picture of its size.
  void figures() {
    QFETCH(QString, kind);
    Figure figure;
    const double nan = std::nan("");
    if (kind == "empty curve") figure = curve_figure("Loss", "step", {{"train", 0, false, {}, {}}});
    if (kind == "one point") figure = curve_figure("Loss", "step", {{"train", 0, false, {3}, {0.5}}});
    if (kind == "gap") {
      figure = curve_figure("Loss", "step", {{"<a>", 0, true, {0, 1, 2, 3, 4}, {1, 2, nan, 3, 1e300}}});
      QCOMPARE(count(figure.svg, "<polyline"), 3);  // two stretches and the legend
    }
    if (kind == "lines" || kind == "bars") {
      Chart chart;
      chart.kind = kind == "bars" ? Chart::Kind::bars : Chart::Kind::lines;
      chart.title = "ROC";
      chart.part = "test";
      chart.names = {"a", "b & c", "a very long name of a class that does not fit"};
      chart.lines = {{"one", false, {0, 1, 2}, {0.5, nan, -0.25}}, {"two", true, {0, 1, 2}, {0, 1, 2}}};
      figure = figure_of(chart);
      QCOMPARE(figure.title, std::string("ROC (test)"));
      if (kind == "bars") QCOMPARE(count(figure.svg, "<rect"), 5);
    }
    if (kind == "large matrix" || kind == "words") {
      const std::size_t side = kind == "words" ? 3 : 64;
      Matrix matrix;
      matrix.title = "Confusion matrix";
      for (std::size_t i = 0; i < side; ++i) matrix.row_labels.push_back("class <" + std::to_string(i) + ">");
      matrix.column_labels = matrix.row_labels;
      matrix.values.assign(side * side, 2);
      matrix.values[0] = nan;
      figure = figure_of(matrix);
      QCOMPARE(count(figure.svg, "<image"), kind == "words" ? 0 : 1);
    }
    if (kind == "points" || kind == "many points") {
      const std::size_t count_of = kind == "points" ? 50 : 5000;
      Points points;
      std::vector<float> xy(count_of * 2, 0.5f);
      xy[2] = std::numeric_limits<float>::quiet_NaN();
      points.xy = std::make_shared<const std::vector<float>>(xy);
      points.group.assign(count_of, 1);
      points.group_names = {"a", "<b>"};
      points.centers = {0.1f, 0.2f};
      points.outlines = {{0, true, {0, 0, 1, 1, 0, 1}}};
      figure = figure_of(points);
      QCOMPARE(count(figure.svg, "<image"), kind == "points" ? 0 : 1);
    }
    if (kind == "images") {
      Images images;
      images.count = 3;
      images.height = images.width = 4;
      images.pixels.assign(48, 100);
      figure = figure_of(images);
      QCOMPARE(figure.note, std::string("3 pictures"));
    }
    if (kind == "dendrogram" || kind == "broken tree") {
      Tree tree;
      tree.heights = true;
      tree.nodes = {{-1, "", "", 2}, {0, "", "", 1}, {0, "", "", 0}, {1, "", "", 0}, {1, "", "", 0}};
      if (kind == "broken tree") tree.nodes[2].parent = 77;
      figure = figure_of(tree);
      QCOMPARE(figure.note, std::string("3 leaves"));
    }
    wordsOf(figure.svg);
    QVERIFY(figure.svg.starts_with("<svg ") && figure.width > 10 && figure.height > 10);
    QVERIFY2(figure.svg.find("nan") == std::string::npos && figure.svg.find("inf") == std::string::npos,
             figure.svg.c_str());
  }

  void treesAreTold() {
    Tree tree;
    tree.nodes = {{-1, "petal <= 2", "", 0, 100},
                  {0, "setosa", "", 0, 60},
                  {0, "width <= 1", "", 0, 40},
                  {2, "virginica", "", 0, 40}};
    QCOMPARE(outline_of(tree, 10),
             std::string("petal <= 2  (100)\n  setosa  (60)\n  width <= 1  (40)\n    virginica  (40)\n"));
    QVERIFY(outline_of(tree, 2).ends_with("setosa  (60)\n... (4 nodes)\n"));
  }
};

QTEST_GUILESS_MAIN(TestReport)
#include "test_report.moc"
