#include "app/studio/run_delegate.hpp"

#include <QAbstractItemView>
#include <QCompleter>
#include <QLineEdit>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

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

void paintFocus(QPainter& painter, const QRect& area) {
  painter.setPen(QPen(theme().accent, 1));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -1.5));
}

QPainterPath starPath(const QPointF& middle, double radius) {
  QPolygonF points;
  for (int i = 0; i < 10; ++i) {
    const double angle = -M_PI / 2 + i * M_PI / 5, reach = i % 2 == 0 ? radius : radius * 0.42;
    points << middle + QPointF(std::cos(angle), std::sin(angle)) * reach;
  }
  QPainterPath path;
  path.addPolygon(points);
  path.closeSubpath();
  return path;
}

void paintStar(QPainter& painter, const QRect& area, bool starred) {
  const auto path = starPath(QRectF(area).center(), 7);
  if (starred) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme().warning);
  } else {
    painter.setPen(QPen(blended(theme().panel, theme().secondary, 0.45), 1));
    painter.setBrush(Qt::NoBrush);
  }
  painter.drawPath(path);
}

/// What does not fit is counted.
void paintChips(QPainter& painter, const QRect& area, const QStringList& tags) {
  painter.setFont(themeFont(11, QFont::Medium));
  const QFontMetrics metrics = painter.fontMetrics();
  int left = area.left();
  for (qsizetype i = 0; i < tags.size(); ++i) {
    const QString more = QStringLiteral("+%1").arg(tags.size() - i);
    const int spare = i + 1 < tags.size() ? metrics.horizontalAdvance(more) + 8 : 0;
    int width = metrics.horizontalAdvance(tags[i]) + 16;
    const int room = area.right() - spare - left;
    if (width > room && i > 0) {
      painter.setPen(theme().secondary);
      painter.drawText(QRect(left, area.top(), area.right() - left, area.height()), Qt::AlignVCenter, more);
      return;
    }
    width = std::min(width, room);
    if (width < 20) return;
    const QRectF chip(left, area.center().y() - 8.5, width, 18);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme().tint);
    painter.drawRoundedRect(chip, 9, 9);
    painter.setPen(theme().accent);
    painter.drawText(chip.adjusted(8, 0, -7, 0), Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(tags[i], Qt::ElideRight, width - 15));
    left += width + 4;
  }
}

/// The tags that runs of this model have, alphabetically.
QStringList knownTags(const QAbstractItemModel& model) {
  QStringList all;
  for (int row = 0; row < model.rowCount(); ++row) {
    const QString tags = model.index(row, RunListModel::tags).data(Qt::EditRole).toString();
    if (!tags.isEmpty()) all << tags.split(QStringLiteral(", "));
  }
  all.removeDuplicates();
  all.sort(Qt::CaseInsensitive);
  return all;
}

/// Completes the tag that is being typed, not the whole line.
class TagCompleter : public QCompleter {
 public:
  TagCompleter(const QStringList& tags, QObject* parent) : QCompleter(tags, parent) {
    setCaseSensitivity(Qt::CaseInsensitive);
  }
  QStringList splitPath(const QString& line) const override { return {line.section(QLatin1Char(','), -1).trimmed()}; }
  QString pathFromIndex(const QModelIndex& index) const override {
    const auto* edit = qobject_cast<const QLineEdit*>(widget());
    const QString line = edit ? edit->text() : QString();
    const auto comma = line.lastIndexOf(QLatin1Char(','));
    return (comma < 0 ? QString() : line.left(comma) + QStringLiteral(", ")) + QCompleter::pathFromIndex(index);
  }
};

}  // namespace

QWidget* RunDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem&, const QModelIndex& index) const {
  auto* edit = new QLineEdit(parent);
  edit->setObjectName("run-editor");
  if (index.column() == RunListModel::tags) {
    edit->setPlaceholderText(tr("baseline, to check"));
    edit->setAccessibleName(tr("Tags, parted by commas"));
    edit->setCompleter(new TagCompleter(knownTags(*index.model()), edit));
  } else {
    edit->setAccessibleName(tr("Name of the run"));
  }
  return edit;
}

void RunDelegate::updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option, const QModelIndex&) const {
  editor->setGeometry(option.rect.adjusted(1, 0, -1, -1));
}

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
  if (index.column() == RunListModel::star || (index.column() == RunListModel::tags && !text.isEmpty())) {
    if (index.column() == RunListModel::star)
      paintStar(*painter, option.rect, index.data(RunListModel::SortRole).toInt() == 0);
    else
      paintChips(*painter, area, text.split(QStringLiteral(", ")));
    if (option.state & QStyle::State_HasFocus) paintFocus(*painter, option.rect);
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
  } else if (index.column() == RunListModel::differs || index.column() == RunListModel::notes) {
    ink = theme().secondary;
  }
  painter->setFont(font);
  painter->setPen(ink);
  painter->drawText(area, alignment, painter->fontMetrics().elidedText(text, Qt::ElideRight, area.width()));
  if (option.state & QStyle::State_HasFocus) paintFocus(*painter, option.rect);
  painter->restore();
}

}  // namespace gb
