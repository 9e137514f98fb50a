#pragma once

#include "core/base/parallel.hpp"
#include "core/run/runner.hpp"

namespace gb {

/// Sums reduced in chunks have other last bits with another number of threads: what goes on with a recorded run takes
/// its number, and gives it back afterwards.
class OwnThreads {
 public:
  explicit OwnThreads(const Environment& environment) : before_(threads()) {
    if (environment.threads > 0) set_threads(environment.threads);
  }
  ~OwnThreads() { set_threads(before_); }
  OwnThreads(const OwnThreads&) = delete;
  OwnThreads& operator=(const OwnThreads&) = delete;

 private:
  int before_;
};

}  // namespace gb
