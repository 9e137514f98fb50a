#pragma once

#include <memory>

#include "widgets/plot/value_axis.hpp"
#include "widgets/view.hpp"

namespace gb {

/// Items as dots over two of their columns, coloured by a third. Either axis may be logarithmic; zeros then stand
/// apart at its beginning. Items that lack a value are counted. The pointer, or left and right, name an item.
class ScatterView : public View {
  Q_OBJECT
 public:
  explicit ScatterView(QWidget* parent = nullptr);
  ~ScatterView() override;

  void setItems(ItemTable items);
  /// Positions among the columns; `color` -1: by the items' own colours.
  void setColumns(int x, int y, int color);
  void setLogX(bool on);
  void setLogY(bool on);

  /// How many items have both values.
  int shown() const;
  int pointedAt() const;
  /// Where an item is painted, in the view's coordinates.
  QPointF pixelOf(int item) const;

  QString title() const override;
  QString subtitle() const override;
  void show(const Event&) override {}
  Numbers numbers() const override;
  void paintTo(QPainter& painter, const QRectF& area) override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  void itemActivated(int item);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
