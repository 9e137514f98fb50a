#include "widgets/images/draw_canvas.hpp"

#include <QImage>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>
#include <utility>

#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr std::size_t most_remembered = 200;

QImage imageOf(const DrawCanvas::Picture& picture) {
  QImage image(picture.width, picture.height, QImage::Format_RGB32);
  const auto plane = static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height);
  for (int y = 0; y < picture.height; ++y) {
    auto* line = reinterpret_cast<QRgb*>(image.scanLine(y));
    for (int x = 0; x < picture.width; ++x) {
      const std::size_t at = static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width) + std::size_t(x);
      const int red = picture.pixels[at];
      line[x] = picture.channels >= 3 ? qRgb(red, picture.pixels[at + plane], picture.pixels[at + 2 * plane])
                                      : qRgb(red, red, red);
    }
  }
  return image;
}

/// Orange where covering a place takes from the answer, blue where it adds to it.
QImage heatImage(const std::vector<float>& heat, int width, int height) {
  QImage image(width, height, QImage::Format_ARGB32_Premultiplied);
  image.fill(Qt::transparent);
  float most = 1e-6f;
  for (const float value : heat) most = std::max(most, std::abs(value));
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const float value = heat[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + std::size_t(x)] / most;
      QColor color = seriesColor(value > 0 ? 4 : 0);
      color.setAlphaF(0.7f * std::abs(value));
      image.setPixelColor(x, y, color);
    }
  return image;
}

double distanceTo(const QPointF& from, const QPointF& to, const QPointF& at) {
  const QPointF way = to - from;
  const double length = QPointF::dotProduct(way, way);
  const double share = length > 0 ? std::clamp(QPointF::dotProduct(at - from, way) / length, 0.0, 1.0) : 0;
  const QPointF gap = at - (from + share * way);
  return std::hypot(gap.x(), gap.y());
}

}  // namespace

DrawCanvas::DrawCanvas(QWidget* parent) : QWidget(parent) {
  setObjectName("draw-canvas");
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setCursor(Qt::CrossCursor);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setAccessibleName(tr("Canvas"));
  setAccessibleDescription(tr("Arrow keys move the pen, Space puts it down and lifts it."));
}

void DrawCanvas::setPicture(Picture picture, std::vector<std::uint8_t> ground) {
  ground_ = std::move(ground);
  before_.clear();
  after_.clear();
  pen_ = QPointF(picture.width / 2.0, picture.height / 2.0);
  down_ = false;
  heat_.clear();
  replace(std::move(picture));
  emit historyChanged();
}

void DrawCanvas::setBrush(double diameter) {
  brush_ = diameter;
  update();
}

void DrawCanvas::setHeat(std::vector<float> heat) {
  if (!heat.empty() && heat.size() != std::size_t(picture_.width) * std::size_t(picture_.height)) heat.clear();
  heat_ = std::move(heat);
  update();
}

void DrawCanvas::replace(Picture picture) {
  picture_ = std::move(picture);
  update();
  emit painted();
}

void DrawCanvas::remember() {
  if (before_.size() == most_remembered) before_.erase(before_.begin());
  before_.push_back(picture_);
  after_.clear();
  emit historyChanged();
}

void DrawCanvas::undo() {
  if (before_.empty()) return;
  lift();
  after_.push_back(picture_);
  Picture picture = std::move(before_.back());
  before_.pop_back();
  replace(std::move(picture));
  emit historyChanged();
}

void DrawCanvas::redo() {
  if (after_.empty()) return;
  lift();
  before_.push_back(picture_);
  Picture picture = std::move(after_.back());
  after_.pop_back();
  replace(std::move(picture));
  emit historyChanged();
}

void DrawCanvas::clear() {
  if (picture_.pixels.empty()) return;
  Picture empty = picture_;
  const auto plane = static_cast<std::ptrdiff_t>(picture_.width) * picture_.height;
  for (int channel = 0; channel < empty.channels; ++channel)
    std::fill_n(empty.pixels.begin() + channel * plane, plane, ground_[static_cast<std::size_t>(channel)]);
  if (empty == picture_) return;
  remember();
  replace(std::move(empty));
}

QRectF DrawCanvas::pictureRect() const {
  if (picture_.width <= 0 || picture_.height <= 0) return {};
  const double scale = std::min((width() - 2.0) / picture_.width, (height() - 2.0) / picture_.height);
  // Whole pixels stay sharp where there is room for them.
  const double factor = scale >= 2 ? std::floor(scale) : scale;
  const QSizeF size(picture_.width * factor, picture_.height * factor);
  return {QPointF(std::floor((width() - size.width()) / 2), std::floor((height() - size.height()) / 2)), size};
}

QPointF DrawCanvas::onPicture(const QPointF& at) const {
  const QRectF area = pictureRect();
  return {(at.x() - area.left()) * picture_.width / area.width(),
          (at.y() - area.top()) * picture_.height / area.height()};
}

