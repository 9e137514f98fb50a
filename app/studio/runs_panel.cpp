#include "app/studio/runs_panel.hpp"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>

#include "app/studio/labels.hpp"
#include "app/studio/run_delegate.hpp"
#include "app/studio/run_list_model.hpp"
#include "widgets/tables/copy_table.hpp"

namespace gb {

RunsPanel::RunsPanel(RunListModel& model, QWidget* parent) : QWidget(parent), model_(model) {
  setProperty("panel", true);
  setAttribute(Qt::WA_StyledBackground);
  setObjectName("runs");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 6, 16, 0);
  layout->setSpacing(0);
  auto* head = new QHBoxLayout;
  head->addWidget(sectionLabel(tr("Runs")));
  head->addStrut(26);
  head->addStretch(1);
  compare_ = linkButton({});
  compare_->setObjectName("compare");
  report_ = linkButton(tr("Report"));
  report_->setObjectName("report");
  report_->setToolTip(tr("Write all about the selected runs, or the one shown, as a page and as a PDF"));
  head->addWidget(report_);
  head->addWidget(compare_);
  layout->addLayout(head);
  sorted_ = new QSortFilterProxyModel(this);
  sorted_->setSourceModel(&model);
  sorted_->setSortRole(RunListModel::SortRole);
  stack_ = new QStackedWidget;
  note_ = roleLabel("secondary", {});
  note_->setAlignment(Qt::AlignCenter);
  note_->setWordWrap(true);
  stack_->addWidget(note_);
  table_ = new QTableView;
  table_->setObjectName("run-table");
  table_->setAccessibleName(tr("Runs"));
  table_->setModel(sorted_);
  table_->setItemDelegate(new RunDelegate(table_));
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->setShowGrid(false);
  table_->setTabKeyNavigation(false);
  table_->setContextMenuPolicy(Qt::CustomContextMenu);
  table_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(30);
  auto* columns = table_->horizontalHeader();
  columns->setHighlightSections(false);
  columns->setSortIndicatorShown(true);
  columns->setSectionsClickable(true);
  columns->setSectionResizeMode(QHeaderView::Interactive);
  columns->setStretchLastSection(true);
  columns->setSortIndicator(-1, Qt::DescendingOrder);
  connect(columns, &QHeaderView::sortIndicatorChanged, this,
          [this](int column, Qt::SortOrder order) { sorted_->sort(column, order); });
  const int widths[] = {330, 170, 130, 170, 110, 100};
  for (int i = 0; i < 6; ++i) table_->setColumnWidth(i, widths[i]);
  addCopyShortcut(table_);
  stack_->addWidget(table_);
  layout->addWidget(stack_, 1);
  connect(table_->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
    model_.setReference(selected());
    refresh();
    emit selectionChanged();
  });
  connect(table_, &QTableView::activated, this,
          [this](const QModelIndex& index) { emit opened(index.data(RunListModel::IdRole).toString()); });
  connect(table_, &QTableView::customContextMenuRequested, this, &RunsPanel::showMenu);
  connect(compare_, &QPushButton::clicked, this, &RunsPanel::compareRequested);
  connect(report_, &QPushButton::clicked, this, &RunsPanel::reportRequested);
  connect(&model, &QAbstractItemModel::rowsInserted, this, &RunsPanel::refresh);
  connect(&model, &QAbstractItemModel::rowsRemoved, this, &RunsPanel::refresh);
  refresh();
}

std::vector<std::string> RunsPanel::selected() const {
  std::vector<std::string> ids;
  for (const auto& index : table_->selectionModel()->selectedRows())
    ids.push_back(index.data(RunListModel::IdRole).toString().toStdString());
  return ids;
}

void RunsPanel::select(const std::vector<std::string>& ids) {
  QItemSelection rows;
  for (int row = 0; row < sorted_->rowCount(); ++row) {
    const auto index = sorted_->index(row, 0);
    const auto id = index.data(RunListModel::IdRole).toString().toStdString();
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) rows.select(index, index);
  }
  table_->selectionModel()->select(rows, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

void RunsPanel::setNote(const QString& note) {
  reason_ = note;
  refresh();
}

void RunsPanel::refresh() {
  const int count = static_cast<int>(table_->selectionModel()->selectedRows().size());
  compare_->setText(count >= 2 ? tr("Compare %n selected", "", count) : tr("Select two or more to compare"));
  compare_->setEnabled(count >= 2);
  const bool empty = model_.rowCount() == 0;
  note_->setText(!reason_.isEmpty() ? reason_ : tr("Every run is kept here. Nothing has run yet."));
  stack_->setCurrentIndex(empty ? 0 : 1);
  compare_->setVisible(!empty);
  report_->setVisible(!empty);
}

void RunsPanel::showMenu(const QPoint& at) {
  const auto index = table_->indexAt(at);
  if (!index.isValid()) return;
  const QString id = index.data(RunListModel::IdRole).toString();
  const auto* run = model_.find(id.toStdString());
  if (!run) return;
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addAction(tr("Open"), this, [this, id] { emit opened(id); });
  auto* resume = menu->addAction(tr("Resume"), this, [this, id] { emit resumeRequested(id); });
  resume->setEnabled(run->has_checkpoint && run->state == RunState::stopped);
  menu->addAction(tr("Rename\u2026"), this, [this, id] { emit renameRequested(id); });
  const auto chosen = selected();
  if (chosen.size() >= 2) menu->addAction(tr("Compare"), this, &RunsPanel::compareRequested);
  menu->addAction(tr("Report"), this, &RunsPanel::reportRequested);
  addCopyMenu(menu, tr("Copy as"), [this] { return textTable(*table_); });
  menu->addSeparator();
  QStringList doomed;
  for (const auto& each : chosen) doomed << QString::fromStdString(each);
  if (!doomed.contains(id)) doomed = QStringList{id};
  auto* remove = menu->addAction(tr("Delete\u2026"), this, [this, doomed] { emit removeRequested(doomed); });
  remove->setEnabled(run->state != RunState::running);
  menu->popup(table_->viewport()->mapToGlobal(at));
}

}  // namespace gb
