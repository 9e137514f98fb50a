#pragma once

#include <CLI/CLI.hpp>

namespace gb::cli {

/// How a command ends, as CLI.md promises.
enum ExitStatus { done = 0, run_failed = 1, wrong_request = 2, interrupted = 130 };

/// One subcommand: adds itself to the command line and carries itself out when it was chosen.
class Command {
 public:
  virtual ~Command() = default;
  virtual bool chosen() const = 0;
  /// Throws Error for a wrong request; returns the exit status otherwise.
  virtual int execute() = 0;
  /// Whether errors are to be told as JSON.
  virtual bool wants_json() const = 0;
};

/// A command with a name and --json.
class NamedCommand : public Command {
 public:
  NamedCommand(CLI::App& parent, const std::string& name, const std::string& help)
      : app_(*parent.add_subcommand(name, help)) {
    app_.add_flag("--json", json_, "Write one JSON object a line");
  }
  bool chosen() const override { return app_.parsed(); }
  bool wants_json() const override { return json_; }

 protected:
  CLI::App& app_;
  bool json_ = false;
};

}  // namespace gb::cli
