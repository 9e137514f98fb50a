#pragma once

#include <QDialog>
#include <vector>

#include "core/data/dataset.hpp"
#include "widgets/images/point_canvas.hpp"

class QLabel;
class QPushButton;
class QSlider;
class QToolButton;

namespace gb {

/// "x,y,class" and one line a point; classes are the letters from a.
std::string paintedCsv(const std::vector<PaintedPoint>& points);

/// Painting points of some classes as a data set in two columns.
class PaintDialog : public QDialog {
  Q_OBJECT
 public:
  explicit PaintDialog(QWidget* parent = nullptr);

  /// Data that was painted earlier comes back, to be gone on with; other data does nothing.
  void offer(const Dataset& dataset);
  PointCanvas* canvas() const { return canvas_; }
  /// Writes the points where they are told; empty, or what went wrong.
  QString saveAs(const QString& path);
  /// A new file in the user's store.
  static QString ownFile();
  /// What was painted and neither saved nor used when the page was closed: it is there again the next time.
  static QString draftFile();
  void reject() override;

 signals:
  /// They have been written and are to be the experiment's data.
  void dataMade(const QString& path);

 private:
  void refresh();
  void askForFile();
  void use();

  PointCanvas* canvas_;
  std::vector<PaintedPoint> kept_;  ///< as they were read or written last
  std::vector<QToolButton*> kinds_;
  QToolButton* eraser_;
  QSlider *brush_, *density_;
  QLabel *count_, *error_;
  QPushButton *undo_, *redo_, *clear_, *save_, *use_;
};

}  // namespace gb
