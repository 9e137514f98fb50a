#include "app/cli/command_line.hpp"
#include "app/cli/interruption.hpp"
#include "core/base/parallel.hpp"

int main(int argc, char** argv) {
  gb::settle_thread_waiting(argv);
  gb::cli::block_interruptions();
  return gb::cli::run_command_line(argc, argv);
}
