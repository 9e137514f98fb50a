#pragma once

#include <QFontMetrics>
#include <QFrame>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>

namespace gb {

/// A label in one of the style sheet's roles ("section", "secondary", "title", "heading", "error").
inline QLabel* roleLabel(const char* role, const QString& text, QWidget* parent = nullptr) {
  auto* label = new QLabel(text, parent);
  label->setProperty("role", QString::fromLatin1(role));
  return label;
}

/// A head of a panel: small, grey, in capitals.
inline QLabel* sectionLabel(const QString& text, QWidget* parent = nullptr) {
  auto* label = roleLabel("section", text, parent);
  QFont font = label->font();
  font.setCapitalization(QFont::AllUppercase);
  font.setLetterSpacing(QFont::AbsoluteSpacing, 0.5);
  label->setFont(font);
  return label;
}

/// A label that gives way: what does not fit ends in an ellipsis, and the tool tip has it whole.
class ElidingLabel : public QLabel {
 public:
  using QLabel::QLabel;
  QSize minimumSizeHint() const override { return {48, QLabel::minimumSizeHint().height()}; }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setPen(palette().color(foregroundRole()));
    painter.drawText(contentsRect(), static_cast<int>(alignment()),
                     fontMetrics().elidedText(text(), Qt::ElideRight, contentsRect().width()));
  }
};

/// A line of the house: one pixel.
inline QFrame* separatorLine(QFrame::Shape shape, QWidget* parent = nullptr) {
  auto* line = new QFrame(parent);
  line->setFrameShape(shape);
  line->setProperty("separator", true);
  return line;
}

/// A framed surface; `inner` becomes its layout.
inline QFrame* card(QVBoxLayout*& inner, int spacing = 8) {
  auto* frame = new QFrame;
  frame->setProperty("card", true);
  inner = new QVBoxLayout(frame);
  inner->setContentsMargins(14, 12, 14, 12);
  inner->setSpacing(spacing);
  return frame;
}

/// A button that looks like a link.
inline QPushButton* linkButton(const QString& text, QWidget* parent = nullptr) {
  auto* button = new QPushButton(text, parent);
  button->setProperty("flat", true);
  button->setCursor(Qt::PointingHandCursor);
  return button;
}

/// After a property that the style sheet asks for has changed.
inline void restyle(QWidget* widget) {
  widget->style()->unpolish(widget);
  widget->style()->polish(widget);
  widget->update();
}

}  // namespace gb
