#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QDir>
#include <QFile>
#include <QMenu>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

#include "app/studio/compare_dialog.hpp"
#include "app/studio/export_dialog.hpp"
#include "app/studio/live_page.hpp"
#include "app/studio/main_window.hpp"
#include "app/studio/report_pdf.hpp"
#include "app/studio/runs_panel.hpp"
#include "app/studio/tile.hpp"
#include "app/studio/workbench.hpp"
#include "own_store.hpp"

using gb::Json;
using gb::MainWindow;

namespace {

constexpr int patience = 60000;

QByteArray bytesOf(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

int pagesOf(const QByteArray& pdf) {
  return static_cast<int>(QString::fromLatin1(pdf).count(QRegularExpression("/Type\\s*/Page\\b")));
}

bool isWellFormed(const QByteArray& page) {
  QXmlStreamReader reader(page);
  while (!reader.atEnd()) reader.readNext();
  return !reader.hasError();
}

}  // namespace

/// What a person does to have a run on paper.
class TestReport : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> folder_;

  void run(MainWindow& window, int epochs) {
    const auto before = window.library().model().runs().size();
    window.document().edit("", "", [&](Json& json) { json["algorithm"]["params"]["epochs"] = epochs; });
    QTest::mouseClick(window.findChild<QPushButton*>("run"), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(window.library().model().runs().size() == before + 1 &&
                                 window.library().model().runs()[0].state == gb::RunState::finished,
                             patience);
    QTRY_VERIFY_WITH_TIMEOUT(!window.controller().busy(), patience);
  }

 private slots:
  void initTestCase() { gb::settleStudio(); }

  void init() { folder_ = gb::ownStore(); }

  void aReportIsOneClickAway() {
    QSettings().setValue("exportFolder", folder_->filePath("out"));
    MainWindow window;
    window.resize(1280, 720);
    window.show();
    QTRY_VERIFY_WITH_TIMEOUT(window.library().store(), patience);
    auto* button = window.workbench().runs->findChild<QPushButton*>("report");
    QVERIFY(button && !button->isVisible());
    QFile file(folder_->filePath("irises.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(R"({"glassbench": 1, "name": "NAME", "data": {"source": "bundled", "name": "iris"},
                   "algorithm": {"id": "mlp", "params": {"batch_size": 16, "hidden_layers": [8]}}})")
                   .replace("NAME", "Irises <b>&\\\" of mine"));
    file.close();
    window.openPath(file.fileName());
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    run(window, 4);

    QSignalSpy written(&window, &MainWindow::reportWritten);
    QVERIFY(button->isVisible());
    QTest::mouseClick(button, Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(written.count(), 1, patience);
    const QByteArray html = bytesOf(written[0][0].toString()), pdf = bytesOf(written[0][1].toString());
    const QString id = QString::fromStdString(window.library().model().runs()[0].id);
    QVERIFY(isWellFormed(html));
    QVERIFY(html.contains("Irises &lt;b&gt;&amp;&quot; of mine") && html.contains(id.toUtf8()));
    QVERIFY(pdf.startsWith("%PDF-"));
    QVERIFY2(pagesOf(pdf) > 1, qPrintable(QString::number(pagesOf(pdf))));
    QVERIFY(pdf.contains("/FontFile"));  // letters are letters
    QVERIFY(window.message().isVisible() && window.message().text().contains(written[0][0].toString()));
    QCOMPARE(QFileInfo(written[0][0].toString()).absolutePath(), folder_->filePath("out"));

    // Two runs that are selected are compared, by the keyboard and in the dialog.
    run(window, 6);
    const auto& runs = window.library().model().runs();
    window.workbench().runs->select({runs[0].id, runs[1].id});
    QTest::keyClick(&window, Qt::Key_R, Qt::ControlModifier);
    QTRY_COMPARE_WITH_TIMEOUT(written.count(), 2, patience);
    QVERIFY(bytesOf(written[1][0].toString()).contains("Comparison of 2 runs"));
    window.compareSelected();
    auto* dialog = window.findChild<gb::CompareDialog*>();
    QVERIFY(dialog);
    QTest::mouseClick(dialog->findChild<QPushButton*>("compare-report"), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(written.count(), 3, patience);
    QCOMPARE(written[2][0].toString(), written[1][0].toString());

    // Its table is copied as people copy.
    auto* table = dialog->findChild<QTableView*>("compare-table");
    QVERIFY(table);
    table->clearSelection();
    table->setFocus();
    QTest::keySequence(table, QKeySequence::Copy);
    QVERIFY2(QApplication::clipboard()->text().contains("Epochs\t"), qPrintable(QApplication::clipboard()->text()));
    dialog->close();
    window.close();
  }

  void anExportBringsCardAndReport() {
    MainWindow window;
    window.show();
    QTRY_VERIFY_WITH_TIMEOUT(window.library().store(), patience);
    QFile file(folder_->filePath("irises.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(R"({"glassbench": 1, "data": {"source": "bundled", "name": "iris"},
                   "algorithm": {"id": "mlp", "params": {"batch_size": 16, "hidden_layers": [8]}}})");
    file.close();
    window.openPath(file.fileName());
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    // Before there is a run there is nothing to report.
    auto* early = window.exportAll();
    QVERIFY(!early->findChild<QCheckBox*>("export-report")->isEnabled());
    early->close();
    run(window, 4);
    auto* dialog = window.exportAll();
    dialog->setFolder(folder_->filePath("exported"));
    QSignalSpy done(dialog, &gb::ExportDialog::done);
    QTest::mouseClick(dialog->findChild<QPushButton*>("export-go"), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(done.count(), 1, patience);
    QCOMPARE(done[0][1].toStringList(), QStringList());
    const QDir exported(folder_->filePath("exported"));
    for (const char* name : {"model.onnx", "model-card.md", "report.html", "report.pdf"}) {
      QVERIFY2(done[0][0].toStringList().contains(name), name);
      QVERIFY2(exported.exists(name), name);
    }
    QVERIFY(bytesOf(exported.filePath("model-card.md")).startsWith("# Model card: "));

    // The numbers of a view are in its menu, in every notation.
    auto* tile = window.workbench().live->tiles().front();
    auto* copying = tile->menu()->findChild<QMenu*>("copy-table");
    QVERIFY(copying && copying->actions().size() == 4);
    copying->actions()[2]->trigger();
    QVERIFY(QApplication::clipboard()->text().contains("\\begin{tabular}"));
    window.close();
  }

  /// Long tables go on over pages, whatever is in them.
  void tablesArePartedBetweenRows() {
    gb::Report report{"Long", "a table", {}, "Glassbench"};
    gb::CaptionedTable table{"Rows", {{"Name", "Words", "Value"}, {}}};
    for (int i = 0; i < 120; ++i)
      table.table.rows.push_back({"row " + std::to_string(i), std::string(i % 7 * 40, 'w') + " \u6570\u636e", "1"});
    report.sections = {{"Table", {table, gb::Listing{"code", std::string(9000, 'x'), true}}},
                       {"Empty", {gb::Facts{}, gb::CaptionedTable{}, gb::Listing{}}}};
    const int pages = pagesOf(gb::toPdf(report));
    QVERIFY2(pages >= 4, qPrintable(QString::number(pages)));
    report.sections.resize(1);
    std::get<gb::CaptionedTable>(report.sections[0].blocks[0]).table.rows.resize(3);
    report.sections[0].blocks.resize(1);
    QCOMPARE(pagesOf(gb::toPdf(report)), 1);
  }
};

QTEST_MAIN(TestReport)
#include "test_report.moc"
