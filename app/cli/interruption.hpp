#pragma once

#include <atomic>
#include <thread>

#include "core/events/run_control.hpp"

namespace gb::cli {

/// Keeps Ctrl+C and termination from killing the process at once; an Interruption receives them instead. Call before
/// any thread is made: all inherit it.
void block_interruptions();

/// While this lives, the first Ctrl+C (or SIGTERM) stops the run, which keeps its checkpoint; the second one ends the
/// program on the spot.
class Interruption {
 public:
  explicit Interruption(RunControl& control);
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  bool happened() const { return happened_; }

 private:
  void wait();

  RunControl& control_;
  std::atomic<bool> happened_{false};
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

/// Gives Ctrl+C its usual meaning back, for commands that run nothing.
void allow_interruptions();

}  // namespace gb::cli
