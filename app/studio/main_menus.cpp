#include <QApplication>
#include <QClipboard>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QTextEdit>

#include "app/studio/actions.hpp"
#include "app/studio/core_text.hpp"
#include "app/studio/experiment_panel.hpp"
#include "app/studio/inspect_panel.hpp"
#include "app/studio/live_page.hpp"
#include "app/studio/main_window.hpp"
#include "app/studio/runs_panel.hpp"
#include "app/studio/tile.hpp"
#include "app/studio/top_bar.hpp"
#include "app/studio/workbench.hpp"
#include "core/algorithms/algorithm.hpp"
#include "core/run/runner.hpp"
#include "widgets/tables/copy_table.hpp"
#include "widgets/theme.hpp"

namespace gb {

void MainWindow::makeActions() {
  actions_ = std::make_unique<Actions>();
  auto& a = *actions_;
  const auto make = [this](const QString& text, const QKeySequence& keys, auto call) {
    auto* action = new QAction(text, this);
    action->setShortcut(keys);
    connect(action, &QAction::triggered, this, call);
    addAction(action);
    return action;
  };
  a.create = make(tr("&New experiment\u2026"), QKeySequence::New, [this] { newExperiment(); });
  a.open = make(tr("&Open\u2026"), QKeySequence::Open, [this] { chooseFile(); });
  a.openFolder = make(tr("Open a &folder of pictures\u2026"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O),
                      [this] { chooseFolder(); });
  a.import = make(tr("&Import a table\u2026"), QKeySequence(Qt::CTRL | Qt::Key_I), [this] { chooseImport(); });
  a.paint = make(tr("&Paint points\u2026"), {}, [this] { paintPoints(); });
  a.label = make(tr("&Label pictures\u2026"), {}, [this] { labelPictures(); });
  a.save = make(tr("&Save"), QKeySequence::Save, [this] { save(); });
  a.saveAs = make(tr("Save &as\u2026"), QKeySequence::SaveAs, [this] { saveAs(); });
  if (a.saveAs->shortcut().isEmpty()) a.saveAs->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S));
  a.exportAll = make(tr("&Export\u2026"), QKeySequence(Qt::CTRL | Qt::Key_E), [this] { exportAll(); });
  a.report = make(tr("Re&port"), QKeySequence(Qt::CTRL | Qt::Key_R), [this] { makeReport(reportable()); });
  a.quit = make(tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), [this] { close(); });
  a.undo = document_.undoStack().createUndoAction(this, tr("&Undo"));
  a.undo->setShortcut(QKeySequence::Undo);
  a.redo = document_.undoStack().createRedoAction(this, tr("&Redo"));
  a.redo->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z));
  addAction(a.undo);
  addAction(a.redo);
  a.copy = make(tr("&Copy view as picture"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), [this] { copy(); });
  a.clearSelection =
      make(tr("Select &nothing"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_A), [this] { selection_.clear(); });
  a.run = make(tr("&Run"), QKeySequence(Qt::Key_F5), [this] { run(); });
  a.pause = make(tr("&Pause"), QKeySequence(Qt::Key_F6), [this] { controller_->pause(); });
  a.step = make(tr("S&tep"), QKeySequence(Qt::Key_F10), [this] { stepOnce(); });
  a.stop = make(tr("&Stop"), QKeySequence(Qt::SHIFT | Qt::Key_F5), [this] { stopRun(); });
  a.resume =
      make(tr("Resu&me the last stopped run"), {}, [this] { resumeRun(QString::fromStdString(newestResumable())); });
  a.queue = make(tr("Run &after the current one"), QKeySequence(Qt::CTRL | Qt::Key_F5), [this] { enqueue(); });
  a.pauseQueue = make(tr("Pause the &queue"), {}, [this] {
    queue_.setPaused(!queue_.paused());
    advanceQueue();
  });
  a.findRuns = make(tr("&Find runs"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_F), [this] {
    showWorkbench();
    workbench_->runs->search()->setFocus(Qt::ShortcutFocusReason);
    workbench_->runs->search()->selectAll();
  });
  a.runColumns = make(tr("C&olumns of the run table\u2026"), {}, [this] { workbench_->runs->chooseColumns(); });
  a.compare = make(tr("&Compare selected runs"), QKeySequence(Qt::CTRL | Qt::Key_K), [this] { compareSelected(); });
  a.explore = make(tr("E&xplore the generator"), QKeySequence(Qt::CTRL | Qt::Key_G), [this] {
    workbench_->showLatent();
    showWorkbench();
  });
  a.explore->setEnabled(false);
  a.tryOut = make(tr("Tr&y the model"), QKeySequence(Qt::CTRL | Qt::Key_T), [this] {
    workbench_->showCanvas();
    showWorkbench();
  });
  a.tryOut->setEnabled(false);
  a.gallery = make(tr("&Gallery"), QKeySequence(Qt::CTRL | Qt::Key_1), [this] { showGallery(); });
  a.workbench = make(tr("&Workbench"), QKeySequence(Qt::CTRL | Qt::Key_2), [this] {
    workbench_->showLive();
    showWorkbench();
  });
  a.data = make(tr("&Data"), QKeySequence(Qt::CTRL | Qt::Key_3), [this] {
    workbench_->showData();
    showWorkbench();
  });
  const auto panel = [&](const QString& text, QWidget* widget) {
    auto* action = new QAction(text, this);
    action->setCheckable(true);
    action->setChecked(true);
    connect(action, &QAction::toggled, widget, &QWidget::setVisible);
    return action;
  };
  a.experimentPanel = panel(tr("&Experiment panel"), workbench_->experiment);
  a.inspectPanel = panel(tr("&Inspect panel"), workbench_->inspect);
  a.runsPanel = panel(tr("&Runs panel"), workbench_->runs);
  a.appearance = new QActionGroup(this);
  const QString chosen = QSettings().value("appearance", "system").toString();
  const std::pair<QString, QString> appearances[] = {
      {"system", tr("As the &system")}, {"light", tr("&Light")}, {"dark", tr("&Dark")}};
  for (const auto& [name, text] : appearances) {
    auto* action = a.appearance->addAction(text);
    action->setCheckable(true);
    action->setData(name);
    action->setChecked(name == chosen);
  }
  connect(a.appearance, &QActionGroup::triggered, this,
          [this](QAction* action) { setAppearance(action->data().toString()); });
  a.history = new QActionGroup(this);
  const double room = QSettings().value("historyMb", usual_history_mb).toDouble();
  for (const double megabytes : {64.0, usual_history_mb, 1024.0, 4096.0}) {
    auto* action =
        a.history->addAction(megabytes < 1024 ? tr("%1 MB").arg(megabytes) : tr("%1 GB").arg(megabytes / 1024));
    action->setCheckable(true);
    action->setData(megabytes);
    action->setChecked(megabytes == room);
  }
  connect(a.history, &QActionGroup::triggered, this,
          [](QAction* action) { QSettings().setValue("historyMb", action->data()); });
  a.about = make(tr("&About Glassbench"), {}, [this] { showAbout(); });
  a.algorithmHelp = make(tr("About this &algorithm"), QKeySequence::HelpContents, [this] { showAlgorithmHelp(); });
  a.shortcuts = make(tr("&Keyboard shortcuts"), QKeySequence(Qt::CTRL | Qt::Key_Slash), [this] { showShortcuts(); });
}

