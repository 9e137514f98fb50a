#include "widgets/images/point_canvas.hpp"

#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr double margin = 8;
constexpr double smallest_brush = 0.02, largest_brush = 0.6;
constexpr double key_step = 0.04;
constexpr std::size_t most_undo = 200;
constexpr double dot = 3.5;

}  // namespace

PointCanvas::PointCanvas(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setCursor(Qt::CrossCursor);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setAccessibleName(tr("Canvas for points"));
  describe();
}

void PointCanvas::describe() {
  setAccessibleDescription(
      tr("%1 points. Arrow keys move the brush, Space paints, Delete erases, 1 to 9 choose a class.")
          .arg(QLocale().toString(qulonglong(points_.size()))));
}

QColor PointCanvas::colorOf(int kind) {
  constexpr int series = 8;
  return kind < series ? seriesColor(kind) : theme().text;
}

QRectF PointCanvas::square() const {
  const double side = std::min(width(), height()) - 2 * margin;
  return {(width() - side) / 2, (height() - side) / 2, side, side};
}

QPointF PointCanvas::place(double x, double y) const {
  const QRectF area = square();
  return {area.left() + (x + 1) / 2 * area.width(), area.bottom() - (y + 1) / 2 * area.height()};
}

QPointF PointCanvas::coordinates(const QPointF& at) const {
  const QRectF area = square();
  return {(at.x() - area.left()) / area.width() * 2 - 1, (area.bottom() - at.y()) / area.height() * 2 - 1};
}

std::size_t PointCanvas::count(int kind) const {
  return static_cast<std::size_t>(
      std::count_if(points_.begin(), points_.end(), [&](const PaintedPoint& point) { return point.kind == kind; }));
}

void PointCanvas::beginStroke() {
  stroke_start_ = points_;
  stroking_ = true;
}

void PointCanvas::endStroke() {
  if (!std::exchange(stroking_, false)) return;
  if (points_ == stroke_start_) return;
  before_.push_back(std::move(stroke_start_));
  if (before_.size() > most_undo) before_.erase(before_.begin());
  after_.clear();
  describe();
  update();
  emit pointsChanged();
}

void PointCanvas::setPoints(std::vector<PaintedPoint> points) {
  beginStroke();
  points_ = std::move(points);
  endStroke();
}

void PointCanvas::clear() {
  setPoints({});
}

void PointCanvas::undo() {
  endStroke();
  if (before_.empty()) return;
  after_.push_back(std::exchange(points_, std::move(before_.back())));
  before_.pop_back();
  describe();
  update();
  emit pointsChanged();
}

void PointCanvas::redo() {
  endStroke();
  if (after_.empty()) return;
  before_.push_back(std::exchange(points_, std::move(after_.back())));
  after_.pop_back();
  describe();
  update();
  emit pointsChanged();
}

void PointCanvas::setKind(int kind) {
  kind_ = std::clamp(kind, 0, most_kinds - 1);
  erases_ = false;
  update();
}

void PointCanvas::setErases(bool erases) {
  erases_ = erases;
  update();
}

void PointCanvas::setBrush(double radius) {
  brush_ = std::clamp(radius, smallest_brush, largest_brush);
  update();
}

void PointCanvas::setDensity(int points) {
  density_ = std::clamp(points, 1, 100);
}

void PointCanvas::scatter(const QPointF& at, int count) {
  for (int i = 0; i < count; ++i) {
    if (points_.size() >= most_points) {
      emit full();
      return;
    }
    // Uniform over the disc; what falls off the square is not painted.
    const double radius = brush_ * std::sqrt(random_.uniform());
    const double angle = random_.uniform(0, 2 * std::numbers::pi);
    const PaintedPoint point{at.x() + radius * std::cos(angle), at.y() + radius * std::sin(angle), kind_};
    if (std::abs(point.x) <= 1 && std::abs(point.y) <= 1) points_.push_back(point);
  }
}

void PointCanvas::erase(const QPointF& at) {
  std::erase_if(points_,
                [&](const PaintedPoint& point) { return std::hypot(point.x - at.x(), point.y - at.y()) <= brush_; });
}

void PointCanvas::press(const QPointF& at) {
  if (erases_)
    erase(at);
  else
    scatter(at, density_);
  update();
}

void PointCanvas::drag(const QPointF& from, const QPointF& to) {
  // As many a length of the brush as a press scatters: the speed of the hand does not matter.
  const double length = std::hypot(to.x() - from.x(), to.y() - from.y());
  const double spacing = erases_ ? brush_ / 2 : brush_;
  double done = 0;
  while (travelled_ + (length - done) >= spacing) {
    done += spacing - travelled_;
    travelled_ = 0;
    press(from + (to - from) * (length > 0 ? done / length : 0));
  }
  travelled_ += length - done;
}

void PointCanvas::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return QWidget::mousePressEvent(event);
  beginStroke();
  last_ = cursor_ = coordinates(event->position());
  by_keys_ = false;
  travelled_ = 0;
  press(last_);
}

