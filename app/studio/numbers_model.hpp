#pragma once

#include <QAbstractTableModel>

#include "widgets/view.hpp"

namespace gb {

/// A view's numbers as a table.
class NumbersModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  explicit NumbersModel(View::Numbers numbers, QObject* parent = nullptr);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  View::Numbers numbers_;
};

}  // namespace gb
