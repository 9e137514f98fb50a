#pragma once

#include <memory>

#include "widgets/view.hpp"

namespace gb {

/// A point cloud with groups, centres and a decision region behind it; rasterised off the UI thread. Zoom with the
/// wheel, pan by dragging with the middle button or Space, lasso or click to select, hover for values.
class PointView : public View {
  Q_OBJECT
 public:
  explicit PointView(QWidget* parent = nullptr);
  ~PointView() override;

  QString title() const override;
  QString subtitle() const override;
  void show(const Event& event) override;
  void highlightRows(const std::vector<std::int64_t>& rows) override;
  Numbers numbers() const override;
  void paintTo(QPainter& painter, const QRectF& area) override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
