#include "app/studio/runs_panel.hpp"

#include <QDialog>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QItemSelectionModel>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "app/studio/chooser_button.hpp"
#include "app/studio/core_text.hpp"
#include "app/studio/labels.hpp"
#include "app/studio/run_list_model.hpp"
#include "app/studio/run_table.hpp"
#include "app/studio/run_table_view.hpp"
#include "core/algorithms/algorithm.hpp"
#include "widgets/tables/copy_table.hpp"

namespace gb {

RunsPanel::RunsPanel(RunListModel& model, QWidget* parent) : QWidget(parent), model_(model) {
  setProperty("panel", true);
  setAttribute(Qt::WA_StyledBackground);
  setObjectName("runs");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 6, 16, 0);
  layout->setSpacing(4);
  runs_ = new RunTable(model, this);
  layout->addWidget(makeHead());
  stack_ = new QStackedWidget;
  auto* empty = new QWidget;
  auto* told = new QVBoxLayout(empty);
  note_ = roleLabel("secondary", {});
  note_->setObjectName("runs-note");
  note_->setAlignment(Qt::AlignCenter);
  note_->setWordWrap(true);
  clear_ = linkButton(tr("Show all runs"));
  clear_->setObjectName("clear-filter");
  told->addStretch(1);
  told->addWidget(note_);
  told->addWidget(clear_, 0, Qt::AlignCenter);
  told->addStretch(1);
  stack_->addWidget(empty);
  table_ = new RunTableView(*runs_);
  stack_->addWidget(table_);
  middle_ = new QHBoxLayout;
  middle_->setSpacing(16);
  middle_->addWidget(stack_, 1);
  layout->addLayout(middle_, 1);
  connect(table_->selectionModel(), &QItemSelectionModel::selectionChanged, this, &RunsPanel::takeSelection);
  connect(runs_, &RunTable::renewed, this, &RunsPanel::takeSelection);
  connect(table_, &RunTableView::opened, this, &RunsPanel::opened);
  connect(table_, &RunTableView::notesRequested, this, &RunsPanel::editNotes);
  connect(table_, &RunTableView::menuRequested, this, &RunsPanel::showMenu);
  connect(table_, &RunTableView::removeRequested, this, [this] {
    QStringList doomed;
    for (const auto& id : selected()) doomed << QString::fromStdString(id);
    if (!doomed.isEmpty()) emit removeRequested(doomed);
  });
  addCopyShortcut(table_);
  connect(clear_, &QPushButton::clicked, this, &RunsPanel::clearFilter);
  connect(compare_, &QPushButton::clicked, this, &RunsPanel::compareRequested);
  connect(report_, &QPushButton::clicked, this, &RunsPanel::reportRequested);
  connect(&model, &QAbstractItemModel::rowsInserted, this, &RunsPanel::refresh);
  connect(&model, &QAbstractItemModel::rowsRemoved, this, &RunsPanel::refresh);
  connect(runs_, &RunTable::renamed, this, &RunsPanel::renamed);
  connect(runs_, &RunTable::tagged, this, &RunsPanel::tagged);
  connect(runs_, &RunTable::noted, this, &RunsPanel::noted);
  refresh();
}

