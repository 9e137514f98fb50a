#pragma once

#include <cstdint>
#include <string>

#include "app/cli/command.hpp"

namespace gb::cli {

/// Pictures that an exported generator makes.
class SampleCommand : public NamedCommand {
 public:
  explicit SampleCommand(CLI::App& parent);
  int execute() override;

 private:
  std::string model_, out_ = ".", class_;
  std::int64_t count_ = 64;
  std::uint64_t seed_ = 0;
  bool single_ = false;
};

}  // namespace gb::cli
