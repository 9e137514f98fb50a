#include "app/studio/responsive_grid.hpp"

#include <QWidget>
#include <QWidgetItem>
#include <algorithm>

namespace gb {

ResponsiveGrid::ResponsiveGrid(QWidget* parent, int leastWidth, int mostColumns, int spacing)
    : QLayout(parent), least_width_(leastWidth), most_columns_(mostColumns) {
  setSpacing(spacing);
  setContentsMargins(0, 0, 0, 0);
}

ResponsiveGrid::~ResponsiveGrid() {
  qDeleteAll(items_);
}

void ResponsiveGrid::setFill(int leastHeight, int inView) {
  if (least_height_ == leastHeight && in_view_ == inView) return;
  least_height_ = leastHeight;
  in_view_ = inView;
  invalidate();
}

void ResponsiveGrid::insertWidget(int place, QWidget* widget) {
  addChildWidget(widget);
  items_.insert(std::clamp<int>(place, 0, static_cast<int>(items_.size())), new QWidgetItem(widget));
  invalidate();
}

int ResponsiveGrid::columnsAt(int width) const {
  return std::clamp((width + spacing()) / (least_width_ + spacing()), 1, most_columns_);
}

void ResponsiveGrid::addItem(QLayoutItem* item) {
  items_.append(item);
  invalidate();
}

int ResponsiveGrid::count() const {
  return static_cast<int>(items_.size());
}

QLayoutItem* ResponsiveGrid::itemAt(int index) const {
  return items_.value(index, nullptr);
}

QLayoutItem* ResponsiveGrid::takeAt(int index) {
  if (index < 0 || index >= count()) return nullptr;
  invalidate();
  return items_.takeAt(index);
}

Qt::Orientations ResponsiveGrid::expandingDirections() const {
  return Qt::Horizontal;
}

bool ResponsiveGrid::hasHeightForWidth() const {
  return true;
}

int ResponsiveGrid::heightForWidth(int width) const {
  return arrange(QRect(0, 0, width, 0), false);
}

QSize ResponsiveGrid::sizeHint() const {
  const int width = least_width_ * 2 + spacing();
  return {width, heightForWidth(width)};
}

QSize ResponsiveGrid::minimumSize() const {
  return {std::min(least_width_, 260), least_height_};
}

void ResponsiveGrid::setGeometry(const QRect& area) {
  QLayout::setGeometry(area);
  arrange(area, true);
}

int ResponsiveGrid::arrange(const QRect& whole, bool apply) const {
  const QRect area = whole.marginsRemoved(contentsMargins());
  QList<QLayoutItem*> shown;
  for (auto* item : items_)
    if (!item->isEmpty()) shown.append(item);
  if (shown.isEmpty()) return 0;
  const int count = static_cast<int>(shown.size());
  const bool fill = least_height_ > 0;
  // Cells keep their width when the last row is not full; with fill a single item takes the whole row.
  const int columns = fill ? std::min(columnsAt(area.width()), count) : columnsAt(area.width());
  const int rows = (count + columns - 1) / columns;
  const int share = std::min(rows, 2);
  const int height = fill ? std::max(least_height_, (in_view_ - (share - 1) * spacing()) / share) : 0;
  int y = area.y();
  for (int row = 0; row < rows; ++row) {
    const int first = row * columns, last = std::min(first + columns, count);
    const bool alone = last - first == 1 && columns > 1 && shown[first]->widget()->property("wide").toBool();
    int tallest = height;
    for (int i = first; !fill && i < last; ++i) {
      const int width = (area.width() - (columns - 1) * spacing()) / columns;
      auto* item = shown[i];
      tallest = std::max(tallest, item->hasHeightForWidth() ? item->heightForWidth(width) : item->sizeHint().height());
    }
    for (int i = first; apply && i < last; ++i) {
      // Whole pixels, spread so that the last column ends at the edge.
      const int column = i - first;
      const int left = (area.width() + spacing()) * column / columns;
      const int right = alone ? area.width() : (area.width() + spacing()) * (column + 1) / columns - spacing();
      shown[i]->setGeometry(QRect(area.x() + left, y, right - left, tallest));
    }
    y += tallest + (row + 1 < rows ? spacing() : 0);
  }
  return y - area.y() + contentsMargins().top() + contentsMargins().bottom();
}

}  // namespace gb
