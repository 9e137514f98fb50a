#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <filesystem>

#include "app/studio/experiment_panel.hpp"
#include "app/studio/live_page.hpp"
#include "app/studio/main_window.hpp"
#include "app/studio/tile.hpp"
#include "app/studio/workbench.hpp"
#include "own_store.hpp"
#include "widgets/images/matrix_view.hpp"
#include "widgets/images/point_view.hpp"
#include "widgets/params/parameter_form.hpp"
#include "widgets/plot/chart_view.hpp"
#include "widgets/theme.hpp"

using gb::Json;
using gb::MainWindow;
using Phase = gb::RunController::State;

namespace {

constexpr int patience = 60000;

gb::Tile* tileOf(MainWindow& window, const QString& key) {
  const auto& tiles = window.workbench().live->tiles();
  const auto found = std::find_if(tiles.begin(), tiles.end(), [&](const auto* tile) { return tile->key() == key; });
  return found == tiles.end() ? nullptr : *found;
}

QString keys(MainWindow& window) {
  QStringList all;
  for (const auto* tile : window.workbench().live->tiles()) all << tile->key();
  return all.join(' ');
}

/// As a person would see it, to be looked at.
void keep(gb::Tile* tile, const QString& name) {
  const bool dark = gb::theme().dark;
  const auto grab = [&](const char* theme) {
    QTest::qWait(200);
    tile->grab().save(QStringLiteral(TEST_BINARY_DIR "/look-%1-%2.png").arg(name, theme));
  };
  gb::applyTheme(gb::Theme::darkTheme());
  grab("dark");
  gb::applyTheme(gb::Theme::light());
  grab("light");
  if (dark) gb::applyTheme(gb::Theme::darkTheme());
}

}  // namespace