void PointCanvas::mouseMoveEvent(QMouseEvent* event) {
  cursor_ = coordinates(event->position());
  by_keys_ = false;
  over_ = true;
  if (stroking_ && event->buttons().testFlag(Qt::LeftButton)) {
    drag(last_, cursor_);
    last_ = cursor_;
  }
  update();
}

void PointCanvas::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) endStroke();
}

void PointCanvas::wheelEvent(QWheelEvent* event) {
  setBrush(brush_ * std::pow(1.15, event->angleDelta().y() / 120.0));
  emit toolChanged();
  event->accept();
}

void PointCanvas::leaveEvent(QEvent*) {
  over_ = false;
  update();
}

bool PointCanvas::event(QEvent* event) {
  // While the canvas has the keyboard, undo means its strokes and not the experiment.
  if (event->type() == QEvent::ShortcutOverride) {
    auto* key = static_cast<QKeyEvent*>(event);
    if (key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo) ||
        (key->key() == Qt::Key_Z && key->modifiers() == (Qt::ControlModifier | Qt::ShiftModifier))) {
      event->accept();
      return true;
    }
  }
  return QWidget::event(event);
}

void PointCanvas::keyPressEvent(QKeyEvent* event) {
  const auto move = [&](double x, double y) {
    const double step = event->modifiers().testFlag(Qt::ShiftModifier) ? 4 * key_step : key_step;
    const QPointF from = cursor_;
    cursor_ = {std::clamp(cursor_.x() + x * step, -1.0, 1.0), std::clamp(cursor_.y() + y * step, -1.0, 1.0)};
    by_keys_ = true;
    if (event->modifiers().testFlag(Qt::ControlModifier)) {
      beginStroke();
      drag(from, cursor_);
      endStroke();
    }
    update();
  };
  if (event->matches(QKeySequence::Undo)) return undo();
  if (event->matches(QKeySequence::Redo) ||
      (event->key() == Qt::Key_Z && event->modifiers() == (Qt::ControlModifier | Qt::ShiftModifier)))
    return redo();
  const int key = event->key();
  if (key >= Qt::Key_1 && key <= Qt::Key_9) {
    setKind(key - Qt::Key_1);
    emit toolChanged();
    return;
  }
  switch (key) {
    case Qt::Key_Left:
      return move(-1, 0);
    case Qt::Key_Right:
      return move(1, 0);
    case Qt::Key_Up:
      return move(0, 1);
    case Qt::Key_Down:
      return move(0, -1);
    case Qt::Key_Space:
    case Qt::Key_Delete: {
      const bool erased = erases_;
      if (key == Qt::Key_Delete) erases_ = true;
      by_keys_ = true;
      beginStroke();
      press(cursor_);
      endStroke();
      erases_ = erased;
      return;
    }
    case Qt::Key_E:
      setErases(!erases_);
      emit toolChanged();
      return;
    case Qt::Key_BracketLeft:
    case Qt::Key_Minus:
      setBrush(brush_ / 1.25);
      emit toolChanged();
      return;
    case Qt::Key_BracketRight:
    case Qt::Key_Plus:
      setBrush(brush_ * 1.25);
      emit toolChanged();
      return;
    default:
      QWidget::keyPressEvent(event);
  }
}

void PointCanvas::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) update();
  QWidget::changeEvent(event);
}

void PointCanvas::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const Theme& colors = theme();
  const QRectF area = square();
  painter.setPen(QPen(hasFocus() ? colors.accent : colors.line, 1));
  painter.setBrush(colors.panel);
  painter.drawRoundedRect(area, 4, 4);
  painter.setPen(QPen(colors.grid, 1));
  for (const double at : {-0.5, 0.0, 0.5}) {
    painter.drawLine(place(at, -1), place(at, 1));
    painter.drawLine(place(-1, at), place(1, at));
  }
  if (points_.empty() && !stroking_) {
    painter.setPen(colors.secondary);
    painter.setFont(themeFont(13));
    painter.drawText(
        area.adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap,
        tr("Hold the mouse button and move to paint points.\nWith the keyboard: arrows move, Space paints."));
  }
  painter.setPen(QPen(colors.panel, 0.8));
  int last = -1;
  for (const auto& point : points_) {
    if (point.kind != last) painter.setBrush(colorOf(last = point.kind));
    painter.drawEllipse(place(point.x, point.y), dot, dot);
  }
  if (!over_ && !(by_keys_ && hasFocus())) return;
  const double radius = brush_ / 2 * area.width();
  painter.setClipRect(area);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(erases_ ? colors.error : colorOf(kind_), 1.6, erases_ ? Qt::DashLine : Qt::SolidLine));
  painter.drawEllipse(place(cursor_.x(), cursor_.y()), radius, radius);
  painter.setPen(QPen(colors.text, 1));
  const QPointF middle = place(cursor_.x(), cursor_.y());
  painter.drawLine(middle - QPointF(4, 0), middle + QPointF(4, 0));
  painter.drawLine(middle - QPointF(0, 4), middle + QPointF(0, 4));
}

}  // namespace gb
