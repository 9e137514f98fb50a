#pragma once

namespace gb::cli {

/// Parses the command line, carries out its command and returns the exit status. Nothing is thrown.
int run_command_line(int argc, const char* const* argv);

}  // namespace gb::cli
