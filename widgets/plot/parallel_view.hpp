#pragma once

#include <memory>
#include <optional>

#include "widgets/plot/value_axis.hpp"
#include "widgets/view.hpp"

namespace gb {

/// Parallel coordinates: an upright axis for each column, a line for each item. Dragging along an axis keeps only the
/// items whose lines pass there; dragging that stretch moves it, its ends change it, a click on the axis takes it away,
/// a double click all. A column may give the colours (viridis; grey where an item has no value). The pointer names the
/// item it is at. By keyboard: left and right choose an axis, Space sets a stretch there, up and down move it (with
/// Shift: its upper end, with Control: its lower end), Delete takes it away, Page up and down walk through the items.
/// Lines are rasterised off the UI thread.
class ParallelView : public View {
  Q_OBJECT
 public:
  explicit ParallelView(QWidget* parent = nullptr);
  ~ParallelView() override;

  /// Stretches on axes whose names stay are kept.
  void setItems(ItemTable items);
  /// -1: by the items' own colours.
  void setColorColumn(int column);
  /// A stretch of an axis, as shares of its length from below; nothing takes it away.
  void setBrush(int column, const std::optional<Span>& brush);
  void clearBrushes();

  /// The items that pass all stretches, in order.
  std::vector<int> kept() const;
  /// Where a share of an axis is painted, in the view's coordinates.
  QPointF pixelOf(int column, double position) const;
  /// The item that is pointed at, or -1.
  int pointedAt() const;
  /// Whether the picture shows what was set last.
  bool drawn() const;

  QString title() const override;
  QString subtitle() const override;
  void show(const Event&) override {}
  /// Of the items that are kept.
  Numbers numbers() const override;
  void paintTo(QPainter& painter, const QRectF& area) override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  void keptChanged();
  /// A double click on a line, or Return.
  void itemActivated(int item);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
