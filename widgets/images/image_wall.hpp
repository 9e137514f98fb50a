#pragma once

#include <memory>

#include "widgets/view.hpp"

namespace gb {

/// Pictures in a grid with captions, scrollable; a click selects the picture's row (Ctrl adds), or points
/// out what is of no row. Also used without
/// events, for previews and Inspect.
class ImageWall : public View {
  Q_OBJECT
 public:
  explicit ImageWall(QWidget* parent = nullptr);
  ~ImageWall() override;

  void setImages(std::shared_ptr<const Images> images);
  /// Side of a picture on screen; 0 fits the width.
  void setCellSize(int pixels);
  /// Words for the empty wall.
  void setEmptyText(const QString& text);
  /// Where a picture is painted, in the view's coordinates (it may lie outside what is scrolled into view).
  QRectF imageRect(int index) const;

  QString title() const override;
  QString subtitle() const override;
  void show(const Event& event) override;
  void highlightRows(const std::vector<std::int64_t>& rows) override;
  Numbers numbers() const override;
  void paintTo(QPainter& painter, const QRectF& area) override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;
  /// The height at which everything is seen without scrolling.
  int heightForWidth(int width) const override;

 signals:
  /// A picture that is no row of the data (a sample) is pointed out: its place in `images`.
  void madePicked(const std::shared_ptr<const gb::Images>& images, int index);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
