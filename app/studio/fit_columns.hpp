#pragma once

#include <QFontMetrics>
#include <QHeaderView>
#include <QTableView>
#include <algorithm>

#include "widgets/theme.hpp"

namespace gb {

/// Gives the first columns the width of what stands in them and of their names, which Qt forgets where a style sheet
/// pads the header; the others keep theirs.
inline void fitColumns(QTableView* view) {
  constexpr int most_fitted = 200, widest = 320, padding = 26;
  const QFontMetrics names(themeFont(12, QFont::DemiBold));
  view->horizontalHeader()->setResizeContentsPrecision(100);
  for (int i = 0; i < std::min(most_fitted, view->model()->columnCount()); ++i) {
    view->resizeColumnToContents(i);
    const QString name = view->model()->headerData(i, Qt::Horizontal).toString();
    view->setColumnWidth(i, std::min(widest, std::max(view->columnWidth(i), names.horizontalAdvance(name) + padding)));
  }
}

}  // namespace gb
