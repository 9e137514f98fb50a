#include "widgets/network/network_line.hpp"

#include <QPainter>

#include "widgets/network/network_delegate.hpp"
#include "widgets/theme.hpp"

namespace gb {

NetworkLine::NetworkLine(bool head, QWidget* parent) : QWidget(parent), head_(head) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void NetworkLine::setTexts(const QStringList& texts) {
  texts_ = texts;
  setAccessibleName(texts.join(QStringLiteral(", ")));
  update();
}

void NetworkLine::setLineWidth(int width) {
  line_width_ = width;
  update();
}

QSize NetworkLine::sizeHint() const {
  return {300, head_ ? 32 : 40};
}

void NetworkLine::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(QRect(0, head_ ? height() - 1 : 0, width(), 1), theme().line);
  painter.setFont(head_ ? themeFont(12, QFont::DemiBold) : themeFont(13, QFont::DemiBold));
  painter.setPen(head_ ? theme().secondary : theme().text);
  const auto columns = NetworkColumns::in(QRect(0, 0, line_width_, height()));
  const auto draw = [&](const QRect& place, int alignment, const QString& text) {
    if (!place.isEmpty())
      painter.drawText(place, alignment | Qt::AlignVCenter,
                       painter.fontMetrics().elidedText(text, Qt::ElideRight, place.width()));
  };
  draw(columns.name, Qt::AlignLeft, texts_.value(0));
  for (std::size_t i = 0; i < columns.figures.size(); ++i)
    draw(columns.figures[i], Qt::AlignRight, texts_.value(static_cast<int>(i) + 1));
}

}  // namespace gb
