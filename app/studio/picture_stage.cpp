#include "app/studio/picture_stage.hpp"

#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <utility>

#include "widgets/theme.hpp"

namespace gb {

namespace {

constexpr double strip_height = 92, gap = 8, caption = 18;

void paintPicture(QPainter& painter, const QImage& image, const QRectF& room) {
  if (image.isNull()) return;
  const double scale = std::min(room.width() / image.width(), room.height() / image.height());
  const QSizeF size(image.width() * scale, image.height() * scale);
  const QRectF at(room.center() - QPointF(size.width() / 2, size.height() / 2), size);
  // Small pictures are looked at pixel by pixel.
  painter.setRenderHint(QPainter::SmoothPixmapTransform, scale < 2);
  painter.drawImage(at, image);
}

}  // namespace

PictureStage::PictureStage(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setFocusPolicy(Qt::StrongFocus);
}

void PictureStage::setPictures(std::vector<Neighbour> strip, int middle) {
  strip_ = std::move(strip);
  middle_ = middle;
  update();
}

QRectF PictureStage::cell(int place) const {
  constexpr int cells = 2 * neighbours + 1;
  const double wide = (width() - (cells - 1) * gap) / cells;
  const int column = place - middle_ + neighbours;
  return {column * (wide + gap), height() - strip_height, wide, strip_height};
}

void PictureStage::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const Theme& colors = theme();
  if (strip_.empty()) return;
  const QRectF room(0, 0, width(), height() - strip_height - 2 * gap);
  const auto& main = strip_[static_cast<std::size_t>(middle_)];
  painter.setFont(themeFont(13));
  painter.setPen(colors.secondary);
  if (main.image.isNull())
    painter.drawText(room, Qt::AlignCenter, main.failed ? tr("This picture cannot be read.") : tr("Reading\u2026"));
  else
    paintPicture(painter, main.image, room);
  painter.setFont(themeFont(11));
  const QFontMetricsF metrics(painter.font());
  for (int i = 0; i < static_cast<int>(strip_.size()); ++i) {
    const auto& each = strip_[static_cast<std::size_t>(i)];
    const QRectF box = cell(i);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colors.grid);
    painter.drawRoundedRect(box.adjusted(0, 0, 0, -caption), 6, 6);
    paintPicture(painter, each.image, box.adjusted(4, 4, -4, -caption - 4));
    if (i == middle_) {
      painter.setBrush(Qt::NoBrush);
      painter.setPen(QPen(colors.accent, 2));
      painter.drawRoundedRect(box.adjusted(1, 1, -1, -caption - 1), 6, 6);
    }
    painter.setPen(each.label.isEmpty() ? colors.secondary : colors.text);
    painter.drawText(
        QRectF(box.left(), box.bottom() - caption, box.width(), caption), Qt::AlignCenter,
        each.label.isEmpty() ? QStringLiteral("\u2013") : metrics.elidedText(each.label, Qt::ElideRight, box.width()));
  }
}

void PictureStage::mousePressEvent(QMouseEvent* event) {
  for (int i = 0; i < static_cast<int>(strip_.size()); ++i)
    if (cell(i).contains(event->position())) emit chosen(strip_[static_cast<std::size_t>(i)].picture);
}

}  // namespace gb
