#pragma once

#include <QIcon>
#include <QPainter>
#include <QPushButton>

#include "widgets/theme.hpp"

namespace gb {

/// Shows what is chosen, as a menu's button does, where choosing takes more room than a menu has.
class ChooserButton : public QPushButton {
 public:
  explicit ChooserButton(QWidget* parent = nullptr) : QPushButton(parent) {
    setProperty("chooser", true);
    setAutoDefault(false);
  }

 protected:
  void paintEvent(QPaintEvent* event) override {
    QPushButton::paintEvent(event);
    const QIcon arrow(QStringLiteral(":/glassbench/widgets/icons/chevron-down-%1.svg")
                          .arg(theme().dark ? QStringLiteral("dark") : QStringLiteral("light")));
    QPainter painter(this);
    arrow.paint(&painter, QRect(width() - 18, (height() - 12) / 2, 12, 12), Qt::AlignCenter,
                isEnabled() ? QIcon::Normal : QIcon::Disabled);
  }
};

}  // namespace gb
