#pragma once

#include <QStyledItemDelegate>

namespace gb {

/// Rows of the run table: a star, a dot in the run's colour before the name, the state as a badge, tags as chips,
/// tabular figures. Tags are edited in place as "a, b", with the tags of other runs to choose from.
class RunDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  void updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                            const QModelIndex& index) const override;
};

}  // namespace gb
