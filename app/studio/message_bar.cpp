#include "app/studio/message_bar.hpp"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <utility>

#include "app/studio/labels.hpp"
#include "widgets/theme.hpp"

namespace gb {

namespace {

QColor toneColor(MessageBar::Tone tone) {
  switch (tone) {
    case MessageBar::Tone::error:
      return theme().error;
    case MessageBar::Tone::warning:
      return theme().warning;
    case MessageBar::Tone::information:
      break;
  }
  return theme().accent;
}

}  // namespace

MessageBar::MessageBar(QWidget* parent) : QFrame(parent) {
  setObjectName("message");
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(16, 8, 10, 8);
  layout->setSpacing(10);
  icon_ = new QLabel;
  icon_->setFixedSize(16, 16);
  text_ = new QLabel;
  text_->setWordWrap(true);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  text_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  action_ = linkButton({});
  action_->setObjectName("action");
  close_ = new QToolButton;
  close_->setAccessibleName(tr("Close message"));
  close_->setToolTip(tr("Close (Esc)"));
  close_->setIconSize({16, 16});
  layout->addWidget(icon_, 0, Qt::AlignVCenter);
  layout->addWidget(text_, 1);
  layout->addWidget(action_);
  layout->addWidget(close_, 0, Qt::AlignTop);
  connect(close_, &QToolButton::clicked, this, &MessageBar::dismiss);
  connect(action_, &QPushButton::clicked, this, [this] {
    const auto act = act_;
    dismiss();
    if (act) act();
  });
  hide();
}

void MessageBar::tell(Tone tone, const QString& text) {
  tell(tone, text, {}, {});
}

void MessageBar::tell(Tone tone, const QString& text, const QString& action, std::function<void()> act) {
  tone_ = tone;
  text_->setText(text);
  setAccessibleName(text);
  action_->setText(action);
  action_->setVisible(!action.isEmpty());
  act_ = std::move(act);
  setIcon();
  show();
  update();
  QAccessibleEvent alert(this, QAccessible::Alert);
  QAccessible::updateAccessibility(&alert);
}

void MessageBar::dismiss() {
  hide();
  act_ = {};
}

QString MessageBar::text() const {
  return isHidden() ? QString() : text_->text();
}

void MessageBar::setIcon() {
  const qreal ratio = devicePixelRatioF();
  QPixmap pixmap(QSize(16, 16) * ratio);
  pixmap.setDevicePixelRatio(ratio);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(toneColor(tone_));
  painter.drawEllipse(QRectF(0.5, 0.5, 15, 15));
  painter.setPen(theme().panel);
  painter.setFont(themeFont(11, QFont::Bold));
  painter.drawText(QRectF(0, 0, 16, 16), Qt::AlignCenter,
                   tone_ == Tone::information ? QStringLiteral("i") : QStringLiteral("!"));
  painter.end();
  icon_->setPixmap(pixmap);
  close_->setIcon(themedIcon("dialog-close"));
}

void MessageBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const QColor tone = toneColor(tone_);
  painter.fillRect(rect(), blended(theme().panel, tone, theme().dark ? 0.16 : 0.08));
  painter.fillRect(0, 0, 3, height(), tone);
  painter.fillRect(0, height() - 1, width(), 1, theme().line);
}

void MessageBar::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && close_) setIcon();
  QFrame::changeEvent(event);
}

void MessageBar::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape)
    dismiss();
  else
    QFrame::keyPressEvent(event);
}

}  // namespace gb