QWidget* RunsPanel::makeHead() {
  auto* bar = new QWidget;
  auto* head = new QHBoxLayout(bar);
  head->setContentsMargins(0, 0, 0, 0);
  head->setSpacing(8);
  head->addWidget(sectionLabel(tr("Runs")));
  head->addSpacing(8);
  search_ = new QLineEdit;
  search_->setObjectName("run-search");
  search_->setPlaceholderText(tr("Search: name, tag, accuracy>0.9"));
  search_->setAccessibleName(tr("Search the runs"));
  search_->setToolTip(
      tr("<p>Words are looked for in name, algorithm, dataset, tags and notes. Any metric or setting can be a "
         "condition.</p><table cellspacing='4'><tr><td><b>iris cnn</b></td><td>both words</td></tr>"
         "<tr><td><b>-kmeans</b></td><td>not this word</td></tr>"
         "<tr><td><b>tag:baseline</b></td><td>also name, state, algorithm, dataset, notes</td></tr>"
         "<tr><td><b>accuracy&gt;0.9</b></td><td>also validation/accuracy, steps, time</td></tr>"
         "<tr><td><b>optimizer=adam</b></td><td>any hyperparameter</td></tr></table>"));
  search_->setClearButtonEnabled(true);
  search_->setMinimumWidth(150);
  search_->setMaximumWidth(300);
  search_->installEventFilter(this);
  head->addWidget(search_, 3);
  filter_ = new ChooserButton;
  filter_->setObjectName("run-filter");
  filter_->setToolTip(tr("Show only runs of a state, algorithm or dataset, or those with a star"));
  filter_menu_ = new QMenu(filter_);
  filter_menu_->setObjectName("run-filter-menu");
  connect(filter_, &QPushButton::clicked, this,
          [this] { filter_menu_->popup(filter_->mapToGlobal(QPoint(0, filter_->height() + 2))); });
  head->addWidget(filter_);
  count_ = roleLabel("secondary", {});
  count_->setObjectName("run-count");
  head->addWidget(count_);
  head->addStretch(1);
  columns_ = linkButton(tr("Columns\u2026"));
  columns_->setObjectName("run-columns");
  head->addWidget(columns_);
  compare_ = linkButton({});
  compare_->setObjectName("compare");
  report_ = linkButton(tr("Report"));
  report_->setObjectName("report");
  report_->setToolTip(tr("Write all about the selected runs, or the one shown, as a page and as a PDF"));
  head->addWidget(report_);
  head->addWidget(compare_);
  connect(search_, &QLineEdit::textChanged, this, [this](const QString& text) {
    RunFilter filter = runs_->filter();
    filter.typed = text;
    runs_->setFilter(filter);
  });
  connect(filter_menu_, &QMenu::aboutToShow, this, &RunsPanel::fillFilterMenu);
  connect(columns_, &QPushButton::clicked, this, &RunsPanel::chooseColumns);
  return bar;
}

QTableView* RunsPanel::table() const {
  return table_;
}

std::vector<std::string> RunsPanel::selected() const {
  return table_->selectedIds();
}

void RunsPanel::select(const std::vector<std::string>& ids) {
  table_->selectIds(ids);
}

void RunsPanel::takeSelection() {
  auto now = selected();
  std::sort(now.begin(), now.end());
  // The table picks its rows up again after each renewal: that is no news to others.
  if (now != last_selected_) {
    last_selected_ = std::move(now);
    model_.setReference(selected());
    emit selectionChanged();
  }
  refresh();
}

void RunsPanel::setAside(QWidget* widget) {
  middle_->addWidget(widget);
}

void RunsPanel::setNote(const QString& note) {
  reason_ = note;
  refresh();
}

void RunsPanel::chooseColumns() {
  table_->chooseColumns();
}

bool RunsPanel::eventFilter(QObject* watched, QEvent* event) {
  if (watched == search_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    if (key->key() == Qt::Key_Escape && !search_->text().isEmpty()) {
      search_->clear();
      return true;
    }
    // From the search into what it found.
    if ((key->key() == Qt::Key_Down || key->key() == Qt::Key_Return) && runs_->rowCount() > 0) {
      table_->setFocus(Qt::ShortcutFocusReason);
      if (!table_->currentIndex().isValid() || key->key() == Qt::Key_Return) table_->selectRow(0);
      return true;
    }
  }
  return QWidget::eventFilter(watched, event);
}

