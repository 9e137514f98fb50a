#pragma once

#include <string>

#include "app/cli/command.hpp"

namespace gb::cli {

/// algorithms: every algorithm there is.
class AlgorithmsCommand : public NamedCommand {
 public:
  explicit AlgorithmsCommand(CLI::App& parent);
  int execute() override;
};

/// datasets: every dataset that needs no file.
class DatasetsCommand : public NamedCommand {
 public:
  explicit DatasetsCommand(CLI::App& parent);
  int execute() override;
};

/// describe NAME: an algorithm, dataset, source or preparation step with all its fields.
class DescribeCommand : public NamedCommand {
 public:
  explicit DescribeCommand(CLI::App& parent);
  int execute() override;

 private:
  std::string name_;
};

}  // namespace gb::cli
