#pragma once

#include <QRect>
#include <QStyledItemDelegate>
#include <array>

namespace gb {

/// Where the figures of a layer stand in a line of this width; head, rows and totals share it. What there is no room
/// for is empty.
struct NetworkColumns {
  QRect name;
  std::array<QRect, 4> figures;  ///< output, parameters, memory, multiply-adds

  static NetworkColumns in(const QRect& line);
};

/// A layer as two lines at the left, its figures at the right, what is wrong with it below in red.
class NetworkDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  /// Rows that nobody can edit are shown paler.
  void setEditable(bool editable) { editable_ = editable; }
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

 private:
  bool editable_ = true;
};

}  // namespace gb
