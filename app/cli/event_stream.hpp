#pragma once

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "app/cli/artifacts.hpp"
#include "app/cli/progress_bar.hpp"
#include "core/events/run_control.hpp"
#include "core/run/event_queue.hpp"

namespace gb::cli {

/// Tells a run as it goes: JSON lines on standard output with --json, a progress bar on standard error, pictures into
/// the artifacts. The run's thread only queues; one thread writes.
class EventStream : public RunObserver {
 public:
  /// `artifacts` may be null. When nobody reads standard output any more, the run is stopped through `control`.
  EventStream(bool json, Artifacts* artifacts, RunControl& control);
  ~EventStream() override;

  void on_event(const Event& event) override;
  /// While loading.
  ProgressBar& bar() { return bar_; }
  /// Writes what is left and takes the bar away; events after this are not told.
  void finish();
  /// What went wrong while writing pictures; empty when nothing did.
  const std::string& picture_error() const { return picture_error_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Key = std::tuple<std::string, std::string, std::string>;  ///< kind, view, part
  /// Events with pictures replace each other, so only the newest that is due is told.
  struct View {
    Event newest;
    bool waiting = false;
    Clock::time_point told{};
  };

  void work();
  void take(const Event& event);
  void tell_scalar(const Scalar& scalar);
  void tell_views(bool all);
  void tell_view(const Event& event);

  bool json_;
  Artifacts* artifacts_;
  RunControl& control_;
  ProgressBar bar_;
  EventQueue queue_;
  std::map<Key, View> views_;
  std::map<std::string, std::string> scalar_heads_;  ///< start of a curve's JSON lines
  Clock::time_point started_ = Clock::now();
  std::string picture_error_;
  std::thread thread_;
};

}  // namespace gb::cli
