#pragma once

#include <QLayout>
#include <QList>

namespace gb {

/// Cells of equal width in rows, as many columns as fit. Rows take the height of their tallest item; with fill, two
/// rows share the height that is in view, and further ones are as tall as these. A last widget that stands alone in its
/// row takes all of it where its property "wide" is set.
class ResponsiveGrid : public QLayout {
 public:
  ResponsiveGrid(QWidget* parent, int leastWidth, int mostColumns, int spacing);
  ~ResponsiveGrid() override;

  /// `inView` is what can be seen at once.
  void setFill(int leastHeight, int inView);
  /// Puts the widget at this place among the others.
  void insertWidget(int place, QWidget* widget);
  int columnsAt(int width) const;

  void addItem(QLayoutItem* item) override;
  int count() const override;
  QLayoutItem* itemAt(int index) const override;
  QLayoutItem* takeAt(int index) override;
  Qt::Orientations expandingDirections() const override;
  bool hasHeightForWidth() const override;
  int heightForWidth(int width) const override;
  QSize sizeHint() const override;
  QSize minimumSize() const override;
  void setGeometry(const QRect& area) override;

 private:
  int arrange(const QRect& area, bool apply) const;

  QList<QLayoutItem*> items_;
  int least_width_, most_columns_, least_height_ = 0, in_view_ = 0;
};

}  // namespace gb
