#include "widgets/tables/data_model.hpp"

#include <QColor>
#include <limits>

#include "widgets/number_text.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

QString typeText(ColumnType type) {
  switch (type) {
    case ColumnType::numeric:
      return DataModel::tr("number");
    case ColumnType::categorical:
      return DataModel::tr("category");
    case ColumnType::text:
      return DataModel::tr("text");
    case ColumnType::date:
      return DataModel::tr("date");
  }
  return {};
}

/// Of a table its columns; of pictures their labels.
const Column* columnOf(const Dataset& dataset, int section) {
  if (const DataTable* table = dataset.table()) {
    const auto index = static_cast<std::size_t>(section);
    return section >= 0 && index < table->columns.size() ? &table->columns[index] : nullptr;
  }
  return section == 0 ? dataset.target_column() : nullptr;
}

}  // namespace

DataModel::DataModel(QObject* parent) : QAbstractTableModel(parent) {}

void DataModel::setDataset(std::shared_ptr<const Dataset> dataset) {
  beginResetModel();
  dataset_ = std::move(dataset);
  endResetModel();
}

int DataModel::rowCount(const QModelIndex& parent) const {
  if (parent.isValid() || !dataset_) return 0;
  return static_cast<int>(std::min<std::size_t>(dataset_->rows(), std::numeric_limits<int>::max()));
}

int DataModel::columnCount(const QModelIndex& parent) const {
  if (parent.isValid() || !dataset_) return 0;
  if (const DataTable* table = dataset_->table()) return static_cast<int>(table->columns.size());
  return dataset_->target_column() ? 1 : 0;
}

QVariant DataModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || !dataset_ || index.row() >= rowCount()) return {};
  const Column* column = columnOf(*dataset_, index.column());
  if (!column) return {};
  const auto row = static_cast<std::size_t>(index.row());
  switch (role) {
    case Qt::DisplayRole:
      return column->missing(row) ? QStringLiteral("–") : QString::fromStdString(column->cell(row));
    case Qt::ForegroundRole:
      return column->missing(row) ? QVariant(theme().secondary) : QVariant();
    case Qt::ToolTipRole:
      return column->missing(row) ? QVariant(tr("missing")) : QVariant();
    case Qt::TextAlignmentRole:
      return QVariant(Qt::AlignVCenter | (column->type == ColumnType::numeric ? Qt::AlignRight : Qt::AlignLeft));
    default:
      return {};
  }
}

QVariant DataModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (!dataset_) return {};
  if (orientation == Qt::Vertical) {
    if (role == Qt::DisplayRole && section >= 0 && section < rowCount()) return wholeText(section);
    return role == Qt::TextAlignmentRole ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
  }
  const Column* column = columnOf(*dataset_, section);
  if (!column) return {};
  switch (role) {
    case Qt::DisplayRole:
      return QString::fromStdString(column->name);
    case Qt::ToolTipRole: {
      QString tip = QString::fromStdString(column->name) + QStringLiteral(" · ") + typeText(column->type);
      if (column == dataset_->target_column()) tip += QStringLiteral(" · ") + tr("target");
      return tip;
    }
    case Qt::TextAlignmentRole:
      return QVariant(Qt::AlignVCenter | (column->type == ColumnType::numeric ? Qt::AlignRight : Qt::AlignLeft));
    default:
      return {};
  }
}

}  // namespace gb