void MainWindow::makeMenus() {
  auto& a = *actions_;
  auto* bar = top_->menus();
  auto* file = bar->addMenu(tr("&File"));
  file->addActions({a.create, a.open, a.openFolder});
  file->addSeparator();
  file->addActions({a.import, a.paint, a.label});
  file->addSeparator();
  a.recent = file->addMenu(tr("Open &recent"));
  connect(a.recent, &QMenu::aboutToShow, this, &MainWindow::refreshRecent);
  file->addSeparator();
  file->addActions({a.save, a.saveAs, a.exportAll, a.report});
  file->addSeparator();
  file->addAction(a.quit);
  auto* edit = bar->addMenu(tr("&Edit"));
  edit->addActions({a.undo, a.redo});
  edit->addSeparator();
  edit->addAction(a.copy);
  addCopyMenu(edit, tr("Copy view's &numbers as"), [this] {
    const auto* tile = pointedTile();
    return tile ? textTable(tile->view()->numbers()) : TextTable();
  });
  edit->addAction(a.clearSelection);
  auto* run = bar->addMenu(tr("&Run"));
  run->addActions({a.run, a.pause, a.step, a.stop});
  run->addSeparator();
  run->addActions({a.queue, a.pauseQueue, a.resume});
  run->addSeparator();
  run->addActions({a.findRuns, a.runColumns, a.compare});
  run->addSeparator();
  run->addActions({a.explore, a.tryOut});
  run->addSeparator();
  auto* room = run->addMenu(tr("Disk space for the &past of each run"));
  room->addActions(a.history->actions());
  auto* view = bar->addMenu(tr("&View"));
  view->addActions({a.gallery, a.workbench, a.data});
  view->addSeparator();
  view->addActions({a.experimentPanel, a.inspectPanel, a.runsPanel});
  view->addSeparator();
  view->addMenu(tr("&Appearance"))->addActions(a.appearance->actions());
  auto* help = bar->addMenu(tr("&Help"));
  help->addActions({a.algorithmHelp, a.shortcuts});
  help->addSeparator();
  help->addAction(a.about);
  refreshRecent();
}

