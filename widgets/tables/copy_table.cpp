#include "widgets/tables/copy_table.hpp"

#include <QApplication>
#include <QClipboard>
#include <QCoreApplication>
#include <QHeaderView>
#include <QMenu>
#include <QMimeData>
#include <QTableView>
#include <algorithm>
#include <set>
#include <utility>

#include "widgets/csv_line.hpp"

namespace gb {
namespace {

/// Beyond this a table goes as text alone: nobody pastes more into a document, and marked up it would weigh ten times
/// as much.
constexpr std::size_t most_marked_up_rows = 20'000;

struct CopyTable {
  Q_DECLARE_TR_FUNCTIONS(CopyTable)
};

QStringList lineOf(const std::vector<std::string>& cells, std::size_t count) {
  QStringList line;
  for (std::size_t i = 0; i < count; ++i) line << (i < cells.size() ? QString::fromStdString(cells[i]) : QString());
  return line;
}

QString csvOf(const TextTable& table) {
  QString text = csvLine(lineOf(table.columns, table.columns.size()));
  for (const auto& row : table.rows) text += csvLine(lineOf(row, table.columns.size()));
  return text;
}

/// Mail programs and word processors take this; so do spreadsheets, which must find no formula in it.
QString htmlOf(TextTable table) {
  for (auto& row : table.rows)
    for (auto& cell : row) cell = harmless_cell(cell);
  return QString::fromStdString(html_text(table));
}

std::string headerText(const QTableView& view, int column) {
  return view.model()->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().toStdString();
}

const std::pair<TableNotation, const char*> notations[] = {
    {TableNotation::spreadsheet, QT_TRANSLATE_NOOP("CopyTable", "&Table, for spreadsheets")},
    {TableNotation::markdown, QT_TRANSLATE_NOOP("CopyTable", "&Markdown")},
    {TableNotation::latex, QT_TRANSLATE_NOOP("CopyTable", "&LaTeX")},
    {TableNotation::csv, QT_TRANSLATE_NOOP("CopyTable", "&CSV")},
};

}  // namespace

void copyTable(const TextTable& table, TableNotation notation) {
  auto* data = new QMimeData;
  switch (notation) {
    case TableNotation::spreadsheet:
      data->setText(QString::fromStdString(tsv_text(table)));
      if (table.rows.size() > most_marked_up_rows) break;
      data->setHtml(htmlOf(table));
      data->setData(QStringLiteral("text/csv"), csvOf(table).toUtf8());
      data->setData(QStringLiteral("text/markdown"), QByteArray::fromStdString(markdown_text(table)));
      data->setData(QStringLiteral("application/x-latex"), QByteArray::fromStdString(latex_text(table)));
      break;
    case TableNotation::markdown:
      data->setText(QString::fromStdString(markdown_text(table)));
      break;
    case TableNotation::latex:
      data->setText(QString::fromStdString(latex_text(table)));
      break;
    case TableNotation::csv:
      data->setText(csvOf(table));
      break;
  }
  QApplication::clipboard()->setMimeData(data);
}

TextTable textTable(const View::Numbers& numbers) {
  TextTable table;
  for (const auto& column : numbers.columns) table.columns.push_back(column.toStdString());
  for (const auto& row : numbers.rows) {
    table.rows.emplace_back();
    for (const auto& cell : row) table.rows.back().push_back(cell.toStdString());
  }
  return table;
}

TextTable textTable(const QTableView& view) {
  TextTable table;
  const auto* model = view.model();
  if (!model) return table;
  std::set<int> rows, chosen;
  if (const auto* selection = view.selectionModel())
    for (const auto& range : selection->selection()) {
      for (int row = range.top(); row <= range.bottom(); ++row) rows.insert(row);
      for (int column = range.left(); column <= range.right(); ++column) chosen.insert(column);
    }
  if (rows.empty()) {
    for (int row = 0; row < model->rowCount(); ++row) rows.insert(row);
    chosen.clear();
  }
  std::vector<int> columns;
  for (int place = 0; place < model->columnCount(); ++place) {
    const int column = view.horizontalHeader()->logicalIndex(place);
    if (!view.isColumnHidden(column) && (chosen.empty() || chosen.contains(column))) columns.push_back(column);
  }
  for (const int column : columns) table.columns.push_back(headerText(view, column));
  for (const int row : rows) {
    if (view.isRowHidden(row)) continue;
    table.rows.emplace_back();
    for (const int column : columns)
      table.rows.back().push_back(model->index(row, column).data(Qt::DisplayRole).toString().toStdString());
  }
  return table;
}

QMenu* addCopyMenu(QMenu* menu, const QString& title, std::function<TextTable()> table) {
  auto* copying = menu->addMenu(title);
  copying->setObjectName(QStringLiteral("copy-table"));
  for (const auto& [notation, name] : notations)
    copying->addAction(CopyTable::tr(name), menu, [table, as = notation] { copyTable(table(), as); });
  return copying;
}

void addCopyShortcut(QTableView* view) {
  auto* copy = new QAction(CopyTable::tr("Copy"), view);
  copy->setObjectName(QStringLiteral("copy"));
  copy->setShortcut(QKeySequence::Copy);
  copy->setShortcutContext(Qt::WidgetShortcut);
  QObject::connect(copy, &QAction::triggered, view,
                   [view] { copyTable(textTable(*view), TableNotation::spreadsheet); });
  view->addAction(copy);
}

void makeCopyable(QTableView* view) {
  addCopyShortcut(view);
  // The view's actions are its context menu; the submenu lives as long as the view.
  auto* holder = new QMenu(view);
  view->addAction(addCopyMenu(holder, CopyTable::tr("Copy as"), [view] { return textTable(*view); })->menuAction());
  view->setContextMenuPolicy(Qt::ActionsContextMenu);
}

}  // namespace gb
