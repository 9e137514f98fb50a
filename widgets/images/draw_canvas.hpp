#pragma once

#include <QColor>
#include <QWidget>
#include <cstdint>
#include <vector>

namespace gb {

/// A small picture to paint on, shown large: pixel by pixel what a model is given. With the mouse, or with the arrow
/// keys and Space, which puts the pen down and lifts it. While it has the keyboard, undo is of strokes.
class DrawCanvas : public QWidget {
  Q_OBJECT
 public:
  /// One or three channels, 8 bits each, channel after channel.
  struct Picture {
    int channels = 1, height = 0, width = 0;
    std::vector<std::uint8_t> pixels;

    bool operator==(const Picture&) const = default;
  };

  explicit DrawCanvas(QWidget* parent = nullptr);

  /// Begins anew with this picture; `ground` is what the eraser leaves, per channel.
  void setPicture(Picture picture, std::vector<std::uint8_t> ground);
  const Picture& picture() const { return picture_; }
  void setInk(const QColor& ink) { ink_ = ink; }
  QColor ink() const { return ink_; }
  void setErasing(bool erasing) { erasing_ = erasing; }
  /// In pixels of the picture.
  void setBrush(double diameter);
  /// Where an answer rests on the picture, height x width, laid over it; empty takes it away.
  void setHeat(std::vector<float> heat);

  bool canUndo() const { return !before_.empty(); }
  bool canRedo() const { return !after_.empty(); }
  void undo();
  void redo();
  void clear();

  QSize sizeHint() const override { return {360, 360}; }
  QSize minimumSizeHint() const override { return {160, 160}; }
  /// Where the picture is painted.
  QRectF pictureRect() const;

 signals:
  /// Pixels are others now.
  void painted();
  /// There is something to undo or redo, or not any more.
  void historyChanged();

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  void remember();
  void replace(Picture picture);
  /// Paints from the last place to this one, in pixels of the picture.
  void stroke(const QPointF& to);
  QPointF onPicture(const QPointF& at) const;
  void lift();

  Picture picture_;
  std::vector<std::uint8_t> ground_;
  std::vector<float> heat_;
  std::vector<Picture> before_, after_;
  QColor ink_ = Qt::white;
  double brush_ = 2;
  bool erasing_ = false, down_ = false;
  QPointF pen_;  ///< in pixels of the picture
  bool pen_shown_ = false;
};

}  // namespace gb
