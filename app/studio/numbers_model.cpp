#include "app/studio/numbers_model.hpp"

#include <utility>

namespace gb {

NumbersModel::NumbersModel(View::Numbers numbers, QObject* parent)
    : QAbstractTableModel(parent), numbers_(std::move(numbers)) {}

int NumbersModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(numbers_.rows.size());
}

int NumbersModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(numbers_.columns.size());
}

QVariant NumbersModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || role != Qt::DisplayRole) return {};
  return numbers_.rows[static_cast<std::size_t>(index.row())].value(index.column());
}

QVariant NumbersModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (role != Qt::DisplayRole) return {};
  if (orientation == Qt::Vertical) return section + 1;
  return numbers_.columns.value(section);
}

}  // namespace gb
