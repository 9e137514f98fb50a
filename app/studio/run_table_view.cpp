#include "app/studio/run_table_view.hpp"

#include <QContextMenuEvent>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QKeyEvent>
#include <QMenu>
#include <QScrollBar>
#include <QSettings>
#include <algorithm>
#include <map>
#include <utility>

#include "app/studio/column_chooser.hpp"
#include "app/studio/run_delegate.hpp"
#include "app/studio/run_table.hpp"

namespace gb {

namespace {

constexpr int keep_after = 300;  ///< milliseconds without a further change

const QStringList& usualColumns() {
  static const QStringList keys{"star", "name", "dataset", "state", "headline", "loss", "time", "tags", "differs"};
  return keys;
}

int usualWidth(const QString& key) {
  static const std::pair<const char*, int> widths[] = {
      {"star", 34}, {"name", 260}, {"dataset", 120}, {"state", 104}, {"headline", 112},
      {"loss", 76}, {"time", 80},  {"tags", 130},    {"notes", 200}, {"algorithm", 170}};
  for (const auto& [known, width] : widths)
    if (key == QLatin1String(known)) return width;
  return 130;
}

}  // namespace

RunTableView::RunTableView(RunTable& runs, QWidget* parent) : QTableView(parent), runs_(runs) {
  setObjectName("run-table");
  setAccessibleName(tr("Runs"));
  setModel(&runs);
  setItemDelegate(new RunDelegate(this));
  setSelectionBehavior(QAbstractItemView::SelectRows);
  setSelectionMode(QAbstractItemView::ExtendedSelection);
  setEditTriggers(QAbstractItemView::NoEditTriggers);
  setShowGrid(false);
  setTabKeyNavigation(false);
  setWordWrap(false);
  setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  verticalHeader()->hide();
  verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  verticalHeader()->setDefaultSectionSize(30);
  auto* head = horizontalHeader();
  head->setHighlightSections(false);
  head->setSortIndicatorShown(true);
  head->setSectionsClickable(true);
  head->setSectionsMovable(true);
  head->setSectionResizeMode(QHeaderView::Interactive);
  head->setMinimumSectionSize(34);
  head->setStretchLastSection(true);
  head->setContextMenuPolicy(Qt::CustomContextMenu);
  head->setToolTip(tr("Click to sort, drag to move, right-click to choose columns"));
  keeping_.setSingleShot(true);
  keeping_.setInterval(keep_after);
  restore();
  connect(&keeping_, &QTimer::timeout, this, &RunTableView::keep);
  connect(head, &QHeaderView::sectionMoved, this, [this] { keeping_.start(); });
  connect(head, &QHeaderView::sectionResized, this, [this] { keeping_.start(); });
  connect(head, &QHeaderView::customContextMenuRequested, this, &RunTableView::showHeaderMenu);
  connect(head, &QHeaderView::sortIndicatorChanged, this, [this](int column, Qt::SortOrder order) {
    runs_.sort(column, order);
    keeping_.start();
  });
  connect(&runs, &RunTable::aboutToRenew, this, [this] {
    held_ = selectedIds();
    const auto* current = runs_.run(currentIndex().row());
    held_current_ = current ? current->id : std::string();
    held_column_ = currentIndex().column();
    held_scroll_ = verticalScrollBar()->value();
  });
  connect(&runs, &QAbstractItemModel::modelReset, this, [this] {
    selectIds(held_);
    const int row = runs_.rowOf(held_current_);
    if (row >= 0)
      selectionModel()->setCurrentIndex(runs_.index(row, std::max(held_column_, 0)), QItemSelectionModel::NoUpdate);
    verticalScrollBar()->setValue(held_scroll_);
  });
}

std::vector<std::string> RunTableView::selectedIds() const {
  std::vector<std::string> ids;
  for (const auto& range : selectionModel()->selection())
    for (int row = range.top(); row <= range.bottom(); ++row)
      if (const auto* run = runs_.run(row)) ids.push_back(run->id);
  return ids;
}

void RunTableView::selectIds(const std::vector<std::string>& ids) {
  std::vector<int> rows;
  for (const auto& id : ids)
    if (const int row = runs_.rowOf(id); row >= 0) rows.push_back(row);
  std::sort(rows.begin(), rows.end());
  QItemSelection selection;
  for (std::size_t i = 0; i < rows.size();) {
    std::size_t end = i + 1;
    while (end < rows.size() && rows[end] == rows[end - 1] + 1) ++end;
    selection.select(runs_.index(rows[i], 0), runs_.index(rows[end - 1], runs_.columnCount() - 1));
    i = end;
  }
  selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

QStringList RunTableView::columns() const {
  QStringList keys;
  const auto* head = horizontalHeader();
  const auto& list = runs_.list();
  for (int visual = 0; visual < head->count(); ++visual) {
    const int column = head->logicalIndex(visual);
    if (!head->isSectionHidden(column)) keys << list.columnKey(column);
  }
  return keys;
}

void RunTableView::setColumns(const QStringList& keys) {
  auto& list = runs_.list();
  std::vector<std::string> fields;
  for (const auto& key : keys)
    if (key.contains(QLatin1Char(':'))) fields.push_back(key.toStdString());
  const QString sorted = list.columnKey(runs_.sortColumn());
  const Qt::SortOrder order = horizontalHeader()->sortIndicatorOrder();
  auto* head = horizontalHeader();
  std::map<QString, int> widths;
  for (const auto& key : columns()) widths[key] = head->sectionSize(list.columnOf(key));
  list.setFields(fields);
  int place = 0;
  for (const auto& key : keys) {
    const int column = list.columnOf(key);
    if (column < 0) continue;
    head->setSectionHidden(column, false);
    head->resizeSection(column, widths.contains(key) ? widths[key] : usualWidth(key));
    head->moveSection(head->visualIndex(column), place++);
  }
  for (int column = 0; column < list.columnCount(); ++column)
    if (!keys.contains(list.columnKey(column))) head->setSectionHidden(column, true);
  // Columns of choice have other places now.
  if (!sorted.isEmpty()) sortBy(sorted, order);
  keeping_.start();
}

void RunTableView::sortBy(const QString& key, Qt::SortOrder order) {
  const int column = key.isEmpty() ? -1 : runs_.list().columnOf(key);
  horizontalHeader()->setSortIndicator(column, order);
  if (runs_.sortColumn() != column) runs_.sort(column, order);
}

void RunTableView::restore() {
  QSettings settings;
  auto* head = horizontalHeader();
  for (int column = 0; column < runs_.columnCount(); ++column)
    head->resizeSection(column, usualWidth(runs_.list().columnKey(column)));
  const QStringList kept = settings.value("runs/columns").toStringList();
  setColumns(kept.isEmpty() ? usualColumns() : kept);
  const auto widths = settings.value("runs/widths").toMap();
  for (auto each = widths.begin(); each != widths.end(); ++each)
    if (const int column = runs_.list().columnOf(each.key()); column >= 0)
      head->resizeSection(column, std::clamp(each.value().toInt(), 34, 1200));
  const bool up = settings.value("runs/ascending").toBool();
  sortBy(settings.value("runs/sort").toString(), up ? Qt::AscendingOrder : Qt::DescendingOrder);
}

void RunTableView::keep() {
  QSettings settings;
  const auto* head = horizontalHeader();
  const QStringList shown = columns();
  settings.setValue("runs/columns", shown);
  QVariantMap widths;
  // The last one fills what is left: that is no width of its own.
  for (qsizetype i = 0; i + 1 < shown.size(); ++i)
    widths.insert(shown[i], head->sectionSize(runs_.list().columnOf(shown[i])));
  settings.setValue("runs/widths", widths);
  settings.setValue("runs/sort", runs_.list().columnKey(runs_.sortColumn()));
  settings.setValue("runs/ascending", head->sortIndicatorOrder() == Qt::AscendingOrder);
}

void RunTableView::chooseColumns() {
  const auto& list = runs_.list();
  std::vector<ColumnChooser::Choice> choices;
  for (int column = 0; column < RunListModel::column_count; ++column) {
    const QString label =
        column == RunListModel::star ? tr("Star") : list.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    choices.push_back({list.columnKey(column), label, tr("Every run has")});
  }
  std::vector<std::string> known;
  for (const auto& field : fieldsOf(list.shared())) {
    const QString kind = field.metric()                      ? tr("Metrics")
                         : field.key.rfind("param:", 0) == 0 ? tr("Hyperparameters")
                                                             : tr("The run itself");
    choices.push_back({QString::fromStdString(field.key), field.label, kind});
    known.push_back(field.key);
  }
  // A column that no run of now fills can be taken away as well.
  for (const auto& key : list.fields())
    if (std::find(known.begin(), known.end(), key) == known.end())
      choices.push_back({QString::fromStdString(key), fieldLabel(key), tr("No run has")});
  auto* dialog = new ColumnChooser(std::move(choices), columns(), window());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &ColumnChooser::changed, this, [this, dialog] {
    if (!dialog->chosen().isEmpty()) setColumns(dialog->chosen());
  });
  connect(dialog, &ColumnChooser::resetRequested, this, [this] {
    setColumns(usualColumns());
    sortBy({}, Qt::DescendingOrder);
  });
  dialog->open();
}

void RunTableView::showHeaderMenu(const QPoint& at) {
  auto* head = horizontalHeader();
  const int column = head->logicalIndexAt(at);
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const QString key = runs_.list().columnKey(column);
  if (column >= 0) {
    menu->addAction(tr("Sort upwards"), this, [this, key] { sortBy(key, Qt::AscendingOrder); });
    menu->addAction(tr("Sort downwards"), this, [this, key] { sortBy(key, Qt::DescendingOrder); });
  }
  menu->addAction(tr("Newest first"), this, [this] { sortBy({}, Qt::DescendingOrder); });
  menu->addSeparator();
  if (column >= 0 && columns().size() > 1)
    menu->addAction(tr("Hide this column"), this, [this, key] {
      QStringList left = columns();
      left.removeAll(key);
      setColumns(left);
    });
  menu->addAction(tr("Columns\u2026"), this, &RunTableView::chooseColumns);
  menu->popup(head->viewport()->mapToGlobal(at));
}

void RunTableView::toggleStar(const QModelIndex& index) {
  const auto* run = runs_.run(index.row());
  if (run) runs_.setData(runs_.index(index.row(), RunListModel::star), !isStarred(*run), Qt::EditRole);
}

void RunTableView::editCell(int column) {
  const QModelIndex index = currentIndex();
  const auto* run = runs_.run(index.row());
  if (!run) return;
  if (column == RunListModel::notes) {
    emit notesRequested(QString::fromStdString(run->id));
    return;
  }
  if (isColumnHidden(column)) setColumns(columns() << runs_.list().columnKey(column));
  const QModelIndex cell = runs_.index(index.row(), column);
  selectionModel()->setCurrentIndex(cell, QItemSelectionModel::NoUpdate);
  QTableView::edit(cell);
}

void RunTableView::keyPressEvent(QKeyEvent* event) {
  const QModelIndex index = currentIndex();
  if (index.isValid() && state() != EditingState) {
    const int column = index.column();
    const bool plain = event->modifiers() == Qt::NoModifier;
    if (event->key() == Qt::Key_Space && plain) return toggleStar(index);
    if (event->key() == Qt::Key_F2)
      return editCell(column == RunListModel::tags || column == RunListModel::notes ? column : int(RunListModel::name));
    if (event->key() == Qt::Key_Delete) {
      emit removeRequested();
      return;
    }
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
      emit opened(index.data(RunListModel::IdRole).toString());
      return;
    }
  }
  QTableView::keyPressEvent(event);
}

void RunTableView::contextMenuEvent(QContextMenuEvent* event) {
  const bool keyboard = event->reason() == QContextMenuEvent::Keyboard;
  const QModelIndex index = keyboard ? currentIndex() : indexAt(event->pos());
  if (!index.isValid()) return;
  const QPoint at = keyboard ? visualRect(index).bottomLeft() : event->pos();
  emit menuRequested(index, viewport()->mapToGlobal(at));
}

void RunTableView::mouseReleaseEvent(QMouseEvent* event) {
  const QModelIndex index = indexAt(event->pos());
  QTableView::mouseReleaseEvent(event);
  if (event->button() == Qt::LeftButton && index.isValid() && index.column() == RunListModel::star &&
      event->modifiers() == Qt::NoModifier)
    toggleStar(index);
}

void RunTableView::mouseDoubleClickEvent(QMouseEvent* event) {
  const QModelIndex index = indexAt(event->pos());
  if (!index.isValid() || event->button() != Qt::LeftButton) return;
  if (index.column() == RunListModel::star) return;
  if (index.column() == RunListModel::tags || index.column() == RunListModel::notes) return editCell(index.column());
  emit opened(index.data(RunListModel::IdRole).toString());
}

}  // namespace gb
