#include "app/studio/section_header.hpp"

#include <QLocale>
#include <QPainter>
#include <QPainterPath>

#include "widgets/theme.hpp"

namespace gb {

SectionHeader::SectionHeader(int number, const QString& title, QWidget* parent)
    : QAbstractButton(parent), number_(number) {
  setText(title);
  setCheckable(true);
  setFocusPolicy(Qt::StrongFocus);
  setCursor(Qt::PointingHandCursor);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(title);
}

void SectionHeader::setSummary(const QString& summary) {
  summary_ = summary;
  setToolTip(summary);
  setAccessibleDescription(summary);
  update();
}

QSize SectionHeader::sizeHint() const {
  return {200, 36};
}

void SectionHeader::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF ground = QRectF(rect()).adjusted(6, 0.5, -6, -0.5);
  if (isChecked() || underMouse() || hasFocus()) {
    QPainterPath shape;
    shape.addRoundedRect(ground, 7, 7);
    if (isChecked())
      painter.fillPath(shape, theme().tint);
    else if (underMouse())
      painter.fillPath(shape, theme().hover);
    if (hasFocus()) {
      painter.setPen(QPen(theme().accent, 1));
      painter.drawPath(shape);
    }
  }
  const QRectF circle(16, (height() - 20) / 2.0, 20, 20);
  painter.setPen(Qt::NoPen);
  painter.setBrush(isChecked() ? theme().accent : theme().grid);
  painter.drawEllipse(circle);
  painter.setFont(themeFont(11, QFont::DemiBold));
  painter.setPen(isChecked() ? theme().onAccent : theme().secondary);
  painter.drawText(circle, Qt::AlignCenter, locale().toString(number_));
  painter.setFont(themeFont(13, isChecked() ? QFont::Medium : QFont::Normal));
  painter.setPen(theme().text);
  const int left = 46, right = width() - 16;
  const int title = painter.fontMetrics().horizontalAdvance(text());
  painter.drawText(QRect(left, 0, title + 2, height()), Qt::AlignVCenter | Qt::AlignLeft, text());
  painter.setFont(themeFont(13));
  painter.setPen(theme().secondary);
  const QRect space(left + title + 12, 0, right - left - title - 12, height());
  painter.drawText(space, Qt::AlignVCenter | Qt::AlignRight,
                   painter.fontMetrics().elidedText(summary_, Qt::ElideMiddle, space.width()));
}

void SectionHeader::enterEvent(QEnterEvent*) {
  update();
}

void SectionHeader::leaveEvent(QEvent*) {
  update();
}

}  // namespace gb
