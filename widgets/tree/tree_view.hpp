#pragma once

#include <memory>

#include "widgets/view.hpp"

namespace gb {

/// A decision tree as boxes, coloured by group and the stronger the purer, or a dendrogram as brackets at their
/// heights. Wheel and + - zoom, dragging pans, a double click or Home shows everything; the pointer tells a node's
/// detail. With the keyboard Up goes to the parent, Down to the first child, Left and Right to its neighbours.
class TreeView : public View {
  Q_OBJECT
 public:
  explicit TreeView(QWidget* parent = nullptr);
  ~TreeView() override;

  QString title() const override;
  QString subtitle() const override;
  void show(const Event& event) override;
  Numbers numbers() const override;
  void paintTo(QPainter& painter, const QRectF& area) override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

  /// Where a node is painted, in the view's coordinates; null where it is too small or out of sight.
  QRectF nodeRect(int node) const;
  /// How many nodes are painted by themselves.
  std::size_t nodesPainted() const;
  /// What the pointer is told about a node.
  QString detail(int node) const;
  /// `factor` below 1 zooms in.
  void zoom(const QPointF& around, double factor);
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
  void changeEvent(QEvent* event) override;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
