#pragma once

#include <memory>

#include "widgets/view.hpp"

namespace gb {

/// A point cloud with groups, centres and a decision region behind it; rasterised off the UI thread. Zoom with the
/// wheel, pan by dragging with the middle button or Space, lasso or click to select (Shift adds), hover for values;
/// with the keyboard the arrows walk from point to point, Enter selects, + - zoom, Home shows everything.
class PointView : public View {
  Q_OBJECT
 public:
  explicit PointView(QWidget* parent = nullptr);
  ~PointView() override;

  QString title() const override;
  QString subtitle() const override;
  void show(const Event& event) override;
  void highlightRows(const std::vector<std::int64_t>& rows) override;
  /// With rings, and a line to each from the point that is pointed at.
  void markRows(std::int64_t row, const std::vector<std::int64_t>& rows) override;
  Numbers numbers() const override;
  void paintTo(QPainter& painter, const QRectF& area) override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

  /// Where a position of the plane is painted, in the view's coordinates.
  QPointF pixelOf(const QPointF& position) const;
  /// Shows the whole cloud again.
  void resetZoom();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
