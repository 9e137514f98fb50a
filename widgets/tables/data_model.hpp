#pragma once

#include <QAbstractTableModel>
#include <memory>

#include "core/data/dataset.hpp"

namespace gb {

/// The rows of a table dataset, read in place: a million rows cost nothing.
class DataModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  explicit DataModel(QObject* parent = nullptr);

  void setDataset(std::shared_ptr<const Dataset> dataset);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::shared_ptr<const Dataset> dataset_;
};

}  // namespace gb
