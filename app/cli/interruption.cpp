#include "app/cli/interruption.hpp"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "app/cli/command.hpp"

namespace gb::cli {
namespace {

sigset_t interruptions() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

void block_interruptions() {
  const sigset_t set = interruptions();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error of writing, not the end of a run
}

void allow_interruptions() {
  const sigset_t set = interruptions();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

Interruption::Interruption(RunControl& control) : control_(control) {
  thread_ = std::thread([this] { wait(); });
}

Interruption::~Interruption() {
  ending_ = true;
  thread_.join();
}

void Interruption::wait() {
  const sigset_t set = interruptions();
  constexpr timespec look_again{0, 50'000'000};
  while (!ending_) {
    if (sigtimedwait(&set, nullptr, &look_again) < 0) continue;
    if (happened_.exchange(true)) _exit(interrupted);
    control_.stop();
  }
}

}  // namespace gb::cli
