#pragma once

#include <QAbstractTableModel>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/data/dataset.hpp"

namespace gb {

/// Some rows of a table dataset.
class SelectedRowsModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  using QAbstractTableModel::QAbstractTableModel;

  void setRows(std::shared_ptr<const Dataset> dataset, std::vector<std::int64_t> rows);

  std::int64_t rowAt(int line) const { return rows_[static_cast<std::size_t>(line)]; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::shared_ptr<const Dataset> dataset_;
  std::vector<std::int64_t> rows_;
};

}  // namespace gb
