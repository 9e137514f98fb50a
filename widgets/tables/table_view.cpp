#include "widgets/tables/table_view.hpp"

#include <QAbstractTableModel>
#include <QFontMetricsF>
#include <QHeaderView>
#include <QLocale>
#include <QPainter>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/tables/copy_table.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr double row_height = 28;

QString text(const std::string& bytes) {
  return QString::fromStdString(bytes);
}

QString cellOf(const Table& table, int row, int column) {
  const auto& cells = table.rows[static_cast<std::size_t>(row)];
  return static_cast<std::size_t>(column) < cells.size() ? text(cells[static_cast<std::size_t>(column)]) : QString();
}

bool isNumber(const QString& cell) {
  bool ok = false;
  QLocale::c().toDouble(cell, &ok);
  return ok;
}

/// Columns whose cells are numbers are aligned on the right.
bool numeric(const Table& table, int column) {
  bool any = false;
  for (int row = 0; row < static_cast<int>(table.rows.size()); ++row) {
    const QString cell = cellOf(table, row, column);
    if (cell.isEmpty() || cell == QStringLiteral("–")) continue;
    if (!isNumber(cell)) return false;
    any = true;
  }
  return any;
}

class EventTableModel : public QAbstractTableModel {
 public:
  using QAbstractTableModel::QAbstractTableModel;

  void set(std::shared_ptr<const Table> table) {
    // A live table of the same shape keeps its place and its selection.
    const bool same = table_ && table && table_->columns == table->columns && table_->rows.size() == table->rows.size();
    if (!same) beginResetModel();
    table_ = std::move(table);
    numeric_.clear();
    if (table_)
      for (int column = 0; column < static_cast<int>(table_->columns.size()); ++column)
        numeric_.push_back(numeric(*table_, column));
    if (!same)
      endResetModel();
    else if (rowCount({}) > 0 && columnCount({}) > 0)
      emit dataChanged(index(0, 0), index(rowCount({}) - 1, columnCount({}) - 1));
  }

  const std::shared_ptr<const Table>& table() const { return table_; }

  int rowCount(const QModelIndex& parent) const override {
    return parent.isValid() || !table_ ? 0 : static_cast<int>(table_->rows.size());
  }
  int columnCount(const QModelIndex& parent) const override {
    return parent.isValid() || !table_ ? 0 : static_cast<int>(table_->columns.size());
  }
  QVariant data(const QModelIndex& index, int role) const override {
    if (!index.isValid() || !table_) return {};
    if (role == Qt::DisplayRole) return cellOf(*table_, index.row(), index.column());
    if (role == Qt::TextAlignmentRole) return alignment(index.column());
    return {};
  }
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override {
    if (orientation != Qt::Horizontal || !table_ || section < 0 || section >= columnCount({})) return {};
    if (role == Qt::DisplayRole) return text(table_->columns[static_cast<std::size_t>(section)]);
    if (role == Qt::TextAlignmentRole) return alignment(section);
    return {};
  }

 private:
  QVariant alignment(int column) const {
    return QVariant(Qt::AlignVCenter | (numeric_[static_cast<std::size_t>(column)] ? Qt::AlignRight : Qt::AlignLeft));
  }

  std::shared_ptr<const Table> table_;
  std::vector<bool> numeric_;
};

}  // namespace

struct TableView::Implementation {
  EventTableModel model;
  QTableView* grid = nullptr;
};

TableView::TableView(QWidget* parent) : View(parent), implementation_(std::make_unique<Implementation>()) {
  auto* grid = implementation_->grid = new QTableView(this);
  grid->setModel(&implementation_->model);
  grid->setShowGrid(false);
  grid->verticalHeader()->hide();
  grid->verticalHeader()->setDefaultSectionSize(static_cast<int>(row_height));
  grid->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  grid->horizontalHeader()->setMinimumSectionSize(72);
  grid->horizontalHeader()->setHighlightSections(false);
  grid->setSelectionBehavior(QAbstractItemView::SelectRows);
  grid->setEditTriggers(QAbstractItemView::NoEditTriggers);
  grid->setTabKeyNavigation(false);
  grid->setAccessibleName(title());
  addCopyShortcut(grid);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins({});
  layout->addWidget(grid);
  setFocusProxy(grid);
  setAccessibleName(title());
  setAccessibleDescription(tr("A table; no rows yet."));
  connect(this, &View::titleChanged, this, [this] { implementation_->grid->setAccessibleName(title()); });
}

TableView::~TableView() {
  delete implementation_->grid;  // before the model that it reads
}

QString TableView::title() const {
  const auto& table = implementation_->model.table();
  return table && !table->title.empty() ? text(table->title) : tr("Table");
}

QString TableView::subtitle() const {
  const auto& table = implementation_->model.table();
  return table ? tr("%1 rows").arg(table->rows.size()) : QString();
}

void TableView::show(const Event& event) {
  const auto* table = std::get_if<std::shared_ptr<const Table>>(&event);
  if (!table || !*table) return;
  implementation_->model.set(*table);
  setAccessibleDescription(
      tr("A table of %1 rows and %2 columns.").arg((*table)->rows.size()).arg((*table)->columns.size()));
  emit titleChanged();
}

View::Numbers TableView::numbers() const {
  Numbers all;
  const auto& table = implementation_->model.table();
  if (!table) return all;
  for (const auto& column : table->columns) all.columns << text(column);
  for (int row = 0; row < static_cast<int>(table->rows.size()); ++row) {
    QStringList cells;
    for (int column = 0; column < static_cast<int>(table->columns.size()); ++column)
      cells << cellOf(*table, row, column);
    all.rows.push_back(cells);
  }
  return all;
}

void TableView::paintTo(QPainter& painter, const QRectF& area) {
  const auto& table = implementation_->model.table();
  if (!table || table->columns.empty()) return;
  const Theme& colors = theme();
  painter.save();
  const double width = area.width() / static_cast<double>(table->columns.size());
  const auto line = [&](double top, const QColor& color) {
    painter.setPen(QPen(color, 1));
    painter.drawLine(QPointF(area.left(), top), QPointF(area.right(), top));
  };
  const auto cell = [&](double top, int column, const QString& content) {
    const QRectF box(area.left() + column * width + 8, top, width - 16, row_height);
    const Qt::Alignment side = numeric(*table, column) ? Qt::AlignRight : Qt::AlignLeft;
    painter.drawText(box, static_cast<int>(side | Qt::AlignVCenter),
                     QFontMetricsF(painter.font()).elidedText(content, Qt::ElideRight, box.width()));
  };
  painter.setFont(themeFont(12, QFont::DemiBold));
  painter.setPen(colors.secondary);
  for (int column = 0; column < static_cast<int>(table->columns.size()); ++column)
    cell(area.top(), column, text(table->columns[static_cast<std::size_t>(column)]));
  line(area.top() + row_height, colors.line);
  painter.setFont(themeFont(13));
  double top = area.top() + row_height;
  for (int row = 0; row < static_cast<int>(table->rows.size()) && top + row_height <= area.bottom() + 1; ++row) {
    painter.setPen(colors.text);
    for (int column = 0; column < static_cast<int>(table->columns.size()); ++column)
      cell(top, column, cellOf(*table, row, column));
    top += row_height;
    line(top, colors.grid);
  }
  painter.restore();
}

}  // namespace gb
