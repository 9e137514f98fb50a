#pragma once

#include <QWidget>

class QPushButton;
class QSlider;
class QToolButton;

namespace gb {

class DrawCanvas;

/// What a canvas is painted with: pen or eraser, how thick, in which shade or colour; undo, redo, an empty canvas.
class DrawingTools : public QWidget {
  Q_OBJECT
 public:
  explicit DrawingTools(DrawCanvas& canvas, QWidget* parent = nullptr);

  /// Colours, else shades of grey.
  void setColored(bool colored);

 private:
  void refresh();
  void chooseColor();

  DrawCanvas& canvas_;
  QToolButton* pen_;
  QToolButton* eraser_;
  QSlider* thickness_;
  QSlider* shade_;
  QWidget* shade_row_;
  QPushButton* color_;
  QPushButton* undo_;
  QPushButton* redo_;
};

}  // namespace gb
