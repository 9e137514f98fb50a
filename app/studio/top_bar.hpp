#pragma once

#include <QWidget>
#include <optional>

#include "core/events/events.hpp"

class QLabel;
class QMenuBar;
class QProgressBar;
class QPushButton;

namespace gb {

/// The one bar at the top: logo, menus, and either the gallery's buttons or the run's progress and controls.
class TopBar : public QWidget {
  Q_OBJECT
 public:
  explicit TopBar(QWidget* parent = nullptr);

  QMenuBar* menus() const { return menus_; }
  /// Which controls are shown.
  void setWorkbench(bool workbench);
  void setSeed(quint64 seed);
  /// Whether Run puts the experiment behind the one that is running.
  void setQueueing(bool queueing);
  /// "step 1,032 of 1,230 · 9,840 images/s · 3 s left".
  void setProgress(const Progress& progress, bool going, std::optional<double> secondsLeft);
  /// A word instead of figures: "loading data", "stopped at step 1,032".
  /// `permille` below 0 hides the bar.
  void setStatus(const QString& text, int permille = -1);

  QPushButton* open;
  QPushButton* newExperiment;
  QPushButton* pause;
  QPushButton* step;
  QPushButton* stop;
  QPushButton* run;

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void setIcons();
  void showStatus();

  QMenuBar* menus_;
  QWidget* gallery_;
  QWidget* workbench_;
  QLabel* seed_;
  QProgressBar* bar_;
  QLabel* status_;
  QString text_;
};

}  // namespace gb
