#include <QCheckBox>
#include <QCompleter>
#include <QLineEdit>
#include <QTest>

#include "app/studio/prepare_section.hpp"
#include "core/data/prepare.hpp"
#include "widgets/params/parameter_form.hpp"

using gb::ExperimentDocument;
using gb::Json;

namespace {

Json sample() {
  return Json{{"glassbench", 1}, {"data", {{"source", "bundled"}, {"name", "iris"}}}, {"algorithm", {{"id", "knn"}}}};
}

QCheckBox* boxOf(gb::PrepareSection& section, const char* label) {
  for (auto* box : section.findChildren<QCheckBox*>())
    if (box->text() == label) return box;
  return nullptr;
}

}  // namespace

/// The section is made from the steps' own declarations: what is switched on there stands in the document.
class TestPrepareSection : public QObject {
  Q_OBJECT
 private slots:
  void everyStepHasABoxThatExplainsIt() {
    ExperimentDocument document;
    document.replace(sample(), {}, ".");
    gb::PrepareSection section(document);
    for (const auto& info : gb::preparation_steps()) {
      auto* box = boxOf(section, info.label.c_str());
      QVERIFY2(box, info.name.c_str());
      QCOMPARE(box->toolTip(), QString::fromStdString(info.help));
      QVERIFY(!box->isChecked());
    }
  }

  /// In whatever order people click: texts are encoded before numbers are scaled, and products come after that.
  void stepsStandInAnOrderThatMakesSense() {
    ExperimentDocument document;
    document.replace(sample(), {}, ".");
    gb::PrepareSection section(document);
    section.show();
    for (const char* label : {"Products of columns", "Standardize", "Target encode", "Split dates into parts"})
      boxOf(section, label)->click();
    Json names = Json::array();
    for (const Json& step : document.json()["prepare"]) names.push_back(step["step"]);
    QCOMPARE(names.dump(), std::string(R"(["dates","target","standardize","polynomial"])"));
    boxOf(section, "Standardize")->click();
    document.undoStack().undo();
    QCOMPARE(document.json()["prepare"].size(), std::size_t{4});
  }

  void columnsAreNamed() {
    ExperimentDocument document;
    document.replace(sample(), {}, ".");
    gb::PrepareSection section(document);
    section.show();
    boxOf(section, "Words of texts")->click();
    section.refresh();
    gb::ParameterForm* form = nullptr;
    for (auto* each : section.findChildren<gb::ParameterForm*>())
      if (each->isVisible()) form = each;
    QVERIFY(form);
    QLineEdit* field = nullptr;
    for (auto* each : form->findChildren<QLineEdit*>())
      if (each->accessibleName() == "Columns") field = each;
    QVERIFY(field);
    section.setColumns({"title", "Body text", "body"});
    QTest::keyClicks(field, "title, text");
    QVERIFY(field->completer());
    QCOMPARE(field->completer()->completionCount(), 1);
    QCOMPARE(field->completer()->currentCompletion(), QString("title, Body text"));
    field->setText("title, body text");
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(document.json()["prepare"][0].value("columns", Json()).dump(), std::string(R"(["title","body text"])"));
  }
};

QTEST_MAIN(TestPrepareSection)
#include "test_prepare_section.moc"