void RunsPanel::refresh() {
  const int count = static_cast<int>(selected().size());
  compare_->setText(count >= 2 ? tr("Compare %n selected", "", count) : tr("Select two or more to compare"));
  compare_->setEnabled(count >= 2);
  const int all = model_.rowCount(), shown = runs_->rowCount();
  const RunFilter& filter = runs_->filter();
  const QLocale locale;
  count_->setText(filter.empty() ? tr("%n runs", "", all)
                                 : tr("%1 of %2", "shown of all").arg(locale.toString(shown), locale.toString(all)));
  count_->setVisible(all > 0);
  QStringList narrowed;
  for (const auto state : filter.states) narrowed << runStateText(state);
  for (const auto& id : filter.algorithms) {
    const auto* info = find_algorithm(id);
    narrowed << (info ? coreText(info->label) : QString::fromStdString(id));
  }
  for (const auto& name : filter.datasets) narrowed << QString::fromStdString(name);
  if (filter.starred) narrowed << tr("starred");
  const QString which = narrowed.size() == 1 ? narrowed.front() : locale.toString(narrowed.size());
  filter_->setText(narrowed.isEmpty()
                       ? tr("Filter")
                       : tr("Filter: %1").arg(filter_->fontMetrics().elidedText(which, Qt::ElideRight, 130)));
  filter_->setAccessibleDescription(narrowed.join(QStringLiteral(", ")));
  for (QWidget* each : std::initializer_list<QWidget*>{search_, filter_, columns_, report_, compare_})
    each->setVisible(all > 0);
  QString note = !reason_.isEmpty() ? reason_ : tr("Every run is kept here. Nothing has run yet.");
  if (all > 0 && shown == 0) {
    const QStringList unknown = runs_->unknownNames();
    note = unknown.isEmpty()
               ? tr("No run matches.")
               : tr("No run has a value called \u201c%1\u201d.").arg(unknown.join(QStringLiteral("\u201d, \u201c")));
  }
  note_->setText(note);
  clear_->setVisible(all > 0 && shown == 0);
  stack_->setCurrentIndex(shown == 0 ? 0 : 1);
}

void RunsPanel::clearFilter() {
  runs_->setFilter({});
  search_->clear();
  refresh();
  search_->setFocus(Qt::OtherFocusReason);
}

template <class Key>
void RunsPanel::addChoices(const QString& title, const std::map<Key, QString>& choices,
                           std::set<Key> RunFilter::*chosen) {
  auto* menu = filter_menu_->addMenu(title);
  for (const auto& [key, text] : choices) {
    auto* action = menu->addAction(QString(text).replace('&', QStringLiteral("&&")));
    action->setCheckable(true);
    action->setChecked((runs_->filter().*chosen).contains(key));
    connect(action, &QAction::toggled, this, [this, key = key, chosen](bool on) {
      RunFilter filter = runs_->filter();
      if (on)
        (filter.*chosen).insert(key);
      else
        (filter.*chosen).erase(key);
      runs_->setFilter(filter);
    });
  }
}

void RunsPanel::fillFilterMenu() {
  filter_menu_->clear();
  std::map<RunState, QString> states;
  std::map<std::string, QString> algorithms, datasets;
  for (const auto& run : model_.shared()) {
    states.emplace(run->state, runStateText(run->state));
    datasets.emplace(run->dataset, QString::fromStdString(run->dataset));
    if (algorithms.contains(run->algorithm)) continue;
    const auto* info = find_algorithm(run->algorithm);
    algorithms.emplace(run->algorithm, info ? coreText(info->label) : QString::fromStdString(run->algorithm));
  }
  auto* starred = filter_menu_->addAction(tr("Starred only"));
  starred->setObjectName("filter-starred");
  starred->setCheckable(true);
  starred->setChecked(runs_->filter().starred);
  connect(starred, &QAction::toggled, this, [this](bool on) {
    RunFilter filter = runs_->filter();
    filter.starred = on;
    runs_->setFilter(filter);
  });
  addChoices(tr("State"), states, &RunFilter::states);
  addChoices(tr("Algorithm"), algorithms, &RunFilter::algorithms);
  addChoices(tr("Dataset"), datasets, &RunFilter::datasets);
  filter_menu_->addSeparator();
  auto* all = filter_menu_->addAction(tr("Show all runs"), this, [this] {
    RunFilter filter;
    filter.typed = runs_->filter().typed;
    runs_->setFilter(filter);
  });
  all->setEnabled(runs_->filter().narrowed());
}

