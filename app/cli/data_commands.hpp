#pragma once

#include <string>

#include "app/cli/command.hpp"

namespace gb::cli {

/// inspect DATA: what a reader makes of a file or folder.
class InspectCommand : public NamedCommand {
 public:
  explicit InspectCommand(CLI::App& parent);
  int execute() override;

 private:
  std::string data_;
};

/// predict MODEL.onnx DATA [--out FILE.csv]: one line per input row, in order.
class PredictCommand : public NamedCommand {
 public:
  explicit PredictCommand(CLI::App& parent);
  int execute() override;

 private:
  std::string model_, data_, out_;
};

}  // namespace gb::cli
