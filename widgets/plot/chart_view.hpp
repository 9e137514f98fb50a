#pragma once

#include <memory>

#include "widgets/view.hpp"

namespace gb {

/// Lines or bars over an axis that is no time. Wheel and + - zoom along x, dragging pans, a double click or Home shows
/// everything again; the pointer, or the arrow keys, show values. What is denser than the screen is drawn as lowest and
/// highest of each pixel column.
class ChartView : public View {
  Q_OBJECT
 public:
  explicit ChartView(QWidget* parent = nullptr);
  ~ChartView() override;

  QString title() const override;
  QString subtitle() const override;
  void show(const Event& event) override;
  Numbers numbers() const override;
  void paintTo(QPainter& painter, const QRectF& area) override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

  /// Where a value is painted, in the view's coordinates.
  QPointF pixelOf(const QPointF& value) const;
  /// The stretch of x on show, and back to all of it.
  void zoom(double from, double to);
  void resetZoom();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
