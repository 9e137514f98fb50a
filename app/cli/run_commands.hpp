#pragma once

#include <string>
#include <vector>

#include "app/cli/command.hpp"

namespace gb::cli {

/// run EXPERIMENT.json [--set path=value]... [--out DIR] [--threads N]
class RunCommand : public NamedCommand {
 public:
  explicit RunCommand(CLI::App& parent);
  int execute() override;

 private:
  std::string experiment_, out_;
  std::vector<std::string> assignments_;
  int threads_ = 0;
};

/// validate EXPERIMENT.json: everything that a run would find out before its first step.
class ValidateCommand : public NamedCommand {
 public:
  explicit ValidateCommand(CLI::App& parent);
  int execute() override;

 private:
  std::string experiment_;
  std::vector<std::string> assignments_;
};

/// resume RUN: goes on from the last checkpoint.
class ResumeCommand : public NamedCommand {
 public:
  explicit ResumeCommand(CLI::App& parent);
  int execute() override;

 private:
  std::string run_, out_;
};

/// fork RUN --step N: a new run that goes on from a recorded one, with other settings.
class ForkCommand : public NamedCommand {
 public:
  explicit ForkCommand(CLI::App& parent);
  int execute() override;

 private:
  std::string run_, out_;
  std::int64_t step_ = -1;
  std::vector<std::string> assignments_;
};

/// replay RUN: computes a recorded run again, live changes included, and compares the weights.
class ReplayCommand : public NamedCommand {
 public:
  explicit ReplayCommand(CLI::App& parent);
  int execute() override;

 private:
  std::string run_;
};

}  // namespace gb::cli
