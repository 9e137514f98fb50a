#pragma once

#include <QWidget>
#include <cstdint>
#include <vector>

#include "core/base/random.hpp"

namespace gb {

/// A point that was painted: both coordinates from -1 to 1, y upwards.
struct PaintedPoint {
  double x = 0, y = 0;
  int kind = 0;  ///< its class, from 0

  bool operator==(const PaintedPoint&) const = default;
};

/// A square on which points are painted with a brush that scatters them, with the mouse or with a cursor that the arrow
/// keys move and Space presses. Each stroke can be undone.
class PointCanvas : public QWidget {
  Q_OBJECT
 public:
  static constexpr int most_kinds = 9;
  static constexpr std::size_t most_points = 20000;

  explicit PointCanvas(QWidget* parent = nullptr);

  const std::vector<PaintedPoint>& points() const { return points_; }
  /// Replaces all of them, which can be undone.
  void setPoints(std::vector<PaintedPoint> points);
  std::size_t count(int kind) const;

  /// As in every view; what would be a colour again is that of letters.
  static QColor colorOf(int kind);

  int kind() const { return kind_; }
  bool erases() const { return erases_; }
  double brush() const { return brush_; }
  int density() const { return density_; }
  void setKind(int kind);
  void setErases(bool erases);
  /// Radius, in units of the coordinates.
  void setBrush(double radius);
  /// How many points a press scatters.
  void setDensity(int points);

  bool canUndo() const { return !before_.empty(); }
  bool canRedo() const { return !after_.empty(); }
  void undo();
  void redo();
  void clear();

  /// Where a point is painted, in the widget's coordinates.
  QPointF place(double x, double y) const;
  QSize sizeHint() const override { return {560, 560}; }
  QSize minimumSizeHint() const override { return {280, 280}; }

 signals:
  void pointsChanged();
  /// Class, eraser or brush are other ones, by a key.
  void toolChanged();
  /// The most points there can be have been painted.
  void full();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void leaveEvent(QEvent* event) override;
  bool event(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  QRectF square() const;
  QPointF coordinates(const QPointF& at) const;
  void beginStroke();
  void endStroke();
  void press(const QPointF& at);
  void drag(const QPointF& from, const QPointF& to);
  void scatter(const QPointF& at, int count);
  void erase(const QPointF& at);
  void describe();

  std::vector<PaintedPoint> points_, stroke_start_;
  std::vector<std::vector<PaintedPoint>> before_, after_;
  int kind_ = 0;
  bool erases_ = false;
  double brush_ = 0.16;
  int density_ = 8;
  Random random_{1};
  bool stroking_ = false;
  QPointF last_;          ///< of the stroke, in coordinates
  double travelled_ = 0;  ///< since points were scattered last
  QPointF cursor_{0, 0};  ///< in coordinates
  bool by_keys_ = false;  ///< the cursor was moved by keys
  bool over_ = false;     ///< the pointer is above
};

}  // namespace gb
