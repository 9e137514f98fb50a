#pragma once

#include <string>
#include <vector>

#include "app/cli/command.hpp"

namespace gb::cli {

/// report RUN [RUN...] --out FILE: one file that says all of a run, or compares several.
class ReportCommand : public NamedCommand {
 public:
  explicit ReportCommand(CLI::App& parent);
  int execute() override;

 private:
  std::vector<std::string> runs_;
  std::string out_;
  bool card_ = false;
};

}  // namespace gb::cli
