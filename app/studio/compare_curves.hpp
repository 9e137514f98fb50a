#pragma once

#include <QWidget>
#include <vector>

#include "app/studio/run_comparison.hpp"

class QComboBox;
class QLabel;
class QSlider;
class QVBoxLayout;

namespace gb {

class CurveView;
class Tile;

/// The curves of several runs over each other, one plot at a time, smoothed as far as a slider says, on linear or
/// logarithmic axes.
class CompareCurves : public QWidget {
  Q_OBJECT
 public:
  explicit CompareCurves(QWidget* parent = nullptr);

  struct Run {
    QString key, title;
    int color = 0;
    std::vector<SeriesData> series;
  };
  /// `left_out` more runs are too many to be told apart.
  void setRuns(std::vector<Run> runs, int left_out);
  CurveView* view() const { return view_; }

 signals:
  /// A picture or numbers could not be saved.
  void failed(const QString& reason);

 private:
  void showPlot();

  std::vector<Run> runs_;
  QComboBox* plot_;
  QSlider* smoothing_;
  QLabel* weight_;
  QLabel* left_out_;
  CurveView* view_ = nullptr;
  Tile* tile_ = nullptr;
  QVBoxLayout* layout_;
  bool log_steps_ = false, log_scale_ = false;
};

}  // namespace gb