void MainWindow::refreshRecent() {
  auto* menu = actions_->recent;
  menu->clear();
  const QStringList files = QSettings().value("recentFiles").toStringList();
  for (const auto& path : files) {
    auto* action = menu->addAction(QFileInfo(path).fileName(), this, [this, path] { openPath(path); });
    action->setToolTip(path);
    action->setEnabled(QFileInfo::exists(path));
  }
  if (files.isEmpty()) menu->addAction(tr("Nothing yet"))->setEnabled(false);
}

void MainWindow::setAppearance(const QString& name) {
  QSettings().setValue("appearance", name);
  const bool dark = name == "dark" || (name == "system" && systemPrefersDark());
  applyTheme(dark ? Theme::darkTheme() : Theme::light());
}

Tile* MainWindow::pointedTile() const {
  const auto tiles = workbench_->live->tiles();
  for (auto* tile : tiles)
    if (tile->isAncestorOf(QApplication::focusWidget()) || tile->underMouse()) return tile;
  return tiles.empty() ? nullptr : tiles.front();
}

void MainWindow::copy() {
  if (auto* tile = pointedTile()) tile->copyPicture();
}

void MainWindow::showAbout() {
  const Environment here = environment();
  auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About Glassbench"),
                              tr("<h3>Glassbench %1</h3><p>Load data, pick an algorithm, tune it and watch it learn. "
                                 "Nothing leaves this machine.</p><p>%2, %n threads</p><p>Free software under the GNU "
                                 "General Public License, version 3.</p>",
                                 "", here.threads)
                                  .arg(QString::fromStdString(here.version), QString::fromStdString(here.processor)),
                              QMessageBox::Close, this);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->open();
}

void MainWindow::showAlgorithmHelp() {
  const auto algorithm = document_.json().value("algorithm", Json::object());
  const auto* info = find_algorithm(algorithm.value("id", std::string()));
  if (!info) {
    message_->tell(MessageBar::Tone::information, tr("Open an experiment first; its algorithm is explained here."));
    return;
  }
  QString text = QStringLiteral("<h3>%1</h3><p>%2</p>")
                     .arg(coreText(info->label).toHtmlEscaped(), coreText(info->help).toHtmlEscaped());
  text += QStringLiteral("<table cellspacing='6'>");
  for (const auto& spec : info->params)
    text += QStringLiteral("<tr><td><b>%1</b></td><td>%2</td></tr>")
                .arg(coreText(spec.label).toHtmlEscaped(), coreText(spec.help).toHtmlEscaped());
  text += QStringLiteral("</table><p><i>%1</i></p>").arg(QString::fromStdString(info->citation).toHtmlEscaped());
  auto* dialog = new QDialog(this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(coreText(info->label));
  dialog->resize(560, 560);
  auto* layout = new QVBoxLayout(dialog);
  layout->setContentsMargins(20, 16, 20, 16);
  auto* page = new QTextEdit;
  page->setReadOnly(true);
  page->setHtml(text);
  layout->addWidget(page);
  auto* closing = new QPushButton(tr("Close"));
  connect(closing, &QPushButton::clicked, dialog, &QDialog::accept);
  layout->addWidget(closing, 0, Qt::AlignRight);
  dialog->open();
}

void MainWindow::showShortcuts() {
  QString rows;
  for (const auto* menu : top_->menus()->actions()) {
    if (!menu->menu()) continue;
    for (const auto* action : menu->menu()->actions())
      if (!action->shortcut().isEmpty())
        rows += QStringLiteral("<tr><td>%1</td><td><b>%2</b></td></tr>")
                    .arg(QString(action->text()).remove('&').toHtmlEscaped(),
                         action->shortcut().toString(QKeySequence::NativeText).toHtmlEscaped());
  }
  auto* box = new QMessageBox(
      QMessageBox::NoIcon, tr("Keyboard shortcuts"),
      QStringLiteral("<table cellspacing='5'>%1</table>").arg(rows) +
          tr("<p>Arrow keys move in the gallery, in matrices and in tables; Enter chooses; Esc goes back.</p>"),
      QMessageBox::Close, this);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->open();
}

}  // namespace gb