void DrawCanvas::stroke(const QPointF& to) {
  const double radius = brush_ / 2;
  const QPointF from = pen_;
  pen_ = to;
  const int colors[] = {ink_.red(), ink_.green(), ink_.blue()};
  const auto plane = static_cast<std::size_t>(picture_.width) * static_cast<std::size_t>(picture_.height);
  const auto least = [&](double a, double b) { return std::max(0, int(std::floor(std::min(a, b) - radius - 1))); };
  const auto most = [&](double a, double b, int side) {
    return std::min(side - 1, int(std::ceil(std::max(a, b) + radius + 1)));
  };
  for (int y = least(from.y(), to.y()); y <= most(from.y(), to.y(), picture_.height); ++y)
    for (int x = least(from.x(), to.x()); x <= most(from.x(), to.x(), picture_.width); ++x) {
      // A soft edge one pixel wide: what a pen leaves when a scan is made small.
      const double share = std::clamp(radius + 0.5 - distanceTo(from, to, QPointF(x + 0.5, y + 0.5)), 0.0, 1.0);
      if (share <= 0) continue;
      const std::size_t at = std::size_t(y) * std::size_t(picture_.width) + std::size_t(x);
      for (int channel = 0; channel < picture_.channels; ++channel) {
        auto& pixel = picture_.pixels[at + std::size_t(channel) * plane];
        const int wanted = erasing_                 ? ground_[std::size_t(channel)]
                           : picture_.channels == 1 ? qGray(ink_.rgb())
                                                    : colors[channel];
        const int mixed = int(std::lround(pixel + (wanted - pixel) * share));
        // Soft edges of one stroke lie over each other: what has come nearer stays.
        if (std::abs(wanted - mixed) < std::abs(wanted - pixel)) pixel = std::uint8_t(mixed);
      }
    }
  update();
  emit painted();
}

void DrawCanvas::lift() {
  down_ = false;
  update();
}

bool DrawCanvas::event(QEvent* event) {
  // The window's own undo is of something else.
  if (event->type() == QEvent::ShortcutOverride) {
    auto* keys = static_cast<QKeyEvent*>(event);
    if (keys->matches(QKeySequence::Undo) || keys->matches(QKeySequence::Redo)) {
      event->accept();
      return true;
    }
  }
  return QWidget::event(event);
}

void DrawCanvas::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  if (picture_.pixels.empty()) return;
  const QRectF area = pictureRect();
  painter.drawImage(area, imageOf(picture_));
  if (!heat_.empty()) {
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.drawImage(area, heatImage(heat_, picture_.width, picture_.height));
  }
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(hasFocus() ? theme().accent : theme().line, hasFocus() ? 2 : 1));
  painter.drawRect(area.adjusted(-1, -1, 1, 1));
  if (!pen_shown_ && !hasFocus()) return;
  const double factor = area.width() / picture_.width;
  const QPointF at = area.topLeft() + pen_ * factor;
  const double radius = std::max(brush_ / 2 * factor, 3.0);
  painter.setPen(QPen(Qt::white, 3));
  painter.drawEllipse(at, radius, radius);
  painter.setPen(QPen(down_ ? theme().accent : QColor(Qt::black), 1.4));
  painter.drawEllipse(at, radius, radius);
}

void DrawCanvas::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || picture_.pixels.empty()) return;
  remember();
  down_ = true;
  pen_ = onPicture(event->position());
  stroke(pen_);
}

void DrawCanvas::mouseMoveEvent(QMouseEvent* event) {
  if (picture_.pixels.empty()) return;
  pen_shown_ = true;
  if (down_ && (event->buttons() & Qt::LeftButton)) return stroke(onPicture(event->position()));
  if (!down_) pen_ = onPicture(event->position());
  update();
}

void DrawCanvas::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) lift();
}

void DrawCanvas::keyPressEvent(QKeyEvent* event) {
  if (picture_.pixels.empty()) return QWidget::keyPressEvent(event);
  if (event->matches(QKeySequence::Undo)) return undo();
  if (event->matches(QKeySequence::Redo)) return redo();
  const double pace = event->modifiers() & Qt::ShiftModifier ? 4 : 1;
  QPointF to = pen_;
  switch (event->key()) {
    case Qt::Key_Left:
      to.rx() -= pace;
      break;
    case Qt::Key_Right:
      to.rx() += pace;
      break;
    case Qt::Key_Up:
      to.ry() -= pace;
      break;
    case Qt::Key_Down:
      to.ry() += pace;
      break;
    case Qt::Key_Space:
      if (down_) return lift();
      remember();
      down_ = true;
      return stroke(pen_);
    default:
      return QWidget::keyPressEvent(event);
  }
  to = {std::clamp(to.x(), 0.0, double(picture_.width)), std::clamp(to.y(), 0.0, double(picture_.height))};
  if (down_) return stroke(to);
  pen_ = to;
  update();
}

void DrawCanvas::focusOutEvent(QFocusEvent* event) {
  lift();
  QWidget::focusOutEvent(event);
}

void DrawCanvas::leaveEvent(QEvent* event) {
  pen_shown_ = false;
  update();
  QWidget::leaveEvent(event);
}

}  // namespace gb
