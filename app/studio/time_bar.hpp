#pragma once

#include <QFrame>
#include <cstdint>

class QLabel;
class QPushButton;
class QSlider;

namespace gb {

/// The time slider: the run's steps from first to last. At its end it follows the run.
class TimeBar : public QFrame {
  Q_OBJECT
 public:
  explicit TimeBar(QWidget* parent = nullptr);

  void reset();
  /// The run has come this far. `recorded` says whether earlier steps can be shown.
  void setLast(std::int64_t step, bool recorded);
  std::int64_t last() const { return last_; }
  /// The step that is shown, or -1 while following the run.
  std::int64_t shown() const { return shown_; }
  void follow();
  QSlider* slider() const { return slider_; }

 signals:
  /// -1: the latest.
  void stepRequested(qint64 step);

 private:
  void moved(int position);
  void refresh();

  QSlider* slider_;
  QLabel* text_;
  QPushButton* latest_;
  std::int64_t last_ = 0;
  std::int64_t shown_ = -1;
};

}  // namespace gb
