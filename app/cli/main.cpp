#include "app/cli/command_line.hpp"
#include "app/cli/interruption.hpp"

int main(int argc, char** argv) {
  gb::cli::block_interruptions();
  return gb::cli::run_command_line(argc, argv);
}
