#pragma once

#include <memory>

#include "widgets/view.hpp"

namespace gb {

/// Curves over steps: several series, each from a live run or a recorded one. Keeps min/max levels, so that a million
/// points cost what a screen shows. Series whose name begins with "validation/" are dashed; beyond eight series lines
/// are told apart by dots and dashes as well. Drawn with Qt Charts, fed
/// at most two points a pixel column; gaps (NaN, zeros on a log axis) split the line. Wheel and + - zoom, dragging
/// pans, a double click or Home shows everything again; the pointer, or the arrow keys, show the values of a step.
class CurveView : public View {
  Q_OBJECT
 public:
  explicit CurveView(const QString& title, QWidget* parent = nullptr);
  ~CurveView() override;

  /// `key` identifies the curve ("<run id>/train/loss"), `label` is shown in the legend, `color` is a series index.
  void addSeries(const QString& key, const QString& label, int color, bool dashed);
  void append(const QString& key, std::int64_t step, double value);
  void setSeries(const QString& key, std::vector<std::int64_t> steps, std::vector<double> values);
  void removeSeries(const QString& key);
  void clear();
  /// The dashed vertical line of the time slider; negative hides it.
  void setMarker(std::int64_t step);
  void setLogScale(bool on);
  /// Of the steps; a step zero is not shown then.
  void setLogSteps(bool on);
  /// Exponential smoothing 0..0.99 of what is drawn (the raw values stay in numbers()).
  void setSmoothing(double weight);

  QString title() const override;
  QString subtitle() const override;
  /// Scalars whose series belongs to the plot named at construction (see seriesName()) are appended; all others are
  /// ignored.
  void show(const Event& event) override;
  Numbers numbers() const override;
  void eachLine(const std::function<void(const QStringList&)>& take) const override;
  void paintTo(QPainter& painter, const QRectF& area) override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

  /// The stretch of steps on show, and back to all of it.
  void zoom(double from, double to);
  void resetZoom();

 protected:
  void showEvent(QShowEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
