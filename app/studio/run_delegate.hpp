#pragma once

#include <QStyledItemDelegate>

namespace gb {

/// Rows of the run table: a dot in the run's colour before the name, the state as a badge, tabular figures.
class RunDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

}  // namespace gb
