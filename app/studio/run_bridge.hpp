#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/events/events.hpp"

namespace gb {

/// What a run told since the last time somebody looked.
struct RunNews {
  struct Curve {
    std::string series;
    std::vector<std::int64_t> steps;
    std::vector<double> values;
  };
  std::vector<Curve> curves;         ///< every scalar, in order
  std::optional<Progress> progress;  ///< the latest
  std::vector<Text> texts;           ///< the latest of each view
  std::vector<Change> changes;       ///< every one
  std::vector<Event> views;          ///< the latest points, matrix, images or table of each view

  bool empty() const { return curves.empty() && !progress && texts.empty() && changes.empty() && views.empty(); }
};

/// From the run's thread to the views: one mutex-guarded snapshot, one queued wake at a time, drained 30 times a second
/// at most, less often where drawing would take more than its share of the processors. The trainer never waits for the
/// window; the window never sees more than it can show.
class RunBridge : public QObject, public RunObserver {
  Q_OBJECT
 public:
  explicit RunBridge(QObject* parent = nullptr);

  void on_event(const Event& event) override;
  /// Delivers at once what has gathered; the UI thread calls it before it takes a run's result.
  void flush();
  /// How often news() was sent.
  std::int64_t drains() const { return drains_; }

 signals:
  void news(const gb::RunNews& news);

 protected:
  bool event(QEvent* event) override;

 private:
  void drain();
  RunNews::Curve& curve(const std::string& series);

  std::mutex mutex_;
  RunNews gathered_;  ///< guarded by mutex_
  std::atomic<bool> pending_{false};
  QTimer timer_;
  QElapsedTimer since_;
  std::int64_t interval_ = 0;  ///< milliseconds between two drains
  double drained_at_ = 0;      ///< the UI thread's processor time, milliseconds
  std::int64_t drains_ = 0;
};

}  // namespace gb
