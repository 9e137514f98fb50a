#pragma once

#include <QWidget>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/events/events.hpp"

namespace gb {

/// One live view: what a tile shows. Made by event type, fed values, knows no algorithm. Feeding is cheap: painting and
/// rasterising happen later. Every view can be saved as a picture and as numbers, and be read as a table.
class View : public QWidget {
  Q_OBJECT
 public:
  explicit View(QWidget* parent = nullptr);

  virtual QString title() const = 0;
  /// A short line beside the title: what part, how many, which step.
  virtual QString subtitle() const { return {}; }
  /// Takes an event of its own kind; others are ignored.
  virtual void show(const Event& event) = 0;
  /// Highlights dataset rows selected elsewhere.
  virtual void highlightRows(const std::vector<std::int64_t>& rows) { Q_UNUSED(rows); }
  /// Marks the rows that the answer for `row` rests on, where this row is pointed at here; none takes marks away.
  virtual void markRows(std::int64_t row, const std::vector<std::int64_t>& rows) {
    Q_UNUSED(row);
    Q_UNUSED(rows);
  }
  /// The numbers, one row per line, for CSV, the clipboard and people who cannot see the picture.
  struct Numbers {
    QStringList columns;
    std::vector<QStringList> rows;
  };
  virtual Numbers numbers() const = 0;
  /// Hands the same out line by line, the column names first: what files are written from, since a long curve's
  /// numbers are best not held all at once.
  virtual void eachLine(const std::function<void(const QStringList&)>& take) const;
  /// Paints the view at any size, for SVG, PDF and PNG.
  virtual void paintTo(QPainter& painter, const QRectF& area) = 0;

  /// By the ending of `path`: svg, pdf, png (at `scale`), csv. Cells that a spreadsheet would run are quoted with '.
  /// Returns an empty text or what went wrong.
  QString saveAs(const QString& path, double scale = 2);

 signals:
  /// Rows chosen in this view (a cell, a lasso, a click); empty clears.
  void rowsSelected(const std::vector<std::int64_t>& rows, const QString& description);
  /// The pointer, or the keyboard, rests on a row; -1: on none any more.
  void rowHovered(qint64 row);
  void titleChanged();
};

}  // namespace gb
