#include "app/studio/drawing_tools.hpp"

#include <QButtonGroup>
#include <QColorDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QShortcut>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/studio/labels.hpp"
#include "widgets/images/draw_canvas.hpp"

namespace gb {

namespace {

QToolButton* toolButton(const QString& text, const char* name, QButtonGroup* group) {
  auto* button = new QToolButton;
  button->setText(text);
  button->setObjectName(QString::fromLatin1(name));
  button->setCheckable(true);
  button->setMinimumHeight(28);
  group->addButton(button);
  return button;
}

QWidget* labelled(const QString& text, QSlider* slider) {
  auto* row = new QWidget;
  auto* line = new QHBoxLayout(row);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(8);
  auto* label = roleLabel("secondary", text);
  label->setBuddy(slider);
  slider->setAccessibleName(text);
  slider->setMinimumWidth(80);
  line->addWidget(label);
  line->addWidget(slider, 1);
  return row;
}

}  // namespace

DrawingTools::DrawingTools(DrawCanvas& canvas, QWidget* parent) : QWidget(parent), canvas_(canvas) {
  setObjectName("drawing-tools");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(6);
  auto* group = new QButtonGroup(this);
  pen_ = toolButton(tr("Pen"), "canvas-pen", group);
  eraser_ = toolButton(tr("Eraser"), "canvas-eraser", group);
  pen_->setChecked(true);
  thickness_ = new QSlider(Qt::Horizontal);
  thickness_->setObjectName("canvas-thickness");
  thickness_->setRange(2, 24);
  thickness_->setValue(4);
  shade_ = new QSlider(Qt::Horizontal);
  shade_->setObjectName("canvas-shade");
  shade_->setRange(0, 255);
  shade_->setValue(255);
  shade_row_ = labelled(tr("Shade"), shade_);
  color_ = new QPushButton(tr("Colour\u2026"));
  color_->setObjectName("canvas-color");
  auto* first = new QHBoxLayout;
  first->setSpacing(8);
  first->addWidget(pen_);
  first->addWidget(eraser_);
  first->addWidget(labelled(tr("Thickness"), thickness_), 1);
  first->addWidget(shade_row_, 1);
  first->addWidget(color_);
  layout->addLayout(first);
  auto* second = new QHBoxLayout;
  second->setSpacing(8);
  undo_ = new QPushButton(tr("Undo stroke"));
  undo_->setObjectName("canvas-undo");
  redo_ = new QPushButton(tr("Redo stroke"));
  redo_->setObjectName("canvas-redo");
  auto* clear = new QPushButton(tr("Empty canvas"));
  clear->setObjectName("canvas-clear");
  second->addWidget(undo_);
  second->addWidget(redo_);
  second->addWidget(clear);
  second->addStretch(1);
  layout->addLayout(second);

  connect(group, &QButtonGroup::buttonClicked, this, &DrawingTools::refresh);
  connect(thickness_, &QSlider::valueChanged, this, &DrawingTools::refresh);
  connect(shade_, &QSlider::valueChanged, this, [this](int value) {
    canvas_.setInk(QColor(value, value, value));
    pen_->setChecked(true);
    refresh();
  });
  connect(color_, &QPushButton::clicked, this, &DrawingTools::chooseColor);
  connect(undo_, &QPushButton::clicked, &canvas, &DrawCanvas::undo);
  connect(redo_, &QPushButton::clicked, &canvas, &DrawCanvas::redo);
  connect(clear, &QPushButton::clicked, &canvas, &DrawCanvas::clear);
  connect(&canvas, &DrawCanvas::historyChanged, this, &DrawingTools::refresh);
  setColored(false);
}

void DrawingTools::setColored(bool colored) {
  shade_row_->setVisible(!colored);
  color_->setVisible(colored);
  canvas_.setInk(Qt::white);
  refresh();
}

void DrawingTools::chooseColor() {
  auto* dialog = new QColorDialog(canvas_.ink(), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QColorDialog::colorSelected, this, [this](const QColor& color) {
    canvas_.setInk(color);
    pen_->setChecked(true);
    refresh();
  });
  dialog->open();
}

void DrawingTools::refresh() {
  canvas_.setErasing(eraser_->isChecked());
  canvas_.setBrush(thickness_->value() / 2.0);
  undo_->setEnabled(canvas_.canUndo());
  redo_->setEnabled(canvas_.canRedo());
}

}  // namespace gb
