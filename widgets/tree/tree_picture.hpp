#pragma once

#include <QRectF>
#include <memory>
#include <optional>
#include <vector>

#include "widgets/legend.hpp"
#include "widgets/plot/axis_ticks.hpp"
#include "widgets/tree/tree_layout.hpp"

class QPainter;

namespace gb {

/// A tree as it is drawn at one size: decision trees as boxes with their words, dendrograms as brackets at their
/// heights. Only what is in view and large enough to be seen is visited: a subtree thinner than a pixel or two becomes
/// a line.
class TreePicture {
 public:
  /// `view` is the part of the layout's plane on show (left and top are the smallest x and y), null for all of it.
  TreePicture(std::shared_ptr<const Tree> tree, std::shared_ptr<const TreeLayout> layout, const QSizeF& size,
              const std::optional<QRectF>& view);

  /// All there is, with some air.
  static QRectF whole(const Tree& tree, const TreeLayout& layout);

  const QRectF& view() const { return view_; }
  const QRectF& plot() const { return plot_; }
  void paint(QPainter& painter) const;
  /// A frame around a node, where it is drawn.
  void paintFrame(QPainter& painter, std::int32_t node, const QColor& color) const;
  /// The node that is drawn there.
  std::optional<std::int32_t> nodeAt(const QPointF& pixel) const;
  /// Where a node is drawn (a bracket: its bar); null where it is not.
  QRectF rect(std::int32_t node) const;
  QPointF position(const QPointF& pixel) const;
  /// How many nodes are drawn by themselves.
  std::size_t drawn() const { return drawn_.size(); }

 private:
  struct Drawn {
    std::int32_t node;
    QRectF rect;
    bool closed;  ///< its children are too small to be seen: a line stands for them
  };
  std::vector<LegendEntry> legend() const;
  void measure(const QSizeF& size);
  void visit();
  QRectF place(std::int32_t node) const;
  double pixelX(double x) const { return plot_.left() + (x - view_.left()) / view_.width() * plot_.width(); }
  double pixelY(double y) const;
  QColor color(std::int32_t node) const;
  void paintAxis(QPainter& painter) const;
  void paintEdges(QPainter& painter) const;
  void paintBoxes(QPainter& painter) const;
  void paintBrackets(QPainter& painter) const;
  void paintLeafNames(QPainter& painter) const;

  std::shared_ptr<const Tree> tree_;
  std::shared_ptr<const TreeLayout> layout_;
  QSizeF size_;
  QRectF view_, plot_;
  double legend_ = 0, names_ = 0;  ///< heights of what stands above and below
  std::vector<Tick> ticks_;
  std::vector<Drawn> drawn_;
};

}  // namespace gb