void RunsPanel::editNotes(const QString& id) {
  const auto* run = model_.find(id.toStdString());
  if (!run) return;
  auto* dialog = new QDialog(window());
  dialog->setObjectName("notes-dialog");
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Notes on %1").arg(runLabel(*run)));
  dialog->resize(460, 300);
  auto* layout = new QVBoxLayout(dialog);
  layout->setContentsMargins(20, 16, 20, 16);
  layout->setSpacing(12);
  auto* text = new QPlainTextEdit(QString::fromStdString(run->notes));
  text->setAccessibleName(tr("Notes"));
  text->setPlaceholderText(tr("What you tried, and what came of it"));
  text->setTabChangesFocus(true);
  layout->addWidget(text, 1);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Save | QDialogButtonBox::Cancel);
  connect(buttons, &QDialogButtonBox::accepted, dialog, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
  layout->addWidget(buttons);
  connect(dialog, &QDialog::accepted, this, [this, id, text] {
    // The filter may keep the run back by now: the list knows it still.
    const auto* known = model_.find(id.toStdString());
    if (!known) return;
    RunSummary changed = *known;
    changed.notes = text->toPlainText().trimmed().toStdString();
    if (changed.notes == known->notes) return;
    model_.change(changed);
    emit noted(id, QString::fromStdString(changed.notes));
  });
  dialog->open();
}

void RunsPanel::askTag() {
  auto* dialog = new QInputDialog(window());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Add tags"));
  dialog->setLabelText(tr("Tags for %n runs, parted by commas", "", static_cast<int>(selected().size())));
  connect(dialog, &QInputDialog::textValueSelected, this, [this, ids = selected()](const QString& typed) {
    for (const auto& id : ids) {
      const auto* run = model_.find(id);
      const int row = runs_->rowOf(id);
      if (!run || row < 0) continue;
      const QStringList tags = shownTags(*run) << typed;
      runs_->setData(runs_->index(row, RunListModel::tags), tags.join(','), Qt::EditRole);
    }
  });
  dialog->open();
}

void RunsPanel::showMenu(const QModelIndex& index, const QPoint& at) {
  const QString id = index.data(RunListModel::IdRole).toString();
  const auto* run = model_.find(id.toStdString());
  if (!run) return;
  const auto chosen = selected();
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addAction(tr("Open"), this, [this, id] { emit opened(id); });
  auto* resume = menu->addAction(tr("Resume"), this, [this, id] { emit resumeRequested(id); });
  resume->setEnabled(run->has_checkpoint && run->state == RunState::stopped);
  if (chosen.size() >= 2) menu->addAction(tr("Compare"), this, &RunsPanel::compareRequested);
  menu->addAction(tr("Report"), this, &RunsPanel::reportRequested);
  addCopyMenu(menu, tr("Copy as"), [this] { return textTable(*table_); });
  menu->addSeparator();
  const bool starred = isStarred(*run);
  menu->addAction(starred ? tr("Take the star away") : tr("Star"), this, [this, chosen, starred] {
    for (const auto& each : chosen)
      if (const int row = runs_->rowOf(each); row >= 0)
        runs_->setData(runs_->index(row, RunListModel::star), !starred, Qt::EditRole);
  });
  if (chosen.size() >= 2)
    menu->addAction(tr("Add tags\u2026"), this, &RunsPanel::askTag);
  else
    menu->addAction(tr("Edit tags"), this, [this] { table_->editCell(RunListModel::tags); });
  menu->addAction(tr("Notes\u2026"), this, [this, id] { editNotes(id); });
  menu->addAction(tr("Rename"), this, [this] { table_->editCell(RunListModel::name); });
  menu->addSeparator();
  QStringList doomed;
  for (const auto& each : chosen) doomed << QString::fromStdString(each);
  if (!doomed.contains(id)) doomed = QStringList{id};
  auto* remove = menu->addAction(tr("Delete\u2026"), this, [this, doomed] { emit removeRequested(doomed); });
  remove->setEnabled(run->state != RunState::running);
  menu->popup(at);
}

}  // namespace gb
