#include "app/studio/selected_rows_model.hpp"

#include <QLocale>
#include <utility>

namespace gb {

void SelectedRowsModel::setRows(std::shared_ptr<const Dataset> dataset, std::vector<std::int64_t> rows) {
  beginResetModel();
  dataset_ = std::move(dataset);
  rows_ = std::move(rows);
  endResetModel();
}

int SelectedRowsModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() || !dataset_ || !dataset_->table() ? 0 : static_cast<int>(rows_.size());
}

int SelectedRowsModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() || !dataset_ || !dataset_->table() ? 0 : static_cast<int>(dataset_->table()->columns.size());
}

QVariant SelectedRowsModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const auto& column = dataset_->table()->columns[static_cast<std::size_t>(index.column())];
  if (role == Qt::TextAlignmentRole)
    return int(Qt::AlignVCenter | (column.type == ColumnType::numeric ? Qt::AlignRight : Qt::AlignLeft));
  if (role != Qt::DisplayRole) return {};
  return QString::fromStdString(column.cell(static_cast<std::size_t>(rows_[static_cast<std::size_t>(index.row())])));
}

QVariant SelectedRowsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (role != Qt::DisplayRole || !dataset_ || !dataset_->table()) return {};
  if (orientation == Qt::Horizontal)
    return QString::fromStdString(dataset_->table()->columns[static_cast<std::size_t>(section)].name);
  return QLocale().toString(qlonglong(rows_[static_cast<std::size_t>(section)]));
}

}  // namespace gb
