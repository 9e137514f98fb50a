#pragma once

#include <QFrame>
#include <cstdint>
#include <vector>

class QLabel;
class QPushButton;
class QSlider;

namespace gb {

/// The time slider: the run's steps from first to last. At its end it follows the run. A recorded run can be forked
/// where it stands.
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
  /// Where checkpoints are kept, ascending; up to `origin` the run is another one's, which it was forked from.
  void setForkPoints(std::vector<std::int64_t> steps, std::int64_t origin);
  /// Why there is nothing to fork; empty: there is.
  void setForkRefusal(const QString& reason);
  QPushButton* fork() const { return fork_; }
  QSlider* slider() const { return slider_; }

 signals:
  /// -1: the latest.
  void stepRequested(qint64 step);
  void forkRequested(qint64 step);

 private:
  void moved(int position);
  void refresh();
  QString forkTip(std::int64_t step) const;

  QSlider* slider_;
  QLabel* text_;
  QPushButton* latest_;
  QPushButton* fork_;
  std::vector<std::int64_t> fork_points_;
  std::int64_t origin_ = 0;
  QString fork_refusal_;
  std::int64_t last_ = 0;
  std::int64_t shown_ = -1;
};

}  // namespace gb
