#pragma once

#include <memory>

#include "widgets/view.hpp"

namespace gb {

/// A matrix of magnitudes in viridis, empty cells in the grid's colour, numbers where they fit. A click (or the arrow
/// keys and Enter) selects a cell and the dataset rows behind it. What counts classes against classes can also be shown
/// as percentages of its rows or columns (N goes on to the next).
class MatrixView : public View {
  Q_OBJECT
 public:
  explicit MatrixView(QWidget* parent = nullptr);
  ~MatrixView() override;

  /// What stands in the cells: the matrix' numbers, or what they are in a hundred of their row's or column's sum.
  enum class Shares { none, of_row, of_column };
  void setShares(Shares shares);
  /// None where the matrix has no shares.
  Shares shares() const;
  /// False: what stands in the cells is no count, also where rows and columns are called the same.
  void setCounts(bool counts);
  /// Numbers in the cells have so many decimals.
  void setDecimals(int decimals);
  /// The matrix counts classes against the same classes.
  bool hasShares() const;
  /// "Counts", "Percent of the row".
  static QString sharesText(Shares shares);

  QString title() const override;
  QString subtitle() const override;
  void show(const Event& event) override;
  void highlightRows(const std::vector<std::int64_t>& rows) override;
  Numbers numbers() const override;
  void paintTo(QPainter& painter, const QRectF& area) override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

  /// Where a cell is painted, in the view's coordinates; empty where there is none.
  QRectF cellRect(int row, int column) const;

 signals:
  void sharesChanged();
  /// A cell was clicked, or chosen with the keyboard; -1, -1 where it is chosen no more.
  void cellChosen(int row, int column);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  bool event(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
