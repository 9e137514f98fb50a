#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/events/events.hpp"

namespace gb::cli {

/// How far a run is, on one line of a terminal: bar, step, throughput, time left. Where standard error is no terminal,
/// a plain line every few seconds.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void update(const Progress& progress);
  /// A value to show beside the bar ("train/loss").
  void show(const std::string& series, double value);
  /// Bytes while loading; `total` is 0 while unknown.
  void loading(std::uint64_t done, std::uint64_t total);
  /// Draws what is new, at most ten times a second.
  void refresh();
  /// Takes the line away.
  void clear();

  /// The line in `width` columns, with or without block characters; for tests without a terminal.
  std::string line(int width, bool unicode) const;

 private:
  using Clock = std::chrono::steady_clock;

  std::string remaining() const;
  void draw();

  bool terminal_ = false;
  bool unicode_ = false;
  bool drawn_ = false;
  bool news_ = false;
  Progress progress_;
  std::int64_t first_step_ = -1;
  std::string value_;
  std::string task_ = "Training";
  Clock::time_point started_ = Clock::now();
  Clock::time_point drawn_at_{};
};

}  // namespace gb::cli