/// What a person asks of a result: how it would be with more rows, how sure, how fast, and why.
class TestEvaluation : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> folder_;

  bool run(MainWindow& window) {
    QTest::mouseClick(window.findChild<QPushButton*>("run"), Qt::LeftButton);
    return QTest::qWaitFor([&] { return window.controller().busy(); }, patience) &&
           QTest::qWaitFor([&] { return window.controller().state() == Phase::idle; }, patience);
  }

 private slots:
  void initTestCase() { gb::settleStudio(); }

  void init() { folder_ = gb::ownStore(); }

  void aClassifierIsQuestioned() {
    MainWindow window;
    window.resize(1500, 950);
    window.show();
    QTRY_VERIFY_WITH_TIMEOUT(window.library().store(), patience);
    QFile file(folder_->filePath("wines.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(R"({"glassbench": 1, "data": {"source": "bundled", "name": "wine"}, "algorithm": {"id": "knn"},
                   "evaluate": {"learning_curve": 5}})");
    file.close();
    window.openPath(file.fileName());
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);

    // Classes are balanced where the data is prepared; none takes the whole choice back.
    QTest::mouseClick(window.findChild<QWidget*>("section-2"), Qt::LeftButton);
    auto* form = window.findChild<gb::ParameterForm*>("balance");
    QVERIFY(form && form->isVisible());
    auto* method = form->findChild<QComboBox*>("method");
    QVERIFY(method);
    const auto choose = [&](int index) {
      method->setCurrentIndex(index);
      emit method->activated(index);
    };
    choose(3);
    QVERIFY(window.document().json()["balance"]["method"] == "smote");
    choose(0);
    QVERIFY(!window.document().json().contains("balance"));
    choose(3);
    QTest::qWait(200);
    window.workbench().experiment->grab().save(QStringLiteral(TEST_BINARY_DIR "/look-balance-form.png"));
    QVERIFY(run(window));
    QTRY_VERIFY_WITH_TIMEOUT(
        !window.library().model().runs().empty() && window.library().model().runs()[0].state == gb::RunState::finished,
        patience);
    for (const char* key : {"balance", "scores", "learning-curve", "confusion", "border"})
      QVERIFY2(tileOf(window, key), qPrintable(QString(key) + " of " + keys(window)));
    const auto numbers = tileOf(window, "scores")->view()->numbers();
    const auto said = [&](const QString& name) {
      for (const auto& row : numbers.rows)
        if (row[0].contains(name)) return row.join('|');
      return QString();
    };
    QVERIFY2(said("accuracy").contains(" to "), qPrintable(said("accuracy")));
    QVERIFY(!said("one answer").isEmpty());
    QVERIFY(!said("energy of learning").isEmpty());
    // Five points on two lines.
    QCOMPARE(tileOf(window, "learning-curve")->view()->numbers().rows.size(), std::size_t{10});

    // The menu of the confusion matrix.
    auto* tile = tileOf(window, "confusion");
    auto* matrix = qobject_cast<gb::MatrixView*>(tile->view());
    QVERIFY(matrix);
    emit tile->menu()->aboutToShow();
    auto* shares = tile->menu()->findChild<QAction*>("shares");
    QVERIFY(shares && shares->isVisible());
    QCOMPARE(shares->menu()->actions().size(), 3);
    QVERIFY(shares->menu()->actions()[0]->isChecked());
    shares->menu()->actions()[1]->trigger();
    QVERIFY(matrix->shares() == gb::MatrixView::Shares::of_row);
    keep(tile, "confusion-shares");
    keep(tileOf(window, "scores"), "scores");
    keep(tileOf(window, "learning-curve"), "learning-curve");
    keep(tileOf(window, "balance"), "balance");

    // The neighbours of a point under the pointer: five, and none of them made up.
    auto* border = qobject_cast<gb::PointView*>(tileOf(window, "border")->view());
    QVERIFY(border);
    border->setFocus();
    QTest::keyClick(border, Qt::Key_Right);
    const auto lines = [&] {
      const QImage seen = border->grab().toImage();
      int found = 0;
      for (int y = 0; y < seen.height(); ++y)
        for (int x = 0; x < seen.width(); ++x) found += seen.pixelColor(x, y) == gb::theme().accent;
      return found;
    };
    QTRY_VERIFY(lines() > 60);
    keep(tileOf(window, "border"), "neighbours");
  }

  /// The model in memory is gone with its window; its file answers, as long as it is there and the data is the same.
  void aRecordedModelIsAsked() {
    const QString path = folder_->filePath("iris.json");
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(R"({"glassbench": 1, "data": {"source": "bundled", "name": "iris"},
                   "algorithm": {"id": "logistic_regression"}})");
    file.close();
    std::string id;
    QString live;
    const auto lookAt = [&](MainWindow& window, std::int64_t row) {
      window.selection().set({row}, "one");
      const auto bars = [&] {
        auto* tile = tileOf(window, "probabilities");
        return tile && tile->view()->subtitle().contains(QString::number(row)) ? tile->view()->numbers().rows
                                                                               : std::vector<QStringList>();
      };
      if (!QTest::qWaitFor([&] { return !bars().empty(); }, 5000)) return QString();
      QStringList lines;
      for (const auto& row_of_it : bars())
        for (const QString& cell : row_of_it) {
          bool number = false;
          const double value = cell.toDouble(&number);
          lines << (number ? QString::number(value, 'f', 4) : cell);
        }
      return lines.join('|');
    };
    {
      MainWindow window;
      window.show();
      QTRY_VERIFY_WITH_TIMEOUT(window.library().store(), patience);
      window.openPath(path);
      QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
      QVERIFY(run(window));
      live = lookAt(window, 70);
      QVERIFY(!live.isEmpty());
      QTRY_VERIFY(!window.library().model().runs().empty());
      id = window.library().model().runs()[0].id;
      window.close();
    }
    MainWindow window;
    window.show();
    QTRY_VERIFY_WITH_TIMEOUT(window.library().store() && !window.library().model().runs().empty(), patience);
    window.openRun(QString::fromStdString(id));
    QTRY_VERIFY_WITH_TIMEOUT(window.workbench().live->runId() == id && window.data().dataset(), patience);
    QVERIFY(!tileOf(window, "probabilities"));
    QCOMPARE(lookAt(window, 70), live);
    QVERIFY(lookAt(window, 3) != live);
    // Without its file it says nothing, and nothing is wrong.
    std::filesystem::remove(window.library().store()->run_folder(id) / "model.onnx");
    window.openRun(QString::fromStdString(id));
    QTRY_VERIFY_WITH_TIMEOUT(!tileOf(window, "probabilities"), patience);
    window.selection().set({71}, "one");
    QTest::qWait(300);
    QVERIFY(!tileOf(window, "probabilities"));
  }

  void clustersAreQuestioned() {
    MainWindow window;
    window.resize(1500, 950);
    window.show();
    QTRY_VERIFY_WITH_TIMEOUT(window.library().store(), patience);
    QFile file(folder_->filePath("blobs.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(R"({"glassbench": 1, "data": {"source": "synthetic", "name": "blobs", "rows": 3000, "spread": 2},
                   "algorithm": {"id": "kmeans", "params": {"clusters": 4}}})");
    file.close();
    window.openPath(file.fileName());
    QTRY_VERIFY_WITH_TIMEOUT(window.data().dataset(), patience);
    QVERIFY(run(window));
    auto* tile = tileOf(window, "silhouette");
    QVERIFY2(tile, qPrintable(keys(window)));
    QVERIFY(tile->view()->title().contains("2,000 of 3,000"));
    keep(tile, "silhouette");
  }
};

QTEST_MAIN(TestEvaluation)
#include "test_evaluation.moc"
