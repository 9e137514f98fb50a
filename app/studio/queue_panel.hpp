#pragma once

#include <QWidget>

class QLabel;
class QListView;
class QPushButton;
class QToolButton;

namespace gb {

class RunQueue;

/// What waits to be run, beside the table of runs: in an order that is changed by dragging or with Alt and the arrow
/// keys, to be cancelled with Delete, and paused as a whole. It is there only while something waits.
class QueuePanel : public QWidget {
  Q_OBJECT
 public:
  explicit QueuePanel(RunQueue& queue, QWidget* parent = nullptr);

  QListView* list() const { return list_; }
  /// Whether a run is going on, which what waits waits for.
  void setBusy(bool busy);

 signals:
  /// The queue shall go on.
  void resumed();
  /// What was waiting is to be shown, to look at it or to change a copy.
  void showRequested(int row);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void refresh();
  void setIcons();
  void move(int by);
  void cancel();

  RunQueue& queue_;
  bool busy_ = false;
  QLabel* state_;
  QPushButton* pause_;
  QListView* list_;
  QToolButton *up_, *down_, *cancel_;
};

}  // namespace gb
