#include "app/studio/run_delegate.hpp"

#include <QAbstractItemView>
#include <QPainter>

#include "app/studio/run_list_model.hpp"
#include "widgets/theme.hpp"

namespace gb {

namespace {

constexpr int side = 11;  ///< where the header's text begins and ends

void paintBadge(QPainter& painter, const QRect& area, const QString& text, RunState state) {
  painter.setFont(themeFont(11, QFont::Medium));
  const int width = painter.fontMetrics().horizontalAdvance(text) + 16;
  const QRectF badge(area.left(), area.center().y() - 8.5, width, 18);
  QColor ground = theme().grid, ink = theme().secondary;
  if (state == RunState::running) {
    ground = theme().tint;
    ink = theme().accent;
  } else if (state == RunState::failed) {
    ground = blended(theme().panel, theme().error, 0.12);
    ink = theme().error;
  } else if (state == RunState::stopped) {
    ground = blended(theme().panel, theme().warning, 0.12);
    ink = theme().warning;
  }
  painter.setPen(Qt::NoPen);
  painter.setBrush(ground);
  painter.drawRoundedRect(badge, 9, 9);
  painter.setPen(ink);
  painter.drawText(badge, Qt::AlignCenter, text);
}

}  // namespace

void RunDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  const bool selected = option.state & QStyle::State_Selected;
  painter->fillRect(option.rect, selected ? theme().tint : theme().panel);
  painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1),
                    selected ? blended(theme().tint, theme().accent, 0.12) : theme().grid);
  const QString text = index.data(Qt::DisplayRole).toString();
  const auto alignment = static_cast<Qt::Alignment>(index.data(Qt::TextAlignmentRole).toInt());
  QRect area = option.rect.adjusted(side, 0, -side, -1);
  if (index.column() == RunListModel::state) {
    paintBadge(*painter, area, text, static_cast<RunState>(index.data(RunListModel::StateRole).toInt()));
    painter->restore();
    return;
  }
  QColor ink = theme().text;
  QFont font = themeFont(13, index.column() == RunListModel::name ? QFont::Medium : QFont::Normal);
  if (index.column() == RunListModel::name) {
    painter->setPen(Qt::NoPen);
    painter->setBrush(seriesColor(index.data(RunListModel::ColorRole).toInt()));
    painter->drawEllipse(QPointF(area.left() + 4.5, area.center().y() + 0.5), 4.5, 4.5);
    area.setLeft(area.left() + 17);
  } else if (index.column() == RunListModel::differs) {
    ink = theme().secondary;
  }
  painter->setFont(font);
  painter->setPen(ink);
  painter->drawText(area, alignment, painter->fontMetrics().elidedText(text, Qt::ElideRight, area.width()));
  if (option.state & QStyle::State_HasFocus) {
    painter->setPen(QPen(theme().accent, 1));
    painter->setBrush(Qt::NoBrush);
    painter->drawRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -1.5));
  }
  painter->restore();
}

}  // namespace gb
