#include "widgets/network/network_delegate.hpp"

#include <QAbstractItemView>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>

#include "core/layers/layer_types.hpp"
#include "widgets/network/layer_list_model.hpp"
#include "widgets/network/layer_words.hpp"
#include "widgets/number_text.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr int margin = 14;
constexpr int indent = 26;
constexpr int bar = 4;
constexpr int line_height = 18;
constexpr int two_lines = 50;
constexpr int one_line = 36;

const LayerListModel::Row& rowOf(const QModelIndex& index) {
  return static_cast<const LayerListModel*>(index.model())->rows()[static_cast<std::size_t>(index.row())];
}

int leftOf(const LayerListModel::Row& row) {
  return margin + row.summary.depth * indent;
}

/// Below the two lines: the error, else what was done with the layer.
QString remarkOf(const LayerListModel::Row& row) {
  return QString::fromStdString(row.summary.error.empty() ? row.summary.note : row.summary.error);
}

QRect remarkIn(const LayerListModel::Row& row, const QRect& line) {
  const int left = line.left() + leftOf(row) + bar + 10;
  return {left, line.top(), std::max(60, line.right() - margin - left), 10000};
}

int textHeight(const LayerListModel::Row& row) {
  return layerWords(row.entry).isEmpty() ? one_line : two_lines;
}

/// Layers of a family share a colour.
QColor familyColor(const std::string& type) {
  const auto* info = find_layer_type(type);
  if (!info) return theme().error;
  std::vector<std::string> families;
  for (const auto& each : layer_types())
    if (std::find(families.begin(), families.end(), each.family) == families.end()) families.push_back(each.family);
  const auto at = std::find(families.begin(), families.end(), info->family) - families.begin();
  return seriesColor(static_cast<int>(at));
}

}  // namespace

NetworkColumns NetworkColumns::in(const QRect& line) {
  constexpr std::array<int, 4> widths{104, 82, 72, 92};
  // The last columns give way first: the shape matters most.
  constexpr int room_for_name = 150;
  NetworkColumns columns;
  int taken = 2 * margin + room_for_name;
  std::size_t count = 0;
  while (count < widths.size() && taken + widths[count] <= line.width()) taken += widths[count++];
  int right = line.right() - margin + 1;
  for (std::size_t i = count; i-- > 0;) {
    columns.figures[i] = QRect(right - widths[i], line.top(), widths[i], line.height());
    right -= widths[i];
  }
  columns.name = QRect(line.left() + margin, line.top(), right - line.left() - margin - 8, line.height());
  return columns;
}

QSize NetworkDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const auto& row = rowOf(index);
  const auto* view = qobject_cast<const QAbstractItemView*>(option.widget);
  const int width = view ? view->viewport()->width() : option.rect.width();
  int height = textHeight(row);
  if (const QString remark = remarkOf(row); !remark.isEmpty())
    height += 4 + QFontMetrics(themeFont(12))
                      .boundingRect(remarkIn(row, QRect(0, 0, width, 0)), Qt::AlignLeft | Qt::TextWordWrap, remark)
                      .height();
  return {width, height};
}

void NetworkDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const auto& row = rowOf(index);
  const LayerSummary& summary = row.summary;
  const QRect line = option.rect;
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  if (option.state.testFlag(QStyle::State_Selected))
    painter->fillRect(line, theme().tint);
  else if (option.state.testFlag(QStyle::State_MouseOver))
    painter->fillRect(line, theme().hover);
  painter->fillRect(QRect(line.left(), line.bottom(), line.width(), 1), theme().grid);
  if (option.state.testFlag(QStyle::State_HasFocus)) {
    painter->setPen(theme().accent);
    painter->setBrush(Qt::NoBrush);
    painter->drawRect(QRectF(line).adjusted(0.5, 0.5, -0.5, -0.5));
  }

  const bool pale = summary.added || !editable_;
  const QColor strong = summary.added ? theme().secondary : theme().text;
  QColor colour = summary.error.empty() ? familyColor(summary.type.empty() ? "" : summary.type) : theme().error;
  if (pale) colour = blended(theme().panel, colour, 0.45);
  const int left = line.left() + leftOf(row);
  const int text_height = textHeight(row);
  QPainterPath mark;
  mark.addRoundedRect(QRectF(left, line.top() + 9, bar, line.height() - 18), 2, 2);
  painter->fillPath(mark, colour);

  const auto columns = NetworkColumns::in(QRect(line.left(), line.top(), line.width(), text_height));
  const int text_left = left + bar + 10;
  const QRect title(text_left, line.top() + (text_height == two_lines ? 7 : 9), columns.name.right() - text_left,
                    line_height);
  painter->setFont(themeFont(13, QFont::Medium));
  painter->setPen(strong);
  painter->drawText(title, Qt::AlignLeft | Qt::AlignVCenter,
                    painter->fontMetrics().elidedText(layerLabel(row.entry), Qt::ElideRight, title.width()));
  painter->setFont(themeFont(12));
  painter->setPen(theme().secondary);
  if (text_height == two_lines)
    painter->drawText(title.translated(0, line_height), Qt::AlignLeft | Qt::AlignVCenter,
                      painter->fontMetrics().elidedText(layerWords(row.entry), Qt::ElideRight, title.width()));
  if (const QString remark = remarkOf(row); !remark.isEmpty()) {
    painter->setPen(summary.error.empty() ? theme().secondary : theme().error);
    painter->drawText(remarkIn(row, line.translated(0, text_height - 4)), Qt::AlignLeft | Qt::TextWordWrap, remark);
  }

  if (!summary.shape.empty()) {
    const QStringList figures{shapeText(summary.shape),
                              summary.cost.parameters > 0 ? wholeText(summary.cost.parameters) : QString(),
                              bytesText(summary.cost.activation_bytes + summary.cost.gradient_bytes),
                              summary.cost.multiply_adds > 0 ? countText(summary.cost.multiply_adds) : QString()};
    painter->setFont(themeFont(13));
    for (std::size_t i = 0; i < columns.figures.size(); ++i) {
      if (columns.figures[i].isEmpty()) continue;
      const QString& text = figures[static_cast<int>(i)];
      painter->setPen(i == 0 ? strong : theme().secondary);
      if (!text.isEmpty()) painter->drawText(columns.figures[i], Qt::AlignRight | Qt::AlignVCenter, text);
    }
  }
  painter->restore();
}

}  // namespace gb
